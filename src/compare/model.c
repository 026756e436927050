#include "compare/model.h"

#include <math.h>

#include "base/quantile.h"

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++)
    sum += a[k] * b[k];
  return sum;
}

void onus_weights_choose(const onus_weights *weights, const onus_features *features, double *ret_p) {
  size_t n = features->n_candidates;
  double greatest = weights->unknown[0] + dot(weights->unknown + 1, features->unknown, weights->n_unknown), sum = 0;
  ret_p[n] = greatest;
  for (size_t c = 0; c < n; c++) {
    ret_p[c] = dot(weights->choice, features->choice + c * weights->n_choice, weights->n_choice);
    greatest = fmax(greatest, ret_p[c]);
  }
  for (size_t c = 0; c <= n; c++)
    sum += ret_p[c] = exp(ret_p[c] - greatest);
  for (size_t c = 0; c <= n; c++)
    ret_p[c] /= sum;
}

static double bounded(const onus_weights *weights, double ln_lr) {
  return fmin(fmax(ln_lr, weights->least_ln_lr), weights->greatest_ln_lr);
}

double onus_weights_ln_lr(const onus_weights *weights, const onus_features *features, size_t place) {
  const double *ratio = features->ratio + place * weights->n_ratio;
  return bounded(weights, weights->ratio[0] + dot(weights->ratio + 1, ratio, weights->n_ratio));
}

void onus_weights_ln_lr_range(const onus_weights *weights, const onus_features *features, size_t place, double *ret_low,
                              double *ret_high) {
  const double *ratio = features->ratio + place * weights->n_ratio;
  double value = onus_weights_ln_lr(weights, features, place), drawn[ONUS_BOOTSTRAPS];
  *ret_low = *ret_high = value;
  size_t n = weights->n_bootstraps;
  if (n == 0)
    return;
  for (size_t b = 0; b < n; b++)
    drawn[b] = bounded(weights, weights->bootstrap[b][0] + dot(weights->bootstrap[b] + 1, ratio, weights->n_ratio));
  *ret_low = fmin(value, onus_quantile(drawn, n, 0.05));
  *ret_high = fmax(value, onus_quantile(drawn, n, 0.95));
}
