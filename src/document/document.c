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
