/* Rows that `onus compute` wrote: computed/ITEM.json beside the case.
 *
 * A row is used only if it was computed from what the case holds now: the same artefact, byte for byte, the same actors
 * of the same hypotheses, the same day. Anything else is an error that asks for computing again; a row that is quietly
 * out of date would be evidence that nobody gave.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "case/reader_internal.h"

enum {
  COMPUTED_BYTES = 4 << 20,
  COMPUTED_ARENA_BYTES = 256 << 20,
  PATH_BYTES = 96,
  DAY_BYTES = ONUS_MOMENT_TEXT_BYTES
};

static const char AGAIN[] = "run `onus compute` on the case again";

/* What reading the rows of a case shares. */
typedef struct computing {
  onus_reader *reader;
  size_t digested_bytes;                  /* of artefacts, of ONUS_ARTEFACTS_BYTES */
  const char *from;                       /* the artefact whose digest is at hand; NULL: none yet */
  char artefact[ONUS_DIGEST_BYTES];       /* its digest */
  const char *reference, *reference_item; /* digest that the first row was computed with, and that row's item */
} computing;

/* One row: the item, the value of its `compute`, where complaints about it stand. */
typedef struct subject {
  computing *all;
  onus_item *item;
  const onus_node *compute;
  char path[PATH_BYTES]; /* "computed/ITEM.json" */
} subject;

static void complain_stale(const subject *s, const char *what) {
  onus_complain(s->all->reader, s->compute, "%s was computed from something else: %s\n%s", s->path, what, AGAIN);
}

/* --- the artefact ---------------------------------------------------------------------------------------------- */

/* Leaves the digest of the item's artefact in `all`. Items next to each other mostly share it. */
static bool digest_artefact(const subject *s) {
  computing *all = s->all;
  const char *from = s->item->row.from;
  if (all->from && strcmp(all->from, from) == 0)
    return true;
  onus_text path;
  if (onus_find_file(all->reader, from, &path) != ONUS_PLACE_FILE)
    return false; /* complained about when `from` was read, or gone since */
  onus_error error = {0};
  size_t length = 0, left = ONUS_ARTEFACTS_BYTES - all->digested_bytes;
  onus_status status = onus_digest_file(path.bytes, left < ONUS_ARTEFACT_BYTES ? left : ONUS_ARTEFACT_BYTES,
                                        all->artefact, &length, &error);
  onus_text_free(&path);
  if (status == ONUS_LIMIT)
    onus_complain(all->reader, s->compute,
                  "the artefact %s is larger than is accepted\nan artefact has at most %zu MiB, all together %zu MiB",
                  onus_quote_string(from).text, ONUS_ARTEFACT_BYTES >> 20, ONUS_ARTEFACTS_BYTES >> 20);
  else if (status != ONUS_OK)
    onus_complain(all->reader, s->compute, "the artefact %s %s\nmake it readable", onus_quote_string(from).text,
                  error.text);
  all->digested_bytes += length;
  all->from = status == ONUS_OK ? from : NULL;
  return status == ONUS_OK;
}

/* --- parts of the file ----------------------------------------------------------------------------------------- */

static size_t read_count(onus_reader *reader, const onus_node *node) {
  if (!node)
    return 0;
  if (node->kind == ONUS_NODE_NUMBER && node->is_integer && node->number >= 0 && node->number <= 1e9)
    return (size_t)node->number;
  onus_complain(reader, node, "%s\nwrite a whole number from 0", onus_describe(node).text);
  return 0;
}

static size_t take_count(onus_cursor *cursor, const char *key) {
  return read_count(cursor->reader, onus_take_required(cursor, key, "it counts something"));
}

static const char *take_text(onus_cursor *cursor, const char *key) {
  const char *text = onus_read_text(cursor->reader, onus_take_required(cursor, key, "it is a text"), key);
  return text ? text : "";
}

static const char **read_texts(onus_reader *reader, const onus_node *list, const char *what, size_t *ret_n) {
  *ret_n = 0;
  if (!list || !onus_is_list(reader, list, what))
    return NULL;
  const char **texts = ONUS_READER_ARRAY(reader, const char *, list->n_children);
  for (const onus_node *child = list->first; child && texts; child = child->next) {
    const char *text = onus_read_text(reader, child, what);
    if (text)
      texts[(*ret_n)++] = text;
  }
  return texts;
}

static void read_actor(onus_reader *reader, const onus_node *node, onus_computed_actor *actor) {
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, node, "an actor"))
    return;
  const onus_node *hypothesis = onus_take_required(&cursor, "hypothesis", "name the hypothesis that lists it");
  actor->hypothesis = hypothesis ? onus_read_reference(reader, hypothesis, ONUS_ID_HYPOTHESIS) : ONUS_NONE;
  actor->given = take_text(&cursor, "given");
  actor->name = take_text(&cursor, "name");
  actor->entries =
      read_texts(reader, onus_take_required(&cursor, "entries", "list its entries"), "entries", &actor->n_entries);
  const onus_node *ratio = onus_take_required(&cursor, "ratio", "give its likelihood ratio");
  if (ratio)
    (void)onus_read_number(reader, ratio, ONUS_NUMBER_RATIO, &actor->ratio);
  onus_cursor_close(&cursor);
}

static void read_actors(onus_reader *reader, const onus_node *list, onus_computed *computed) {
  if (!list || !onus_is_list(reader, list, "actors"))
    return;
  computed->actors = ONUS_READER_ARRAY(reader, onus_computed_actor, list->n_children);
  for (const onus_node *child = list->first; child && computed->actors; child = child->next)
    read_actor(reader, child, &computed->actors[computed->n_actors++]);
}

static void read_link(onus_reader *reader, const onus_node *node, onus_computed_link *link) {
  onus_cursor cursor;
  link->actor = link->kind = link->value = "";
  if (!onus_cursor_open(&cursor, reader, node, "a link"))
    return;
  link->actor = take_text(&cursor, "actor");
  link->kind = take_text(&cursor, "kind");
  link->value = take_text(&cursor, "value");
  link->report = onus_take_text(&cursor, "report", "");
  link->note = onus_take_text(&cursor, "note", "");
  const onus_node *weight = onus_take_required(&cursor, "weight", "it is a number");
  if (weight && weight->kind == ONUS_NODE_NUMBER)
    link->ln_weight = weight->number;
  else if (weight)
    onus_complain(reader, weight, "%s\nwrite a number", onus_describe(weight).text);
  link->n_holders = take_count(&cursor, "holders");
  const onus_node *age = onus_take(&cursor, "age_days");
  link->has_age = age && age->kind == ONUS_NODE_NUMBER && age->is_integer && age->number >= -4e6 && age->number <= 4e6;
  if (link->has_age)
    link->age_days = (int)age->number;
  else if (age)
    onus_complain(reader, age, "%s\nwrite a number of days", onus_describe(age).text);
  onus_cursor_close(&cursor);
}

static void read_links(onus_reader *reader, const onus_node *list, onus_computed *computed) {
  if (!list || !onus_is_list(reader, list, "links"))
    return;
  computed->links = ONUS_READER_ARRAY(reader, onus_computed_link, list->n_children);
  for (const onus_node *child = list->first; child && computed->links; child = child->next)
    read_link(reader, child, &computed->links[computed->n_links++]);
}

static void read_ratios(onus_reader *reader, const onus_node *map, onus_row *row) {
  size_t n = reader->c->n_hypotheses;
  row->is_stated = ONUS_READER_ARRAY(reader, bool, n);
  row->value = ONUS_READER_ARRAY(reader, onus_number, n);
  if (!map || !onus_is_map(reader, map, "hypotheses and ratios") || !row->is_stated || !row->value)
    return;
  for (const onus_node *child = map->first; child; child = child->next) {
    size_t h = onus_read_key_reference(reader, child, ONUS_ID_HYPOTHESIS);
    if (h != ONUS_NONE)
      row->is_stated[h] = onus_read_number(reader, child, ONUS_NUMBER_RATIO, &row->value[h]);
  }
}

/* The undercutter that the item has to itself; NULL when it has none. */
static onus_undercutter *own_undercutter(onus_case *c, const onus_item *item) {
  onus_undercutter *last = item->n_undercut ? &c->undercutters[item->undercut[item->n_undercut - 1]] : NULL;
  return last && last->own_item ? last : NULL;
}

/* The probability of an undercutter of its own, and where it comes from. */
static void read_own(onus_reader *reader, const onus_node *node, onus_undercutter *own, onus_computed *computed) {
  onus_cursor cursor;
  onus_number probability = {0.5, 0.5};
  computed->own_origin = "";
  if (!node || !onus_cursor_open(&cursor, reader, node, "the probability of an undercutter"))
    return;
  const onus_node *value = onus_take_required(&cursor, "probability", "give the probability that it holds");
  if (value)
    (void)onus_read_number(reader, value, ONUS_NUMBER_PROBABILITY, &probability);
  const char *origin = take_text(&cursor, "origin");
  onus_cursor_close(&cursor);
  if (!own)
    return;
  own->probability = probability;
  computed->own_origin = origin;
}

/* --- is it of this case, as it stands? ------------------------------------------------------------------------- */

/* A name that a hypothesis lists. */
typedef struct listed_name {
  size_t hypothesis;
  const char *given;
} listed_name;

static int by_hypothesis(const void *left, const void *right) {
  const listed_name *a = left, *b = right;
  if (a->hypothesis != b->hypothesis)
    return a->hypothesis < b->hypothesis ? -1 : 1;
  return strcmp(a->given, b->given);
}

/* The actors of the file are those that the hypotheses list, in whatever order. */
static bool has_same_actors(onus_reader *reader, const onus_computed *computed) {
  const onus_case *c = reader->c;
  size_t n = 0, at = 0;
  for (size_t h = 0; h < c->n_hypotheses; h++)
    n += c->hypotheses[h].n_actors;
  if (n != computed->n_actors || n == 0)
    return n == computed->n_actors;
  listed_name *names = ONUS_READER_ARRAY(reader, listed_name, 2 * n), *of_file = names ? names + n : NULL;
  if (!names)
    return false;
  for (size_t h = 0; h < c->n_hypotheses; h++)
    for (size_t i = 0; i < c->hypotheses[h].n_actors; i++)
      names[at++] = (listed_name){h, c->hypotheses[h].actors[i]};
  for (size_t i = 0; i < n; i++)
    of_file[i] = (listed_name){computed->actors[i].hypothesis, computed->actors[i].given};
  qsort(names, n, sizeof *names, by_hypothesis);
  qsort(of_file, n, sizeof *of_file, by_hypothesis);
  for (size_t i = 0; i < n; i++)
    if (by_hypothesis(&names[i], &of_file[i]) != 0)
      return false;
  return true;
}

/* Every hypothesis with actors has a value, no other one has. */
static bool has_same_hypotheses(const onus_case *c, const onus_row *row) {
  for (size_t h = 0; h < c->n_hypotheses; h++)
    if (row->is_stated[h] != (c->hypotheses[h].n_actors > 0))
      return false;
  return true;
}

static bool has_same_texts(const char *const *a, size_t n_a, const char *const *b, size_t n_b) {
  size_t i = 0;
  while (n_a == n_b && i < n_a && strcmp(a[i], b[i]) == 0)
    i++;
  return n_a == n_b && i == n_a;
}

/* What the file says of its origin, beside the row itself. */
typedef struct origin {
  const char *item, *engine, *from;
  const char **leave_out;
  size_t n_leave_out;
} origin;

static void check_origin(const subject *s, const origin *from, const onus_row *row, const onus_computed *computed) {
  const onus_case *c = s->all->reader->c;
  const onus_row *asked = &s->item->row;
  char known[DAY_BYTES];
  onus_moment_format(s->item->known, known);
  if (strcmp(from->item, s->item->id) != 0)
    complain_stale(s, "another item");
  else if (strcmp(from->engine, asked->engine) != 0)
    complain_stale(s, "by another engine");
  else if (strcmp(from->from, asked->from) != 0)
    complain_stale(s, "another file");
  else if (strcmp(computed->artefact, s->all->artefact) != 0)
    complain_stale(s, "the file has changed since");
  else if (strcmp(computed->as_of, known) != 0)
    complain_stale(s, "as of another day than that on which the item became known");
  else if (!has_same_texts(from->leave_out, from->n_leave_out, asked->leave_out, asked->n_leave_out))
    complain_stale(s, "another `leave_out`");
  else if (!has_same_actors(s->all->reader, computed) || !has_same_hypotheses(c, row))
    complain_stale(s, "other hypotheses, or other actors of theirs");
  else if (s->all->reference && strcmp(s->all->reference, computed->reference) != 0)
    onus_complain(s->all->reader, s->compute, "%s was computed with another reference than the row of `%s`\n%s",
                  s->path, s->all->reference_item, AGAIN);
  if (!s->all->reference) {
    s->all->reference = computed->reference;
    s->all->reference_item = s->item->id;
  }
}

/* --- one row --------------------------------------------------------------------------------------------------- */

static void read_version(onus_cursor *cursor) {
  const onus_node *node = onus_take_required(cursor, "computed", "it is the version of the format, 1");
  if (node && !(node->kind == ONUS_NODE_NUMBER && node->is_integer && node->number >= 1 && node->number <= 1))
    onus_complain(cursor->reader, node, "%s\nthis program reads version 1", onus_describe(node).text);
}

/* Fills in the row out of the file's tree; complaints are about the file. */
static bool read_tree(const subject *s, const onus_node *root, onus_row *row, onus_computed *computed, origin *from) {
  onus_reader *reader = s->all->reader;
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, root, "a computed row"))
    return false;
  read_version(&cursor);
  *from = (origin){take_text(&cursor, "item"), take_text(&cursor, "engine"), take_text(&cursor, "from"), NULL, 0};
  from->leave_out = read_texts(reader, onus_take_required(&cursor, "leave_out", "it is a list"),
                               "reports and campaigns", &from->n_leave_out);
  computed->engine_version = take_text(&cursor, "engine_version");
  computed->weights = take_text(&cursor, "weights");
  computed->reference = take_text(&cursor, "reference");
  computed->as_of = take_text(&cursor, "as_of");
  computed->artefact = take_text(&cursor, "artefact");
  computed->n_used = take_count(&cursor, "n_used");
  computed->n_not_known = take_count(&cursor, "n_not_known");
  read_actors(reader, onus_take_required(&cursor, "actors", "list the actors"), computed);
  read_ratios(reader, onus_take_required(&cursor, "ratio", "give the row"), row);
  onus_sharing kind = onus_sharing_of_engine(s->item->row.engine);
  static const char OWN[] = "give the probability that what was compared is shared";
  read_own(reader, kind != ONUS_SHARING_NONE ? onus_take_required(&cursor, onus_sharing_word(kind), OWN) : NULL,
           own_undercutter(reader->c, s->item), computed);
  read_links(reader, onus_take_required(&cursor, "links", "list the links"), computed);
  onus_cursor_close(&cursor);
  return reader->status == ONUS_OK;
}

static void complain_about_file(const subject *s, const char *text, unsigned line, unsigned column) {
  onus_complain(s->all->reader, s->compute, "%s is not as it was computed: line %u, column %u: %s\n%s", s->path, line,
                column, text, AGAIN);
}

/* Reads the tree with complaints going to a list of the file's own; the first of them becomes one about the item. */
static void take_tree(const subject *s, const onus_node *root) {
  onus_reader *reader = s->all->reader;
  onus_problems *of_case = reader->problems;
  onus_computed *computed = ONUS_READER_ARRAY(reader, onus_computed, 1);
  onus_row row = s->item->row;
  origin from = {0};
  reader->problems = onus_problems_new(s->path);
  bool is_read = computed && reader->problems && read_tree(s, root, &row, computed, &from);
  if (!reader->problems && reader->status == ONUS_OK)
    reader->status = ONUS_NO_MEMORY;
  onus_problems *of_file = reader->problems;
  reader->problems = of_case;
  onus_status status = of_file ? onus_problems_finish(of_file, NULL) : ONUS_NO_MEMORY;
  if (status == ONUS_NO_MEMORY && reader->status == ONUS_OK)
    reader->status = ONUS_NO_MEMORY;
  if (status == ONUS_BAD_INPUT) {
    const onus_problem *first = onus_problems_get(of_file, 0);
    complain_about_file(s, first->found, first->line, first->column);
  } else if (is_read && reader->status == ONUS_OK) {
    computed->path = onus_reader_copy(reader, s->path, strlen(s->path));
    row.computed = computed;
    check_origin(s, &from, &row, computed);
    s->item->row = row;
  }
  onus_problems_free(of_file);
}

static void read_file(const subject *s, const char *path) {
  onus_reader *reader = s->all->reader;
  onus_error error = {0};
  onus_text text;
  onus_status status = onus_file_read(path, COMPUTED_BYTES, &text, &error);
  if (status != ONUS_OK) {
    if (status == ONUS_NO_MEMORY)
      reader->status = status;
    else
      onus_complain(reader, s->compute, "%s %s\n%s", s->path, error.text, AGAIN);
    return;
  }
  onus_arena *arena = onus_arena_new(COMPUTED_ARENA_BYTES);
  const onus_node *root;
  status = arena ? onus_document_parse_json(s->path, text.bytes, text.length, arena, &root, &error) : ONUS_NO_MEMORY;
  if (status == ONUS_OK)
    take_tree(s, root);
  else if (status == ONUS_NO_MEMORY)
    reader->status = status;
  else
    complain_about_file(s, error.text, error.line, error.column);
  onus_arena_free(arena);
  onus_text_free(&text);
}

static void read_row(const subject *s) {
  onus_reader *reader = s->all->reader;
  onus_text path;
  if (!digest_artefact(s))
    return;
  switch (onus_find_file(reader, s->path, &path)) {
  case ONUS_PLACE_FILE:
    read_file(s, path.bytes);
    onus_text_free(&path);
    break;
  case ONUS_PLACE_NOTHING:
    onus_complain(reader, s->compute,
                  "the row of `%s` has not been computed yet\nrun `onus compute` on the case, with the reference that "
                  "it is to be compared with",
                  s->item->id);
    break;
  case ONUS_PLACE_OUTSIDE:
    onus_complain(reader, s->compute, "%s is a link that leads out of the folder of the case\n%s", s->path, AGAIN);
    break;
  case ONUS_PLACE_NO_FILE:
  case ONUS_PLACE_TOO_LONG:
    onus_complain(reader, s->compute, "%s is not a plain file that can be read\nmove it out of the way", s->path);
    break;
  case ONUS_PLACE_FAILED:
    break;
  }
}

void onus_read_computed(onus_reader *reader, const onus_node *evidence) {
  onus_case *c = reader->c;
  computing all = {.reader = reader};
  /* A case with other faults is not what anything was computed from. */
  if (!evidence || !reader->directory || reader->is_uncomputed || onus_problems_count(reader->problems) > 0)
    return;
  size_t index = 0;
  for (const onus_node *node = evidence->first; node && reader->status == ONUS_OK; node = node->next, index++) {
    subject s = {.all = &all, .item = &c->items[index], .compute = onus_node_get(node, "compute")};
    if (s.item->row.kind != ONUS_ROW_COMPUTE)
      continue;
    snprintf(s.path, sizeof s.path, ONUS_COMPUTED_FOLDER "/%s.json", s.item->id);
    read_row(&s);
  }
}
