/* A case in which one position says otherwise.
 *
 * The overrides are what a position may write in a case file, read by the same functions, so that they obey the same
 * rules and are refused in the same words. Nothing is copied but the position: the rest is the base's.
 */
#include <stdlib.h>
#include <string.h>

#include "case/reader_internal.h"
#include "case/view.h"

enum { ONUS_WHAT_IF_DIFFERENCES = 1000 };
#define WHAT_IF "what-if" /* stands for a path in messages */

static void *copy(onus_reader *reader, const void *from, size_t count, size_t size_bytes) {
  void *to = onus_reader_alloc(reader, count, size_bytes);
  if (to && count)
    memcpy(to, from, count * size_bytes);
  return to;
}
#define COPY(reader, array, count) copy(reader, array, count, sizeof *(array))

/* The positions, of which the one at `index` may be changed. */
static bool copy_positions(onus_reader *reader, size_t index) {
  onus_case *c = reader->c;
  c->positions = COPY(reader, c->positions, c->n_positions);
  if (!c->positions)
    return false;
  onus_position *p = &c->positions[index];
  p->has_prior = COPY(reader, p->has_prior, c->n_hypotheses);
  p->prior = COPY(reader, p->prior, c->n_hypotheses);
  p->has_reliability = COPY(reader, p->has_reliability, c->n_sources);
  p->reliability = COPY(reader, p->reliability, c->n_sources);
  p->reliability_grade = COPY(reader, p->reliability_grade, c->n_sources);
  p->has_probability = COPY(reader, p->has_probability, c->n_undercutters);
  p->probability = COPY(reader, p->probability, c->n_undercutters);
  c->what_if_of = p->id;
  return reader->status == ONUS_OK;
}

/* Ids of the base, so that a slip of one is told. */
static void list_ids(onus_reader *reader, onus_id_kind kind, onus_table *table, const void *first, size_t size_bytes,
                     size_t count) {
  onus_ids *ids = &reader->ids[kind];
  ids->table = table;
  ids->ids = ONUS_READER_ARRAY(reader, const char *, count);
  ids->count = ids->ids ? count : 0;
  for (size_t i = 0; i < ids->count; i++) /* every kind begins with its id */
    memcpy(&ids->ids[i], (const char *)first + i * size_bytes, sizeof ids->ids[i]);
}

static void list_all_ids(onus_reader *reader) {
  const onus_case *c = reader->c;
  list_ids(reader, ONUS_ID_HYPOTHESIS, c->hypothesis_ids, c->hypotheses, sizeof *c->hypotheses, c->n_hypotheses);
  list_ids(reader, ONUS_ID_PROPOSITION, c->proposition_ids, c->propositions, sizeof *c->propositions,
           c->n_propositions);
  list_ids(reader, ONUS_ID_SOURCE, c->source_ids, c->sources, sizeof *c->sources, c->n_sources);
  list_ids(reader, ONUS_ID_UNDERCUTTER, c->undercutter_ids, c->undercutters, sizeof *c->undercutters,
           c->n_undercutters);
  list_ids(reader, ONUS_ID_POSITION, c->position_ids, c->positions, sizeof *c->positions, c->n_positions);
  list_ids(reader, ONUS_ID_ITEM, c->item_ids, c->items, sizeof *c->items, c->n_items);
}

/* --- towards another position ------------------------------------------------------------------------------------ */

/* As `other` sees the item; with room for one more. */
static void take_item(onus_position *p, const onus_position *other, size_t item) {
  onus_item_override seen = {.item = item, .reasons = ""}; /* which is as in the case */
  for (size_t o = 0; o < other->n_overrides; o++)
    if (other->overrides[o].item == item)
      seen = other->overrides[o];
  size_t place = 0;
  while (place < p->n_overrides && p->overrides[place].item != item)
    place++;
  p->overrides[place] = seen;
  p->n_overrides += place == p->n_overrides;
}

static void take_standard(onus_position *p, const onus_position *other) {
  p->standard_id = other->standard_id;
  p->standard = other->standard;
  p->standard_exclusive = other->standard_exclusive;
  p->standard_origin = other->standard_origin;
}

static void take_access(onus_position *p, const onus_position *other) {
  p->access_all = other->access_all;
  p->access = other->access;
  p->opened = other->opened;
}

static void take_prior(const onus_case *c, onus_position *p, const onus_position *other) {
  for (size_t h = 0; h < c->n_hypotheses; h++) {
    p->prior[h] = onus_position_prior(c, other, h);
    p->has_prior[h] = true;
  }
}

/* The part of `name` behind `prefix`; NULL when it begins otherwise. */
static const char *behind(const char *name, const char *prefix) {
  size_t length = strlen(prefix);
  return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

/* One of the differences that a comparison names; false when there is none of that name. */
static bool take_difference(const onus_case *c, onus_position *p, const onus_position *other, const char *name) {
  const char *source = behind(name, "source:"), *item = behind(name, "item:");
  size_t s = source ? onus_table_get(c->source_ids, source) : ONUS_NONE;
  size_t i = item ? onus_table_get(c->item_ids, item) : ONUS_NONE, u = onus_table_get(c->undercutter_ids, name);
  if (strcmp(name, "prior") == 0) {
    take_prior(c, p, other);
  } else if (strcmp(name, "standard") == 0) {
    take_standard(p, other);
  } else if (strcmp(name, "access") == 0) {
    take_access(p, other);
  } else if (s != ONUS_NONE) {
    p->reliability[s] = onus_position_reliability(c, other, s);
    p->reliability_grade[s] = other->has_reliability[s] ? other->reliability_grade[s] : c->sources[s].grade;
    p->has_reliability[s] = true;
  } else if (i != ONUS_NONE) {
    take_item(p, other, i);
  } else if (u != ONUS_NONE) {
    p->probability[u] = onus_position_probability(c, other, u);
    p->has_probability[u] = true;
  } else {
    return false;
  }
  return true;
}

static void take_differences(onus_reader *reader, const onus_node *list, const onus_position *other, onus_position *p) {
  static const char REMEDY[] = "write prior, access, standard, source:ID, item:ID or the id of an undercutter, as a "
                               "comparison names them";
  if (!onus_is_list(reader, list, "differences"))
    return;
  if (list->n_children > ONUS_WHAT_IF_DIFFERENCES) {
    onus_complain(reader, list, "%zu differences\nname %d at most", list->n_children, ONUS_WHAT_IF_DIFFERENCES);
    return;
  }
  onus_item_override *all = ONUS_READER_ARRAY(reader, onus_item_override, p->n_overrides + list->n_children);
  if (!all)
    return;
  if (p->n_overrides)
    memcpy(all, p->overrides, p->n_overrides * sizeof *all);
  p->overrides = all;
  for (const onus_node *child = list->first; child; child = child->next) {
    const char *name = onus_read_word(reader, child, REMEDY);
    if (name && !take_difference(reader->c, p, other, name))
      onus_complain(reader, child, "%s is no difference\n%s", onus_describe(child).text, REMEDY);
  }
}

static void read_towards(onus_reader *reader, const onus_node *node, onus_position *p) {
  onus_cursor cursor;
  if (!node || !onus_cursor_open(&cursor, reader, node, "`towards`"))
    return;
  const onus_node *id = onus_take_required(&cursor, "position", "name the position to go towards");
  const onus_node *list = onus_take_required(&cursor, "differences", "list the differences that are to go");
  onus_cursor_close(&cursor);
  size_t other = id ? onus_read_reference(reader, id, ONUS_ID_POSITION) : ONUS_NONE;
  if (other != ONUS_NONE && list)
    take_differences(reader, list, &reader->c->positions[other], p);
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static void read_root(onus_reader *reader, size_t position, const onus_node *root) {
  onus_cursor cursor;
  if (!copy_positions(reader, position) || !onus_cursor_open(&cursor, reader, root, "a what-if"))
    return;
  read_towards(reader, onus_take(&cursor, "towards"), &reader->c->positions[position]);
  onus_read_own_values(&cursor, &reader->c->positions[position], true);
  onus_cursor_close(&cursor);
}

static onus_status fail(const onus_reader *reader, onus_error *error) {
  if (reader->status == ONUS_LIMIT)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, WHAT_IF, 0, 0, "it takes more than %zu MiB; change fewer things at once",
                        ONUS_CASE_ARENA_BYTES >> 20);
  return ONUS_FAIL_NO_MEMORY(error);
}

/* `derived` is a copy of the base with arenas of its own. */
static onus_status derive(onus_case *derived, size_t position, const char *overrides, size_t length_bytes,
                          onus_problems *problems, onus_error *error) {
  onus_reader reader = {.c = derived, .problems = problems};
  onus_error found = {0};
  onus_status status =
      onus_document_parse_json(WHAT_IF, overrides, length_bytes, derived->document_arena, &derived->what_if, &found);
  if (status == ONUS_BAD_INPUT)
    return onus_problems_note_error(problems, &found, error);
  if (status != ONUS_OK) {
    if (error)
      *error = found;
    return status;
  }
  list_all_ids(&reader);
  if (reader.status == ONUS_OK)
    read_root(&reader, position, derived->what_if);
  return reader.status == ONUS_OK ? onus_problems_finish(problems, error) : fail(&reader, error);
}

static onus_case *derived_new(const onus_case *base) {
  onus_case *derived = malloc(sizeof *derived);
  if (!derived)
    return NULL;
  *derived = *base;
  derived->base = base;
  derived->document = NULL;
  derived->arena = onus_arena_new(ONUS_CASE_ARENA_BYTES);
  derived->document_arena = onus_arena_new(ONUS_DOCUMENT_TREE_BYTES);
  if (derived->arena && derived->document_arena)
    return derived;
  onus_case_free(derived);
  return NULL;
}

onus_status onus_case_what_if(const onus_case *c, const char *position, const char *overrides, size_t length_bytes,
                              onus_case **ret_case, onus_problems **ret_problems, onus_error *error) {
  size_t index = position ? onus_table_get(c->position_ids, position) : 0;
  if (index == ONUS_NONE)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the case has no position \"%s\"", position);
  onus_problems *problems = onus_problems_new(WHAT_IF);
  onus_case *derived = derived_new(c);
  onus_status status = problems && derived ? derive(derived, index, overrides, length_bytes, problems, error)
                                           : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    *ret_case = derived;
  else
    onus_case_free(derived);
  return onus_problems_hand_out(status, problems, ret_problems);
}
