/* Both formats are unpacked in steps into memory that grows as it is filled, so that a small file which unpacks to a
 * large one costs no more than the cap. */
#include "base/packed.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/file.h"

enum { ZSTD_WINDOW_LOG = 27, FIRST_BYTES = 1 << 16, STEP_BYTES = 1 << 30 };

/* What has been unpacked so far. */
typedef struct output {
  char *bytes;
  size_t length_bytes, capacity_bytes, cap_bytes;
} output;

static onus_status check_cap(const output *out, const char *path, onus_error *error) {
  if (out->length_bytes > out->cap_bytes)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "unpacks to more than %zu bytes", out->cap_bytes);
  return ONUS_OK;
}

/* Makes room for at least one byte more. */
static onus_status make_room(output *out, const char *path, onus_error *error) {
  ONUS_TRY(check_cap(out, path, error));
  if (out->length_bytes < out->capacity_bytes)
    return ONUS_OK;
  size_t capacity = out->capacity_bytes ? out->capacity_bytes * 2 : FIRST_BYTES;
  capacity = capacity < out->cap_bytes + 1 ? capacity : out->cap_bytes + 1;
  char *grown = realloc(out->bytes, capacity + 1); /* and the NUL */
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  out->bytes = grown;
  out->capacity_bytes = capacity;
  return ONUS_OK;
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

/* --- gzip ----------------------------------------------------------------------------------------------------------
 */

static size_t less(size_t a, size_t b) {
  return a < b ? a : b;
}

/* A gzip file is one member after the other. */
static onus_status inflate_all(z_stream *stream, const onus_text *packed, const char *path, output *out,
                               onus_error *error) {
  size_t taken = 0;
  for (;;) {
    ONUS_TRY(make_room(out, path, error));
    size_t room = less(out->capacity_bytes - out->length_bytes, STEP_BYTES);
    size_t given = less(packed->length - taken, STEP_BYTES);
    stream->next_in = (Bytef *)(packed->bytes + taken);
    stream->avail_in = (uInt)given;
    stream->next_out = (Bytef *)(out->bytes + out->length_bytes);
    stream->avail_out = (uInt)room;
    int result = inflate(stream, Z_NO_FLUSH);
    taken += given - stream->avail_in;
    out->length_bytes += room - stream->avail_out;
    if (result == Z_STREAM_END && taken == packed->length)
      return check_cap(out, path, error);
    if (result == Z_STREAM_END)
      result = inflateReset(stream);
    if (result == Z_MEM_ERROR)
      return ONUS_FAIL_NO_MEMORY(error);
    if (result == Z_BUF_ERROR && taken == packed->length)
      return fail_short(path, "gzip", taken, error);
    if (result != Z_OK)
      return fail_damaged(path, "gzip", taken, error);
    if (result == Z_OK && taken == packed->length && stream->avail_out > 0)
      return fail_short(path, "gzip", taken, error);
  }
}

static onus_status unpack_gzip(const onus_text *packed, const char *path, output *out, onus_error *error) {
  z_stream stream = {0};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) /* 15: the largest window; 16: with a gzip header */
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = inflate_all(&stream, packed, path, out, error);
  (void)inflateEnd(&stream);
  return status;
}

/* --- Zstandard -----------------------------------------------------------------------------------------------------
 */

static onus_status decompress_all(ZSTD_DCtx *context, const onus_text *packed, const char *path, output *out,
                                  onus_error *error) {
  ZSTD_inBuffer in = {packed->bytes, packed->length, 0};
  size_t left = 1; /* of the frame; 0: it is whole */
  while (in.pos < in.size || left > 0) {
    ONUS_TRY(make_room(out, path, error));
    ZSTD_outBuffer into = {out->bytes, out->capacity_bytes, out->length_bytes};
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
    bool has_moved = in.pos > before || into.pos > out->length_bytes;
    out->length_bytes = into.pos;
    if (left > 0 && in.pos == in.size && (into.pos < into.size || !has_moved))
      return fail_short(path, "Zstandard", in.size, error);
  }
  return check_cap(out, path, error);
}

static onus_status unpack_zstd(const onus_text *packed, const char *path, output *out, onus_error *error) {
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

/* -------------------------------------------------------------------------------------------------------------------
 */

static bool begins_with(const onus_text *text, const char *bytes, size_t length_bytes) {
  return text->length >= length_bytes && memcmp(text->bytes, bytes, length_bytes) == 0;
}

onus_status onus_packed_read(const char *path, size_t cap_bytes, onus_text *ret_text, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_file_read(path, cap_bytes, &text, error));
  bool is_gzip = begins_with(&text, "\x1f\x8b", 2), is_zstd = begins_with(&text, "\x28\xb5\x2f\xfd", 4);
  if (!is_gzip && !is_zstd) {
    *ret_text = text;
    return ONUS_OK;
  }
  output out = {.cap_bytes = cap_bytes};
  onus_status status = (is_gzip ? unpack_gzip : unpack_zstd)(&text, path, &out, error);
  onus_text_free(&text);
  if (status != ONUS_OK) {
    free(out.bytes);
    return status;
  }
  out.bytes[out.length_bytes] = '\0';
  *ret_text = (onus_text){out.bytes, out.length_bytes};
  return ONUS_OK;
}
