/* Ids, and references to them. */
#include <string.h>

#include "case/reader_internal.h"

static const char *const NAMES[ONUS_ID_KINDS] = {
    [ONUS_ID_HYPOTHESIS] = "hypothesis",   [ONUS_ID_PROPOSITION] = "proposition", [ONUS_ID_SOURCE] = "source",
    [ONUS_ID_UNDERCUTTER] = "undercutter", [ONUS_ID_ITEM] = "item of evidence",   [ONUS_ID_QUESTION] = "question",
    [ONUS_ID_POSITION] = "position",
};

void onus_ids_open(onus_reader *reader, onus_id_kind kind, onus_table *table, const onus_node *list) {
  onus_ids *ids = &reader->ids[kind];
  ids->table = table;
  ids->ids = ONUS_READER_ARRAY(reader, const char *, list->n_children);
  ids->nodes = ONUS_READER_ARRAY(reader, const onus_node *, list->n_children);
  ids->count = ids->ids && ids->nodes ? list->n_children : 0;
}

static bool is_letter_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_well_formed(const onus_node *node) {
  if (node->text_bytes == 0 || node->text_bytes > 64 || !is_letter_or_digit(node->text[0]))
    return false;
  for (size_t i = 1; i < node->text_bytes; i++)
    if (!is_letter_or_digit(node->text[i]) && !strchr("._-", node->text[i]))
      return false;
  return true;
}

/* Names that a report uses beside those of undercutters. */
static bool is_taken(onus_id_kind kind, const char *id) {
  return kind == ONUS_ID_UNDERCUTTER &&
         (strcmp(id, "prior") == 0 || strcmp(id, "access") == 0 || strcmp(id, "standard") == 0);
}

static const onus_node *place_of(const onus_reader *reader, onus_id_kind kind, const char *id) {
  const onus_ids *ids = &reader->ids[kind];
  size_t index = ids->table ? onus_table_get(ids->table, id) : ONUS_NONE;
  return index < ids->count ? ids->nodes[index] : NULL;
}

/* Complains when the id stands already for something that it must differ from. */
static bool is_new(onus_reader *reader, onus_id_kind kind, const onus_node *node) {
  onus_id_kind first_kind = kind;
  const onus_node *first = place_of(reader, kind, node->text);
  if (!first && kind == ONUS_ID_PROPOSITION) {
    first_kind = ONUS_ID_HYPOTHESIS;
    first = place_of(reader, first_kind, node->text);
  }
  if (!first)
    return true;
  onus_complain(reader, node, "the id %s is that of the %s on line %u already\ngive each its own id",
                onus_quote_string(node->text).text, NAMES[first_kind], first->line);
  return false;
}

const char *onus_take_id(onus_cursor *cursor, onus_id_kind kind, size_t index) {
  static const char REMEDY[] = "write up to 64 letters, digits, dots, dashes and underscores, a letter or digit first";
  onus_reader *reader = cursor->reader;
  const onus_node *node = onus_take_required(cursor, "id", "give it an id, a short name without spaces");
  if (!node)
    return "";
  if (node->kind == ONUS_NODE_NUMBER || node->kind == ONUS_NODE_BOOLEAN) {
    onus_complain(reader, node, "%s\nput the id in quotes, or begin it with a letter", onus_describe(node).text);
    return "";
  }
  if (node->kind != ONUS_NODE_STRING) {
    onus_complain(reader, node, "%s\n%s", onus_describe(node).text, REMEDY);
    return "";
  }
  if (!is_well_formed(node))
    onus_complain(reader, node, "%s\n%s", onus_describe(node).text, REMEDY);
  else if (is_taken(kind, node->text))
    onus_complain(reader, node, "the id %s, which reports use for something else\ngive the undercutter another id",
                  onus_quote_string(node->text).text);
  if (!is_new(reader, kind, node))
    return "";
  /* An ill-formed id is entered too: what refers to it is not wrong. */
  onus_ids *ids = &reader->ids[kind];
  const char *id = onus_reader_copy(reader, node->text, node->text_bytes);
  if (!id || index >= ids->count)
    return "";
  ids->ids[index] = id;
  ids->nodes[index] = node;
  onus_reader_enter(reader, ids->table, id, index);
  return id;
}

static void complain_unknown(onus_reader *reader, onus_id_kind kind, const onus_node *node, bool is_key) {
  const char *id = is_key ? node->key : node->text;
  onus_quote quote = onus_quote_string(id);
  const onus_ids *ids = &reader->ids[kind];
  const char *nearest = onus_problems_are_full(reader->problems) ? NULL : onus_nearest(id, ids->ids, ids->count);
  void (*complain)(onus_reader *, const onus_node *, const char *, ...) = is_key ? onus_complain_key : onus_complain;
  if (nearest)
    complain(reader, node, "%s is the id of no %s\nwrite `%s` if that is meant", quote.text, NAMES[kind], nearest);
  else
    complain(reader, node, "%s is the id of no %s\nwrite the id of one that the case lists", quote.text, NAMES[kind]);
}

size_t onus_read_reference(onus_reader *reader, const onus_node *node, onus_id_kind kind) {
  if (node->kind != ONUS_NODE_STRING) {
    onus_complain(reader, node, "%s\nwrite the id of one %s", onus_describe(node).text, NAMES[kind]);
    return ONUS_NONE;
  }
  size_t index = reader->ids[kind].table ? onus_table_get(reader->ids[kind].table, node->text) : ONUS_NONE;
  if (index == ONUS_NONE)
    complain_unknown(reader, kind, node, false);
  return index;
}

size_t onus_read_key_reference(onus_reader *reader, const onus_node *node, onus_id_kind kind) {
  size_t index = reader->ids[kind].table ? onus_table_get(reader->ids[kind].table, node->key) : ONUS_NONE;
  if (index == ONUS_NONE)
    complain_unknown(reader, kind, node, true);
  return index;
}

bool onus_read_claim(onus_reader *reader, const onus_node *node, size_t *ret_hypothesis, size_t *ret_proposition) {
  if (node->kind != ONUS_NODE_STRING) {
    onus_complain(reader, node, "%s\nwrite the id of a hypothesis or proposition", onus_describe(node).text);
    return false;
  }
  *ret_hypothesis = onus_table_get(reader->c->hypothesis_ids, node->text);
  *ret_proposition = *ret_hypothesis == ONUS_NONE ? onus_table_get(reader->c->proposition_ids, node->text) : ONUS_NONE;
  if (*ret_hypothesis != ONUS_NONE || *ret_proposition != ONUS_NONE)
    return true;
  onus_quote quote = onus_quote_string(node->text);
  const onus_ids *h = &reader->ids[ONUS_ID_HYPOTHESIS], *p = &reader->ids[ONUS_ID_PROPOSITION];
  const char *nearest = NULL;
  if (!onus_problems_are_full(reader->problems)) {
    nearest = onus_nearest(node->text, h->ids, h->count);
    nearest = nearest ? nearest : onus_nearest(node->text, p->ids, p->count);
  }
  if (nearest)
    onus_complain(reader, node, "%s is the id of no hypothesis or proposition\nwrite `%s` if that is meant", quote.text,
                  nearest);
  else
    onus_complain(reader, node,
                  "%s is the id of no hypothesis or proposition\nwrite one that the case lists, or country:XX of a "
                  "country that a hypothesis names",
                  quote.text);
  return false;
}
