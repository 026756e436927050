#include "package/trailer.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/little_endian.h"
#include "verify/tree.h"

#define WORD "onus package, SHA-256 "
enum {
  WORD_BYTES = sizeof WORD - 1,
  TEXT_BYTES = WORD_BYTES + 64,
  ZIP_COMMENT_LENGTH = 2, /* the last field of the end of a zip */
  FRAME_HEAD = 8,
  PIECE_BYTES = 1 << 16
};
/* A frame that decoders of Zstandard skip (RFC 8878, 3.1.2), and its length. */
static const unsigned char FRAME[FRAME_HEAD] = {0x5D, 0x2A, 0x4D, 0x18, TEXT_BYTES, 0, 0, 0};

/* --- bytes -------------------------------------------------------------------------------------------------------- */

bool onus_read_at(int fd, void *bytes, size_t count, uint64_t offset) {
  for (size_t done = 0; done < count;) {
    ssize_t got = pread(fd, (char *)bytes + done, count - done, (off_t)(offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      errno = got == 0 ? 0 : errno;
      return false;
    }
    done += (size_t)got;
  }
  return true;
}

/* --- the digest --------------------------------------------------------------------------------------------------- */

static onus_status fail_io(onus_error *error, const char *path, const char *what) {
  int number = errno;
  return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "%s: %s", what, number ? strerror(number) : "it is too short");
}

/* The text that stands at the end: the word and the digest of what is before. */
static onus_status make_text(int fd, const char *path, uint64_t length_bytes, char text[TEXT_BYTES + 1],
                             onus_error *error) {
  unsigned char piece[PIECE_BYTES];
  onus_hash hash;
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (uint64_t at = 0; at < length_bytes;) {
    size_t count = length_bytes - at < sizeof piece ? (size_t)(length_bytes - at) : sizeof piece;
    if (!onus_read_at(fd, piece, count, at))
      return fail_io(error, path, "cannot be read");
    crypto_hash_sha256_update(&state, piece, count);
    at += count;
  }
  crypto_hash_sha256_final(&state, hash.bytes);
  memcpy(text, WORD, WORD_BYTES);
  onus_hash_to_hex(&hash, text + WORD_BYTES);
  return ONUS_OK;
}

onus_status onus_trailer_write(int fd, const char *path, onus_package_format format, uint64_t *ret_bytes,
                               onus_error *error) {
  static const unsigned char COMMENT_LENGTH[ZIP_COMMENT_LENGTH] = {TEXT_BYTES, 0};
  struct stat info;
  char text[TEXT_BYTES + 1];
  if (fstat(fd, &info) != 0)
    return fail_io(error, path, "cannot be read");
  uint64_t length = (uint64_t)info.st_size;
  bool is_good;
  if (format == ONUS_PACKAGE_ZIP) {
    is_good = lseek(fd, (off_t)length - ZIP_COMMENT_LENGTH, SEEK_SET) >= 0 &&
              onus_file_write_open(fd, COMMENT_LENGTH, sizeof COMMENT_LENGTH);
  } else {
    is_good = lseek(fd, (off_t)length, SEEK_SET) >= 0 && onus_file_write_open(fd, FRAME, sizeof FRAME);
    length += sizeof FRAME;
  }
  if (!is_good)
    return fail_io(error, path, "cannot be written");
  ONUS_TRY(make_text(fd, path, length, text, error));
  if (!onus_file_write_open(fd, text, TEXT_BYTES))
    return fail_io(error, path, "cannot be written");
  *ret_bytes = length + TEXT_BYTES;
  return ONUS_OK;
}

onus_status onus_trailer_check(int fd, const char *path, onus_package_format format, uint64_t length_bytes,
                               bool *ret_is_there, onus_error *error) {
  unsigned char end[FRAME_HEAD + TEXT_BYTES];
  char text[TEXT_BYTES + 1];
  *ret_is_there = false;
  if (length_bytes < sizeof end)
    return ONUS_OK;
  if (!onus_read_at(fd, end, sizeof end, length_bytes - sizeof end))
    return fail_io(error, path, "cannot be read");
  const unsigned char *found = end + FRAME_HEAD;
  bool is_framed = format == ONUS_PACKAGE_ZIP ? onus_load_le16(found - ZIP_COMMENT_LENGTH) == TEXT_BYTES
                                              : memcmp(end, FRAME, sizeof FRAME) == 0;
  if (!is_framed || memcmp(found, WORD, WORD_BYTES) != 0)
    return ONUS_OK;
  ONUS_TRY(make_text(fd, path, length_bytes - TEXT_BYTES, text, error));
  if (memcmp(found, text, TEXT_BYTES) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "was damaged or changed since it was packed: the SHA-256 of its bytes is %.16s…, and %.16s… "
                        "stands at its end",
                        text + WORD_BYTES, (const char *)found + WORD_BYTES);
  *ret_is_there = true;
  return ONUS_OK;
}
