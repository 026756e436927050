#include "custody/secret.h"

#include <sodium.h>
#include <stdlib.h>

onus_status onus_sodium_start(onus_error *error) {
  if (sodium_init() < 0)
    return ONUS_FAIL(error, ONUS_UNSUPPORTED, "libsodium cannot start; the system gives no random bytes");
  return ONUS_OK;
}

onus_status onus_secret_new(size_t capacity_bytes, onus_secret **ret_secret, onus_error *error) {
  ONUS_TRY(onus_sodium_start(error));
  onus_secret *secret = calloc(1, sizeof *secret);
  unsigned char *bytes = secret ? sodium_malloc(capacity_bytes + 1) : NULL;
  if (!bytes) {
    free(secret);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  sodium_memzero(bytes, capacity_bytes + 1);
  *secret = (onus_secret){bytes, capacity_bytes, 0};
  *ret_secret = secret;
  return ONUS_OK;
}

void onus_secret_free(onus_secret *secret) {
  if (!secret)
    return;
  sodium_free(secret->bytes);
  free(secret);
}

char *onus_secret_bytes(onus_secret *secret) {
  return (char *)secret->bytes;
}

size_t onus_secret_capacity(const onus_secret *secret) {
  return secret->capacity_bytes;
}

void onus_secret_set_length(onus_secret *secret, size_t length_bytes) {
  secret->length_bytes = length_bytes < secret->capacity_bytes ? length_bytes : secret->capacity_bytes;
}
