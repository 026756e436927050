#include "exchange/stix_ids.h"

#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "base/buffer.h"
#include "document/build.h"
#include "document/canonical.h"

static const size_t CONTRIBUTING_BYTES = (size_t)64 << 20;

/* Of section 6 of STIX 2.1, for each type: the properties that contribute to the identifier. */
static const struct {
  const char *type;
  const char *properties[9];
} CONTRIBUTING[] = {
    {"artifact", {"hashes", "payload_bin"}},
    {"autonomous-system", {"number"}},
    {"directory", {"path"}},
    {"domain-name", {"value"}},
    {"email-addr", {"value"}},
    {"email-message", {"from_ref", "subject", "body"}},
    {"file", {"hashes", "name", "parent_directory_ref", "extensions"}},
    {"ipv4-addr", {"value"}},
    {"ipv6-addr", {"value"}},
    {"mac-addr", {"value"}},
    {"mutex", {"name"}},
    {"network-traffic", {"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"}},
    {"software", {"name", "cpe", "swid", "vendor", "version"}},
    {"url", {"value"}},
    {"user-account", {"account_type", "user_id", "account_login"}},
    {"windows-registry-key", {"key", "values"}},
    {"x509-certificate", {"hashes", "serial_number"}},
};

static const uuid_t OBSERVABLES = {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
                                   0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};
static const uuid_t OBJECTS = {0x6b, 0x1f, 0x0c, 0x52, 0x3d, 0x0e, 0x4e, 0x57,
                               0x9d, 0x0a, 0x5f, 0x6a, 0x8c, 0x2e, 0x41, 0x70};

static bool is_type(const char *text, size_t length) {
  return length >= 3 && length <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= length;
}

bool onus_stix_is_id(const char *text, const char *type) {
  const char *dashes = strstr(text, "--");
  if (!dashes || !is_type(text, (size_t)(dashes - text)) || strlen(dashes + 2) != 36)
    return false;
  if (type && (strlen(type) != (size_t)(dashes - text) || strncmp(text, type, strlen(type)) != 0))
    return false;
  for (size_t i = 0; i < 36; i++) {
    char c = dashes[2 + i];
    bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_dash ? c != '-' : !is_digit)
      return false;
  }
  return true;
}

static void put_id(const char *type, const uuid_t uuid, char *out) {
  char text[37];
  uuid_unparse_lower(uuid, text);
  snprintf(out, ONUS_STIX_ID_BYTES, "%.64s--%s", type, text);
}

/* Of several hashes one counts: the first of these, else the first that is given. */
static const onus_node *choose_hash(onus_build *build, const onus_node *hashes) {
  static const char *const BEST[] = {"MD5", "SHA-1", "SHA-256", "SHA-512"};
  if (hashes->kind != ONUS_NODE_MAP)
    return hashes;
  const onus_node *chosen = NULL;
  for (size_t i = 0; i < sizeof BEST / sizeof *BEST && !chosen; i++)
    chosen = onus_node_get(hashes, BEST[i]);
  if (!chosen)
    chosen = hashes->first;
  onus_branch one = onus_build_map(build);
  if (chosen)
    onus_build_put(build, &one, chosen->key, chosen);
  return one.node;
}

onus_status onus_stix_observable_id(const onus_node *object, char ret_id[ONUS_STIX_ID_BYTES], bool *ret_is_defined,
                                    onus_error *error) {
  const onus_node *type = onus_node_get(object, "type");
  const char *const *properties = NULL;
  for (size_t i = 0; type && type->text && i < sizeof CONTRIBUTING / sizeof *CONTRIBUTING; i++)
    if (strcmp(CONTRIBUTING[i].type, type->text) == 0)
      properties = CONTRIBUTING[i].properties;
  *ret_is_defined = false;
  if (!properties)
    return ONUS_OK;
  onus_arena *arena = onus_arena_new((size_t)1 << 20);
  if (!arena)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_build build = {.arena = arena};
  onus_branch map = onus_build_map(&build);
  for (; *properties; properties++) {
    const onus_node *value = onus_node_get(object, *properties);
    if (value && strcmp(*properties, "hashes") == 0)
      value = choose_hash(&build, value);
    onus_build_put(&build, &map, *properties, value);
  }
  onus_buffer out = onus_buffer_new(CONTRIBUTING_BYTES);
  onus_text text = {0};
  onus_status status = build.has_failed ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
  if (status == ONUS_OK && map.node->n_children > 0) {
    onus_document_canonical(&out, map.node);
    status = onus_buffer_take(&out, &text, error);
    if (status == ONUS_OK) {
      uuid_t uuid;
      uuid_generate_sha1(uuid, OBSERVABLES, text.bytes, text.length);
      put_id(type->text, uuid, ret_id);
      *ret_is_defined = true;
    }
  }
  onus_text_free(&text);
  onus_buffer_free(&out);
  onus_arena_free(arena);
  return status;
}

static onus_status draw(const char *type, const char *const *words, size_t n_words, uuid_t out, onus_error *error) {
  onus_buffer buffer = onus_buffer_new(CONTRIBUTING_BYTES);
  onus_buffer_string(&buffer, type);
  for (size_t i = 0; i < n_words; i++) /* with its length before it, no two lists of words look the same */
    onus_buffer_printf(&buffer, "\n%zu:%s", strlen(words[i]), words[i]);
  onus_text text;
  ONUS_TRY(onus_buffer_take(&buffer, &text, error));
  uuid_generate_sha1(out, OBJECTS, text.bytes, text.length);
  out[6] = (unsigned char)((out[6] & 0x0F) | 0x40); /* version 4, the one with random bits */
  onus_text_free(&text);
  return ONUS_OK;
}

onus_status onus_stix_object_id(const char *type, const char *const *words, size_t n_words,
                                char ret_id[ONUS_STIX_ID_BYTES], onus_error *error) {
  uuid_t uuid;
  ONUS_TRY(draw(type, words, n_words, uuid, error));
  put_id(type, uuid, ret_id);
  return ONUS_OK;
}

onus_status onus_drawn_uuid(const char *const *words, size_t n_words, char *ret_uuid, onus_error *error) {
  uuid_t uuid;
  ONUS_TRY(draw("", words, n_words, uuid, error));
  uuid_unparse_lower(uuid, ret_uuid);
  return ONUS_OK;
}
