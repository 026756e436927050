/* Positions: what each party puts in place of the case's own numbers, and the standard that it asks for. */
#include <string.h>

#include "case/reader_internal.h"

/* --- standards of proof [M-12] ----------------------------------------------------------------------------------- */

static const onus_standard STANDARDS[] = {
    {"preponderance", "civil law's \"more likely than not\"; the law fixes no number, above 0.50 is a setting", 0.50,
     true},
    {"clear-and-convincing", "the middle standard of United States law; the law fixes no number, 0.75 is a setting",
     0.75, false},
    {"beyond-reasonable-doubt", "criminal law's standard; the law fixes no number, 0.95 is a setting", 0.95, false},
};
enum { N_STANDARDS = sizeof STANDARDS / sizeof *STANDARDS };

static const onus_standard *find_standard(const onus_reader *reader, const char *id) {
  const onus_case *c = reader->c;
  for (size_t i = 0; i < c->n_standards; i++)
    if (strcmp(c->standards[i].id, id) == 0)
      return &c->standards[i];
  return NULL;
}

static bool read_threshold(onus_reader *reader, const onus_node *node, const char *remedy, double *ret_value) {
  if (node->kind == ONUS_NODE_NUMBER && node->number > 0 && node->number < 1) {
    *ret_value = node->number;
    return true;
  }
  onus_complain(reader, node, "%s\n%s", onus_describe(node).text, remedy);
  return false;
}

static void read_standard(onus_reader *reader, const onus_node *node) {
  onus_case *c = reader->c;
  onus_standard standard = {.id = node->key, .origin = "set in the case"};
  if (!read_threshold(reader, node, "write a probability between 0 and 1", &standard.value))
    return;
  for (size_t i = 0; i < N_STANDARDS; i++)
    if (strcmp(c->standards[i].id, node->key) == 0) {
      standard.id = STANDARDS[i].id;
      standard.is_exclusive = STANDARDS[i].is_exclusive;
      c->standards[i] = standard;
      return;
    }
  standard.id = onus_reader_copy(reader, node->key, strlen(node->key));
  if (standard.id)
    c->standards[c->n_standards++] = standard;
}

void onus_read_standards(onus_reader *reader, const onus_node *map) {
  onus_case *c = reader->c;
  size_t n_added = map && onus_is_map(reader, map, "names and probabilities") ? map->n_children : 0;
  c->standards = ONUS_READER_ARRAY(reader, onus_standard, N_STANDARDS + n_added);
  if (!c->standards)
    return;
  memcpy(c->standards, STANDARDS, sizeof STANDARDS);
  c->n_standards = N_STANDARDS;
  for (const onus_node *child = n_added ? map->first : NULL; child; child = child->next)
    read_standard(reader, child);
}

static void choose_standard(onus_position *position, const onus_standard *standard) {
  position->standard_id = standard->id;
  position->standard = standard->value;
  position->standard_exclusive = standard->is_exclusive;
  position->standard_origin = standard->origin;
}

static void read_own_standard(onus_reader *reader, const onus_node *node, onus_position *position) {
  static const char REMEDY[] = "write preponderance, clear-and-convincing, beyond-reasonable-doubt, a name in the "
                               "case's `standards`, or a probability between 0 and 1";
  if (node->kind == ONUS_NODE_STRING) {
    const onus_standard *standard = find_standard(reader, node->text);
    if (standard)
      choose_standard(position, standard);
    else
      onus_complain(reader, node, "%s is no standard of proof that is known\n%s", onus_describe(node).text, REMEDY);
    return;
  }
  onus_standard standard = {.id = "custom", .origin = "a number given by the position"};
  if (read_threshold(reader, node, REMEDY, &standard.value))
    choose_standard(position, &standard);
}

/* --- access ------------------------------------------------------------------------------------------------------ */

static void read_access(onus_reader *reader, const onus_node *node, onus_position *position) {
  static const char REMEDY[] = "write all, public, or a list of the ids of sealed items";
  if (node->kind == ONUS_NODE_STRING && strcmp(node->text, "all") == 0) {
    position->access_all = true;
    return;
  }
  if (node->kind == ONUS_NODE_STRING && strcmp(node->text, "public") == 0)
    return;
  if (node->kind != ONUS_NODE_LIST) {
    onus_complain(reader, node, "%s\n%s", onus_describe(node).text, REMEDY);
    return;
  }
  for (const onus_node *child = node->first; child; child = child->next) {
    size_t item = onus_read_reference(reader, child, ONUS_ID_ITEM);
    if (item == ONUS_NONE)
      continue;
    if (!reader->c->items[item].is_sealed)
      onus_complain(reader, child, "access to %s, which is not sealed\nremove it, everybody sees it",
                    onus_describe(child).text);
    else if (position->access[item])
      onus_complain(reader, child, "%s a second time\nremove it", onus_describe(child).text);
    position->access[item] = true;
  }
}

/* --- numbers of one's own ---------------------------------------------------------------------------------------- */

static void read_priors(onus_reader *reader, const onus_node *map, onus_position *position) {
  if (!onus_is_map(reader, map, "hypotheses and priors"))
    return;
  for (const onus_node *child = map->first; child; child = child->next) {
    size_t h = onus_read_key_reference(reader, child, ONUS_ID_HYPOTHESIS);
    if (h != ONUS_NONE)
      position->has_prior[h] = onus_read_number(reader, child, ONUS_NUMBER_PRIOR, &position->prior[h]);
  }
}

static void read_reliabilities(onus_reader *reader, const onus_node *map, onus_position *position) {
  if (!onus_is_map(reader, map, "sources and reliabilities"))
    return;
  for (const onus_node *child = map->first; child; child = child->next) {
    size_t s = onus_read_key_reference(reader, child, ONUS_ID_SOURCE);
    if (s != ONUS_NONE)
      position->has_reliability[s] =
          onus_read_reliability(reader, child, &position->reliability[s], &position->reliability_grade[s]);
  }
}

static void read_probabilities(onus_reader *reader, const onus_node *map, onus_position *position) {
  if (!onus_is_map(reader, map, "undercutters and probabilities"))
    return;
  for (const onus_node *child = map->first; child; child = child->next) {
    size_t u = onus_read_key_reference(reader, child, ONUS_ID_UNDERCUTTER);
    if (u != ONUS_NONE)
      position->has_probability[u] =
          onus_read_number(reader, child, ONUS_NUMBER_PROBABILITY, &position->probability[u]);
  }
}

/* --- an item seen otherwise -------------------------------------------------------------------------------------- */

/* Whether the item, as the position sees it, is a statement. */
static bool is_statement(const onus_item *item, const onus_row_read *read) {
  if (read->n_found > 0)
    return read->row.kind == ONUS_ROW_SAYS || !read->is_good;
  return item->row.kind == ONUS_ROW_SAYS || item->vouched.kind == ONUS_ROW_SAYS;
}

static void read_override_numbers(onus_cursor *cursor, const onus_item *item, onus_item_override *o) {
  onus_reader *reader = cursor->reader;
  const onus_node *value;
  if ((value = onus_take(cursor, "forgeable")))
    o->has_forgeable = onus_read_number(reader, value, ONUS_NUMBER_PROBABILITY, &o->forgeable);
  if ((value = onus_take(cursor, "credibility")))
    o->has_credibility = onus_read_credibility(reader, value, &o->credibility, &o->credibility_grade);
  if ((value = onus_take(cursor, "unseen"))) {
    o->has_unseen = onus_read_number(reader, value, ONUS_NUMBER_PROBABILITY, &o->unseen);
    if (!item->is_sealed)
      onus_complain_key(reader, value, "`unseen` of an item that is not sealed\nremove it");
  }
}

static void read_override(onus_reader *reader, const onus_node *node, bool is_what_if, onus_item_override *o) {
  const onus_item *item = &reader->c->items[o->item];
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, node, "an item seen otherwise"))
    return;
  onus_row_read read = onus_take_row(&cursor, ONUS_ALLOW_STATED);
  if (read.n_found > 0)
    o->row = read.row;
  read_override_numbers(&cursor, item, o);
  const onus_node *omit = is_what_if ? onus_take(&cursor, "omit") : NULL;
  if (omit)
    (void)onus_read_bool(reader, omit, &o->is_left_out);
  const onus_node *anyway = onus_take(&cursor, "would_say_anyway");
  if (anyway) {
    o->has_would_say_anyway = onus_read_bool(reader, anyway, &o->would_say_anyway);
    if (!is_statement(item, &read))
      onus_complain_key(reader, anyway, "`would_say_anyway` of an item that is no statement\nremove it");
  }
  const char *text = onus_read_text(reader, onus_take(&cursor, "reasons"), "`reasons`");
  o->reasons = text ? text : o->reasons;
  onus_cursor_close(&cursor);
  if (read.n_found > 0 && item->repeats != ONUS_NONE)
    onus_complain_key(reader, read.node,
                      "a row for an item that repeats another one and has no weight\ngive it for the "
                      "original instead");
  if (node->n_children == 0)
    onus_complain(reader, node, "an empty map\nsay what the position sees otherwise, or leave the item out");
}

/* The override of an item, which is there already or is added. `places`: of each item one more than the index of the
 * override that was there at first, 0 without one; NULL: there were none. No item is asked for twice. */
static onus_item_override *override_of(onus_position *position, size_t item, const size_t *places) {
  if (places && places[item] > 0)
    return &position->overrides[places[item] - 1];
  position->overrides[position->n_overrides] = (onus_item_override){.item = item, .reasons = ""};
  return &position->overrides[position->n_overrides++];
}

static void read_overrides(onus_reader *reader, const onus_node *map, bool is_what_if, onus_position *position) {
  if (!onus_is_map(reader, map, "items and what is seen otherwise"))
    return;
  const onus_item_override *earlier = position->overrides;
  onus_item_override *all = ONUS_READER_ARRAY(reader, onus_item_override, position->n_overrides + map->n_children);
  size_t *places = position->n_overrides ? ONUS_READER_ARRAY(reader, size_t, reader->c->n_items) : NULL;
  if (reader->status != ONUS_OK)
    return;
  for (size_t o = 0; o < position->n_overrides; o++) {
    all[o] = earlier[o];
    places[earlier[o].item] = o + 1;
  }
  position->overrides = all;
  for (const onus_node *child = map->first; child && reader->status == ONUS_OK; child = child->next) {
    size_t item = onus_read_key_reference(reader, child, ONUS_ID_ITEM);
    if (item != ONUS_NONE)
      read_override(reader, child, is_what_if, override_of(position, item, places));
  }
}

/* --- a position -------------------------------------------------------------------------------------------------- */

static bool allocate(onus_reader *reader, onus_position *p) {
  const onus_case *c = reader->c;
  p->access = ONUS_READER_ARRAY(reader, bool, c->n_items);
  p->has_prior = ONUS_READER_ARRAY(reader, bool, c->n_hypotheses);
  p->prior = ONUS_READER_ARRAY(reader, onus_number, c->n_hypotheses);
  p->has_reliability = ONUS_READER_ARRAY(reader, bool, c->n_sources);
  p->reliability = ONUS_READER_ARRAY(reader, onus_number, c->n_sources);
  p->reliability_grade = ONUS_READER_ARRAY(reader, char, c->n_sources);
  p->has_probability = ONUS_READER_ARRAY(reader, bool, c->n_undercutters);
  p->probability = ONUS_READER_ARRAY(reader, onus_number, c->n_undercutters);
  choose_standard(p, &c->standards[0]);
  return reader->status == ONUS_OK;
}

void onus_read_own_values(onus_cursor *cursor, onus_position *p, bool is_what_if) {
  onus_reader *reader = cursor->reader;
  const onus_node *value;
  if ((value = onus_take(cursor, "standard")))
    read_own_standard(reader, value, p);
  if ((value = onus_take(cursor, "prior")))
    read_priors(reader, value, p);
  if ((value = onus_take(cursor, "reliability")))
    read_reliabilities(reader, value, p);
  if ((value = onus_take(cursor, "probability")))
    read_probabilities(reader, value, p);
  if ((value = onus_take(cursor, "evidence")))
    read_overrides(reader, value, is_what_if, p);
}

static void read_position(onus_reader *reader, const onus_node *node, size_t index) {
  onus_position *p = &reader->c->positions[index];
  p->id = p->name = "";
  onus_cursor cursor;
  if (!allocate(reader, p) || !onus_cursor_open(&cursor, reader, node, "a position"))
    return;
  p->id = onus_take_id(&cursor, ONUS_ID_POSITION, index);
  p->name = onus_take_text(&cursor, "name", p->id);
  p->tlp = onus_read_tlp(reader, onus_take(&cursor, "tlp"));
  const onus_node *access = onus_take(&cursor, "access");
  if (access)
    read_access(reader, access, p);
  onus_read_own_values(&cursor, p, false);
  onus_cursor_close(&cursor);
}

/* The one position of a case that lists none. */
static void add_analyst(onus_reader *reader) {
  onus_case *c = reader->c;
  c->positions = ONUS_READER_ARRAY(reader, onus_position, 1);
  if (!c->positions || !allocate(reader, &c->positions[0]))
    return;
  c->n_positions = 1;
  c->positions[0].id = "analyst";
  c->positions[0].name = "Analyst";
  onus_reader_enter(reader, c->position_ids, "analyst", 0);
}

void onus_read_positions(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  if (!c->standards)
    return;
  if (!list) {
    add_analyst(reader);
    return;
  }
  if (!onus_is_list(reader, list, "positions"))
    return;
  if (list->n_children == 0)
    onus_complain(reader, list, "an empty list\nlist at least one position, or remove `positions`");
  c->has_positions = true;
  onus_ids_open(reader, ONUS_ID_POSITION, c->position_ids, list);
  c->positions = ONUS_READER_ARRAY(reader, onus_position, list->n_children);
  c->n_positions = c->positions ? list->n_children : 0;
  size_t index = 0;
  for (const onus_node *node = list->first; node && reader->status == ONUS_OK; node = node->next)
    read_position(reader, node, index++);
}
