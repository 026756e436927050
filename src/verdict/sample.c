/* The posterior's distribution over the ranges of its inputs [M-9], [M-10]: one pass over the points of the sample
 * fills a column for everything whose quantiles are reported.
 *
 * Columns are long (4096 values), so leave-one-out results of large cases are taken in several passes: no pass holds
 * more than MAX_COLUMNS of them. */
#include "verdict/verdict_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 8192, MOST_DECIDING = 64 };

void onus_samples_free(onus_samples *samples) {
  free(samples->hypothesis);
  free(samples->log_odds);
  *samples = (onus_samples){0};
}

/* What a pass fills. Leave-one-out columns count items first, then the network's undercutters. */
typedef struct pass {
  onus_solver *solver;
  onus_sobol *sobol;
  onus_samples *samples; /* first pass only */
  onus_marginals marginals;
  size_t first_column, n_columns; /* of leave-one-out */
  double *column;                 /* [n_columns][n_samples] */
  double *outcome;                /* [all outcomes][n_samples] P(about | E, outcome); first pass only */
  double *outcome_rows;           /* room for the rows of one question */
  double *score_sum;              /* [n_ranged] Σ score · log-odds; first pass only */
} pass;

static void store_posterior(const pass *p, size_t first) {
  const onus_network_shape *shape = p->solver->shape;
  const double *posterior = p->solver->batch->posterior;
  size_t lanes = shape->lanes, n = shape->n_hypotheses, n_samples = p->samples->n_samples;
  for (size_t l = 0; l < lanes; l++) {
    for (size_t h = 0; h < n; h++)
      p->samples->hypothesis[h * n_samples + first + l] = posterior[h * lanes + l];
    double inside = onus_set_probability(posterior + l, lanes, p->solver->about, n), outside = 0;
    for (size_t h = 0; h < n; h++)
      if (!p->solver->about[h])
        outside += posterior[h * lanes + l];
    p->samples->log_odds[first + l] = log(fmax(inside, 1e-300)) - log(fmax(outside, 1e-300));
  }
}

static void store_scores(const pass *p, size_t first) {
  const onus_network_shape *shape = p->solver->shape;
  double score[ONUS_LANES];
  for (size_t i = 0; i < shape->n_ranged; i++) {
    onus_sobol_scores(p->sobol, shape->values[shape->ranged[i]].coordinate, first, shape->lanes, score);
    for (size_t l = 0; l < shape->lanes; l++)
      p->score_sum[i] += score[l] * p->samples->log_odds[first + l];
  }
}

static void store_outcomes(const pass *p, size_t first) {
  const onus_case *c = p->solver->c;
  const onus_network_shape *shape = p->solver->shape;
  size_t lanes = shape->lanes, n = shape->n_hypotheses, at = 0;
  const double *posterior = p->solver->batch->posterior;
  for (size_t q = 0; q < c->n_questions; q++) {
    size_t n_outcomes = c->questions[q].n_outcomes;
    onus_outcome_rows(p->solver->batch, at, n_outcomes, p->outcome_rows);
    for (size_t o = 0; o < n_outcomes; o++, at++)
      for (size_t l = 0; l < lanes; l++) {
        double all = 0, about = 0;
        for (size_t h = 0; h < n; h++) {
          double joint = posterior[h * lanes + l] * p->outcome_rows[(o * n + h) * lanes + l];
          all += joint;
          about += p->solver->about[h] ? joint : 0;
        }
        p->outcome[at * p->samples->n_samples + first + l] = about / all;
      }
  }
}

static void store_columns(const pass *p, size_t first, size_t n_samples) {
  size_t lanes = p->solver->shape->lanes, n_items = p->solver->shape->n_items;
  for (size_t i = 0; i < p->n_columns; i++) {
    size_t column = p->first_column + i;
    const double *from = column < n_items ? p->marginals.without_item + column * lanes
                                          : p->marginals.without_source + (column - n_items) * lanes;
    memcpy(p->column + i * n_samples + first, from, lanes * sizeof *from);
  }
}

static onus_status run_pass(pass *p, size_t n_samples, bool is_first, onus_error *error) {
  onus_solver *solver = p->solver;
  for (size_t first = 0; first < n_samples; first += solver->shape->lanes) {
    onus_batch_set_sample(solver->batch, p->sobol, first);
    onus_batch_derive(solver->batch);
    onus_batch_solve(solver->batch);
    if (is_first)
      store_posterior(p, first);
    if (is_first && p->score_sum)
      store_scores(p, first);
    if (is_first && p->outcome)
      store_outcomes(p, first);
    if (p->n_columns) {
      onus_batch_marginals(solver->batch, solver->about, &p->marginals);
      store_columns(p, first, n_samples);
    }
    if (first % 256 == 0)
      ONUS_TRY(onus_progress_report(solver->options, 0.5 * (double)first / (double)n_samples, error));
  }
  return ONUS_OK;
}

/* --- what the columns say -------------------------------------------------------------------------------------- */

static void read_quantiles(double *values, size_t count, onus_probability *out) {
  onus_quantiles(values, count, &out->low, &out->median, &out->high);
}

static void read_columns(const pass *p, size_t n_samples, onus_assessment *a) {
  const onus_network_shape *shape = p->solver->shape;
  for (size_t i = 0; i < p->n_columns; i++) {
    size_t column = p->first_column + i;
    onus_without *out = NULL;
    if (column < shape->n_items)
      out = &a->items[shape->items[column].item].leave_out;
    else if (shape->undercutters[column - shape->n_items].is_source)
      out = &a->sources[shape->undercutters[column - shape->n_items].index].leave_out;
    if (!out)
      continue;
    read_quantiles(p->column + i * n_samples, n_samples, &out->probability);
    out->verdict = onus_verdict_of(out->probability.low, out->probability.high, p->solver->standard,
                                   p->solver->standard_exclusive);
  }
}

static void read_outcomes(const pass *p, onus_assessment *a) {
  const onus_case *c = p->solver->c;
  size_t at = 0, n_samples = p->samples->n_samples;
  for (size_t q = 0; q < c->n_questions; q++)
    for (size_t o = 0; o < c->questions[q].n_outcomes; o++, at++)
      read_quantiles(p->outcome + at * n_samples, n_samples, &a->questions[q].outcomes[o].about);
}

static int by_share(const void *a, const void *b) {
  const onus_deciding_input *x = a, *y = b;
  if (x->share > y->share || x->share < y->share)
    return x->share > y->share ? -1 : 1;
  return strcmp(x->input, y->input);
}

/* Share of the variance of the log-odds that each ranged input explains: its squared correlation. The scores of one
 * coordinate have mean 0 and one known variance. */
static onus_status read_shares(const pass *p, onus_assessment *a, onus_error *error) {
  const onus_network_shape *shape = p->solver->shape;
  size_t n_samples = p->samples->n_samples, count = 0;
  double mean = 0, variance = 0, score_variance = 0;
  for (size_t i = 0; i < n_samples; i++)
    mean += p->samples->log_odds[i] / (double)n_samples;
  for (size_t i = 0; i < n_samples; i++)
    variance += (p->samples->log_odds[i] - mean) * (p->samples->log_odds[i] - mean) / (double)n_samples;
  for (size_t first = 0; shape->n_ranged && first < n_samples; first += shape->lanes) {
    double score[ONUS_LANES];
    onus_sobol_scores(p->sobol, 0, first, shape->lanes, score);
    for (size_t l = 0; l < shape->lanes; l++)
      score_variance += score[l] * score[l] / (double)n_samples;
  }
  a->deciding = ONUS_ARENA_ARRAY(a->arena, onus_deciding_input, shape->n_ranged);
  if (!a->deciding)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < shape->n_ranged; i++) {
    const onus_value *value = &shape->values[shape->ranged[i]];
    double covariance = p->score_sum[i] / (double)n_samples;
    if (strncmp(value->name, "questions.", 10) == 0)
      continue;
    a->deciding[count].input = value->name;
    a->deciding[count].range = value->range;
    a->deciding[count++].share = variance > 0 ? covariance * covariance / (variance * score_variance) : 0;
  }
  qsort(a->deciding, count, sizeof *a->deciding, by_share);
  a->n_deciding = count < MOST_DECIDING ? count : MOST_DECIDING;
  return ONUS_OK;
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static size_t count_outcomes(const onus_case *c, size_t *ret_most) {
  size_t all = 0;
  *ret_most = 0;
  for (size_t q = 0; q < c->n_questions; q++) {
    all += c->questions[q].n_outcomes;
    if (c->questions[q].n_outcomes > *ret_most)
      *ret_most = c->questions[q].n_outcomes;
  }
  return all;
}

static void pass_free(pass *p) {
  onus_sobol_free(p->sobol);
  free(p->marginals.without_item);
  free(p->marginals.without_source);
  free(p->column);
  free(p->outcome);
  free(p->outcome_rows);
  free(p->score_sum);
}

static double *column_room(size_t count, size_t each) {
  return calloc(count * each + 1, sizeof(double));
}

/* Room for everything of a pass; `full` also for leave-one-out, questions and shares. */
static bool pass_make(pass *p, bool full) {
  const onus_network_shape *shape = p->solver->shape;
  size_t n_samples = p->samples->n_samples, lanes = shape->lanes, most;
  size_t n_outcomes = count_outcomes(p->solver->c, &most), n_all = shape->n_items + shape->n_undercutters;
  p->sobol = onus_sobol_new(shape->n_coordinates, p->solver->options->seed);
  p->samples->hypothesis = column_room(shape->n_hypotheses, n_samples);
  p->samples->log_odds = column_room(1, n_samples);
  if (!p->sobol || !p->samples->hypothesis || !p->samples->log_odds)
    return false;
  if (!full)
    return true;
  p->marginals.without_item = column_room(shape->n_items, lanes);
  p->marginals.without_source = column_room(shape->n_undercutters, lanes);
  p->column = column_room(n_all < MAX_COLUMNS ? n_all : MAX_COLUMNS, n_samples);
  p->outcome = column_room(n_outcomes, n_samples);
  p->outcome_rows = column_room(most * shape->n_hypotheses, lanes);
  p->score_sum = column_room(shape->n_ranged, 1);
  return p->marginals.without_item && p->marginals.without_source && p->column && p->outcome && p->outcome_rows &&
         p->score_sum;
}

static onus_status sample_into(pass *p, onus_assessment *full, onus_error *error) {
  const onus_network_shape *shape = p->solver->shape;
  size_t n_all = full ? shape->n_items + shape->n_undercutters : 0, n_samples = p->samples->n_samples;
  bool is_first = true;
  do {
    size_t left = n_all - p->first_column;
    p->n_columns = left < MAX_COLUMNS ? left : MAX_COLUMNS;
    ONUS_TRY(run_pass(p, n_samples, is_first, error));
    if (full)
      read_columns(p, n_samples, full);
    p->first_column += p->n_columns;
    is_first = false;
  } while (p->first_column < n_all);
  if (!full)
    return ONUS_OK;
  read_outcomes(p, full);
  return read_shares(p, full, error);
}

onus_status onus_sample(onus_solver *solver, onus_assessment *full, onus_samples *ret_samples, onus_error *error) {
  /* Without ranges every point is the same: one batch tells all. */
  onus_samples samples = {.n_samples = solver->shape->n_ranged ? ONUS_SAMPLES : solver->shape->lanes};
  pass p = {.solver = solver, .samples = &samples};
  onus_status status = pass_make(&p, full != NULL) ? sample_into(&p, full, error) : ONUS_FAIL_NO_MEMORY(error);
  pass_free(&p);
  onus_solver_reset(solver);
  if (status != ONUS_OK) {
    onus_samples_free(&samples);
    return status;
  }
  *ret_samples = samples;
  return ONUS_OK;
}
