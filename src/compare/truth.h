/* Who did the incidents of a file, for evaluation and calibration. */
#ifndef ONUS_COMPARE_TRUTH_H
#define ONUS_COMPARE_TRUTH_H

#include "compare/evaluate.h"

#define ONUS_TRUTH_FILE_BYTES ((size_t)64 << 20)

/* Reads lines of JSON, one map for each incident: `id`, `label` (a name or id of an actor, or a list of such; "UNKNOWN"
 * for one that the reference has not), and if wanted `true_actor` (who it is, in the reference or not; else the first
 * label) and `kind`. Other keys are for others. Everything lies in `arena`. */
ONUS_MUST_CHECK onus_status onus_truths_read(const char *path, onus_arena *arena, const onus_truth **ret_truths,
                                             size_t *ret_n, onus_error *error);

/* The same from memory; `path` is for messages. */
ONUS_MUST_CHECK onus_status onus_truths_parse(const char *path, const char *bytes, size_t length_bytes,
                                              onus_arena *arena, const onus_truth **ret_truths, size_t *ret_n,
                                              onus_error *error);

/* The truth of each incident, NULL where none is told. ONUS_BAD_INPUT when two incidents have the same id. */
ONUS_MUST_CHECK onus_status onus_truths_match(const onus_truth *truths, size_t n_truths, const onus_incident *incidents,
                                              size_t n_incidents, onus_arena *arena,
                                              const onus_truth *const **ret_matched, onus_error *error);

#endif
