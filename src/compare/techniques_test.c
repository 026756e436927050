#include "compare/techniques_internal.h"

#include <math.h>

#include "reference/test_reference_internal.h"

enum { TTPS = 6 };

/* First: report 0 (2018) T1 T2 S1, report 1 (2020) T2 T3. Second: report 2 (2020) T1 T3 T4 S1. */
static void make(test_reference *t, uint32_t *actor) {
  static const char *const ids[TTPS] = {"T1001", "T1002", "T1003", "T1004", "S0001", "S0002"};
  static const char *const urls[] = {"https://a.example.org/2018/03/02/one", "https://a.example.org/2020/03/02/two",
                                     "https://a.example.org/2020/07/02/three"};
  static const struct {
    uint32_t actor, report, ttp;
  } uses[] = {{0, 0, 0}, {0, 0, 1}, {0, 0, 4}, {0, 1, 1}, {0, 1, 2}, {1, 2, 0}, {1, 2, 2}, {1, 2, 3}, {1, 2, 4}};
  uint32_t ttp[TTPS], report[3], basis, entry[2];
  test_write(t);
  entry[0] = test_actor(t, "mitre-attack", "G0001", "First", NULL);
  entry[1] = test_actor(t, "mitre-attack", "G0002", "Second", NULL);
  for (size_t i = 0; i < TTPS; i++)
    TEST_OK(onus_import_ttp(t->writer, i < 4 ? ONUS_TTP_TECHNIQUE : ONUS_TTP_MALWARE, ids[i], ids[i], NULL, &ttp[i],
                            error));
  for (size_t i = 0; i < 3; i++)
    TEST_OK(onus_import_report(t->writer, urls[i], NULL, NULL, &report[i], error));
  for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
    TEST_OK(onus_import_basis(t->writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, &report[uses[i].report], 1, NULL, 0, &basis,
                              error));
    TEST_OK(onus_import_uses(t->writer, entry[uses[i].actor], ttp[uses[i].ttp], basis, error));
  }
  test_seal(t);
  test_open(t);
  for (size_t i = 0; i < 2; i++)
    actor[i] = t->catalogue->entries[entry[i]].actor;
}

static const char *const found[] = {"T1001", "T1002", "S0001", "S0002", "T9999"};
static const onus_incident incident = {
    .id = "i", .period = {18262, 18262}, .ttps = found, .n_ttps = 5}; /* 2020-01-01 */

static onus_features extract(const test_reference *t, void *prepared, const char *left_out, onus_arena *arena) {
  onus_hidden hidden;
  onus_features f = {0};
  TEST_OK(onus_reference_hide(t->reference, &left_out, left_out ? 1 : 0, ONUS_STORE_ALWAYS, &hidden, error));
  TEST_OK(onus_techniques.extract(prepared, &incident, &hidden, arena, &f, error));
  onus_hidden_free(&hidden);
  return f;
}

static void close_to(double value, double expected) {
  if (fabs(value - expected) > 1e-12)
    fail_msg("%.17g, not %.17g", value, expected);
}

static double weight(double n_reports, double in_reports) {
  double rarity = log((n_reports + 1) / (in_reports + 0.5));
  return rarity * rarity;
}

static void test_features_by_hand(void **state) {
  (void)state;
  test_reference t = {0};
  uint32_t actor[2];
  void *prepared = NULL;
  make(&t, actor);
  onus_arena *arena = onus_arena_new(1 << 20);
  TEST_OK(onus_techniques.prepare(t.reference, &prepared, error));
  onus_features f = extract(&t, prepared, NULL, arena);
  assert_int_equal(f.n_candidates, 2);
  assert_int_equal(f.n_used, 4);
  assert_int_equal(f.n_not_known, 1);
  size_t first = f.actor[0] == actor[0] ? 0 : 1;
  const double *x = f.choice + first * ONUS_TTP_FEATURES;
  /* three reports: T1 in two, T2 in two, S1 in two, S2 in none, and of T9999 nobody has heard */
  double w2 = weight(3, 2), all = 3 * w2, incident_weight = 3 * w2 + 2 * weight(3, 0);
  double same_year = w2 / sqrt((w2 + weight(3, 2) + 60) * incident_weight);
  double two_years = 3 * w2 * exp(-2. / 3) / sqrt((all + 60) * incident_weight);
  close_to(x[0], fmax(same_year, two_years));
  close_to(x[1], 3 * w2 / (all + 20));
  close_to(x[2], 0.5 / sqrt(2));
  /* holders of techniques: T1 2, T2 1, T3 2, T4 1; First holds three of them */
  double q1 = 2.5 / 206, q2 = 1.5 / 206;
  close_to(x[3], (log((1 + 100 * q1) / (103 * q1)) + log((1 + 100 * q2) / (103 * q2))) / sqrt(3));
  close_to(x[4], 0);
  const double *y = f.ratio + first * 2 * ONUS_TTP_FEATURES, *other = f.choice + (1 - first) * ONUS_TTP_FEATURES;
  for (size_t k = 0; k < ONUS_TTP_FEATURES; k++) {
    close_to(y[k], x[k]);
    close_to(y[ONUS_TTP_FEATURES + k], x[k] - other[k]);
  }
  /* without its first report, First has one of 2020 left, and does not hold the software any more */
  f = extract(&t, prepared, "a.example.org/2018/03/02/one", arena);
  x = f.choice + first * ONUS_TTP_FEATURES;
  close_to(x[2], 0);
  close_to(x[1], weight(2, 1) / (weight(2, 1) + weight(2, 2) + 20));
  /* and without its only report, Second is no candidate */
  f = extract(&t, prepared, "a.example.org/2020/07/02/three", arena);
  assert_int_equal(f.n_candidates, 1);
  assert_int_equal(f.actor[0], actor[0]);
  onus_techniques.release(prepared);
  onus_arena_free(arena);
  test_end(&t);
}

static const char *const family_found[] = {"T1001.002", "T1002"}, *const sub_found[] = {"T1001.002"},
                         *const siblings_found[] = {"T1001.003"}, *const both_found[] = {"T1001", "T1001.002"};

static double contained(void *prepared, const test_reference *t, const char *const *ttps, size_t n, onus_arena *arena) {
  onus_incident i = {.id = "i", .period = {18262, 18262}, .ttps = ttps, .n_ttps = n};
  onus_hidden hidden;
  onus_features f = {0};
  TEST_OK(onus_reference_hide(t->reference, NULL, 0, ONUS_STORE_ALWAYS, &hidden, error));
  TEST_OK(onus_techniques.extract(prepared, &i, &hidden, arena, &f, error));
  assert_int_equal(f.n_candidates, 1);
  onus_hidden_free(&hidden);
  return f.choice[1];
}

/* A technique on one side, a sub-technique of it on the other: a fifth, once. */
static void test_families(void **state) {
  (void)state;
  static const char *const ids[] = {"T1001", "T1001.002", "T1001.003", "T1002"};
  test_reference t = {0};
  uint32_t ttp[4], report, basis;
  void *prepared = NULL;
  onus_arena *arena = onus_arena_new(1 << 20);
  test_write(&t);
  uint32_t entry = test_actor(&t, "mitre-attack", "G0001", "First", NULL);
  for (size_t i = 0; i < 4; i++)
    TEST_OK(onus_import_ttp(t.writer, ONUS_TTP_TECHNIQUE, ids[i], ids[i], i == 1 || i == 2 ? "T1001" : NULL, &ttp[i],
                            error));
  for (size_t i = 0; i < 2; i++) {
    static const char *const urls[] = {"https://a.example.org/2020/03/02/one", "https://a.example.org/2020/04/02/two"};
    TEST_OK(onus_import_report(t.writer, urls[i], NULL, NULL, &report, error));
    TEST_OK(onus_import_basis(t.writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, &report, 1, NULL, 0, &basis, error));
    TEST_OK(onus_import_uses(t.writer, entry, ttp[i == 0 ? 0 : 3], basis, error)); /* T1001; T1002 */
  }
  test_seal(&t);
  test_open(&t);
  TEST_OK(onus_techniques.prepare(t.reference, &prepared, error));
  double one = weight(2, 1), part = 0.2 * one / (one + 20);
  close_to(contained(prepared, &t, sub_found, 1, arena), part);
  close_to(contained(prepared, &t, both_found, 2, arena), part); /* the technique itself says nothing more */
  close_to(contained(prepared, &t, siblings_found, 1, arena), part);
  close_to(contained(prepared, &t, family_found, 2, arena), one / (one + 20));
  onus_techniques.release(prepared);
  onus_arena_free(arena);
  test_end(&t);
}

/* The links of an actor are what its features weigh, taken apart. */
static void test_links_add_up(void **state) {
  (void)state;
  test_reference t = {0};
  uint32_t actor[2];
  void *prepared = NULL;
  onus_hidden hidden;
  make(&t, actor);
  onus_arena *arena = onus_arena_new(1 << 20);
  TEST_OK(onus_techniques.prepare(t.reference, &prepared, error));
  onus_features f = extract(&t, prepared, NULL, arena);
  TEST_OK(onus_reference_hide(t.reference, NULL, 0, ONUS_STORE_ALWAYS, &hidden, error));
  for (size_t c = 0; c < 2; c++) {
    const onus_weights *w = &ONUS_TECHNIQUES_WEIGHTS;
    const onus_link *links;
    size_t n_links;
    double sum = 0, expected = 0;
    TEST_OK(onus_techniques.explain(prepared, &incident, &hidden, w, f.actor[c], 100, arena, &links, &n_links, error));
    assert_int_equal(n_links, 4);
    for (size_t k = 0; k < n_links; k++) {
      sum += links[k].ln_weight;
      assert_true(k == 0 || fabs(links[k].ln_weight) <= fabs(links[k - 1].ln_weight));
    }
    for (size_t k = 0; k + 1 < ONUS_TTP_FEATURES; k++) /* years without a report are no link */
      expected += f.choice[c * ONUS_TTP_FEATURES + k] *
                  (w->ratio[k + 1] + w->ratio[ONUS_TTP_FEATURES + k + 1] + w->odds * w->choice[k]);
    assert_true(fabs(sum - expected) < 1e-9);
  }
  onus_hidden_free(&hidden);
  onus_techniques.release(prepared);
  onus_arena_free(arena);
  test_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_features_by_hand),
      cmocka_unit_test(test_families),
      cmocka_unit_test(test_links_add_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
