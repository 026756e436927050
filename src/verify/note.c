#include "verify/note.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/text_internal.h"

static const char DASH[] = "\xE2\x80\x94 "; /* what a signature line begins with */
enum { DASH_BYTES = sizeof DASH - 1, SIGNATURE_BYTES_MAX = 6144 };

/* --- small parts ------------------------------------------------------------------------------------------------- */

bool onus_lines_next(onus_lines *lines, const char **ret_line, size_t *ret_bytes) {
  const char *end = lines->rest_bytes ? memchr(lines->at, '\n', lines->rest_bytes) : NULL;
  if (!end)
    return false;
  *ret_line = lines->at;
  *ret_bytes = (size_t)(end - lines->at);
  lines->rest_bytes -= *ret_bytes + 1;
  lines->at = end + 1;
  lines->line++;
  return true;
}

bool onus_decimal_parse(const char *text, size_t length, uint64_t *ret_value) {
  if (length == 0 || length > 18 || (text[0] == '0' && length > 1))
    return false;
  uint64_t value = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    value = value * 10 + (uint64_t)(text[i] - '0');
  }
  *ret_value = value;
  return true;
}

/* Base64 to the letter: padded, without blanks, no bits behind the last byte. */
static bool decode(const char *text, size_t length, unsigned char *out, size_t out_bytes, size_t *ret_bytes) {
  return sodium_base642bin(out, out_bytes, text, length, NULL, ret_bytes, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

bool onus_key_name_is_good(const char *name, size_t length) {
  if (length == 0 || length >= ONUS_KEY_NAME_BYTES)
    return false;
  for (size_t at = 0, width; at < length; at += width) {
    uint32_t c;
    width = onus_text_decode(name + at, length - at, &c);
    bool is_space = c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200F) ||
                    (c >= 0x2028 && c <= 0x202F) || c == 0x205F || c == 0x3000 || c == 0xFEFF;
    if (width == 0 || is_space || c == '+')
      return false;
  }
  return true;
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
  const char *first = length ? memchr(text, '+', length) : NULL;
  size_t name_bytes = first ? (size_t)(first - text) : 0;
  unsigned char typed[1 + ONUS_KEY_BYTES];
  size_t n_typed = 0;
  char name[ONUS_KEY_NAME_BYTES], again[ONUS_KEY_TEXT_BYTES];
  if (!first || !onus_key_name_is_good(text, name_bytes) || length < name_bytes + 11 || text[name_bytes + 9] != '+' ||
      !decode(text + name_bytes + 10, length - name_bytes - 10, typed, sizeof typed, &n_typed) ||
      n_typed != sizeof typed)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, line, 1,
                        "this is no public key; one is written name+8 hexadecimal digits+base64, as `onus key show` "
                        "prints it");
  if (typed[0] != ONUS_KEY_SIGNS && typed[0] != ONUS_KEY_COSIGNS)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, line, 1,
                        "a key of type 0x%02x; Ed25519 keys that sign (0x01) or cosign (0x04) can be used", typed[0]);
  memcpy(name, text, name_bytes);
  name[name_bytes] = '\0';
  onus_public_key key;
  onus_public_key_make(name, (onus_key_type)typed[0], typed + 1, &key);
  onus_public_key_format(&key, again);
  if (strlen(again) != length || memcmp(again, text, length) != 0)
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

/* Where the signatures begin: behind the last empty line. */
static const char *find_signatures(const char *bytes, size_t length) {
  for (size_t at = length; at >= 2; at--)
    if (bytes[at - 1] == '\n' && bytes[at - 2] == '\n')
      return bytes + at;
  return NULL;
}

static bool parse_signature(const char *line, size_t length, onus_signature *out) {
  if (length <= DASH_BYTES || memcmp(line, DASH, DASH_BYTES) != 0)
    return false;
  out->name = line + DASH_BYTES;
  const char *blank = memchr(out->name, ' ', length - DASH_BYTES);
  if (!blank)
    return false;
  out->name_bytes = (size_t)(blank - out->name);
  unsigned char bytes[SIGNATURE_BYTES_MAX];
  size_t n = 0;
  if (!onus_key_name_is_good(out->name, out->name_bytes) ||
      !decode(blank + 1, length - DASH_BYTES - out->name_bytes - 1, bytes, sizeof bytes, &n) || n <= ONUS_KEY_ID_BYTES)
    return false;
  memcpy(out->id, bytes, ONUS_KEY_ID_BYTES);
  out->n_bytes = n - ONUS_KEY_ID_BYTES;
  memcpy(out->bytes, bytes + ONUS_KEY_ID_BYTES, out->n_bytes < sizeof out->bytes ? out->n_bytes : sizeof out->bytes);
  return true;
}

static onus_status check_characters(const char *path, unsigned first_line, const char *bytes, size_t length,
                                    onus_error *error) {
  unsigned line = first_line;
  for (size_t at = 0, width; at < length; at += width) {
    uint32_t c = 0;
    width = onus_text_decode(bytes + at, length - at, &c);
    if (width == 0 || (c < 0x20 && c != '\n'))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, line, 0,
                          "the byte 0x%02x has no place in a signed note; take the file from its source again",
                          (unsigned)(unsigned char)bytes[at]);
    line += c == '\n';
  }
  return ONUS_OK;
}

onus_status onus_note_parse(const char *path, unsigned first_line, const char *bytes, size_t length,
                            onus_note *ret_note, onus_error *error) {
  if (length > ONUS_NOTE_BYTES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "a signed note of %zu bytes; at most %zu are accepted", length,
                        ONUS_NOTE_BYTES);
  ONUS_TRY(check_characters(path, first_line, bytes, length, error));
  const char *signatures = find_signatures(bytes, length);
  if (!signatures || bytes[length - 1] != '\n' || signatures == bytes + length || signatures - bytes < 3)
    return ONUS_FAIL_AT(
        error, ONUS_BAD_INPUT, path, first_line, 1,
        "no signed note; one is a text, an empty line and lines that begin with a dash, the signatures");
  onus_note note = {.path = path, .text = bytes, .text_bytes = (size_t)(signatures - bytes) - 1, .line = first_line};
  onus_lines lines = {bytes, note.text_bytes + 1, first_line};
  const char *line;
  size_t line_bytes;
  while (onus_lines_next(&lines, &line, &line_bytes))
    ;
  lines.rest_bytes = length - note.text_bytes - 1;
  while (onus_lines_next(&lines, &line, &line_bytes)) {
    if (note.n_signatures == ONUS_NOTE_SIGNATURES)
      return ONUS_FAIL_AT(error, ONUS_LIMIT, path, lines.line - 1, 1, "more than %d signatures; remove some",
                          ONUS_NOTE_SIGNATURES);
    onus_signature *signature = &note.signatures[note.n_signatures++];
    signature->line = lines.line - 1;
    if (!parse_signature(line, line_bytes, signature))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, signature->line, 1,
                          "no signature; a line with one is a dash, the name of the key and base64");
  }
  *ret_note = note;
  return ONUS_OK;
}

bool onus_signature_is_by(const onus_signature *signature, const onus_public_key *key) {
  return strlen(key->name) == signature->name_bytes && memcmp(key->name, signature->name, signature->name_bytes) == 0 &&
         memcmp(key->id, signature->id, sizeof key->id) == 0;
}

char *onus_cosigned_text(const char *text, size_t text_bytes, uint64_t time_utc, size_t *ret_bytes) {
  char head[64];
  int head_bytes = snprintf(head, sizeof head, "cosignature/v1\ntime %llu\n", (unsigned long long)time_utc);
  char *out = malloc((size_t)head_bytes + text_bytes);
  if (!out)
    return NULL;
  memcpy(out, head, (size_t)head_bytes);
  memcpy(out + head_bytes, text, text_bytes);
  *ret_bytes = (size_t)head_bytes + text_bytes;
  return out;
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
                 decode(root, root_bytes, checkpoint.root.bytes, ONUS_HASH_BYTES, &n_root) && n_root == ONUS_HASH_BYTES;
  while (is_good && onus_lines_next(&lines, &extension, &extension_bytes))
    is_good = extension_bytes > 0;
  if (!is_good)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, note->path, note->line, 1,
                        "no checkpoint; its first lines are the origin, the number of leaves and the root in base64");
  *ret_checkpoint = checkpoint;
  return ONUS_OK;
}
