/* What engines and fitting share: an incident against every candidate, as numbers with names.
 *
 * An engine turns an incident into features. Weights turn features into probabilities and likelihood ratios:
 *
 *     choice   utility of candidate c: u_c = Σ w_k x_ck; of UNKNOWN: u_0 = b + Σ v_k z_k.
 *              P(c) = exp(u_c) / (exp(u_0) + Σ exp(u_c'))                                            [C-1]
 *     ratio    ln LR of c against "someone not in the reference" = a + Σ g_k y_ck + s o_c             [C-2]
 *
 * where x, z and y are the engine's features and o_c = ln(P(c) / (1 − P(c))): an engine may take the odds of its choice
 * for the ratio too (s is 0 where it does not). Weights of [C-2] are fitted with both classes weighing one half, so
 * that its log-odds are a log likelihood ratio and no prior is inside.
 */
#ifndef ONUS_COMPARE_MODEL_H
#define ONUS_COMPARE_MODEL_H

#include "base/arena.h"
#include "reference/reference.h"

#define ONUS_FEATURES_MAX 32

/* Static description of an engine's features. */
typedef struct onus_feature_names {
  const char *const *choice, *const *unknown, *const *ratio;
  size_t n_choice, n_unknown, n_ratio; /* each at most ONUS_FEATURES_MAX */
  bool has_odds;                       /* the ratio takes the odds of the choice */
} onus_feature_names;

/* One incident against every candidate. All arrays lie in the arena that was given. */
typedef struct onus_features {
  size_t n_candidates;
  const uint32_t *actor; /* [n_candidates], ascending; numbers of the catalogue */
  const uint32_t *entry; /* [n_candidates]: the entry whose upstream id stands for the actor here: the lowest that has
                            a statement of the engine's kind */
  const double *choice;  /* [n_candidates][n_choice] */
  const double *unknown; /* [n_unknown] */
  const double *ratio;   /* [n_candidates][n_ratio] */
  size_t n_used, n_not_known; /* indicators or ttps of the incident that the reference knows, and does not */
} onus_features;

#define ONUS_BOOTSTRAPS 64 /* weights of resampled actors, for the range of a likelihood ratio */

typedef struct onus_weights {
  size_t n_choice, n_unknown, n_ratio;
  double choice[ONUS_FEATURES_MAX];
  double unknown[ONUS_FEATURES_MAX + 1];                    /* the constant b first */
  double ratio[ONUS_FEATURES_MAX + 1];                      /* the constant a first */
  double odds;                                              /* s */
  size_t n_bootstraps;                                      /* 0 … ONUS_BOOTSTRAPS */
  double bootstrap[ONUS_BOOTSTRAPS][ONUS_FEATURES_MAX + 1]; /* as `ratio` */
  /* As `odds`, `choice` and `unknown`; all 0 where the ratio does not take the odds. */
  double bootstrap_odds[ONUS_BOOTSTRAPS], bootstrap_choice[ONUS_BOOTSTRAPS][ONUS_FEATURES_MAX],
      bootstrap_unknown[ONUS_BOOTSTRAPS][ONUS_FEATURES_MAX + 1];
  double least_ln_lr, greatest_ln_lr; /* what the data support: a count of zero false links is bounded by the sample
                                         [C-3] */
  char provenance[256];               /* which data, how many incidents and actors, when */
} onus_weights;

/* P(c) of every candidate and, last, of UNKNOWN [C-1]; `ret_p` holds n_candidates + 1. */
void onus_weights_choose(const onus_weights *weights, const onus_features *features, double *ret_p);

/* ln(P(c) / (1 − P(c))) of the candidate at `place`, for any weights of the choice (`unknown` with b first). */
double onus_weights_log_odds(const double *choice, size_t n_choice, const double *unknown, size_t n_unknown,
                             const onus_features *features, size_t place);

/* ln LR of the candidate at `place` [C-2], within what the data support [C-3]. */
double onus_weights_ln_lr(const onus_weights *weights, const onus_features *features, size_t place);

/* Its 5 % and 95 % quantile over the bootstrap, which hold the value itself; the value twice without bootstraps. */
void onus_weights_ln_lr_range(const onus_weights *weights, const onus_features *features, size_t place, double *ret_low,
                              double *ret_high);

#endif
