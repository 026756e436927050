/* The network against the slow twin on random cases, and the properties that the model promises. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inference/network.h"
#include "inference/random_view.h"

enum { N_CASES = 400 };

static const random_limits SMALL = {5, 4, 3, 4, false, 2};

static void assert_near(double a, double b, double tolerance, const char *what, uint64_t seed) {
  if (!(fabs(a - b) <= tolerance))
    fail_msg("%s of case %llu: %.17g, expected %.17g", what, (unsigned long long)seed, a, b);
}

typedef struct solved {
  onus_arena *arena;
  onus_view *view;
  onus_network *network;
  const onus_network_shape *shape;
  onus_batch *batch;
} solved;

static solved solve_view(onus_arena *arena, onus_view *view, size_t lanes) {
  solved s = {.arena = arena, .view = view};
  onus_error error = {0};
  if (onus_network_make(view, false, &s.network, &error) != ONUS_OK)
    fail_msg("%s", error.text);
  s.shape = onus_network_describe(s.network);
  s.batch = onus_batch_new(s.network, lanes, true);
  assert_non_null(s.batch);
  onus_batch_derive(s.batch);
  onus_batch_solve(s.batch);
  return s;
}

static solved solve_random(uint64_t seed, const random_limits *limits, size_t lanes) {
  onus_arena *arena = onus_arena_new((size_t)1 << 30);
  assert_non_null(arena);
  onus_view *view = random_view_make(arena, seed, limits);
  assert_non_null(view);
  return solve_view(arena, view, lanes);
}

static void solved_free(solved *s) {
  onus_batch_free(s->batch);
  onus_network_free(s->network);
  onus_arena_free(s->arena);
}

static onus_marginals marginals_of(solved *s, const bool *about) {
  size_t lanes = s->batch->lanes;
  onus_marginals m = {ONUS_ARENA_ARRAY(s->arena, double, s->shape->n_undercutters *lanes),
                      ONUS_ARENA_ARRAY(s->arena, double, s->shape->n_items *lanes),
                      ONUS_ARENA_ARRAY(s->arena, double, s->shape->n_items *lanes),
                      ONUS_ARENA_ARRAY(s->arena, double, s->shape->n_items *lanes),
                      ONUS_ARENA_ARRAY(s->arena, double, s->shape->n_undercutters *lanes)};
  onus_batch_marginals(s->batch, about, &m);
  return m;
}

static void check_against_brute_force(uint64_t seed, const random_limits *limits, size_t lanes, double tolerance) {
  solved s = solve_random(seed, limits, lanes);
  const onus_case *c = s.view->c;
  double posterior[16], source[16], undercutter[16], credibility[16], unseen[16];
  bool about[16] = {true};
  brute_force(s.view, posterior, source, undercutter, credibility, unseen);
  onus_marginals m = marginals_of(&s, about);
  for (size_t l = 0; l < lanes; l++) {
    for (size_t h = 0; h < c->n_hypotheses; h++)
      assert_near(s.batch->posterior[h * lanes + l], posterior[h], tolerance, "posterior", seed);
    for (size_t k = 0; k < s.shape->n_undercutters; k++) {
      const onus_network_undercutter *u = &s.shape->undercutters[k];
      assert_near(m.undercutter[k * lanes + l], u->is_source ? source[u->index] : undercutter[u->index], tolerance,
                  "undercutter", seed);
    }
    for (size_t i = 0; i < s.shape->n_items; i++) {
      assert_near(m.credibility[i * lanes + l], credibility[s.shape->items[i].view_item], tolerance, "credibility",
                  seed);
      assert_near(m.unseen[i * lanes + l], unseen[s.shape->items[i].view_item], tolerance, "unseen", seed);
    }
  }
  solved_free(&s);
}

static void test_agrees_with_brute_force(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= N_CASES; seed++)
    check_against_brute_force(seed, &SMALL, seed % 2 ? 1 : ONUS_LANES, 1e-12);
}

static void test_agrees_in_log_space(void **state) {
  (void)state;
  random_limits extreme = SMALL;
  extreme.extreme = 60; /* four items reach 10^−240: plain products would leave their range */
  for (uint64_t seed = 1; seed <= N_CASES / 4; seed++)
    check_against_brute_force(seed, &extreme, seed % 2 ? 1 : ONUS_LANES, 1e-10);
}

/* Leaving an item or a source out by derivatives is the same as building the case without it. */
static void test_without(void **state) {
  (void)state;
  bool about[16] = {true};
  for (uint64_t seed = 1; seed <= N_CASES / 4; seed++) {
    solved s = solve_random(seed, &SMALL, 1);
    onus_marginals m = marginals_of(&s, about);
    double posterior[16];
    for (size_t i = 0; i < s.shape->n_items; i++) {
      onus_view_item *item = &s.view->items[s.shape->items[i].view_item];
      item->state = ONUS_ITEM_RETRACTED;
      onus_batch *batch = onus_batch_new(s.network, 1, false);
      onus_batch_derive(batch);
      onus_batch_silence(batch, i, 0);
      onus_batch_solve(batch);
      assert_near(m.without_item[i], batch->posterior[0], 1e-12, "without item", seed);
      onus_batch_free(batch);
      item->state = ONUS_ITEM_COUNTS;
    }
    for (size_t k = 0; k < s.shape->n_undercutters; k++) {
      if (!s.shape->undercutters[k].is_source)
        continue;
      onus_view view = *s.view;
      view.items = ONUS_ARENA_ARRAY(s.arena, onus_view_item, view.n_items);
      view.n_items = 0;
      for (size_t i = 0; i < s.view->n_items; i++)
        if (s.view->items[i].source != s.shape->undercutters[k].index)
          view.items[view.n_items++] = s.view->items[i];
      brute_force(&view, posterior, NULL, NULL, NULL, NULL);
      assert_near(m.without_source[k], posterior[0], 1e-12, "without source", seed);
    }
    solved_free(&s);
  }
}

/* The ends of every line [M-15] are what solving at those ends gives. */
static void test_ends(void **state) {
  (void)state;
  bool about[16] = {false, true};
  for (uint64_t seed = 1; seed <= N_CASES / 4; seed++) {
    solved s = solve_random(seed, &SMALL, 1);
    onus_ends undercutters[16];
    memset(undercutters, 0, sizeof undercutters);
    onus_item_ends items[16];
    assert_true(onus_batch_ends(s.batch, about, undercutters, items));
    for (size_t k = 0; k < s.shape->n_undercutters; k++)
      for (int end = 0; end < 2; end++) {
        double saved = s.batch->undercutter[k];
        s.batch->undercutter[k] = end;
        onus_batch_solve(s.batch);
        assert_near(undercutters[k].about[end] / undercutters[k].all[end], s.batch->posterior[1], 1e-11, "end", seed);
        s.batch->undercutter[k] = saved;
      }
    for (size_t i = 0; i < s.shape->n_items; i++)
      for (int end = 0; end < 2; end++) {
        double saved = s.batch->credibility[i], *q = &s.batch->credibility[i];
        if (saved <= 0)
          continue;
        *q = end;
        onus_batch_solve(s.batch);
        assert_near(items[i].credibility.about[end] / items[i].credibility.all[end], s.batch->posterior[1], 1e-11,
                    "credibility end", seed);
        *q = saved;
      }
    onus_batch_solve(s.batch);
    for (size_t i = 0; i < s.shape->n_items; i++)
      assert_near(items[i].factor.about[1] / items[i].factor.all[1], s.batch->posterior[1], 1e-11, "factor end", seed);
    solved_free(&s);
  }
}

/* model: one source's items alone leave its reliability where it was, and move the odds no further than its bound. */
static void test_single_source(void **state) {
  (void)state;
  random_limits limits = {5, 1, 0, 8, false, 4};
  bool about[16] = {true};
  for (uint64_t seed = 1; seed <= N_CASES; seed++) {
    solved s = solve_random(seed, &limits, 1);
    onus_case *c = (onus_case *)(uintptr_t)s.view->c;
    for (size_t i = 0; i < s.view->n_items; i++) /* the source alone: no undercutters of the items */
      s.view->items[i].has_credibility = s.view->items[i].has_unseen = false;
    onus_arena *arena = s.arena;
    onus_view *view = s.view;
    onus_batch_free(s.batch);
    onus_network_free(s.network);
    s = solve_view(arena, view, 1);
    onus_marginals m = marginals_of(&s, about);
    double rho = c->sources[0].reliability.low;
    assert_near(m.undercutter[0], 1 - rho, 1e-12, "reliability", seed);
    for (size_t h = 0; h < c->n_hypotheses; h++) {
      double prior = s.batch->prior[h], posterior = s.batch->posterior[h];
      double moved = posterior / (1 - posterior) * (1 - prior) / prior;
      double bound = (rho + (1 - rho) * prior) / ((1 - rho) * prior);
      assert_true(moved <= bound * (1 + 1e-9));
    }
    solved_free(&s);
  }
}

/* forgeable = 1 never separates a target from its imitator. */
static void test_forgeable(void **state) {
  (void)state;
  size_t pairs = 0;
  for (uint64_t seed = 1; seed <= N_CASES; seed++) {
    solved s = solve_random(seed, &SMALL, 1);
    onus_case *c = (onus_case *)(uintptr_t)s.view->c;
    for (size_t i = 0; i < s.view->n_items; i++) {
      onus_row *row = (onus_row *)(uintptr_t)s.view->items[i].row;
      s.view->items[i].forgeable = (onus_number){1, 1};
      for (size_t h = 0; h < c->n_hypotheses; h++)
        if (c->hypotheses[h].imitates != ONUS_NONE) {
          row->is_stated[h] = false;
          row->is_true[h] = row->is_true[c->hypotheses[h].imitates];
        }
    }
    onus_arena *arena = s.arena;
    onus_view *view = s.view;
    onus_batch_free(s.batch);
    onus_network_free(s.network);
    s = solve_view(arena, view, 1);
    for (size_t h = 0; h < c->n_hypotheses; h++) {
      size_t target = c->hypotheses[h].imitates;
      if (target == ONUS_NONE)
        continue;
      pairs++;
      assert_near(s.batch->posterior[h] / s.batch->posterior[target], s.batch->prior[h] / s.batch->prior[target], 1e-9,
                  "odds of target and imitator", seed);
    }
    solved_free(&s);
  }
  assert_true(pairs > 50);
}

/* Lanes do not touch each other: every lane of a sampled batch equals the same setting solved alone. */
static void test_lanes(void **state) {
  (void)state;
  random_limits limits = SMALL;
  limits.ranges = true;
  for (uint64_t seed = 1; seed <= N_CASES / 8; seed++) {
    solved s = solve_random(seed, &limits, ONUS_LANES);
    onus_sobol *sobol = onus_sobol_new(s.shape->n_coordinates, seed);
    onus_batch *single = onus_batch_new(s.network, 1, false);
    onus_batch_set_sample(s.batch, sobol, 64);
    onus_batch_derive(s.batch);
    onus_batch_solve(s.batch);
    for (size_t l = 0; l < ONUS_LANES; l++) {
      onus_batch_set_sample(single, sobol, 64 + l);
      onus_batch_derive(single);
      onus_batch_solve(single);
      for (size_t h = 0; h < s.shape->n_hypotheses; h++)
        assert_near(s.batch->posterior[h * ONUS_LANES + l], single->posterior[h], 1e-13, "lane", seed);
    }
    onus_batch_free(single);
    onus_sobol_free(sobol);
    solved_free(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_agrees_with_brute_force),
      cmocka_unit_test(test_agrees_in_log_space),
      cmocka_unit_test(test_without),
      cmocka_unit_test(test_ends),
      cmocka_unit_test(test_single_source),
      cmocka_unit_test(test_forgeable),
      cmocka_unit_test(test_lanes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
