/* Whose code is in a program: what a reference says of its functions, put together by family and by actor. */
#ifndef ONUS_REFERENCE_LINEAGE_H
#define ONUS_REFERENCE_LINEAGE_H

#include "reference/code.h"

/* A family, or an actor, that has something of the program. */
typedef struct onus_lineage_group {
  uint32_t number;
  size_t n_matched; /* functions of the program that are in it */
  double share;     /* [K-11] */
} onus_lineage_group;

typedef struct onus_lineage {
  onus_arena *arena;
  const onus_code_catalogue *code; /* of the reference, borrowed */
  onus_code_result *result;
  double threshold;                      /* of the probability */
  size_t n_own;                          /* functions that are more than a jump elsewhere */
  size_t n_matched;                      /* of those, in any program */
  double share;                          /* [K-11] of all programs together */
  onus_lineage_group *families, *actors; /* the largest share first */
  size_t n_families, n_actors;
  size_t *first_sample; /* [n_found + 1], into samples */
  uint32_t *samples;    /* of each program of result->found: the samples of it that are not hidden */
  uint32_t *order;      /* the functions that are in any program, most rare code first */
} onus_lineage;

/* The reference and the query's prints are borrowed; the reference must outlive the lineage. Free with
 * onus_lineage_free. */
ONUS_MUST_CHECK onus_status onus_lineage_make(const onus_reference *reference, const onus_code_query *query,
                                              onus_lineage **ret_lineage, onus_error *error);
void onus_lineage_free(onus_lineage *lineage);

/* The part of the program's rare code that a function is. */
double onus_lineage_part(const onus_lineage *lineage, uint32_t function);

/* How many of a function's matches are at or over the threshold: they come first. */
size_t onus_lineage_matches(const onus_lineage *lineage, uint32_t function);

#endif
