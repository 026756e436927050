/* Functions that programs share, as people and programs read them. Nothing is computed here. */
#ifndef ONUS_REPORT_MATCHED_H
#define ONUS_REPORT_MATCHED_H

#include "base/buffer.h"
#include "code/match.h"

typedef struct onus_matched_program {
  const char *path; /* as it was given */
  onus_text file;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
  size_t n_own;     /* functions that are more than a jump elsewhere */
  size_t n_matched; /* of the first: with any of the others; of another: functions of the first matched with it */
  double share;     /* [K-6] part of the first program's rare code that is in those */
} onus_matched_program;

/* The first program against all others. */
struct onus_matched {
  onus_matched_program *programs;
  size_t n_programs;
  onus_matches *matches;
  const onus_match_pair **pairs; /* at or over the threshold; most rare code first */
  size_t n_pairs;
  double threshold;
  double mass;    /* of all functions of the first program */
  size_t n_shown; /* pairs in the text and on the page */
};

/* The name by which a program exports the function; NULL: it does not. */
const char *onus_matched_name(const onus_matched_program *program, uint32_t function);

/* The part of the first program's rare code that a function is. */
double onus_matched_part(const onus_matched *matched, const onus_match_pair *pair);

/* The reasons of a pair, those that add most first; how many speak for it. */
size_t onus_matched_reasons(const onus_match_pair *pair, double *ret_reason, onus_match_reason *ret_order,
                            double *ret_constant);

void onus_report_matched_text(onus_buffer *out, const onus_matched *matched, const onus_style *style);
/* By docs/match.schema.json. */
void onus_report_matched_json(onus_buffer *out, const onus_matched *matched);
/* One page with the instructions of both side by side. */
void onus_report_matched_html(onus_buffer *out, const onus_matched *matched);

#endif
