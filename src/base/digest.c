#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium/crypto_hash_sha256.h>

static void write_digest(const unsigned char *hash, char *out) {
  static const char DIGITS[] = "0123456789abcdef";
  memcpy(out, "sha256:", 7);
  for (size_t i = 0; i < crypto_hash_sha256_BYTES; i++) {
    out[7 + 2 * i] = DIGITS[hash[i] >> 4];
    out[8 + 2 * i] = DIGITS[hash[i] & 15];
  }
  out[ONUS_DIGEST_BYTES - 1] = '\0';
}

void onus_digest_bytes(const void *bytes, size_t length_bytes, char *out) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  (void)crypto_hash_sha256(hash, bytes, length_bytes);
  write_digest(hash, out);
}

static onus_status hash_file(int fd, const char *path, size_t cap_bytes, char *ret_digest, size_t *ret_length_bytes,
                             onus_error *error) {
  crypto_hash_sha256_state state;
  unsigned char hash[crypto_hash_sha256_BYTES], piece[1 << 16];
  size_t length = 0;
  (void)crypto_hash_sha256_init(&state);
  for (;;) {
    ssize_t got = read(fd, piece, sizeof piece);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return ONUS_FAIL_IO(error, path, "cannot be read");
    if (got == 0)
      break;
    length += (size_t)got;
    if (length > cap_bytes)
      return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "is larger than %zu bytes", cap_bytes);
    (void)crypto_hash_sha256_update(&state, piece, (unsigned long long)got);
  }
  (void)crypto_hash_sha256_final(&state, hash);
  write_digest(hash, ret_digest);
  if (ret_length_bytes)
    *ret_length_bytes = length;
  return ONUS_OK;
}

onus_status onus_digest_file(const char *path, size_t cap_bytes, char *ret_digest, size_t *ret_length_bytes,
                             onus_error *error) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return ONUS_FAIL_IO(error, path, "cannot be read");
  onus_status status = hash_file(fd, path, cap_bytes, ret_digest, ret_length_bytes, error);
  close(fd);
  return status;
}
