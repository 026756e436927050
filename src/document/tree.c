#include <string.h>

#include "document/quote.h"
#include "document/tree_internal.h"

/* Maps up to this size are searched key by key; larger ones get a table. */
enum { SMALL_MAP = 16 };

onus_tree onus_tree_new(const char *path, onus_arena *arena, onus_error *error) {
  return (onus_tree){.path = path, .arena = arena, .error = error};
}

void onus_tree_end(onus_tree *tree) {
  while (tree->depth > 0)
    onus_tree_close(tree);
}

bool onus_tree_wants_key(const onus_tree *tree) {
  return tree->depth > 0 && tree->levels[tree->depth - 1].container->kind == ONUS_NODE_MAP && !tree->key;
}

static uint64_t mark_of(const char *key, size_t key_bytes) {
  unsigned mixed = (unsigned char)key[0] * 7u + (unsigned char)key[key_bytes - 1] * 29u + (unsigned)key_bytes;
  return UINT64_C(1) << (mixed & 63);
}

static bool has_key(const onus_tree_level *level, uint64_t mark, const char *key) {
  if ((level->key_marks & mark) == 0)
    return false;
  return level->keys ? onus_table_get(level->keys, key) != ONUS_NONE : onus_node_get(level->container, key) != NULL;
}

/* Enters the key into the level's table, which is made when the map outgrows SMALL_MAP. */
static bool note_key(onus_tree_level *level, const char *key) {
  if (!level->keys && level->container->n_children >= SMALL_MAP) {
    level->keys = onus_table_new();
    if (!level->keys)
      return false;
    size_t index = 0;
    for (const onus_node *child = level->container->first; child; child = child->next)
      if (!onus_table_put(level->keys, child->key, index++))
        return false;
  }
  return !level->keys || onus_table_put(level->keys, key, level->container->n_children);
}

/* The arena gave nothing: it is full, or there is no memory. */
static onus_status fail_full(const onus_tree *tree, unsigned line, unsigned column) {
  if (onus_arena_is_at_cap(tree->arena))
    return ONUS_FAIL_AT(tree->error, ONUS_LIMIT, tree->path, line, column,
                        "what stands up to here is too large to be read in one piece; split it");
  return ONUS_FAIL_NO_MEMORY(tree->error);
}

onus_status onus_tree_key(onus_tree *tree, const char *bytes, size_t length_bytes, unsigned line, unsigned column) {
  onus_tree_level *level = &tree->levels[tree->depth - 1];
  if (length_bytes == 0)
    return ONUS_FAIL_AT(tree->error, ONUS_BAD_INPUT, tree->path, line, column, "the key is empty; give it a name");
  if (memchr(bytes, '\0', length_bytes))
    return ONUS_FAIL_AT(tree->error, ONUS_BAD_INPUT, tree->path, line, column,
                        "the key holds the character U+0000; remove it");
  const char *key = onus_arena_copy(tree->arena, bytes, length_bytes);
  if (!key)
    return fail_full(tree, line, column);
  uint64_t mark = mark_of(bytes, length_bytes);
  if (has_key(level, mark, key)) {
    const onus_node *first = onus_node_get(level->container, key);
    return ONUS_FAIL_AT(tree->error, ONUS_BAD_INPUT, tree->path, line, column,
                        "the key %s stands a second time, after line %u, column %u; keep one of the two",
                        onus_quote_string(key).text, first->key_line, first->key_column);
  }
  if (!note_key(level, key))
    return ONUS_FAIL_NO_MEMORY(tree->error);
  level->key_marks |= mark;
  tree->key = key;
  tree->key_line = line;
  tree->key_column = column;
  return ONUS_OK;
}

static void attach(onus_tree *tree, onus_node *node) {
  if (tree->depth == 0) {
    tree->root = node;
    return;
  }
  onus_tree_level *level = &tree->levels[tree->depth - 1];
  if (level->container->kind == ONUS_NODE_MAP) {
    node->key = tree->key;
    node->key_line = tree->key_line;
    node->key_column = tree->key_column;
    tree->key = NULL;
  }
  if (level->last)
    level->last->next = node;
  else
    level->container->first = node;
  level->last = node;
  level->container->n_children++;
}

onus_status onus_tree_add(onus_tree *tree, onus_node_kind kind, unsigned line, unsigned column, onus_node **ret_node) {
  bool is_container = kind == ONUS_NODE_LIST || kind == ONUS_NODE_MAP;
  if (tree->n_nodes == ONUS_DOCUMENT_NODES)
    return ONUS_FAIL_AT(tree->error, ONUS_LIMIT, tree->path, line, column,
                        "the file holds more than %zu values; split it", ONUS_DOCUMENT_NODES);
  if (is_container && tree->depth == ONUS_DOCUMENT_DEPTH)
    return ONUS_FAIL_AT(tree->error, ONUS_LIMIT, tree->path, line, column,
                        "lists and maps are nested more than %u deep; nest less", ONUS_DOCUMENT_DEPTH);
  onus_node *node = ONUS_ARENA_ARRAY(tree->arena, onus_node, 1);
  if (!node)
    return fail_full(tree, line, column);
  tree->n_nodes++;
  node->kind = kind;
  node->line = line;
  node->column = column;
  attach(tree, node);
  if (is_container)
    tree->levels[tree->depth++] = (onus_tree_level){.container = node};
  *ret_node = node;
  return ONUS_OK;
}

onus_status onus_tree_text(onus_tree *tree, onus_node *node, const char *bytes, size_t length_bytes) {
  if (length_bytes && memchr(bytes, '\0', length_bytes))
    return ONUS_FAIL_AT(tree->error, ONUS_BAD_INPUT, tree->path, node->line, node->column,
                        "the text holds the character U+0000; remove it");
  node->text = onus_arena_copy(tree->arena, bytes, length_bytes);
  if (!node->text)
    return fail_full(tree, node->line, node->column);
  node->text_bytes = length_bytes;
  return ONUS_OK;
}

void onus_tree_close(onus_tree *tree) {
  onus_table_free(tree->levels[--tree->depth].keys);
}
