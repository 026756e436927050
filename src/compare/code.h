/* A program against those of a reference: whose code is in it, and what that is worth as evidence [K-13] to [K-18].
 *
 *     function   the probability that a function of the program is one of the family's (reference/code.h)
 *     family     the expected share of the program's rare code that is in it [K-13], and the ratio that one source went
 *                into both [K-14], [K-15]
 *     actor      the mean over the actor's families [K-16], and how often who did it takes up code of his own [K-17]
 *
 * That tools are shared, sold or leaked is no part of the ratio: it is an undercutter [K-18]. */
#ifndef ONUS_COMPARE_CODE_H
#define ONUS_COMPARE_CODE_H

#include "compare/compare.h"
#include "reference/code.h"

extern const char ONUS_CODE_VERSION[]; /* "code-1": changes whenever a figure may */

/* Ranks the actors of whom a sample is left, the greatest ratio first. Links are functions; without a prior nobody has
 * a probability: those are 0. `known_day` is what the age of links counts from. The ranking lies in `arena`. */
ONUS_MUST_CHECK onus_status onus_code_rank(const onus_reference *reference, const onus_fingerprints *prints,
                                           const onus_hidden *hidden, int32_t known_day, size_t links_max,
                                           onus_arena *arena, onus_ranking *ret_ranking, onus_error *error);

/* [K-13] of every family in the answer to a query: *ret_share, in `arena`, holds as many as there are families. */
ONUS_MUST_CHECK onus_status onus_code_expected_shares(const onus_reference *reference, const onus_code_result *result,
                                                      const onus_hidden *hidden, onus_arena *arena, double **ret_share,
                                                      onus_error *error);

/* [K-18] How many families have samples that are not hidden, and how many of them have samples of two or more actors.
 */
ONUS_MUST_CHECK onus_status onus_code_count_shared(const onus_reference *reference, const onus_hidden *hidden,
                                                   size_t *ret_n_shared, size_t *ret_n_families, onus_error *error);
/* [K-18] The probability, as a 90 % range, that a family is in more hands than is known. */
void onus_code_shared_range(size_t n_shared, size_t n_families, double *ret_low, double *ret_high);

#endif
