/* A proof that one leaf stands in a signed tree, in the format c2sp.org/tlog-proof@v1. Its extra data is the disclosure
 * whose hash is the leaf, and after it, each behind a ~, disclosures that the first one holds digests of (RFC 9901). */
#ifndef ONUS_VERIFY_PROOF_H
#define ONUS_VERIFY_PROOF_H

#include "verify/note.h"

#define ONUS_PROOF_HEAD "c2sp.org/tlog-proof@v1"
#define ONUS_PROOF_BYTES ((size_t)48 << 20)

typedef struct onus_proof {
  onus_text disclosures;   /* empty when the proof has no extra data */
  size_t disclosure_bytes; /* of the first one, which is the leaf */
  onus_hash leaf;
  uint64_t index;
  onus_hash path[ONUS_TREE_LEVELS + 1];
  size_t n_path;
  onus_note note; /* points into the bytes given */
  onus_checkpoint checkpoint;
} onus_proof;

/* Parses, and checks that the path leads from the disclosure's hash to the checkpoint's root; who signed that is not
 * looked at. Free with onus_proof_free. */
ONUS_MUST_CHECK onus_status onus_proof_parse(const char *path, const char *bytes, size_t length, onus_proof *ret_proof,
                                             onus_error *error);
void onus_proof_free(onus_proof *proof);

#endif
