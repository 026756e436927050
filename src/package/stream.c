#include "package/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/file.h"
#include "package/trailer.h"

enum { PIECE_BYTES = 1 << 16, LEVEL = 12, WINDOW_LOG = 27 }; /* a window of 128 MiB is what zstd makes at its most */

static bool has_no_memory(size_t code) {
  return ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation;
}

/* --- unpacking ---------------------------------------------------------------------------------------------------- */

struct onus_stream {
  int fd;
  const char *path;
  uint64_t most_bytes, n_bytes, n_packed; /* so far */
  size_t n_last;                          /* in `bytes` */
  ZSTD_DStream *zstd;
  ZSTD_inBuffer in;
  bool is_within; /* a frame that has not ended */
  unsigned char packed[PIECE_BYTES], bytes[PIECE_BYTES];
};

onus_stream *onus_stream_new(int fd, const char *path, uint64_t most_bytes) {
  onus_stream *stream = malloc(sizeof *stream);
  ZSTD_DStream *zstd = ZSTD_createDStream();
  if (!stream || !zstd || ZSTD_isError(ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, WINDOW_LOG))) {
    free(stream);
    ZSTD_freeDStream(zstd);
    return NULL;
  }
  stream->fd = fd;
  stream->path = path;
  stream->most_bytes = most_bytes;
  stream->n_bytes = stream->n_packed = stream->n_last = 0;
  stream->zstd = zstd;
  stream->in = (ZSTD_inBuffer){stream->packed, 0, 0};
  stream->is_within = false;
  return stream;
}

void onus_stream_free(onus_stream *stream) {
  if (!stream)
    return;
  ZSTD_freeDStream(stream->zstd);
  free(stream);
}

/* More packed bytes; none at the end of the file. */
static onus_status fill(onus_stream *stream, onus_error *error) {
  ssize_t got;
  do
    got = read(stream->fd, stream->packed, sizeof stream->packed);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    return ONUS_FAIL_AT(error, ONUS_IO, stream->path, 0, 0, "cannot be read: %s", strerror(errno));
  stream->n_packed += (uint64_t)got;
  stream->in = (ZSTD_inBuffer){stream->packed, (size_t)got, 0};
  return ONUS_OK;
}

static onus_status unpack(onus_stream *stream, size_t *ret_count, onus_error *error) {
  ZSTD_outBuffer out = {stream->bytes, sizeof stream->bytes, 0};
  size_t left = ZSTD_decompressStream(stream->zstd, &out, &stream->in);
  if (ZSTD_isError(left) && has_no_memory(left))
    return ONUS_FAIL_NO_MEMORY(error);
  if (ZSTD_isError(left))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, stream->path, 0, 0, "is damaged near byte %llu: %s",
                        (unsigned long long)(stream->n_packed - (stream->in.size - stream->in.pos)),
                        ZSTD_getErrorName(left));
  stream->is_within = left != 0;
  stream->n_bytes += out.pos;
  if (stream->n_bytes > stream->most_bytes)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, stream->path, 0, 0, "unpacks to more than %llu bytes",
                        (unsigned long long)stream->most_bytes);
  *ret_count = out.pos;
  return ONUS_OK;
}

onus_status onus_stream_next(onus_stream *stream, const void **ret_bytes, size_t *ret_count, onus_error *error) {
  size_t count = 0;
  while (count == 0) {
    size_t before = stream->in.pos;
    if (stream->in.pos < stream->in.size || stream->is_within)
      ONUS_TRY(unpack(stream, &count, error));
    if (count > 0 || stream->in.pos < stream->in.size || stream->in.pos > before)
      continue;
    ONUS_TRY(fill(stream, error));
    if (stream->in.size > 0)
      continue;
    if (stream->is_within)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, stream->path, 0, 0, "ends in the middle of its packed data");
    break;
  }
  if (count > 0)
    stream->n_last = count;
  *ret_bytes = stream->bytes;
  *ret_count = count;
  return ONUS_OK;
}

const void *onus_stream_last(const onus_stream *stream, uint64_t count) {
  return count <= stream->n_last ? stream->bytes + (stream->n_last - count) : NULL;
}

uint64_t onus_stream_place(const onus_stream *stream) {
  return stream->n_bytes;
}

/* --- packing ------------------------------------------------------------------------------------------------------ */

struct onus_out_stream {
  int fd;
  const char *path;
  ZSTD_CCtx *zstd;
  unsigned char packed[PIECE_BYTES];
};

onus_out_stream *onus_out_stream_new(int fd, const char *path) {
  onus_out_stream *stream = malloc(sizeof *stream);
  ZSTD_CCtx *zstd = ZSTD_createCCtx();
  if (!stream || !zstd || ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, LEVEL)) ||
      ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1))) {
    free(stream);
    ZSTD_freeCCtx(zstd);
    return NULL;
  }
  stream->fd = fd;
  stream->path = path;
  stream->zstd = zstd;
  return stream;
}

void onus_out_stream_free(onus_out_stream *stream) {
  if (!stream)
    return;
  ZSTD_freeCCtx(stream->zstd);
  free(stream);
}

onus_status onus_out_stream_write(onus_out_stream *stream, const void *bytes, size_t count, bool is_last,
                                  onus_error *error) {
  ZSTD_inBuffer in = {bytes, count, 0};
  for (size_t left = 1; is_last ? left > 0 : in.pos < in.size;) {
    ZSTD_outBuffer out = {stream->packed, sizeof stream->packed, 0};
    left = ZSTD_compressStream2(stream->zstd, &out, &in, is_last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left))
      return has_no_memory(left)
                 ? ONUS_FAIL_NO_MEMORY(error)
                 : ONUS_FAIL_AT(error, ONUS_INTERNAL, stream->path, 0, 0, "Zstandard: %s", ZSTD_getErrorName(left));
    if (!onus_file_write_open(stream->fd, stream->packed, out.pos))
      return ONUS_FAIL_AT(error, ONUS_IO, stream->path, 0, 0, "cannot be written: %s", strerror(errno));
  }
  return ONUS_OK;
}
