/* One program against others: read, matched, counted. */
#ifndef ONUS_CODE_MATCHED_H
#define ONUS_CODE_MATCHED_H

#include "code/match.h"

typedef struct onus_matched_program {
  const char *path; /* borrowed */
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
  size_t n_own;     /* functions that are more than a jump elsewhere */
  size_t n_matched; /* of the first: with any of the others; of another: functions of the first matched with it */
  double share;     /* [K-6] part of the first program's rare code that is in those */
} onus_matched_program;

/* The first program against all others. */
typedef struct onus_matched {
  onus_matched_program *programs;
  size_t n_programs;
  onus_matches *matches;
  const onus_match_pair **pairs; /* at or over the threshold; most rare code first */
  size_t n_pairs;
  double threshold;
  double mass;           /* of all functions of the first program */
  double expected_share; /* [K-13] of its rare code, in the others */
  size_t n_shown;        /* pairs in the text and on the page */
} onus_matched;

/* Files and their paths, the first one to be matched with all others; both are borrowed and must outlive the result.
 * An error about another file than the first names it in its text. Free with onus_matched_free. */
ONUS_MUST_CHECK onus_status onus_matched_make(const char *const *paths, const onus_bytes *files, size_t n_files,
                                              double threshold, size_t n_shown, onus_matched **ret_matched,
                                              onus_error *error);
void onus_matched_free(onus_matched *matched);

/* The name by which a program exports the function; NULL: it does not. */
const char *onus_matched_name(const onus_matched_program *program, uint32_t function);

/* The part of the first program's rare code that a function is. */
double onus_matched_part(const onus_matched *matched, const onus_match_pair *pair);

/* The reasons of a pair, those that add most first; how many speak for it. */
size_t onus_matched_reasons(const onus_match_pair *pair, double *ret_reason, onus_match_reason *ret_order,
                            double *ret_constant);

#endif
