/* How good rankings and likelihood ratios were, once it is known who did it. docs/CALIBRATION.md has the formulas. */
#ifndef ONUS_COMPARE_METRICS_H
#define ONUS_COMPARE_METRICS_H

#include "base/error.h"

#define ONUS_METRICS_BINS 10

/* What was said about one incident, and the truth. Candidates are the same for all incidents: whoever was one in any of
 * them; one that was none has probability 0 and ln LR 0. */
typedef struct onus_scored {
  const double *p;       /* [n_candidates + 1], UNKNOWN last */
  const double *ln_lr;   /* [n_candidates] */
  const uint32_t *right; /* [n_right]: candidates that are right */
  size_t n_right;
  bool is_unknown; /* nobody of the reference did it; else n_right 0: somebody who is no candidate */
  uint32_t group;  /* who did it, for the bootstrap */
} onus_scored;

typedef struct onus_metrics_bin {
  size_t n;                        /* incidents whose greatest probability lies in it */
  double mean_confidence, correct; /* the mean of that probability; the share of them that were right */
} onus_metrics_bin;

/* What cannot be computed is NAN. */
typedef struct onus_metrics {
  size_t n, n_known, n_unknown, n_candidates; /* incidents, whose actor is in the reference, is not */
  double top_1, top_3, top_10, mrr;           /* known ones, UNKNOWN left out; ties by expectation */
  double top_1_low, top_1_high;               /* 2.5 % and 97.5 % quantile over resampled groups */
  double mrr_low, mrr_high;                   /* likewise */
  double accuracy, brier, log_loss, ece;      /* all incidents, UNKNOWN among the candidates */
  double cllr, cllr_min;                      /* all pairs of incident and candidate */
  double cllr_permuted;                       /* best recalibration, incidents permuted among actors: 1 when a ratio
                                                 knows an actor by what was found alone */
  double auc;                                 /* known against unknown by 1 − P(UNKNOWN) */
  double ece_expected, ece_expected_high;     /* mean and 95 % quantile that a perfectly calibrated system with the same
                                                 probabilities would have here, by chance alone */
  onus_metrics_bin bins[ONUS_METRICS_BINS];   /* of `ece` */
} onus_metrics;

#define ONUS_METRICS_BOOTSTRAPS 1000

ONUS_MUST_CHECK onus_status onus_metrics_compute(const onus_scored *incidents, size_t n_incidents, size_t n_candidates,
                                                 uint64_t seed, onus_metrics *ret_metrics, onus_error *error);

/* The ln LR of all pairs, ascending: of the same actor and of different ones. Free both with free(). */
ONUS_MUST_CHECK onus_status onus_metrics_pairs(const onus_scored *incidents, size_t n_incidents, size_t n_candidates,
                                               double **ret_same, size_t *ret_n_same, double **ret_different,
                                               size_t *ret_n_different, onus_error *error);

#endif
