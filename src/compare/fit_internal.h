/* What the two fits share. */
#ifndef ONUS_COMPARE_FIT_INTERNAL_H
#define ONUS_COMPARE_FIT_INTERNAL_H

#include <math.h>

#include "compare/fit.h"

typedef struct onus_fit_set {
  const onus_feature_names *names;
  const onus_fit_settings *settings;
  const onus_fit_incident *incidents;
  const size_t *chosen; /* [n_chosen] */
  size_t n_chosen;
} onus_fit_set;

/* The i-th chosen incident. */
static inline const onus_fit_incident *onus_fit_at(const onus_fit_set *set, size_t i) {
  return &set->incidents[set->chosen[i]];
}

/* Whether a candidate did it. */
static inline bool onus_fit_is_right(const onus_fit_incident *incident, size_t place) {
  for (size_t k = 0; k < incident->n_right; k++)
    if (incident->right[k] == place)
      return true;
  return false;
}

/* The greatest number of candidates of an incident. */
static inline size_t onus_fit_candidates(const onus_fit_set *set) {
  size_t most = 0;
  for (size_t i = 0; i < set->n_chosen; i++) {
    size_t n = onus_fit_at(set, i)->features.n_candidates;
    most = n > most ? n : most;
  }
  return most;
}

/* What a feature is divided by: its standard deviation, 1 where it has the same value everywhere. */
static inline double onus_fit_scale(double deviation, double mean) {
  return deviation > 1e-12 * (1 + fabs(mean)) ? deviation : 1;
}

/* Weights w, v and b of [C-1] into `weights`. `times`: how often the incidents of each group count; NULL: once. */
ONUS_MUST_CHECK onus_status onus_fit_choice(const onus_fit_set *set, const uint32_t *times, onus_weights *weights,
                                            onus_error *error);

/* −ln P of whoever did it when all utilities are multiplied by `factor`; its first and second derivative by `factor`
 * are added to *slope and *curvature. */
double onus_fit_choice_loss(const onus_fit_incident *incident, const onus_weights *weights, double factor,
                            double *slope, double *curvature);

/* Weights g, a and s of [C-2] (for s those of [C-1] are there already), their bootstrap and the bounds [C-3] into
 * `weights`. */
ONUS_MUST_CHECK onus_status onus_fit_ratio(const onus_fit_set *set, unsigned n_bootstraps, uint64_t seed,
                                           onus_weights *weights, onus_error *error);

#endif
