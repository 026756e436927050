#include "compare/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

/* Four incidents, three candidates and UNKNOWN, by hand. */
static const double p[4][4] = {
    {0.6, 0.2, 0.1, 0.1},     /* 0 did it: first */
    {0.4, 0.15, 0.15, 0.3},   /* 1 did it: tied for the second place */
    {0.25, 0.25, 0.25, 0.25}, /* nobody of them */
    {0.0, 0.0, 0.0, 1.0},     /* somebody who is no candidate */
};
static const double ln_lr[4][3] = {{2, -1, -1}, {1, 0, 0}, {-1, -2, 1}, {0, 0, 0}};
static const uint32_t zero[] = {0}, one[] = {1};

static onus_metrics by_hand(void) {
  const onus_scored scored[4] = {{p[0], ln_lr[0], zero, 1, false, 0},
                                 {p[1], ln_lr[1], one, 1, false, 1},
                                 {p[2], ln_lr[2], NULL, 0, true, 2},
                                 {p[3], ln_lr[3], NULL, 0, false, 3}};
  onus_metrics m;
  onus_error error = {0};
  assert_int_equal(onus_metrics_compute(scored, 4, 3, 1, &m, &error), ONUS_OK);
  return m;
}

static void check(double value, double expected) {
  if (fabs(value - expected) > 1e-12)
    fail_msg("%.17g, not %.17g", value, expected);
}

static void test_ranking(void **state) {
  (void)state;
  onus_metrics m = by_hand();
  assert_int_equal(m.n, 4);
  assert_int_equal(m.n_known, 3);
  assert_int_equal(m.n_unknown, 1);
  /* incident 3: nobody has more than the 0 of its actor; three others have as much */
  check(m.top_1, (1 + 0 + 0.25) / 3);
  check(m.top_3, (1 + 1 + 0.75) / 3);
  check(m.top_10, (1 + 1 + 1) / 3.);
  check(m.mrr, (1 + (1. / 2 + 1. / 3) / 2 + (1 + 1. / 2 + 1. / 3 + 1. / 4) / 4) / 3);
  assert_true(m.top_1_low <= m.top_1 && m.top_1 <= m.top_1_high);
  assert_true(m.mrr_low < m.mrr && m.mrr < m.mrr_high);
}

static void test_probabilities(void **state) {
  (void)state;
  onus_metrics m = by_hand();
  check(m.accuracy, (1 + 0 + 0.25 + 0) / 4);
  check(m.brier,
        ((0.16 + 0.04 + 0.01 + 0.01) + (0.85 * 0.85 + 0.16 + 0.0225 + 0.09) + (0.75 * 0.75 + 3 * 0.0625) + (1 + 1)) /
            4);
  check(m.log_loss, -(log(0.6) + log(0.15) + log(0.25) + log(1e-6)) / 4);
  check(m.ece, (fabs(0.6 - 1) + fabs(0.4 - 0) + fabs(0.25 - 0.25) + fabs(1.0 - 0)) / 4);
  assert_int_equal(m.bins[2].n, 1);
  assert_int_equal(m.bins[4].n, 1);
  assert_int_equal(m.bins[6].n, 1);
  assert_int_equal(m.bins[9].n, 1);
  check(m.bins[9].mean_confidence, 1);
  check(m.bins[6].correct, 1);
}

/* One bin with n answers of probability ½: the mean distance of a binomial from its mean, n · E|X/n − ½|. */
static void test_ece_by_chance(void **state) {
  (void)state;
  enum { MANY = 400 };
  static const double half[3] = {0.5, 0.3, 0.2}, none[2];
  onus_scored scored[MANY];
  for (size_t i = 0; i < MANY; i++)
    scored[i] = (onus_scored){half, none, zero, i % 2, i % 2 == 0, (uint32_t)i};
  onus_metrics m;
  onus_error error = {0};
  assert_int_equal(onus_metrics_compute(scored, MANY, 2, 1, &m, &error), ONUS_OK);
  check(m.ece, 0);
  assert_true(fabs(m.ece_expected - sqrt(2 / M_PI) * 0.5 / sqrt(MANY)) < 0.002);
  assert_true(fabs(m.ece_expected_high - 1.96 * 0.5 / sqrt(MANY)) < 0.004);
}

static void test_ratios(void **state) {
  (void)state;
  onus_metrics m = by_hand();
  double same = log2(1 + exp(-2)) + log2(1 + exp(0));
  double different = 3 * log2(1 + exp(-1)) + 2 * log2(1 + exp(1)) + 4 * log2(1 + exp(0)) + log2(1 + exp(-2));
  check(m.cllr, 0.5 * (same / 2 + different / 10));
  /* Ascending: −2 (d), −1 (3 d), 0 (s, 4 d), 1 (2 d), 2 (s): the two of 1 are pooled with those of 0. */
  double s = 0.5, d = 0.6;
  check(m.cllr_min, 0.5 * s * log2((s + d) / s) + 0.5 * d * log2((s + d) / d));
  /* Permuted, same and different pairs of each ratio. Actor 0 lends 1, −1 and 0, actor 1 −1, −2 and 0, each once and
   * twice; actor 2, who did nothing, −1, 0, 1 and 0, each three times among the different ones. Ascending: 1 and 2, 2
   * and 7, 2 and 10, 1 and 5: shares fall, all is pooled. */
  check(m.cllr_permuted, 1);
  /* 1 − P(UNKNOWN): 0.9, 0.7 and 0 against 0.75 */
  check(m.auc, 1. / 3);
}

/* A ratio that knows how often somebody did it, and nothing else. */
static void test_a_prior_shows(void **state) {
  (void)state;
  static const double even[3] = {0.4, 0.4, 0.2}, prior[2] = {1, -1};
  onus_scored scored[4];
  onus_metrics m;
  onus_error error = {0};
  for (uint32_t i = 0; i < 4; i++)
    scored[i] = (onus_scored){even, prior, i < 3 ? zero : one, 1, false, i};
  assert_int_equal(onus_metrics_compute(scored, 4, 2, 1, &m, &error), ONUS_OK);
  /* Actor 0 lends the ratio of the last incident, to three same pairs; actor 1 those of the first three, each to one
   * same pair and two different ones. */
  check(m.cllr_permuted, 0.5 * 0.5 * log2(1.5 / 0.5) + 0.5 * 1 * log2(1.5 / 1));
}

static void test_what_cannot_be_said(void **state) {
  (void)state;
  const onus_scored unknown = {p[2], ln_lr[2], NULL, 0, true, 0};
  onus_metrics m;
  onus_error error = {0};
  assert_int_equal(onus_metrics_compute(&unknown, 1, 3, 1, &m, &error), ONUS_OK);
  assert_true(isnan(m.top_1) && isnan(m.mrr) && isnan(m.cllr) && isnan(m.cllr_min) && isnan(m.auc));
  check(m.accuracy, 0.25);
  assert_int_equal(onus_metrics_compute(NULL, 0, 0, 1, &m, &error), ONUS_OK);
  assert_true(isnan(m.brier) && isnan(m.ece));
}

/* On random data with many ties: Cllr_min against a search for the best monotone recalibration that knows nothing of
 * pooling (the greatest convex minorant, by slopes), and AUC against all pairs. */
enum { N = 40, C = 6 };

static double draw(uint64_t stream, uint64_t counter, uint64_t kinds) {
  return (double)(onus_random_bits(3, stream, counter) % kinds);
}

/* Blocks of the lower convex hull of the points (different so far, same so far), both as shares. */
static double hull_cllr(const double *same, size_t n_same, const double *different, size_t n_different) {
  double at_d = 0, at_s = 0, sum = 0;
  size_t d = 0, s = 0;
  while (d < n_different || s < n_same) {
    double best = INFINITY, to_d = 0, to_s = 0;
    size_t next_d = d, next_s = s;
    /* every threshold further on: the least slope, the furthest of equal ones */
    for (size_t i = 0; i < n_same + n_different; i++) {
      double threshold = i < n_same ? same[i] : different[i - n_same];
      size_t upto_d = 0, upto_s = 0;
      while (upto_d < n_different && different[upto_d] <= threshold)
        upto_d++;
      while (upto_s < n_same && same[upto_s] <= threshold)
        upto_s++;
      if (upto_d + upto_s <= d + s)
        continue;
      double x = (double)upto_d / (double)n_different, y = (double)upto_s / (double)n_same;
      double slope = atan2(y - at_s, x - at_d);
      if (slope < best - 1e-12 || (slope < best + 1e-12 && upto_d + upto_s > next_d + next_s)) {
        best = slope;
        next_d = upto_d;
        next_s = upto_s;
        to_d = x;
        to_s = y;
      }
    }
    double share_d = to_d - at_d, share_s = to_s - at_s;
    if (next_s > s)
      sum += 0.5 * share_s * log2((share_s + share_d) / share_s);
    if (next_d > d)
      sum += 0.5 * share_d * log2((share_s + share_d) / share_d);
    d = next_d;
    s = next_s;
    at_d = to_d;
    at_s = to_s;
  }
  return sum;
}

static void test_random_data(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 40; seed++) {
    double probability[N][C + 1], ratio[N][C];
    uint32_t right[N];
    onus_scored scored[N];
    for (size_t i = 0; i < N; i++) {
      double sum = 0;
      for (size_t c = 0; c <= C; c++)
        sum += probability[i][c] = 1 + draw(seed, 100 * i + c, 4);
      for (size_t c = 0; c <= C; c++)
        probability[i][c] /= sum;
      right[i] = (uint32_t)draw(seed, 100 * i + 50, C + 1);
      for (size_t c = 0; c < C; c++)
        ratio[i][c] =
            draw(seed, 100 * i + 60 + c, seed < 20 ? 5 : 1000000) / (seed < 20 ? 1 : 2e5) + (c == right[i] ? 1 : 0) - 3;
      scored[i] = (onus_scored){probability[i], ratio[i], &right[i], right[i] < C, right[i] == C, right[i]};
    }
    onus_metrics m;
    onus_error error = {0};
    assert_int_equal(onus_metrics_compute(scored, N, C, 1, &m, &error), ONUS_OK);
    double *same, *different, wins = 0, pairs = 0;
    size_t n_same, n_different;
    assert_int_equal(onus_metrics_pairs(scored, N, C, &same, &n_same, &different, &n_different, &error), ONUS_OK);
    assert_int_equal(n_same + n_different, N * C);
    if (fabs(m.cllr_min - hull_cllr(same, n_same, different, n_different)) > 1e-9)
      fail_msg("seed %d: %.17g, not %.17g", (int)seed, m.cllr_min, hull_cllr(same, n_same, different, n_different));
    assert_true(m.cllr_min <= m.cllr && m.cllr_min <= 1);
    free(same);
    free(different);
    for (size_t i = 0; i < N; i++)
      for (size_t j = 0; j < N; j++)
        if (!scored[i].is_unknown && scored[j].is_unknown) {
          double known = 1 - probability[i][C], unknown = 1 - probability[j][C];
          wins += known > unknown ? 1 : known == unknown ? 0.5 : 0;
          pairs++;
        }
    check(m.auc, wins / pairs);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ranking),       cmocka_unit_test(test_probabilities),
      cmocka_unit_test(test_ece_by_chance), cmocka_unit_test(test_ratios),
      cmocka_unit_test(test_a_prior_shows), cmocka_unit_test(test_what_cannot_be_said),
      cmocka_unit_test(test_random_data),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
