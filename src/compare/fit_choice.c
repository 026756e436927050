/* [C-1]: a conditional logit. Each incident is one choice among its candidates and UNKNOWN; the loss is the negative
 * log probability of the right one (the mean over the right ones where several are). */
#include "compare/fit_internal.h"

#include <math.h>
#include <stdlib.h>

#include "compare/newton.h"

/* Parameters: w, then b, then v, for features divided by `scale`, those of UNKNOWN also less `mean`. */
typedef struct choice_fit {
  const onus_fit_set *set;
  const uint32_t *times; /* how often each group counts; NULL: once */
  size_t n_choice, n_unknown, n;
  double scale[ONUS_NEWTON_MAX], mean[ONUS_FEATURES_MAX], ridge[ONUS_NEWTON_MAX];
  double *p; /* room for the candidates of one incident and UNKNOWN */
} choice_fit;

static void moments_of_choice(choice_fit *fit, size_t k) {
  double n = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_features *f = &onus_fit_at(fit->set, i)->features;
    for (size_t c = 0; c < f->n_candidates; c++)
      sum += f->choice[c * fit->n_choice + k];
    n += (double)f->n_candidates;
  }
  double mean = sum / n;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_features *f = &onus_fit_at(fit->set, i)->features;
    for (size_t c = 0; c < f->n_candidates; c++) {
      double off = f->choice[c * fit->n_choice + k] - mean;
      squares += off * off;
    }
  }
  fit->scale[k] = onus_fit_scale(sqrt(squares / n), mean);
}

static void moments_of_unknown(choice_fit *fit, size_t k) {
  double n = (double)fit->set->n_chosen, sum = 0, squares = 0;
  for (size_t i = 0; i < fit->set->n_chosen; i++)
    sum += onus_fit_at(fit->set, i)->features.unknown[k];
  fit->mean[k] = sum / n;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    double off = onus_fit_at(fit->set, i)->features.unknown[k] - fit->mean[k];
    squares += off * off;
  }
  fit->scale[fit->n_choice + 1 + k] = onus_fit_scale(sqrt(squares / n), fit->mean[k]);
}

/* Utilities into fit->p, then probabilities; gives −ln P of the right ones. */
static double probabilities(const choice_fit *fit, const onus_fit_incident *incident, const double *w, double unknown) {
  const onus_features *f = &incident->features;
  size_t n = f->n_candidates;
  double greatest = unknown, right = 0, sum = 0;
  for (size_t c = 0; c < n; c++) {
    const double *x = f->choice + c * fit->n_choice;
    double u = 0;
    for (size_t k = 0; k < fit->n_choice; k++)
      u += w[k] * x[k];
    fit->p[c] = u;
    greatest = u > greatest ? u : greatest;
  }
  fit->p[n] = unknown;
  for (size_t k = 0; k < incident->n_right; k++)
    right += fit->p[incident->right[k]] / (double)incident->n_right;
  if (incident->n_right == 0)
    right = unknown;
  for (size_t c = 0; c <= n; c++)
    sum += fit->p[c] = exp(fit->p[c] - greatest);
  for (size_t c = 0; c <= n; c++)
    fit->p[c] /= sum;
  return greatest + log(sum) - right;
}

/* Below this probability a candidate does not count in the second derivatives: the steps change a little, where they
 * end does not. */
static const double HESSIAN_FROM = 1e-7;

/* Adds one incident's gradient and Hessian with respect to the raw features; z are UNKNOWN's, 1 first. It counts
 * `times` times. */
static void add_derivatives(const choice_fit *fit, const onus_fit_incident *incident, double times, const double *z,
                            double *gradient, double *hessian) {
  const onus_features *f = &incident->features;
  size_t n = f->n_candidates, nc = fit->n_choice, size = fit->n;
  double mean[ONUS_NEWTON_MAX] = {0};
  for (size_t c = 0; c < n; c++) {
    const double *x = f->choice + c * nc;
    double p = fit->p[c];
    for (size_t k = 0; k < nc; k++)
      mean[k] += p * x[k];
    if (p < HESSIAN_FROM)
      continue;
    for (size_t k = 0; k < nc; k++)
      for (size_t l = k; l < nc; l++)
        hessian[k * size + l] += times * p * x[k] * x[l];
  }
  double p0 = fit->p[n], is_unknown = incident->n_right == 0 ? 1 : 0;
  for (size_t k = nc; k < size; k++) {
    mean[k] = p0 * z[k - nc];
    for (size_t l = k; l < size; l++)
      hessian[k * size + l] += times * p0 * z[k - nc] * z[l - nc];
  }
  for (size_t k = 0; k < size; k++) {
    gradient[k] += times * mean[k];
    for (size_t l = k; l < size; l++)
      hessian[k * size + l] -= times * mean[k] * mean[l];
  }
  for (size_t r = 0; r < incident->n_right; r++)
    for (size_t k = 0; k < nc; k++)
      gradient[k] -= times * f->choice[incident->right[r] * nc + k] / (double)incident->n_right;
  for (size_t k = nc; k < size; k++)
    gradient[k] -= times * is_unknown * z[k - nc];
}

static double choice_value(void *context, const double *at, double *gradient, double *hessian) {
  const choice_fit *fit = context;
  size_t nc = fit->n_choice, size = fit->n;
  double value = 0, w[ONUS_FEATURES_MAX], z[ONUS_FEATURES_MAX + 1] = {1};
  for (size_t k = 0; k < nc; k++)
    w[k] = at[k] / fit->scale[k];
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(fit->set, i);
    double unknown = at[nc], times = fit->times ? fit->times[incident->group] : 1;
    if (times == 0)
      continue;
    for (size_t k = 0; k < fit->n_unknown; k++) {
      z[k + 1] = (incident->features.unknown[k] - fit->mean[k]) / fit->scale[nc + 1 + k];
      unknown += at[nc + 1 + k] * z[k + 1];
    }
    value += times * probabilities(fit, incident, w, unknown);
    if (gradient)
      add_derivatives(fit, incident, times, z, gradient, hessian);
  }
  for (size_t k = 0; k < size; k++)
    value += 0.5 * fit->ridge[k] * at[k] * at[k];
  if (!gradient)
    return value;
  /* the raw features of candidates become scaled ones here; those of UNKNOWN were */
  for (size_t k = 0; k < size; k++) {
    double scale = k < nc ? fit->scale[k] : 1;
    gradient[k] = gradient[k] / scale + fit->ridge[k] * at[k];
    for (size_t l = k; l < size; l++)
      hessian[k * size + l] /= scale * (l < nc ? fit->scale[l] : 1);
    hessian[k * size + k] += fit->ridge[k];
  }
  return value;
}

static onus_status begin(const onus_fit_set *set, const uint32_t *times, choice_fit *fit, onus_error *error) {
  const onus_fit_settings *settings = set->settings;
  *fit = (choice_fit){.set = set, .times = times, .n_choice = set->names->n_choice, .n_unknown = set->names->n_unknown};
  fit->n = fit->n_choice + 1 + fit->n_unknown;
  for (size_t k = 0; k < fit->n; k++) {
    double factor = k < fit->n_choice && settings->choice_ridge_factors ? settings->choice_ridge_factors[k] : 1;
    fit->scale[k] = 1;
    fit->ridge[k] = k < fit->n_choice    ? settings->choice_ridge * factor
                    : k == fit->n_choice ? settings->constant_ridge
                                         : settings->unknown_ridge;
  }
  for (size_t k = 0; k < fit->n_choice; k++)
    moments_of_choice(fit, k);
  for (size_t k = 0; k < fit->n_unknown; k++)
    moments_of_unknown(fit, k);
  fit->p = malloc((onus_fit_candidates(set) + 1) * sizeof *fit->p);
  return fit->p ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

onus_status onus_fit_choice(const onus_fit_set *set, const uint32_t *times, onus_weights *weights, onus_error *error) {
  choice_fit fit;
  ONUS_TRY(begin(set, times, &fit, error));
  double at[ONUS_NEWTON_MAX] = {0};
  onus_status status = onus_newton(choice_value, &fit, fit.n, at, error);
  free(fit.p);
  if (status != ONUS_OK)
    return status;
  for (size_t k = 0; k < fit.n_choice; k++)
    weights->choice[k] = at[k] / fit.scale[k];
  weights->unknown[0] = at[fit.n_choice];
  for (size_t k = 0; k < fit.n_unknown; k++) {
    weights->unknown[k + 1] = at[fit.n_choice + 1 + k] / fit.scale[fit.n_choice + 1 + k];
    weights->unknown[0] -= weights->unknown[k + 1] * fit.mean[k];
  }
  return ONUS_OK;
}

double onus_fit_choice_loss(const onus_fit_incident *incident, const onus_weights *weights, double factor,
                            double *slope, double *curvature) {
  const onus_features *f = &incident->features;
  double unknown = weights->unknown[0], right = 0;
  for (size_t k = 0; k < weights->n_unknown; k++)
    unknown += weights->unknown[k + 1] * f->unknown[k];
  /* Sums of exp(factor (u − greatest)) so far, of it times u and times u²; rescaled whenever a greater u comes. */
  double greatest = unknown, sum = 1, first = unknown, second = unknown * unknown;
  for (size_t c = 0; c < f->n_candidates; c++) {
    double u = 0;
    for (size_t k = 0; k < weights->n_choice; k++)
      u += weights->choice[k] * f->choice[c * weights->n_choice + k];
    double shrink = factor * u > factor * greatest ? exp(factor * (greatest - u)) : 1;
    greatest = factor * u > factor * greatest ? u : greatest;
    double share = exp(factor * (u - greatest));
    sum = sum * shrink + share;
    first = first * shrink + share * u;
    second = second * shrink + share * u * u;
    if (onus_fit_is_right(incident, c))
      right += u / (double)incident->n_right;
  }
  if (incident->n_right == 0)
    right = unknown;
  double mean = first / sum;
  *slope += mean - right;
  *curvature += second / sum - mean * mean;
  return factor * greatest + log(sum) - factor * right;
}
