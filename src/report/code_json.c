/* Executable files as JSON, by docs/functions.schema.json. Addresses are texts: they do not fit into a double. */
#include <stdio.h>

#include "base/moment.h"
#include "report/code_report.h"
#include "report/json_writer.h"

static void put_time(onus_json *json, const char *key, int64_t seconds_utc) {
  char text[ONUS_MOMENT_TEXT_BYTES];
  if (seconds_utc != 0)
    onus_moment_format((onus_moment){.seconds_utc = seconds_utc}, text);
  onus_json_string(json, key, seconds_utc != 0 ? text : NULL);
}

static void put_build(onus_json *json, const onus_facts *facts) {
  onus_json_begin_map(json, "build", false);
  put_time(json, "time", facts->build_time_utc);
  onus_json_string(json, "debug_path", facts->debug_path);
  onus_json_string(json, "id", facts->build_id);
  onus_json_string(json, "compiler", facts->compiler);
  char linker[16];
  snprintf(linker, sizeof linker, "%u.%u", facts->linker_major, facts->linker_minor);
  onus_json_string(json, "linker", facts->linker_major != 0 ? linker : NULL);
  onus_json_begin_list(json, "tools", false);
  for (size_t i = 0; i < facts->n_rich; i++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_integer(json, "product", facts->rich[i].product);
    onus_json_integer(json, "build", facts->rich[i].build);
    onus_json_integer(json, "count", facts->rich[i].count);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_end_map(json);
}

static void put_sections(onus_json *json, const onus_outline *l) {
  onus_json_begin_list(json, "sections", false);
  for (size_t i = 0; i < l->program.n_sections; i++) {
    const onus_program_section *s = &l->program.sections[i];
    char permissions[4] = {s->permissions & ONUS_SECTION_READ ? 'r' : '-',
                           s->permissions & ONUS_SECTION_WRITE ? 'w' : '-',
                           s->permissions & ONUS_SECTION_EXECUTE ? 'x' : '-', '\0'};
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "name", s->name);
    onus_json_address(json, "address", s->address);
    onus_json_integer(json, "size_bytes", s->size_bytes);
    onus_json_integer(json, "file_offset", s->file_offset);
    onus_json_integer(json, "file_bytes", s->file_bytes);
    onus_json_string(json, "permissions", permissions);
    onus_json_number(json, "entropy_bits", l->facts.entropy_bits[i]);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_resources(onus_json *json, const onus_facts *facts) {
  onus_json_begin_list(json, "resources", false);
  for (size_t i = 0; i < facts->n_resources; i++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_integer(json, "type", facts->resources[i].type);
    onus_json_integer(json, "language", facts->resources[i].language);
    onus_json_integer(json, "size_bytes", facts->resources[i].size_bytes);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_imports(onus_json *json, const onus_outline *l) {
  onus_json_begin_list(json, "imports", false);
  for (size_t i = 0; i < l->program.n_imports; i++) {
    const onus_program_import *import = &l->program.imports[i];
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "library", import->library[0] != '\0' ? import->library : NULL);
    onus_json_string(json, "name", import->name);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_functions(onus_json *json, const onus_outline *l) {
  onus_json_begin_list(json, "functions", false);
  for (size_t i = 0; i < l->n_functions; i++) {
    const onus_outline_function *f = &l->functions[i];
    onus_json_begin_map(json, NULL, true);
    onus_json_address(json, "address", f->address);
    onus_json_integer(json, "size_bytes", f->extent_bytes);
    onus_json_integer(json, "instructions", f->n_instructions);
    onus_json_integer(json, "blocks", f->n_blocks);
    onus_json_integer(json, "calls", f->n_calls);
    onus_json_string(json, "known_by", onus_report_evidence_name(f->evidence));
    onus_json_boolean(json, "is_thunk", f->is_thunk);
    onus_json_boolean(json, "returns", !f->never_returns);
    onus_json_string(json, "name", f->name);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_file(onus_json *json, const onus_outline *l) {
  const onus_facts *facts = &l->facts;
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "path", l->path);
  onus_json_string(json, "digest", l->digest);
  onus_json_string(json, "format", onus_report_format_name(l->program.format));
  onus_json_string(json, "architecture", onus_report_architecture_name(l->program.architecture));
  onus_json_address(json, "base", l->program.base);
  onus_json_address(json, "entry", l->program.entry);
  onus_json_boolean(json, "is_damaged", l->program.is_damaged);
  onus_json_boolean(json, "is_cut", l->is_cut);
  onus_json_boolean(json, "is_signed", facts->is_signed);
  onus_json_boolean(json, "is_net", facts->is_net);
  onus_json_string(json, "packing", facts->packing);
  put_build(json, facts);
  put_sections(json, l);
  put_resources(json, facts);
  onus_json_begin_map(json, "overlay", true);
  onus_json_integer(json, "offset", facts->overlay_offset);
  onus_json_integer(json, "size_bytes", facts->overlay_bytes);
  onus_json_end_map(json);
  onus_json_integer(json, "strings", facts->n_strings);
  onus_json_integer(json, "wide_strings", facts->n_wide_strings);
  onus_json_integer(json, "exports", l->n_exports);
  put_imports(json, l);
  onus_json_integer(json, "code_bytes", l->n_code_bytes);
  onus_json_integer(json, "instructions", l->n_instructions);
  put_functions(json, l);
  onus_json_end_map(json);
}

void onus_report_code_json(onus_buffer *out, const onus_code_report *report) {
  onus_json json = onus_json_begin_document(out, "functions");
  onus_json_begin_list(&json, "files", false);
  for (size_t i = 0; i < report->n_outlines; i++)
    put_file(&json, report->outlines[i]);
  onus_json_end_list(&json);
  onus_json_begin_list(&json, "refused", false);
  for (size_t i = 0; i < report->n_refusals; i++) {
    onus_json_begin_map(&json, NULL, true);
    onus_json_string(&json, "path", report->refusals[i].path);
    onus_json_string(&json, "why", report->refusals[i].text);
    onus_json_end_map(&json);
  }
  onus_json_end_list(&json);
  onus_json_end_document(&json);
}
