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

static const char *const found[] = {"T1001", "T1002", "S0001", "S0002", "T9999", "T9999", "T1001"}; /* some twice */
static const onus_incident incident = {
    .id = "i", .period = {18262, 18262}, .ttps = found, .n_ttps = 7}; /* 2020-01-01 */

static onus_features extract_of(const test_reference *t, void *prepared, const onus_incident *of, const char *left_out,
                                onus_arena *arena) {
  onus_hidden hidden;
  onus_features f = {0};
  TEST_OK(onus_reference_hide(t->reference, &left_out, left_out ? 1 : 0, ONUS_STORE_ALWAYS, &hidden, error));
  TEST_OK(onus_techniques.extract(prepared, of, &hidden, arena, &f, error));
  onus_hidden_free(&hidden);
  return f;
}

static onus_features extract(const test_reference *t, void *prepared, const char *left_out, onus_arena *arena) {
  return extract_of(t, prepared, &incident, left_out, arena);
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
  /* and who has three techniques would have been expected to use those of which nobody has heard */
  close_to(x[3], (log((1 + 100 * q1) / (103 * q1)) + log((1 + 100 * q2) / (103 * q2)) + log(100. / 103)) / sqrt(3));
  close_to(x[4], 0);
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
                         *const siblings_found[] = {"T1001.003"}, *const unheard_found[] = {"T1001.099", "T1001"},
                         *const both_found[] = {"T1001", "T1001.002"};

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
  close_to(contained(prepared, &t, unheard_found, 2, arena), part);
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
  TEST_OK(onus_reference_hide(t.reference, NULL, 0, ONUS_STORE_ALWAYS, &hidden, error));
  for (size_t round = 0; round < 4; round++) {
    size_t c = round % 2;
    bool late = round >= 2;
    onus_incident found_late = incident, *of = &found_late;
    if (late)
      of->period = (onus_period){20000, 20000}; /* 2024-10-04 */
    onus_features f = extract_of(&t, prepared, of, NULL, arena);
    const onus_weights *w = &ONUS_TECHNIQUES_WEIGHTS;
    const onus_link *links;
    size_t n_links;
    double sum = 0, expected = 0;
    TEST_OK(onus_techniques.explain(prepared, of, &hidden, w, f.actor[c], 100, arena, &links, &n_links, error));
    assert_int_equal(n_links, late ? 6 : 5); /* all that are known, all that are not, and years without a report */
    for (size_t k = 0; k < n_links; k++) {
      sum += links[k].ln_weight;
      assert_true(k == 0 || fabs(links[k].ln_weight) <= fabs(links[k - 1].ln_weight));
    }
    assert_true(!late || f.choice[c * ONUS_TTP_FEATURES + ONUS_TTP_FEATURES - 1] > 0);
    for (size_t k = 0; k < ONUS_TTP_FEATURES; k++)
      expected += f.choice[c * ONUS_TTP_FEATURES + k] * w->odds * w->choice[k];
    assert_true(fabs(sum - expected) < 1e-9);
  }
  onus_hidden_free(&hidden);
  onus_techniques.release(prepared);
  onus_arena_free(arena);
  test_end(&t);
}

enum { RIVALS = 20, COMMON = 40, RIVAL_REPORTS = 8 };

/* One actor alone holds a piece of software, and little else is said of it. Many others hold the same forty techniques,
 * spread over their reports. However many of these are found beside the software, they do not drown it. */
static void test_many_weak_ones_do_not_drown_a_strong_one(void **state) {
  (void)state;
  test_reference t = {0};
  char ids[COMMON][8], name[32], url[64];
  const char *ttps[COMMON + 1] = {"S0001"};
  uint32_t common[COMMON], software, report, basis;
  void *prepared = NULL;
  onus_arena *arena = onus_arena_new(1 << 24);
  test_write(&t);
  TEST_OK(onus_import_ttp(t.writer, ONUS_TTP_MALWARE, "S0001", "Own", NULL, &software, error));
  for (size_t k = 0; k < COMMON; k++) {
    snprintf(ids[k], sizeof ids[k], "T1%03u", (unsigned)k);
    ttps[k + 1] = ids[k];
    TEST_OK(onus_import_ttp(t.writer, ONUS_TTP_TECHNIQUE, ids[k], ids[k], NULL, &common[k], error));
  }
  uint32_t holder = test_actor(&t, "mitre-attack", "G0001", "Holder", NULL);
  TEST_OK(onus_import_report(t.writer, "https://a.example.org/2020/03/02/own", NULL, NULL, &report, error));
  TEST_OK(onus_import_basis(t.writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, &report, 1, NULL, 0, &basis, error));
  TEST_OK(onus_import_uses(t.writer, holder, software, basis, error));
  for (size_t r = 0; r < RIVALS; r++) {
    char id[8];
    snprintf(id, sizeof id, "G01%02u", (unsigned)r);
    snprintf(name, sizeof name, "Rival %u", (unsigned)r);
    uint32_t rival = test_actor(&t, "mitre-attack", id, name, NULL);
    for (size_t d = 0; d < RIVAL_REPORTS; d++) {
      snprintf(url, sizeof url, "https://a.example.org/2020/%02u/%02u/rival", (unsigned)d + 1, (unsigned)r + 1);
      TEST_OK(onus_import_report(t.writer, url, NULL, NULL, &report, error));
      TEST_OK(onus_import_basis(t.writer, ONUS_BASIS_CITED, ONUS_NO_NUMBER, &report, 1, NULL, 0, &basis, error));
      for (size_t k = d; k < COMMON; k += RIVAL_REPORTS)
        TEST_OK(onus_import_uses(t.writer, rival, common[(k + r) % COMMON], basis, error));
    }
  }
  test_seal(&t);
  test_open(&t);
  TEST_OK(onus_techniques.prepare(t.reference, &prepared, error));
  uint32_t actor = t.catalogue->entries[holder].actor;
  for (size_t n = 1; n <= COMMON + 1; n++) {
    onus_incident i = {.id = "i", .period = {18262, 18262}, .ttps = ttps, .n_ttps = n};
    onus_features f = extract_of(&t, prepared, &i, NULL, arena);
    double p[RIVALS + 2];
    assert_int_equal(f.n_candidates, RIVALS + 1);
    onus_weights_choose(&ONUS_TECHNIQUES_WEIGHTS, &f, p);
    for (size_t c = 0; c < f.n_candidates; c++)
      for (size_t other = 0; other < f.n_candidates; other++)
        if (f.actor[c] == actor && other != c && p[c] <= p[other])
          fail_msg("%zu common techniques drown it: %g, not %g", n - 1, p[other], p[c]);
  }
  onus_techniques.release(prepared);
  onus_arena_free(arena);
  test_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_features_by_hand),
      cmocka_unit_test(test_families),
      cmocka_unit_test(test_links_add_up),
      cmocka_unit_test(test_many_weak_ones_do_not_drown_a_strong_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
