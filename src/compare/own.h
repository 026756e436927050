/* A reference's own reports as incidents: what each says was found, judged by what all the others say. */
#ifndef ONUS_COMPARE_OWN_H
#define ONUS_COMPARE_OWN_H

#include "compare/evaluate.h"

#define ONUS_OWN_LEAST_TTPS 3 /* techniques and pieces of software that a report must tell */

/* Incidents for an engine, each with its truth. Infrastructure: every list of indicators that names its reports and was
 * not found by a search from what was known. Techniques: every report cited for one actor alone; one that is cited for
 * several is an overview. Everything lies in `arena`; texts of the reference are borrowed. */
ONUS_MUST_CHECK onus_status onus_own_incidents(const onus_reference *reference, onus_engine_id engine,
                                               onus_arena *arena, const onus_incident **ret_incidents,
                                               const onus_truth *const **ret_truths, size_t *ret_n, onus_error *error);

#endif
