/* Whose code is in which programs, by docs/lineage.schema.json. */
#include <stdio.h>

#include "report/code_report.h"
#include "report/json_writer.h"
#include "report/lineage.h"
#include "report/reference_facts.h"

static void put_digest(onus_json *json, const uint8_t *sha256) {
  char text[ONUS_DIGEST_BYTES] = "sha256:";
  for (size_t i = 0; i < ONUS_CODE_SHA256_BYTES; i++)
    snprintf(text + 7 + 2 * i, 3, "%02x", sha256[i]);
  onus_json_string(json, "digest", text);
}

static void put_group(onus_json *json, const onus_lineage_group *group, const char *name) {
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "name", name);
  onus_json_integer(json, "matched", group->n_matched);
  onus_json_number(json, "share_of_rare_code", group->share);
  onus_json_end_map(json);
}

static void put_sample(onus_json *json, const onus_lineages *all, const onus_code_catalogue *code,
                       const onus_ref_sample *sample) {
  const onus_catalogue *catalogue = onus_reference_catalogue(all->reference);
  const onus_basis *basis = &catalogue->bases[sample->basis];
  const onus_entry *entry = &catalogue->entries[basis->entry];
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "family", code->families[sample->family]);
  onus_json_string(json, "actor", entry->actor != ONUS_NO_NUMBER ? catalogue->actors[entry->actor].name : entry->name);
  onus_json_string(json, "source", catalogue->sources[entry->source].id);
  onus_report_day_json(json, "known", basis->known_day);
  onus_json_begin_list(json, "reports", true);
  for (size_t i = 0; i < basis->n_reports; i++)
    if (!all->hidden.is_report_hidden[basis->reports[i]])
      onus_json_string(json, NULL, catalogue->reports[basis->reports[i]].title);
  onus_json_end_list(json);
  onus_json_end_map(json);
}

static void put_program(onus_json *json, const onus_lineages *all, const onus_lineage *lineage, size_t index) {
  const onus_code_catalogue *code = lineage->code;
  const onus_code_found *found = &lineage->result->found[index];
  const onus_ref_program *program = &code->programs[found->program];
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "name", program->name);
  put_digest(json, program->sha256);
  onus_json_string(json, "format", onus_report_format_name(program->format));
  onus_json_integer(json, "bits", program->is_64_bit ? 64 : 32);
  onus_json_integer(json, "functions", program->n_functions);
  onus_json_integer(json, "matched", found->n_matched);
  onus_json_number(json, "share_of_rare_code", found->share);
  onus_json_begin_list(json, "samples", false);
  for (size_t i = lineage->first_sample[index]; i < lineage->first_sample[index + 1]; i++)
    put_sample(json, all, code, &code->samples[lineage->samples[i]]);
  onus_json_end_list(json);
  onus_json_end_map(json);
}

static void put_function(onus_json *json, const onus_lineage_of *file, uint32_t function) {
  const onus_lineage *lineage = file->lineage;
  const onus_code_function *f = &lineage->result->functions[function];
  onus_json_begin_map(json, NULL, false);
  onus_json_address(json, "address", file->prints->functions.functions[function].address);
  onus_json_string(json, "name", file->prints->names[function]);
  onus_json_integer(json, "instructions", file->prints->functions.functions[function].n_instructions);
  onus_json_integer(json, "families", f->n_families);
  onus_json_boolean(json, "is_in_more", f->is_cut);
  onus_json_number(json, "rarity", f->rarity);
  onus_json_number(json, "part_of_rare_code", onus_lineage_part(lineage, function));
  onus_json_begin_list(json, "is_in", false);
  for (size_t i = 0, n = onus_lineage_matches(lineage, function); i < n; i++) {
    const onus_code_match *match = &lineage->result->matches[f->first_match + i];
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "program", lineage->code->programs[match->program].name);
    put_digest(json, lineage->code->programs[match->program].sha256);
    onus_json_address(json, "address", match->address);
    onus_json_number(json, "probability", match->probability);
    onus_json_number(json, "log_odds", match->log_odds);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_end_map(json);
}

static void put_head(onus_json *json, const onus_lineage_of *file) {
  const onus_prints *prints = file->prints;
  const onus_lineage *lineage = file->lineage;
  onus_json_string(json, "path", prints->path);
  onus_json_string(json, "digest", prints->digest);
  onus_json_string(json, "format", onus_report_format_name(prints->program.format));
  onus_json_integer(json, "bits", prints->program.is_64_bit ? 64 : 32);
  onus_json_boolean(json, "is_damaged", prints->program.is_damaged);
  onus_json_boolean(json, "is_cut", prints->functions.is_cut || prints->fingerprints.is_cut);
  onus_json_string(json, "packing", prints->packing);
  onus_json_integer(json, "functions", lineage->n_own);
  onus_json_integer(json, "matched", lineage->n_matched);
  onus_json_number(json, "share_of_rare_code", lineage->share);
  onus_json_integer(json, "keys", lineage->result->n_keys);
  onus_json_integer(json, "keys_not_followed", lineage->result->n_keys_cut);
}

static void put_file(onus_json *json, const onus_lineages *all, const onus_lineage_of *file) {
  const onus_catalogue *catalogue = onus_reference_catalogue(all->reference);
  const onus_lineage *lineage = file->lineage;
  onus_json_begin_map(json, NULL, false);
  put_head(json, file);
  onus_json_begin_list(json, "actors", false);
  for (size_t i = 0; i < lineage->n_actors; i++)
    put_group(json, &lineage->actors[i], catalogue->actors[lineage->actors[i].number].name);
  onus_json_end_list(json);
  onus_json_begin_list(json, "families", false);
  for (size_t i = 0; i < lineage->n_families; i++)
    put_group(json, &lineage->families[i], lineage->code->families[lineage->families[i].number]);
  onus_json_end_list(json);
  onus_json_begin_list(json, "programs", false);
  for (size_t i = 0; i < lineage->result->n_found; i++)
    if (lineage->result->found[i].n_matched > 0)
      put_program(json, all, lineage, i);
  onus_json_end_list(json);
  onus_json_begin_list(json, "matches", false);
  for (size_t i = 0; i < lineage->n_matched; i++)
    put_function(json, file, lineage->order[i]);
  onus_json_end_list(json);
  onus_json_end_map(json);
}

static void put_refusals(onus_json *json, const onus_lineages *all) {
  onus_json_begin_list(json, "refused", false);
  for (size_t i = 0; i < all->n_refusals; i++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "path", all->refusals[i].path);
    onus_json_string(json, "why", all->refusals[i].text);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

void onus_report_lineages_json(onus_buffer *out, const onus_lineages *all) {
  onus_json json = onus_json_begin_document(out, "lineage");
  onus_report_reference_json(&json, all->location, all->digest);
  onus_report_day_json(&json, "as_of", all->as_of_day);
  onus_json_begin_list(&json, "leave_out", true);
  for (size_t i = 0; i < all->n_leave_out; i++)
    onus_json_string(&json, NULL, all->leave_out[i]);
  onus_json_end_list(&json);
  onus_json_number(&json, "threshold", all->threshold);
  onus_json_begin_list(&json, "files", false);
  for (size_t i = 0; i < all->n_files; i++)
    put_file(&json, all, &all->files[i]);
  onus_json_end_list(&json);
  put_refusals(&json, all);
  onus_json_end_document(&json);
}
