/* The infrastructure engine: an incident's indicators against the lists of indicators that are ascribed to actors.
 *
 * What names something (host, address, path, fingerprint …) links the incident to single lists. Most incidents are
 * linked to none; habits then tell more than one would think: how names are built, which networks, ports and top-level
 * domains are used, and when the actor was busy. Both are put into three kinds of figures for each actor:
 *
 *     counts    how much more often the actor's lists hold each pattern than all lists do, lists near in time counting
 *               more (a naive Bayes score; divided by √n, for patterns are not independent)
 *     habits    kernel ridge regression over lists: which actors' lists the incident is like, and no other's
 *     nearness  ln Σ e^s over the actor's lists, s the similarity of one list
 *
 * Beside them stand how many lists the actor has and how near in time they are, which are the prior of [C-1] and are
 * not in the likelihood ratio [C-2].
 */
#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>

#include "compare/infrastructure_internal.h"

static const char *const CHOICE[ONUS_INFRA_CHOICES] = {
    "ln_lists",      "active_8_months", "active_5_weeks", "years_to_nearest",   "counted_habits", "counted_name_pieces",
    "counted_words", "counted_links",   "habit_of_names", "habit_of_addresses", "habit_of_style", "habits_together",
    "nearest_lists"};
static const char *const UNKNOWN[] = {"ln_indicators", "has_address"};
static const char *const RATIO[ONUS_INFRA_RATIOS] = {
    "counted_habits",      "counted_name_pieces",      "counted_words",
    "counted_links",       "habit_of_names",           "habit_of_addresses",
    "habit_of_style",      "habits_together",          "nearest_list",
    "lead_counted_habits", "lead_counted_name_pieces", "lead_counted_words",
    "lead_counted_links",  "lead_habit_of_names",      "lead_habit_of_addresses",
    "lead_habit_of_style", "lead_habits_together",     "lead_nearest_list"};

typedef struct prepared {
  onus_habit_index index;
  onus_habit_views views;
} prepared;

static onus_status prepare(const onus_reference *reference, void **ret_prepared, onus_error *error) {
  prepared *p = calloc(1, sizeof *p);
  if (!p)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = onus_habit_index_make(reference, &p->index, error);
  if (status != ONUS_OK) {
    free(p);
    return status;
  }
  *ret_prepared = p;
  return ONUS_OK;
}

static void release(void *prepared_) {
  prepared *p = prepared_;
  if (!p)
    return;
  onus_habit_views_free(&p->views);
  onus_habit_index_free(&p->index);
  free(p);
}

/* Views are a memory of what was computed before: they change nothing that is seen. */
static onus_status query(const void *prepared_, const onus_incident *incident, const onus_hidden *hidden,
                         onus_arena *arena, onus_query *ret_query, onus_error *error) {
  prepared *p = (prepared *)prepared_;
  const onus_habit_view *view = NULL;
  ONUS_TRY(onus_habit_views_get(&p->views, &p->index, hidden, &view, error));
  return onus_query_make(&p->index, view, incident, hidden, arena, ret_query, error);
}

/* --- features ----------------------------------------------------------------------------------------------------- */

/* Of one actor: how its lists lie in time, and how near they are. */
typedef struct activity {
  double busy_long, busy_short, nearest_years, near_greatest, near_sum;
} activity;

static activity *activities(const onus_query *q, onus_arena *arena) {
  static const double LONG_YEARS = 0.7, SHORT_YEARS = 0.1, FLOOR = 0.02, UNDATED = 0.15, FAR_YEARS = 8;
  size_t n_actors = q->index->catalogue->n_actors, n_bases = q->index->catalogue->n_bases;
  activity *all = ONUS_ARENA_ARRAY(arena, activity, n_actors + 1);
  if (!all)
    return NULL;
  for (size_t a = 0; a < n_actors; a++) {
    all[a].nearest_years = isnan(q->year) ? 0 : FAR_YEARS;
    all[a].near_greatest = -INFINITY;
  }
  for (size_t basis = 0; basis < n_bases; basis++) {
    if (!q->is_visible[basis])
      continue;
    activity *a = &all[q->index->actor_of_basis[basis]];
    double years = fabs(q->year - q->index->year_of_basis[basis]);
    bool is_dated = !isnan(years);
    double otherwise = isnan(q->year) ? 1 : UNDATED;
    a->busy_long += is_dated ? exp(-years / LONG_YEARS) + FLOOR : otherwise;
    a->busy_short += is_dated ? exp(-years / SHORT_YEARS) + FLOOR : otherwise;
    if (is_dated)
      a->nearest_years = fmin(a->nearest_years, years);
    a->near_greatest = fmax(a->near_greatest, q->near[basis]);
  }
  for (size_t basis = 0; basis < n_bases; basis++)
    if (q->is_visible[basis]) {
      activity *a = &all[q->index->actor_of_basis[basis]];
      a->near_sum += exp(q->near[basis] - a->near_greatest);
    }
  return all;
}

static void choice_of(const onus_query *q, const activity *of, uint32_t actor, double *ret_x) {
  double together = 0;
  ret_x[ONUS_INFRA_LN_LISTS] = log((double)q->n_visible[actor]);
  ret_x[ONUS_INFRA_ACTIVE] = log(of->busy_long + 0.1);
  ret_x[ONUS_INFRA_ACTIVE_SHORT] = log(of->busy_short + 0.1);
  ret_x[ONUS_INFRA_GAP] = of->nearest_years;
  for (size_t g = 0; g < ONUS_COUNTEDS; g++)
    ret_x[ONUS_INFRA_COUNTED + g] = q->counted[g][actor];
  for (size_t h = 0; h < ONUS_HABITS; h++) {
    ret_x[ONUS_INFRA_HABIT + h] = log(fmax(q->habit[h][actor], 0) + ONUS_HABIT_FLOOR);
    together += q->habit[h][actor];
  }
  ret_x[ONUS_INFRA_HABIT_SUM] = together;
  ret_x[ONUS_INFRA_NEAR] = of->near_greatest + log(of->near_sum);
}

/* The same without what is prior: nearness as a mean over the actor's lists. */
static void ratio_of(const double *x, double *ret_y) {
  for (size_t k = 0; k + 1 < ONUS_INFRA_OWN_RATIOS; k++)
    ret_y[k] = x[ONUS_INFRA_COUNTED + k];
  ret_y[ONUS_INFRA_OWN_RATIOS - 1] = x[ONUS_INFRA_NEAR] - x[ONUS_INFRA_LN_LISTS];
}

/* How far a candidate is ahead of the best of the others. */
static void lead(double *y, size_t n) {
  for (size_t k = 0; k < ONUS_INFRA_OWN_RATIOS; k++) {
    double best = -INFINITY, second = -INFINITY;
    size_t at_best = 0;
    for (size_t c = 0; c < n; c++) {
      double value = y[c * ONUS_INFRA_RATIOS + k];
      if (value > best) {
        second = best;
        best = value;
        at_best = c;
      } else if (value > second)
        second = value;
    }
    for (size_t c = 0; c < n; c++) {
      double other = c == at_best ? second : best;
      y[c * ONUS_INFRA_RATIOS + ONUS_INFRA_OWN_RATIOS + k] = isinf(other) ? 0 : y[c * ONUS_INFRA_RATIOS + k] - other;
    }
  }
}

/* The lowest entry of each actor that has a visible list. */
static void entries_of(const onus_query *q, const uint32_t *place_of_actor, uint32_t *entry) {
  const onus_catalogue *catalogue = q->index->catalogue;
  for (size_t basis = 0; basis < catalogue->n_bases; basis++)
    if (q->is_visible[basis]) {
      uint32_t *out = &entry[place_of_actor[q->index->actor_of_basis[basis]]];
      *out = catalogue->bases[basis].entry < *out ? catalogue->bases[basis].entry : *out;
    }
}

static onus_status extract(const void *prepared_, const onus_incident *incident, const onus_hidden *hidden,
                           onus_arena *arena, onus_features *ret_features, onus_error *error) {
  onus_query q;
  ONUS_TRY(query(prepared_, incident, hidden, arena, &q, error));
  size_t n_actors = q.index->catalogue->n_actors, n = 0;
  const activity *all = activities(&q, arena);
  for (size_t a = 0; a < n_actors; a++)
    n += q.n_visible[a] > 0;
  uint32_t *actor = ONUS_ARENA_ARRAY(arena, uint32_t, n + 1), *entry = ONUS_ARENA_ARRAY(arena, uint32_t, n + 1);
  uint32_t *place = ONUS_ARENA_ARRAY(arena, uint32_t, n_actors + 1);
  double *choice = ONUS_ARENA_ARRAY(arena, double, n *ONUS_INFRA_CHOICES + 1);
  double *ratio = ONUS_ARENA_ARRAY(arena, double, n *ONUS_INFRA_RATIOS + 1);
  double *unknown = ONUS_ARENA_ARRAY(arena, double, sizeof UNKNOWN / sizeof *UNKNOWN);
  if (!all || !actor || !entry || !place || !choice || !ratio || !unknown)
    return ONUS_FAIL_NO_MEMORY(error);
  n = 0;
  for (uint32_t a = 0; a < n_actors; a++) {
    if (q.n_visible[a] == 0)
      continue;
    place[a] = (uint32_t)n;
    actor[n] = a;
    entry[n] = ONUS_NO_NUMBER;
    choice_of(&q, &all[a], a, choice + n * ONUS_INFRA_CHOICES);
    ratio_of(choice + n * ONUS_INFRA_CHOICES, ratio + n * ONUS_INFRA_RATIOS);
    n++;
  }
  lead(ratio, n);
  entries_of(&q, place, entry);
  unknown[0] = log((double)(q.n_indicators > 0 ? q.n_indicators : 1));
  unknown[1] = q.has_address;
  *ret_features = (onus_features){n, actor, entry, choice, unknown, ratio, q.n_known, q.n_not_known};
  return ONUS_OK;
}

static onus_status explain(const void *prepared_, const onus_incident *incident, const onus_hidden *hidden,
                           const onus_weights *weights, uint32_t actor, size_t links_max, onus_arena *arena,
                           const onus_link **ret_links, size_t *ret_n_links, onus_error *error) {
  onus_query q;
  ONUS_TRY(query(prepared_, incident, hidden, arena, &q, error));
  return onus_infrastructure_explain(&q, weights, actor, links_max, arena, ret_links, ret_n_links, error);
}

/* --- the engine --------------------------------------------------------------------------------------------------- */

static const onus_fit_settings FIT = {
    .choice_ridge = 100, .unknown_ridge = 100, .constant_ridge = 1, .ratio_ridge = 30};

const onus_engine onus_infrastructure = {
    .id = ONUS_ENGINE_INFRASTRUCTURE,
    .name = "infrastructure",
    .version = "infrastructure-2",
    .features = {CHOICE, UNKNOWN, RATIO, ONUS_INFRA_CHOICES, sizeof UNKNOWN / sizeof *UNKNOWN, ONUS_INFRA_RATIOS,
                 false},
    .weights = &ONUS_INFRASTRUCTURE_WEIGHTS,
    .fit = &FIT,
    .prepare = prepare,
    .release = release,
    .extract = extract,
    .explain = explain,
};
