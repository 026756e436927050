#include "compare/own.h"

#include "reference/test_reference_internal.h"

/* Reports 1 and 2 are about one actor each, report 3 about both, report 4 tells too little. */
static void test_cited_reports(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  uint32_t actor[2], ttp[5], report[4], basis;
  static const char *const ids[] = {"T1001", "T1002", "T1003", "T1004", "S0001"};
  actor[0] = test_actor(&t, "mitre-attack", "G0001", "First", NULL);
  actor[1] = test_actor(&t, "mitre-attack", "G0002", "Second", NULL);
  for (size_t i = 0; i < 5; i++)
    TEST_OK(
        onus_import_ttp(t.writer, i < 4 ? ONUS_TTP_TECHNIQUE : ONUS_TTP_MALWARE, ids[i], ids[i], NULL, &ttp[i], error));
  for (size_t i = 0; i < 4; i++) {
    char url[64];
    snprintf(url, sizeof url, "https://blog.example.org/2019/05/0%zu/report", i + 1);
    TEST_OK(onus_import_report(t.writer, url, NULL, NULL, &report[i], error));
  }
  static const struct {
    uint32_t actor, ttp, reports[2];
    size_t n_reports;
  } uses[] = {
      {0, 0, {0}, 1}, {0, 1, {0, 2}, 2}, {0, 2, {0}, 1}, {0, 3, {2}, 1}, {0, 4, {2}, 1},
      {1, 0, {1}, 1}, {1, 1, {1, 2}, 2}, {1, 4, {1}, 1}, {1, 2, {3}, 1}, {1, 3, {3}, 1},
  };
  for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
    uint32_t reports[2];
    for (size_t r = 0; r < uses[i].n_reports; r++)
      reports[r] = report[uses[i].reports[r]];
    TEST_OK(onus_import_basis(t.writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, reports, uses[i].n_reports, NULL, 0, &basis,
                              error));
    TEST_OK(onus_import_uses(t.writer, actor[uses[i].actor], ttp[uses[i].ttp], basis, error));
  }
  test_seal(&t);
  test_open(&t);
  onus_arena *arena = onus_arena_new(1 << 20);
  const onus_incident *incidents;
  const onus_truth *const *truths;
  size_t n = 0;
  TEST_OK(onus_own_incidents(t.reference, ONUS_ENGINE_TECHNIQUES, arena, &incidents, &truths, &n, error));
  assert_int_equal(n, 2);
  for (size_t i = 0; i < 2; i++) {
    size_t who = strstr(incidents[i].id, "05/01") ? 0 : 1;
    assert_string_equal(truths[i]->labels[0], who == 0 ? "G0001" : "G0002");
    assert_int_equal(truths[i]->number, t.catalogue->entries[actor[who]].actor);
    assert_int_equal(incidents[i].n_ttps, 3);
    assert_int_equal(incidents[i].n_leave_out, 1);
    assert_string_equal(incidents[i].leave_out[0], incidents[i].id);
    assert_true(incidents[i].period.first_day != ONUS_DAY_UNKNOWN);
    /* what the incident rests on is hidden by leaving its report out */
    onus_hidden hidden;
    TEST_OK(onus_reference_hide(t.reference, incidents[i].leave_out, 1, ONUS_STORE_ALWAYS, &hidden, error));
    assert_int_equal(hidden.n_hidden, 1); /* one basis: the report alone; the other is said by report 3 as well */
    onus_hidden_free(&hidden);
  }
  onus_arena_free(arena);
  test_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_cited_reports)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
