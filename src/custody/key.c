#include "custody/key.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "custody/vault.h"

enum { LEAST_BYTES = 64, FILE_BYTES = 1 << 16 };
static const char KIND[] = "key";

void onus_key_free(onus_key *key) {
  if (!key)
    return;
  onus_secret_free(key->private_key);
  free(key);
}

/* A key from 32 bytes; new ones when `seed` is NULL. */
static onus_status make(const char *name, const unsigned char *seed, onus_key **ret_key, onus_error *error) {
  onus_key *key = calloc(1, sizeof *key);
  if (!key)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = onus_secret_new(crypto_sign_SECRETKEYBYTES, &key->private_key, error);
  if (status != ONUS_OK) {
    free(key);
    return status;
  }
  unsigned char public_bytes[crypto_sign_PUBLICKEYBYTES];
  if (seed)
    crypto_sign_seed_keypair(public_bytes, key->private_key->bytes, seed);
  else
    crypto_sign_keypair(public_bytes, key->private_key->bytes);
  key->private_key->length_bytes = crypto_sign_SECRETKEYBYTES;
  onus_public_key_make(name, ONUS_KEY_SIGNS, public_bytes, &key->public_key);
  *ret_key = key;
  return ONUS_OK;
}

onus_status onus_key_new(const char *name, onus_key **ret_key, onus_error *error) {
  if (!onus_key_name_is_good(name, strlen(name)))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                     "\"%.100s\" cannot be the name of a key; take one without blanks and plus, as fbi.example/sony",
                     name);
  return make(name, NULL, ret_key, error);
}

onus_status onus_key_write(const onus_key *key, const char *path, const onus_secret *passphrase, onus_error *error) {
  if (passphrase->length_bytes == 0)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the passphrase is empty; choose one");
  char public_line[ONUS_KEY_TEXT_BYTES];
  onus_text file;
  onus_public_key_format(&key->public_key, public_line);
  ONUS_TRY(onus_vault_close(KIND, public_line, passphrase, key->private_key->bytes, crypto_sign_SEEDBYTES, LEAST_BYTES,
                            &file, error));
  onus_status status = onus_file_write_private(path, true, file.bytes, file.length, error);
  onus_text_free(&file);
  return status;
}

static onus_status read_public(const char *path, const onus_text *file, onus_public_key *ret_key, onus_error *error) {
  const char *line;
  size_t line_bytes;
  if (!onus_vault_public_line(KIND, file->bytes, file->length, &line, &line_bytes))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 1, 1, "is not the file of a key; `onus key new` makes one");
  return onus_public_key_parse(path, 2, line, line_bytes, ret_key, error);
}

onus_status onus_key_read(const char *path, const onus_secret *passphrase, onus_key **ret_key, onus_error *error) {
  onus_text file;
  onus_public_key public_key;
  onus_secret *seed = NULL;
  onus_key *key = NULL;
  ONUS_TRY(onus_file_read(path, FILE_BYTES, &file, error));
  onus_status status = read_public(path, &file, &public_key, error);
  if (status == ONUS_OK)
    status = onus_vault_open(path, KIND, file.bytes, file.length, passphrase, &seed, error);
  if (status == ONUS_OK && seed->length_bytes != crypto_sign_SEEDBYTES)
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "holds %zu bytes where a key has %u", seed->length_bytes,
                          crypto_sign_SEEDBYTES);
  if (status == ONUS_OK)
    status = make(public_key.name, seed->bytes, &key, error);
  if (status == ONUS_OK && !onus_public_key_same(&key->public_key, &public_key))
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 2, 1, "the public key is not that of the private one");
  onus_secret_free(seed);
  onus_text_free(&file);
  if (status == ONUS_OK)
    *ret_key = key;
  else
    onus_key_free(key);
  return status;
}

static onus_status public_text(const onus_public_key *key, bool cosigns, onus_text *ret_text, onus_error *error) {
  onus_public_key as = *key;
  if (cosigns)
    onus_public_key_make(key->name, ONUS_KEY_COSIGNS, key->bytes, &as);
  char line[ONUS_KEY_TEXT_BYTES];
  onus_public_key_format(&as, line);
  onus_buffer out = onus_buffer_new(ONUS_KEY_TEXT_BYTES);
  onus_buffer_string(&out, line);
  return onus_buffer_take(&out, ret_text, error);
}

onus_status onus_key_public(const onus_key *key, bool cosigns, onus_text *ret_text, onus_error *error) {
  return public_text(&key->public_key, cosigns, ret_text, error);
}

onus_status onus_key_file_public(const char *path, bool cosigns, onus_text *ret_text, onus_error *error) {
  onus_text file;
  onus_public_key key;
  ONUS_TRY(onus_file_read(path, FILE_BYTES, &file, error));
  onus_status status = read_public(path, &file, &key, error);
  onus_text_free(&file);
  return status == ONUS_OK ? public_text(&key, cosigns, ret_text, error) : status;
}

onus_status onus_key_sign(const onus_key *key, const char *text, size_t text_bytes, int64_t time_utc, onus_buffer *out,
                          onus_error *error) {
  unsigned char signature[ONUS_KEY_ID_BYTES + ONUS_COSIGNATURE_BYTES];
  size_t n = ONUS_KEY_ID_BYTES;
  onus_public_key as = key->public_key;
  char *cosigned = NULL;
  if (time_utc > 0) {
    onus_public_key_make(as.name, ONUS_KEY_COSIGNS, key->public_key.bytes, &as);
    cosigned = onus_cosigned_text(text, text_bytes, (uint64_t)time_utc, &text_bytes);
    if (!cosigned)
      return ONUS_FAIL_NO_MEMORY(error);
    text = cosigned;
    for (unsigned i = 0; i < 8; i++)
      signature[n++] = (unsigned char)((uint64_t)time_utc >> (56 - 8 * i));
  }
  memcpy(signature, as.id, ONUS_KEY_ID_BYTES);
  crypto_sign_detached(signature + n, NULL, (const unsigned char *)text, text_bytes, key->private_key->bytes);
  free(cosigned);
  char encoded[sodium_base64_ENCODED_LEN(sizeof signature, sodium_base64_VARIANT_ORIGINAL)];
  sodium_bin2base64(encoded, sizeof encoded, signature, n + crypto_sign_BYTES, sodium_base64_VARIANT_ORIGINAL);
  onus_buffer_printf(out, "\xE2\x80\x94 %s %s\n", as.name, encoded);
  return out->status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}
