/* Where the verdict at the point values turns [M-15].
 *
 * Let g = (1 − τ) P(about, E) − τ P(not about, E); the verdict is "enough" where g ≥ 0. The probability of an
 * undercutter and the factor on one item's likelihood ratio enter every P(h, E) linearly [M-7], hence g too: its values
 * at two ends give its root. The prior enters through the stories as well [M-6]; its root is bracketed and halved down.
 */
#include "verdict/verdict_internal.h"

#include <math.h>
#include <stdlib.h>

static const double FACTOR_LIMIT = 1e6;

/* The root of g as a line through its values at 0 and at 1; false when it is flat or the root is not inside. */
static bool root_of(const onus_solver *solver, const onus_ends *ends, double low, double high, double *ret_root) {
  double g[2];
  for (int end = 0; end < 2; end++)
    g[end] = ends->about[end] - solver->standard * ends->all[end];
  if (!(g[0] < g[1]) && !(g[0] > g[1]))
    return false;
  *ret_root = g[0] / (g[0] - g[1]);
  return *ret_root > low && *ret_root < high;
}

static onus_status add(onus_assessment *a, const char *prefix, const char *id, double value, bool exists,
                       double tips_at, onus_error *error) {
  const char *name = onus_arena_join(a->arena, prefix, id);
  if (!name)
    return ONUS_FAIL_NO_MEMORY(error);
  a->tipping[a->n_tipping++] = (onus_tipping){name, value, exists, exists ? tips_at : 0};
  return ONUS_OK;
}

static onus_status tip_undercutters(const onus_solver *solver, const onus_ends *ends, onus_assessment *a,
                                    onus_error *error) {
  const onus_network_shape *shape = solver->shape;
  for (size_t k = 0; k < shape->n_undercutters; k++) {
    const onus_network_undercutter *u = &shape->undercutters[k];
    double q = solver->batch->undercutter[k * shape->lanes], root = 0;
    bool exists = root_of(solver, &ends[k], 0, 1, &root);
    if (u->is_source) /* told as reliability */
      ONUS_TRY(add(a, "source:", solver->c->sources[u->index].id, 1 - q, exists, 1 - root, error));
    else
      ONUS_TRY(add(a, "", solver->c->undercutters[u->index].id, q, exists, root, error));
  }
  return ONUS_OK;
}

static onus_status tip_items(const onus_solver *solver, const onus_item_ends *ends, onus_assessment *a,
                             onus_error *error) {
  const onus_network_shape *shape = solver->shape;
  for (size_t i = 0; i < shape->n_items; i++) {
    const onus_view_item *item = &solver->view->items[shape->items[i].view_item];
    const char *id = solver->c->items[item->item].id;
    double root = 0;
    bool exists = root_of(solver, &ends[i].factor, 1 / FACTOR_LIMIT, FACTOR_LIMIT, &root);
    ONUS_TRY(add(a, "item:", id, 1, exists, root, error));
    if (item->has_credibility) {
      exists = root_of(solver, &ends[i].credibility, 0, 1, &root);
      ONUS_TRY(add(a, "credibility:", id, solver->batch->credibility[i * shape->lanes], exists, root, error));
    }
    if (item->has_unseen) {
      exists = root_of(solver, &ends[i].unseen, 0, 1, &root);
      ONUS_TRY(add(a, "unseen:", id, solver->batch->unseen[i * shape->lanes], exists, root, error));
    }
  }
  return ONUS_OK;
}

static onus_status tip_lines(onus_solver *solver, onus_assessment *a, onus_error *error) {
  const onus_network_shape *shape = solver->shape;
  onus_ends *undercutters = calloc(shape->n_undercutters + 1, sizeof *undercutters);
  onus_item_ends *items = calloc(shape->n_items + 1, sizeof *items);
  onus_status status = ONUS_OK;
  if (!undercutters || !items || !onus_batch_ends(solver->batch, solver->about, undercutters, items))
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = tip_undercutters(solver, undercutters, a, error);
  if (status == ONUS_OK)
    status = tip_items(solver, items, a, error);
  free(undercutters);
  free(items);
  return status;
}

/* --- the prior --------------------------------------------------------------------------------------------------- */

/* Sets P(about) to the logistic of each lane's logit, keeping the proportions inside and outside, and gives the
 * log-odds of the posterior less those of the standard. */
static void prior_scores(onus_solver *solver, const double *point_prior, const double *logits, double *out) {
  const onus_network_shape *shape = solver->shape;
  size_t n = shape->n_hypotheses, lanes = shape->lanes;
  double now = onus_set_probability(point_prior, 1, solver->about, n);
  double rest = 0;
  for (size_t h = 0; h < n; h++)
    rest += solver->about[h] ? 0 : point_prior[h];
  for (size_t l = 0; l < lanes; l++)
    for (size_t h = 0; h < n; h++)
      solver->batch->prior[h * lanes + l] = solver->about[h] ? point_prior[h] / now / (1 + exp(-logits[l]))
                                                             : point_prior[h] / rest / (1 + exp(logits[l]));
  onus_batch_solve(solver->batch);
  for (size_t l = 0; l < lanes; l++) {
    double joint[2] = {0, 0};
    for (size_t h = 0; h < n; h++)
      joint[solver->about[h]] += solver->batch->posterior[h * lanes + l];
    out[l] = log(joint[1]) - log(joint[0]) - (log(solver->standard) - log1p(-solver->standard));
  }
}

enum { GRID = 96 };
static const double GRID_END = 24; /* logit of 1 − 4e−11 */

/* Halves [low, high], whose scores have different signs; all lanes work on the same halves, so one is enough. */
static double bisect(onus_solver *solver, const double *point_prior, double low, double high, bool rises) {
  double logits[ONUS_LANES], score[ONUS_LANES];
  for (int step = 0; step < 60; step++) {
    size_t lanes = solver->shape->lanes;
    for (size_t l = 0; l < lanes; l++)
      logits[l] = low + (high - low) * (double)(l + 1) / (double)(lanes + 1);
    prior_scores(solver, point_prior, logits, score);
    size_t below = 0;
    while (below < lanes && (score[below] < 0) == rises)
      below++;
    double new_low = below > 0 ? logits[below - 1] : low, new_high = below < lanes ? logits[below] : high;
    low = new_low;
    high = new_high;
    if (high - low < 1e-13)
      break;
  }
  return (low + high) / 2;
}

static onus_status tip_prior(onus_solver *solver, onus_assessment *a, onus_error *error) {
  size_t lanes = solver->shape->lanes, n = solver->shape->n_hypotheses;
  double logits[GRID + ONUS_LANES], score[GRID + ONUS_LANES];
  double *point_prior = ONUS_ARENA_ARRAY(a->arena, double, n);
  if (!point_prior)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t h = 0; h < n; h++)
    point_prior[h] = solver->batch->prior[h * lanes];
  for (size_t first = 0; first < GRID; first += lanes) {
    for (size_t l = 0; l < lanes; l++)
      logits[first + l] = -GRID_END + 2 * GRID_END * (double)(first + l) / (GRID - 1);
    prior_scores(solver, point_prior, logits + first, score + first);
  }
  double now = onus_set_probability(point_prior, 1, solver->about, n), here = log(now) - log1p(-now);
  double best = INFINITY;
  for (size_t i = 0; i + 1 < GRID; i++) {
    if ((score[i] < 0) == (score[i + 1] < 0))
      continue;
    double root = bisect(solver, point_prior, logits[i], logits[i + 1], score[i] < 0);
    if (fabs(root - here) < fabs(best - here))
      best = root;
  }
  onus_solver_reset(solver);
  return add(a, "prior", "", now, best < INFINITY, 1 / (1 + exp(-best)), error);
}

onus_status onus_assess_tipping(onus_solver *solver, onus_assessment *a, onus_error *error) {
  const onus_network_shape *shape = solver->shape;
  a->tipping = ONUS_ARENA_ARRAY(a->arena, onus_tipping, 1 + shape->n_undercutters + 3 * shape->n_items);
  if (!a->tipping)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(tip_prior(solver, a, error));
  return tip_lines(solver, a, error);
}
