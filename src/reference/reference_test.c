/* What is said to a writer comes back from the reference, once, however often it is said. */
#include "reference/test_reference_internal.h"

#include "reference/catalogue_internal.h"

/* A little of everything; called again it says the same again. */
static void say_all(test_reference *t) {
  uint32_t alpha = test_actor(t, "mitre", "G1", "Alpha", TEST_NAMES("First")),
           campaign = test_campaign(t, "mitre", "C1");
  uint32_t report = test_report(t, "https://firm.example/2021/03/02/a"),
           other = test_report(t, "https://firm.example/b");
  uint32_t technique, parent, cited, named;
  TEST_OK(onus_import_claim(t->writer, alpha, ONUS_CLAIM_ALIAS, "Second", report, 18000, error));
  TEST_OK(onus_import_ttp(t->writer, ONUS_TTP_TECHNIQUE, "T1.001", "Sub", "T1", &technique, error));
  TEST_OK(onus_import_ttp(t->writer, ONUS_TTP_TECHNIQUE, "T1", "Parent", NULL, &parent, error));
  TEST_OK(onus_import_basis(t->writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, (uint32_t[]){other, report, other}, 3, NULL, 0,
                            &cited, error));
  TEST_OK(onus_import_basis(t->writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, &other, 1, &campaign, 1, &named, error));
  TEST_OK(onus_import_uses(t->writer, alpha, technique, cited, error));
  TEST_OK(onus_import_uses(t->writer, alpha, parent, named, error));
  uint32_t listed = test_listed(t, alpha, "https://firm.example/2021/03/02/a", NULL);
  assert_true(test_indicator(t, listed, "evil-reed.com"));
  assert_true(test_indicator(t, listed, "  hxxp://evil-reed[.]com/path \r"));
  assert_true(test_indicator(t, listed, "evil-reed.com"));
  assert_true(test_indicator(t, listed, "185.220.101.7:443"));
  assert_false(test_indicator(t, listed, "no indicator at all"));
  assert_false(test_indicator(t, listed, ""));
  assert_false(test_indicator(t, listed, "evil-reed.com\nother.example"));
  uint32_t pivot = test_listed(t, alpha, "https://www.virustotal.com/gui/x", NULL);
  assert_true(test_indicator(t, pivot, "found-reed.com"));
}

static void test_what_was_said_comes_back(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  say_all(&t);
  test_seal(&t);
  test_open(&t);
  const onus_catalogue *c = t.catalogue;
  assert_int_equal(c->n_sources, 1);
  assert_int_equal(c->n_entries, 2);
  assert_int_equal(c->n_actors, 1);
  assert_int_equal(c->n_claims, 4); /* two primary names, two others */
  assert_int_equal(c->n_reports, 3);
  assert_int_equal(c->n_bases, 4);
  assert_int_equal(c->n_ttps, 2);
  assert_int_equal(c->ttps[0].parent, 1);
  assert_int_equal(c->ttps[1].parent, ONUS_NO_NUMBER);
  const onus_basis *cited = &c->bases[0], *named = &c->bases[1], *listed = &c->bases[2], *pivot = &c->bases[3];
  assert_int_equal(cited->n_reports, 2);
  assert_true(cited->reports[0] < cited->reports[1]);
  assert_int_equal(cited->known_day, 18688); /* 2021-03-02: the other report has no day */
  assert_int_equal(named->known_day, ONUS_DAY_UNKNOWN);
  assert_int_equal(named->campaigns[0], 1);
  assert_int_equal(listed->n_indicators, 3);
  assert_int_equal(listed->entry, 0);
  assert_false(listed->is_circular);
  assert_true(pivot->is_circular);
  onus_text lines;
  TEST_OK(onus_reference_listing(t.reference, 2, &lines, error));
  assert_string_equal(lines.bytes, "185.220.101.7:443\nevil-reed.com\nhxxp://evil-reed[.]com/path\n");
  onus_text_free(&lines);
  onus_error e;
  assert_int_equal(onus_reference_listing(t.reference, 99, &lines, &e), ONUS_BAD_ARGUMENT);
  TEST_OK(onus_reference_listing(t.reference, 0, &lines, error));
  assert_int_equal(lines.length, 0);
  onus_text_free(&lines);
  assert_int_equal(onus_reference_find_ttp(t.reference, "T1.001"), 0);
  assert_int_equal(onus_reference_find_ttp(t.reference, "T9"), ONUS_NO_NUMBER);
  assert_int_equal(onus_reference_find_report(t.reference, "firm.example/b"), 1);
  assert_int_equal(onus_reference_find_entry(t.reference, 0, "C1"), 1);
  assert_int_equal(onus_reference_find_entry(t.reference, ONUS_NO_NUMBER, "G1"), 0);
  onus_store_postings found = test_look_up(&t, ONUS_REFERENCE_TRACES, "hevil-reed.com", ONUS_STORE_ALWAYS);
  assert_int_equal(found.first[1], 1);
  assert_int_equal(found.postings[0].report, 2);
  assert_int_equal(found.postings[0].first_day, 18688);
  onus_store_postings_free(&found);
  found = test_look_up(&t, ONUS_REFERENCE_TRACES, "hevil-reed.com", 18687); /* not known yet */
  assert_int_equal(found.first[1], 0);
  onus_store_postings_free(&found);
  test_end(&t);
}

static void test_importing_twice_changes_nothing(void **state) {
  (void)state;
  test_reference t = {0};
  char first[ONUS_STORE_DIGEST_BYTES], second[ONUS_STORE_DIGEST_BYTES];
  test_write(&t);
  say_all(&t);
  test_seal(&t);
  test_digest(&t, first);
  for (int i = 0; i < 3; i++) {
    test_write(&t);
    say_all(&t);
    say_all(&t);
    test_seal(&t);
    test_digest(&t, second);
    assert_string_equal(first, second);
  }
  /* More of it does change it, and what was there stays. */
  test_write(&t);
  uint32_t listed = test_listed(&t, 0, "https://firm.example/2021/03/02/a", NULL);
  assert_int_equal(listed, 2);
  assert_true(test_indicator(&t, listed, "another-reed.com"));
  assert_true(test_indicator(&t, listed, "evil-reed.com"));
  test_seal(&t);
  test_digest(&t, second);
  assert_string_not_equal(first, second);
  assert_int_equal(t.catalogue->bases[2].n_indicators, 4);
  onus_text lines;
  TEST_OK(onus_reference_listing(t.reference, 2, &lines, error));
  assert_non_null(strstr(lines.bytes, "another-reed.com\n"));
  assert_non_null(strstr(lines.bytes, "185.220.101.7:443\n"));
  onus_text_free(&lines);
  test_end(&t);
}

static void test_what_is_not_sealed_is_not_there(void **state) {
  (void)state;
  test_reference t = {0};
  char before[ONUS_STORE_DIGEST_BYTES], after[ONUS_STORE_DIGEST_BYTES];
  test_write(&t);
  test_actor(&t, "mitre", "G1", "Alpha", NULL);
  test_seal(&t);
  test_digest(&t, before);
  test_write(&t);
  say_all(&t);
  test_abandon(&t);
  test_digest(&t, after);
  assert_string_equal(before, after);
  test_place_check_files(t.place, "document-", 1);
  test_end(&t);
}

/* Who says when a report was published may come after who says what is in it. */
static void test_days_that_come_later_count(void **state) {
  (void)state;
  test_reference t = {0};
  char first[ONUS_STORE_DIGEST_BYTES], second[ONUS_STORE_DIGEST_BYTES];
  uint32_t cited, ttp, report;
  test_write(&t);
  uint32_t alpha = test_actor(&t, "maltrail", "alpha", "Alpha", NULL);
  uint32_t listed = test_listed(&t, alpha, "https://firm.example/report", NULL);
  assert_true(test_indicator(&t, listed, "evil-reed.com"));
  report = test_report(&t, "https://firm.example/report");
  TEST_OK(onus_import_basis(t.writer, ONUS_BASIS_CITED, 0, &report, 1, NULL, 0, &cited, error));
  TEST_OK(onus_import_ttp(t.writer, ONUS_TTP_MALWARE, "S1", "Hook", NULL, &ttp, error));
  TEST_OK(onus_import_uses(t.writer, alpha, ttp, cited, error));
  test_seal(&t);
  test_open(&t);
  assert_int_equal(t.catalogue->bases[listed].known_day, ONUS_DAY_UNKNOWN);
  onus_store_postings found = test_look_up(&t, ONUS_REFERENCE_TRACES, "hevil-reed.com", 30000);
  assert_int_equal(found.first[1], 0);
  onus_store_postings_free(&found);
  test_write(&t);
  TEST_OK(
      onus_import_report(t.writer, "https://www.firm.example/report/", NULL, "F. (2021, March 2).", &report, error));
  test_seal(&t);
  test_digest(&t, first);
  assert_int_equal(t.catalogue->n_reports, 1);
  assert_int_equal(t.catalogue->bases[listed].known_day, 18688);
  const char *const keys[] = {"hevil-reed.com", "S1"}, *const tables[] = {ONUS_REFERENCE_TRACES, ONUS_REFERENCE_TTPS};
  for (int i = 0; i < 2; i++) {
    found = test_look_up(&t, tables[i], keys[i], 18688);
    assert_int_equal(found.first[1], 1);
    assert_int_equal(found.postings[0].first_day, 18688);
    onus_store_postings_free(&found);
    found = test_look_up(&t, tables[i], keys[i], 18687);
    assert_int_equal(found.first[1], 0);
    onus_store_postings_free(&found);
  }
  /* The first import again adds nothing. */
  test_write(&t);
  assert_true(test_indicator(&t, test_listed(&t, alpha, "https://firm.example/report", NULL), "evil-reed.com"));
  TEST_OK(onus_import_uses(t.writer, alpha, ttp, cited, error));
  test_seal(&t);
  test_digest(&t, second);
  assert_string_equal(first, second);
  test_end(&t);
}

static void test_a_day_that_is_told_in_the_same_import_counts(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  uint32_t alpha = test_actor(&t, "maltrail", "alpha", "Alpha", NULL);
  uint32_t listed = test_listed(&t, alpha, "https://firm.example/report", NULL);
  assert_true(test_indicator(&t, listed, "evil-reed.com"));
  TEST_OK(onus_import_report_period(t.writer, 0, (onus_period){100, 130}, error));
  TEST_OK(onus_import_report_period(t.writer, 0, (onus_period){90, 140}, error)); /* wider: no news */
  onus_error e;
  assert_int_equal(onus_import_report_period(t.writer, 0, (onus_period){9, 8}, &e), ONUS_BAD_ARGUMENT);
  test_seal(&t);
  test_open(&t);
  assert_int_equal(t.catalogue->bases[listed].known_day, 130);
  onus_store_postings found = test_look_up(&t, ONUS_REFERENCE_TRACES, "hevil-reed.com", 130);
  assert_int_equal(found.first[1], 1);
  onus_store_postings_free(&found);
  test_end(&t);
}

static void test_leaving_out(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  uint32_t alpha = test_actor(&t, "mitre", "G1", "Alpha", NULL), campaign = test_campaign(&t, "mitre", "C0001");
  uint32_t a = test_report(&t, "https://firm.example/2020/01/01/a"),
           b = test_report(&t, "https://firm.example/2021/01/01/b");
  uint32_t undated = test_report(&t, "https://firm.example/undated");
  uint32_t bases[7];
  const struct {
    onus_basis_kind kind;
    uint32_t reports[2];
    size_t n_reports, n_campaigns;
  } wanted[7] = {
      {ONUS_BASIS_CITED, {a, b}, 2, 0},    {ONUS_BASIS_CITED, {a}, 1, 0},  {ONUS_BASIS_CITED, {0}, 0, 0},
      {ONUS_BASIS_LISTED, {a, b}, 2, 0},   {ONUS_BASIS_LISTED, {b}, 1, 0}, {ONUS_BASIS_CITED, {b}, 1, 1},
      {ONUS_BASIS_CITED, {undated}, 1, 0},
  };
  for (size_t i = 0; i < 7; i++)
    TEST_OK(onus_import_basis(t.writer, wanted[i].kind, alpha, wanted[i].reports, wanted[i].n_reports, &campaign,
                              wanted[i].n_campaigns, &bases[i], error));
  test_seal(&t);
  test_open(&t);
  const struct {
    const char *leave_out[3];
    int32_t as_of_day;
    const char *hidden; /* by basis */
  } cases[] = {
      {{NULL}, ONUS_STORE_ALWAYS, "0000000"},
      {{"firm.example/2020/01/01/a"}, ONUS_STORE_ALWAYS, "0101000"},
      {{"https://www.FIRM.example/2020/01/01/a/#x"}, ONUS_STORE_ALWAYS, "0101000"},
      {{"firm.example/2020/01/01/a", "firm.example/2021/01/01/b"}, ONUS_STORE_ALWAYS, "1101110"},
      {{"C0001"}, ONUS_STORE_ALWAYS, "0000010"},
      {{"G1", "firm.example/unknown", ""}, ONUS_STORE_ALWAYS, "0000000"},
      {{NULL}, 18262, "0010111"}, /* 2020-01-01: undated bases and later ones are not known */
      {{NULL}, 18261, "1111111"},
      {{NULL}, 18628, "0010001"}, /* 2021-01-01 */
      {{"firm.example/2020/01/01/a"}, 18628, "0111001"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t n = 0;
    while (n < 3 && cases[i].leave_out[n])
      n++;
    onus_hidden hidden;
    TEST_OK(onus_reference_hide(t.reference, cases[i].leave_out, n, cases[i].as_of_day, &hidden, error));
    char text[8] = "";
    size_t count = 0;
    for (size_t k = 0; k < 7; k++) {
      text[k] = hidden.is_hidden[bases[k]] ? '1' : '0';
      count += hidden.is_hidden[bases[k]];
    }
    if (strcmp(text, cases[i].hidden) != 0)
      fail_msg("case %zu: %s rather than %s", i, text, cases[i].hidden);
    assert_int_equal(hidden.n_hidden, count);
    assert_int_equal(hidden.is_report_hidden[a],
                     n > 0 && strstr(cases[i].leave_out[0], "01/01/a") != NULL ? 1 : cases[i].as_of_day < 18262);
    onus_hidden_free(&hidden);
  }
  test_end(&t);
}

static void test_wrong_calls_are_said(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  uint32_t out = 77;
  bool is_indicator = true;
  onus_error e;
  assert_int_equal(onus_import_entry(t.writer, 0, ONUS_ENTRY_ACTOR, "G1", "A", &out, &e), ONUS_BAD_ARGUMENT);
  test_actor(&t, "mitre", "G1", "Alpha", NULL);
  assert_int_equal(onus_import_entry(t.writer, 0, ONUS_ENTRY_ACTOR, " ", "A", &out, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_import_entry(t.writer, 0, ONUS_ENTRY_ACTOR, "G1", "\t\n", &out, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_import_claim(t.writer, 9, ONUS_CLAIM_ALIAS, "x", ONUS_NO_NUMBER, 0, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_import_claim(t.writer, 0, ONUS_CLAIM_ALIAS, "x", 5, 0, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_import_report(t.writer, NULL, NULL, "x", &out, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_import_basis(t.writer, ONUS_BASIS_LISTED, 3, NULL, 0, NULL, 0, &out, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_import_basis(t.writer, ONUS_BASIS_CITED, 0, &(uint32_t){4}, 1, NULL, 0, &out, &e),
                   ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_import_uses(t.writer, 0, 0, 0, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_import_indicator(t.writer, 0, "a.example", 9, &is_indicator, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(out, 77);
  assert_true(is_indicator);
  assert_int_equal(onus_reference_writer_put_document(t.writer, "catalogue", "x", 1, &e), ONUS_BAD_ARGUMENT);
  onus_reference_writer *second = NULL;
  assert_int_equal(onus_reference_writer_open(t.place, 4096, &second, &e), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_reference_writer_open(t.place, 0, &second, &e), ONUS_IO); /* one at a time */
  assert_null(second);
  test_end(&t);
}

/* Texts of strangers: no control characters, all UTF-8, cut where they are very long, and still told apart. */
static void test_texts_are_made_harmless(void **state) {
  (void)state;
  test_reference t = {0};
  char name[2][5000];
  for (int i = 0; i < 2; i++) {
    memset(name[i], 'x', sizeof name[i]);
    name[i][sizeof name[i] - 2] = (char)('a' + i);
    name[i][sizeof name[i] - 1] = '\0';
  }
  test_write(&t);
  test_actor(&t, "mitre", "G1", " Al\x1b[31mpha\xff\xC2\x85 ", TEST_NAMES(name[0], name[1]));
  test_seal(&t);
  test_open(&t);
  assert_string_equal(t.catalogue->entries[0].name, "Al [31mpha\xEF\xBF\xBD ");
  assert_int_equal(t.catalogue->n_claims, 3);
  assert_true(strlen(t.catalogue->claims[1].name) <= ONUS_CATALOGUE_NAME_BYTES);
  assert_string_not_equal(t.catalogue->claims[1].name, t.catalogue->claims[2].name);
  test_end(&t);
}

static void test_documents_stand_beside(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  TEST_OK(onus_reference_writer_put_document(t.writer, "calibration/x", "{}", 2, error));
  test_seal(&t);
  test_open(&t);
  onus_text text;
  TEST_OK(onus_reference_document(t.reference, "calibration/x", &text, error));
  assert_string_equal(text.bytes, "{}");
  onus_text_free(&text);
  onus_error e;
  assert_int_equal(onus_reference_document(t.reference, "calibration/y", &text, &e), ONUS_BAD_ARGUMENT);
  assert_non_null(strstr(e.text, "\"calibration/y\""));
  test_end(&t);
}

/* A small memory: lines go out in many pieces, in any order of bases, and each stands once. */
static void test_listings_in_little_memory(void **state) {
  (void)state;
  enum { BASES = 7, LINES = 30000 };
  test_reference t = {0};
  test_place_make(t.place);
  TEST_OK(onus_reference_writer_open(t.place, 1 << 20, &t.writer, error));
  uint32_t alpha = test_actor(&t, "list", "alpha", "Alpha", NULL), bases[BASES];
  char text[64];
  for (int i = 0; i < BASES; i++) {
    snprintf(text, sizeof text, "https://firm.example/%d", i);
    bases[i] = test_listed(&t, alpha, text, NULL);
  }
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < LINES; i++) {
      int number = (i * 7919) % LINES; /* each once, out of order */
      snprintf(text, sizeof text, "host-%d.evil-reed.com", number / 2);
      assert_true(test_indicator(&t, bases[number % BASES], text));
    }
    TEST_OK(onus_reference_writer_seal(t.writer, error));
  }
  test_abandon(&t);
  test_open(&t);
  size_t total = 0, expected = 0;
  for (int i = 0; i < BASES; i++) {
    onus_text lines;
    size_t n = 0;
    TEST_OK(onus_reference_listing(t.reference, bases[i], &lines, error));
    for (const char *at = lines.bytes; (at = strchr(at, '\n')) != NULL; at++)
      n++;
    assert_int_equal(n, t.catalogue->bases[bases[i]].n_indicators);
    assert_non_null(strstr(lines.bytes, "host-"));
    total += n;
    onus_text_free(&lines);
  }
  static bool seen[LINES / 2][BASES];
  for (int number = 0; number < LINES; number++) {
    expected += !seen[number / 2][number % BASES];
    seen[number / 2][number % BASES] = true;
  }
  assert_int_equal(total, expected);
  test_end(&t);
}

static void test_a_folder_without_a_reference(void **state) {
  (void)state;
  onus_reference *reference = NULL;
  onus_error e;
  assert_int_equal(onus_reference_open("/nowhere/at/all", &reference, &e), ONUS_BAD_ARGUMENT);
  test_reference t = {0};
  test_place_make(t.place);
  onus_store_writer *writer;
  TEST_OK(onus_store_writer_open(t.place, NULL, &writer, error)); /* a store, and nothing in it */
  onus_store_writer_close(writer);
  test_open(&t);
  assert_int_equal(t.catalogue->n_actors, 0);
  test_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_was_said_comes_back),
      cmocka_unit_test(test_importing_twice_changes_nothing),
      cmocka_unit_test(test_what_is_not_sealed_is_not_there),
      cmocka_unit_test(test_days_that_come_later_count),
      cmocka_unit_test(test_a_day_that_is_told_in_the_same_import_counts),
      cmocka_unit_test(test_leaving_out),
      cmocka_unit_test(test_wrong_calls_are_said),
      cmocka_unit_test(test_texts_are_made_harmless),
      cmocka_unit_test(test_documents_stand_beside),
      cmocka_unit_test(test_listings_in_little_memory),
      cmocka_unit_test(test_a_folder_without_a_reference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
