/* Children of a map by key, and of a list by the id or name that each has. */
#ifndef ONUS_DOCUMENT_INDEX_H
#define ONUS_DOCUMENT_INDEX_H

#include "base/table.h"
#include "document/document.h"

typedef struct onus_index {
  onus_table *table; /* to places in `children` */
  const onus_node **children;
  size_t count;
} onus_index;

/* "id" or "name" when all entries of the list are maps that have such a text, each its own; NULL otherwise, and without
 * memory, which is told by `*ret_has_memory`. Of an empty list it is "id". */
const char *onus_list_naming(const onus_node *list, bool *ret_has_memory);

/* What tells a child from its siblings: its key, or the text that it has under `naming`. */
const char *onus_child_name(const onus_node *child, const char *naming);

/* `naming` is NULL of a map, and what onus_list_naming said of a list; `node` NULL has no children. False without
 * memory. Free with onus_index_free. `arena` is for the array. */
bool onus_index_make(onus_index *index, const onus_node *node, const char *naming, onus_arena *arena);
void onus_index_free(onus_index *index);

/* The child of that name; NULL if there is none. */
const onus_node *onus_index_get(const onus_index *index, const char *name);

#endif
