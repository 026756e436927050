/* What the files of asking for code share. */
#ifndef ONUS_REFERENCE_CODE_INTERNAL_H
#define ONUS_REFERENCE_CODE_INTERNAL_H

#include "code/match_signatures.h"
#include "reference/reference_internal.h"

enum { ONUS_CODE_CANDIDATES = 16 }; /* of a function, whose signatures are looked at */

/* A function of the reference that may be one of the query's. */
typedef struct onus_code_candidate {
  uint32_t row, program;
  uint32_t offset_bytes; /* of its address in the program */
  float score;           /* rarity of the keys that they share */
  float own;             /* log-odds of its own features */
  float log_odds;        /* with what stands around them */
} onus_code_candidate;

typedef struct onus_code_row {
  onus_code_candidate *items; /* ONUS_CODE_CANDIDATES fit; the best first */
  uint32_t count;
  bool is_full; /* there may be more */
} onus_code_row;

typedef struct onus_code_asking {
  const onus_code_catalogue *catalogue;
  const onus_store *store;
  const onus_code_query *query;
  uint8_t *is_visible;        /* [n_programs] */
  uint64_t n_visible;         /* functions of those */
  uint32_t *program_of_block; /* of 256 rows: the program of the first one */
  float *mass;                /* of the query's functions */
  onus_code_row *rows;        /* of the query's functions */
  onus_code_candidate *candidates;
  uint64_t n_keys, n_keys_cut;
  onus_probes probes;
  const onus_match_weights *weights;
} onus_code_asking;

static inline bool onus_code_is_better(const onus_code_candidate *a, const onus_code_candidate *b) {
  return a->log_odds != b->log_odds ? a->log_odds > b->log_odds : a->row < b->row;
}

/* The program of a row; the row is one of the catalogue's. */
static inline uint32_t onus_code_program_of(const onus_code_asking *asking, uint32_t row) {
  const onus_ref_program *programs = asking->catalogue->programs;
  uint32_t low = asking->program_of_block[row >> 8], end = asking->program_of_block[(row >> 8) + 1] + 1;
  while (end - low > 1) { /* the last one that begins no later: of those that are empty none follows it */
    uint32_t middle = low + (end - low) / 2;
    if (programs[middle].first_function <= row)
      low = middle;
    else
      end = middle;
  }
  return low;
}

/* Fills rows: the candidates of each function, with the log-odds of their own features (code_candidates.c). */
ONUS_MUST_CHECK onus_status onus_code_find_candidates(onus_code_asking *asking, onus_error *error);

/* Goes on from there with whole programs: those in which most of the query seems to be (code_refine.c). */
enum { ONUS_CODE_REFINED = 12 };
ONUS_MUST_CHECK onus_status onus_code_refine(onus_code_asking *asking, const onus_match_options *options,
                                             onus_error *error);

/* As onus_reference_query_code; for fitting. The observer is told pairs of the query's functions and those of programs
 * of the reference. */
ONUS_MUST_CHECK onus_status onus_code_ask(const onus_reference *reference, const onus_code_query *query,
                                          const onus_match_options *options, onus_code_result **ret_result,
                                          onus_error *error);

#endif
