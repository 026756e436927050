/* Matching [K-5] where of the targets no more than signatures is known: the same rounds over the same relations, with
 * weights of their own. Order in the file is all there; of the functions that one calls, a signature names a few. */
#ifndef ONUS_CODE_MATCH_SIGNATURES_H
#define ONUS_CODE_MATCH_SIGNATURES_H

#include "code/match.h"
#include "code/probe.h"

extern const onus_match_weights onus_signature_weights; /* signature_weights.c */

typedef struct onus_signature_program {
  const onus_signature *items; /* in the order of the file */
  size_t count;
} onus_signature_program;

typedef struct onus_signature_candidate {
  uint32_t query, program, function;
} onus_signature_candidate;

typedef struct onus_signature_matching {
  const onus_fingerprints *query;
  const onus_probes *probes; /* of the query */
  const onus_signature_program *programs;
  size_t n_programs;
  const onus_signature_candidate *candidates; /* to begin with */
  size_t n_candidates;
} onus_signature_matching;

/* Options as of onus_match_programs; weights NULL: onus_signature_weights. Free with onus_matches_free; their masses
 * are 0. */
ONUS_MUST_CHECK onus_status onus_match_signatures(const onus_signature_matching *matching,
                                                  const onus_match_options *options, onus_matches **ret_matches,
                                                  onus_error *error);

#endif
