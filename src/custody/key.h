#ifndef ONUS_CUSTODY_KEY_H
#define ONUS_CUSTODY_KEY_H

#include "base/buffer.h"
#include "custody/secret.h"
#include "verify/note.h"

struct onus_key {
  onus_public_key public_key; /* as one that signs */
  onus_secret *private_key;   /* as libsodium has it: seed and public half */
};

/* Appends the line of a note's signature over `text` ("— name …\n"). `time_utc` > 0: as a cosignature of that time. */
ONUS_MUST_CHECK onus_status onus_key_sign(const onus_key *key, const char *text, size_t text_bytes, int64_t time_utc,
                                          onus_buffer *out, onus_error *error);

#endif
