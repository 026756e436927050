/* What it is worth that two programs share code: a likelihood ratio for "one source went into both" [K-13] to [K-15].
 *
 * The score is the expected share: the part of the query's rare code that is in the others, each function counting by
 * the probability of its match. Weights turn it into a ratio as those of the engines do [C-2]; tools/fit_origin.c fits
 * them, docs/CODE.md says how and how well they do. */
#ifndef ONUS_COMPARE_ORIGIN_H
#define ONUS_COMPARE_ORIGIN_H

#include "compare/model.h"

/* A logarithm of a likelihood ratio with its 5 % and 95 % quantile. */
typedef struct onus_ln_ratio {
  double ln_lr, ln_lr_low, ln_lr_high;
} onus_ln_ratio;

/* Of two programs that onus_match_programs has compared. */
extern const onus_weights ONUS_ORIGIN_PAIR_WEIGHTS;
/* Of a program with a family of a reference. */
extern const onus_weights ONUS_ORIGIN_REFERENCE_WEIGHTS;

/* [K-13] What the weights are for: the log-odds of the share, kept finite. */
double onus_origin_score(double expected_share);

/* [K-14], within [K-15]. */
onus_ln_ratio onus_origin_ratio(const onus_weights *weights, double expected_share);

#endif
