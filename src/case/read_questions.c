/* Evidence that could be sought [M-16]. */
#include <math.h>
#include <string.h>

#include "case/reader_internal.h"

/* How far the likelihoods of all outcomes under one hypothesis may be from 1. */
static const double TOLERANCE = 0.01;

static bool read_outcome(onus_reader *reader, const onus_node *node, onus_outcome *outcome, onus_table *names) {
  onus_cursor cursor;
  outcome->name = "";
  if (!onus_cursor_open(&cursor, reader, node, "an outcome"))
    return false;
  const onus_node *name = onus_take_required(&cursor, "name", "give it a name");
  const char *text = onus_read_text(reader, name, "`name`");
  if (text && onus_table_get(names, text) != ONUS_NONE)
    onus_complain(reader, name, "%s is the name of another outcome already\ngive each its own name",
                  onus_describe(name).text);
  else if (text)
    onus_reader_enter(reader, names, text, 0);
  outcome->name = text ? text : "";
  const onus_node *likelihood =
      onus_take_required(&cursor, "likelihood", "give the likelihood of this outcome under the hypotheses");
  bool is_good = likelihood && onus_read_likelihood(reader, likelihood, &outcome->row);
  onus_cursor_close(&cursor);
  return is_good;
}

static double point_of(const onus_case *c, const onus_row *row, size_t h) {
  return onus_number_point(row->value[row->is_stated[h] ? h : c->open_hypothesis], ONUS_SCALE_LOG);
}

/* Under every hypothesis something has to come out. */
static void check_sums(onus_reader *reader, const onus_node *list, const onus_question *question) {
  const onus_case *c = reader->c;
  for (size_t h = 0; h < c->n_hypotheses && c->open_hypothesis != ONUS_NONE; h++) {
    double sum = 0;
    for (size_t o = 0; o < question->n_outcomes; o++)
      sum += point_of(c, &question->outcomes[o].row, h);
    if (fabs(sum - 1) > TOLERANCE + 1e-9)
      onus_complain(reader, list, "the likelihoods of the outcomes under `%s` add up to %.4g\nmake them add up to 1",
                    c->hypotheses[h].id, sum);
  }
}

static void read_outcomes(onus_reader *reader, const onus_node *list, onus_question *question) {
  if (!onus_is_list(reader, list, "outcomes"))
    return;
  if (list->n_children < 2) {
    onus_complain(reader, list, "a list of %zu outcome%s\nlist at least two, of which one has to come out",
                  list->n_children, list->n_children == 1 ? "" : "s");
    return;
  }
  question->outcomes = ONUS_READER_ARRAY(reader, onus_outcome, list->n_children);
  onus_table *names = onus_table_new();
  if (!names && reader->status == ONUS_OK)
    reader->status = ONUS_NO_MEMORY;
  bool is_good = true;
  for (const onus_node *node = list->first; node && reader->status == ONUS_OK; node = node->next)
    is_good &= read_outcome(reader, node, &question->outcomes[question->n_outcomes++], names);
  onus_table_free(names);
  if (is_good && reader->status == ONUS_OK)
    check_sums(reader, list, question);
}

static void read_question(onus_reader *reader, const onus_node *node, size_t index) {
  onus_question *question = &reader->c->questions[index];
  onus_cursor cursor;
  question->id = question->name = "";
  if (!onus_cursor_open(&cursor, reader, node, "a question"))
    return;
  question->id = onus_take_id(&cursor, ONUS_ID_QUESTION, index);
  question->name = onus_take_text(&cursor, "name", question->id);
  read_outcomes(reader, onus_take_required(&cursor, "outcomes", "list what could come out, at least two"), question);
  onus_cursor_close(&cursor);
}

void onus_read_questions(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  if (!list || !onus_is_list(reader, list, "questions"))
    return;
  onus_table *ids = onus_table_new();
  if (!ids && reader->status == ONUS_OK)
    reader->status = ONUS_NO_MEMORY;
  onus_ids_open(reader, ONUS_ID_QUESTION, ids, list);
  c->questions = ONUS_READER_ARRAY(reader, onus_question, list->n_children);
  c->n_questions = c->questions ? list->n_children : 0;
  size_t index = 0;
  for (const onus_node *node = list->first; node && reader->status == ONUS_OK; node = node->next)
    read_question(reader, node, index++);
  reader->ids[ONUS_ID_QUESTION].table = NULL;
  onus_table_free(ids);
}
