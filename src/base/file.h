/* Files: read whole within a cap, written whole or not at all (onus_file_write in onus.h). */
#ifndef ONUS_BASE_FILE_H
#define ONUS_BASE_FILE_H

#include "base/error.h"

#include <stdbool.h>

/* Reads all of `path`, at most `cap_bytes`; a larger file is ONUS_LIMIT before it is read. Free with onus_text_free. */
ONUS_MUST_CHECK onus_status onus_file_read(const char *path, size_t cap_bytes, onus_text *ret_text, onus_error *error);

/* As onus_file_write, for what only its owner is to read (0600). `is_new`: ONUS_BAD_ARGUMENT when `path` is there. */
ONUS_MUST_CHECK onus_status onus_file_write_private(const char *path, bool is_new, const void *bytes,
                                                    size_t length_bytes, onus_error *error);

#endif
