/* The reference as JSON. Keys are stable: programs read them. */
#include "report/json_writer.h"
#include "report/reference_facts.h"
#include "report/report.h"

/* --- importing ---------------------------------------------------------------------------------------------------- */

static void put_summary(onus_json *json, const onus_import_summary *s) {
  onus_json_string(json, "format", s->format);
  onus_json_integer(json, "entries", s->n_entries);
  onus_json_integer(json, "other_names", s->n_claims);
  onus_json_integer(json, "techniques_and_software", s->n_ttps);
  onus_json_integer(json, "relations", s->n_relations);
  onus_json_integer(json, "indicators", s->n_indicators);
  onus_json_integer(json, "circular_indicators", s->n_circular);
  onus_json_integer(json, "citations", s->n_reports);
  onus_json_integer(json, "refused", s->n_refused);
  onus_json_begin_list(json, "refusals", false);
  for (size_t i = 0; i < s->n_refused && i < ONUS_REFUSALS_KEPT; i++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_integer(json, "line", s->refused[i].line);
    onus_json_integer(json, "column", s->refused[i].column);
    onus_json_string(json, "what", s->refused[i].what);
    onus_json_string(json, "why", s->refused[i].why);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

void onus_report_imported_json(onus_buffer *out, const onus_imported *imported) {
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  onus_json_begin_list(&json, "files", false);
  for (size_t i = 0; i < imported->n_files; i++) {
    onus_json_begin_map(&json, NULL, false);
    onus_json_string(&json, "path", imported->files[i].path);
    put_summary(&json, &imported->files[i].summary);
    onus_json_end_map(&json);
  }
  onus_json_end_list(&json);
  onus_json_end_document(&json);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static void put_entries(onus_json *json, const onus_catalogue *c, const onus_actor *actor) {
  onus_json_begin_list(json, "entries", false);
  for (size_t i = 0; i < actor->n_entries; i++) {
    const onus_entry *entry = &c->entries[actor->entries[i]];
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "source", c->sources[entry->source].id);
    onus_json_string(json, "id", entry->upstream_id);
    onus_json_string(json, "name", entry->name);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_claims(onus_json *json, const onus_names_report *names, uint32_t actor) {
  const onus_catalogue *c = names->catalogue;
  onus_json_begin_list(json, "claims", false);
  for (size_t i = 0; i < c->n_claims; i++) {
    const onus_claim *claim = &c->claims[i];
    if (c->entries[claim->entry].actor != actor)
      continue;
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "source", c->sources[c->entries[claim->entry].source].id);
    onus_json_string(json, "id", c->entries[claim->entry].upstream_id);
    onus_json_string(json, "name", claim->name);
    onus_json_boolean(json, "is_primary", claim->kind == ONUS_CLAIM_PRIMARY);
    onus_json_boolean(json, "is_asked", onus_report_is_name(claim->name, names->name));
    onus_report_day_json(json, "known", onus_report_claim_day(c, claim));
    onus_json_string(json, "report", claim->report != ONUS_NO_NUMBER ? c->reports[claim->report].title : NULL);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_conflicts(onus_json *json, const onus_names_report *names) {
  const onus_catalogue *c = names->catalogue;
  onus_json_begin_list(json, "conflicts", false);
  for (size_t i = 0; i < names->n_conflicts; i++) {
    onus_json_begin_map(json, NULL, false);
    onus_json_string(json, "name", names->conflicts[i].name);
    onus_json_begin_list(json, "actors", false);
    for (size_t k = 0; k < names->conflicts[i].n_actors; k++) {
      const onus_actor *actor = &c->actors[names->conflicts[i].actors[k]];
      onus_json_begin_map(json, NULL, false);
      onus_json_string(json, "name", actor->name);
      put_entries(json, c, actor);
      onus_json_end_map(json);
    }
    onus_json_end_list(json);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

void onus_report_names_json(onus_buffer *out, const onus_names_report *names) {
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  if (!names->name) {
    put_conflicts(&json, names);
  } else {
    onus_json_string(&json, "name", names->name);
    onus_json_begin_list(&json, "actors", false);
    for (size_t i = 0; i < names->n_actors; i++) {
      const onus_actor *actor = &names->catalogue->actors[names->actors[i]];
      onus_json_begin_map(&json, NULL, false);
      onus_json_string(&json, "name", actor->name);
      put_entries(&json, names->catalogue, actor);
      put_claims(&json, names, names->actors[i]);
      onus_json_end_map(&json);
    }
    onus_json_end_list(&json);
  }
  onus_json_end_document(&json);
}

/* --- what is in it ------------------------------------------------------------------------------------------------ */

static void put_sources(onus_json *json, const onus_catalogue *c) {
  onus_json_begin_list(json, "sources", false);
  for (size_t i = 0; i < c->n_sources; i++) {
    onus_source_counts counts = onus_report_count_source(c, i);
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "id", c->sources[i].id);
    onus_json_string(json, "title", c->sources[i].title);
    onus_json_integer(json, "actors", counts.n_actors);
    onus_json_integer(json, "campaigns", counts.n_campaigns);
    onus_json_integer(json, "names", counts.n_claims);
    onus_json_integer(json, "lists", counts.n_listings);
    onus_json_integer(json, "indicators", counts.n_indicators);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_stored(onus_json *json, const onus_store_description *d) {
  onus_json_begin_list(json, "tables", false);
  for (size_t i = 0; i < d->n_tables; i++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "name", d->tables[i].name);
    onus_json_integer(json, "keys", d->tables[i].n_keys);
    onus_json_integer(json, "postings", d->tables[i].n_postings);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_begin_list(json, "documents", false);
  for (size_t i = 0; i < d->n_documents; i++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "name", d->documents[i].name);
    onus_json_integer(json, "bytes", d->documents[i].n_bytes);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

void onus_report_info_json(onus_buffer *out, const onus_info_report *info) {
  onus_json json = onus_json_new(out);
  const onus_catalogue *c = info->catalogue;
  onus_reference_counts counts = onus_report_count_reference(c);
  onus_json_begin_map(&json, NULL, false);
  onus_json_string(&json, "digest", info->description->digest);
  put_sources(&json, c);
  onus_json_integer(&json, "actors", c->n_actors);
  onus_json_integer(&json, "actors_of_several_sources", counts.n_joined);
  onus_json_integer(&json, "names_of_several_actors", info->n_conflicts);
  onus_json_integer(&json, "reports", c->n_reports);
  onus_json_integer(&json, "reports_with_a_day", counts.n_dated);
  onus_report_day_json(&json, "first_day", counts.first_day);
  onus_report_day_json(&json, "last_day", counts.last_day);
  onus_json_integer(&json, "reports_that_are_searches", counts.n_pivots);
  onus_json_integer(&json, "techniques", counts.n_techniques);
  onus_json_integer(&json, "software", counts.n_software);
  onus_json_integer(&json, "lists", counts.n_listings);
  onus_json_integer(&json, "indicators", counts.n_indicators);
  onus_json_integer(&json, "circular", counts.n_circular);
  onus_json_integer(&json, "programs", info->code->n_programs);
  onus_json_integer(&json, "families", info->code->n_families);
  onus_json_integer(&json, "functions", info->code->n_functions);
  put_stored(&json, info->description);
  onus_json_end_document(&json);
}
