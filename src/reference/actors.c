/* Which entries of different sources are one actor.
 *
 * Vendors' names overlap without being equal, so joining whatever shares an alias (union-find) ends with Lazarus,
 * Kimsuky and APT37 in one. Here two entries are one actor only when one of these says so:
 *
 *     id        one has the other's upstream id among its names ("G0032"), and that id is no plain name
 *     primary   their primary names are equal; "Group" or "Team" at the end of one is no difference
 *     mutual    each has the other's primary name among its aliases
 *
 * and no third entry competes: an id or mutual name that a source gives to two of its entries joins nothing, nor does a
 * primary name that two entries of one source bear. Entries of one source are never joined, not even through others:
 * the source itself holds them apart. Everything else stays what it is, a claim that can be looked up. */
#include <stdlib.h>
#include <string.h>

#include "base/room.h"
#include "reference/catalogue_internal.h"

enum { LINK_ID, LINK_PRIMARY, LINK_MUTUAL };

/* Says that `entry` bears this name: `name` is normalised. */
typedef struct bearing {
  const char *name;
  uint32_t entry;
  bool is_primary;
} bearing;

typedef struct link {
  int kind;
  uint32_t a, b; /* a < b */
} link;

typedef struct work {
  const onus_catalogue_parts *parts;
  bearing *bearings; /* by name, then entry, primary first; each entry once a name */
  size_t n_bearings;
  const char **primaries; /* of entries: shortened */
  link *links;
  size_t n_links, links_capacity;
  uint32_t *roots, *next; /* of entries: whom they were joined to; the members of a root, a list */
  char *texts;            /* behind the names */
} work;

static int by_name(const void *a, const void *b) {
  const bearing *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  if (order != 0)
    return order;
  if (x->entry != y->entry)
    return x->entry < y->entry ? -1 : 1;
  return (int)y->is_primary - (int)x->is_primary;
}

static int by_strength(const void *a, const void *b) {
  const link *x = a, *y = b;
  if (x->kind != y->kind)
    return x->kind - y->kind;
  if (x->a != y->a)
    return x->a < y->a ? -1 : 1;
  return x->b < y->b ? -1 : x->b > y->b;
}

/* "lazarusgroup" without "group"; what would be left with less than four letters stays. */
static void shorten(char *name) {
  static const char *const ENDS[] = {"group", "team"};
  size_t length = strlen(name);
  for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
    size_t end = strlen(ENDS[i]);
    if (length >= end + 4 && strcmp(name + length - end, ENDS[i]) == 0) {
      name[length - end] = '\0';
      return;
    }
  }
}

static onus_status collect(work *w, onus_error *error) {
  const onus_catalogue_parts *p = w->parts;
  size_t bytes = 1;
  for (size_t i = 0; i < p->n_entries; i++)
    bytes += strlen(p->entries[i].name) + 1;
  for (size_t i = 0; i < p->n_claims; i++)
    bytes += strlen(p->claims[i].name) + 1;
  w->texts = malloc(bytes);
  w->bearings = calloc(p->n_entries + p->n_claims + 1, sizeof *w->bearings);
  w->primaries = calloc(p->n_entries + 1, sizeof *w->primaries);
  w->roots = calloc(p->n_entries + 1, sizeof *w->roots);
  w->next = calloc(p->n_entries + 1, sizeof *w->next);
  if (!w->texts || !w->bearings || !w->primaries || !w->roots || !w->next)
    return ONUS_FAIL_NO_MEMORY(error);
  char *at = w->texts;
  for (size_t i = 0; i < p->n_entries; i++) {
    w->roots[i] = (uint32_t)i;
    w->next[i] = ONUS_NO_NUMBER;
    onus_name_normalise(p->entries[i].name, at);
    shorten(at);
    w->primaries[i] = at;
    if (p->entries[i].kind == ONUS_ENTRY_ACTOR && at[0] != '\0')
      w->bearings[w->n_bearings++] = (bearing){at, (uint32_t)i, true};
    at += strlen(at) + 1;
  }
  for (size_t i = 0; i < p->n_claims; i++) {
    onus_name_normalise(p->claims[i].name, at);
    shorten(at);
    if (p->entries[p->claims[i].entry].kind == ONUS_ENTRY_ACTOR && at[0] != '\0')
      w->bearings[w->n_bearings++] = (bearing){at, p->claims[i].entry, false};
    at += strlen(at) + 1;
  }
  qsort(w->bearings, w->n_bearings, sizeof *w->bearings, by_name);
  size_t kept = 0;
  for (size_t i = 0; i < w->n_bearings; i++)
    if (kept == 0 || w->bearings[kept - 1].entry != w->bearings[i].entry ||
        strcmp(w->bearings[kept - 1].name, w->bearings[i].name) != 0)
      w->bearings[kept++] = w->bearings[i];
  w->n_bearings = kept;
  return ONUS_OK;
}

/* The bearings of a name: [*begin, *end). */
static void find_name(const work *w, const char *name, size_t *ret_begin, size_t *ret_end) {
  size_t low = 0, high = w->n_bearings;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(w->bearings[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  *ret_begin = low;
  while (low < w->n_bearings && strcmp(w->bearings[low].name, name) == 0)
    low++;
  *ret_end = low;
}

/* Whether some source gives this name to two of its entries (of primary names alone when asked so). Names are few to an
 * entry, and those that many bear are what this is about: sources are marked. */
static bool competes(const work *w, size_t begin, size_t end, bool primaries_only, uint8_t *seen) {
  bool result = false;
  memset(seen, 0, w->parts->n_sources);
  for (size_t i = begin; i < end && !result; i++) {
    if (primaries_only && !w->bearings[i].is_primary)
      continue;
    uint32_t source = w->parts->entries[w->bearings[i].entry].source;
    result = seen[source];
    seen[source] = 1;
  }
  return result;
}

static onus_status add_link(work *w, int kind, uint32_t a, uint32_t b, onus_error *error) {
  if (w->parts->entries[a].source == w->parts->entries[b].source)
    return ONUS_OK;
  if (!ONUS_ROOM_FOR_ONE(w->links, w->n_links, w->links_capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  w->links[w->n_links++] = (link){kind, a < b ? a : b, a < b ? b : a};
  return ONUS_OK;
}

static bool bears(const work *w, uint32_t entry, const char *name) {
  size_t begin, end;
  find_name(w, name, &begin, &end);
  for (size_t i = begin; i < end; i++)
    if (w->bearings[i].entry == entry)
      return true;
  return false;
}

/* All links through one name. There are at most as many sources as can link, since competing names link nothing. */
static onus_status link_name(work *w, size_t begin, size_t end, uint8_t *seen, onus_error *error) {
  bool primaries_compete = competes(w, begin, end, true, seen), all_compete = competes(w, begin, end, false, seen);
  uint32_t first = ONUS_NO_NUMBER;
  for (size_t i = begin; i < end && !primaries_compete; i++) {
    if (!w->bearings[i].is_primary)
      continue;
    if (first == ONUS_NO_NUMBER)
      first = w->bearings[i].entry;
    else
      ONUS_TRY(add_link(w, LINK_PRIMARY, first, w->bearings[i].entry, error));
  }
  for (size_t i = begin; i < end && !all_compete; i++)
    for (size_t k = begin; k < end && w->bearings[i].is_primary; k++) {
      uint32_t a = w->bearings[i].entry, b = w->bearings[k].entry;
      if (a >= b || w->bearings[k].is_primary)
        continue;
      size_t other_begin, other_end;
      find_name(w, w->primaries[b], &other_begin, &other_end);
      if (bears(w, a, w->primaries[b]) && !competes(w, other_begin, other_end, false, seen))
        ONUS_TRY(add_link(w, LINK_MUTUAL, a, b, error));
    }
  return ONUS_OK;
}

/* An id such as "G0032": letters and digits, and not just how the entry is called. */
static bool is_id(const work *w, uint32_t entry, const char *normal) {
  return strcspn(normal, "0123456789") < strlen(normal) &&
         strcspn(normal, "abcdefghijklmnopqrstuvwxyz") < strlen(normal) && strcmp(normal, w->primaries[entry]) != 0;
}

static onus_status link_ids(work *w, uint8_t *seen, onus_error *error) {
  char *normal = malloc(ONUS_CATALOGUE_URL_BYTES + 1);
  if (!normal)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = ONUS_OK;
  for (uint32_t entry = 0; status == ONUS_OK && entry < w->parts->n_entries; entry++) {
    size_t begin, end;
    onus_name_normalise(w->parts->entries[entry].upstream_id, normal);
    if (w->parts->entries[entry].kind != ONUS_ENTRY_ACTOR || !is_id(w, entry, normal))
      continue;
    find_name(w, normal, &begin, &end);
    if (competes(w, begin, end, false, seen))
      continue;
    for (size_t i = begin; status == ONUS_OK && i < end; i++)
      if (!w->bearings[i].is_primary)
        status = add_link(w, LINK_ID, entry, w->bearings[i].entry, error);
  }
  free(normal);
  return status;
}

/* --- joining ------------------------------------------------------------------------------------------------------ */

static uint32_t root_of(work *w, uint32_t entry) {
  while (w->roots[entry] != entry)
    entry = w->roots[entry] = w->roots[w->roots[entry]];
  return entry;
}

/* Marks the sources of the members of `root`; false when one is marked already. */
static bool mark(const work *w, uint32_t root, uint8_t *seen) {
  bool fits = true;
  for (uint32_t i = root; i != ONUS_NO_NUMBER; i = w->next[i])
    fits &= !seen[w->parts->entries[i].source]++;
  return fits;
}

/* Whether no source would get two entries. */
static bool may_join(const work *w, uint32_t a, uint32_t b, uint8_t *seen) {
  memset(seen, 0, w->parts->n_sources);
  bool a_fits = mark(w, a, seen);
  return mark(w, b, seen) && a_fits;
}

static void join(work *w, uint8_t *seen) {
  if (w->n_links > 1)
    qsort(w->links, w->n_links, sizeof *w->links, by_strength);
  for (size_t i = 0; i < w->n_links; i++) {
    uint32_t a = root_of(w, w->links[i].a), b = root_of(w, w->links[i].b);
    if (a == b || !may_join(w, a, b, seen))
      continue;
    uint32_t first = a < b ? a : b, second = a < b ? b : a, last = first;
    while (w->next[last] != ONUS_NO_NUMBER)
      last = w->next[last];
    w->next[last] = second;
    w->roots[second] = first; /* the first entry stays the root */
  }
}

static onus_status fill_actors(work *w, onus_catalogue_parts *parts, onus_error *error) {
  onus_actor *actors = calloc(parts->n_entries + 1, sizeof *actors);
  uint32_t *members = calloc(parts->n_entries + 1, sizeof *members);
  if (!actors || !members) {
    free(actors);
    free(members);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  size_t n_actors = 0;
  for (uint32_t i = 0; i < parts->n_entries; i++) {
    onus_entry *entry = &parts->entries[i];
    entry->actor = ONUS_NO_NUMBER;
    if (entry->kind != ONUS_ENTRY_ACTOR)
      continue;
    uint32_t root = root_of(w, i);
    if (root == i)
      actors[n_actors++].name = entry->name;
    entry->actor = root == i ? (uint32_t)(n_actors - 1) : parts->entries[root].actor;
    actors[entry->actor].n_entries++;
  }
  const uint32_t *at = members;
  for (size_t i = 0; i < n_actors; i++) {
    actors[i].entries = at;
    at += actors[i].n_entries;
    actors[i].n_entries = 0;
  }
  for (uint32_t i = 0; i < parts->n_entries; i++) {
    if (parts->entries[i].actor == ONUS_NO_NUMBER)
      continue;
    onus_actor *actor = &actors[parts->entries[i].actor];
    members[(size_t)(actor->entries - members) + actor->n_entries++] = i;
  }
  free(parts->actors);
  free(parts->actor_entries);
  parts->actors = actors;
  parts->actor_entries = members;
  parts->n_actors = n_actors;
  return ONUS_OK;
}

onus_status onus_actors_make(onus_catalogue_parts *parts, onus_error *error) {
  work w = {.parts = parts};
  uint8_t *seen = calloc(parts->n_sources + 1, 1);
  onus_status status = seen ? collect(&w, error) : ONUS_FAIL_NO_MEMORY(error);
  for (size_t begin = 0, end; status == ONUS_OK && begin < w.n_bearings; begin = end) {
    for (end = begin + 1; end < w.n_bearings && strcmp(w.bearings[end].name, w.bearings[begin].name) == 0;)
      end++;
    status = link_name(&w, begin, end, seen, error);
  }
  if (status == ONUS_OK)
    status = link_ids(&w, seen, error);
  if (status == ONUS_OK) {
    join(&w, seen);
    status = fill_actors(&w, parts, error);
  }
  free(w.bearings);
  free(w.primaries);
  free(w.roots);
  free(w.next);
  free(w.links);
  free(w.texts);
  free(seen);
  return status;
}
