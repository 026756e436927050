/* Items by hypotheses as JSON by docs/matrix.schema.json. */
#include <math.h>

#include "report/facts.h"
#include "report/json_head.h"
#include "report/report.h"

static void put_cell(onus_json *json, const onus_assessment *a, const onus_item_result *result, size_t h) {
  const double ln10 = log(10);
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "hypothesis", a->c->hypotheses[h].id);
  onus_json_number(json, "log10_lr", result->log_ratio[h] / ln10);
  onus_json_number(json, "low", log10(result->ratio_range[h].low));
  onus_json_number(json, "high", log10(result->ratio_range[h].high));
  onus_json_number(json, "log10_lr_alone", result->alone_log_ratio[h] / ln10);
  onus_json_end_map(json);
}

static void put_item(onus_json *json, const onus_assessment *a, size_t i) {
  const onus_item *item = &a->c->items[i];
  const onus_item_result *result = &a->items[i];
  char known[ONUS_MOMENT_TEXT_BYTES];
  onus_moment_format(item->known, known);
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "id", item->id);
  onus_json_string(json, "title", item->title);
  onus_json_string(json, "source", a->c->sources[item->source].id);
  onus_json_string(json, "known", known);
  onus_json_string(json, "state", onus_report_state_id(result->item->state));
  onus_json_string(json, "seal", onus_report_seal_id(result->item->seal));
  onus_json_boolean(json, "counts", result->counts);
  onus_json_number(json, "weight", a->is_brief ? (double)NAN : result->weight_log_odds);
  onus_json_number(json, "free_probability", result->counts ? result->free_probability : (double)NAN);
  onus_json_number(json, "diagnosticity", result->counts ? result->diagnosticity / log(10) : (double)NAN);
  onus_json_begin_list(json, "cells", false);
  for (size_t h = 0; h < a->c->n_hypotheses && result->counts; h++)
    put_cell(json, a, result, h);
  onus_json_end_list(json);
  onus_json_end_map(json);
}

void onus_report_matrix_json(onus_buffer *out, const onus_assessment *a) {
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  onus_report_json_head(&json, "matrix", a->c);
  onus_report_json_verdict(&json, a);
  onus_json_begin_list(&json, "items", false);
  for (size_t i = 0; i < a->c->n_items; i++)
    if (onus_report_is_shown(a, i))
      put_item(&json, a, i);
  onus_json_end_list(&json);
  onus_json_end_document(&json);
}
