/* What commands of custody share. The calls that others make are in onus.h. */
#ifndef ONUS_CUSTODY_CUSTODY_H
#define ONUS_CUSTODY_CUSTODY_H

#include "case/case.h"
#include "document/document.h"
#include "verify/log.h"
#include "verify/proof.h"

/* The hash in a case's "sha256:…"; false when it is none. */
bool onus_commitment_hash(const char *commitment, onus_hash *ret_hash);

/* Writes the key into custody/keys unless it is there. */
ONUS_MUST_CHECK onus_status onus_custody_add_key(const char *folder, const onus_log *log, const onus_public_key *key,
                                                 onus_error *error);

/* The case file of a folder, read once: its bytes, and what they say. */
typedef struct onus_case_file {
  char path[ONUS_LOG_PATH_BYTES]; /* with the folder */
  bool is_json;
  onus_text bytes;
  onus_case *c;
} onus_case_file;

/* Free with onus_case_file_free, also after a failure. */
ONUS_MUST_CHECK onus_status onus_case_file_read(const char *folder, onus_case_file *ret_file, onus_error *error);
void onus_case_file_free(onus_case_file *file);

/* The index of the item, ONUS_NONE if there is none; `id` need not end. */
size_t onus_case_file_item(const onus_case_file *file, const char *id, size_t id_bytes);

/* The log of a case with the signature of its last checkpoint checked. Free with onus_log_free, also after a failure.
 */
ONUS_MUST_CHECK onus_status onus_log_open(const char *folder, onus_log *ret_log, const onus_public_key **ret_signer,
                                          onus_error *error);

/* Checks that a proof belongs to the log: its checkpoint is signed by `signer` and continued by the log, and its leaf
 * is a hidden one of the log. */
ONUS_MUST_CHECK onus_status onus_log_has_proof(const onus_log *log, const onus_public_key *signer,
                                               const onus_proof *proof, onus_error *error);

/* The folders of `path`, which is inside `folder`, are made. */
ONUS_MUST_CHECK onus_status onus_make_folders(const char *folder, const char *path, onus_error *error);

/* SHA-256 of the bytes in base64url, as RFC 9901 has the digest of a disclosure; `out` holds ONUS_SD_DIGEST_BYTES. */
enum { ONUS_SD_DIGEST_BYTES = 44 };
void onus_sd_digest(const char *disclosure, size_t length, char out[ONUS_SD_DIGEST_BYTES]);

/* The disclosures behind the first one in a proof, one after the other; `*at` begins at 0. False at the end. */
bool onus_proof_next_attachment(const onus_proof *proof, size_t *at, const char **ret_text, size_t *ret_bytes);

#endif
