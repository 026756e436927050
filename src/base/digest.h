/* SHA-256 of a file, which stands for its bytes where a forger must not be able to make others that pass for them. */
#ifndef ONUS_BASE_DIGEST_H
#define ONUS_BASE_DIGEST_H

#include "base/error.h"

#define ONUS_DIGEST_BYTES (7 + 64 + 1) /* "sha256:", 64 hexadecimal digits, NUL */

void onus_digest_bytes(const void *bytes, size_t length_bytes, char *out);

/* Of the whole file `path`, which is not packed. *ret_length_bytes (if not NULL) is its length; one of more than
 * `cap_bytes` is ONUS_LIMIT. */
ONUS_MUST_CHECK onus_status onus_digest_file(const char *path, size_t cap_bytes, char *ret_digest,
                                             size_t *ret_length_bytes, onus_error *error);

#endif
