#include "case/merge.h"

#include <string.h>

#include "document/index.h"

typedef struct merger {
  onus_build *build;
  onus_conflict *conflicts;
  size_t n, capacity;
  bool has_failed; /* no memory, or no room */
} merger;

/* The same place in three trees; NULL: nothing is there. */
typedef struct place {
  const char *path;
  const onus_node *base, *mine, *theirs;
} place;

static const onus_node *merge(merger *m, const place *at);

static void fail(merger *m, bool is_good) {
  m->has_failed |= !is_good;
}

static bool has_failed(const merger *m) {
  return m->has_failed || m->build->has_failed;
}

/* --- conflicts --------------------------------------------------------------------------------------------------- */

static const onus_node *add_conflict(merger *m, const char *path, const onus_node *base, const onus_node *mine,
                                     const onus_node *theirs) {
  if (!onus_arena_room_for_one(m->build->arena, &m->conflicts, m->n, &m->capacity, sizeof *m->conflicts)) {
    fail(m, false);
    return theirs;
  }
  m->conflicts[m->n++] = (onus_conflict){path, base, mine, theirs};
  return theirs;
}

static const char *join(merger *m, const char *path, const char *name) {
  size_t length = strlen(path), n = 0;
  char *joined = ONUS_ARENA_ARRAY(m->build->arena, char, length + 2 * strlen(name) + 2);
  fail(m, joined != NULL);
  if (!joined)
    return "";
  if (length) {
    memcpy(joined, path, length);
    joined[length] = '/';
    n = length + 1;
  }
  for (const char *c = name; *c; c++) {
    if (*c == '~' || *c == '/') {
      joined[n++] = '~';
      joined[n++] = *c == '~' ? '0' : '1';
    } else {
      joined[n++] = *c;
    }
  }
  return joined;
}

/* --- children by name -------------------------------------------------------------------------------------------- */

/* The children of one place in all three trees, and the names that the result has, in order. */
typedef struct siblings {
  const char *naming; /* NULL: of maps */
  onus_index base, mine, theirs;
  const char **names;
  size_t n;
} siblings;

static void end_siblings(siblings *s) {
  onus_index_free(&s->base);
  onus_index_free(&s->mine);
  onus_index_free(&s->theirs);
}

static bool begin_siblings(merger *m, const place *at, const char *naming, siblings *s) {
  onus_arena *arena = m->build->arena;
  *s = (siblings){.naming = naming};
  bool is_good = onus_index_make(&s->base, at->base, naming, arena) &&
                 onus_index_make(&s->mine, at->mine, naming, arena) &&
                 onus_index_make(&s->theirs, at->theirs, naming, arena);
  s->names = is_good ? ONUS_ARENA_ARRAY(arena, const char *, s->mine.count + s->theirs.count) : NULL;
  fail(m, s->names != NULL);
  if (!s->names)
    end_siblings(s);
  return s->names != NULL;
}

/* Whether what both have stands in the same order. */
static bool same_order(const onus_index *a, const onus_index *b, const char *naming) {
  size_t last = 0;
  for (size_t i = 0; i < a->count; i++) {
    size_t there = onus_table_get(b->table, onus_child_name(a->children[i], naming));
    if (there == ONUS_NONE)
      continue;
    if (there < last)
      return false;
    last = there;
  }
  return true;
}

/* All names of `first`, and those that only `second` has behind the one that is before them there. */
static void order_names(merger *m, siblings *s, const onus_index *first, const onus_index *second) {
  size_t *behind = ONUS_ARENA_ARRAY(m->build->arena, size_t, second->count), at = 0;
  fail(m, behind != NULL);
  if (!behind)
    return;
  /* behind[i]: how many of `first` stand before the i-th of `second`. */
  for (size_t i = 0; i < second->count; i++) {
    size_t there = onus_table_get(first->table, onus_child_name(second->children[i], s->naming));
    at = there == ONUS_NONE ? at : there + 1;
    behind[i] = there == ONUS_NONE ? at : ONUS_NONE;
  }
  /* Counting sort by `behind`, stable. */
  size_t *start = ONUS_ARENA_ARRAY(m->build->arena, size_t, first->count + 2);
  fail(m, start != NULL);
  if (!start)
    return;
  for (size_t i = 0; i < second->count; i++)
    if (behind[i] != ONUS_NONE)
      start[behind[i] + 1]++;
  for (size_t f = 0; f <= first->count; f++)
    start[f + 1] += start[f];
  size_t n_added = start[first->count + 1];
  const char **added = ONUS_ARENA_ARRAY(m->build->arena, const char *, n_added);
  size_t *next = ONUS_ARENA_ARRAY(m->build->arena, size_t, first->count + 1);
  fail(m, added && next);
  if (!added || !next)
    return;
  for (size_t i = 0; i < second->count; i++)
    if (behind[i] != ONUS_NONE)
      added[start[behind[i]] + next[behind[i]]++] = onus_child_name(second->children[i], s->naming);
  for (size_t f = 0; f <= first->count; f++) {
    if (f > 0)
      s->names[s->n++] = onus_child_name(first->children[f - 1], s->naming);
    for (size_t i = start[f]; i < start[f + 1]; i++)
      s->names[s->n++] = added[i];
  }
}

static const onus_node *names_as_list(merger *m, const onus_index *index, const char *naming) {
  onus_branch list = onus_build_list(m->build);
  for (size_t i = 0; i < index->count; i++)
    onus_build_add(m->build, &list, onus_build_string(m->build, onus_child_name(index->children[i], naming)));
  return list.node;
}

/* The order of a list is a value too: of who changed it, and a conflict when both did. */
static void choose_order(merger *m, const place *at, siblings *s) {
  bool mine_moved = !same_order(&s->base, &s->mine, s->naming);
  bool theirs_moved = !same_order(&s->base, &s->theirs, s->naming);
  if (s->naming && mine_moved && theirs_moved && !same_order(&s->mine, &s->theirs, s->naming))
    (void)add_conflict(m, join(m, at->path, "order"), names_as_list(m, &s->base, s->naming),
                       names_as_list(m, &s->mine, s->naming), names_as_list(m, &s->theirs, s->naming));
  bool is_mine = mine_moved && !theirs_moved;
  order_names(m, s, is_mine ? &s->mine : &s->theirs, is_mine ? &s->theirs : &s->mine);
}

/* --- what an item says ------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *key, const char *const *keys) {
  while (*keys && strcmp(*keys, key) != 0)
    keys++;
  return *keys != NULL;
}

/* An item has one of these, with what goes with it. */
static bool is_row_key(const char *key) {
  static const char *const KEYS[] = {"likelihood", "ratio",     "strength", "says", "compute",
                                     "from",       "leave_out", "repeats",  NULL};
  return is_one_of(key, KEYS);
}

/* Values that are judged as a whole. */
static bool is_whole(const char *key) {
  static const char *const KEYS[] = {"sealed", "vouched", NULL};
  return key && (is_row_key(key) || is_one_of(key, KEYS));
}

static bool is_item(const onus_node *map) {
  for (const onus_node *child = map ? map->first : NULL; child; child = child->next)
    if (is_row_key(child->key))
      return true;
  return false;
}

static const onus_node *row_of(merger *m, const onus_node *item) {
  onus_branch row = onus_build_map(m->build);
  for (const onus_node *child = item ? item->first : NULL; child; child = child->next)
    if (is_row_key(child->key))
      onus_build_put(m->build, &row, child->key, child);
  return row.node;
}

static bool same_keys(const onus_node *a, const onus_node *b) {
  for (const onus_node *child = a->first; child; child = child->next)
    if (!onus_node_get(b, child->key))
      return false;
  return a->n_children == b->n_children;
}

/* Whose row the result has: NULL, value by value, as long as nobody changed of which kind it is. */
static const onus_node *choose_row(merger *m, const place *at) {
  const onus_node *base = row_of(m, at->base), *mine = row_of(m, at->mine), *theirs = row_of(m, at->theirs);
  if (has_failed(m) || (same_keys(base, mine) && same_keys(base, theirs)))
    return NULL;
  if (onus_node_same(base, theirs) || onus_node_same(mine, theirs))
    return mine;
  return onus_node_same(base, mine) ? theirs : add_conflict(m, join(m, at->path, "row"), base, mine, theirs);
}

/* --- trees ------------------------------------------------------------------------------------------------------- */

static const onus_node *merge_children(merger *m, const place *at, const char *naming) {
  siblings s;
  if (!begin_siblings(m, at, naming, &s))
    return at->theirs;
  onus_branch branch = naming ? onus_build_list(m->build) : onus_build_map(m->build);
  bool has_rows = !naming && at->path[0] && (is_item(at->base) || is_item(at->mine) || is_item(at->theirs));
  const onus_node *row = has_rows ? choose_row(m, at) : NULL;
  choose_order(m, at, &s);
  for (size_t i = 0; i < s.n && !has_failed(m); i++) {
    const char *name = s.names[i];
    place child = {join(m, at->path, name), onus_index_get(&s.base, name), onus_index_get(&s.mine, name),
                   onus_index_get(&s.theirs, name)};
    const onus_node *value = row && is_row_key(name) ? onus_node_get(row, name) : merge(m, &child);
    if (naming)
      onus_build_add(m->build, &branch, value);
    else
      onus_build_put(m->build, &branch, name, value);
  }
  end_siblings(&s);
  return branch.node;
}

/* Sets how the entries of all lists are named; false when they are no such lists. */
static bool find_naming(merger *m, const place *at, const char **ret_naming) {
  const onus_node *lists[] = {at->base, at->mine, at->theirs};
  const char *naming = NULL;
  for (size_t i = 0; i < 3; i++) {
    bool has_memory = true;
    if (!lists[i] || lists[i]->n_children == 0)
      continue;
    const char *own = onus_list_naming(lists[i], &has_memory);
    fail(m, has_memory);
    if (!own || (naming && own != naming))
      return false;
    naming = own;
  }
  *ret_naming = naming;
  return naming != NULL;
}

static bool is_kind(const place *at, onus_node_kind kind) {
  return (!at->base || at->base->kind == kind) && at->mine && at->mine->kind == kind && at->theirs &&
         at->theirs->kind == kind;
}

static const onus_node *merge(merger *m, const place *at) {
  const char *naming = NULL;
  if (onus_node_same(at->mine, at->theirs) || onus_node_same(at->base, at->mine))
    return at->theirs;
  if (onus_node_same(at->base, at->theirs))
    return at->mine;
  bool is_map = is_kind(at, ONUS_NODE_MAP);
  bool is_list = !is_map && is_kind(at, ONUS_NODE_LIST) && find_naming(m, at, &naming);
  if ((is_map || is_list) && !(at->theirs->key && is_whole(at->theirs->key)))
    return merge_children(m, at, naming);
  return add_conflict(m, at->path, at->base, at->mine, at->theirs);
}

onus_status onus_merge_cases(const onus_node *base, const onus_node *mine, const onus_node *theirs, onus_build *build,
                             onus_merged *ret_merged, onus_error *error) {
  merger m = {.build = build};
  const onus_node *root = merge(&m, &(place){"", base, mine, theirs});
  if (has_failed(&m)) {
    if (onus_arena_is_at_cap(build->arena))
      return ONUS_FAIL(error, ONUS_LIMIT, "the cases are too large to be merged");
    return ONUS_FAIL_NO_MEMORY(error);
  }
  *ret_merged = (onus_merged){root, m.conflicts, m.n};
  return ONUS_OK;
}
