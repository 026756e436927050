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

double onus_weights_log_odds(const double *choice, size_t n_choice, const double *unknown, size_t n_unknown,
                             const onus_features *features, size_t place) {
  /* The sum over all others, rescaled whenever a greater utility comes: 1 − P(c) would lose every digit near 1. */
  double own = 0, greatest = unknown[0] + dot(unknown + 1, features->unknown, n_unknown), sum = 1;
  for (size_t c = 0; c < features->n_candidates; c++) {
    double u = dot(choice, features->choice + c * n_choice, n_choice);
    if (c == place) {
      own = u;
    } else if (u > greatest) {
      sum = sum * exp(greatest - u) + 1;
      greatest = u;
    } else {
      sum += exp(u - greatest);
    }
  }
  return own - greatest - log(sum);
}

/* [C-2] with any weights of it. */
static double ln_lr_with(const onus_weights *weights, const double *ratio, double odds, const double *choice,
                         const double *unknown, const onus_features *features, size_t place) {
  double ln_lr = ratio[0] + dot(ratio + 1, features->ratio + place * weights->n_ratio, weights->n_ratio);
  if (odds != 0)
    ln_lr += odds * onus_weights_log_odds(choice, weights->n_choice, unknown, weights->n_unknown, features, place);
  return bounded(weights, ln_lr);
}

double onus_weights_ln_lr(const onus_weights *weights, const onus_features *features, size_t place) {
  return ln_lr_with(weights, weights->ratio, weights->odds, weights->choice, weights->unknown, features, place);
}

void onus_weights_ln_lr_range(const onus_weights *weights, const onus_features *features, size_t place, double *ret_low,
                              double *ret_high) {
  double value = onus_weights_ln_lr(weights, features, place), drawn[ONUS_BOOTSTRAPS];
  *ret_low = *ret_high = value;
  size_t n = weights->n_bootstraps;
  if (n == 0)
    return;
  for (size_t b = 0; b < n; b++)
    drawn[b] = ln_lr_with(weights, weights->bootstrap[b], weights->bootstrap_odds[b], weights->bootstrap_choice[b],
                          weights->bootstrap_unknown[b], features, place);
  *ret_low = fmin(value, onus_quantile(drawn, n, 0.05));
  *ret_high = fmax(value, onus_quantile(drawn, n, 0.95));
}
