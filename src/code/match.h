/* Which functions of one program are those of others: a method that names its reasons.
 *
 * Every candidate pair has features: how alike the two bags of tokens are, kind by kind, and how far apart their counts
 * [K-2]; then what the pairs around them say (callees, callers, places in tables, order in the file, how much of the
 * program is matched at all) [K-4]. A logistic sum of them is the probability that the two come from the same source
 * function [K-3], [K-5]; it is repeated, as each round changes what the surroundings say. Weights are constants that
 * tools/fit_match.py fits; see docs/CODE.md. */
#ifndef ONUS_CODE_MATCH_H
#define ONUS_CODE_MATCH_H

#include "code/fingerprint.h"

enum {
  /* Own features of a pair: for each kind of token the likeness, the weight of what is shared and the part of the
   * smaller bag that is shared; whether neither has any; the distance of each count; and a few of their own. */
  ONUS_MATCH_LIKE = 0,
  ONUS_MATCH_SHARED = ONUS_MATCH_LIKE + ONUS_TOKEN_KINDS,
  ONUS_MATCH_HELD = ONUS_MATCH_SHARED + ONUS_TOKEN_KINDS,
  ONUS_MATCH_EMPTY = ONUS_MATCH_HELD + ONUS_TOKEN_KINDS,
  ONUS_MATCH_COUNT = ONUS_MATCH_EMPTY + ONUS_TOKEN_KINDS,
  ONUS_MATCH_EXACT = ONUS_MATCH_COUNT + ONUS_COUNT_KINDS,
  ONUS_MATCH_SIZE,
  ONUS_MATCH_OWN_FEATURES,
  /* What the surroundings say. */
  ONUS_MATCH_ROW = ONUS_MATCH_OWN_FEATURES, /* how far it is ahead of the other candidates of its query function */
  ONUS_MATCH_COLUMN,                        /* … of its target function */
  ONUS_MATCH_CALLEES_FOR,
  ONUS_MATCH_CALLEES_AGAINST,
  ONUS_MATCH_CALLERS_FOR,
  ONUS_MATCH_CALLERS_AGAINST,
  ONUS_MATCH_BESIDE_FOR,
  ONUS_MATCH_BESIDE_AGAINST,
  ONUS_MATCH_ORDER_NEAR,
  ONUS_MATCH_ORDER_FAR,
  ONUS_MATCH_ORDER_AGAINST,
  ONUS_MATCH_BETWEEN,
  ONUS_MATCH_PROGRAM_SHARE,
  ONUS_MATCH_PROGRAM_LEAD,
  ONUS_MATCH_FEATURES,
  ONUS_MATCH_ROUNDS = 5,
  ONUS_MATCH_STAGES = 3, /* weights of the own features alone, of the first round, of the later ones */
};

typedef struct onus_match_weights {
  double constant[ONUS_MATCH_STAGES];
  double weight[ONUS_MATCH_STAGES][ONUS_MATCH_FEATURES];
} onus_match_weights;

extern const onus_match_weights onus_match_default_weights;
extern const double onus_match_default_threshold; /* of the probability */

/* A pair of functions. */
typedef struct onus_match_pair {
  uint32_t query, program, target; /* indices: of the query's functions, of the targets, of that target's functions */
  double probability;              /* that both come from one source function */
  double log_odds;
  uint8_t stage; /* which weights gave it */
  float feature[ONUS_MATCH_FEATURES];
} onus_match_pair;

typedef struct onus_matches {
  onus_match_pair *pairs; /* the best one of each query function that has a candidate, by query */
  size_t n_pairs;
  float *mass; /* of each function of the query: the rarity of its tokens, added up */
} onus_matches;

/* Features that are one reason together; what they add to the log-odds is shown. */
typedef enum onus_match_reason {
  ONUS_REASON_KINDS = ONUS_TOKEN_KINDS, /* below: one reason for each kind of token */
  ONUS_REASON_COUNTS = ONUS_REASON_KINDS,
  ONUS_REASON_EXACT,
  ONUS_REASON_LEAD,
  ONUS_REASON_CALLEES,
  ONUS_REASON_CALLERS,
  ONUS_REASON_BESIDE,
  ONUS_REASON_ORDER,
  ONUS_REASON_PROGRAM,
  ONUS_MATCH_REASONS
} onus_match_reason;

/* What each reason adds to the log-odds of a pair by the weights compiled in; with *ret_constant they add up to it, but
 * for rounding. */
void onus_match_reasons(const onus_match_pair *pair, double *ret_reason, double *ret_constant);
const char *onus_match_reason_name(onus_match_reason reason);

/* For each candidate that was weighed, its features at the end of a stage; for fitting. */
typedef void (*onus_match_observer)(void *context, const onus_match_pair *pair);

typedef struct onus_match_options {
  const onus_match_weights *weights; /* NULL: those compiled in */
  unsigned rounds;                   /* 0: ONUS_MATCH_ROUNDS; otherwise one more than the rounds to do */
  onus_match_observer observer;      /* may be NULL; told every candidate there is at the end */
  void *observer_context;
  bool is_for_fitting; /* the observer is told of what the next round would weigh, rather than of what was */
} onus_match_options;

/* Matches the functions of `query` with those of all `targets`, at once. Options may be NULL. Free with
 * onus_matches_free. */
ONUS_MUST_CHECK onus_status onus_match_programs(const onus_fingerprints *query, const onus_fingerprints *const *targets,
                                                size_t n_targets, const onus_match_options *options,
                                                onus_matches **ret_matches, onus_error *error);
void onus_matches_free(onus_matches *matches);

/* [K-13] The expected share: the part of the query's rare code that is in the targets, each function counting by the
 * probability of its best pair. `n_functions`: of the query. */
double onus_matches_expected_share(const onus_matches *matches, size_t n_functions);

#endif
