#include "document/index.h"

#include <string.h>

const char *onus_child_name(const onus_node *child, const char *naming) {
  return naming ? onus_node_text(child, naming) : child->key;
}

static bool names_all(const onus_node *list, const char *naming, bool *ret_has_memory) {
  for (const onus_node *child = list->first; child; child = child->next)
    if (!onus_node_text(child, naming))
      return false;
  onus_table *seen = onus_table_new();
  bool is_good = seen != NULL, is_unique = true;
  for (const onus_node *child = list->first; child && is_good && is_unique; child = child->next) {
    const char *name = onus_node_text(child, naming);
    is_unique = onus_table_get(seen, name) == ONUS_NONE;
    is_good = onus_table_put(seen, name, 0);
  }
  onus_table_free(seen);
  *ret_has_memory = is_good;
  return is_good && is_unique;
}

const char *onus_list_naming(const onus_node *list, bool *ret_has_memory) {
  static const char *const NAMINGS[] = {"id", "name"};
  *ret_has_memory = true;
  for (size_t i = 0; i < 2 && *ret_has_memory; i++)
    if (names_all(list, NAMINGS[i], ret_has_memory))
      return NAMINGS[i];
  return NULL;
}

bool onus_index_make(onus_index *index, const onus_node *node, const char *naming, onus_arena *arena) {
  size_t n = node ? node->n_children : 0;
  *index = (onus_index){.table = onus_table_new(), .children = ONUS_ARENA_ARRAY(arena, const onus_node *, n)};
  bool is_good = index->table && index->children;
  for (const onus_node *child = node ? node->first : NULL; child && is_good; child = child->next) {
    is_good = onus_table_put(index->table, onus_child_name(child, naming), index->count);
    index->children[index->count++] = child;
  }
  if (!is_good)
    onus_index_free(index);
  return is_good;
}

void onus_index_free(onus_index *index) {
  onus_table_free(index->table);
  *index = (onus_index){0};
}

const onus_node *onus_index_get(const onus_index *index, const char *name) {
  size_t place = index->count ? onus_table_get(index->table, name) : ONUS_NONE;
  return place == ONUS_NONE ? NULL : index->children[place];
}
