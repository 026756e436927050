#include "report/reference_facts.h"

#include <string.h>

void onus_report_day(int32_t day, char *out) {
  out[0] = '\0';
  if (day != ONUS_DAY_UNKNOWN)
    onus_moment_format(onus_moment_of_day(day), out);
}

void onus_report_day_json(onus_json *json, const char *key, int32_t day) {
  char text[ONUS_MOMENT_TEXT_BYTES];
  onus_report_day(day, text);
  onus_json_string(json, key, text[0] != '\0' ? text : NULL);
}

void onus_report_reference_json(onus_json *json, const char *location, const char *digest) {
  onus_json_begin_map(json, "reference", true);
  onus_json_string(json, "location", location);
  onus_json_string(json, "digest", digest);
  onus_json_end_map(json);
}

int32_t onus_report_claim_day(const onus_catalogue *catalogue, const onus_claim *claim) {
  int32_t published =
      claim->report != ONUS_NO_NUMBER ? catalogue->reports[claim->report].period.last_day : ONUS_DAY_UNKNOWN;
  return published < claim->known_day ? published : claim->known_day;
}

bool onus_report_is_name(const char *a, const char *b) {
  enum { NAME_BYTES = 2100 };
  char normal_a[NAME_BYTES], normal_b[NAME_BYTES];
  if (strlen(a) >= NAME_BYTES || strlen(b) >= NAME_BYTES)
    return false;
  onus_name_normalise(a, normal_a);
  onus_name_normalise(b, normal_b);
  return strcmp(normal_a, normal_b) == 0;
}

bool onus_report_claim_is_repeated(const onus_catalogue *catalogue, size_t claim) {
  const onus_claim *c = &catalogue->claims[claim];
  for (size_t i = 0; i < claim; i++) {
    const onus_claim *before = &catalogue->claims[i];
    if (before->entry == c->entry && before->report == c->report && before->kind == c->kind &&
        onus_report_is_name(before->name, c->name))
      return true;
  }
  return false;
}

onus_source_counts onus_report_count_source(const onus_catalogue *catalogue, size_t source) {
  onus_source_counts counts = {0};
  for (size_t i = 0; i < catalogue->n_entries; i++) {
    bool is_its = catalogue->entries[i].source == source;
    counts.n_actors += is_its && catalogue->entries[i].kind == ONUS_ENTRY_ACTOR;
    counts.n_campaigns += is_its && catalogue->entries[i].kind == ONUS_ENTRY_CAMPAIGN;
  }
  for (size_t i = 0; i < catalogue->n_claims; i++)
    counts.n_claims += catalogue->entries[catalogue->claims[i].entry].source == source;
  for (size_t i = 0; i < catalogue->n_bases; i++) {
    const onus_basis *basis = &catalogue->bases[i];
    if (basis->kind != ONUS_BASIS_LISTED || catalogue->entries[basis->entry].source != source)
      continue;
    counts.n_listings += basis->n_indicators > 0;
    counts.n_indicators += basis->n_indicators;
  }
  return counts;
}

static void count_reports(const onus_catalogue *catalogue, onus_reference_counts *counts) {
  counts->first_day = counts->last_day = ONUS_DAY_UNKNOWN;
  for (size_t i = 0; i < catalogue->n_reports; i++) {
    const onus_report *report = &catalogue->reports[i];
    counts->n_pivots += onus_report_is_pivot(report->key);
    if (report->period.last_day == ONUS_DAY_UNKNOWN)
      continue;
    if (counts->n_dated == 0 || report->period.first_day < counts->first_day)
      counts->first_day = report->period.first_day;
    if (counts->n_dated == 0 || report->period.last_day > counts->last_day)
      counts->last_day = report->period.last_day;
    counts->n_dated++;
  }
}

onus_reference_counts onus_report_count_reference(const onus_catalogue *catalogue) {
  onus_reference_counts counts = {0};
  count_reports(catalogue, &counts);
  for (size_t i = 0; i < catalogue->n_actors; i++)
    counts.n_joined += catalogue->actors[i].n_entries > 1;
  for (size_t i = 0; i < catalogue->n_bases; i++) {
    const onus_basis *basis = &catalogue->bases[i];
    counts.n_relations += basis->kind == ONUS_BASIS_CITED;
    counts.n_listings += basis->kind == ONUS_BASIS_LISTED && basis->n_indicators > 0;
    counts.n_circular += basis->is_circular;
    counts.n_indicators += basis->kind == ONUS_BASIS_LISTED ? basis->n_indicators : 0;
  }
  for (size_t i = 0; i < catalogue->n_ttps; i++) {
    counts.n_techniques += catalogue->ttps[i].kind == ONUS_TTP_TECHNIQUE;
    counts.n_software += catalogue->ttps[i].kind != ONUS_TTP_TECHNIQUE;
  }
  return counts;
}
