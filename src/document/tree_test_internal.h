/* Writes a tree as one line of text, for tests: `{a: 1, b: ["x", null]}`, with places when asked. */
#ifndef ONUS_DOCUMENT_TREE_TEST_INTERNAL_H
#define ONUS_DOCUMENT_TREE_TEST_INTERNAL_H

#include "base/buffer.h"
#include "document/document.h"

static inline void show_node(onus_buffer *out, const onus_node *node, bool with_places) {
  if (node->key) {
    onus_buffer_string(out, node->key);
    if (with_places)
      onus_buffer_printf(out, "@%u:%u", node->key_line, node->key_column);
    onus_buffer_string(out, ": ");
  }
  switch (node->kind) {
  case ONUS_NODE_NULL:
    onus_buffer_string(out, "null");
    break;
  case ONUS_NODE_BOOLEAN:
    onus_buffer_string(out, node->boolean ? "true" : "false");
    break;
  case ONUS_NODE_NUMBER:
    onus_buffer_printf(out, node->is_integer ? "int(%.17g)" : "%.17g", node->number);
    break;
  case ONUS_NODE_STRING:
    onus_buffer_printf(out, "\"%s\"", node->text);
    break;
  case ONUS_NODE_LIST:
  case ONUS_NODE_MAP:
    onus_buffer_string(out, node->kind == ONUS_NODE_LIST ? "[" : "{");
    for (const onus_node *child = node->first; child; child = child->next) {
      show_node(out, child, with_places);
      onus_buffer_string(out, child->next ? ", " : "");
    }
    onus_buffer_string(out, node->kind == ONUS_NODE_LIST ? "]" : "}");
    break;
  }
  if (with_places)
    onus_buffer_printf(out, "@%u:%u", node->line, node->column);
}

#endif
