#include "compare/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "compare/fit_internal.h"
#include "compare/newton.h"

/* --- folds -------------------------------------------------------------------------------------------------------- */

typedef struct group_size {
  uint32_t group, order;
  size_t n_incidents;
} group_size;

static int by_group(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static int by_size(const void *a, const void *b) {
  const group_size *x = a, *y = b;
  if (x->n_incidents != y->n_incidents)
    return x->n_incidents > y->n_incidents ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

/* Groups of `sorted`, each with its number of incidents and its place in a drawn order. */
static size_t count_groups(const uint32_t *sorted, size_t n, group_size *sizes) {
  size_t n_groups = 0;
  for (size_t i = 0; i < n; i++) {
    if (i == 0 || sorted[i] != sorted[i - 1])
      sizes[n_groups++] = (group_size){.group = sorted[i]};
    sizes[n_groups - 1].n_incidents++;
  }
  return n_groups;
}

onus_status onus_fit_folds(const onus_fit_incident *incidents, size_t n_incidents, unsigned n_folds, uint64_t seed,
                           unsigned *ret_fold, onus_error *error) {
  uint32_t *sorted = calloc(n_incidents + 1, sizeof *sorted), *order = calloc(n_incidents + 1, sizeof *order);
  group_size *sizes = calloc(n_incidents + 1, sizeof *sizes);
  size_t *filled = calloc(n_folds, sizeof *filled);
  onus_status status = sorted && order && sizes && filled ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    for (size_t i = 0; i < n_incidents; i++)
      sorted[i] = incidents[i].group;
    qsort(sorted, n_incidents, sizeof *sorted, by_group);
    size_t n_groups = count_groups(sorted, n_incidents, sizes);
    onus_random_permutation(seed, 0, n_groups, order);
    for (size_t g = 0; g < n_groups; g++)
      sizes[g].order = order[g];
    qsort(sizes, n_groups, sizeof *sizes, by_size);
    for (size_t g = 0; g < n_groups; g++) {
      unsigned fold = 0;
      for (unsigned f = 1; f < n_folds; f++)
        fold = filled[f] < filled[fold] ? f : fold;
      filled[fold] += sizes[g].n_incidents;
      for (size_t i = 0; i < n_incidents; i++)
        if (incidents[i].group == sizes[g].group)
          ret_fold[i] = fold;
    }
  }
  free(filled);
  free(sizes);
  free(order);
  free(sorted);
  return status;
}

/* --- the temperature ------------------------------------------------------------------------------------------- */

typedef struct temperature {
  const onus_fit_set *set;
  const unsigned *fold;        /* by chosen incident */
  const onus_weights *weights; /* of each fold, from the incidents of the others */
} temperature;

static double temperature_value(void *context, const double *at, double *gradient, double *hessian) {
  const temperature *t = context;
  double value = 0, slope = 0, curvature = 0;
  for (size_t i = 0; i < t->set->n_chosen; i++)
    value += onus_fit_choice_loss(onus_fit_at(t->set, i), &t->weights[t->fold[i]], at[0], &slope, &curvature);
  if (gradient) {
    gradient[0] = slope;
    hessian[0] = curvature;
  }
  return value;
}

/* Weights of each fold out of the incidents of the others. */
static onus_status fit_others(const onus_fit_set *set, const unsigned *fold, unsigned n_folds, size_t *others,
                              onus_weights *weights, onus_error *error) {
  for (unsigned f = 0; f < n_folds; f++) {
    onus_fit_set part = *set;
    part.chosen = others;
    part.n_chosen = 0;
    for (size_t i = 0; i < set->n_chosen; i++)
      if (fold[i] != f)
        others[part.n_chosen++] = set->chosen[i];
    weights[f].n_choice = set->names->n_choice;
    weights[f].n_unknown = set->names->n_unknown;
    if (part.n_chosen > 0)
      ONUS_TRY(onus_fit_choice(&part, NULL, &weights[f], error));
  }
  return ONUS_OK;
}

/* Multiplies w, v and b by the factor that suits incidents which they were not fitted to. */
static onus_status temper(const onus_fit_set *set, uint64_t seed, onus_weights *weights, onus_error *error) {
  unsigned n_folds = set->settings->temperature_folds;
  onus_fit_incident *incidents = calloc(set->n_chosen, sizeof *incidents);
  unsigned *fold = calloc(set->n_chosen, sizeof *fold);
  size_t *others = calloc(set->n_chosen, sizeof *others);
  onus_weights *parts = calloc(n_folds, sizeof *parts);
  double factor = 1;
  onus_status status = incidents && fold && others && parts ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    for (size_t i = 0; i < set->n_chosen; i++)
      incidents[i] = *onus_fit_at(set, i);
    status = onus_fit_folds(incidents, set->n_chosen, n_folds, seed, fold, error);
  }
  if (status == ONUS_OK)
    status = fit_others(set, fold, n_folds, others, parts, error);
  if (status == ONUS_OK)
    status = onus_newton(temperature_value, &(temperature){set, fold, parts}, 1, &factor, error);
  for (size_t k = 0; status == ONUS_OK && k < weights->n_choice; k++)
    weights->choice[k] *= factor;
  for (size_t k = 0; status == ONUS_OK && k <= weights->n_unknown; k++)
    weights->unknown[k] *= factor;
  free(parts);
  free(others);
  free(fold);
  free(incidents);
  return status;
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

static onus_status check_row(const double *row, const char *const *names, size_t n, onus_error *error) {
  for (size_t k = 0; k < n; k++)
    if (!isfinite(row[k]))
      return ONUS_FAIL(error, ONUS_INTERNAL, "the feature \"%s\" of an incident is not a number", names[k]);
  return ONUS_OK;
}

static onus_status check(const onus_fit_set *set, onus_error *error) {
  const onus_feature_names *names = set->names;
  for (size_t i = 0; i < set->n_chosen; i++) {
    const onus_features *f = &onus_fit_at(set, i)->features;
    ONUS_TRY(check_row(f->unknown, names->unknown, names->n_unknown, error));
    for (size_t c = 0; c < f->n_candidates; c++) {
      ONUS_TRY(check_row(f->choice + c * names->n_choice, names->choice, names->n_choice, error));
      ONUS_TRY(check_row(f->ratio + c * names->n_ratio, names->ratio, names->n_ratio, error));
    }
  }
  return ONUS_OK;
}

/* Whether an actor is a candidate of an incident that it did not do. */
static bool is_other(const onus_fit_set *set, uint32_t actor) {
  for (size_t i = 0; i < set->n_chosen; i++) {
    const onus_features *f = &onus_fit_at(set, i)->features;
    for (size_t c = 0; c < f->n_candidates; c++)
      if (f->actor[c] == actor && !onus_fit_is_right(onus_fit_at(set, i), c))
        return true;
  }
  return false;
}

/* A candidate must have a pair of each class. */
static onus_status check_classes(const onus_fit_set *set, onus_error *error) {
  uint32_t last = ONUS_NO_NUMBER;
  for (size_t i = 0; i < set->n_chosen; i++) {
    const onus_fit_incident *incident = onus_fit_at(set, i);
    for (size_t k = 0; k < incident->n_right; k++) {
      uint32_t actor = incident->features.actor[incident->right[k]];
      if (actor != last && is_other(set, actor))
        return ONUS_OK;
      last = actor;
    }
  }
  return ONUS_FAIL(
      error, ONUS_BAD_ARGUMENT,
      "no likelihood ratio can be learned: there must be an actor in the reference with an incident of its "
      "own and one of somebody else's");
}

static onus_status fit_set(const onus_fit_set *set, unsigned n_bootstraps, uint64_t seed, onus_weights *weights,
                           onus_error *error) {
  ONUS_TRY(check(set, error));
  ONUS_TRY(check_classes(set, error));
  ONUS_TRY(onus_fit_choice(set, NULL, weights, error));
  if (set->settings->temperature_folds > 1)
    ONUS_TRY(temper(set, seed, weights, error));
  return onus_fit_ratio(set, n_bootstraps, seed, weights, error);
}

onus_status onus_fit(const onus_feature_names *names, const onus_fit_settings *settings,
                     const onus_fit_incident *incidents, const size_t *chosen, size_t n_chosen, unsigned n_bootstraps,
                     uint64_t seed, onus_weights *ret_weights, onus_error *error) {
  onus_weights *weights = calloc(1, sizeof *weights);
  size_t *all = calloc(n_chosen + 1, sizeof *all);
  onus_status status = weights && all ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    for (size_t i = 0; i < n_chosen; i++)
      all[i] = chosen ? chosen[i] : i;
    weights->n_choice = names->n_choice;
    weights->n_unknown = names->n_unknown;
    weights->n_ratio = names->n_ratio;
    onus_fit_set set = {names, settings, incidents, all, n_chosen};
    status = fit_set(&set, n_bootstraps, seed, weights, error);
  }
  if (status == ONUS_OK)
    *ret_weights = *weights;
  free(all);
  free(weights);
  return status;
}
