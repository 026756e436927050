/* Items by hypotheses, as analysis of competing hypotheses lays them out: what each item says of each hypothesis, as
 * one position sees it. Spreadsheets take a cell that begins with =, +, - or @ for a formula, and a case may come from
 * a stranger: texts that do get an apostrophe before them. */
#include <math.h>
#include <string.h>

#include "exchange/exports.h"
#include "exchange/shown.h"

static const size_t MATRIX_BYTES = (size_t)64 << 20;

typedef struct matrix {
  onus_shown shown;
  onus_buffer out;
} matrix;

/* A cell with the comma before it; `before` stands before the text. */
static void put_joined(matrix *m, const char *before, const char *text) {
  const char *first = before[0] ? before : text;
  bool is_quoted = strpbrk(before, ",\"\r\n") || strpbrk(text, ",\"\r\n");
  onus_buffer_string(&m->out, is_quoted ? ",\"" : ",");
  if (first[0] && strchr("=+-@\t\r", first[0]))
    onus_buffer_character(&m->out, '\'');
  for (size_t part = 0; part < 2; part++)
    for (const char *at = part == 0 ? before : text; *at; at++) {
      if (*at == '"')
        onus_buffer_character(&m->out, '"');
      onus_buffer_character(&m->out, *at);
    }
  if (is_quoted)
    onus_buffer_character(&m->out, '"');
}

static void put(matrix *m, const char *text) {
  put_joined(m, "", text ? text : "");
}

static void put_number(matrix *m, double value) {
  onus_buffer_printf(&m->out, ",%.6g", value);
}

static void put_moment(matrix *m, bool has, onus_moment moment) {
  char text[ONUS_MOMENT_TEXT_BYTES] = "";
  if (has)
    onus_moment_format(moment, text);
  put(m, text);
}

static const char *kind_of(const onus_item *item, const onus_row *row) {
  static const char *const KINDS[] = {"", "likelihood", "ratio", "strength", "says", "compute"};
  return item->repeats != ONUS_NONE ? "repeats" : KINDS[row->kind];
}

static const char *weight_state(onus_item_state state) {
  static const char *const STATES[] = {"yes",      "not yet known",        "retracted",
                                       "a repeat", "would be said anyway", "left out"};
  return STATES[state];
}

static void put_head(matrix *m) {
  static const char *const COLUMNS[] = {"title",  "source",   "reliability",    "credibility",
                                        "known",  "observed", "retracted",      "kind",
                                        "sealed", "counts",   "weight_log_odds"};
  static const char *const OF_EACH[] = {"likelihood ", "ratio ", "ratio_low ", "ratio_high "};
  onus_buffer_string(&m->out, "item");
  for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++)
    put(m, COLUMNS[i]);
  for (size_t h = 0; h < m->shown.c->n_hypotheses; h++)
    for (size_t i = 0; i < sizeof OF_EACH / sizeof *OF_EACH; i++)
      put_joined(m, OF_EACH[i], m->shown.c->hypotheses[h].id);
  onus_buffer_character(&m->out, '\n');
}

/* The likelihood as it was written, and the ratio to the open hypothesis that comes of the row. */
static void put_hypothesis(matrix *m, const onus_row *row, const onus_item_result *result, size_t h, bool is_closed) {
  bool is_written = !is_closed && row && row->kind == ONUS_ROW_LIKELIHOOD && row->is_stated[h];
  if (is_written && row->value[h].low < row->value[h].high)
    onus_buffer_printf(&m->out, ",%.9g to %.9g", row->value[h].low, row->value[h].high);
  else if (is_written)
    onus_buffer_printf(&m->out, ",%.9g", row->value[h].low);
  else
    put(m, "");
  if (!result->counts || is_closed) {
    onus_buffer_string(&m->out, ",,,");
    return;
  }
  put_number(m, exp(result->log_ratio[h]));
  put_number(m, result->ratio_range[h].low);
  put_number(m, result->ratio_range[h].high);
}

static void put_item(matrix *m, size_t index) {
  const onus_case *c = m->shown.c;
  const onus_item *item = &c->items[index];
  const onus_source *source = &c->sources[item->source];
  const onus_item_result *result = &m->shown.assessments[m->shown.chosen]->items[index];
  const onus_row *row = result->item->row;
  bool is_closed = onus_shown_is_closed(&m->shown, item);
  char grade[2] = {source->grade, '\0'};
  onus_buffer_string(&m->out, item->id);
  put(m, item->title);
  put(m, source->name);
  if (source->grade)
    put(m, grade);
  else
    put_number(m, onus_number_point(source->reliability, ONUS_SCALE_LOGIT));
  grade[0] = item->credibility_grade ? (char)('0' + item->credibility_grade) : '\0';
  put(m, grade);
  put_moment(m, true, item->known);
  put_moment(m, item->has_observed, item->observed);
  put_moment(m, item->has_retracted, item->retracted);
  put(m, is_closed ? "" : kind_of(item, row ? row : &item->row));
  put(m, item->is_sealed ? "yes" : "");
  put(m, weight_state(result->item->state));
  if (result->counts && !is_closed)
    put_number(m, result->weight_log_odds);
  else
    put(m, "");
  for (size_t h = 0; h < c->n_hypotheses; h++)
    put_hypothesis(m, row, result, h, is_closed);
  onus_buffer_character(&m->out, '\n');
}

onus_status onus_exchange_matrix(const onus_case *c, const onus_options *options, const onus_export_options *wanted,
                                 onus_text *ret_text, onus_error *error) {
  onus_arena *arena = onus_arena_new((size_t)1 << 20);
  if (!arena)
    return ONUS_FAIL_NO_MEMORY(error);
  matrix m = {.out = onus_buffer_new(MATRIX_BYTES)};
  onus_status status = onus_shown_make(c, options, wanted->opened, false, arena, &m.shown, error);
  if (status == ONUS_OK) {
    put_head(&m);
    for (size_t i = 0; i < c->n_items; i++)
      put_item(&m, i);
    onus_shown_end(&m.shown);
    status = onus_buffer_take(&m.out, ret_text, error);
  }
  onus_buffer_free(&m.out);
  onus_arena_free(arena);
  return status;
}
