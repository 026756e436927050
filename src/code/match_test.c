#include "code/match.h"

#include "base/file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* This very program and another one that has nothing to do with it. */
typedef struct loaded {
  onus_text text;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
} loaded;

static void load(const char *path, loaded *ret_loaded) {
  onus_error error = {0};
  assert_int_equal(onus_file_read(path, (size_t)1 << 30, &ret_loaded->text, &error), ONUS_OK);
  assert_int_equal(
      onus_program_parse(path, ret_loaded->text.bytes, ret_loaded->text.length, &ret_loaded->program, &error), ONUS_OK);
  assert_int_equal(onus_functions_find(ret_loaded->program, &ret_loaded->functions, &error), ONUS_OK);
  assert_int_equal(onus_fingerprints_make(ret_loaded->functions, &ret_loaded->prints, &error), ONUS_OK);
}

static void unload(loaded *l) {
  onus_fingerprints_free(l->prints);
  onus_functions_free(l->functions);
  onus_program_free(l->program);
  onus_text_free(&l->text);
}

static int load_both(void **state) {
  loaded *both = calloc(2, sizeof *both);
  load("/proc/self/exe", &both[0]);
  load("/bin/sh", &both[1]);
  *state = both;
  return 0;
}

static int unload_both(void **state) {
  loaded *both = *state;
  unload(&both[0]);
  unload(&both[1]);
  free(both);
  return 0;
}

static void fingerprints_are_in_order_and_the_same_again(void **state) {
  const loaded *self = *state;
  onus_error error = {0};
  onus_fingerprints *again = NULL;
  assert_int_equal(onus_fingerprints_make(self->functions, &again, &error), ONUS_OK);
  assert_int_equal(again->count, self->functions->n_functions);
  size_t n_tokens = 0, n_calls = 0;
  for (size_t i = 0; i < again->count; i++) {
    const onus_function_fingerprint *f = &again->items[i], *g = &self->prints->items[i];
    assert_int_equal(f->address, self->functions->functions[i].address);
    assert_int_equal(f->exact, g->exact);
    assert_int_equal(f->n_tokens, g->n_tokens);
    assert_memory_equal(f->counts, g->counts, sizeof f->counts);
    assert_int_equal(f->first_of_kind[ONUS_TOKEN_KINDS], f->n_tokens);
    for (uint32_t k = 0; k < f->n_tokens; k++) {
      const onus_token *t = &f->tokens[k];
      assert_true(t->kind == g->tokens[k].kind && t->hash == g->tokens[k].hash && t->times == g->tokens[k].times);
      assert_true(k == 0 || t[-1].kind < t->kind || (t[-1].kind == t->kind && t[-1].hash < t->hash));
      assert_true(t->times > 0 && k >= f->first_of_kind[t->kind] && k < f->first_of_kind[t->kind + 1]);
    }
    for (uint32_t k = 0; k < f->n_callees; k++) { /* who calls is among the callers */
      const onus_function_fingerprint *callee = &again->items[f->callees[k]];
      bool is_there = false;
      for (uint32_t c = 0; c < callee->n_callers; c++)
        is_there = is_there || callee->callers[c] == i;
      assert_true(is_there);
    }
    n_tokens += f->n_tokens;
    n_calls += f->n_callees;
  }
  assert_true(n_tokens > 20 * again->count && n_calls > again->count / 4);
  onus_fingerprints_free(again);
}

/* Functions of some size find themselves, and what is told of them adds up. */
static void a_program_matches_itself(void **state) {
  const loaded *self = *state;
  onus_error error = {0};
  onus_matches *matches = NULL;
  const onus_fingerprints *target = self->prints;
  assert_int_equal(onus_match_programs(self->prints, &target, 1, NULL, &matches, &error), ONUS_OK);
  size_t n_large = 0, n_found = 0;
  for (size_t i = 0; i < matches->n_pairs; i++) {
    const onus_match_pair *pair = &matches->pairs[i];
    double reason[ONUS_MATCH_REASONS], sum = 0;
    onus_match_reasons(pair, reason, &sum);
    for (unsigned k = 0; k < ONUS_MATCH_REASONS; k++)
      sum += reason[k];
    assert_true(fabs(sum - pair->log_odds) < 1e-6 * (1 + fabs(sum)));
    if (self->prints->items[pair->query].counts[ONUS_COUNT_INSTRUCTIONS] < 20)
      continue;
    n_large++;
    n_found += pair->target == pair->query && pair->probability >= onus_match_default_threshold;
  }
  assert_true(n_large > 50);
  assert_true(n_found * 100 >= n_large * 99);
  onus_matches_free(matches);
}

static void programs_that_share_nothing_do_not_match(void **state) {
  const loaded *both = *state;
  onus_error error = {0};
  onus_matches *matches = NULL;
  const onus_fingerprints *target = both[1].prints;
  assert_int_equal(onus_match_programs(both[0].prints, &target, 1, NULL, &matches, &error), ONUS_OK);
  size_t n_large = 0, n_called = 0;
  for (size_t i = 0; i < matches->n_pairs; i++) {
    if (both[0].prints->items[matches->pairs[i].query].counts[ONUS_COUNT_INSTRUCTIONS] < 20)
      continue;
    n_large++;
    n_called += matches->pairs[i].probability >= onus_match_default_threshold;
  }
  assert_true(n_large > 50);
  assert_true(n_called * 50 <= n_large); /* what every program starts with, such as _start, may be in both */
  onus_matches_free(matches);
}

static void nothing_to_match_with_is_fine(void **state) {
  const loaded *self = *state;
  onus_error error = {0};
  onus_matches *matches = NULL;
  assert_int_equal(onus_match_programs(self->prints, NULL, 0, NULL, &matches, &error), ONUS_OK);
  assert_int_equal(matches->n_pairs, 0);
  onus_matches_free(matches);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fingerprints_are_in_order_and_the_same_again),
      cmocka_unit_test(a_program_matches_itself),
      cmocka_unit_test(programs_that_share_nothing_do_not_match),
      cmocka_unit_test(nothing_to_match_with_is_fine),
  };
  return cmocka_run_group_tests(tests, load_both, unload_both);
}
