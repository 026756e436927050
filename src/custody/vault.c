#include "custody/vault.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "verify/note.h"

enum {
  HEAD_BYTES = 2048,
  OPERATIONS_MOST = 16,
  MEMORY_MOST = 1 << 30,
  NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
  TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

typedef struct parameters {
  uint64_t operations, memory_bytes;
  unsigned char salt[crypto_pwhash_SALTBYTES], nonce[NONCE_BYTES];
} parameters;

static onus_status derive(const parameters *p, const onus_secret *passphrase, onus_secret **ret_key,
                          onus_error *error) {
  onus_secret *key;
  ONUS_TRY(onus_secret_new(crypto_aead_xchacha20poly1305_ietf_KEYBYTES, &key, error));
  if (crypto_pwhash(key->bytes, key->capacity_bytes, (const char *)passphrase->bytes, passphrase->length_bytes, p->salt,
                    p->operations, (size_t)p->memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    onus_secret_free(key);
    return ONUS_FAIL(error, ONUS_NO_MEMORY, "Argon2id needs %llu MiB of memory, which the system does not give",
                     (unsigned long long)p->memory_bytes >> 20);
  }
  *ret_key = key;
  return ONUS_OK;
}

/* --- closing ----------------------------------------------------------------------------------------------------- */

static onus_status encrypt(const parameters *p, const onus_secret *passphrase, const void *content,
                           size_t content_bytes, size_t least_bytes, onus_buffer *out, onus_error *error) {
  size_t padded_bytes = least_bytes, head_bytes = out->length_bytes;
  while (padded_bytes <= content_bytes)
    padded_bytes *= 2;
  onus_secret *key = NULL, *padded = NULL;
  unsigned char *cipher = NULL;
  unsigned long long cipher_bytes;
  onus_status status = derive(p, passphrase, &key, error);
  if (status == ONUS_OK)
    status = onus_secret_new(padded_bytes, &padded, error);
  if (status == ONUS_OK && !(cipher = malloc(padded_bytes + TAG_BYTES)))
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    memcpy(padded->bytes, content, content_bytes);
    padded->bytes[content_bytes] = 0x80;
    crypto_aead_xchacha20poly1305_ietf_encrypt(cipher, &cipher_bytes, padded->bytes, padded_bytes,
                                               (const unsigned char *)out->bytes, head_bytes, NULL, p->nonce,
                                               key->bytes);
    onus_buffer_append(out, (const char *)cipher, (size_t)cipher_bytes);
  }
  free(cipher);
  onus_secret_free(padded);
  onus_secret_free(key);
  return status;
}

onus_status onus_vault_close(const char *kind, const char *public_line, const onus_secret *passphrase,
                             const void *content, size_t content_bytes, size_t least_bytes, onus_text *ret_file,
                             onus_error *error) {
  ONUS_TRY(onus_sodium_start(error));
  if (content_bytes > ONUS_VAULT_BYTES / 2 - 1)
    return ONUS_FAIL(error, ONUS_LIMIT, "%zu bytes to be sealed; at most %zu can be", content_bytes,
                     ONUS_VAULT_BYTES / 2 - 1);
  parameters p = {.operations = crypto_pwhash_OPSLIMIT_MODERATE, .memory_bytes = crypto_pwhash_MEMLIMIT_MODERATE};
  char salt[2 * sizeof p.salt + 1], nonce[2 * sizeof p.nonce + 1];
  randombytes_buf(p.salt, sizeof p.salt);
  randombytes_buf(p.nonce, sizeof p.nonce);
  sodium_bin2hex(salt, sizeof salt, p.salt, sizeof p.salt);
  sodium_bin2hex(nonce, sizeof nonce, p.nonce, sizeof p.nonce);
  onus_buffer out = onus_buffer_new(ONUS_VAULT_BYTES + HEAD_BYTES);
  onus_buffer_printf(&out, "onus-%s 1\n%s%skdf argon2id %llu %llu\nsalt %s\nnonce %s\n\n", kind,
                     public_line ? public_line : "", public_line ? "\n" : "", (unsigned long long)p.operations,
                     (unsigned long long)p.memory_bytes, salt, nonce);
  onus_status status = out.status == ONUS_OK ? encrypt(&p, passphrase, content, content_bytes, least_bytes, &out, error)
                                             : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_buffer_take(&out, ret_file, error);
  onus_buffer_free(&out);
  return status;
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

static bool take_head(onus_lines *lines, const char *kind) {
  char head[64];
  int head_bytes = snprintf(head, sizeof head, "onus-%s 1", kind);
  const char *line;
  size_t line_bytes;
  return onus_lines_next(lines, &line, &line_bytes) && line_bytes == (size_t)head_bytes &&
         memcmp(line, head, line_bytes) == 0;
}

bool onus_vault_public_line(const char *kind, const char *bytes, size_t length, const char **ret_line,
                            size_t *ret_bytes) {
  onus_lines lines = {bytes, length < HEAD_BYTES ? length : HEAD_BYTES, 1};
  return take_head(&lines, kind) && onus_lines_next(&lines, ret_line, ret_bytes) &&
         !(*ret_bytes >= 4 && memcmp(*ret_line, "kdf ", 4) == 0);
}

/* The word after `prefix` up to `end`, as a number. */
static bool take_number(const char **at, const char *end, uint64_t *ret_value) {
  size_t digits = 0;
  while (*at + digits < end && (*at)[digits] != ' ')
    digits++;
  bool is_good = onus_decimal_parse(*at, digits, ret_value);
  *at += digits;
  if (*at < end)
    ++*at;
  return is_good;
}

static bool take_hex(onus_lines *lines, const char *prefix, unsigned char *out, size_t out_bytes) {
  const char *line;
  size_t line_bytes, prefix_bytes = strlen(prefix), got = 0;
  return onus_lines_next(lines, &line, &line_bytes) && line_bytes == prefix_bytes + 2 * out_bytes &&
         memcmp(line, prefix, prefix_bytes) == 0 &&
         sodium_hex2bin(out, out_bytes, line + prefix_bytes, 2 * out_bytes, NULL, &got, NULL) == 0 && got == out_bytes;
}

static bool take_parameters(onus_lines *lines, parameters *out) {
  static const char KDF[] = "kdf argon2id ";
  const char *line;
  size_t line_bytes;
  if (!onus_lines_next(lines, &line, &line_bytes))
    return false;
  if (line_bytes < sizeof KDF - 1 || memcmp(line, KDF, sizeof KDF - 1) != 0)
    if (!onus_lines_next(lines, &line, &line_bytes) || line_bytes < sizeof KDF - 1 ||
        memcmp(line, KDF, sizeof KDF - 1) != 0)
      return false;
  const char *at = line + sizeof KDF - 1, *end = line + line_bytes;
  return take_number(&at, end, &out->operations) && take_number(&at, end, &out->memory_bytes) && at == end &&
         out->operations >= crypto_pwhash_OPSLIMIT_MIN && out->operations <= OPERATIONS_MOST &&
         out->memory_bytes >= crypto_pwhash_MEMLIMIT_MIN && out->memory_bytes <= MEMORY_MOST &&
         take_hex(lines, "salt ", out->salt, sizeof out->salt) &&
         take_hex(lines, "nonce ", out->nonce, sizeof out->nonce) && onus_lines_next(lines, &line, &line_bytes) &&
         line_bytes == 0;
}

static onus_status decrypt(const char *path, const parameters *p, const onus_secret *passphrase, const char *bytes,
                           const onus_lines *rest, onus_secret **ret_content, onus_error *error) {
  onus_secret *key = NULL, *content = NULL;
  unsigned long long padded_bytes = 0;
  onus_status status = derive(p, passphrase, &key, error);
  if (status == ONUS_OK)
    status = onus_secret_new(rest->rest_bytes - TAG_BYTES, &content, error);
  if (status == ONUS_OK) {
    bool is_open = crypto_aead_xchacha20poly1305_ietf_decrypt(
                       content->bytes, &padded_bytes, NULL, (const unsigned char *)rest->at, rest->rest_bytes,
                       (const unsigned char *)bytes, (unsigned long long)(rest->at - bytes), p->nonce, key->bytes) == 0;
    while (is_open && padded_bytes > 0 && content->bytes[padded_bytes - 1] == 0)
      padded_bytes--;
    if (!is_open || padded_bytes == 0 || content->bytes[padded_bytes - 1] != 0x80)
      status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                            "does not open: the passphrase is another one, or the file was changed");
  }
  if (status == ONUS_OK) {
    content->bytes[padded_bytes - 1] = 0;
    content->length_bytes = (size_t)padded_bytes - 1;
    *ret_content = content;
  } else {
    onus_secret_free(content);
  }
  onus_secret_free(key);
  return status;
}

bool onus_vault_head_is_good(const char *kind, const char *bytes, size_t length) {
  parameters p;
  onus_lines lines = {bytes, length, 1};
  return take_head(&lines, kind) && take_parameters(&lines, &p) && lines.rest_bytes > TAG_BYTES;
}

onus_status onus_vault_open(const char *path, const char *kind, const char *bytes, size_t length,
                            const onus_secret *passphrase, onus_secret **ret_content, onus_error *error) {
  ONUS_TRY(onus_sodium_start(error));
  parameters p;
  onus_lines lines = {bytes, length, 1};
  if (!take_head(&lines, kind))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 1, 1, "does not begin with \"onus-%s 1\"; name another file",
                        kind);
  if (!take_parameters(&lines, &p) || lines.rest_bytes <= TAG_BYTES)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, lines.line, 1,
                        "the lines before the encrypted part are not those that onus writes; the file was changed or "
                        "cut");
  return decrypt(path, &p, passphrase, bytes, &lines, ret_content, error);
}
