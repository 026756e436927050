/* Going from one set of items to another, against solving the other from nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "inference/network.h"
#include "inference/random_view.h"

enum { N_CASES = 150, N_CHANGES = 8, ITEMS_MAX = 16 };

typedef struct setting {
  onus_arena *arena;
  onus_view *view;
  onus_network *network;
  const onus_network_shape *shape;
  uint64_t seed, drawn;
} setting;

/* Nothing cuts an item loose, so that nothing but the rows themselves is left of a product. */
static void make_certain(onus_view *view) {
  for (size_t s = 0; s < view->c->n_sources; s++)
    view->reliability[s] = (onus_number){1, 1};
  for (size_t u = 0; u < view->c->n_undercutters; u++)
    view->probability[u] = (onus_number){0, 0};
  for (size_t i = 0; i < view->n_items; i++)
    view->items[i].has_credibility = view->items[i].has_unseen = false;
}

static setting set_up(uint64_t seed, const random_limits *limits, bool is_certain) {
  setting s = {.arena = onus_arena_new((size_t)1 << 30), .seed = seed};
  assert_non_null(s.arena);
  s.view = random_view_make(s.arena, seed, limits);
  assert_non_null(s.view);
  if (is_certain)
    make_certain(s.view);
  assert_int_equal(onus_network_make(s.view, false, &s.network, NULL), ONUS_OK);
  s.shape = onus_network_describe(s.network);
  assert_true(s.shape->n_items <= ITEMS_MAX);
  return s;
}

static void tear_down(setting *s) {
  onus_network_free(s->network);
  onus_arena_free(s->arena);
}

static bool toss(setting *s) {
  return onus_random_bits(s->seed, 7, s->drawn++) & 1;
}

static onus_batch *solve(const setting *s, size_t lanes, const bool *speaks) {
  onus_batch *batch = onus_batch_new(s->network, lanes, true);
  assert_non_null(batch);
  assert_true(onus_batch_set_speaking(batch, speaks));
  onus_batch_derive(batch);
  onus_batch_solve(batch);
  return batch;
}

static onus_marginals marginals_of(const setting *s, onus_batch *batch) {
  bool about[16] = {true};
  size_t n_undercutters = s->shape->n_undercutters * batch->lanes, n_items = s->shape->n_items * batch->lanes;
  onus_marginals m = {.undercutter = ONUS_ARENA_ARRAY(s->arena, double, n_undercutters),
                      .credibility = ONUS_ARENA_ARRAY(s->arena, double, n_items),
                      .unseen = ONUS_ARENA_ARRAY(s->arena, double, n_items)};
  onus_batch_marginals(batch, about, &m);
  return m;
}

static void assert_same(const setting *s, const double *found, const double *expected, size_t n, double tolerance,
                        const char *what) {
  for (size_t i = 0; i < n; i++)
    if (!(fabs(found[i] - expected[i]) <= tolerance))
      fail_msg("%s %zu of case %llu: %.17g, expected %.17g", what, i, (unsigned long long)s->seed, found[i],
               expected[i]);
}

/* A batch that was changed has the posterior, and gives the marginals, of one that was solved from nothing. */
static void check(const setting *s, onus_batch *changed, const bool *speaks, double tolerance) {
  size_t lanes = changed->lanes;
  onus_batch *anew = solve(s, lanes, speaks);
  assert_same(s, changed->posterior, anew->posterior, s->shape->n_hypotheses * lanes, tolerance, "posterior");
  onus_marginals found = marginals_of(s, changed), expected = marginals_of(s, anew);
  assert_same(s, found.undercutter, expected.undercutter, s->shape->n_undercutters * lanes, tolerance, "undercutter");
  for (size_t i = 0; i < s->shape->n_items; i++)
    if (speaks[i]) {
      assert_same(s, found.credibility + i * lanes, expected.credibility + i * lanes, lanes, tolerance, "credibility");
      assert_same(s, found.unseen + i * lanes, expected.unseen + i * lanes, lanes, tolerance, "unseen");
    }
  onus_batch_free(anew);
}

/* `may_end`: items fall silent too; else each change lets some more begin. */
static void walk(uint64_t seed, const random_limits *limits, bool may_end, bool is_certain, double tolerance) {
  setting s = set_up(seed, limits, is_certain);
  bool before[ITEMS_MAX] = {false}, after[ITEMS_MAX] = {false};
  for (size_t i = 0; may_end && i < s.shape->n_items; i++)
    before[i] = toss(&s);
  onus_batch *batch = solve(&s, seed % 2 ? 1 : ONUS_LANES, before);
  for (size_t n = 0; n < N_CHANGES; n++) {
    for (size_t i = 0; i < s.shape->n_items; i++)
      after[i] = (toss(&s) && toss(&s)) ? (!before[i] || !may_end) : before[i];
    onus_change *change;
    onus_error error = {0};
    assert_int_equal(onus_change_make(s.network, before, after, s.arena, &change, &error), ONUS_OK);
    onus_batch_apply(batch, change);
    check(&s, batch, after, tolerance);
    memcpy(before, after, sizeof before);
  }
  onus_batch_free(batch);
  tear_down(&s);
}

static void items_that_begin(void **state) {
  (void)state;
  const random_limits limits = {5, 6, 5, 12, false, 2};
  for (uint64_t seed = 1; seed <= N_CASES; seed++)
    walk(seed, &limits, false, false, 1e-12);
}

static void items_that_begin_and_end(void **state) {
  (void)state;
  const random_limits limits = {5, 6, 5, 12, false, 2};
  for (uint64_t seed = 1; seed <= N_CASES; seed++)
    walk(seed, &limits, true, false, 1e-12);
}

/* Plain products leave their range after some items: from there on, and back, the component is in logs. */
static void items_that_need_logs(void **state) {
  (void)state;
  const random_limits limits = {5, 2, 3, 12, false, 200};
  for (uint64_t seed = 1; seed <= N_CASES; seed++)
    walk(seed, &limits, seed % 3 == 0, seed % 2 == 0, 1e-10);
}

/* Only what speaks counts: the slow twin knows nothing of sets. */
static void silent_items_count_nothing(void **state) {
  (void)state;
  const random_limits limits = {5, 4, 3, 4, false, 2};
  for (uint64_t seed = 1; seed <= N_CASES; seed++) {
    setting s = set_up(seed, &limits, false);
    onus_view part = *s.view;
    part.items = ONUS_ARENA_ARRAY(s.arena, onus_view_item, s.view->n_items);
    part.n_items = 0;
    bool speaks[ITEMS_MAX] = {false};
    double expected[16];
    for (size_t i = 0; i < s.shape->n_items; i++) {
      speaks[i] = toss(&s);
      if (speaks[i])
        part.items[part.n_items++] = s.view->items[s.shape->items[i].view_item];
    }
    brute_force(&part, expected, NULL, NULL, NULL, NULL);
    onus_batch *batch = solve(&s, 1, speaks);
    assert_same(&s, batch->posterior, expected, s.shape->n_hypotheses, 1e-12, "posterior");
    onus_batch_free(batch);
    tear_down(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items_that_begin),
      cmocka_unit_test(items_that_begin_and_end),
      cmocka_unit_test(items_that_need_logs),
      cmocka_unit_test(silent_items_count_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
