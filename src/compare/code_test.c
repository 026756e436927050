#include "compare/code.h"

#include <math.h>

#include "base/file.h"
#include "compare/origin.h"
#include "reference/test_reference_internal.h"

/* This very program is Heron's, and the shell Reed's. */
typedef struct loaded {
  onus_text text;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
  onus_signatures *signatures;
} loaded;

static loaded self, shell;
static test_reference reference;

static void load(const char *path, loaded *l) {
  TEST_OK(onus_file_read(path, (size_t)1 << 30, &l->text, error));
  TEST_OK(onus_program_parse(path, l->text.bytes, l->text.length, &l->program, error));
  TEST_OK(onus_functions_find(l->program, &l->functions, error));
  TEST_OK(onus_fingerprints_make(l->functions, &l->prints, error));
  TEST_OK(onus_signatures_make(l->prints, &l->signatures, error));
}

static void unload(loaded *l) {
  onus_signatures_free(l->signatures);
  onus_fingerprints_free(l->prints);
  onus_functions_free(l->functions);
  onus_program_free(l->program);
  onus_text_free(&l->text);
}

static void put_sample(const loaded *l, uint8_t digit, const char *family, const char *actor, const char *url) {
  uint8_t sha256[ONUS_CODE_SHA256_BYTES];
  bool is_new = false;
  memset(sha256, digit, sizeof sha256);
  uint32_t entry = test_actor(&reference, "lab", actor, actor, NULL);
  const onus_import_program said = {sha256, family, family, test_listed(&reference, entry, url, NULL), l->signatures};
  TEST_OK(onus_import_code(reference.writer, &said, &is_new, error));
  assert_true(is_new);
}

static int make_reference(void **state) {
  (void)state;
  load("/proc/self/exe", &self);
  load("/bin/sh", &shell);
  test_write(&reference);
  put_sample(&self, 1, "tester", "Heron", "https://example.com/2020/05/01/tester");
  put_sample(&shell, 2, "shell", "Reed", "https://example.com/2021/05/01/shell");
  test_seal(&reference);
  test_open(&reference);
  return 0;
}

static int remove_reference(void **state) {
  (void)state;
  test_end(&reference);
  unload(&self);
  unload(&shell);
  return 0;
}

static onus_ranking rank(const loaded *l, const onus_hidden *hidden, onus_arena *arena) {
  onus_ranking ranking = {.engine = ONUS_ENGINE_INFRASTRUCTURE};
  TEST_OK(onus_code_rank(reference.reference, l->prints, hidden, 18800, 10, arena, &ranking, error));
  return ranking;
}

static onus_hidden hide(const char *name, int32_t as_of_day) {
  onus_hidden hidden = {0};
  TEST_OK(onus_reference_hide(reference.reference, &name, name ? 1 : 0, as_of_day, &hidden, error));
  return hidden;
}

static const char *name_of(const onus_ranking *ranking, size_t place) {
  return reference.catalogue->actors[ranking->candidates[place].actor].name;
}

static void whose_code_it_is_comes_first(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new((size_t)1 << 26);
  onus_ranking ranking = rank(&self, NULL, arena);
  assert_int_equal(ranking.engine, ONUS_ENGINE_CODE);
  assert_int_equal(ranking.n_candidates, 2);
  assert_string_equal(name_of(&ranking, 0), "Heron");
  const onus_candidate *heron = &ranking.candidates[0], *reed = &ranking.candidates[1];
  assert_true(heron->ln_lr > log(5) && heron->ln_lr_low > 0 && heron->ln_lr_low <= heron->ln_lr);
  assert_true(reed->ln_lr < 0 && reed->ln_lr >= log(0.5)); /* [K-17]: at most one half against */
  assert_true(reed->ln_lr_low <= reed->ln_lr && reed->ln_lr <= reed->ln_lr_high);
  assert_int_equal(heron->n_links, 10);
  double all = 0;
  for (size_t i = 0; i < heron->n_links; i++) {
    const onus_link *link = &heron->links[i];
    assert_non_null(strstr(link->value, " of tester (tester)"));
    assert_string_equal(reference.catalogue->reports[reference.catalogue->bases[link->basis].reports[0]].key,
                        "example.com/2020/05/01/tester");
    assert_true(link->ln_weight > 0 && (i == 0 || link->ln_weight <= heron->links[i - 1].ln_weight));
    assert_true(link->n_holders >= 1);
    assert_int_equal(link->age_days, 18800 - 18383);
    all += link->ln_weight;
  }
  assert_true(all < heron->ln_lr + log(2));
  assert_true(ranking.n_used > ranking.n_not_known);
  onus_arena_free(arena);
}

static void what_is_hidden_is_as_if_it_were_not_there(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new((size_t)1 << 26);
  onus_hidden hidden = hide("example.com/2020/05/01/tester", ONUS_STORE_ALWAYS);
  onus_ranking ranking = rank(&self, &hidden, arena);
  assert_int_equal(ranking.n_candidates, 1);
  assert_string_equal(name_of(&ranking, 0), "Reed");
  assert_true(ranking.candidates[0].ln_lr < 0);
  onus_hidden_free(&hidden);
  hidden = hide(NULL, 18500); /* before the shell was known */
  ranking = rank(&shell, &hidden, arena);
  assert_int_equal(ranking.n_candidates, 1);
  assert_string_equal(name_of(&ranking, 0), "Heron");
  onus_hidden_free(&hidden);
  hidden = hide(NULL, 0);
  assert_int_equal(rank(&self, &hidden, arena).n_candidates, 0);
  onus_hidden_free(&hidden);
  onus_arena_free(arena);
}

/* [K-16], [K-18]: Heron gets the shell too, and with it half of what the tester said. */
static void families_are_averaged_and_shared_ones_counted(void **state) {
  (void)state;
  size_t n_shared = 9, n_families = 9;
  TEST_OK(onus_code_count_shared(reference.reference, NULL, &n_shared, &n_families, error));
  assert_true(n_shared == 0 && n_families == 2);
  onus_arena *arena = onus_arena_new((size_t)1 << 26);
  double before = exp(rank(&self, NULL, arena).candidates[0].ln_lr), of_shell = 0, none = 0;
  test_write(&reference);
  put_sample(&shell, 2, "shell", "Heron", "https://example.com/2022/01/01/both");
  test_seal(&reference);
  test_open(&reference);
  onus_ranking ranking = rank(&self, NULL, arena);
  assert_string_equal(name_of(&ranking, 0), "Heron");
  of_shell = exp(ranking.candidates[1].ln_lr);
  none = 0.5; /* what [K-17] adds */
  assert_true(fabs(exp(ranking.candidates[0].ln_lr) - (none + ((before - none) + (of_shell - none)) / 2)) < 1e-9);
  TEST_OK(onus_code_count_shared(reference.reference, NULL, &n_shared, &n_families, error));
  assert_true(n_shared == 1 && n_families == 2);
  onus_hidden hidden = hide("example.com/2022/01/01/both", ONUS_STORE_ALWAYS);
  TEST_OK(onus_code_count_shared(reference.reference, &hidden, &n_shared, &n_families, error));
  assert_true(n_shared == 0 && n_families == 2);
  onus_hidden_free(&hidden);
  double low, high, wider;
  onus_code_shared_range(0, 1, &low, &wider);
  onus_code_shared_range(0, 100, &low, &high);
  assert_true(low > 0 && low < high && high < 0.05 && wider > 0.6);
  onus_arena_free(arena);
}

static void a_ratio_rises_with_the_share_within_bounds(void **state) {
  (void)state;
  const onus_weights *const all[] = {&ONUS_ORIGIN_PAIR_WEIGHTS, &ONUS_ORIGIN_REFERENCE_WEIGHTS};
  for (size_t w = 0; w < 2; w++) {
    onus_ln_ratio last = onus_origin_ratio(all[w], 0);
    assert_true(last.ln_lr < 0 && last.ln_lr >= all[w]->least_ln_lr);
    for (int k = 1; k <= 100; k++) {
      onus_ln_ratio now = onus_origin_ratio(all[w], k / 100.0);
      assert_true(now.ln_lr >= last.ln_lr && now.ln_lr_low <= now.ln_lr && now.ln_lr <= now.ln_lr_high);
      last = now;
    }
    assert_true(last.ln_lr > 0 && last.ln_lr <= all[w]->greatest_ln_lr);
    /* By hand, where no bound cuts. */
    double share = 0.15, by_hand = all[w]->ratio[0] + all[w]->ratio[1] * log((share + 1e-3) / (1 - share + 1e-3));
    by_hand = fmin(fmax(by_hand, all[w]->least_ln_lr), all[w]->greatest_ln_lr);
    assert_true(fabs(onus_origin_ratio(all[w], share).ln_lr - by_hand) < 1e-12);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whose_code_it_is_comes_first),
      cmocka_unit_test(what_is_hidden_is_as_if_it_were_not_there),
      cmocka_unit_test(families_are_averaged_and_shared_ones_counted),
      cmocka_unit_test(a_ratio_rises_with_the_share_within_bounds),
  };
  return cmocka_run_group_tests(tests, make_reference, remove_reference);
}
