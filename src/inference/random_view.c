#include "inference/random_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"

typedef struct dice {
  uint64_t seed, counter;
} dice;

static double uniform(dice *d) {
  return (double)(onus_random_bits(d->seed, 1, d->counter++) >> 11) * 0x1p-53;
}

static size_t below(dice *d, size_t bound) {
  return bound ? (size_t)(uniform(d) * (double)bound) : 0;
}

static bool chance(dice *d, double p) {
  return uniform(d) < p;
}

static const char *name(onus_arena *arena, const char *prefix, size_t number) {
  char text[32];
  snprintf(text, sizeof text, "%s%zu", prefix, number);
  return onus_arena_copy(arena, text, strlen(text));
}

/* A probability, as a range now and then. */
static onus_number probability(dice *d, bool ranges) {
  double low = 0.02 + 0.9 * uniform(d);
  return ranges && chance(d, 0.3) ? (onus_number){low, low + (0.98 - low) * (0.1 + 0.8 * uniform(d))}
                                  : (onus_number){low, low};
}

static onus_number likelihood(dice *d, const random_limits *limits) {
  double low = pow(10, -limits->extreme * uniform(d));
  bool range = limits->ranges && chance(d, 0.3) && low < 0.5;
  return range ? (onus_number){low, low + (1 - low) * 0.5 * uniform(d) + 1e-3} : (onus_number){low, low};
}

static void fill_row(onus_arena *arena, dice *d, const onus_case *c, const random_limits *limits, onus_row *row) {
  size_t n = c->n_hypotheses;
  row->is_stated = ONUS_ARENA_ARRAY(arena, bool, n);
  row->value = ONUS_ARENA_ARRAY(arena, onus_number, n);
  row->is_true = ONUS_ARENA_ARRAY(arena, bool, n);
  row->kind = chance(d, 0.5) ? ONUS_ROW_LIKELIHOOD : chance(d, 0.6) ? ONUS_ROW_RATIO : ONUS_ROW_SAYS;
  row->if_true = (onus_number){0.9, 0.9};
  row->if_false = likelihood(d, limits);
  for (size_t h = 0; h < n; h++) {
    row->is_true[h] = chance(d, 0.5);
    row->is_stated[h] = chance(d, 0.6) || (h == c->open_hypothesis);
    if (h == c->open_hypothesis && row->kind == ONUS_ROW_RATIO)
      row->is_stated[h] = false;
    row->value[h] = likelihood(d, limits);
    if (row->kind == ONUS_ROW_RATIO && chance(d, 0.7)) {
      onus_number x = row->value[h];
      row->value[h] = (onus_number){1 / x.high, 1 / x.low};
    }
  }
}

static void fill_item(onus_arena *arena, dice *d, const onus_case *c, const random_limits *limits, onus_item *item) {
  item->source = below(d, c->n_sources);
  item->repeats = ONUS_NONE;
  item->credibility_grade = chance(d, 0.4) ? 1 + (unsigned)below(d, 5) : 0;
  item->credibility = item->credibility_grade ? probability(d, limits->ranges) : (onus_number){1, 1};
  item->forgeable = probability(d, limits->ranges);
  item->undercut = ONUS_ARENA_ARRAY(arena, size_t, c->n_undercutters);
  for (size_t u = 0; u < c->n_undercutters; u++)
    if (chance(d, 0.3))
      item->undercut[item->n_undercut++] = u;
  if (item->n_undercut > 1 && chance(d, 0.5)) {
    size_t first = item->undercut[0];
    item->undercut[0] = item->undercut[item->n_undercut - 1];
    item->undercut[item->n_undercut - 1] = first;
  }
  fill_row(arena, d, c, limits, &item->row);
  item->is_sealed = chance(d, 0.2);
  if (item->is_sealed)
    fill_row(arena, d, c, limits, &item->vouched);
  item->unseen = probability(d, limits->ranges);
}

static bool fill_case(onus_arena *arena, dice *d, const random_limits *limits, onus_case *c) {
  c->arena = arena;
  c->n_hypotheses = 2 + below(d, limits->hypotheses - 1);
  c->n_sources = 1 + below(d, limits->sources);
  c->n_undercutters = below(d, limits->undercutters + 1);
  c->n_items = 1 + below(d, limits->items);
  c->hypotheses = ONUS_ARENA_ARRAY(arena, onus_hypothesis, c->n_hypotheses);
  c->sources = ONUS_ARENA_ARRAY(arena, onus_source, c->n_sources);
  c->undercutters = ONUS_ARENA_ARRAY(arena, onus_undercutter, c->n_undercutters);
  c->items = ONUS_ARENA_ARRAY(arena, onus_item, c->n_items);
  if (!c->hypotheses || !c->sources || !c->undercutters || !c->items)
    return false;
  c->open_hypothesis = below(d, c->n_hypotheses);
  for (size_t h = 0; h < c->n_hypotheses; h++) {
    size_t target = below(d, h);
    bool imitates = h > 0 && h != c->open_hypothesis && target != c->open_hypothesis && chance(d, 0.4);
    c->hypotheses[h] = (onus_hypothesis){.id = name(arena, "h", h),
                                         .is_open = h == c->open_hypothesis,
                                         .imitates = imitates ? target : ONUS_NONE,
                                         .prior = probability(d, limits->ranges)};
  }
  for (size_t s = 0; s < c->n_sources; s++)
    c->sources[s] = (onus_source){.id = name(arena, "s", s), .reliability = probability(d, limits->ranges)};
  for (size_t u = 0; u < c->n_undercutters; u++)
    c->undercutters[u] = (onus_undercutter){.id = name(arena, "u", u), .probability = probability(d, limits->ranges)};
  for (size_t i = 0; i < c->n_items; i++) {
    fill_item(arena, d, c, limits, &c->items[i]);
    c->items[i].id = name(arena, "e", i);
  }
  return true;
}

onus_view *random_view_make(onus_arena *arena, uint64_t seed, const random_limits *limits) {
  dice d = {seed, 0};
  onus_case *c = ONUS_ARENA_ARRAY(arena, onus_case, 1);
  onus_position *p = ONUS_ARENA_ARRAY(arena, onus_position, 1);
  if (!c || !p || !fill_case(arena, &d, limits, c))
    return NULL;
  p->id = "p";
  p->standard = 0.5;
  p->access = ONUS_ARENA_ARRAY(arena, bool, c->n_items);
  p->has_prior = ONUS_ARENA_ARRAY(arena, bool, c->n_hypotheses);
  p->has_reliability = ONUS_ARENA_ARRAY(arena, bool, c->n_sources);
  p->has_probability = ONUS_ARENA_ARRAY(arena, bool, c->n_undercutters);
  if (!p->access || !p->has_prior || !p->has_reliability || !p->has_probability)
    return NULL;
  for (size_t i = 0; i < c->n_items; i++)
    p->access[i] = chance(&d, 0.5);
  c->positions = p;
  c->n_positions = 1;
  onus_view *view;
  return onus_view_make(c, p, NULL, arena, &view, NULL) == ONUS_OK ? view : NULL;
}

/* --- the slow twin ----------------------------------------------------------------------------------------------- */

enum { MOST_COINS = 24, MOST_HYPOTHESES = 16 };

static double plain_logistic(double x) {
  return 1 / (1 + exp(-x));
}

static double point_p(onus_number x) {
  return x.low < x.high ? plain_logistic((log(x.low / (1 - x.low)) + log(x.high / (1 - x.high))) / 2) : x.low;
}

static double point_l(onus_number x) {
  return sqrt(x.low * x.high);
}

/* L_e(h), straight from [M-1] and [M-2]. */
static double likelihood_of(const onus_case *c, const onus_view_item *item, size_t h) {
  const onus_row *row = item->row;
  if (row->kind == ONUS_ROW_SAYS)
    return point_l(row->is_true[h] ? row->if_true : row->if_false);
  if (row->is_stated[h])
    return point_l(row->value[h]);
  double open = row->kind == ONUS_ROW_LIKELIHOOD ? point_l(row->value[c->open_hypothesis]) : 1;
  if (c->hypotheses[h].imitates == ONUS_NONE)
    return open;
  double phi = point_p(item->forgeable);
  return phi * likelihood_of(c, item, c->hypotheses[h].imitates) + (1 - phi) * open;
}

/* Every undercutter is a coin: sources, named ones, then two for each item. */
typedef struct coins {
  double p[MOST_COINS];
  size_t n, sources, undercutters; /* sources come first, undercutters from `sources` on, own ones after */
} coins;

static size_t credibility_coin(const coins *all, size_t i) {
  return all->sources + all->undercutters + 2 * i;
}

static void collect_coins(const onus_view *view, coins *all) {
  const onus_case *c = view->c;
  *all = (coins){.sources = c->n_sources, .undercutters = c->n_undercutters};
  for (size_t s = 0; s < c->n_sources; s++)
    all->p[all->n++] = 1 - point_p(view->reliability[s]);
  for (size_t u = 0; u < c->n_undercutters; u++)
    all->p[all->n++] = point_p(view->probability[u]);
  for (size_t i = 0; i < view->n_items; i++) {
    all->p[all->n++] = view->items[i].has_credibility ? 1 - point_p(view->items[i].credibility) : 0;
    all->p[all->n++] = view->items[i].has_unseen ? point_p(view->items[i].unseen) : 0;
  }
}

/* The coin that governs an item in this setting; SIZE_MAX: H does [M-5]. */
static size_t governor(const onus_view *view, const coins *all, size_t i, uint32_t setting) {
  const onus_view_item *item = &view->items[i];
  if (setting >> item->source & 1)
    return item->source;
  if (setting >> credibility_coin(all, i) & 1)
    return credibility_coin(all, i);
  for (size_t u = 0; u < item->n_undercut; u++)
    if (setting >> (all->sources + item->undercut[u]) & 1)
      return all->sources + item->undercut[u];
  size_t unseen = credibility_coin(all, i) + 1;
  return setting >> unseen & 1 ? unseen : SIZE_MAX;
}

/* P(E, setting | h) but for P(setting): the stories' factors, and the items governed by h. */
static void setting_likelihood(const onus_view *view, const coins *all, const double *prior, uint32_t setting,
                               double *out) {
  const onus_case *c = view->c;
  double stories = 1;
  for (size_t h = 0; h < c->n_hypotheses; h++)
    out[h] = 1;
  for (size_t k = 0; k < all->n; k++) {
    double sum = 0;
    for (size_t s = 0; s < c->n_hypotheses; s++) {
      double product = prior[s];
      for (size_t i = 0; i < view->n_items; i++)
        if (governor(view, all, i, setting) == k)
          product *= likelihood_of(c, &view->items[i], s);
      sum += product;
    }
    stories *= sum;
  }
  for (size_t h = 0; h < c->n_hypotheses; h++) {
    for (size_t i = 0; i < view->n_items; i++)
      if (governor(view, all, i, setting) == SIZE_MAX)
        out[h] *= likelihood_of(c, &view->items[i], h);
    out[h] *= stories;
  }
}

void brute_force(const onus_view *view, double *posterior, double *source, double *undercutter, double *credibility,
                 double *unseen) {
  const onus_case *c = view->c;
  coins all;
  double prior[MOST_HYPOTHESES], here[MOST_HYPOTHESES], holds[MOST_COINS] = {0}, sum = 0, total = 0;
  collect_coins(view, &all);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    sum += point_p(view->prior[h]);
  for (size_t h = 0; h < c->n_hypotheses; h++) {
    prior[h] = point_p(view->prior[h]) / sum;
    posterior[h] = 0;
  }
  for (uint32_t setting = 0; setting < 1u << all.n; setting++) {
    double p = 1;
    for (size_t k = 0; k < all.n; k++)
      p *= setting >> k & 1 ? all.p[k] : 1 - all.p[k];
    if (p <= 0)
      continue;
    setting_likelihood(view, &all, prior, setting, here);
    for (size_t h = 0; h < c->n_hypotheses; h++) {
      double joint = p * prior[h] * here[h];
      posterior[h] += joint;
      total += joint;
      for (size_t k = 0; k < all.n; k++)
        holds[k] += setting >> k & 1 ? joint : 0;
    }
  }
  for (size_t h = 0; h < c->n_hypotheses; h++)
    posterior[h] /= total;
  for (size_t s = 0; source && s < c->n_sources; s++)
    source[s] = holds[s] / total;
  for (size_t u = 0; undercutter && u < c->n_undercutters; u++)
    undercutter[u] = holds[all.sources + u] / total;
  for (size_t i = 0; i < view->n_items; i++) {
    if (credibility)
      credibility[i] = holds[credibility_coin(&all, i)] / total;
    if (unseen)
      unseen[i] = holds[credibility_coin(&all, i) + 1] / total;
  }
}
