/* [C-2], in two steps, so that the ratio is evidence alone.
 *
 *     direction      a logistic regression over pairs of an incident and a candidate. For each candidate the pairs with
 *                    its own incidents weigh as much in all as those with others': how often somebody did it cannot
 *                    help to tell the two apart, only what was found can. A candidate with n incidents counts √n
 *     recalibration  a constant and a slope over the pairs of all candidates, those of the same actor weighing as much
 *                    in all as those of different ones: the log-odds are then the log likelihood ratio that costs least
 *                    (Cllr). One rising line for all candidates knows none of them
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
  double *odds;      /* of each pair, one after the other: that of the choice, where it is taken; NULL */
  double scale[PAIR_MAX], ridge[PAIR_MAX + 1];
  const uint32_t *times; /* how often each group counts; NULL: once */
  double *weight;        /* of each pair */
  double *of_actor;      /* room for 3 numbers of each group */
  size_t n_groups;
} ratio_fit;

/* The recalibration's: what keeps the slope finite where both classes lie apart. */
static const double RECALIBRATION_RIDGE = 1;

static double times_of(const ratio_fit *fit, uint32_t group) {
  return fit->times ? fit->times[group] : 1;
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

/* Weights of the direction: of candidate c, drawn m times, with n incidents of its own, m √n of the pairs of either
 * class, shared out as often as their incidents count. In all they are as many as there are pairs of the same actor,
 * for the ridge's sake. False when no candidate has pairs of both classes. */
static bool weigh_by_actor(ratio_fit *fit) {
  double *same = fit->of_actor, *different = same + fit->n_groups, *n_own = different + fit->n_groups;
  double n_same = 0, sum = 0;
  size_t pair = 0;
  memset(fit->of_actor, 0, 3 * fit->n_groups * sizeof *fit->of_actor);
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(fit->set, i);
    double times = times_of(fit, incident->group);
    for (size_t c = 0; c < incident->features.n_candidates; c++) {
      uint32_t actor = incident->features.actor[c];
      bool is_same = onus_fit_is_right(incident, c);
      (is_same ? same : different)[actor] += times;
      n_own[actor] += is_same;
      n_same += is_same ? times : 0;
    }
  }
  for (size_t a = 0; a < fit->n_groups; a++) {
    double total = same[a] > 0 && different[a] > 0 ? times_of(fit, (uint32_t)a) * sqrt(n_own[a]) : 0;
    same[a] = total > 0 ? total / same[a] : 0;
    different[a] = total > 0 ? total / different[a] : 0;
    sum += total;
  }
  if (!(sum > 0))
    return false;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(fit->set, i);
    double times = times_of(fit, incident->group) * n_same / sum;
    for (size_t c = 0; c < incident->features.n_candidates; c++)
      fit->weight[pair++] = times * (onus_fit_is_right(incident, c) ? same : different)[incident->features.actor[c]];
  }
  return true;
}

/* Weights of the recalibration: a pair of the same actor as often as its incident counts, one of different ones as
 * often as both do; these weigh as much in all as those. There are pairs of both classes. */
static void weigh_by_class(ratio_fit *fit) {
  double sum[2] = {0, 0};
  for (int pass = 0; pass < 2; pass++) {
    size_t pair = 0;
    for (size_t i = 0; i < fit->set->n_chosen; i++) {
      const onus_fit_incident *incident = onus_fit_at(fit->set, i);
      for (size_t c = 0; c < incident->features.n_candidates; c++, pair++) {
        bool is_same = onus_fit_is_right(incident, c);
        double times = times_of(fit, incident->group) * (is_same ? 1 : times_of(fit, incident->features.actor[c]));
        if (pass == 0)
          sum[is_same] += times;
        else
          fit->weight[pair] = is_same ? times : times * sum[true] / sum[false];
      }
    }
  }
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
      double weight = fit->weight[before + c];
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

/* --- the two steps ------------------------------------------------------------------------------------------------ */

static void take(const ratio_fit *fit, const double *at, double *ratio, double *odds) {
  ratio[0] = at[0];
  for (size_t k = 0; k < fit->n_ratio; k++)
    ratio[k + 1] = at[k + 1] / fit->scale[k];
  if (fit->odds)
    *odds = at[fit->n] / fit->scale[fit->n_ratio];
}

/* ln LR of every pair by the weights of the direction. */
static void find_scores(const ratio_fit *fit, const double *ratio, double odds, double *ret_scores) {
  size_t pair = 0;
  for (size_t i = 0; i < fit->set->n_chosen; i++) {
    const onus_features *f = &onus_fit_at(fit->set, i)->features;
    for (size_t c = 0; c < f->n_candidates; c++, pair++) {
      ret_scores[pair] = ratio[0] + (fit->odds ? odds * fit->odds[pair] : 0);
      for (size_t k = 0; k < fit->n_ratio; k++)
        ret_scores[pair] += ratio[k + 1] * f->ratio[c * fit->n_ratio + k];
    }
  }
}

/* Constant and slope into the weights of the direction. */
static onus_status recalibrate(ratio_fit *fit, double *ratio, double *odds, onus_error *error) {
  ratio_fit line = {.set = fit->set, .n = 1, .times = fit->times, .weight = fit->weight};
  double at[2] = {0};
  line.odds = calloc(count_pairs(fit->set) + 1, sizeof *line.odds);
  if (!line.odds)
    return ONUS_FAIL_NO_MEMORY(error);
  find_scores(fit, ratio, *odds, line.odds);
  weigh_by_class(&line);
  moments_of_ratio(&line, 0);
  line.ridge[1] = RECALIBRATION_RIDGE;
  onus_status status = onus_newton(ratio_value, &line, 2, at, error);
  if (status == ONUS_OK) {
    double slope = at[1] / line.scale[0];
    ratio[0] = at[0] + slope * ratio[0];
    for (size_t k = 0; k < fit->n_ratio; k++)
      ratio[k + 1] *= slope;
    *odds *= slope;
  }
  free(line.odds);
  return status;
}

/* Both steps, beginning at `at`, where the direction is left. False in *ret_is_there: no candidate has pairs of both
 * classes. */
static onus_status fit_steps(ratio_fit *fit, double *at, double *ratio, double *odds, bool *ret_is_there,
                             onus_error *error) {
  *ret_is_there = weigh_by_actor(fit);
  if (!*ret_is_there)
    return ONUS_OK;
  ONUS_TRY(onus_newton(ratio_value, fit, fit->n + 1, at, error));
  take(fit, at, ratio, odds);
  return recalibrate(fit, ratio, odds, error);
}

/* --- the bootstrap ----------------------------------------------------------------------------------------------- */

/* One more than the greatest number of a group that did something or is a candidate. */
static size_t count_groups(const onus_fit_set *set) {
  size_t groups = 0;
  for (size_t i = 0; i < set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(set, i);
    size_t n = incident->features.n_candidates;
    groups = incident->group >= groups ? (size_t)incident->group + 1 : groups;
    if (n > 0 && incident->features.actor[n - 1] >= groups)
      groups = (size_t)incident->features.actor[n - 1] + 1;
  }
  return groups;
}

/* Groups that did something or are candidates, ascending; `list` holds as many as there are and comes zeroed. */
static size_t list_groups(const onus_fit_set *set, size_t groups, uint32_t *list) {
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
  return n;
}

static void draw(const uint32_t *list, size_t n, size_t groups, uint64_t seed, uint64_t stream, uint32_t *times) {
  memset(times, 0, groups * sizeof *times);
  for (size_t k = 0; k < n; k++)
    times[list[onus_random_bits(seed, stream, k) % n]]++;
}

/* The weights of one draw into the next row of the bootstrap; `from` is where to begin. A draw without a candidate that
 * has pairs of both classes is left out. */
static onus_status fit_draw(ratio_fit *fit, const double *from, onus_weights *weights, onus_error *error) {
  double at[ONUS_NEWTON_MAX];
  size_t b = weights->n_bootstraps;
  bool is_there;
  memcpy(at, from, (fit->n + 1) * sizeof *at);
  if (fit->odds && weigh_by_actor(fit)) {
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
  ONUS_TRY(fit_steps(fit, at, weights->bootstrap[b], &weights->bootstrap_odds[b], &is_there, error));
  weights->n_bootstraps += is_there;
  return ONUS_OK;
}

static onus_status bootstrap(ratio_fit *fit, const double *at, unsigned n_bootstraps, uint64_t seed,
                             onus_weights *weights, onus_error *error) {
  uint32_t *list = calloc(fit->n_groups, sizeof *list), *times = calloc(fit->n_groups, sizeof *times);
  onus_status status = list && times ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  size_t n = status == ONUS_OK ? list_groups(fit->set, fit->n_groups, list) : 0;
  fit->times = times;
  for (unsigned b = 0; status == ONUS_OK && b < n_bootstraps && b < ONUS_BOOTSTRAPS; b++) {
    draw(list, n, fit->n_groups, seed, b, times);
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
      pairs[n++] = (onus_pair){onus_weights_ln_lr(weights, &incident->features, c), onus_fit_is_right(incident, c), 1};
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
  bool is_there;
  for (size_t k = 0; k < fit->n; k++) {
    bool has_factor = settings->ratio_ridge_factors && k < fit->n_ratio;
    moments_of_ratio(fit, k);
    fit->ridge[k + 1] = settings->ratio_ridge * (has_factor ? settings->ratio_ridge_factors[k] : 1);
  }
  ONUS_TRY(fit_steps(fit, at, weights->ratio, &weights->odds, &is_there, error)); /* it is there: fit.c */
  return bootstrap(fit, at, n_bootstraps, seed, weights, error);
}

onus_status onus_fit_ratio(const onus_fit_set *set, unsigned n_bootstraps, uint64_t seed, onus_weights *weights,
                           onus_error *error) {
  size_t n_pairs = count_pairs(set);
  ratio_fit fit = {.set = set, .n_ratio = set->names->n_ratio, .n = set->names->n_ratio, .n_groups = count_groups(set)};
  fit.weight = calloc(n_pairs + 1, sizeof *fit.weight);
  fit.of_actor = calloc(3 * fit.n_groups + 1, sizeof *fit.of_actor);
  onus_status status = fit.weight && fit.of_actor ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK && set->names->has_odds) {
    fit.n++;
    fit.odds = calloc(n_pairs + 1, sizeof *fit.odds);
    status = fit.odds ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
    if (status == ONUS_OK)
      find_odds(&fit, weights);
  }
  if (status == ONUS_OK)
    status = fit_pairs(&fit, n_bootstraps, seed, weights, error);
  free(fit.odds);
  free(fit.of_actor);
  free(fit.weight);
  return status == ONUS_OK ? bound(set, weights, error) : status;
}
