/* Both formats are unpacked in steps into a spool, so that a small file which unpacks to a large one costs no more than
 * the cap, and no more memory than is allowed. */
#include "base/packed.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/file.h"

enum { ZSTD_WINDOW_LOG = 27, STEP_BYTES = 1 << 20, CHUNK_BYTES = 1 << 17 };

/* What has been unpacked so far goes on into the spool, chunk by chunk. */
typedef struct output {
  onus_spool *spool;
  char chunk[CHUNK_BYTES];
} output;

static onus_status flush(output *out, size_t length_bytes, const char *path, onus_error *error) {
  const onus_spool *spool = out->spool;
  if (length_bytes > spool->cap_bytes - spool->length_bytes)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "unpacks to more than %zu bytes", spool->cap_bytes);
  return onus_spool_append(out->spool, path, out->chunk, length_bytes, error);
}

static onus_status fail_damaged(const char *path, const char *format, size_t offset_bytes, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                      "the %s data are damaged at byte %zu; get the file again, or unpack it to see what is left",
                      format, offset_bytes);
}

static onus_status fail_short(const char *path, const char *format, size_t length_bytes, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                      "the %s data end too early, after %zu bytes; get the whole file again", format, length_bytes);
}

/* --- gzip ------------------------------------------------------------------------------------------------------ */

static size_t less(size_t a, size_t b) {
  return a < b ? a : b;
}

/* A gzip file is one member after the other. */
static onus_status inflate_all(z_stream *stream, onus_spool *packed, const char *path, output *out, onus_error *error) {
  size_t taken = 0;
  for (;;) {
    size_t given = less(packed->length_bytes - taken, STEP_BYTES);
    stream->next_in = (Bytef *)(packed->bytes + taken);
    stream->avail_in = (uInt)given;
    stream->next_out = (Bytef *)out->chunk;
    stream->avail_out = CHUNK_BYTES;
    int result = inflate(stream, Z_NO_FLUSH);
    taken += given - stream->avail_in;
    ONUS_TRY(flush(out, CHUNK_BYTES - stream->avail_out, path, error));
    onus_spool_release(packed, taken);
    if (result == Z_STREAM_END && taken == packed->length_bytes)
      return ONUS_OK;
    if (result == Z_STREAM_END)
      result = inflateReset(stream);
    if (result == Z_MEM_ERROR)
      return ONUS_FAIL_NO_MEMORY(error);
    if (result == Z_BUF_ERROR && taken == packed->length_bytes)
      return fail_short(path, "gzip", taken, error);
    if (result != Z_OK)
      return fail_damaged(path, "gzip", taken, error);
    if (result == Z_OK && taken == packed->length_bytes && stream->avail_out > 0)
      return fail_short(path, "gzip", taken, error);
  }
}

static onus_status unpack_gzip(onus_spool *packed, const char *path, output *out, onus_error *error) {
  z_stream stream = {0};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) /* 15: the largest window; 16: with a gzip header */
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = inflate_all(&stream, packed, path, out, error);
  (void)inflateEnd(&stream);
  return status;
}

/* --- Zstandard ------------------------------------------------------------------------------------------------- */

static onus_status decompress_all(ZSTD_DCtx *context, onus_spool *packed, const char *path, output *out,
                                  onus_error *error) {
  ZSTD_inBuffer in = {packed->bytes, packed->length_bytes, 0};
  size_t left = 1; /* of the frame; 0: it is whole */
  while (in.pos < in.size || left > 0) {
    ZSTD_outBuffer into = {out->chunk, CHUNK_BYTES, 0};
    size_t before = in.pos;
    left = ZSTD_decompressStream(context, &into, &in);
    if (ZSTD_isError(left)) {
      if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
        return ONUS_FAIL_NO_MEMORY(error);
      if (ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge)
        return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0,
                            "was packed with a window of more than 128 MiB; pack it anew without --long");
      return fail_damaged(path, "Zstandard", in.pos, error);
    }
    bool has_moved = in.pos > before || into.pos > 0;
    ONUS_TRY(flush(out, into.pos, path, error));
    onus_spool_release(packed, in.pos);
    if (left > 0 && in.pos == in.size && (into.pos < into.size || !has_moved))
      return fail_short(path, "Zstandard", in.size, error);
  }
  return ONUS_OK;
}

static onus_status unpack_zstd(onus_spool *packed, const char *path, output *out, onus_error *error) {
  ZSTD_DCtx *context = ZSTD_createDCtx();
  if (!context)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = ONUS_OK;
  if (ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
    status = ONUS_FAIL(error, ONUS_INTERNAL, "the window of Zstandard cannot be bounded");
  else
    status = decompress_all(context, packed, path, out, error);
  ZSTD_freeDCtx(context);
  return status;
}

/* --- either ---------------------------------------------------------------------------------------------------- */

static bool begins_with(const onus_spool *spool, const char *bytes, size_t length_bytes) {
  return spool->length_bytes >= length_bytes && memcmp(spool->bytes, bytes, length_bytes) == 0;
}

typedef struct reading {
  onus_spool *spool;
  const char *path;
} reading;

static onus_status take_part(void *context, const char *bytes, size_t length_bytes, onus_error *error) {
  const reading *r = context;
  return onus_spool_append(r->spool, r->path, bytes, length_bytes, error);
}

static onus_status unpack(onus_spool *packed, bool is_gzip, const char *path, onus_spool *unpacked, onus_error *error) {
  output *out = malloc(sizeof *out);
  if (!out)
    return ONUS_FAIL_NO_MEMORY(error);
  out->spool = unpacked;
  onus_status status = (is_gzip ? unpack_gzip : unpack_zstd)(packed, path, out, error);
  free(out);
  return status == ONUS_OK ? onus_spool_end(unpacked, path, error) : status;
}

onus_status onus_packed_open(const char *path, onus_spool *spool, onus_error *error) {
  reading r = {spool, path};
  ONUS_TRY(onus_file_read_parts(path, spool->cap_bytes, take_part, &r, error));
  ONUS_TRY(onus_spool_end(spool, path, error));
  bool is_gzip = begins_with(spool, "\x1f\x8b", 2), is_zstd = begins_with(spool, "\x28\xb5\x2f\xfd", 4);
  if (!is_gzip && !is_zstd)
    return ONUS_OK;
  onus_spool unpacked = onus_spool_new(spool->memory_bytes, spool->cap_bytes, spool->make_file, spool->context);
  onus_status status = unpack(spool, is_gzip, path, &unpacked, error);
  if (status != ONUS_OK) {
    onus_spool_free(&unpacked);
    return status;
  }
  onus_spool_free(spool);
  *spool = unpacked;
  return ONUS_OK;
}

onus_status onus_packed_read(const char *path, size_t cap_bytes, onus_text *ret_text, onus_error *error) {
  onus_spool spool = onus_spool_new(cap_bytes, cap_bytes, NULL, NULL);
  onus_status status = onus_packed_open(path, &spool, error);
  if (status != ONUS_OK)
    onus_spool_free(&spool);
  else
    *ret_text = (onus_text){spool.bytes, spool.length_bytes};
  return status;
}
