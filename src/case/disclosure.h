/* What a commitment stands for: a disclosure of RFC 9901, base64url of [salt, name, value] in JSON.
 *
 * Of a sealed item the name is its id, and the value what was taken out of the case: the row, reasons, the day on which
 * it was observed, and `_sd`, the digests of further disclosures: its attachments, and decoys that stand for nothing.
 * The commitment is the hash of the disclosure as a leaf of a tree: SHA-256 of a byte 0 and the disclosure.
 */
#ifndef ONUS_CASE_DISCLOSURE_H
#define ONUS_CASE_DISCLOSURE_H

#include "document/document.h"

#define ONUS_COMMITMENT_BYTES (7 + 64 + 1)

typedef struct onus_disclosure {
  const char *name;
  const onus_node *value;
} onus_disclosure;

/* Everything in `ret_disclosure` lies in `arena`; `path` is used in errors only. */
ONUS_MUST_CHECK onus_status onus_disclosure_parse(const char *path, const char *text, size_t length, onus_arena *arena,
                                                  onus_disclosure *ret_disclosure, onus_error *error);

/* "sha256:" and 64 hexadecimal digits, the commitment to a disclosure. */
void onus_disclosure_commitment(const char *text, size_t length, char out[ONUS_COMMITMENT_BYTES]);

#endif
