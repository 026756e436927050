/* What the files of matching share. Functions of the query and of all targets have one numbering each. */
#ifndef ONUS_CODE_MATCH_INTERNAL_H
#define ONUS_CODE_MATCH_INTERNAL_H

#include "code/fingerprint_internal.h"
#include "code/match.h"
#include "code/probe.h"

/* One token of a function, by the number of the token in all programs, with its weight. */
typedef struct onus_term_weight {
  uint32_t id;
  float weight;
} onus_term_weight;

typedef struct onus_match_function {
  const onus_function_fingerprint *print;
  uint32_t program, index; /* program: of the targets; 0 for the query */
  uint32_t first;          /* of the program in the numbering */
  uint32_t program_count;
  const onus_term_weight *terms; /* by id, which is by kind */
  uint32_t n_terms;
  uint32_t first_of_kind[ONUS_TOKEN_KINDS + 1];
  float mass[ONUS_TOKEN_KINDS], all_mass;
  float ln_count[ONUS_COUNT_KINDS]; /* ln(1 + count) */
} onus_match_function;

typedef struct onus_match_side {
  onus_match_function *items;
  size_t count;
} onus_match_side;

/* Where each token is in the targets. */
typedef struct onus_match_index {
  uint32_t *first; /* n_ids + 1, into functions */
  uint32_t *functions;
  float *rarity; /* [K-1] */
  size_t n_ids;
} onus_match_index;

typedef struct onus_match_candidate {
  uint32_t target;
  float own[ONUS_MATCH_STAGES]; /* log-odds of its own features with the weights of each stage */
  float log_odds;
  float mutual; /* how far both prefer each other: 0 to 1 */
  float row, column;
} onus_match_candidate;

enum { ONUS_MATCH_CANDIDATES_MAX = 48 };

typedef struct onus_match_row {
  onus_match_candidate *items; /* ONUS_MATCH_CANDIDATES_MAX of them fit */
  uint32_t count;
  float best; /* the largest `mutual` */
  uint32_t best_target;
} onus_match_row;

typedef struct onus_matcher {
  onus_arena *arena;
  onus_match_side query, targets;
  onus_match_index index;
  const onus_probe *probes; /* of the query's functions, when the targets are known by signatures alone; else NULL */
  const onus_signature *signatures; /* then: of the targets' functions */
  const onus_match_weights *weights;
  onus_match_row *rows; /* of the query's functions */
  size_t n_programs;
  float *share;   /* of each program: part of the query that is matched with it */
  float *lead;    /* … of all that is matched */
  uint32_t *seen; /* a mark for each target function */
  uint32_t mark;
} onus_matcher;

ONUS_MUST_CHECK onus_status onus_matcher_index(onus_matcher *matcher, const onus_fingerprints *query,
                                               const onus_fingerprints *const *targets, size_t n_targets,
                                               onus_error *error);

/* Adds a program's functions to a side that has room for them. */
void onus_match_side_add(onus_match_side *side, const onus_fingerprints *prints, uint32_t program);

/* [K-2] */
void onus_match_own_features(const onus_match_function *query, const onus_match_function *target, float *ret_feature);

/* Candidates to begin with, in `rows`, whose items have room. */
typedef onus_status onus_match_first_candidates(onus_matcher *matcher, void *context, onus_error *error);

/* Rounds, from the first candidates to the pairs [K-5]. */
ONUS_MUST_CHECK onus_status onus_match_run(onus_matcher *matcher, const onus_match_options *options,
                                           onus_match_first_candidates *first, void *context,
                                           onus_matches **ret_matches, onus_error *error);

/* [K-4]: fills the features from ONUS_MATCH_OWN_FEATURES on. */
void onus_match_relations(onus_matcher *matcher, uint32_t query, const onus_match_candidate *candidate,
                          float *ret_feature);

/* Makes a pair a candidate unless it is one; the least probable one makes room. */
void onus_match_propose(onus_matcher *matcher, uint32_t query, uint32_t target);

/* Proposes pairs that stand to good pairs as those stand to their own. */
void onus_match_propose_around(onus_matcher *matcher);

/* log_odds -> row, column, mutual, best; shares of programs. */
ONUS_MUST_CHECK onus_status onus_match_settle(onus_matcher *matcher, onus_error *error);

#endif
