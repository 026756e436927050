/* The tar in a tar.zst: unpacked as it is asked for, no further than is allowed. libarchive could do so too, but would
 * not stop at zeros without end. */
#ifndef ONUS_PACKAGE_STREAM_H
#define ONUS_PACKAGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct onus_stream onus_stream;

/* `fd` stays the caller's; at most `most_bytes` come out. NULL without memory. */
onus_stream *onus_stream_new(int fd, const char *path, uint64_t most_bytes);
void onus_stream_free(onus_stream *stream);

/* The next bytes, which stay until the next call; none at the end. */
ONUS_MUST_CHECK onus_status onus_stream_next(onus_stream *stream, const void **ret_bytes, size_t *ret_count,
                                             onus_error *error);

/* The last `count` bytes of those that came so far; NULL when they are no longer there. */
const void *onus_stream_last(const onus_stream *stream, uint64_t count);
/* How many came so far. */
uint64_t onus_stream_place(const onus_stream *stream);

#endif
