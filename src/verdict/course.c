/* One position through the days of a timeline [M-19], on a network of everything that counts on some day.
 *
 * Each group of points of the sample is drawn once and taken through all days; from one day to the next, only what
 * changed is done again (onus_change_make). Ranges have the same places in the sample whatever becomes known later
 * [M-10], so each day gets the figures of an assessment as of that day, but for rounding. */
#include "verdict/verdict_internal.h"

#include <stdlib.h>
#include <string.h>

/* What the columns of the days that are sampled together may hold; the rest takes another round. */
static const size_t COLUMN_BYTES = (size_t)64 << 20;

/* --- what speaks when ------------------------------------------------------------------------------------------ */

static void speaking_on(const onus_course *course, size_t day, bool *out) {
  const onus_network_shape *shape = course->solver.shape;
  int64_t end = onus_moment_end(course->days[day]);
  for (size_t i = 0; i < shape->n_items; i++) {
    const onus_item *item = &course->view->c->items[shape->items[i].item];
    out[i] = item->known.seconds_utc <= end && !(item->has_retracted && item->retracted.seconds_utc <= end);
  }
}

static bool is_range(onus_number number) {
  return number.low < number.high;
}

/* Whether anything is drawn for the item: by its own ranges, or those of its undercutters. */
static bool has_ranges(const onus_course *course, const onus_view_item *item) {
  const onus_view *view = course->view;
  bool has = is_range(view->reliability[item->source]);
  for (size_t u = 0; u < item->n_undercut; u++)
    has = has || is_range(view->probability[item->undercut[u]]);
  return has;
}

static bool any_prior_is_range(const onus_view *view) {
  for (size_t h = 0; h < view->c->n_hypotheses; h++)
    if (is_range(view->prior[h]))
      return true;
  return false;
}

/* The items that have ranges; `out`: [n_items]. */
static void mark_ranged_items(const onus_course *course, bool *out) {
  const onus_network_shape *shape = course->solver.shape;
  for (size_t i = 0; i < shape->n_items; i++)
    out[i] = onus_network_item_is_ranged(course->solver.network, i) ||
             has_ranges(course, &course->view->items[shape->items[i].view_item]);
}

static onus_status plan_days(onus_course *course, bool *room, onus_error *error) {
  const onus_network_shape *shape = course->solver.shape;
  bool *before = room, *after = room + shape->n_items, *ranged = room + 2 * shape->n_items;
  bool prior_is_range = any_prior_is_range(course->view);
  mark_ranged_items(course, ranged);
  for (size_t d = 0; d < course->n_days; d++) {
    speaking_on(course, d, after);
    if (d > 0 && memcmp(before, after, shape->n_items * sizeof *after) != 0)
      ONUS_TRY(onus_change_make(course->solver.network, before, after, course->arena, &course->changes[d], error));
    course->has_ranges[d] = prior_is_range;
    for (size_t i = 0; i < shape->n_items; i++)
      course->has_ranges[d] = course->has_ranges[d] || (after[i] && ranged[i]);
    memcpy(before, after, shape->n_items * sizeof *after);
  }
  return ONUS_OK;
}

/* --- opening --------------------------------------------------------------------------------------------------- */

static onus_status open_view(onus_course *course, const onus_case *c, const onus_moment *as_of, onus_error *error) {
  onus_moment unused;
  const onus_position *position;
  onus_options undated = course->options;
  undated.as_of = NULL;
  ONUS_TRY(onus_choose_view(c, &undated, &position, &unused, error));
  ONUS_TRY(onus_view_make(c, position, as_of, course->arena, &course->view, error));
  for (size_t i = 0; i < course->view->n_items; i++)
    if (course->view->items[i].is_drawn)
      course->view->items[i].state = ONUS_ITEM_COUNTS;
  return ONUS_OK;
}

/* Not those of single items: on all days together they would be as many as the items times the days. */
static onus_status make_marginals(onus_course *course, onus_error *error) {
  const onus_network_shape *shape = course->solver.shape;
  course->marginals.undercutter = ONUS_ARENA_ARRAY(course->arena, double, shape->n_undercutters * shape->lanes);
  return course->marginals.undercutter ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

onus_status onus_course_open(onus_course *course, const onus_case *c, const onus_options *options,
                             const onus_moment *as_of, const onus_moment *days, size_t n_days, onus_arena *arena,
                             onus_error *error) {
  *course = (onus_course){.arena = arena, .options = *options, .days = days, .n_days = n_days};
  if (course->options.seed == 0)
    course->options.seed = ONUS_DEFAULT_SEED;
  ONUS_TRY(open_view(course, c, as_of, error));
  ONUS_TRY(onus_solver_open(&course->solver, course->view, false, &course->options, error));
  ONUS_TRY(make_marginals(course, error));
  course->changes = ONUS_ARENA_ARRAY(arena, onus_change *, n_days);
  course->has_ranges = ONUS_ARENA_ARRAY(arena, bool, n_days);
  course->speaking = malloc(course->solver.shape->n_items + 1);
  bool *room = malloc(3 * course->solver.shape->n_items + 1);
  onus_status status = ONUS_OK;
  if (!course->changes || !course->has_ranges || !course->speaking || !room)
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = plan_days(course, room, error);
  free(room);
  return status;
}

void onus_course_close(onus_course *course) {
  onus_solver_close(&course->solver);
  free(course->speaking);
  course->speaking = NULL;
}

/* Solves a day from nothing, by the values that the batch has. */
static onus_status solve_day(onus_course *course, size_t day, onus_error *error) {
  speaking_on(course, day, course->speaking);
  if (!onus_batch_set_speaking(course->solver.batch, course->speaking))
    return ONUS_FAIL_NO_MEMORY(error);
  onus_batch_derive(course->solver.batch);
  onus_batch_solve(course->solver.batch);
  return ONUS_OK;
}

static void go_to_day(onus_course *course, size_t day) {
  if (course->changes[day])
    onus_batch_apply(course->solver.batch, course->changes[day]);
}

onus_status onus_course_about(onus_course *course, const char **ret_about, onus_error *error) {
  onus_assessment *last;
  ONUS_TRY(onus_assessment_new(course->view->c, ONUS_DETAIL_POSTERIOR, &last, error));
  onus_batch_set_points(course->solver.batch);
  onus_status status = solve_day(course, course->n_days - 1, error);
  if (status == ONUS_OK)
    status = onus_assess_about(last, &course->solver, error);
  if (status == ONUS_OK)
    *ret_about = last->about_id;
  onus_assessment_free(last);
  return status;
}

/* --- point values ---------------------------------------------------------------------------------------------- */

/* Items are left out of the view of a day: nothing shows them. */
static onus_status assess_points(onus_course *course, size_t day, onus_assessment *a, onus_error *error) {
  onus_view *view = ONUS_ARENA_ARRAY(a->arena, onus_view, 1);
  if (!view)
    return ONUS_FAIL_NO_MEMORY(error);
  *view = *course->view;
  view->has_as_of = true;
  view->as_of = course->days[day];
  view->items = NULL;
  view->n_items = 0;
  a->view = view;
  a->seed = course->options.seed;
  ONUS_TRY(onus_assess_about(a, &course->solver, error));
  course->solver.about = a->about_set;
  ONUS_TRY(onus_assess_points(a, &course->solver, error));
  onus_batch_marginals(course->solver.batch, a->about_set, &course->marginals);
  return onus_assess_undercutters(a, &course->solver, &course->marginals, error);
}

static onus_status assess_all_points(onus_course *course, onus_assessment **assessments, onus_error *error) {
  onus_batch_set_points(course->solver.batch);
  ONUS_TRY(solve_day(course, 0, error));
  for (size_t d = 0; d < course->n_days; d++) {
    if (d > 0)
      go_to_day(course, d);
    ONUS_TRY(onus_assessment_new(course->view->c, ONUS_DETAIL_POSTERIOR, &assessments[d], error));
    ONUS_TRY(assess_points(course, d, assessments[d], error));
  }
  return ONUS_OK;
}

/* --- ranges ---------------------------------------------------------------------------------------------------- */

/* Days that are sampled together. */
typedef struct round {
  size_t first_day, end_day;
  double *columns; /* [days that differ][n_hypotheses][ONUS_SAMPLES] */
  const onus_sobol *sobol;
} round;

static void store_posterior(const onus_course *course, double *columns, size_t first) {
  const onus_network_shape *shape = course->solver.shape;
  for (size_t h = 0; h < shape->n_hypotheses; h++)
    memcpy(columns + h * ONUS_SAMPLES + first, course->solver.batch->posterior + h * shape->lanes,
           shape->lanes * sizeof *columns);
}

static onus_status sample_round(onus_course *course, const round *r, onus_error *error) {
  size_t lanes = course->solver.shape->lanes, width = course->solver.shape->n_hypotheses * ONUS_SAMPLES;
  for (size_t first = 0; first < ONUS_SAMPLES; first += lanes) {
    double *columns = r->columns;
    onus_batch_set_sample(course->solver.batch, r->sobol, first);
    ONUS_TRY(solve_day(course, r->first_day, error));
    store_posterior(course, columns, first);
    for (size_t d = r->first_day + 1; d < r->end_day; d++) {
      if (!course->changes[d])
        continue;
      go_to_day(course, d);
      columns += width;
      store_posterior(course, columns, first);
    }
    if (first % 64 == 0) {
      double rounds_done = (double)r->first_day / (double)course->n_days;
      double share = (double)(r->end_day - r->first_day) / (double)course->n_days;
      ONUS_TRY(onus_progress_report(&course->options, rounds_done + share * (double)first / ONUS_SAMPLES, error));
    }
  }
  return ONUS_OK;
}

/* Without ranges each quantile is the point. */
static void ranges_are_points(onus_assessment *a) {
  for (size_t h = 0; h < a->c->n_hypotheses; h++)
    a->hypotheses[h].low = a->hypotheses[h].median = a->hypotheses[h].high = a->hypotheses[h].posterior;
  for (size_t p = 0; p < a->c->n_propositions; p++)
    a->propositions[p].low = a->propositions[p].median = a->propositions[p].high = a->propositions[p].posterior;
  a->about.low = a->about.median = a->about.high = a->about.posterior;
  a->verdict = a->point_verdict;
}

static onus_status read_round(const onus_course *course, const round *r, onus_assessment **assessments,
                              onus_error *error) {
  onus_samples samples = {.n_samples = ONUS_SAMPLES, .hypothesis = r->columns};
  for (size_t d = r->first_day; d < r->end_day; d++) {
    if (d > r->first_day && course->changes[d])
      samples.hypothesis += course->solver.shape->n_hypotheses * ONUS_SAMPLES;
    if (course->has_ranges[d])
      ONUS_TRY(onus_assess_ranges(assessments[d], &course->solver, &samples, error));
    else
      ranges_are_points(assessments[d]);
  }
  return ONUS_OK;
}

/* The end of a round that begins on `first_day` and has `n_columns` sets of columns. */
static size_t end_of_round(const onus_course *course, size_t first_day, size_t n_columns) {
  size_t day = first_day + 1;
  for (size_t used = 1; day < course->n_days; day++) {
    used += course->changes[day] != NULL;
    if (used > n_columns)
      break;
  }
  return day;
}

static onus_status sample_days(onus_course *course, const onus_sobol *sobol, onus_assessment **assessments,
                               onus_error *error) {
  size_t width = course->solver.shape->n_hypotheses * ONUS_SAMPLES * sizeof(double);
  size_t n_columns = COLUMN_BYTES / width ? COLUMN_BYTES / width : 1;
  if (n_columns > course->n_days)
    n_columns = course->n_days;
  round r = {.columns = malloc(n_columns * width), .sobol = sobol};
  onus_status status = r.columns ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (; status == ONUS_OK && r.first_day < course->n_days; r.first_day = r.end_day) {
    r.end_day = end_of_round(course, r.first_day, n_columns);
    status = sample_round(course, &r, error);
    if (status == ONUS_OK)
      status = read_round(course, &r, assessments, error);
  }
  free(r.columns);
  return status;
}

onus_status onus_course_assess(onus_course *course, onus_assessment **assessments, onus_error *error) {
  ONUS_TRY(assess_all_points(course, assessments, error));
  if (course->solver.shape->n_ranged == 0) {
    for (size_t d = 0; d < course->n_days; d++)
      ranges_are_points(assessments[d]);
    return ONUS_OK;
  }
  onus_sobol *sobol = onus_sobol_new(course->solver.shape->n_coordinates, course->options.seed);
  onus_status status = sobol ? sample_days(course, sobol, assessments, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_sobol_free(sobol);
  return status;
}
