/* The steps of a component on numbers: forwards for P(E_c | h), backwards for the derivatives.
 *
 * The same steps run in plain numbers (+, ×) and in logs (log-sum-exp, +), for one lane or several; `logs` and `lanes`
 * are constants at every call below, so the compiler makes four programs of one.
 */
#include "inference/batch_internal.h"

#include <math.h>

#include "base/wide.h"

#define INLINE static inline __attribute__((always_inline))

/* The sums are the same with and without wide vectors: lanes never mix and no multiplication is fused with an addition.
 */
INLINE double times(bool logs, double a, double b) {
  return logs ? a + b : a * b;
}

/* ln(e^a + e^b) without leaving the range. */
static double add_logs(double a, double b) {
  double larger = a > b ? a : b, smaller = a > b ? b : a;
  if (smaller == -INFINITY)
    return larger;
  return larger + log1p(exp(smaller - larger));
}

INLINE double plus(bool logs, double a, double b) {
  return logs ? add_logs(a, b) : a + b;
}

INLINE double number(bool logs, double x) {
  return logs ? log(x) : x;
}

INLINE void fill_block(const onus_batch *batch, const component *c, const block *b, double *tables, bool logs,
                       size_t lanes) {
  size_t width = batch->network->n_hypotheses * lanes;
  double *restrict out = tables + b->offset * lanes;
  const contribution *from = c->contributions + b->first_contribution;
  bool is_empty = true;
  for (uint32_t i = 0; i < b->n_contributions; i++) {
    if (batch->speaks && !batch->speaks[from[i].item])
      continue;
    const double *restrict row = batch->room->level_row[from[i].level] + from[i].item * width;
    if (is_empty)
      for (size_t x = 0; x < width; x++)
        out[x] = number(logs, row[x]);
    else
      for (size_t x = 0; x < width; x++)
        out[x] = times(logs, out[x], number(logs, row[x]));
    is_empty = false;
  }
  for (size_t x = 0; is_empty && x < width; x++)
    out[x] = number(logs, 1);
}

INLINE void fill_tables(const onus_batch *batch, const component *c, double *tables, bool logs, size_t lanes) {
  size_t n = batch->network->n_hypotheses;
  for (size_t x = 0; x < n * lanes; x++)
    tables[c->prior_table * lanes + x] = number(logs, batch->prior[x]);
  for (size_t k = 0; k < c->n_undercutters; k++) {
    double *out = tables + c->undercutter_table[k] * lanes;
    const double *q = batch->undercutter + c->undercutters[k] * lanes;
    for (size_t l = 0; l < lanes; l++) {
      out[l] = number(logs, 1 - q[l]);
      out[lanes + l] = number(logs, q[l]);
    }
  }
  for (size_t b = 0; b < c->n_blocks; b++)
    fill_block(batch, c, &c->blocks[b], tables, logs, lanes);
}

INLINE void run_multiply(const step *s, double *tables, bool logs, size_t lanes) {
  for (size_t r = 0; r < s->n_runs; r++) {
    const double *restrict a = tables + s->map_a[r] * lanes, *restrict b = tables + s->map_b[r] * lanes;
    double *restrict out = tables + (s->out + r * s->run) * lanes;
    if (s->b_is_constant)
      for (size_t v = 0; v < s->run; v++)
        for (size_t l = 0; l < lanes; l++)
          out[v * lanes + l] = times(logs, a[v * lanes + l], b[l]);
    else
      for (size_t x = 0; x < s->run * lanes; x++)
        out[x] = times(logs, a[x], b[x]);
  }
}

/* The sum of one run into the single entry `out`. */
INLINE void add_run(const double *restrict a, const double *restrict b, bool b_is_constant, size_t run,
                    double *restrict out, bool logs, size_t lanes) {
  double sum[ONUS_LANES];
  for (size_t l = 0; l < lanes; l++)
    sum[l] = out[l];
  for (size_t v = 0; v < run; v++)
    for (size_t l = 0; l < lanes; l++)
      sum[l] = plus(logs, sum[l], times(logs, a[v * lanes + l], b[b_is_constant ? l : v * lanes + l]));
  for (size_t l = 0; l < lanes; l++)
    out[l] = sum[l];
}

INLINE void run_contract(const step *s, double *tables, bool logs, size_t lanes) {
  double *all = tables + s->out * lanes;
  for (size_t x = 0; x < s->n_out * lanes; x++)
    all[x] = logs ? -INFINITY : 0;
  for (size_t r = 0; r < s->n_runs; r++) {
    const double *restrict a = tables + s->map_a[r] * lanes, *restrict b = tables + s->map_b[r] * lanes;
    double *restrict out = tables + s->map_out[r] * lanes;
    if (s->out_is_constant)
      add_run(a, b, s->b_is_constant, s->run, out, logs, lanes);
    else if (s->b_is_constant)
      for (size_t v = 0; v < s->run; v++)
        for (size_t l = 0; l < lanes; l++)
          out[v * lanes + l] = plus(logs, out[v * lanes + l], times(logs, a[v * lanes + l], b[l]));
    else
      for (size_t x = 0; x < s->run * lanes; x++)
        out[x] = plus(logs, out[x], times(logs, a[x], b[x]));
  }
}

INLINE void run_sum(const step *s, double *tables, bool logs, size_t lanes) {
  size_t width = s->run * lanes;
  for (size_t r = 0; r < s->n_runs; r++) {
    const double *restrict a = tables + (s->a + r * s->n_summed * s->run) * lanes;
    double *restrict out = tables + (s->out + r * s->run) * lanes;
    for (size_t x = 0; x < width; x++)
      out[x] = a[x];
    for (size_t k = 1; k < s->n_summed; k++)
      for (size_t x = 0; x < width; x++)
        out[x] = plus(logs, out[x], a[k * width + x]);
  }
}

/* ln P(E_c | h), shifted so that the largest of each lane is 0. */
INLINE void read_result(const onus_batch *batch, size_t index, const double *tables, bool logs, size_t lanes) {
  size_t n = batch->network->n_hypotheses;
  const double *result = tables + batch->network->components[index].result * lanes;
  double *out = batch->log_likelihood + index * n * lanes;
  for (size_t l = 0; l < lanes; l++) {
    double largest = -INFINITY;
    for (size_t h = 0; h < n; h++) {
      double x = logs ? result[h * lanes + l] : log(result[h * lanes + l]);
      out[h * lanes + l] = x;
      largest = x > largest ? x : largest;
    }
    for (size_t h = 0; h < n; h++)
      out[h * lanes + l] -= largest;
  }
}

/* In log space the entries that no block fills are ln 1 = 0 instead of 1; both survive every solve, so switching
 * between the two has to reset them. */
static void reset_tables(double *tables, size_t count, double one) {
  for (size_t x = 0; x < count; x++)
    tables[x] = one;
}

INLINE void run_step(const step *s, double *tables, bool logs, size_t lanes) {
  if (s->kind == STEP_MULTIPLY)
    run_multiply(s, tables, logs, lanes);
  else if (s->kind == STEP_CONTRACT)
    run_contract(s, tables, logs, lanes);
  else
    run_sum(s, tables, logs, lanes);
}

INLINE void solve(onus_batch *batch, size_t index, bool logs, size_t lanes) {
  const component *c = &batch->network->components[index];
  double *tables = batch->room->tables[index];
  fill_tables(batch, c, tables, logs, lanes);
  for (size_t i = 0; i < c->n_steps; i++)
    run_step(&c->steps[i], tables, logs, lanes);
  read_result(batch, index, tables, logs, lanes);
}

INLINE void advance(onus_batch *batch, const component_change *change, bool logs, size_t lanes) {
  const component *c = &batch->network->components[change->component];
  double *tables = batch->room->tables[change->component];
  size_t width = batch->network->n_hypotheses * lanes;
  for (size_t i = 0; i < change->n_added; i++) {
    const double *restrict row = batch->room->level_row[change->added[i].level] + change->added[i].item * width;
    double *restrict out = tables + c->blocks[change->added_block[i]].offset * lanes;
    for (size_t x = 0; x < width; x++)
      out[x] = times(logs, out[x], number(logs, row[x]));
  }
  for (size_t i = 0; i < change->n_steps; i++)
    run_step(&c->steps[change->steps[i]], tables, logs, lanes);
  read_result(batch, change->component, tables, logs, lanes);
}

ONUS_WIDE static void advance_lanes(onus_batch *batch, const component_change *change) {
  advance(batch, change, false, ONUS_LANES);
}

void onus_advance_component(onus_batch *batch, const component_change *change) {
  if (batch->room->in_logs[change->component])
    advance(batch, change, true, batch->lanes);
  else if (batch->lanes == 1)
    advance(batch, change, false, 1);
  else
    advance_lanes(batch, change);
}

static void solve_one(onus_batch *batch, size_t index) {
  solve(batch, index, false, 1);
}

ONUS_WIDE static void solve_lanes(onus_batch *batch, size_t index) {
  solve(batch, index, false, ONUS_LANES);
}

void onus_solve_component(onus_batch *batch, size_t index) {
  struct onus_batch_room *room = batch->room;
  bool logs = room->in_logs[index];
  if (logs != room->were_in_logs[index])
    reset_tables(room->tables[index], batch->network->components[index].n_entries * batch->lanes, logs ? 0 : 1);
  room->were_in_logs[index] = logs;
  if (logs)
    solve(batch, index, true, batch->lanes);
  else if (batch->lanes == 1)
    solve_one(batch, index);
  else
    solve_lanes(batch, index);
}

/* --- backwards ------------------------------------------------------------------------------------------------- */

/* One run backwards; `out_step` is 1 where the result moves along with a, 0 where it stands still. A step's operands
 * and its result are different tables, so nothing here overlaps. */
INLINE void back_run(const double *restrict a, const double *restrict b, double *restrict to_a, double *restrict to_b,
                     const double *restrict out, size_t run, bool b_is_constant, size_t out_step, bool logs,
                     size_t lanes) {
  if (!b_is_constant) {
    for (size_t v = 0; v < run; v++)
      for (size_t l = 0; l < lanes; l++) {
        size_t x = v * lanes + l, y = out_step * v * lanes + l;
        to_a[x] = plus(logs, to_a[x], times(logs, out[y], b[x]));
        to_b[x] = plus(logs, to_b[x], times(logs, out[y], a[x]));
      }
    return;
  }
  double sum[ONUS_LANES];
  for (size_t l = 0; l < lanes; l++)
    sum[l] = to_b[l];
  for (size_t v = 0; v < run; v++)
    for (size_t l = 0; l < lanes; l++) {
      size_t x = v * lanes + l, y = out_step * v * lanes + l;
      to_a[x] = plus(logs, to_a[x], times(logs, out[y], b[l]));
      sum[l] = plus(logs, sum[l], times(logs, out[y], a[x]));
    }
  for (size_t l = 0; l < lanes; l++)
    to_b[l] = sum[l];
}

INLINE void back_product(const step *s, const double *tables, double *adjoints, bool logs, size_t lanes) {
  for (size_t r = 0; r < s->n_runs; r++) {
    size_t a = s->map_a[r] * lanes, b = s->map_b[r] * lanes;
    size_t out = (s->kind == STEP_CONTRACT ? s->map_out[r] : s->out + r * s->run) * lanes;
    if (s->out_is_constant)
      back_run(tables + a, tables + b, adjoints + a, adjoints + b, adjoints + out, s->run, s->b_is_constant, 0, logs,
               lanes);
    else
      back_run(tables + a, tables + b, adjoints + a, adjoints + b, adjoints + out, s->run, s->b_is_constant, 1, logs,
               lanes);
  }
}

INLINE void back_sum(const step *s, double *adjoints, bool logs, size_t lanes) {
  size_t width = s->run * lanes;
  for (size_t r = 0; r < s->n_runs; r++) {
    const double *restrict out = adjoints + (s->out + r * s->run) * lanes;
    double *restrict to_a = adjoints + (s->a + r * s->n_summed * s->run) * lanes;
    for (size_t k = 0; k < s->n_summed; k++)
      for (size_t x = 0; x < width; x++)
        to_a[k * width + x] = plus(logs, to_a[k * width + x], out[x]);
  }
}

INLINE void differentiate(onus_batch *batch, size_t index, const double *seed, bool logs, size_t lanes) {
  const component *c = &batch->network->components[index];
  const double *tables = batch->room->tables[index];
  double *adjoints = batch->room->adjoints[index];
  reset_tables(adjoints, c->n_entries * lanes, logs ? -INFINITY : 0);
  for (size_t x = 0; x < batch->network->n_hypotheses * lanes; x++)
    adjoints[c->result * lanes + x] = seed[x];
  for (size_t i = c->n_steps; i-- > 0;) {
    const step *s = &c->steps[i];
    if (s->kind != STEP_SUM)
      back_product(s, tables, adjoints, logs, lanes);
    else
      back_sum(s, adjoints, logs, lanes);
  }
}

ONUS_WIDE static void differentiate_lanes(onus_batch *batch, size_t index, const double *seed) {
  differentiate(batch, index, seed, false, ONUS_LANES);
}

void onus_differentiate_component(onus_batch *batch, size_t index, const double *seed) {
  if (batch->room->in_logs[index])
    differentiate(batch, index, seed, true, batch->lanes);
  else if (batch->lanes == 1)
    differentiate(batch, index, seed, false, 1);
  else
    differentiate_lanes(batch, index, seed);
}
