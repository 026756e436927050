/* Trees made by a program rather than read from a file, and trees written as text.
 *
 * Building calls cannot fail one by one: the first lack of memory sticks in onus_build, after which everything gives
 * NULL and does nothing. Nodes made so have no place in a file (line 0).
 */
#ifndef ONUS_DOCUMENT_BUILD_H
#define ONUS_DOCUMENT_BUILD_H

#include "base/buffer.h"
#include "document/document.h"

typedef struct onus_build {
  onus_arena *arena; /* nodes and texts lie here */
  bool has_failed;
} onus_build;

/* A list or map that grows. */
typedef struct onus_branch {
  onus_node *node, *last; /* node: NULL without memory */
} onus_branch;

onus_branch onus_build_map(onus_build *build);
onus_branch onus_build_list(onus_build *build);

/* A copy of `text`; NULL gives NULL. */
const onus_node *onus_build_string(onus_build *build, const char *text);
const onus_node *onus_build_format(onus_build *build, const char *format, ...) ONUS_PRINTF(2, 3);
const onus_node *onus_build_number(onus_build *build, double value);
const onus_node *onus_build_boolean(onus_build *build, bool value);

/* Puts a value under a key, or at the end of a list. The value is copied, what hangs on it is shared; NULL puts
 * nothing. `key` must live as long as the tree, and must be new to the map. */
void onus_build_put(onus_build *build, onus_branch *map, const char *key, const onus_node *value);
void onus_build_add(onus_build *build, onus_branch *list, const onus_node *value);

/* A deep copy, from an arena that ends sooner. */
const onus_node *onus_build_copy(onus_build *build, const onus_node *node);

/* Compact JSON in the order of the tree, numbers as they were written. */
void onus_document_write_json(onus_buffer *out, const onus_node *node);

/* Block YAML: a map at the top, keys in the order of the tree. What has no line of its own need (short lists and maps
 * of scalars) stands on one. Read back it is the same tree. */
void onus_document_write_yaml(onus_buffer *out, const onus_node *root);
/* One entry of a block map (with its key) or list, behind `indent` blanks unless they are there already. */
void onus_document_write_yaml_entry(onus_buffer *out, const onus_node *entry, size_t indent, bool is_started);

#endif
