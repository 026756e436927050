/* Functions that programs share, by docs/match.schema.json. */
#include <math.h>

#include "report/code_report.h"
#include "report/json_writer.h"
#include "report/matched.h"

static void put_program(onus_json *json, const onus_matched_program *program) {
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "path", program->path);
  onus_json_string(json, "format", onus_report_format_name(program->program->format));
  onus_json_integer(json, "bits", program->program->is_64_bit ? 64 : 32);
  onus_json_integer(json, "functions", program->n_own);
  onus_json_integer(json, "matched", program->n_matched);
  onus_json_number(json, "share_of_rare_code", program->share);
  onus_json_boolean(json, "is_damaged", program->program->is_damaged);
  onus_json_boolean(json, "is_cut", program->functions->is_cut || program->prints->is_cut);
  onus_json_end_map(json);
}

static void put_function(onus_json *json, const char *key, const onus_matched_program *program, uint32_t function) {
  const onus_function *f = &program->functions->functions[function];
  onus_json_begin_map(json, key, true);
  onus_json_address(json, "address", f->address);
  onus_json_string(json, "name", onus_matched_name(program, function));
  onus_json_integer(json, "instructions", f->n_instructions);
  onus_json_end_map(json);
}

static void put_pair(onus_json *json, const onus_matched *matched, const onus_match_pair *pair) {
  double reason[ONUS_MATCH_REASONS], constant = 0;
  onus_match_reason order[ONUS_MATCH_REASONS];
  onus_matched_reasons(pair, reason, order, &constant);
  onus_json_begin_map(json, NULL, false);
  put_function(json, "function", &matched->programs[0], pair->query);
  onus_json_integer(json, "program", pair->program + 1);
  put_function(json, "is", &matched->programs[pair->program + 1], pair->target);
  onus_json_number(json, "probability", pair->probability);
  onus_json_number(json, "log_odds", pair->log_odds);
  onus_json_number(json, "part_of_rare_code", onus_matched_part(matched, pair));
  onus_json_begin_map(json, "reasons", true);
  onus_json_number(json, "constant", constant);
  for (size_t i = 0; i < ONUS_MATCH_REASONS; i++)
    onus_json_number(json, onus_match_reason_name(order[i]), reason[order[i]]);
  onus_json_end_map(json);
  onus_json_end_map(json);
}

static void put_range(onus_json *json, const char *key, double ln_low, double ln_high) {
  onus_json_begin_list(json, key, true);
  onus_json_number(json, NULL, exp(ln_low));
  onus_json_number(json, NULL, exp(ln_high));
  onus_json_end_list(json);
}

static void put_origin(onus_json *json, const onus_matched *matched) {
  onus_ln_ratio origin;
  if (!onus_report_matched_origin(matched, &origin)) {
    onus_json_null(json, "origin");
    return;
  }
  onus_json_begin_map(json, "origin", true);
  onus_json_number(json, "expected_share", matched->expected_share);
  onus_json_number(json, "ratio", exp(origin.ln_lr));
  put_range(json, "ratio_range", origin.ln_lr_low, origin.ln_lr_high);
  put_range(json, "ratio_bounds", ONUS_ORIGIN_PAIR_WEIGHTS.least_ln_lr, ONUS_ORIGIN_PAIR_WEIGHTS.greatest_ln_lr);
  onus_json_end_map(json);
}

void onus_report_matched_json(onus_buffer *out, const onus_matched *matched) {
  onus_json json = onus_json_begin_document(out, "match");
  onus_json_number(&json, "threshold", matched->threshold);
  onus_json_begin_list(&json, "programs", false);
  for (size_t i = 0; i < matched->n_programs; i++)
    put_program(&json, &matched->programs[i]);
  onus_json_end_list(&json);
  put_origin(&json, matched);
  onus_json_begin_list(&json, "pairs", false);
  for (size_t i = 0; i < matched->n_pairs; i++)
    put_pair(&json, matched, matched->pairs[i]);
  onus_json_end_list(&json);
  onus_json_end_document(&json);
}
