/* What each item would say if it were the only one [M-21]. */
#include "verdict/verdict_internal.h"

#include <math.h>

/* The probability that nothing cuts the item loose, before any evidence. */
static double free_probability(const onus_view *view, const onus_view_item *item) {
  double p = onus_number_point(view->reliability[item->source], ONUS_SCALE_LOGIT);
  if (item->has_credibility)
    p *= onus_number_point(item->credibility, ONUS_SCALE_LOGIT);
  for (size_t u = 0; u < item->n_undercut; u++)
    p *= 1 - onus_number_point(view->probability[item->undercut[u]], ONUS_SCALE_LOGIT);
  if (item->has_unseen)
    p *= 1 - onus_number_point(item->unseen, ONUS_SCALE_LOGIT);
  return p;
}

/* Fills [n_hypotheses] of `alone` and says how far apart its ends are. The largest ratio is taken out of all sums, so
 * that none can leave the range of a double. */
static double weigh_alone(const onus_solver *solver, const onus_item_result *result, double *alone) {
  size_t n = solver->c->n_hypotheses, open = solver->c->open_hypothesis;
  double most = result->log_ratio[0], story = 0, low = INFINITY, high = -INFINITY;
  for (size_t h = 1; h < n; h++)
    most = fmax(most, result->log_ratio[h]);
  for (size_t h = 0; h < n; h++)
    story += solver->batch->prior[h * solver->shape->lanes] * exp(result->log_ratio[h] - most);
  for (size_t h = 0; h < n; h++)
    alone[h] =
        log(result->free_probability * exp(result->log_ratio[h] - most) + (1 - result->free_probability) * story);
  double of_open = alone[open];
  for (size_t h = 0; h < n; h++) {
    alone[h] -= of_open;
    low = fmin(low, alone[h]);
    high = fmax(high, alone[h]);
  }
  return high - low;
}

onus_status onus_assess_alone(onus_solver *solver, onus_assessment *a, onus_error *error) {
  const onus_network_shape *shape = solver->shape;
  double *alone = ONUS_ARENA_ARRAY(a->arena, double, a->c->n_items * a->c->n_hypotheses);
  if (!alone)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < a->c->n_items; i++)
    a->items[i].alone_log_ratio = alone + i * a->c->n_hypotheses;
  for (size_t i = 0; i < shape->n_items; i++) {
    onus_item_result *result = &a->items[shape->items[i].item];
    result->free_probability = free_probability(a->view, result->item);
    result->diagnosticity = weigh_alone(solver, result, alone + shape->items[i].item * a->c->n_hypotheses);
  }
  return ONUS_OK;
}
