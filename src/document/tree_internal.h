/* Builds the tree of document.h, one node after the other, with all its limits: what YAML and JSON have in common. */
#ifndef ONUS_DOCUMENT_TREE_INTERNAL_H
#define ONUS_DOCUMENT_TREE_INTERNAL_H

#include "base/table.h"
#include "document/document.h"

/* A list or map whose end has not come yet. */
typedef struct onus_tree_level {
  onus_node *container, *last;
  uint64_t key_marks; /* of a map: a bit for each key, which others may have too */
  onus_table *keys;   /* of a map, once it is too large to compare its keys one by one */
} onus_tree_level;

typedef struct onus_tree {
  const char *path;
  onus_arena *arena;
  onus_error *error;
  onus_node *root;
  size_t n_nodes;
  onus_tree_level levels[ONUS_DOCUMENT_DEPTH];
  unsigned depth;
  const char *key; /* read, its value not yet; only inside a map */
  unsigned key_line, key_column;
} onus_tree;

onus_tree onus_tree_new(const char *path, onus_arena *arena, onus_error *error);
/* Frees what the tree under construction holds outside the arena. */
void onus_tree_end(onus_tree *tree);

/* Whether the next scalar is a key. */
bool onus_tree_wants_key(const onus_tree *tree);
ONUS_MUST_CHECK onus_status onus_tree_key(onus_tree *tree, const char *bytes, size_t length_bytes, unsigned line,
                                          unsigned column);

/* A node of `kind`, in its place in the tree; a list or map takes the nodes that follow until onus_tree_close. */
ONUS_MUST_CHECK onus_status onus_tree_add(onus_tree *tree, onus_node_kind kind, unsigned line, unsigned column,
                                          onus_node **ret_node);
ONUS_MUST_CHECK onus_status onus_tree_text(onus_tree *tree, onus_node *node, const char *bytes, size_t length_bytes);
void onus_tree_close(onus_tree *tree);

/* The value of a decimal number of known form, read the same under every locale. */
ONUS_MUST_CHECK onus_status onus_scalar_decimal(const char *text, double *ret_value, onus_error *error);

/* Sets kind and value of a node from its text by the YAML 1.2 core schema. What overflows stays a string. */
ONUS_MUST_CHECK onus_status onus_scalar_resolve(onus_node *node, onus_error *error);

#endif
