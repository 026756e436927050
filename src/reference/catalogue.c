#include "reference/catalogue_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buffer.h"
#include "base/room.h"
#include "document/text_internal.h"
#include "reference/programs_internal.h"

enum { ARENA_BYTES = 1 << 30 };

onus_status onus_catalogue_init(onus_catalogue_parts *parts, onus_error *error) {
  *parts = (onus_catalogue_parts){.arena = onus_arena_new(ARENA_BYTES),
                                  .texts = onus_table_new(),
                                  .source_ids = onus_table_new(),
                                  .entry_ids = onus_table_new(),
                                  .claim_keys = onus_table_new(),
                                  .report_keys = onus_table_new(),
                                  .basis_keys = onus_table_new(),
                                  .ttp_ids = onus_table_new()};
  if (parts->arena && parts->texts && parts->source_ids && parts->entry_ids && parts->claim_keys &&
      parts->report_keys && parts->basis_keys && parts->ttp_ids)
    return ONUS_OK;
  onus_catalogue_free(parts);
  return ONUS_FAIL_NO_MEMORY(error);
}

void onus_catalogue_free(onus_catalogue_parts *parts) {
  onus_programs_free(&parts->programs);
  for (size_t i = 0; i < parts->n_bases; i++)
    free(parts->listings[i].spans);
  free(parts->sources);
  free(parts->entries);
  free(parts->actors);
  free(parts->claims);
  free(parts->reports);
  free(parts->bases);
  free(parts->ttps);
  free(parts->parents);
  free(parts->listings);
  free(parts->actor_entries);
  onus_table_free(parts->texts);
  onus_table_free(parts->source_ids);
  onus_table_free(parts->entry_ids);
  onus_table_free(parts->claim_keys);
  onus_table_free(parts->report_keys);
  onus_table_free(parts->basis_keys);
  onus_table_free(parts->ttp_ids);
  onus_arena_free(parts->arena);
  *parts = (onus_catalogue_parts){0};
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

static void append_clean(onus_buffer *out, const char *text, size_t text_bytes) {
  for (size_t at = 0; at < text_bytes;) {
    uint32_t character;
    size_t width = onus_text_decode(text + at, text_bytes - at, &character);
    if (width == 0)
      onus_buffer_string(out, "\xEF\xBF\xBD");
    else if (character < 0x20 || character == 0x7F || (character >= 0x80 && character < 0xA0))
      onus_buffer_character(out, ' ');
    else
      onus_buffer_append(out, text + at, width);
    at += width > 0 ? width : 1;
  }
}

const char *onus_catalogue_keep(onus_catalogue_parts *parts, const char *text, size_t text_bytes) {
  size_t place = onus_table_get(parts->texts, text);
  if (place != ONUS_NONE)
    return (const char *)(uintptr_t)place;
  const char *copy = onus_arena_copy(parts->arena, text, text_bytes);
  return copy && onus_table_put(parts->texts, copy, (size_t)(uintptr_t)copy) ? copy : NULL;
}

const char *onus_catalogue_text(onus_catalogue_parts *parts, const char *text, size_t cap_bytes) {
  size_t text_bytes = strlen(text);
  while (text_bytes > 0 && (unsigned char)text[0] <= ' ') {
    text++;
    text_bytes--;
  }
  while (text_bytes > 0 && (unsigned char)text[text_bytes - 1] <= ' ')
    text_bytes--;
  char mark[24] = "";
  size_t kept = text_bytes;
  if (text_bytes > cap_bytes) {
    snprintf(mark, sizeof mark, "…#%016" PRIx64, (uint64_t)XXH3_64bits(text, text_bytes));
    kept = cap_bytes - sizeof mark;
    while (kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80)
      kept--;
  }
  onus_buffer clean = onus_buffer_new(4 * cap_bytes);
  append_clean(&clean, text, kept);
  onus_buffer_string(&clean, mark);
  const char *kept_text = NULL;
  if (clean.status == ONUS_OK)
    kept_text = onus_catalogue_keep(parts, clean.length_bytes ? clean.bytes : "", clean.length_bytes);
  onus_buffer_free(&clean);
  return kept_text;
}

/* --- growing ------------------------------------------------------------------------------------------------------ */

/* Makes room for one more element in the array to which `array_pointer` points; it stays what it is on failure. */
static onus_status make_room(void *array_pointer, size_t count, size_t *capacity, size_t element_bytes,
                             onus_error *error) {
  if (count >= ONUS_NO_NUMBER / 2)
    return ONUS_FAIL(error, ONUS_LIMIT, "the catalogue is full: more than %zu of one kind", count);
  return onus_room_for_one(array_pointer, count, capacity, element_bytes) ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

#define MAKE_ROOM(parts, name, error)                                                                                  \
  make_room(&(parts)->name, (parts)->n_##name, &(parts)->name##_capacity, sizeof *(parts)->name, error)

static onus_status enter(onus_table *table, const char *key, size_t number, onus_error *error) {
  return onus_table_put(table, key, number) ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

onus_status onus_catalogue_add_source(onus_catalogue_parts *parts, const char *id, const char *title,
                                      uint32_t *ret_source, onus_error *error) {
  size_t number = onus_table_get(parts->source_ids, id);
  if (number == ONUS_NONE) {
    if (parts->n_sources == ONUS_CATALOGUE_SOURCES_MAX)
      return ONUS_FAIL(error, ONUS_LIMIT, "more than %d sources in one reference", ONUS_CATALOGUE_SOURCES_MAX);
    ONUS_TRY(MAKE_ROOM(parts, sources, error));
    number = parts->n_sources;
    ONUS_TRY(enter(parts->source_ids, id, number, error));
    parts->sources[parts->n_sources++].id = id;
  }
  parts->sources[number].title = title;
  *ret_source = (uint32_t)number;
  return ONUS_OK;
}

/* The key of something, kept as texts are. */
static const char *join(onus_catalogue_parts *parts, const char *head, const char *text) {
  onus_buffer key = onus_buffer_new((size_t)64 << 20);
  onus_buffer_string(&key, head);
  onus_buffer_string(&key, text);
  const char *kept = key.status == ONUS_OK ? onus_catalogue_keep(parts, key.bytes, key.length_bytes) : NULL;
  onus_buffer_free(&key);
  return kept;
}

static const char *entry_key(onus_catalogue_parts *parts, uint32_t source, const char *upstream_id) {
  char head[16];
  snprintf(head, sizeof head, "%" PRIu32 ":", source);
  return join(parts, head, upstream_id);
}

onus_status onus_catalogue_add_entry(onus_catalogue_parts *parts, const onus_entry *entry, uint32_t *ret_entry,
                                     onus_error *error) {
  const char *key = entry_key(parts, entry->source, entry->upstream_id);
  if (!key)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t number = onus_table_get(parts->entry_ids, key);
  if (number == ONUS_NONE) {
    ONUS_TRY(MAKE_ROOM(parts, entries, error));
    number = parts->n_entries;
    ONUS_TRY(enter(parts->entry_ids, key, number, error));
    parts->entries[parts->n_entries++] = *entry;
    parts->entries[number].actor = ONUS_NO_NUMBER;
  } else {
    parts->entries[number].name = entry->name;
    parts->entries[number].kind = entry->kind;
  }
  *ret_entry = (uint32_t)number;
  return ONUS_OK;
}

uint32_t onus_catalogue_find_entry(const onus_catalogue_parts *parts, uint32_t source, const char *upstream_id) {
  uint32_t found = ONUS_NO_NUMBER;
  for (size_t i = 0; i < parts->n_entries; i++) {
    const onus_entry *entry = &parts->entries[i];
    if ((source != ONUS_NO_NUMBER && entry->source != source) || strcmp(entry->upstream_id, upstream_id) != 0)
      continue;
    if (found != ONUS_NO_NUMBER)
      return ONUS_NO_NUMBER;
    found = (uint32_t)i;
  }
  return found;
}

onus_status onus_catalogue_add_claim(onus_catalogue_parts *parts, const onus_claim *claim, onus_error *error) {
  char head[48];
  snprintf(head, sizeof head, "%d:%" PRIu32 ":%" PRIu32 ":", (int)claim->kind, claim->entry, claim->report);
  const char *key = join(parts, head, claim->name);
  if (!key)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t number = onus_table_get(parts->claim_keys, key);
  if (number != ONUS_NONE) {
    if (claim->known_day < parts->claims[number].known_day)
      parts->claims[number].known_day = claim->known_day;
    return ONUS_OK;
  }
  ONUS_TRY(MAKE_ROOM(parts, claims, error));
  ONUS_TRY(enter(parts->claim_keys, key, parts->n_claims, error));
  parts->claims[parts->n_claims++] = *claim;
  return ONUS_OK;
}

static bool is_dated(onus_period period) {
  return period.last_day != ONUS_DAY_UNKNOWN;
}

onus_period onus_period_narrower(onus_period a, onus_period b) {
  if (!is_dated(a) || !is_dated(b))
    return is_dated(a) ? a : b;
  int64_t a_days = (int64_t)a.last_day - a.first_day, b_days = (int64_t)b.last_day - b.first_day;
  if (a_days != b_days)
    return a_days < b_days ? a : b;
  return a.first_day <= b.first_day ? a : b;
}

onus_status onus_catalogue_add_report(onus_catalogue_parts *parts, const onus_report *report, uint32_t *ret_report,
                                      onus_error *error) {
  size_t number = onus_table_get(parts->report_keys, report->key);
  if (number == ONUS_NONE) {
    ONUS_TRY(MAKE_ROOM(parts, reports, error));
    number = parts->n_reports;
    ONUS_TRY(enter(parts->report_keys, report->key, number, error));
    parts->reports[parts->n_reports++] = *report;
  } else {
    parts->reports[number].period = onus_period_narrower(parts->reports[number].period, report->period);
  }
  *ret_report = (uint32_t)number;
  return ONUS_OK;
}

static const char *basis_key(onus_catalogue_parts *parts, const onus_basis *basis) {
  onus_buffer key = onus_buffer_new((size_t)64 << 20);
  onus_buffer_printf(&key, "%d:%" PRIx32, (int)basis->kind, basis->entry);
  for (size_t i = 0; i < basis->n_reports; i++)
    onus_buffer_printf(&key, ",%" PRIx32, basis->reports[i]);
  onus_buffer_character(&key, ':');
  for (size_t i = 0; i < basis->n_campaigns; i++)
    onus_buffer_printf(&key, ",%" PRIx32, basis->campaigns[i]);
  const char *copy = key.status == ONUS_OK ? onus_catalogue_keep(parts, key.bytes, key.length_bytes) : NULL;
  onus_buffer_free(&key);
  return copy;
}

static const uint32_t *copy_numbers(onus_catalogue_parts *parts, const uint32_t *numbers, size_t count) {
  uint32_t *copy = ONUS_ARENA_ARRAY(parts->arena, uint32_t, count);
  if (copy && count > 0)
    memcpy(copy, numbers, count * sizeof *copy);
  return copy;
}

/* Bases and their listings grow together. */
static onus_status make_room_for_basis(onus_catalogue_parts *parts, onus_error *error) {
  size_t capacity = parts->bases_capacity;
  ONUS_TRY(make_room(&parts->listings, parts->n_bases, &capacity, sizeof *parts->listings, error));
  return MAKE_ROOM(parts, bases, error);
}

onus_status onus_catalogue_add_basis(onus_catalogue_parts *parts, const onus_basis *basis, uint32_t *ret_basis,
                                     onus_error *error) {
  const char *key = basis_key(parts, basis);
  if (!key)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t number = onus_table_get(parts->basis_keys, key);
  if (number == ONUS_NONE) {
    onus_basis added = *basis;
    added.reports = copy_numbers(parts, basis->reports, basis->n_reports);
    added.campaigns = copy_numbers(parts, basis->campaigns, basis->n_campaigns);
    if (!added.reports || !added.campaigns)
      return ONUS_FAIL_NO_MEMORY(error);
    onus_catalogue_derive_basis(parts, &added);
    ONUS_TRY(make_room_for_basis(parts, error));
    number = parts->n_bases;
    ONUS_TRY(enter(parts->basis_keys, key, number, error));
    parts->listings[number] = (onus_listing){0};
    parts->bases[parts->n_bases++] = added;
  }
  *ret_basis = (uint32_t)number;
  return ONUS_OK;
}

static onus_status make_room_for_ttp(onus_catalogue_parts *parts, onus_error *error) {
  size_t capacity = parts->ttps_capacity;
  ONUS_TRY(make_room(&parts->parents, parts->n_ttps, &capacity, sizeof *parts->parents, error));
  return MAKE_ROOM(parts, ttps, error);
}

onus_status onus_catalogue_add_ttp(onus_catalogue_parts *parts, const onus_ttp *ttp, const char *parent_id,
                                   uint32_t *ret_ttp, onus_error *error) {
  size_t number = onus_table_get(parts->ttp_ids, ttp->id);
  if (number == ONUS_NONE) {
    ONUS_TRY(make_room_for_ttp(parts, error));
    number = parts->n_ttps;
    ONUS_TRY(enter(parts->ttp_ids, ttp->id, number, error));
    parts->ttps[parts->n_ttps++] = *ttp;
    parts->parents[number] = NULL;
  }
  parts->ttps[number].kind = ttp->kind;
  parts->ttps[number].name = ttp->name;
  if (parent_id)
    parts->parents[number] = parent_id;
  *ret_ttp = (uint32_t)number;
  return ONUS_OK;
}

onus_status onus_catalogue_add_span(onus_catalogue_parts *parts, uint32_t basis, onus_listing_span span,
                                    onus_error *error) {
  onus_listing *listing = &parts->listings[basis];
  ONUS_TRY(make_room(&listing->spans, listing->n_spans, &listing->capacity, sizeof *listing->spans, error));
  listing->spans[listing->n_spans++] = span;
  return ONUS_OK;
}

void onus_listing_name(uint32_t document, char *out) {
  snprintf(out, ONUS_STORE_TABLE_BYTES_MAX + 1, "listing/%" PRIu32, document);
}

/* --- what follows from the rest ----------------------------------------------------------------------------------- */

void onus_catalogue_derive_basis(const onus_catalogue_parts *parts, onus_basis *basis) {
  basis->period = (onus_period){ONUS_DAY_UNKNOWN, ONUS_DAY_UNKNOWN};
  basis->is_circular = basis->n_reports > 0;
  for (size_t i = 0; i < basis->n_reports; i++) {
    const onus_report *report = &parts->reports[basis->reports[i]];
    if (report->period.last_day < basis->period.last_day)
      basis->period = report->period;
    basis->is_circular &= onus_report_is_pivot(report->key);
  }
  basis->known_day = basis->period.last_day;
}

/* A chain of parents that comes back to itself is cut: nothing may follow it for ever. */
static void find_parents(onus_catalogue_parts *parts) {
  for (size_t i = 0; i < parts->n_ttps; i++) {
    size_t parent = parts->parents[i] ? onus_table_get(parts->ttp_ids, parts->parents[i]) : ONUS_NONE;
    parts->ttps[i].parent = parent == ONUS_NONE || parent == i ? ONUS_NO_NUMBER : (uint32_t)parent;
  }
  for (size_t i = 0; i < parts->n_ttps; i++) {
    uint32_t parent = parts->ttps[i].parent;
    if (parent != ONUS_NO_NUMBER && parts->ttps[parent].parent != ONUS_NO_NUMBER)
      parts->ttps[i].parent = ONUS_NO_NUMBER;
  }
}

onus_status onus_catalogue_derive(onus_catalogue_parts *parts, onus_error *error) {
  for (size_t i = 0; i < parts->n_bases; i++)
    onus_catalogue_derive_basis(parts, &parts->bases[i]);
  find_parents(parts);
  return onus_actors_make(parts, error);
}

onus_catalogue onus_catalogue_view(const onus_catalogue_parts *parts) {
  return (onus_catalogue){parts->sources,  parts->entries,   parts->actors,    parts->claims,    parts->reports,
                          parts->bases,    parts->ttps,      parts->n_sources, parts->n_entries, parts->n_actors,
                          parts->n_claims, parts->n_reports, parts->n_bases,   parts->n_ttps};
}
