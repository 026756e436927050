#include "compare/origin.h"

#include <math.h>

static const double LEAST_SHARE = 1e-3; /* less than this cannot be told from nothing */

double onus_origin_score(double expected_share) {
  return log((expected_share + LEAST_SHARE) / (1 - expected_share + LEAST_SHARE));
}

onus_ln_ratio onus_origin_ratio(const onus_weights *weights, double expected_share) {
  const double score = onus_origin_score(expected_share);
  const onus_features features = {.n_candidates = 1, .ratio = &score};
  onus_ln_ratio ratio = {.ln_lr = onus_weights_ln_lr(weights, &features, 0)};
  onus_weights_ln_lr_range(weights, &features, 0, &ratio.ln_lr_low, &ratio.ln_lr_high);
  return ratio;
}
