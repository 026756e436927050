/* The catalogue as bytes: the same again when it is read and written, and no bytes do harm. */
#include "reference/test_reference_internal.h"

#include "base/random.h"
#include "reference/catalogue_internal.h"

static void put32(unsigned char *bytes, uint32_t number) {
  for (int i = 0; i < 4; i++)
    bytes[i] = (unsigned char)(number >> (8 * i));
}

static const char *text(onus_catalogue_parts *parts, const char *bytes) {
  const char *kept = onus_catalogue_text(parts, bytes, ONUS_CATALOGUE_NAME_BYTES);
  assert_non_null(kept);
  return kept;
}

/* Some of everything. */
static void fill(onus_catalogue_parts *p) {
  uint32_t n, report, other, basis;
  TEST_OK(onus_catalogue_init(p, error));
  TEST_OK(onus_catalogue_add_source(p, text(p, "one"), text(p, "One"), &n, error));
  TEST_OK(onus_catalogue_add_source(p, text(p, "two"), text(p, ""), &n, error));
  for (uint32_t i = 0; i < 6; i++) {
    char id[8];
    snprintf(id, sizeof id, "G%u", i % 3);
    onus_entry entry = {i == 5 ? ONUS_ENTRY_CAMPAIGN : ONUS_ENTRY_ACTOR, i / 3, text(p, id),
                        text(p, i % 2 ? "Alpha" : id), 0};
    TEST_OK(onus_catalogue_add_entry(p, &entry, &n, error));
  }
  onus_report first = {text(p, "a.com/x"), text(p, "https://a.com/x"), {10, 20}};
  onus_report second = {text(p, "sn:b"), text(p, "b"), {ONUS_DAY_UNKNOWN, ONUS_DAY_UNKNOWN}};
  TEST_OK(onus_catalogue_add_report(p, &first, &report, error));
  TEST_OK(onus_catalogue_add_report(p, &second, &other, error));
  const onus_claim claims[] = {{ONUS_CLAIM_PRIMARY, 0, text(p, "G0"), ONUS_NO_NUMBER, ONUS_DAY_UNKNOWN},
                               {ONUS_CLAIM_ALIAS, 3, text(p, "Beta"), report, -5}};
  for (size_t i = 0; i < 2; i++)
    TEST_OK(onus_catalogue_add_claim(p, &claims[i], error));
  onus_ttp ttps[] = {{ONUS_TTP_TECHNIQUE, text(p, "T1.1"), text(p, "Sub"), 0},
                     {ONUS_TTP_TOOL, text(p, "T1"), text(p, "Up"), 0}};
  TEST_OK(onus_catalogue_add_ttp(p, &ttps[0], text(p, "T1"), &n, error));
  TEST_OK(onus_catalogue_add_ttp(p, &ttps[1], NULL, &n, error));
  onus_basis cited = {.reports = (uint32_t[]){0, 1},
                      .n_reports = 2,
                      .campaigns = (uint32_t[]){5},
                      .n_campaigns = 1,
                      .entry = ONUS_NO_NUMBER};
  onus_basis listed = {.kind = ONUS_BASIS_LISTED, .reports = &report, .n_reports = 1, .entry = 1, .n_indicators = 3};
  TEST_OK(onus_catalogue_add_basis(p, &cited, &basis, error));
  TEST_OK(onus_catalogue_add_basis(p, &listed, &basis, error));
  p->n_listing_documents = 2;
  TEST_OK(onus_catalogue_add_span(p, basis, (onus_listing_span){0, 0, 12}, error));
  TEST_OK(onus_catalogue_add_span(p, basis, (onus_listing_span){1, 40, 8}, error));
}

static onus_text written(void) {
  onus_catalogue_parts parts;
  onus_text bytes = {0};
  fill(&parts);
  TEST_OK(onus_catalogue_write(&parts, &bytes, error));
  onus_catalogue_free(&parts);
  return bytes;
}

/* Reads, draws all conclusions, writes again. */
static onus_status read_bytes(const void *bytes, size_t length, onus_text *ret_again, onus_error *error) {
  onus_catalogue_parts parts;
  onus_status status = onus_catalogue_parse("test", bytes, length, &parts, error);
  if (status == ONUS_OK)
    status = onus_catalogue_derive(&parts, error);
  if (status == ONUS_OK && ret_again)
    status = onus_catalogue_write(&parts, ret_again, error);
  onus_catalogue_free(&parts);
  return status;
}

static void test_it_comes_back(void **state) {
  (void)state;
  onus_text bytes = written(), again;
  TEST_OK(read_bytes(bytes.bytes, bytes.length, &again, error));
  assert_int_equal(bytes.length, again.length);
  assert_memory_equal(bytes.bytes, again.bytes, bytes.length);
  onus_text_free(&again);
  onus_catalogue_parts parts;
  TEST_OK(onus_catalogue_parse("test", bytes.bytes, bytes.length, &parts, error));
  TEST_OK(onus_catalogue_derive(&parts, error));
  assert_int_equal(parts.n_entries, 6);
  assert_int_equal(parts.n_actors, 4); /* G0 twice, Alpha twice, G2 */
  assert_int_equal(parts.claims[1].known_day, -5);
  assert_int_equal(parts.ttps[0].parent, 1);
  assert_int_equal(parts.bases[0].known_day, 20);
  assert_int_equal(parts.bases[0].campaigns[0], 5);
  assert_int_equal(parts.listings[1].n_spans, 2);
  assert_int_equal(parts.listings[1].spans[1].offset_bytes, 40);
  onus_catalogue_free(&parts);
  onus_text_free(&bytes);
}

static void test_it_is_refused_when_cut(void **state) {
  (void)state;
  onus_text bytes = written();
  for (size_t length = 0; length < bytes.length; length++) {
    char *cut = malloc(length + 1);
    assert_non_null(cut);
    memcpy(cut, bytes.bytes, length);
    assert_int_equal(read_bytes(cut, length, NULL, NULL), ONUS_BAD_INPUT);
    free(cut);
  }
  onus_text_free(&bytes);
}

/* Every number of it made 0, 1, one more, large; every byte another. What is still read is whole. */
static void test_no_change_does_harm(void **state) {
  (void)state;
  onus_text bytes = written();
  unsigned char *changed = malloc(bytes.length);
  assert_non_null(changed);
  size_t n_refused = 0, n_tried = 0;
  for (size_t at = 8; at + 4 <= bytes.length; at += 4) {
    uint32_t old = (uint32_t)(unsigned char)bytes.bytes[at];
    const uint32_t numbers[] = {0, 1, old + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x10000000};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
      memcpy(changed, bytes.bytes, bytes.length);
      put32(changed + at, numbers[i]);
      onus_status status = read_bytes(changed, bytes.length, NULL, NULL);
      assert_true(status == ONUS_OK || status == ONUS_BAD_INPUT || status == ONUS_UNSUPPORTED);
      n_refused += status != ONUS_OK;
      n_tried++;
    }
  }
  for (uint64_t i = 0; i < 20000; i++) {
    memcpy(changed, bytes.bytes, bytes.length);
    for (uint64_t k = 0; k <= onus_random_bits(7, 1, i) % 3; k++)
      changed[onus_random_bits(7, 2 + k, i) % bytes.length] = (unsigned char)onus_random_bits(7, 9 + k, i);
    onus_status status = read_bytes(changed, bytes.length, NULL, NULL);
    assert_true(status == ONUS_OK || status == ONUS_BAD_INPUT || status == ONUS_UNSUPPORTED);
  }
  assert_true(n_refused > n_tried / 2);
  free(changed);
  onus_text_free(&bytes);
}

static void test_what_points_nowhere_is_said(void **state) {
  (void)state;
  onus_text bytes = written();
  onus_error e;
  unsigned char *changed = malloc(bytes.length);
  assert_non_null(changed);
  const struct {
    size_t at; /* of a number: the head has 52 bytes, then two sources of 8 */
    uint32_t number;
    const char *what;
  } wrong[] = {
      {8, 2, "version 2"},
      {12, 3, "do not fit its length"},
      {48, 256, "too many listings"},
      {52, 100000, "the texts are not in their order"},
      {60, 0xFFFFFFFF, "the texts are not in their order"},
      {52 + 16, 2, "a number points to nothing"},     /* kind of an entry */
      {52 + 16 + 4, 2, "a number points to nothing"}, /* its source */
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    memcpy(changed, bytes.bytes, bytes.length);
    put32(changed + wrong[i].at, wrong[i].number);
    onus_status status = read_bytes(changed, bytes.length, NULL, &e);
    if (status == ONUS_OK || strstr(e.text, wrong[i].what) == NULL)
      fail_msg("%zu: %s", wrong[i].at, status == ONUS_OK ? "accepted" : e.text);
  }
  memcpy(changed, bytes.bytes, bytes.length);
  char *id = memmem(changed, bytes.length, "two", 4);
  assert_non_null(id);
  memcpy(id, "one", 4); /* both sources have one id */
  assert_int_equal(read_bytes(changed, bytes.length, NULL, &e), ONUS_BAD_INPUT);
  assert_non_null(strstr(e.text, "stands twice"));
  assert_non_null(strstr(e.text, "import again"));
  free(changed);
  onus_text_free(&bytes);
}

static void test_parents_never_go_round(void **state) {
  (void)state;
  onus_catalogue_parts parts;
  TEST_OK(onus_catalogue_init(&parts, error));
  const char *const ids[] = {"A", "B", "C", "D"}, *const parents[] = {"B", "C", "A", "D"};
  for (size_t i = 0; i < 4; i++) {
    onus_ttp ttp = {ONUS_TTP_TECHNIQUE, ids[i], "", 0};
    uint32_t n;
    TEST_OK(onus_catalogue_add_ttp(&parts, &ttp, parents[i], &n, error));
  }
  TEST_OK(onus_catalogue_derive(&parts, error));
  for (size_t i = 0; i < 4; i++) {
    uint32_t at = parts.ttps[i].parent;
    for (int steps = 0; at != ONUS_NO_NUMBER; steps++, at = parts.ttps[at].parent)
      assert_true(steps < 4);
  }
  onus_catalogue_free(&parts);
}

static void test_there_are_not_too_many_sources(void **state) {
  (void)state;
  onus_catalogue_parts parts;
  uint32_t n;
  char id[16];
  onus_error e;
  TEST_OK(onus_catalogue_init(&parts, error));
  for (int i = 0; i < ONUS_CATALOGUE_SOURCES_MAX; i++) {
    snprintf(id, sizeof id, "s%d", i);
    TEST_OK(onus_catalogue_add_source(&parts, text(&parts, id), "", &n, error));
  }
  assert_int_equal(onus_catalogue_add_source(&parts, "one more", "", &n, &e), ONUS_LIMIT);
  TEST_OK(onus_catalogue_add_source(&parts, "s7", "known", &n, error));
  assert_int_equal(n, 7);
  onus_catalogue_free(&parts);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_it_comes_back),          cmocka_unit_test(test_it_is_refused_when_cut),
      cmocka_unit_test(test_no_change_does_harm),    cmocka_unit_test(test_what_points_nowhere_is_said),
      cmocka_unit_test(test_parents_never_go_round), cmocka_unit_test(test_there_are_not_too_many_sources),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
