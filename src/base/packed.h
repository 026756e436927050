/* Files as they are kept: plain, or packed with gzip or Zstandard. What a file is, its first bytes say. */
#ifndef ONUS_BASE_PACKED_H
#define ONUS_BASE_PACKED_H

#include "base/spool.h"

/* Reads all of `path` as onus_file_read does, and unpacks it when it is packed. Neither the file nor what comes out may
 * be larger than `cap_bytes` (ONUS_LIMIT, found before more memory is taken). Packed data that are damaged or end too
 * early are ONUS_BAD_INPUT with the place in the file. Free with onus_text_free. */
ONUS_MUST_CHECK onus_status onus_packed_read(const char *path, size_t cap_bytes, onus_text *ret_text,
                                             onus_error *error);

/* The same into a new `spool`, which the caller frees whether this fails or not. Its caps hold. */
ONUS_MUST_CHECK onus_status onus_packed_open(const char *path, onus_spool *spool, onus_error *error);

#endif
