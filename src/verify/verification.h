/* Checks what is signed of a case against what lies in its folder. onus_case_verify of onus.h is onus_verification_make
 * plus, in the whole library, what only a reader of the case and of time stamps can say. */
#ifndef ONUS_VERIFY_VERIFICATION_H
#define ONUS_VERIFY_VERIFICATION_H

#include "base/error.h"
#include "verify/log.h"

struct onus_verification {
  onus_finding *findings; /* their texts are owned */
  size_t n_findings, n_refused;
  onus_status status; /* of adding findings */
  onus_log log;
  onus_public_key *trusted; /* keys that the caller vouches for */
  size_t n_trusted;
  char *case_path; /* inside the folder: case.yaml, case.yml or case.json; NULL when its bytes are not as signed */
  onus_text case_bytes;
};

ONUS_MUST_CHECK onus_status onus_verification_make(const char *folder, const onus_verify_options *options,
                                                   onus_verification **ret_verification, onus_error *error);

/* Adds a finding; a lack of memory is remembered in `status`. */
void onus_verification_add(onus_verification *verification, onus_finding_kind kind, const char *about,
                           const char *format, ...) ONUS_PRINTF(4, 5);

/* Checks every signature of a note by the keys. A signature by none of them is an error that names it when `is_strict`,
 * and passed over otherwise. *ret_signer is the key among them that signed the note as its origin; NULL: none. */
ONUS_MUST_CHECK onus_status onus_note_check(const onus_note *note, const onus_checkpoint *checkpoint,
                                            const onus_public_key *keys, size_t n_keys, bool is_strict,
                                            const onus_public_key **ret_signer, onus_error *error);

#endif
