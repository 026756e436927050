#include "case/disclosure.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "verify/tree.h"

enum { SALT_CHARACTERS = 22 }; /* 128 bits */

static onus_status fail(const char *path, const char *what, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                      "%s; a disclosure is base64url of a list with salt, name and value, and was changed here", what);
}

onus_status onus_disclosure_parse(const char *path, const char *text, size_t length, onus_arena *arena,
                                  onus_disclosure *ret_disclosure, onus_error *error) {
  size_t json_bytes = 0, cap = length / 4 * 3 + 3;
  char *json = ONUS_ARENA_ARRAY(arena, char, cap);
  if (!json)
    return ONUS_FAIL_NO_MEMORY(error);
  if (sodium_base642bin((unsigned char *)json, cap, text, length, NULL, &json_bytes, NULL,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return fail(path, "the disclosure is not base64url", error);
  const onus_node *root;
  onus_error found = {0};
  onus_status status = onus_document_parse_json(path, json, json_bytes, arena, &root, &found);
  if (status == ONUS_BAD_INPUT)
    return fail(path, "the disclosure holds no JSON", error);
  if (status != ONUS_OK) {
    if (error)
      *error = found;
    return status;
  }
  const onus_node *salt = root->kind == ONUS_NODE_LIST && root->n_children == 3 ? root->first : NULL;
  if (!salt || salt->kind != ONUS_NODE_STRING || salt->text_bytes < SALT_CHARACTERS ||
      salt->next->kind != ONUS_NODE_STRING)
    return fail(path, "the disclosure is no such list", error);
  *ret_disclosure = (onus_disclosure){salt->next->text, salt->next->next};
  return ONUS_OK;
}

void onus_disclosure_commitment(const char *text, size_t length, char out[ONUS_COMMITMENT_BYTES]) {
  onus_hash hash;
  char hex[ONUS_HASH_HEX_BYTES];
  onus_hash_leaf(text, length, &hash);
  onus_hash_to_hex(&hash, hex);
  snprintf(out, ONUS_COMMITMENT_BYTES, "sha256:%s", hex);
}
