/* Fitting weights [C-1], [C-2], [C-3] to incidents whose actors are known.
 *
 * Everything is deterministic: incidents count in the order given, draws come from a printed seed. Features are brought
 * to a standard deviation of 1 before the ridge sees them; the weights that come out are for the features as they are.
 */
#ifndef ONUS_COMPARE_FIT_H
#define ONUS_COMPARE_FIT_H

#include "base/error.h"
#include "compare/model.h"

/* An incident that can be learned from. */
typedef struct onus_fit_incident {
  onus_features features;
  const uint32_t *right; /* places among the candidates of whoever did it; none: somebody not in the reference */
  size_t n_right;
  uint32_t group; /* who did it: the number of the actor, or one beyond them all for each whom the reference lacks.
                     Folds keep groups together, the bootstrap draws them */
} onus_fit_incident;

/* How an engine's weights are fitted: the ridge is ½ ridge Σ w² beside the sum of the losses of the incidents. */
typedef struct onus_fit_settings {
  double choice_ridge, unknown_ridge, constant_ridge; /* of w, v and b */
  double ratio_ridge;                                 /* of g; the constant a has none */
  const double *choice_ridge_factors;                 /* [n_choice]; NULL: all 1 */
  const double *ratio_ridge_factors;                  /* [n_ratio]; NULL: all 1 */
  unsigned temperature_folds; /* > 1: all utilities are multiplied by the one number that makes those of incidents left
                                 out, in so many folds, most probable; 0: they stay */
} onus_fit_settings;

#define ONUS_FIT_SEED UINT64_C(20141124)

/* Fits to the incidents numbered by `chosen` (NULL: all n_chosen). Names and provenance are the caller's to fill in.
 * ONUS_BAD_ARGUMENT when there is nothing to learn from: no candidate has an incident of its own and is one of
 * somebody else's too. */
ONUS_MUST_CHECK onus_status onus_fit(const onus_feature_names *names, const onus_fit_settings *settings,
                                     const onus_fit_incident *incidents, const size_t *chosen, size_t n_chosen,
                                     unsigned n_bootstraps, uint64_t seed, onus_weights *ret_weights,
                                     onus_error *error);

/* Parts the incidents into folds 0 … n_folds − 1 of nearly equal size, groups whole: the largest group goes first, each
 * into the fold that is smallest so far; equal ones in an order drawn by the seed. `ret_fold` holds n_incidents. */
ONUS_MUST_CHECK onus_status onus_fit_folds(const onus_fit_incident *incidents, size_t n_incidents, unsigned n_folds,
                                           uint64_t seed, unsigned *ret_fold, onus_error *error);

#endif
