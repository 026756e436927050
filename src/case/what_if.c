/* A case in which one position says otherwise.
 *
 * The overrides are what a position may write in a case file, read by the same functions, so that they obey the same
 * rules and are refused in the same words. Nothing is copied but the position: the rest is the base's.
 */
#include <stdlib.h>
#include <string.h>

#include "case/reader_internal.h"

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
  list_ids(reader, ONUS_ID_ITEM, c->item_ids, c->items, sizeof *c->items, c->n_items);
}

static void read_root(onus_reader *reader, size_t position, const onus_node *root) {
  onus_cursor cursor;
  if (!copy_positions(reader, position) || !onus_cursor_open(&cursor, reader, root, "a what-if"))
    return;
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
