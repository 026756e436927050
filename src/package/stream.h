/* The Zstandard in a tar.zst, as a stream. libarchive could do so too, but would not stop at zeros without end, and
 * frees twice when its compressor finds no memory. */
#ifndef ONUS_PACKAGE_STREAM_H
#define ONUS_PACKAGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* --- unpacking: as it is asked for, no further than is allowed --- */

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

/* --- packing --- */

typedef struct onus_out_stream onus_out_stream;

/* `fd` stays the caller's. NULL without memory. */
onus_out_stream *onus_out_stream_new(int fd, const char *path);
void onus_out_stream_free(onus_out_stream *stream);

/* `is_last`: nothing follows, and the frame is ended. */
ONUS_MUST_CHECK onus_status onus_out_stream_write(onus_out_stream *stream, const void *bytes, size_t count,
                                                  bool is_last, onus_error *error);

#endif
