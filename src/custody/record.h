/* Records: the verdicts of a case with the digest of everything that went into them, signed, to be computed again.
 *
 * A record is a signed note whose text is the line "onus-record 1" and one line of canonical JSON: `signer` (public
 * key), `onus` (version), `options`, `inputs` (path, sha256, bytes of every file of the case, `records/` left out, and
 * of what was opened), `reference` (what each computed row says of the reference and the engine it came from),
 * `results` (the assessment of each position, as in assessment.schema.json but for versions). This module knows results
 * as JSON only; who calls it computes them.
 */
#ifndef ONUS_CUSTODY_RECORD_H
#define ONUS_CUSTODY_RECORD_H

#include "custody/key.h"
#include "document/build.h"
#include "verify/verification.h"

#define ONUS_RECORDS_FOLDER "records"
#define ONUS_RECORD_HEAD "onus-record 1"
#define ONUS_RECORD_BYTES ((size_t)15 << 20)

/* What was put in: a list of maps as in the record; and what computed rows say. In the arena of `build`. */
ONUS_MUST_CHECK onus_status onus_record_inputs(const char *folder, onus_build *build, const onus_node **ret_inputs,
                                               const onus_node **ret_reference, onus_error *error);

/* Adds a result, given as JSON, to a list. */
ONUS_MUST_CHECK onus_status onus_record_add_result(onus_build *build, const onus_text *json, onus_branch *results,
                                                   onus_error *error);

/* The options that results are computed with, as a map of the record. */
const onus_node *onus_record_options(onus_build *build, const onus_options *options);

/* The whole record, signed. */
ONUS_MUST_CHECK onus_status onus_record_compose(onus_build *build, const onus_node *options, const onus_node *inputs,
                                                const onus_node *reference, const onus_node *results,
                                                const onus_key *key, onus_text *ret_record, onus_error *error);

/* A record that was read. Points into its bytes and the arena. */
typedef struct onus_record {
  onus_note note;
  onus_public_key signer;
  const onus_node *root, *options, *inputs, *reference, *results;
  const char *onus_version;
} onus_record;

/* Parses a record and checks its signature by the key that it names. */
ONUS_MUST_CHECK onus_status onus_record_parse(const char *path, const char *bytes, size_t length, onus_arena *arena,
                                              onus_record *ret_record, onus_error *error);

/* Adds what is different between the recorded inputs and those found; gives how many are. */
size_t onus_record_compare_inputs(const onus_record *record, const onus_node *inputs, onus_verification *verification);

/* Whether two trees of lists of maps are the same data. */
ONUS_MUST_CHECK onus_status onus_record_same(const onus_node *a, const onus_node *b, bool *ret_is_same,
                                             onus_error *error);

/* Walks two results side by side. Numbers agree within 1e-9 (of themselves, when they are larger than 1). *n_values
 * grows by the values compared; at the first difference `place` (ONUS_RECORD_PLACE_BYTES) names it and false comes
 * back. */
enum { ONUS_RECORD_PLACE_BYTES = 600 };
bool onus_record_agrees(const onus_node *recorded, const onus_node *found, size_t *n_values, char *place);

#endif
