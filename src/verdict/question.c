/* What evidence that could be sought would tell [M-16]. */
#include "verdict/verdict_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void onus_outcome_rows(const onus_batch *batch, size_t first_outcome, size_t n_outcomes, double *rows) {
  size_t width = onus_network_describe(batch->network)->n_hypotheses * batch->lanes;
  for (size_t o = 0; o < n_outcomes; o++)
    onus_batch_outcome(batch, first_outcome + o, rows + o * width);
  for (size_t x = 0; x < width; x++) {
    double sum = 0;
    for (size_t o = 0; o < n_outcomes; o++)
      sum += rows[o * width + x];
    for (size_t o = 0; o < n_outcomes; o++)
      rows[o * width + x] /= sum;
  }
}

/* Entropy in bits of weights p[0 … n) that sum to `sum`, `stride` apart. */
static double entropy_bits(const double *p, size_t stride, size_t n, double sum) {
  double bits = 0;
  for (size_t h = 0; h < n; h++)
    if (p[h * stride] > 0)
      bits -= p[h * stride] / sum * log2(p[h * stride] / sum);
  return bits;
}

/* One outcome at the points; `row`: [n_hypotheses][lanes], of which lane 0 is read and overwritten with the joint. */
static double solve_outcome(const onus_solver *solver, double *row, onus_outcome_result *out) {
  size_t n = solver->shape->n_hypotheses, lanes = solver->shape->lanes;
  double sum = 0;
  for (size_t h = 0; h < n; h++)
    sum += row[h * lanes] *= solver->batch->posterior[h * lanes];
  out->probability = sum;
  out->about.posterior = sum > 0 ? onus_set_probability(row, lanes, solver->about, n) / sum : 0;
  return sum > 0 ? sum * entropy_bits(row, lanes, n, sum) : 0;
}

onus_status onus_assess_questions(onus_solver *solver, onus_assessment *a, onus_error *error) {
  const onus_case *c = solver->c;
  size_t n = solver->shape->n_hypotheses, lanes = solver->shape->lanes, first = 0;
  a->questions = ONUS_ARENA_ARRAY(a->arena, onus_question_result, c->n_questions);
  if (!a->questions)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t q = 0; q < c->n_questions; q++) {
    onus_question_result *out = &a->questions[q];
    size_t n_outcomes = c->questions[q].n_outcomes;
    out->question = &c->questions[q];
    out->outcomes = ONUS_ARENA_ARRAY(a->arena, onus_outcome_result, n_outcomes);
    double *rows = calloc(n_outcomes * n * lanes, sizeof *rows);
    if (!out->outcomes || !rows) {
      free(rows);
      return ONUS_FAIL_NO_MEMORY(error);
    }
    onus_outcome_rows(solver->batch, first, n_outcomes, rows);
    out->entropy_bits = entropy_bits(solver->batch->posterior, lanes, n, 1);
    double after = 0;
    for (size_t o = 0; o < n_outcomes; o++) {
      out->outcomes[o].name = c->questions[q].outcomes[o].name;
      out->outcomes[o].about.prior = a->about.posterior;
      after += solve_outcome(solver, rows + o * n * lanes, &out->outcomes[o]);
    }
    out->expected_drop_bits = out->entropy_bits - after;
    first += n_outcomes;
    free(rows);
  }
  return ONUS_OK;
}

static int by_drop(const void *a, const void *b) {
  const onus_question_result *x = a, *y = b;
  if (x->expected_drop_bits > y->expected_drop_bits || x->expected_drop_bits < y->expected_drop_bits)
    return x->expected_drop_bits > y->expected_drop_bits ? -1 : 1;
  return strcmp(x->question->id, y->question->id);
}

void onus_finish_questions(onus_solver *solver, onus_assessment *a) {
  for (size_t q = 0; q < solver->c->n_questions; q++) {
    onus_question_result *out = &a->questions[q];
    for (size_t o = 0; o < out->question->n_outcomes; o++) {
      onus_outcome_result *outcome = &out->outcomes[o];
      outcome->verdict =
          onus_verdict_of(outcome->about.low, outcome->about.high, solver->standard, solver->standard_exclusive);
      if (outcome->verdict == ONUS_ENOUGH)
        out->p_enough += outcome->probability;
    }
    out->p_enough = fmin(out->p_enough, 1); /* a sum of all outcomes may be rounded to more */
  }
  qsort(a->questions, solver->c->n_questions, sizeof *a->questions, by_drop);
}
