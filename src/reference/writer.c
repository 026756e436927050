/* What importers say becomes a catalogue in memory and postings in the store.
 *
 * A posting has the day of its basis, which may become more exact while reports are read, or by a later import that
 * knows when a report was published. So uses wait for the seal, and what was posted with another day is posted again
 * with the new one: the store can add, not change. Who looks postings up counts a basis once, and takes its day. */
#include <stdlib.h>
#include <string.h>

#include "base/room.h"
#include "reference/programs_internal.h"
#include "reference/writer_internal.h"

enum {
  DEFAULT_MEMORY_BYTES = 256 << 20,
  LEAST_MEMORY_BYTES = 1 << 20,
  USES_KEPT = 1 << 20,
  LEAST_LISTING_BYTES = 1 << 20,
  LEAST_STORE_BYTES = 8 << 20
};

static onus_status begin(onus_reference_writer *w, const char *location, size_t memory_bytes, onus_error *error) {
  size_t store_bytes = memory_bytes / 8 * 5;
  onus_store_writer_options options = {.budget_bytes =
                                           store_bytes > LEAST_STORE_BYTES ? store_bytes : LEAST_STORE_BYTES};
  size_t listing_bytes = memory_bytes / 16;
  ONUS_TRY(onus_store_writer_open(location, &options, &w->store, error));
  ONUS_TRY(onus_store_open(location, &w->sealed, error));
  ONUS_TRY(onus_catalogue_load(w->sealed, location, &w->parts, error));
  ONUS_TRY(onus_catalogue_derive(&w->parts, error));
  ONUS_TRY(onus_programs_load(w->sealed, location, &w->parts, error));
  onus_listing_writer_init(&w->listing, w->store, &w->parts,
                           listing_bytes > LEAST_LISTING_BYTES ? listing_bytes : LEAST_LISTING_BYTES);
  w->input_bytes = memory_bytes / 16;
  w->suffixes = onus_suffixes_new();
  if (!w->suffixes)
    return ONUS_FAIL_NO_MEMORY(error);
  w->n_sealed_bases = w->parts.n_bases;
  return ONUS_OK;
}

onus_status onus_reference_writer_open(const char *location, size_t memory_bytes, onus_reference_writer **ret_writer,
                                       onus_error *error) {
  if (memory_bytes == 0)
    memory_bytes = DEFAULT_MEMORY_BYTES;
  if (memory_bytes < LEAST_MEMORY_BYTES)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%zu bytes of memory for importing; at least %d are needed",
                     memory_bytes, LEAST_MEMORY_BYTES);
  onus_reference_writer *w = calloc(1, sizeof *w);
  if (!w)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = begin(w, location, memory_bytes, error);
  if (status != ONUS_OK)
    onus_reference_writer_close(w);
  else
    *ret_writer = w;
  return status;
}

void onus_reference_writer_close(onus_reference_writer *w) {
  if (!w)
    return;
  onus_listing_writer_free(&w->listing);
  onus_suffixes_free(w->suffixes);
  onus_catalogue_free(&w->parts);
  onus_store_close(w->sealed);
  onus_store_writer_close(w->store);
  free(w->posted_days);
  free(w->uses);
  free(w->numbers);
  free(w);
}

onus_status onus_reference_writer_scratch(void *writer, int *ret_fd, onus_error *error) {
  onus_reference_writer *w = writer;
  return onus_store_scratch(w->store, ret_fd, error);
}

size_t onus_reference_writer_input_bytes(const onus_reference_writer *w) {
  return w->input_bytes;
}

void onus_reference_writer_watch(onus_reference_writer *w, onus_store_progress *progress, void *context) {
  onus_store_writer_watch(w->store, progress, context);
}

/* --- saying ------------------------------------------------------------------------------------------------------- */

static onus_status keep(onus_reference_writer *w, const char *text, size_t cap_bytes, const char **ret_text,
                        onus_error *error) {
  const char *kept = onus_catalogue_text(&w->parts, text, cap_bytes);
  if (!kept)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_text = kept;
  return ONUS_OK;
}

static onus_status check_number(uint32_t number, size_t count, const char *what, onus_error *error) {
  return number < count ? ONUS_OK : ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "there is no %s of number %u", what, number);
}

/* An id that is empty, or only of blanks, names nothing. */
static onus_status check_text(const char *text, const char *what, onus_error *error) {
  return text[0] != '\0' ? ONUS_OK : ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is empty", what);
}

onus_status onus_import_source(onus_reference_writer *w, const char *id, const char *title, uint32_t *ret_source,
                               onus_error *error) {
  const char *kept_id, *kept_title;
  ONUS_TRY(keep(w, id, ONUS_CATALOGUE_NAME_BYTES, &kept_id, error));
  ONUS_TRY(keep(w, title, ONUS_CATALOGUE_NAME_BYTES, &kept_title, error));
  ONUS_TRY(check_text(kept_id, "the id of a source", error));
  return onus_catalogue_add_source(&w->parts, kept_id, kept_title, ret_source, error);
}

onus_status onus_import_entry(onus_reference_writer *w, uint32_t source, onus_entry_kind kind, const char *upstream_id,
                              const char *name, uint32_t *ret_entry, onus_error *error) {
  onus_entry entry = {.kind = kind, .source = source};
  ONUS_TRY(check_number(source, w->parts.n_sources, "source", error));
  ONUS_TRY(keep(w, upstream_id, ONUS_CATALOGUE_NAME_BYTES, &entry.upstream_id, error));
  ONUS_TRY(keep(w, name, ONUS_CATALOGUE_NAME_BYTES, &entry.name, error));
  ONUS_TRY(check_text(entry.upstream_id, "the id of an entry", error));
  ONUS_TRY(check_text(entry.name, "the name of an entry", error));
  onus_claim claim = {ONUS_CLAIM_PRIMARY, 0, entry.name, ONUS_NO_NUMBER, ONUS_DAY_UNKNOWN};
  ONUS_TRY(onus_catalogue_add_entry(&w->parts, &entry, &claim.entry, error));
  ONUS_TRY(onus_catalogue_add_claim(&w->parts, &claim, error));
  *ret_entry = claim.entry;
  return ONUS_OK;
}

onus_status onus_import_claim(onus_reference_writer *w, uint32_t entry, onus_claim_kind kind, const char *name,
                              uint32_t report, int32_t known_day, onus_error *error) {
  onus_claim claim = {kind, entry, NULL, report, known_day};
  ONUS_TRY(check_number(entry, w->parts.n_entries, "entry", error));
  if (report != ONUS_NO_NUMBER)
    ONUS_TRY(check_number(report, w->parts.n_reports, "report", error));
  ONUS_TRY(keep(w, name, ONUS_CATALOGUE_NAME_BYTES, &claim.name, error));
  ONUS_TRY(check_text(claim.name, "a name", error));
  return onus_catalogue_add_claim(&w->parts, &claim, error);
}

onus_status onus_import_report(onus_reference_writer *w, const char *url, const char *name, const char *description,
                               uint32_t *ret_report, onus_error *error) {
  const char *title = url && url[0] ? url : name ? name : "";
  onus_report report = {.period = {ONUS_DAY_UNKNOWN, ONUS_DAY_UNKNOWN}};
  ONUS_TRY(check_text(title, "the address of a report", error));
  char *key = onus_report_normalise(url, name);
  report.key = key ? onus_catalogue_keep(&w->parts, key, strlen(key)) : NULL;
  free(key);
  if (!report.key)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(keep(w, title, ONUS_CATALOGUE_URL_BYTES, &report.title, error));
  (void)onus_report_period(report.key, description, &report.period);
  return onus_catalogue_add_report(&w->parts, &report, ret_report, error);
}

onus_status onus_import_report_period(onus_reference_writer *w, uint32_t report, onus_period period,
                                      onus_error *error) {
  ONUS_TRY(check_number(report, w->parts.n_reports, "report", error));
  if (period.last_day < period.first_day)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the period of a report ends before it begins");
  onus_period *kept = &w->parts.reports[report].period;
  *kept = onus_period_narrower(*kept, period);
  return ONUS_OK;
}

onus_status onus_import_ttp(onus_reference_writer *w, onus_ttp_kind kind, const char *id, const char *name,
                            const char *parent_id, uint32_t *ret_ttp, onus_error *error) {
  onus_ttp ttp = {.kind = kind, .parent = ONUS_NO_NUMBER};
  const char *parent = NULL;
  ONUS_TRY(keep(w, id, ONUS_CATALOGUE_NAME_BYTES, &ttp.id, error));
  ONUS_TRY(keep(w, name, ONUS_CATALOGUE_NAME_BYTES, &ttp.name, error));
  if (parent_id)
    ONUS_TRY(keep(w, parent_id, ONUS_CATALOGUE_NAME_BYTES, &parent, error));
  ONUS_TRY(check_text(ttp.id, "the id of a technique or a piece of software", error));
  return onus_catalogue_add_ttp(&w->parts, &ttp, parent && parent[0] ? parent : NULL, ret_ttp, error);
}

static int by_number(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* Sorts into `out`, each once. */
static onus_status sort_numbers(const uint32_t *numbers, size_t count, size_t below, const char *what, uint32_t *out,
                                size_t *ret_count, onus_error *error) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    ONUS_TRY(check_number(numbers[i], below, what, error));
    out[i] = numbers[i];
  }
  qsort(out, count, sizeof *out, by_number);
  for (size_t i = 0; i < count; i++)
    if (kept == 0 || out[kept - 1] != out[i])
      out[kept++] = out[i];
  *ret_count = kept;
  return ONUS_OK;
}

onus_status onus_import_basis(onus_reference_writer *w, onus_basis_kind kind, uint32_t entry, const uint32_t *reports,
                              size_t n_reports, const uint32_t *campaigns, size_t n_campaigns, uint32_t *ret_basis,
                              onus_error *error) {
  onus_basis basis = {.kind = kind, .entry = kind == ONUS_BASIS_LISTED ? entry : ONUS_NO_NUMBER};
  if (kind == ONUS_BASIS_LISTED)
    ONUS_TRY(check_number(entry, w->parts.n_entries, "entry", error));
  size_t needed = n_reports + n_campaigns + 1;
  if (needed > w->numbers_capacity) {
    uint32_t *grown = needed < SIZE_MAX / 8 ? realloc(w->numbers, 2 * needed * sizeof *grown) : NULL;
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    w->numbers = grown;
    w->numbers_capacity = 2 * needed;
  }
  basis.reports = w->numbers;
  basis.campaigns = w->numbers + n_reports;
  ONUS_TRY(sort_numbers(reports, n_reports, w->parts.n_reports, "report", w->numbers, &basis.n_reports, error));
  ONUS_TRY(sort_numbers(campaigns, n_campaigns, w->parts.n_entries, "campaign", w->numbers + n_reports,
                        &basis.n_campaigns, error));
  return onus_catalogue_add_basis(&w->parts, &basis, ret_basis, error);
}

/* --- posting ------------------------------------------------------------------------------------------------------ */

/* Notes the day of each basis that is there now: postings of new ones get this day first. */
static onus_status note_days(onus_reference_writer *w, onus_error *error) {
  if (w->n_posted_days == w->parts.n_bases)
    return ONUS_OK;
  if (w->parts.n_bases > w->posted_capacity) {
    size_t capacity = 2 * w->parts.n_bases;
    int32_t *grown = realloc(w->posted_days, capacity * sizeof *grown);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    w->posted_days = grown;
    w->posted_capacity = capacity;
  }
  for (; w->n_posted_days < w->parts.n_bases; w->n_posted_days++)
    w->posted_days[w->n_posted_days] = w->parts.bases[w->n_posted_days].known_day;
  return ONUS_OK;
}

static onus_status put_use(onus_reference_writer *w, onus_pending_use use, onus_error *error) {
  const char *id = w->parts.ttps[use.ttp].id;
  int32_t day = w->parts.bases[use.basis].known_day;
  onus_store_record record = {{id, strlen(id)}, {use.entry, use.basis, day, day, 0}};
  return onus_store_put(w->store, ONUS_REFERENCE_TTPS, &record, 1, error);
}

static onus_status put_uses(onus_reference_writer *w, onus_error *error) {
  for (size_t i = 0; i < w->n_uses; i++)
    ONUS_TRY(put_use(w, w->uses[i], error));
  w->n_uses = 0;
  return ONUS_OK;
}

onus_status onus_import_uses(onus_reference_writer *w, uint32_t entry, uint32_t ttp, uint32_t basis,
                             onus_error *error) {
  ONUS_TRY(check_number(entry, w->parts.n_entries, "entry", error));
  ONUS_TRY(check_number(ttp, w->parts.n_ttps, "technique or software", error));
  ONUS_TRY(check_number(basis, w->parts.n_bases, "basis", error));
  ONUS_TRY(note_days(w, error));
  if (w->n_uses == USES_KEPT)
    ONUS_TRY(put_uses(w, error));
  if (!ONUS_ROOM_FOR_ONE(w->uses, w->n_uses, w->uses_capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  w->uses[w->n_uses++] = (onus_pending_use){entry, ttp, basis};
  return ONUS_OK;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

onus_status onus_import_indicator(onus_reference_writer *w, uint32_t basis, const char *text, size_t text_bytes,
                                  bool *ret_is_indicator, onus_error *error) {
  ONUS_TRY(check_number(basis, w->parts.n_bases, "basis", error));
  const onus_basis *held = &w->parts.bases[basis];
  if (held->kind != ONUS_BASIS_LISTED)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "an indicator needs a basis that lists it");
  ONUS_TRY(note_days(w, error));
  while (text_bytes > 0 && is_blank(text[text_bytes - 1]))
    text_bytes--;
  for (; text_bytes > 0 && is_blank(text[0]); text_bytes--)
    text++;
  bool is_indicator = false;
  if (text_bytes > 0 && !memchr(text, '\n', text_bytes))
    ONUS_TRY(onus_writer_put_traces(w, basis, text, text_bytes, &is_indicator, error));
  if (is_indicator)
    ONUS_TRY(onus_listing_add(&w->listing, basis, text, text_bytes, error));
  *ret_is_indicator = is_indicator;
  return ONUS_OK;
}

/* --- sealing ------------------------------------------------------------------------------------------------------ */

static onus_status load(const void *store, const char *name, onus_text *ret_text, onus_error *error) {
  return onus_store_writer_document(store, name, ret_text, error);
}

/* The traces of all that a basis lists, once more, with its new day. */
static onus_status repost_listing(onus_reference_writer *w, uint32_t basis, onus_error *error) {
  onus_text lines;
  ONUS_TRY(onus_listing_read(load, w->store, &w->parts.listings[basis], &lines, error));
  onus_status status = ONUS_OK;
  for (const char *at = lines.bytes, *end = at + lines.length; status == ONUS_OK && at < end;) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((line_end ? line_end : end) - at);
    bool is_indicator;
    status = onus_writer_put_traces(w, basis, at, length, &is_indicator, error);
    at += length + 1;
  }
  onus_text_free(&lines);
  return status;
}

/* What was sealed of relations whose basis has another day now. */
static onus_status repost_uses(onus_reference_writer *w, onus_error *error) {
  for (uint32_t ttp = 0; ttp < w->parts.n_ttps; ttp++) {
    const char *id = w->parts.ttps[ttp].id;
    onus_store_key key = {id, strlen(id)};
    onus_store_query query = {.table = ONUS_REFERENCE_TTPS,
                              .keys = &key,
                              .n_keys = 1,
                              .as_of_day = ONUS_STORE_ALWAYS,
                              .cap_per_key = ONUS_STORE_POSTINGS_MAX};
    onus_store_postings found;
    ONUS_TRY(onus_store_look_up(w->sealed, &query, &found, error));
    onus_status status = ONUS_OK;
    for (size_t i = 0; status == ONUS_OK && i < found.first[1]; i++) {
      const onus_store_posting *posting = &found.postings[i];
      if (posting->report < w->n_sealed_bases && posting->holder < w->parts.n_entries &&
          w->posted_days[posting->report] != w->parts.bases[posting->report].known_day)
        status = put_use(w, (onus_pending_use){posting->holder, ttp, posting->report}, error);
    }
    onus_store_postings_free(&found);
    ONUS_TRY(status);
  }
  return ONUS_OK;
}

static onus_status repost(onus_reference_writer *w, onus_error *error) {
  bool uses_changed = false;
  for (uint32_t i = 0; i < w->parts.n_bases; i++) {
    const onus_basis *basis = &w->parts.bases[i];
    if (w->posted_days[i] == basis->known_day)
      continue;
    if (basis->kind == ONUS_BASIS_LISTED)
      ONUS_TRY(repost_listing(w, i, error));
    else
      uses_changed |= i < w->n_sealed_bases;
  }
  return uses_changed ? repost_uses(w, error) : ONUS_OK;
}

/* Not when it says what the sealed one says: importing twice changes nothing. */
static onus_status put_if_new(onus_reference_writer *w, const char *name, const onus_text *text, onus_error *error) {
  onus_text sealed;
  ONUS_TRY(onus_store_document(w->sealed, name, &sealed, error));
  bool is_same = sealed.bytes && sealed.length == text->length && memcmp(sealed.bytes, text->bytes, text->length) == 0;
  onus_text_free(&sealed);
  return is_same ? ONUS_OK : onus_store_put_document(w->store, name, text->bytes, text->length, error);
}

static onus_status put_catalogue(onus_reference_writer *w, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_catalogue_write(&w->parts, &text, error));
  onus_status status = put_if_new(w, ONUS_CATALOGUE_DOCUMENT, &text, error);
  onus_text_free(&text);
  if (status != ONUS_OK || w->parts.programs.n_programs == 0)
    return status;
  ONUS_TRY(onus_programs_write(&w->parts.programs, &text, error));
  status = put_if_new(w, ONUS_PROGRAMS_DOCUMENT, &text, error);
  onus_text_free(&text);
  return status;
}

onus_status onus_reference_writer_put_document(onus_reference_writer *w, const char *name, const void *bytes,
                                               size_t length_bytes, onus_error *error) {
  if (strcmp(name, ONUS_CATALOGUE_DOCUMENT) == 0 || strcmp(name, ONUS_PROGRAMS_DOCUMENT) == 0 ||
      strncmp(name, "listing/", 8) == 0)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the document \"%s\" is the reference's own", name);
  return onus_store_put_document(w->store, name, bytes, length_bytes, error);
}

onus_status onus_reference_writer_seal(onus_reference_writer *w, onus_error *error) {
  ONUS_TRY(note_days(w, error));
  ONUS_TRY(onus_catalogue_derive(&w->parts, error));
  ONUS_TRY(put_uses(w, error));
  ONUS_TRY(onus_listing_flush(&w->listing, error));
  ONUS_TRY(repost(w, error));
  ONUS_TRY(put_catalogue(w, error));
  ONUS_TRY(onus_store_seal(w->store, error));
  w->n_posted_days = 0;
  w->n_sealed_bases = w->parts.n_bases;
  return onus_store_refresh(w->sealed, error);
}
