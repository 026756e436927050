#include "document/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "document/canonical.h"

static onus_node *make(onus_build *build, onus_node_kind kind) {
  onus_node *node = build->has_failed ? NULL : ONUS_ARENA_ARRAY(build->arena, onus_node, 1);
  if (node)
    node->kind = kind;
  else
    build->has_failed = true;
  return node;
}

onus_branch onus_build_map(onus_build *build) {
  return (onus_branch){.node = make(build, ONUS_NODE_MAP)};
}

onus_branch onus_build_list(onus_build *build) {
  return (onus_branch){.node = make(build, ONUS_NODE_LIST)};
}

static onus_node *with_text(onus_build *build, onus_node_kind kind, const char *text, size_t text_bytes) {
  onus_node *node = make(build, kind);
  if (!node)
    return NULL;
  node->text = onus_arena_copy(build->arena, text, text_bytes);
  node->text_bytes = text_bytes;
  if (!node->text)
    build->has_failed = true;
  return node->text ? node : NULL;
}

const onus_node *onus_build_string(onus_build *build, const char *text) {
  return text ? with_text(build, ONUS_NODE_STRING, text, strlen(text)) : NULL;
}

const onus_node *onus_build_format(onus_build *build, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  char *text = length < 0 ? NULL : ONUS_ARENA_ARRAY(build->arena, char, (size_t)length + 1);
  onus_node *node = text ? make(build, ONUS_NODE_STRING) : NULL;
  if (text)
    vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  va_end(arguments);
  build->has_failed = build->has_failed || !node;
  if (node) {
    node->text = text;
    node->text_bytes = (size_t)length;
  }
  return node;
}

const onus_node *onus_build_number(onus_build *build, double value) {
  char text[ONUS_CANONICAL_NUMBER_BYTES];
  onus_canonical_number(value, text);
  onus_node *node = with_text(build, ONUS_NODE_NUMBER, text, strlen(text));
  if (node) {
    node->number = value;
    node->is_integer = strpbrk(text, ".e") == NULL;
  }
  return node;
}

const onus_node *onus_build_boolean(onus_build *build, bool value) {
  onus_node *node = with_text(build, ONUS_NODE_BOOLEAN, value ? "true" : "false", value ? 4 : 5);
  if (node)
    node->boolean = value;
  return node;
}

/* `value` again, as the last child of `branch`. */
static onus_node *attach(onus_build *build, onus_branch *branch, const onus_node *value) {
  if (!branch->node || !value)
    return NULL;
  onus_node *node = make(build, value->kind);
  if (!node)
    return NULL;
  *node = *value;
  node->next = NULL;
  node->key = NULL;
  if (branch->last)
    branch->last->next = node;
  else
    branch->node->first = node;
  branch->last = node;
  branch->node->n_children++;
  return node;
}

void onus_build_put(onus_build *build, onus_branch *map, const char *key, const onus_node *value) {
  onus_node *node = attach(build, map, value);
  if (node)
    node->key = key;
}

void onus_build_add(onus_build *build, onus_branch *list, const onus_node *value) {
  (void)attach(build, list, value);
}

/* Not deeper than what was read: ONUS_DOCUMENT_DEPTH. */
const onus_node *onus_build_copy(onus_build *build, const onus_node *node) {
  if (!node)
    return NULL;
  onus_node *copy = node->text ? with_text(build, node->kind, node->text, node->text_bytes) : make(build, node->kind);
  if (!copy)
    return NULL;
  const char *text = copy->text;
  *copy = *node;
  copy->text = text;
  copy->key = NULL;
  copy->next = copy->first = NULL;
  copy->n_children = 0;
  onus_branch branch = {.node = copy};
  for (const onus_node *child = node->first; child; child = child->next) {
    const onus_node *value = onus_build_copy(build, child);
    const char *key = child->key ? onus_arena_copy(build->arena, child->key, strlen(child->key)) : NULL;
    build->has_failed = build->has_failed || (child->key && !key);
    if (build->has_failed)
      return NULL;
    onus_build_put(build, &branch, key, value);
    if (build->has_failed)
      return NULL;
    branch.last->key_line = child->key_line;
    branch.last->key_column = child->key_column;
  }
  return copy;
}
