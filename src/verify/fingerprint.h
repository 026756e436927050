#ifndef ONUS_VERIFY_FINGERPRINT_H
#define ONUS_VERIFY_FINGERPRINT_H

#include "verify/note.h"

enum { ONUS_FINGERPRINT_BYTES = 16 }; /* of SHA-256 of the key */

void onus_fingerprint_make(const onus_public_key *key, onus_fingerprint *ret_fingerprint);

#endif
