/* Whom the names in `actors` mean, by a reference of four actors. */
#include "api/compute_internal.h"

#include <math.h>
#include <unistd.h>

#include "base/file.h"
#include "base/share.h"
#include "reference/test_reference_internal.h"

static test_reference reference;
static uint32_t heron, reed, king, osprey;

static int make_reference(void **state) {
  (void)state;
  test_write(&reference);
  uint32_t entries[] = {
      test_actor(&reference, "mitre-attack", "G0001", "Blue Heron", TEST_NAMES("Ardea", "Stalker")),
      test_actor(&reference, "mitre-attack", "G0002", "Reed", TEST_NAMES("Stalker", "G0003")),
      test_actor(&reference, "mitre-attack", "G0003", "Marsh King", TEST_NAMES("Reed")),
      test_actor(&reference, "firm", "osprey", "Osprey", TEST_NAMES("stalker")),
  };
  test_seal(&reference);
  test_open(&reference);
  heron = reference.catalogue->entries[entries[0]].actor;
  reed = reference.catalogue->entries[entries[1]].actor;
  king = reference.catalogue->entries[entries[2]].actor;
  osprey = reference.catalogue->entries[entries[3]].actor;
  return reference.catalogue->n_actors == 4 ? 0 : -1;
}

static int remove_reference(void **state) {
  (void)state;
  test_end(&reference);
  return 0;
}

/* Whom the hypotheses' actors mean; `hypotheses` is a list of the case in flow style. */
static onus_status find(const char *hypotheses, onus_arena *arena, onus_named_actor **ret_actors, size_t *ret_n,
                        onus_error *ret_error) {
  char folder[] = "/tmp/onus-actors-XXXXXX", path[64], list[64], text[2048];
  onus_case *c = NULL;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/case.yaml", folder);
  snprintf(text, sizeof text,
           "onus: 1\ntitle: T\nquestion: Q\nhypotheses:\n%ssources:\n  - {id: s, reliability: B}\nevidence:\n"
           "  - {id: e, source: s, known: 2020-01-01, compute: infrastructure, from: list.csv}\n",
           hypotheses);
  snprintf(list, sizeof list, "%s/list.csv", folder);
  assert_int_equal(onus_file_write(path, text, strlen(text), NULL), ONUS_OK);
  assert_int_equal(onus_file_write(list, "203.0.113.9\n", 12, NULL), ONUS_OK);
  TEST_OK(onus_case_read_uncomputed(folder, &c, NULL, error));
  onus_status status = onus_compute_actors(c, reference.reference, arena, ret_actors, ret_n, ret_error);
  onus_case_free(c);
  unlink(path);
  unlink(list);
  rmdir(folder);
  return status;
}

static void names_mean_actors(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new(1 << 16);
  onus_named_actor *named = NULL;
  size_t n = 0;
  /* an id before a primary name before an alias: "G0003" and "Reed" are aliases of others, too */
  TEST_OK(find("  - {id: a, actors: [G0001, blue-heron, ARDEA]}\n  - {id: b, actors: [G0003, Reed]}\n"
               "  - {id: c}\n  - {id: d, actors: [Osprey]}\n  - {id: other, open: true}\n",
               arena, &named, &n, error));
  const uint32_t expected[] = {heron, heron, heron, king, reed, osprey};
  const size_t hypothesis[] = {0, 0, 0, 1, 1, 3};
  assert_int_equal(n, 6);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(named[i].actor, expected[i]);
    assert_int_equal(named[i].hypothesis, hypothesis[i]);
  }
  onus_arena_free(arena);
}

/* The place in the file, and each text that the message must have. */
static void refused(const char *hypotheses, unsigned line, const char *const *texts) {
  onus_arena *arena = onus_arena_new(1 << 16);
  onus_named_actor *named = NULL;
  size_t n = 77;
  onus_error error = {0};
  assert_int_equal(find(hypotheses, arena, &named, &n, &error), ONUS_BAD_INPUT);
  assert_true(named == NULL && n == 77);
  assert_int_equal(error.line, line);
  assert_true(line == 0 || error.column > 0);
  for (; *texts; texts++)
    if (!strstr(error.text, *texts))
      fail_msg("\"%s\" is not in: %s", *texts, error.text);
  onus_arena_free(arena);
}

static void a_name_of_several_is_refused(void **state) {
  (void)state;
  refused("  - {id: c}\n  - {id: a, actors: [Stalker]}\n  - {id: other, open: true}\n", 6,
          TEST_NAMES("\"Stalker\"", "`a`", "any of 3", "\"Blue Heron\", so mitre-attack G0001",
                     "\"Reed\", so mitre-attack G0002", "\"Osprey\", so firm osprey", "upstream id"));
}

static void a_name_of_nobody_is_refused(void **state) {
  (void)state;
  refused("  - {id: a, actors: [Blue Heronn]}\n  - {id: other, open: true}\n", 5,
          TEST_NAMES("\"Blue Heronn\"", "`a`", "near to it are \"Blue Heron\""));
  refused("  - {id: a, actors: [Qqqqqqqqqqqqqqqq]}\n  - {id: other, open: true}\n", 5,
          TEST_NAMES("\"Qqqqqqqqqqqqqqqq\"", "write a name or an upstream id"));
}

static void there_must_be_actors(void **state) {
  (void)state;
  refused("  - {id: a}\n  - {id: other, open: true}\n", 0, TEST_NAMES("no hypothesis lists `actors`"));
  refused("  - {id: a, actors: [Reed]}\n  - {id: other, open: true, actors: [Osprey]}\n", 6,
          TEST_NAMES("`other`", "of their own"));
}

/* What stands in METHOD.md: 30 of 144, 0.16 to 0.27. */
static void relays_are_counted(void **state) {
  (void)state;
  char origin[ONUS_SHARING_BYTES];
  double low, high;
  onus_number relays = onus_relays(origin);
  onus_share_interval(30, 144, 1.644854, &low, &high);
  assert_true(fabs(relays.low - 0.16) < 1e-12 && fabs(relays.high - 0.27) < 1e-12);
  assert_true(fabs(low - relays.low) < 0.005 && fabs(high - relays.high) < 0.005);
  assert_non_null(strstr(origin, "30 of 144 links"));
  assert_non_null(strstr(origin, "docs/METHOD.md)"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_mean_actors),           cmocka_unit_test(a_name_of_several_is_refused),
      cmocka_unit_test(a_name_of_nobody_is_refused), cmocka_unit_test(there_must_be_actors),
      cmocka_unit_test(relays_are_counted),
  };
  return cmocka_run_group_tests(tests, make_reference, remove_reference);
}
