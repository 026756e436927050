#include "document/document.h"

#include <string.h>

#include "base/file.h"

const char *onus_node_kind_name(onus_node_kind kind) {
  switch (kind) {
  case ONUS_NODE_NULL:
    return "nothing";
  case ONUS_NODE_BOOLEAN:
    return "true or false";
  case ONUS_NODE_NUMBER:
    return "a number";
  case ONUS_NODE_STRING:
    return "a text";
  case ONUS_NODE_LIST:
    return "a list";
  case ONUS_NODE_MAP:
    return "a map";
  }
  return "an unknown kind";
}

const onus_node *onus_node_get(const onus_node *map, const char *key) {
  if (!map || map->kind != ONUS_NODE_MAP)
    return NULL;
  for (const onus_node *child = map->first; child; child = child->next)
    if (child->key[0] == key[0] && strcmp(child->key, key) == 0)
      return child;
  return NULL;
}

/* Keys that stand in another order are searched for in small maps alone, so that nobody can make this slow. */
static const onus_node *find_key(const onus_node *map, const onus_node *at, const char *key) {
  if (at && strcmp(at->key, key) == 0)
    return at;
  return map->n_children <= 64 ? onus_node_get(map, key) : NULL;
}

static bool same_children(const onus_node *a, const onus_node *b) {
  const onus_node *other = b->first;
  for (const onus_node *child = a->first; child; child = child->next) {
    const onus_node *same = child->key ? find_key(b, other, child->key) : other;
    if (!same || !onus_node_same(child, same))
      return false;
    other = other ? other->next : NULL;
  }
  return true;
}

bool onus_node_same(const onus_node *a, const onus_node *b) {
  if (!a || !b)
    return a == b;
  if (a == b)
    return true;
  if (a->kind != b->kind || a->n_children != b->n_children)
    return false;
  switch (a->kind) {
  case ONUS_NODE_NULL:
    return true;
  case ONUS_NODE_BOOLEAN:
    return a->boolean == b->boolean;
  case ONUS_NODE_NUMBER:
    return !(a->number < b->number) && !(a->number > b->number);
  case ONUS_NODE_STRING:
    return a->text_bytes == b->text_bytes && memcmp(a->text, b->text, a->text_bytes) == 0;
  case ONUS_NODE_LIST:
  case ONUS_NODE_MAP:
    return same_children(a, b);
  }
  return false;
}

const char *onus_node_text(const onus_node *map, const char *key) {
  const onus_node *node = onus_node_get(map, key);
  return node && node->kind == ONUS_NODE_STRING && node->text[0] ? node->text : NULL;
}

const onus_node *onus_node_list(const onus_node *map, const char *key) {
  const onus_node *node = onus_node_get(map, key);
  return node && node->kind == ONUS_NODE_LIST ? node : NULL;
}

onus_status onus_document_read(const char *path, onus_arena *arena, const onus_node **ret_root, onus_error *error) {
  bool is_json = onus_file_has_ending(path, ".json");
  if (!is_json && !onus_file_has_ending(path, ".yaml") && !onus_file_has_ending(path, ".yml"))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0,
                        "the name ends with neither .yaml, .yml nor .json; name a file that does");
  onus_text text;
  ONUS_TRY(onus_file_read(path, ONUS_DOCUMENT_BYTES, &text, error));
  onus_status status = (is_json ? onus_document_parse_json : onus_document_parse_yaml)(path, text.bytes, text.length,
                                                                                       arena, ret_root, error);
  onus_text_free(&text);
  return status;
}
