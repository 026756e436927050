/* Hypotheses, and the propositions that are sets of them. */
#include <stdlib.h>
#include <string.h>

#include "case/reader_internal.h"

static void read_actors(onus_reader *reader, const onus_node *list, onus_hypothesis *h) {
  if (!onus_is_list(reader, list, "names"))
    return;
  h->actors = ONUS_READER_ARRAY(reader, const char *, list->n_children);
  for (const onus_node *child = list->first; child && h->actors; child = child->next) {
    const char *name = onus_read_text(reader, child, "an actor's name");
    if (name)
      h->actors[h->n_actors++] = name;
  }
}

static void read_hypothesis(onus_reader *reader, const onus_node *node, size_t index) {
  onus_hypothesis *h = &reader->c->hypotheses[index];
  h->imitates = ONUS_NONE;
  h->id = h->name = "";
  h->line = node->line;
  h->column = node->column;
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, node, "a hypothesis"))
    return;
  h->id = onus_take_id(&cursor, ONUS_ID_HYPOTHESIS, index);
  h->name = onus_take_text(&cursor, "name", h->id);
  const onus_node *value;
  if ((value = onus_take(&cursor, "open")))
    (void)onus_read_bool(reader, value, &h->is_open);
  if ((value = onus_take(&cursor, "country")))
    (void)onus_read_country(reader, value, &h->country);
  if ((value = onus_take(&cursor, "prior")))
    (void)onus_read_number(reader, value, ONUS_NUMBER_PRIOR, &h->prior);
  read_actors(reader, onus_take(&cursor, "actors"), h);
  (void)onus_take(&cursor, "imitates"); /* read once all hypotheses are known */
  onus_cursor_close(&cursor);
}

static void find_open(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  size_t index = 0, first_line = 0;
  bool may_be_open = false; /* some entry could not be read */
  for (const onus_node *node = list->first; node; node = node->next, index++) {
    const onus_node *mark = onus_node_get(node, "open");
    may_be_open |= node->kind != ONUS_NODE_MAP || (mark && mark->kind != ONUS_NODE_BOOLEAN);
    if (!c->hypotheses[index].is_open)
      continue;
    if (c->open_hypothesis == ONUS_NONE) {
      c->open_hypothesis = index;
      first_line = node->line;
    } else {
      onus_complain_key(reader, mark,
                        "a second open hypothesis, after the one on line %zu\nkeep one: it stands for everybody who "
                        "is not listed",
                        first_line);
    }
  }
  if (c->open_hypothesis == ONUS_NONE && !may_be_open)
    onus_complain(reader, list, "no hypothesis is open\nadd one for everybody who is not listed, with `open: true`");
}

/* Priors of all or of none. */
static void check_priors(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  size_t n_given = 0;
  for (const onus_node *node = list->first; node; node = node->next)
    n_given += onus_node_get(node, "prior") != NULL;
  c->has_priors = n_given > 0;
  for (const onus_node *node = list->first; node && n_given > 0 && n_given < list->n_children; node = node->next)
    if (node->kind == ONUS_NODE_MAP && !onus_node_get(node, "prior"))
      onus_complain(reader, node, "a hypothesis without `prior` while %s\ngive a prior to all of them or to none",
                    n_given == 1 ? "another one has one" : "others have one");
  for (size_t i = 0; i < c->n_hypotheses && n_given == 0; i++)
    c->hypotheses[i].prior.low = c->hypotheses[i].prior.high = 1 / (double)c->n_hypotheses;
}

static void read_imitates(onus_reader *reader, const onus_node *node, size_t index) {
  onus_case *c = reader->c;
  const onus_node *value = onus_node_get(node, "imitates");
  size_t target = value ? onus_read_reference(reader, value, ONUS_ID_HYPOTHESIS) : ONUS_NONE;
  if (target == ONUS_NONE)
    return;
  if (target == index)
    onus_complain(reader, value, "a hypothesis that imitates itself\nname the one that it imitates");
  else if (index == c->open_hypothesis)
    onus_complain(reader, value,
                  "the open hypothesis imitates another one\nlist the imitator as a hypothesis of its own");
  else if (target == c->open_hypothesis)
    onus_complain(reader, value, "a hypothesis that imitates the open one\nname a hypothesis that is not open");
  else
    c->hypotheses[index].imitates = target;
}

/* Each hypothesis imitates at most one, so that following them either ends or comes back. */
static void check_cycles(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  size_t *seen_from = ONUS_READER_ARRAY(reader, size_t, c->n_hypotheses); /* 1 + where the walk began; 0: not yet */
  size_t index = 0;
  for (const onus_node *node = list->first; node && seen_from; node = node->next, index++) {
    size_t at = index;
    while (at != ONUS_NONE && seen_from[at] == 0) {
      seen_from[at] = index + 1;
      at = c->hypotheses[at].imitates;
    }
    if (at == ONUS_NONE || seen_from[at] != index + 1)
      continue;
    onus_complain(reader, onus_node_get(node, "imitates"),
                  "hypotheses that imitate each other in a circle\nremove `imitates` from one of them");
  }
}

void onus_read_hypotheses(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  if (!onus_is_list(reader, list, "hypotheses"))
    return;
  if (list->n_children < 2)
    onus_complain(reader, list, "a list of %zu hypothes%s\nlist at least two, one of them with `open: true`",
                  list->n_children, list->n_children == 1 ? "is" : "es");
  onus_ids_open(reader, ONUS_ID_HYPOTHESIS, c->hypothesis_ids, list);
  c->hypotheses = ONUS_READER_ARRAY(reader, onus_hypothesis, list->n_children);
  if (!c->hypotheses)
    return;
  c->n_hypotheses = list->n_children;
  size_t index = 0;
  for (const onus_node *node = list->first; node; node = node->next)
    read_hypothesis(reader, node, index++);
  find_open(reader, list);
  check_priors(reader, list);
  index = 0;
  for (const onus_node *node = list->first; node; node = node->next)
    read_imitates(reader, node, index++);
  check_cycles(reader, list);
}

/* --- propositions ------------------------------------------------------------------------------------------------ */

static void read_any(onus_reader *reader, const onus_node *list, onus_proposition *p) {
  if (!onus_is_list(reader, list, "hypotheses"))
    return;
  if (list->n_children == 0) {
    onus_complain(reader, list, "an empty list\nname at least one hypothesis");
    return;
  }
  size_t n_held = 0;
  for (const onus_node *child = list->first; child && p->holds; child = child->next) {
    size_t h = onus_read_reference(reader, child, ONUS_ID_HYPOTHESIS);
    if (h == ONUS_NONE)
      continue;
    if (p->holds[h])
      onus_complain(reader, child, "%s a second time\nremove it", onus_describe(child).text);
    n_held += !p->holds[h];
    p->holds[h] = true;
  }
  if (n_held > 0 && n_held == reader->c->n_hypotheses)
    onus_complain(reader, list, "a proposition of all hypotheses, which is certain\nleave at least one out");
}

static void read_proposition(onus_reader *reader, const onus_node *node, size_t index) {
  onus_proposition *p = &reader->c->propositions[index];
  p->id = p->name = "";
  p->holds = ONUS_READER_ARRAY(reader, bool, reader->c->n_hypotheses);
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, node, "a proposition"))
    return;
  p->id = onus_take_id(&cursor, ONUS_ID_PROPOSITION, index);
  p->name = onus_take_text(&cursor, "name", p->id);
  read_any(reader, onus_take_required(&cursor, "any", "list the hypotheses of which one has to be true"), p);
  onus_cursor_close(&cursor);
}

static int compare_codes(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The countries that hypotheses name, sorted, each once. */
static const char **find_countries(onus_reader *reader, size_t *ret_count) {
  const onus_case *c = reader->c;
  const char **codes = ONUS_READER_ARRAY(reader, const char *, c->n_hypotheses);
  size_t n = 0, n_unique = 0;
  for (size_t h = 0; h < c->n_hypotheses && codes; h++)
    if (c->hypotheses[h].country)
      codes[n++] = c->hypotheses[h].country;
  if (n > 1)
    qsort(codes, n, sizeof *codes, compare_codes);
  for (size_t i = 0; i < n; i++)
    if (n_unique == 0 || strcmp(codes[i], codes[n_unique - 1]) != 0)
      codes[n_unique++] = codes[i];
  *ret_count = n_unique;
  return codes;
}

static void add_country(onus_reader *reader, const char *code) {
  onus_case *c = reader->c;
  char id[16] = "country:", name[16] = "Country ";
  strcat(id, code);
  strcat(name, code);
  onus_proposition *p = &c->propositions[c->n_propositions];
  p->id = onus_reader_copy(reader, id, strlen(id));
  p->name = onus_reader_copy(reader, name, strlen(name));
  p->holds = ONUS_READER_ARRAY(reader, bool, c->n_hypotheses);
  p->is_country = true;
  if (reader->status != ONUS_OK)
    return;
  for (size_t h = 0; h < c->n_hypotheses; h++)
    p->holds[h] = c->hypotheses[h].country && strcmp(c->hypotheses[h].country, code) == 0;
  onus_reader_enter(reader, c->proposition_ids, p->id, c->n_propositions++);
}

void onus_read_propositions(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  static const onus_node NOTHING = {.kind = ONUS_NODE_LIST};
  if (!list || !onus_is_list(reader, list, "propositions"))
    list = &NOTHING;
  size_t n_countries;
  const char **countries = find_countries(reader, &n_countries);
  onus_ids_open(reader, ONUS_ID_PROPOSITION, c->proposition_ids, list);
  c->propositions = ONUS_READER_ARRAY(reader, onus_proposition, list->n_children + n_countries);
  if (!c->propositions)
    return;
  c->n_propositions = list->n_children;
  size_t index = 0;
  for (const onus_node *node = list->first; node && reader->status == ONUS_OK; node = node->next)
    read_proposition(reader, node, index++);
  for (size_t i = 0; i < n_countries && reader->status == ONUS_OK; i++)
    add_country(reader, countries[i]);
}
