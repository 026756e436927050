#include "case/seen.h"

#include <string.h>

#include "case/view.h"

bool onus_item_is_held(const onus_item *item) {
  return item->is_sealed && item->row.kind != ONUS_ROW_NONE && !item->is_opened;
}

static bool is_closed(const onus_case *c, const onus_position *position, size_t item) {
  return onus_item_is_held(&c->items[item]) && !onus_position_can_open(position, item);
}

/* What is behind a seal: what sealing takes out, and what a computed row says. */
static bool is_sealed_key(const char *key) {
  static const char *const KEYS[] = {"likelihood", "ratio",     "strength", "says",     "compute",
                                     "from",       "leave_out", "reasons",  "observed", "attachments"};
  for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
    if (strcmp(KEYS[i], key) == 0)
      return true;
  return false;
}

static const onus_node *see_items(const onus_case *c, const onus_position *position, const onus_node *list,
                                  onus_build *build) {
  onus_branch items = onus_build_list(build);
  size_t i = 0;
  for (const onus_node *item = list->first; item; item = item->next, i++) {
    onus_branch map = onus_build_map(build);
    if (!is_closed(c, position, i)) {
      onus_build_add(build, &items, item);
      continue;
    }
    for (const onus_node *child = item->first; child; child = child->next)
      if (!is_sealed_key(child->key))
        onus_build_put(build, &map, child->key, child);
    onus_build_add(build, &items, map.node);
  }
  return items.node;
}

/* The items seen otherwise by `other`, without those that tell what only `other` can open; NULL: none is left. */
static const onus_node *see_overrides(const onus_case *c, const onus_position *position, const onus_position *other,
                                      const onus_node *map, onus_build *build) {
  onus_branch seen = onus_build_map(build);
  for (const onus_node *child = map->first; child; child = child->next) {
    size_t item = onus_table_get(c->item_ids, child->key);
    if (item == ONUS_NONE || !is_closed(c, position, item) || !onus_position_can_open(other, item))
      onus_build_put(build, &seen, child->key, child);
  }
  return seen.node && seen.node->n_children ? seen.node : NULL;
}

static const onus_node *see_positions(const onus_case *c, const onus_position *position, const onus_node *list,
                                      onus_build *build) {
  onus_branch positions = onus_build_list(build);
  size_t p = 0;
  for (const onus_node *node = list->first; node && p < c->n_positions; node = node->next, p++) {
    onus_branch map = onus_build_map(build);
    for (const onus_node *child = node->first; child; child = child->next)
      onus_build_put(build, &map, child->key,
                     strcmp(child->key, "evidence") == 0 ? see_overrides(c, position, &c->positions[p], child, build)
                                                         : child);
    onus_build_add(build, &positions, map.node);
  }
  return positions.node;
}

static bool has_closed(const onus_case *c, const onus_position *position) {
  for (size_t i = 0; i < c->n_items; i++)
    if (is_closed(c, position, i))
      return true;
  return false;
}

onus_status onus_case_seen(const onus_case *c, const onus_position *position, onus_build *build,
                           const onus_node **ret_root, onus_error *error) {
  if (!c->document)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "this case was not read from a file; ask the case that it was made of");
  if (!has_closed(c, position)) {
    *ret_root = c->document;
    return ONUS_OK;
  }
  onus_branch root = onus_build_map(build);
  for (const onus_node *child = c->document->first; child; child = child->next) {
    const onus_node *value = child;
    if (strcmp(child->key, "evidence") == 0)
      value = see_items(c, position, child, build);
    else if (strcmp(child->key, "positions") == 0)
      value = see_positions(c, position, child, build);
    onus_build_put(build, &root, child->key, value);
  }
  if (build->has_failed)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_root = root.node;
  return ONUS_OK;
}
