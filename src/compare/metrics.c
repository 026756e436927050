#include "compare/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "base/random.h"

static const double LEAST_PROBABILITY = 1e-6; /* in the log loss */

static bool is_right(const onus_scored *s, size_t candidate) {
  for (size_t k = 0; k < s->n_right; k++)
    if (s->right[k] == candidate)
      return true;
  return false;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* --- ranking ----------------------------------------------------------------------------------------------------- */

typedef struct ranked {
  double top_1, top_3, top_10, reciprocal;
  uint32_t group;
} ranked;

/* The best right candidate among the wrong ones; those as probable as it stand before or behind it by chance. */
static ranked rank_of(const onus_scored *s, size_t n_candidates) {
  double best = 0, greater = 0, equal = 1;
  for (size_t k = 0; k < s->n_right; k++)
    best = fmax(best, s->p[s->right[k]]);
  for (size_t c = 0; c < n_candidates; c++)
    if (!is_right(s, c)) {
      greater += s->p[c] > best;
      equal += s->p[c] == best;
    }
  ranked out = {.group = s->group};
  out.top_1 = fmin(fmax((1 - greater) / equal, 0), 1);
  out.top_3 = fmin(fmax((3 - greater) / equal, 0), 1);
  out.top_10 = fmin(fmax((10 - greater) / equal, 0), 1);
  for (double place = 1; place <= equal; place++)
    out.reciprocal += 1 / (greater + place);
  out.reciprocal /= equal;
  return out;
}

static int by_group(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  return x->group < y->group ? -1 : x->group > y->group;
}

/* Intervals of top-1 and MRR over groups drawn with replacement. `ranks` become sorted by group. */
static onus_status interval(ranked *ranks, size_t n, uint64_t seed, onus_metrics *m, onus_error *error) {
  double *sums = calloc(3 * n, sizeof *sums), *drawn = calloc(2 * ONUS_METRICS_BOOTSTRAPS, sizeof *drawn);
  if (!sums || !drawn) {
    free(sums);
    free(drawn);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  size_t n_groups = 0;
  qsort(ranks, n, sizeof *ranks, by_group);
  for (size_t i = 0; i < n; i++) {
    if (i == 0 || ranks[i].group != ranks[i - 1].group)
      n_groups++;
    double *sum = sums + 3 * (n_groups - 1);
    sum[0] += ranks[i].top_1;
    sum[1] += ranks[i].reciprocal;
    sum[2] += 1;
  }
  for (size_t b = 0; b < ONUS_METRICS_BOOTSTRAPS; b++) {
    double top_1 = 0, reciprocal = 0, count = 0;
    for (size_t k = 0; k < n_groups; k++) {
      const double *sum = sums + 3 * (onus_random_bits(seed, b, k) % n_groups);
      top_1 += sum[0];
      reciprocal += sum[1];
      count += sum[2];
    }
    drawn[b] = top_1 / count;
    drawn[ONUS_METRICS_BOOTSTRAPS + b] = reciprocal / count;
  }
  m->top_1_low = onus_quantile(drawn, ONUS_METRICS_BOOTSTRAPS, 0.025);
  m->top_1_high = onus_quantile(drawn, ONUS_METRICS_BOOTSTRAPS, 0.975);
  m->mrr_low = onus_quantile(drawn + ONUS_METRICS_BOOTSTRAPS, ONUS_METRICS_BOOTSTRAPS, 0.025);
  m->mrr_high = onus_quantile(drawn + ONUS_METRICS_BOOTSTRAPS, ONUS_METRICS_BOOTSTRAPS, 0.975);
  free(drawn);
  free(sums);
  return ONUS_OK;
}

static onus_status compute_ranking(const onus_scored *incidents, size_t n_incidents, uint64_t seed, onus_metrics *m,
                                   onus_error *error) {
  ranked *ranks = calloc(n_incidents + 1, sizeof *ranks);
  if (!ranks)
    return ONUS_FAIL_NO_MEMORY(error);
  double top_1 = 0, top_3 = 0, top_10 = 0, reciprocal = 0;
  size_t n = 0;
  for (size_t i = 0; i < n_incidents; i++) {
    if (incidents[i].is_unknown)
      continue;
    ranks[n] = rank_of(&incidents[i], m->n_candidates);
    top_1 += ranks[n].top_1;
    top_3 += ranks[n].top_3;
    top_10 += ranks[n].top_10;
    reciprocal += ranks[n].reciprocal;
    n++;
  }
  onus_status status = ONUS_OK;
  if (n > 0) {
    m->top_1 = top_1 / (double)n;
    m->top_3 = top_3 / (double)n;
    m->top_10 = top_10 / (double)n;
    m->mrr = reciprocal / (double)n;
    status = interval(ranks, n, seed, m, error);
  }
  free(ranks);
  return status;
}

/* --- probabilities ----------------------------------------------------------------------------------------------- */

/* Whether an answer, UNKNOWN among them, is right. */
static bool answer_is_right(const onus_scored *s, size_t n_candidates, size_t answer) {
  return answer == n_candidates ? s->is_unknown : is_right(s, answer);
}

static size_t bin_of(double confidence) {
  size_t bin = 0;
  while (bin + 1 < ONUS_METRICS_BINS && confidence >= (double)(bin + 1) / ONUS_METRICS_BINS)
    bin++;
  return bin;
}

static void add_confidence(onus_metrics *m, double confidence, double correct) {
  size_t bin = bin_of(confidence);
  m->bins[bin].n++;
  m->bins[bin].mean_confidence += confidence;
  m->bins[bin].correct += correct;
}

/* The ECE that is left when every answer is right with just the probability that it was given. */
static void simulate_ece(const double *confidences, size_t n, uint64_t seed, onus_metrics *m) {
  double drawn[ONUS_METRICS_BOOTSTRAPS], mean = 0;
  for (size_t b = 0; b < ONUS_METRICS_BOOTSTRAPS; b++) {
    double gap[ONUS_METRICS_BINS] = {0}, ece = 0;
    for (size_t i = 0; i < n; i++) {
      double chance = (double)(onus_random_bits(seed, ONUS_METRICS_BOOTSTRAPS + b, i) >> 11) * 0x1p-53;
      gap[bin_of(confidences[i])] += confidences[i] - (chance < confidences[i] ? 1 : 0);
    }
    for (size_t k = 0; k < ONUS_METRICS_BINS; k++)
      ece += fabs(gap[k]) / (double)n;
    drawn[b] = ece;
    mean += ece / ONUS_METRICS_BOOTSTRAPS;
  }
  m->ece_expected = mean;
  m->ece_expected_high = onus_quantile(drawn, ONUS_METRICS_BOOTSTRAPS, 0.95);
}

static void compute_probabilities(const onus_scored *incidents, size_t n_incidents, double *confidences,
                                  onus_metrics *m) {
  double accuracy = 0, brier = 0, log_loss = 0, n = (double)n_incidents;
  for (size_t i = 0; i < n_incidents; i++) {
    const onus_scored *s = &incidents[i];
    double right = 0, wrong_squares = 0, greatest = 0, n_tops = 0, n_right_tops = 0;
    for (size_t a = 0; a <= m->n_candidates; a++) {
      bool correct = answer_is_right(s, m->n_candidates, a);
      if (correct)
        right += s->p[a];
      else
        wrong_squares += s->p[a] * s->p[a];
      if (s->p[a] > greatest) {
        greatest = s->p[a];
        n_tops = n_right_tops = 0;
      }
      n_tops += s->p[a] == greatest;
      n_right_tops += s->p[a] == greatest && correct;
    }
    accuracy += n_right_tops / n_tops;
    brier += (1 - right) * (1 - right) + wrong_squares;
    log_loss += -log(fmax(right, LEAST_PROBABILITY));
    add_confidence(m, greatest, n_right_tops / n_tops);
    confidences[i] = greatest;
  }
  m->accuracy = accuracy / n;
  m->brier = brier / n;
  m->log_loss = log_loss / n;
  m->ece = 0;
  for (size_t b = 0; b < ONUS_METRICS_BINS; b++) {
    onus_metrics_bin *bin = &m->bins[b];
    if (bin->n == 0)
      continue;
    bin->mean_confidence /= (double)bin->n;
    bin->correct /= (double)bin->n;
    m->ece += (double)bin->n / n * fabs(bin->mean_confidence - bin->correct);
  }
}

/* --- likelihood ratios ----------------------------------------------------------------------------------------- */

onus_status onus_metrics_pairs(const onus_scored *incidents, size_t n_incidents, size_t n_candidates, double **ret_same,
                               size_t *ret_n_same, double **ret_different, size_t *ret_n_different, onus_error *error) {
  size_t n_same = 0, n_different = 0;
  for (size_t i = 0; i < n_incidents; i++)
    n_same += incidents[i].n_right;
  double *same = calloc(n_same + 1, sizeof *same);
  double *different = calloc(n_incidents * n_candidates - n_same + 1, sizeof *different);
  if (!same || !different) {
    free(same);
    free(different);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  n_same = 0;
  for (size_t i = 0; i < n_incidents; i++)
    for (size_t c = 0; c < n_candidates; c++) {
      double ln_lr = incidents[i].ln_lr[c];
      if (is_right(&incidents[i], c))
        same[n_same++] = ln_lr;
      else
        different[n_different++] = ln_lr;
    }
  qsort(same, n_same, sizeof *same, by_value);
  qsort(different, n_different, sizeof *different, by_value);
  *ret_same = same;
  *ret_n_same = n_same;
  *ret_different = different;
  *ret_n_different = n_different;
  return ONUS_OK;
}

/* log2(1 + e^x) */
static double cost(double x) {
  return (x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))) / log(2);
}

static double cllr_of(const double *same, size_t n_same, const double *different, size_t n_different) {
  double same_cost = 0, different_cost = 0;
  for (size_t i = 0; i < n_same; i++)
    same_cost += cost(-same[i]);
  for (size_t i = 0; i < n_different; i++)
    different_cost += cost(different[i]);
  return 0.5 * (same_cost / (double)n_same + different_cost / (double)n_different);
}

/* Ratios that share a value after the best monotone recalibration: the shares of all same and of all different pairs.
 */
typedef struct block {
  double same, different;
} block;

/* Adds the block of the next greater ratio; pools neighbours until the ratio of the shares rises strictly (pool
 * adjacent violators); gives the number of blocks. */
static size_t add_block(block *blocks, size_t n, block next) {
  blocks[n++] = next;
  while (n > 1 && blocks[n - 2].same * (blocks[n - 1].same + blocks[n - 1].different) >=
                      blocks[n - 1].same * (blocks[n - 2].same + blocks[n - 2].different)) {
    blocks[n - 2].same += blocks[n - 1].same;
    blocks[n - 2].different += blocks[n - 1].different;
    n--;
  }
  return n;
}

static size_t pool(const double *same, size_t n_same, const double *different, size_t n_different, block *blocks) {
  size_t n = 0, s = 0, d = 0;
  while (s < n_same || d < n_different) {
    double value = s == n_same ? different[d] : d == n_different ? same[s] : fmin(same[s], different[d]);
    size_t s_from = s, d_from = d;
    while (s < n_same && same[s] == value)
      s++;
    while (d < n_different && different[d] == value)
      d++;
    n = add_block(blocks, n,
                  (block){(double)(s - s_from) / (double)n_same, (double)(d - d_from) / (double)n_different});
  }
  return n;
}

static double cllr_of_blocks(const block *blocks, size_t n) {
  double sum = 0;
  for (size_t b = 0; b < n; b++) {
    double all = blocks[b].same + blocks[b].different;
    if (blocks[b].same > 0)
      sum += 0.5 * blocks[b].same * log2(all / blocks[b].same);
    if (blocks[b].different > 0)
      sum += 0.5 * blocks[b].different * log2(all / blocks[b].different);
  }
  return sum;
}

static onus_status compute_ratios(const onus_scored *incidents, size_t n_incidents, onus_metrics *m,
                                  onus_error *error) {
  double *same = NULL, *different = NULL;
  size_t n_same, n_different;
  ONUS_TRY(
      onus_metrics_pairs(incidents, n_incidents, m->n_candidates, &same, &n_same, &different, &n_different, error));
  block *blocks = calloc(n_same + n_different + 1, sizeof *blocks);
  onus_status status = blocks ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK && n_same > 0 && n_different > 0) {
    m->cllr = cllr_of(same, n_same, different, n_different);
    m->cllr_min = cllr_of_blocks(blocks, pool(same, n_same, different, n_different, blocks));
  }
  free(blocks);
  free(different);
  free(same);
  return status;
}

/* --- what a ratio says of an actor whatever was found ---------------------------------------------------------- */

/* A ratio, and how many pairs of either class have it. */
typedef struct level {
  double value, same, different;
} level;

static int by_level(const void *a, const void *b) {
  double x = ((const level *)a)->value, y = ((const level *)b)->value;
  return x < y ? -1 : x > y;
}

/* Incidents permuted among actors, all ways at once: each takes the ratios of each other one, but never the ratio of an
 * actor for what that actor did. Of candidate c with n_c incidents, each ratio that is left stands n_c times among the
 * same pairs and n − 1 − n_c times among the different ones. */
static onus_status compute_permuted(const onus_scored *incidents, size_t n_incidents, onus_metrics *m,
                                    onus_error *error) {
  size_t n_levels = 0, n_blocks = 0, n_pairs = n_incidents * m->n_candidates;
  double same = 0, different = 0;
  level *levels = calloc(n_pairs + 1, sizeof *levels);
  block *blocks = calloc(n_pairs + 1, sizeof *blocks);
  onus_status status = levels && blocks ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t c = 0; status == ONUS_OK && c < m->n_candidates; c++) {
    size_t n_own = 0;
    for (size_t i = 0; i < n_incidents; i++)
      n_own += is_right(&incidents[i], c);
    for (size_t i = 0; i < n_incidents; i++)
      if (!is_right(&incidents[i], c)) {
        level l = {incidents[i].ln_lr[c], (double)n_own, (double)(n_incidents - 1 - n_own)};
        same += l.same;
        different += l.different;
        levels[n_levels++] = l;
      }
  }
  if (status == ONUS_OK && same > 0 && different > 0) {
    qsort(levels, n_levels, sizeof *levels, by_level);
    for (size_t i = 0; i < n_levels;) {
      block next = {0, 0};
      for (double value = levels[i].value; i < n_levels && levels[i].value == value; i++) {
        next.same += levels[i].same / same;
        next.different += levels[i].different / different;
      }
      n_blocks = add_block(blocks, n_blocks, next);
    }
    m->cllr_permuted = fmin(1, cllr_of_blocks(blocks, n_blocks)); /* weighted sums may round beyond it */
  }
  free(blocks);
  free(levels);
  return status;
}

/* --- known or not ---------------------------------------------------------------------------------------------- */

/* The probability that a known one has the greater 1 − P(UNKNOWN) than an unknown one, ties counting one half: by the
 * sum of the mean ranks of the known ones. */
static double auc_of(const double *known, size_t n_known, const double *unknown, size_t n_unknown) {
  double below = 0;
  size_t less = 0, at_most = 0;
  for (size_t i = 0; i < n_known; i++) {
    while (less < n_unknown && unknown[less] < known[i])
      less++;
    while (at_most < n_unknown && unknown[at_most] <= known[i])
      at_most++;
    below += 0.5 * (double)(less + at_most);
  }
  return below / ((double)n_known * (double)n_unknown);
}

static onus_status compute_auc(const onus_scored *incidents, size_t n_incidents, onus_metrics *m, onus_error *error) {
  double *values = calloc(n_incidents + 1, sizeof *values);
  if (!values)
    return ONUS_FAIL_NO_MEMORY(error);
  double *known = values, *unknown = values + m->n_known;
  size_t k = 0, u = 0;
  for (size_t i = 0; i < n_incidents; i++)
    *(incidents[i].is_unknown ? &unknown[u++] : &known[k++]) = 1 - incidents[i].p[m->n_candidates];
  qsort(known, k, sizeof *known, by_value);
  qsort(unknown, u, sizeof *unknown, by_value);
  if (k > 0 && u > 0)
    m->auc = auc_of(known, k, unknown, u);
  free(values);
  return ONUS_OK;
}

onus_status onus_metrics_compute(const onus_scored *incidents, size_t n_incidents, size_t n_candidates, uint64_t seed,
                                 onus_metrics *ret_metrics, onus_error *error) {
  onus_metrics m = {.n = n_incidents, .n_candidates = n_candidates};
  m.top_1 = m.top_3 = m.top_10 = m.mrr = m.top_1_low = m.top_1_high = m.mrr_low = m.mrr_high = NAN;
  m.accuracy = m.brier = m.log_loss = m.ece = m.cllr = m.cllr_min = m.cllr_permuted = m.auc = NAN;
  for (size_t i = 0; i < n_incidents; i++)
    m.n_unknown += incidents[i].is_unknown;
  m.n_known = n_incidents - m.n_unknown;
  m.ece_expected = m.ece_expected_high = NAN;
  double *confidences = calloc(n_incidents + 1, sizeof *confidences);
  if (!confidences)
    return ONUS_FAIL_NO_MEMORY(error);
  if (n_incidents > 0) {
    compute_probabilities(incidents, n_incidents, confidences, &m);
    simulate_ece(confidences, n_incidents, seed, &m);
  }
  free(confidences);
  ONUS_TRY(compute_ranking(incidents, n_incidents, seed, &m, error));
  ONUS_TRY(compute_ratios(incidents, n_incidents, &m, error));
  ONUS_TRY(compute_permuted(incidents, n_incidents, &m, error));
  ONUS_TRY(compute_auc(incidents, n_incidents, &m, error));
  *ret_metrics = m;
  return ONUS_OK;
}
