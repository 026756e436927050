/* The reference in words: what was imported, who is called so, what is in it. */
#include <inttypes.h>
#include <stdio.h>

#include "report/layout.h"
#include "report/reference_facts.h"
#include "report/report.h"

static void bold(onus_layout *layout, const char *raw) {
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, raw);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
}

/* --- importing ---------------------------------------------------------------------------------------------------- */

static void put_summary_counts(onus_layout *layout, const onus_import_summary *s) {
  const struct {
    uint64_t count;
    const char *one, *many;
  } counts[] = {
      {s->n_entries, "actor or campaign", "actors and campaigns"},
      {s->n_claims, "other name", "other names"},
      {s->n_ttps, "technique or piece of software", "techniques and pieces of software"},
      {s->n_relations, "use", "uses"},
      {s->n_indicators, "indicator", "indicators"},
      {s->n_reports, "citation of a report", "citations of reports"},
  };
  bool is_first = true;
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    if (counts[i].count == 0)
      continue;
    onus_layout_own(layout, is_first ? "" : ", ");
    onus_layout_count(layout, counts[i].count, counts[i].one, counts[i].many);
    is_first = false;
  }
  onus_layout_own(layout, is_first ? "nothing in it was taken" : "");
}

static void put_refusals(onus_layout *layout, const onus_import_summary *s) {
  onus_layout_own(layout, "  ");
  onus_layout_count(layout, s->n_refused, "thing was", "things were");
  onus_layout_own(layout, " not taken:");
  onus_layout_end(layout, 4);
  size_t n_kept = s->n_refused < ONUS_REFUSALS_KEPT ? (size_t)s->n_refused : ONUS_REFUSALS_KEPT;
  for (size_t i = 0; i < n_kept; i++) {
    onus_layout_printf(layout, "    %u:%u: ", s->refused[i].line, s->refused[i].column);
    onus_layout_case(layout, s->refused[i].what);
    onus_layout_own(layout, ": ");
    onus_layout_own(layout, s->refused[i].why);
    onus_layout_end(layout, 6);
  }
  if (s->n_refused > n_kept) {
    onus_layout_own(layout, "    and ");
    onus_layout_count(layout, s->n_refused - n_kept, "more", "more");
    onus_layout_end(layout, 6);
  }
}

void onus_report_imported_text(onus_buffer *out, const onus_imported *imported, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  for (size_t i = 0; i < imported->n_files; i++) {
    const onus_import_summary *s = &imported->files[i].summary;
    bold(&layout, imported->files[i].path);
    onus_layout_own(&layout, " (");
    onus_layout_own(&layout, s->format);
    onus_layout_own(&layout, "): ");
    put_summary_counts(&layout, s);
    onus_layout_end(&layout, 2);
    if (s->n_circular > 0) {
      onus_layout_own(&layout, "  ");
      onus_layout_count(&layout, s->n_circular, "indicator was", "indicators were");
      onus_layout_own(&layout, " found from others by a search, and will not count as evidence");
      onus_layout_end(&layout, 4);
    }
    if (s->n_refused > 0)
      put_refusals(&layout, s);
  }
  onus_layout_free(&layout);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

/* "mitre-attack G0032". */
static void put_entry(onus_layout *layout, const onus_catalogue *c, uint32_t entry) {
  onus_layout_case(layout, c->sources[c->entries[entry].source].id);
  onus_layout_own(layout, " ");
  onus_layout_case(layout, c->entries[entry].upstream_id);
}

static void put_claim(onus_layout *layout, const onus_catalogue *c, const onus_claim *claim) {
  char day[ONUS_MOMENT_TEXT_BYTES];
  onus_layout_own(layout, "  ");
  put_entry(layout, c, claim->entry);
  onus_layout_own(layout, claim->kind == ONUS_CLAIM_PRIMARY ? ": its name, " : ": another name, ");
  onus_layout_quote(layout, claim->name);
  onus_report_day(onus_report_claim_day(c, claim), day);
  if (day[0] != '\0') {
    onus_layout_own(layout, ", ");
    onus_layout_own(layout, day);
  }
  if (claim->report != ONUS_NO_NUMBER) {
    onus_layout_own(layout, ", by ");
    onus_layout_case(layout, c->reports[claim->report].title);
  }
  onus_layout_end(layout, 4);
}

/* Every other name of the actor, once. */
static void put_other_names(onus_layout *layout, const onus_catalogue *c, uint32_t actor, const char *name) {
  bool is_first = true;
  for (size_t i = 0; i < c->n_claims; i++) {
    if (c->entries[c->claims[i].entry].actor != actor || onus_report_is_name(c->claims[i].name, name))
      continue;
    bool is_repeated = false;
    for (size_t k = 0; k < i && !is_repeated; k++)
      is_repeated =
          c->entries[c->claims[k].entry].actor == actor && onus_report_is_name(c->claims[k].name, c->claims[i].name);
    if (is_repeated)
      continue;
    onus_layout_own(layout, is_first ? "  also called " : ", ");
    onus_layout_case(layout, c->claims[i].name);
    is_first = false;
  }
  if (!is_first)
    onus_layout_end(layout, 4);
}

static void put_actor(onus_layout *layout, const onus_names_report *names, uint32_t number) {
  const onus_catalogue *c = names->catalogue;
  const onus_actor *actor = &c->actors[number];
  onus_layout_gap(layout);
  bold(layout, actor->name);
  onus_layout_own(layout, " (");
  for (size_t i = 0; i < actor->n_entries; i++) {
    onus_layout_own(layout, i > 0 ? ", " : "");
    put_entry(layout, c, actor->entries[i]);
  }
  onus_layout_own(layout, ")");
  onus_layout_end(layout, 2);
  for (size_t i = 0; i < c->n_claims; i++)
    if (c->entries[c->claims[i].entry].actor == number && onus_report_is_name(c->claims[i].name, names->name) &&
        !onus_report_claim_is_repeated(c, i))
      put_claim(layout, c, &c->claims[i]);
  put_other_names(layout, c, number, names->name);
}

static void put_conflicts(onus_layout *layout, const onus_names_report *names) {
  onus_layout_count(layout, names->n_conflicts, "name means", "names mean");
  onus_layout_own(layout, " several actors:");
  onus_layout_end(layout, 2);
  for (size_t i = 0; i < names->n_conflicts; i++) {
    const onus_name_conflict *conflict = &names->conflicts[i];
    onus_layout_own(layout, "  ");
    bold(layout, conflict->name);
    for (size_t k = 0; k < conflict->n_actors; k++) {
      const onus_actor *actor = &names->catalogue->actors[conflict->actors[k]];
      onus_layout_own(layout, k == 0 ? ": " : "; ");
      onus_layout_case(layout, actor->name);
      onus_layout_own(layout, " (");
      put_entry(layout, names->catalogue, actor->entries[0]);
      onus_layout_own(layout, ")");
    }
    onus_layout_end(layout, 4);
  }
}

void onus_report_names_text(onus_buffer *out, const onus_names_report *names, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  if (!names->name) {
    put_conflicts(&layout, names);
  } else {
    onus_layout_quote(&layout, names->name);
    onus_layout_own(&layout, names->n_actors == 1 ? " means one actor." : " may mean ");
    if (names->n_actors > 1)
      onus_layout_count(&layout, names->n_actors, "actor", "actors: who says so disagrees about whom it names.");
    onus_layout_end(&layout, 0);
    for (size_t i = 0; i < names->n_actors; i++)
      put_actor(&layout, names, names->actors[i]);
  }
  onus_layout_free(&layout);
}

/* --- what is in it ------------------------------------------------------------------------------------------------ */

static void put_sources(onus_layout *layout, const onus_catalogue *c) {
  onus_layout_heading(layout, "Sources", NULL);
  for (size_t i = 0; i < c->n_sources; i++) {
    onus_source_counts counts = onus_report_count_source(c, i);
    onus_layout_own(layout, "  ");
    bold(layout, c->sources[i].id);
    onus_layout_own(layout, ": ");
    onus_layout_count(layout, counts.n_actors, "actor", "actors");
    if (counts.n_campaigns > 0) {
      onus_layout_own(layout, ", ");
      onus_layout_count(layout, counts.n_campaigns, "campaign", "campaigns");
    }
    onus_layout_own(layout, ", ");
    onus_layout_count(layout, counts.n_claims, "name", "names");
    if (counts.n_listings > 0) {
      onus_layout_own(layout, ", ");
      onus_layout_count(layout, counts.n_indicators, "indicator in ", "indicators in ");
      onus_layout_count(layout, counts.n_listings, "list", "lists");
    }
    onus_layout_end(layout, 4);
  }
}

static void put_reports(onus_layout *layout, const onus_catalogue *c, const onus_reference_counts *counts) {
  char first[ONUS_MOMENT_TEXT_BYTES], last[ONUS_MOMENT_TEXT_BYTES];
  onus_report_day(counts->first_day, first);
  onus_report_day(counts->last_day, last);
  onus_layout_own(layout, "  ");
  onus_layout_count(layout, c->n_reports, "report, ", "reports, ");
  onus_layout_count(layout, counts->n_dated, "with a day", "with a day");
  if (counts->n_dated > 0) {
    onus_layout_own(layout, " (");
    onus_layout_own(layout, first);
    onus_layout_own(layout, " to ");
    onus_layout_own(layout, last);
    onus_layout_own(layout, ")");
  }
  if (counts->n_pivots > 0) {
    onus_layout_own(layout, "; ");
    onus_layout_count(layout, counts->n_pivots, "is a search", "are searches");
    onus_layout_own(layout, " from what was attributed already, and no evidence of its own");
  }
  onus_layout_end(layout, 4);
}

static void put_contents(onus_layout *layout, const onus_info_report *info) {
  const onus_catalogue *c = info->catalogue;
  onus_reference_counts counts = onus_report_count_reference(c);
  onus_layout_heading(layout, "Contents", NULL);
  onus_layout_own(layout, "  ");
  onus_layout_count(layout, c->n_actors, "actor, ", "actors, ");
  onus_layout_count(layout, counts.n_joined, "known to several sources", "known to several sources");
  onus_layout_own(layout, "; ");
  onus_layout_count(layout, info->n_conflicts, "name means", "names mean");
  onus_layout_own(layout, " several of them");
  onus_layout_end(layout, 4);
  put_reports(layout, c, &counts);
  onus_layout_own(layout, "  ");
  onus_layout_count(layout, counts.n_techniques, "technique, ", "techniques, ");
  onus_layout_count(layout, counts.n_software, "piece of software, ", "pieces of software, ");
  onus_layout_count(layout, counts.n_indicators, "indicator in ", "indicators in ");
  onus_layout_count(layout, counts.n_listings, "list", "lists");
  if (counts.n_circular > 0) {
    onus_layout_own(layout, "; ");
    onus_layout_count(layout, counts.n_circular, "list or relation rests", "lists and relations rest");
    onus_layout_own(layout, " on searches alone and will not count");
  }
  onus_layout_end(layout, 4);
  if (info->code->n_programs > 0) {
    onus_layout_own(layout, "  ");
    onus_layout_count(layout, info->code->n_programs, "program of ", "programs of ");
    onus_layout_count(layout, info->code->n_families, "family, ", "families, ");
    onus_layout_count(layout, info->code->n_functions, "function", "functions");
    onus_layout_end(layout, 4);
  }
}

void onus_report_info_text(onus_buffer *out, const onus_info_report *info, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  onus_layout_own(&layout, "Reference ");
  onus_layout_own(&layout, info->description->digest);
  onus_layout_end(&layout, 0);
  put_sources(&layout, info->catalogue);
  put_contents(&layout, info);
  onus_layout_heading(&layout, "Stored", NULL);
  for (size_t i = 0; i < info->description->n_tables; i++) {
    const onus_store_table_summary *table = &info->description->tables[i];
    onus_layout_own(&layout, "  table ");
    onus_layout_own(&layout, table->name);
    onus_layout_own(&layout, ": ");
    onus_layout_count(&layout, table->n_keys, "key, ", "keys, ");
    onus_layout_count(&layout, table->n_postings, "posting", "postings");
    onus_layout_end(&layout, 4);
  }
  for (size_t i = 0; i < info->description->n_documents; i++) {
    const onus_store_document_summary *document = &info->description->documents[i];
    onus_layout_own(&layout, "  document ");
    onus_layout_own(&layout, document->name);
    onus_layout_own(&layout, ": ");
    onus_layout_count(&layout, document->n_bytes, "byte", "bytes");
    onus_layout_end(&layout, 4);
  }
  onus_layout_free(&layout);
}
