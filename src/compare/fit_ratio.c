/* [C-2]: a logistic regression over pairs of an incident and a candidate, in which the pairs of the same actor and
 * those of different actors weigh the same in all. Its log-odds are then a log likelihood ratio: the one that costs
 * least (Cllr) when both are as probable.
 *
 * The bootstrap draws actors with replacement; an actor that is drawn m times counts m times as the one who did it and
 * m times as a candidate, for pairs that share an actor are not independent. Where the ratio takes the odds of the
 * choice, each draw has a choice of its own, in which the incidents of an actor count as often.
 */
#include "compare/fit_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "compare/bounds.h"
#include "compare/newton.h"

/* Features of a pair: those of the engine and, last, the odds of the choice where the ratio takes them. */
#define PAIR_MAX (ONUS_FEATURES_MAX + 1)

/* Parameters: the constant a, then g and s, for features divided by `scale`. */
typedef struct ratio_fit {
  const onus_fit_set *set;
  size_t n_ratio, n; /* features of the engine, of a pair */
  double *odds;      /* of each chosen incident and candidate, one after the other; NULL unless they are taken */
  double scale[PAIR_MAX], ridge[PAIR_MAX + 1];
  const uint32_t *times; /* how often each group counts; NULL: once */
  double same_weight, different_weight;
} ratio_fit;

/* How often the pair of an incident and a candidate counts. */
static double times_of(const ratio_fit *fit, const onus_fit_incident *incident, size_t place, bool is_same) {
  if (!fit->times)
    return 1;
  uint32_t times = fit->times[incident->group];
  return is_same ? times : (double)times * fit->times[incident->features.actor[place]];
}

static size_t count_pairs(const onus_fit_set *set) {
  size_t n = 0;
  for (size_t i = 0; i < set->n_chosen; i++)
    n += onus_fit_at(set, i)->features.n_candidates;
  return n;
}

static void find_odds(ratio_fit *fit, const onus_weights *weights) {
  double *out = fit->odds;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_features *f = &onus_fit_at(fit->set, i)->features;
    for (size_t c = 0; c < f->n_candidates; c++)
      *out++ = onus_weights_log_odds(weights->choice, weights->n_choice, weights->unknown, weights->n_unknown, f, c);
  }
}

/* Feature k of candidate c; the pairs of incidents before this one are `before`. */
static double feature(const ratio_fit *fit, const onus_features *f, size_t before, size_t c, size_t k) {
  return k < fit->n_ratio ? f->ratio[c * fit->n_ratio + k] : fit->odds[before + c];
}

static void moments_of_ratio(ratio_fit *fit, size_t k) {
  double sum = 0, squares = 0;
  size_t n = 0;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_features *f = &onus_fit_at(fit->set, i)->features;
    for (size_t c = 0; c < f->n_candidates; c++)
      sum += feature(fit, f, n, c, k);
    n += f->n_candidates;
  }
  double mean = sum / (double)n;
  n = 0;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_features *f = &onus_fit_at(fit->set, i)->features;
    for (size_t c = 0; c < f->n_candidates; c++) {
      double off = feature(fit, f, n, c, k) - mean;
      squares += off * off;
    }
    n += f->n_candidates;
  }
  fit->scale[k] = onus_fit_scale(sqrt(squares / (double)n), mean);
}

/* Weight of one pair of either class: same ones 1 each, different ones as much in all. False when a class is empty. */
static bool balance(ratio_fit *fit) {
  double same = 0, different = 0;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(fit->set, i);
    for (size_t c = 0; c < incident->features.n_candidates; c++) {
      bool is_same = onus_fit_is_right(incident, c);
      *(is_same ? &same : &different) += times_of(fit, incident, c, is_same);
    }
  }
  if (!(same > 0) || !(different > 0))
    return false;
  fit->same_weight = 1;
  fit->different_weight = same / different;
  return true;
}

/* ln(1 + e^x) */
static double softplus(double x) {
  return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* What a pair must weigh to count in the second derivatives (see HESSIAN_FROM of the choice). */
static const double HESSIAN_FROM = 1e-10;

static double ratio_value(void *context, const double *at, double *gradient, double *hessian) {
  const ratio_fit *fit = context;
  size_t n = fit->n, size = n + 1, before = 0;
  double value = 0, g[PAIR_MAX], y[PAIR_MAX];
  for (size_t k = 0; k < n; k++)
    g[k] = at[k + 1] / fit->scale[k];
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(fit->set, i);
    size_t n_candidates = incident->features.n_candidates;
    for (size_t c = 0; c < n_candidates; c++) {
      bool is_same = onus_fit_is_right(incident, c);
      double weight = times_of(fit, incident, c, is_same) * (is_same ? fit->same_weight : fit->different_weight);
      if (!(weight > 0))
        continue;
      double ln_lr = at[0];
      for (size_t k = 0; k < n; k++) {
        y[k] = feature(fit, &incident->features, before, c, k);
        ln_lr += g[k] * y[k];
      }
      value += weight * softplus(is_same ? -ln_lr : ln_lr);
      if (!gradient)
        continue;
      double p = 1 / (1 + exp(-ln_lr)), slope = weight * (p - (is_same ? 1 : 0)), curvature = weight * p * (1 - p);
      gradient[0] += slope;
      for (size_t k = 0; k < n; k++)
        gradient[k + 1] += slope * y[k];
      if (curvature < HESSIAN_FROM)
        continue;
      hessian[0] += curvature;
      for (size_t k = 0; k < n; k++) {
        double curved = curvature * y[k];
        hessian[k + 1] += curved;
        for (size_t l = k; l < n; l++)
          hessian[(k + 1) * size + l + 1] += curved * y[l];
      }
    }
    before += n_candidates;
  }
  for (size_t k = 0; k < size; k++)
    value += 0.5 * fit->ridge[k] * at[k] * at[k];
  if (!gradient)
    return value;
  for (size_t k = 0; k < size; k++) {
    double scale = k > 0 ? fit->scale[k - 1] : 1;
    gradient[k] = gradient[k] / scale + fit->ridge[k] * at[k];
    for (size_t l = k; l < size; l++)
      hessian[k * size + l] /= scale * (l > 0 ? fit->scale[l - 1] : 1);
    hessian[k * size + k] += fit->ridge[k];
  }
  return value;
}

/* --- the bootstrap ----------------------------------------------------------------------------------------------- */

/* Groups that did something or are candidates, ascending; *ret_groups is one more than the greatest. */
static onus_status groups_of(const onus_fit_set *set, uint32_t **ret_list, size_t *ret_n, size_t *ret_groups,
                             onus_error *error) {
  size_t groups = 0;
  for (size_t i = 0; i < set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(set, i);
    size_t n = incident->features.n_candidates;
    groups = incident->group >= groups ? (size_t)incident->group + 1 : groups;
    if (n > 0 && incident->features.actor[n - 1] >= groups)
      groups = (size_t)incident->features.actor[n - 1] + 1;
  }
  uint32_t *list = calloc(groups, sizeof *list);
  if (!list)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(set, i);
    list[incident->group] = 1;
    for (size_t c = 0; c < incident->features.n_candidates; c++)
      list[incident->features.actor[c]] = 1;
  }
  size_t n = 0;
  for (size_t group = 0; group < groups; group++)
    if (list[group])
      list[n++] = (uint32_t)group;
  *ret_list = list;
  *ret_n = n;
  *ret_groups = groups;
  return ONUS_OK;
}

static void draw(const uint32_t *list, size_t n, size_t groups, uint64_t seed, uint64_t stream, uint32_t *times) {
  memset(times, 0, groups * sizeof *times);
  for (size_t k = 0; k < n; k++)
    times[list[onus_random_bits(seed, stream, k) % n]]++;
}

static void take(const ratio_fit *fit, const double *at, double *ratio, double *odds) {
  ratio[0] = at[0];
  for (size_t k = 0; k < fit->n_ratio; k++)
    ratio[k + 1] = at[k + 1] / fit->scale[k];
  if (fit->odds)
    *odds = at[fit->n] / fit->scale[fit->n_ratio];
}

/* The weights of one draw into the next row of the bootstrap; `at` is where to begin. */
static onus_status fit_draw(ratio_fit *fit, const double *at, onus_weights *weights, onus_error *error) {
  double drawn[ONUS_NEWTON_MAX];
  size_t b = weights->n_bootstraps;
  memcpy(drawn, at, (fit->n + 1) * sizeof *drawn);
  if (fit->odds) {
    onus_weights *choice = calloc(1, sizeof *choice);
    if (!choice)
      return ONUS_FAIL_NO_MEMORY(error);
    choice->n_choice = weights->n_choice;
    choice->n_unknown = weights->n_unknown;
    onus_status status = onus_fit_choice(fit->set, fit->times, choice, error);
    if (status == ONUS_OK) {
      find_odds(fit, choice);
      memcpy(weights->bootstrap_choice[b], choice->choice, sizeof choice->choice);
      memcpy(weights->bootstrap_unknown[b], choice->unknown, sizeof choice->unknown);
    }
    free(choice);
    ONUS_TRY(status);
  }
  ONUS_TRY(onus_newton(ratio_value, fit, fit->n + 1, drawn, error));
  take(fit, drawn, weights->bootstrap[b], &weights->bootstrap_odds[b]);
  weights->n_bootstraps++;
  return ONUS_OK;
}

/* Draws without a pair of either class are left out. */
static onus_status bootstrap(ratio_fit *fit, const double *at, unsigned n_bootstraps, uint64_t seed,
                             onus_weights *weights, onus_error *error) {
  uint32_t *list = NULL;
  size_t n, groups;
  ONUS_TRY(groups_of(fit->set, &list, &n, &groups, error));
  uint32_t *times = calloc(groups, sizeof *times);
  onus_status status = times ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  fit->times = times;
  for (unsigned b = 0; status == ONUS_OK && b < n_bootstraps && b < ONUS_BOOTSTRAPS; b++) {
    draw(list, n, groups, seed, b, times);
    if (balance(fit))
      status = fit_draw(fit, at, weights, error);
  }
  fit->times = NULL;
  free(times);
  free(list);
  return status;
}

/* [C-3] */
static onus_status bound(const onus_fit_set *set, onus_weights *weights, onus_error *error) {
  size_t n = 0;
  onus_pair *pairs = calloc(count_pairs(set) + 1, sizeof *pairs);
  if (!pairs)
    return ONUS_FAIL_NO_MEMORY(error);
  weights->least_ln_lr = -INFINITY;
  weights->greatest_ln_lr = INFINITY;
  for (size_t i = 0; i < set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(set, i);
    for (size_t c = 0; c < incident->features.n_candidates; c++)
      pairs[n++] = (onus_pair){onus_weights_ln_lr(weights, &incident->features, c), onus_fit_is_right(incident, c)};
  }
  onus_bounds(pairs, n, &weights->least_ln_lr, &weights->greatest_ln_lr);
  free(pairs);
  return ONUS_OK;
}

/* All but the bounds. */
static onus_status fit_pairs(ratio_fit *fit, unsigned n_bootstraps, uint64_t seed, onus_weights *weights,
                             onus_error *error) {
  const onus_fit_settings *settings = fit->set->settings;
  double at[ONUS_NEWTON_MAX] = {0};
  for (size_t k = 0; k < fit->n; k++) {
    bool has_factor = settings->ratio_ridge_factors && k < fit->n_ratio;
    moments_of_ratio(fit, k);
    fit->ridge[k + 1] = settings->ratio_ridge * (has_factor ? settings->ratio_ridge_factors[k] : 1);
  }
  balance(fit); /* there are pairs of both classes: fit.c */
  ONUS_TRY(onus_newton(ratio_value, fit, fit->n + 1, at, error));
  take(fit, at, weights->ratio, &weights->odds);
  return bootstrap(fit, at, n_bootstraps, seed, weights, error);
}

onus_status onus_fit_ratio(const onus_fit_set *set, unsigned n_bootstraps, uint64_t seed, onus_weights *weights,
                           onus_error *error) {
  ratio_fit fit = {.set = set, .n_ratio = set->names->n_ratio, .n = set->names->n_ratio};
  if (set->names->has_odds) {
    fit.n++;
    fit.odds = calloc(count_pairs(set) + 1, sizeof *fit.odds);
    if (!fit.odds)
      return ONUS_FAIL_NO_MEMORY(error);
    find_odds(&fit, weights);
  }
  onus_status status = fit_pairs(&fit, n_bootstraps, seed, weights, error);
  free(fit.odds);
  return status == ONUS_OK ? bound(set, weights, error) : status;
}
