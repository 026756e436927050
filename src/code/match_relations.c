/* [K-4] What stands around a pair: if callers, callees and neighbours match too, it is more probable; if they match
 * elsewhere, less. */
#include <math.h>
#include <stdlib.h>

#include "code/match_internal.h"

enum { AROUND_MAX = 64, ORDER_WINDOW = 12, AROUND_PAIRS_MAX = 12, GAP_MAX = 16 };
static const float good = 0.4f, order_decay = 0.85f;

static const onus_match_function *query_at(const onus_matcher *matcher, uint32_t query) {
  return &matcher->query.items[query];
}

/* A list of functions, of a program whose first one has the number `first`. */
typedef struct around {
  const uint32_t *items;
  uint32_t count, first;
} around;

static around around_of(const onus_match_function *function, unsigned relation) {
  const onus_function_fingerprint *print = function->print;
  around list = {.first = function->first};
  list.items = relation == 0 ? print->callees : relation == 1 ? print->callers : print->beside;
  list.count = relation == 0 ? print->n_callees : relation == 1 ? print->n_callers : print->n_beside;
  if (list.count > AROUND_MAX)
    list.count = AROUND_MAX;
  return list;
}

/* A function that half of the program calls says little. */
static float around_weight(const onus_match_function *function, unsigned relation) {
  uint32_t n = relation == 0 ? function->print->n_callers : relation == 1 ? function->print->n_callees : 1;
  return 1.0f / (1.0f + 0.5f * log1pf((float)n));
}

static void weigh_around(onus_matcher *matcher, const onus_match_function *query, const onus_match_function *target,
                         unsigned relation, float *ret_for, float *ret_against) {
  around ours = around_of(query, relation), theirs = around_of(target, relation);
  matcher->mark++;
  for (uint32_t i = 0; i < theirs.count; i++)
    matcher->seen[theirs.first + theirs.items[i]] = matcher->mark;
  float for_it = 0, against = 0;
  for (uint32_t i = 0; i < ours.count; i++) {
    const onus_match_row *row = &matcher->rows[ours.first + ours.items[i]];
    float best = 0;
    for (uint32_t k = 0; k < row->count; k++)
      if (matcher->seen[row->items[k].target] == matcher->mark && row->items[k].mutual > best)
        best = row->items[k].mutual;
    float weight = around_weight(query_at(matcher, ours.first + ours.items[i]), relation);
    for_it += weight * best;
    if (row->best > best)
      against += weight * (row->best - best);
  }
  *ret_for = log1pf(for_it);
  *ret_against = log1pf(against);
}

/* The linker keeps the order of object files, and compilers nearly that of functions in a file. */
static void weigh_order(const onus_matcher *matcher, uint32_t query, uint32_t target, float *feature) {
  const onus_match_function *ours = query_at(matcher, query), *theirs = &matcher->targets.items[target];
  float near = 0, far = 0, against = 0;
  int64_t before = -1, after = INT64_MAX;
  for (int step = -1; step <= 1; step += 2) {
    float decay = 1;
    for (int k = 1; k <= ORDER_WINDOW; k++, decay *= order_decay) {
      int64_t at = (int64_t)ours->index + step * k;
      if (at < 0 || at >= (int64_t)ours->program_count)
        break;
      const onus_match_row *row = &matcher->rows[ours->first + (uint32_t)at];
      if (row->best < good)
        continue;
      const onus_match_function *matched = &matcher->targets.items[row->best_target];
      float weight = row->best * decay;
      if (matched->program != theirs->program) {
        against += weight;
        continue;
      }
      float distance = fabsf((float)((int64_t)theirs->index - (int64_t)matched->index + step * k));
      near += weight * expf(-distance / 1.5f);
      far += weight * expf(-distance / 10.0f);
      against += distance > 40 ? weight : 0;
      if (step < 0 && before < 0)
        before = matched->index;
      if (step > 0 && after == INT64_MAX)
        after = matched->index;
    }
  }
  feature[ONUS_MATCH_ORDER_NEAR] = log1pf(near);
  feature[ONUS_MATCH_ORDER_FAR] = log1pf(far);
  feature[ONUS_MATCH_ORDER_AGAINST] = log1pf(against);
  bool is_between = before >= 0 && after != INT64_MAX && theirs->index > before && theirs->index < after;
  feature[ONUS_MATCH_BETWEEN] = is_between ? 1.0f / (float)(after - before - 1) : 0.0f;
}

void onus_match_relations(onus_matcher *matcher, uint32_t query, const onus_match_candidate *candidate,
                          float *feature) {
  const onus_match_function *ours = query_at(matcher, query), *theirs = &matcher->targets.items[candidate->target];
  feature[ONUS_MATCH_ROW] = candidate->row;
  feature[ONUS_MATCH_COLUMN] = candidate->column;
  for (unsigned relation = 0; relation < 3; relation++)
    weigh_around(matcher, ours, theirs, relation, &feature[ONUS_MATCH_CALLEES_FOR + 2 * relation],
                 &feature[ONUS_MATCH_CALLEES_FOR + 2 * relation + 1]);
  weigh_order(matcher, query, candidate->target, feature);
  feature[ONUS_MATCH_PROGRAM_SHARE] = logf(matcher->share[theirs->program] + 0.01f);
  feature[ONUS_MATCH_PROGRAM_LEAD] = matcher->lead[theirs->program];
}

/* --- proposals ---------------------------------------------------------------------------------------------------- */

static void propose_lists(onus_matcher *matcher, around ours, around theirs) {
  bool is_small = ours.count <= AROUND_PAIRS_MAX && theirs.count <= AROUND_PAIRS_MAX;
  for (uint32_t i = 0; i < ours.count; i++) {
    if (matcher->rows[ours.first + ours.items[i]].best > 0.9f)
      continue;
    uint32_t scaled = (uint32_t)((uint64_t)i * theirs.count / ours.count);
    uint32_t low = is_small ? 0 : scaled > 2 ? scaled - 2 : 0;
    uint32_t high = is_small || low + 5 > theirs.count ? theirs.count : low + 5;
    for (uint32_t k = low; k < high; k++)
      onus_match_propose(matcher, ours.first + ours.items[i], theirs.first + theirs.items[k]);
  }
}

/* Functions between two that are next to each other among those matched. */
static void propose_gap(onus_matcher *matcher, uint32_t query, const onus_match_function *before,
                        const onus_match_function *after, uint32_t place, uint32_t n_between) {
  if (before->program != after->program)
    return;
  int64_t low = (int64_t)before->index + 1, high = (int64_t)after->index - 1;
  if (high < low) { /* turned around, or nothing between: those near the first */
    low = (int64_t)before->index - 2;
    high = (int64_t)before->index + 3;
  }
  if (high - low + 1 > GAP_MAX) { /* those about as far along */
    int64_t middle = low + (high - low) * (int64_t)(place + 1) / (int64_t)(n_between + 1);
    low = middle - GAP_MAX / 2 > low ? middle - GAP_MAX / 2 : low;
    high = low + GAP_MAX - 1 < high ? low + GAP_MAX - 1 : high;
  }
  for (int64_t i = low < 0 ? 0 : low; i <= high && i < (int64_t)before->program_count; i++)
    onus_match_propose(matcher, query, before->first + (uint32_t)i);
}

static void propose_order(onus_matcher *matcher) {
  uint32_t n = (uint32_t)matcher->query.count, last = UINT32_MAX;
  for (uint32_t i = 0; i < n; i++) {
    if (matcher->rows[i].best < good)
      continue;
    const onus_match_function *after = &matcher->targets.items[matcher->rows[i].best_target];
    if (last != UINT32_MAX) {
      const onus_match_function *before = &matcher->targets.items[matcher->rows[last].best_target];
      for (uint32_t k = last + 1; k < i; k++)
        propose_gap(matcher, k, before, after, k - last - 1, i - last - 1);
    }
    last = i;
  }
}

void onus_match_propose_around(onus_matcher *matcher) {
  for (uint32_t i = 0; i < matcher->query.count; i++) {
    const onus_match_row *row = &matcher->rows[i];
    for (uint32_t k = 0; k < row->count; k++) {
      if (row->items[k].mutual < good)
        continue;
      const onus_match_function *theirs = &matcher->targets.items[row->items[k].target];
      for (unsigned relation = 0; relation < 3; relation++)
        propose_lists(matcher, around_of(query_at(matcher, i), relation), around_of(theirs, relation));
    }
  }
  propose_order(matcher);
}

/* --- settling ----------------------------------------------------------------------------------------------------- */

/* ln(exp(a) + exp(b)) */
static float add_logs(float a, float b) {
  float high = a > b ? a : b, low = a > b ? b : a;
  return high + log1pf(expf(low - high));
}

onus_status onus_match_settle(onus_matcher *matcher, onus_error *error) {
  float *column = malloc((matcher->targets.count + 1) * sizeof column[0]);
  if (column == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < matcher->targets.count; i++)
    column[i] = 0; /* ln 1: that it has none */
  for (size_t i = 0; i < matcher->query.count; i++)
    for (uint32_t k = 0; k < matcher->rows[i].count; k++) {
      const onus_match_candidate *candidate = &matcher->rows[i].items[k];
      column[candidate->target] = add_logs(column[candidate->target], candidate->log_odds);
    }
  double total = 0;
  for (size_t i = 0; i < matcher->n_programs; i++)
    matcher->share[i] = 0;
  for (size_t i = 0; i < matcher->query.count; i++) {
    onus_match_row *row = &matcher->rows[i];
    float sum = 0;
    for (uint32_t k = 0; k < row->count; k++)
      sum = add_logs(sum, row->items[k].log_odds);
    row->best = 0;
    for (uint32_t k = 0; k < row->count; k++) {
      onus_match_candidate *candidate = &row->items[k];
      candidate->row = fmaxf(candidate->log_odds - sum, -12.0f);
      candidate->column = fmaxf(candidate->log_odds - column[candidate->target], -12.0f);
      candidate->mutual = expf(candidate->row + candidate->column);
      if (candidate->mutual > row->best) {
        row->best = candidate->mutual;
        row->best_target = candidate->target;
      }
    }
    if (row->best > 0) {
      matcher->share[matcher->targets.items[row->best_target].program] += row->best;
      total += row->best;
    }
  }
  for (size_t i = 0; i < matcher->n_programs; i++) {
    matcher->lead[i] = total > 0 ? (float)(matcher->share[i] / total) : 0.0f;
    matcher->share[i] /= (float)(matcher->query.count + 1);
  }
  free(column);
  return ONUS_OK;
}
