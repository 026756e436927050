#include "verify/note.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char DASH[] = "\xE2\x80\x94 "; /* what a signature line begins with */
enum { SIGNATURE_BYTES_MAX = 6144 };

/* --- keys -------------------------------------------------------------------------------------------------------- */

bool onus_key_name_is_good(const char *name, size_t length) {
  return length > 0 && length < ONUS_KEY_NAME_BYTES && onus_scan_characters(name, length, ONUS_SCAN_NAME) == length;
}

void onus_public_key_make(const char *name, onus_key_type type, const unsigned char bytes[ONUS_KEY_BYTES],
                          onus_public_key *ret_key) {
  onus_public_key key = {.type = type};
  snprintf(key.name, sizeof key.name, "%s", name);
  memcpy(key.bytes, bytes, ONUS_KEY_BYTES);
  unsigned char digest[crypto_hash_sha256_BYTES], middle[2] = {'\n', (unsigned char)type};
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, (const unsigned char *)key.name, strlen(key.name));
  crypto_hash_sha256_update(&state, middle, sizeof middle);
  crypto_hash_sha256_update(&state, bytes, ONUS_KEY_BYTES);
  crypto_hash_sha256_final(&state, digest);
  memcpy(key.id, digest, sizeof key.id);
  *ret_key = key;
}

void onus_public_key_format(const onus_public_key *key, char text[ONUS_KEY_TEXT_BYTES]) {
  unsigned char typed[1 + ONUS_KEY_BYTES] = {(unsigned char)key->type};
  memcpy(typed + 1, key->bytes, ONUS_KEY_BYTES);
  char id[2 * ONUS_KEY_ID_BYTES + 1], encoded[sodium_base64_ENCODED_LEN(sizeof typed, sodium_base64_VARIANT_ORIGINAL)];
  sodium_bin2hex(id, sizeof id, key->id, sizeof key->id);
  sodium_bin2base64(encoded, sizeof encoded, typed, sizeof typed, sodium_base64_VARIANT_ORIGINAL);
  snprintf(text, ONUS_KEY_TEXT_BYTES, "%s+%s+%s", key->name, id, encoded);
}

onus_status onus_public_key_parse(const char *path, unsigned line, const char *text, size_t length,
                                  onus_public_key *ret_key, onus_error *error) {
  const char *plus = length ? memchr(text, '+', length) : NULL;
  size_t name_bytes = plus ? (size_t)(plus - text) : 0, n_typed = 0, at = name_bytes + 2 * ONUS_KEY_ID_BYTES + 2;
  unsigned char typed[1 + ONUS_KEY_BYTES];
  char name[ONUS_KEY_NAME_BYTES], again[ONUS_KEY_TEXT_BYTES];
  if (!onus_key_name_is_good(text, name_bytes) || length < at ||
      !onus_scan_base64(text + at, length - at, typed, sizeof typed, &n_typed) || n_typed != sizeof typed)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, line, 1,
                        "this is no public key; one is written name+8 hexadecimal digits+base64, as `onus key show` "
                        "prints it");
  if (typed[0] != ONUS_KEY_SIGNS && typed[0] != ONUS_KEY_COSIGNS)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, line, 1,
                        "a key of type 0x%02x; Ed25519 keys that sign (0x01) or cosign (0x04) can be used", typed[0]);
  snprintf(name, sizeof name, "%.*s", (int)name_bytes, text);
  onus_public_key key;
  onus_public_key_make(name, (onus_key_type)typed[0], typed + 1, &key);
  onus_public_key_format(&key, again);
  if (!onus_scan_is(text, length, again))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, line, 1,
                        "the digits after the name of the key %s are not those of the key; it was changed or mistyped",
                        name);
  *ret_key = key;
  return ONUS_OK;
}

bool onus_public_key_same(const onus_public_key *a, const onus_public_key *b) {
  return a->type == b->type && strcmp(a->name, b->name) == 0 && sodium_memcmp(a->bytes, b->bytes, ONUS_KEY_BYTES) == 0;
}

/* --- notes ------------------------------------------------------------------------------------------------------- */

static bool parse_signature(const char *at, size_t length, onus_signature *out) {
  unsigned char bytes[SIGNATURE_BYTES_MAX];
  size_t n = 0;
  const char *blank = onus_scan_literal(&at, &length, DASH) ? memchr(at, ' ', length) : NULL;
  if (!blank)
    return false;
  out->name = at;
  out->name_bytes = (size_t)(blank - at);
  if (!onus_key_name_is_good(at, out->name_bytes) ||
      !onus_scan_base64(blank + 1, length - out->name_bytes - 1, bytes, sizeof bytes, &n) || n <= ONUS_KEY_ID_BYTES)
    return false;
  memcpy(out->id, bytes, ONUS_KEY_ID_BYTES);
  out->n_bytes = n - ONUS_KEY_ID_BYTES;
  memcpy(out->bytes, bytes + ONUS_KEY_ID_BYTES, out->n_bytes < sizeof out->bytes ? out->n_bytes : sizeof out->bytes);
  return true;
}

/* The text ends at the last empty line; what follows are signatures. */
onus_status onus_note_parse(const char *path, unsigned first_line, const char *bytes, size_t length,
                            onus_note *ret_note, onus_error *error) {
  if (length > ONUS_NOTE_BYTES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "a signed note of %zu bytes; at most %zu are accepted", length,
                        ONUS_NOTE_BYTES);
  onus_note note = {.path = path, .text = bytes, .line = first_line};
  onus_lines lines = {bytes, length, first_line}, signatures = {.at = NULL};
  const char *line;
  size_t line_bytes;
  while (onus_lines_next(&lines, &line, &line_bytes)) {
    size_t good = onus_scan_characters(line, line_bytes, ONUS_SCAN_TEXT);
    if (good < line_bytes)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, lines.line - 1, 0,
                          "the byte 0x%02x has no place in a signed note; take the file from its source again",
                          (unsigned)(unsigned char)line[good]);
    if (line_bytes == 0) {
      signatures = lines;
      note.text_bytes = (size_t)(line - bytes);
    }
  }
  if (note.text_bytes < 2 || lines.rest_bytes > 0 || signatures.rest_bytes == 0)
    return ONUS_FAIL_AT(
        error, ONUS_BAD_INPUT, path, first_line, 1,
        "no signed note; one is a text, an empty line and lines that begin with a dash, the signatures");
  while (onus_lines_next(&signatures, &line, &line_bytes)) {
    if (note.n_signatures == ONUS_NOTE_SIGNATURES)
      return ONUS_FAIL_AT(error, ONUS_LIMIT, path, signatures.line - 1, 1, "more than %d signatures; remove some",
                          ONUS_NOTE_SIGNATURES);
    onus_signature *signature = &note.signatures[note.n_signatures++];
    signature->line = signatures.line - 1;
    if (!parse_signature(line, line_bytes, signature))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, signature->line, 1,
                          "no signature; a line with one is a dash, the name of the key and base64");
  }
  *ret_note = note;
  return ONUS_OK;
}

bool onus_signature_is_by(const onus_signature *signature, const onus_public_key *key) {
  return onus_scan_is(signature->name, signature->name_bytes, key->name) &&
         memcmp(key->id, signature->id, sizeof key->id) == 0;
}

char *onus_cosigned_text(const char *text, size_t text_bytes, uint64_t time_utc, size_t *ret_bytes) {
  char *out = NULL;
  int length = asprintf(&out, "cosignature/v1\ntime %llu\n%.*s", (unsigned long long)time_utc, (int)text_bytes, text);
  *ret_bytes = length < 0 ? 0 : (size_t)length;
  return length < 0 ? NULL : out;
}

onus_status onus_signature_check(const onus_note *note, const onus_signature *signature, const onus_public_key *key,
                                 int64_t *ret_time_utc, onus_error *error) {
  const unsigned char *bytes = signature->bytes;
  uint64_t time_utc = 0;
  bool is_good = false;
  if (key->type == ONUS_KEY_SIGNS && signature->n_bytes == ONUS_SIGNATURE_BYTES) {
    is_good = crypto_sign_verify_detached(bytes, (const unsigned char *)note->text, note->text_bytes, key->bytes) == 0;
  } else if (key->type == ONUS_KEY_COSIGNS && signature->n_bytes == ONUS_COSIGNATURE_BYTES) {
    for (size_t i = 0; i < 8; i++)
      time_utc = time_utc << 8 | bytes[i];
    size_t cosigned_bytes;
    char *cosigned = onus_cosigned_text(note->text, note->text_bytes, time_utc, &cosigned_bytes);
    if (!cosigned)
      return ONUS_FAIL_NO_MEMORY(error);
    is_good = time_utc <= INT64_MAX &&
              crypto_sign_verify_detached(bytes + 8, (const unsigned char *)cosigned, cosigned_bytes, key->bytes) == 0;
    free(cosigned);
  }
  if (!is_good)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, note->path, signature->line, 1,
                        "the signature of %s is not one of this text; the text or the signature was changed",
                        key->name);
  *ret_time_utc = (int64_t)time_utc;
  return ONUS_OK;
}

/* --- checkpoints ------------------------------------------------------------------------------------------------- */

onus_status onus_checkpoint_parse(const onus_note *note, onus_checkpoint *ret_checkpoint, onus_error *error) {
  onus_lines lines = {note->text, note->text_bytes, note->line};
  const char *size = NULL, *root = NULL, *extension;
  size_t size_bytes = 0, root_bytes = 0, n_root = 0, extension_bytes;
  onus_checkpoint checkpoint = {0};
  bool is_good = onus_lines_next(&lines, &checkpoint.origin, &checkpoint.origin_bytes) &&
                 onus_lines_next(&lines, &size, &size_bytes) && onus_lines_next(&lines, &root, &root_bytes) &&
                 checkpoint.origin_bytes > 0 && onus_decimal_parse(size, size_bytes, &checkpoint.size) &&
                 checkpoint.size <= ONUS_TREE_SIZE_MAX &&
                 onus_scan_base64(root, root_bytes, checkpoint.root.bytes, ONUS_HASH_BYTES, &n_root) &&
                 n_root == ONUS_HASH_BYTES;
  while (is_good && onus_lines_next(&lines, &extension, &extension_bytes))
    is_good = extension_bytes > 0;
  if (!is_good)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, note->path, note->line, 1,
                        "no checkpoint; its first lines are the origin, the number of leaves and the root in base64");
  *ret_checkpoint = checkpoint;
  return ONUS_OK;
}

bool onus_checkpoint_same_origin(const onus_checkpoint *a, const onus_checkpoint *b) {
  return a->origin_bytes == b->origin_bytes && memcmp(a->origin, b->origin, a->origin_bytes) == 0;
}
