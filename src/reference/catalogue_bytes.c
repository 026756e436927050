/* The catalogue as a document: a head, arrays of numbers, texts. docs/FORMATS.md has the bytes.
 *
 * Whoever made it, nothing in it is believed: sizes are checked against the length before anything is allocated, each
 * number against what it counts, each text against the end, and what stands twice is refused. Memory stays within a
 * small multiple of the document, which the store bounds. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/little_endian.h"
#include "document/text_internal.h"
#include "reference/catalogue_internal.h"

static const char magic[8] = "ONUSCAT\n";

enum { HEAD_NUMBERS = 11, HEAD_BYTES = 8 + 4 * HEAD_NUMBERS };

/* Of each array, how many numbers (u32) an element has; in the order of the file. */
enum { N_ARRAYS = 8 };
static const unsigned element_numbers[N_ARRAYS] = {2, 4, 5, 4, 5, 4, 3, 1};
enum { SOURCES, ENTRIES, CLAIMS, REPORTS, BASES, TTPS, SPANS, NUMBERS };

/* --- writing ------------------------------------------------------------------------------------------------------ */

typedef struct output {
  onus_buffer numbers, texts;
} output;

static void put_number(output *out, uint32_t number) {
  const unsigned char bytes[4] = {(unsigned char)number, (unsigned char)(number >> 8), (unsigned char)(number >> 16),
                                  (unsigned char)(number >> 24)};
  onus_buffer_append(&out->numbers, (const char *)bytes, sizeof bytes);
}

static void put_text(output *out, const char *text) {
  put_number(out, (uint32_t)out->texts.length_bytes);
  onus_buffer_append(&out->texts, text ? text : "", strlen(text ? text : "") + 1);
}

static void put_bases(const onus_catalogue_parts *parts, output *out) {
  for (size_t i = 0; i < parts->n_bases; i++) {
    const onus_basis *basis = &parts->bases[i];
    put_number(out, (uint32_t)basis->kind | (uint32_t)basis->n_campaigns << 1);
    put_number(out, basis->entry);
    put_number(out, (uint32_t)basis->n_reports);
    put_number(out, basis->n_indicators);
    put_number(out, (uint32_t)parts->listings[i].n_spans);
  }
}

static void put_rows(const onus_catalogue_parts *parts, output *out) {
  for (size_t i = 0; i < parts->n_sources; i++) {
    put_text(out, parts->sources[i].id);
    put_text(out, parts->sources[i].title);
  }
  for (size_t i = 0; i < parts->n_entries; i++) {
    put_number(out, (uint32_t)parts->entries[i].kind);
    put_number(out, parts->entries[i].source);
    put_text(out, parts->entries[i].upstream_id);
    put_text(out, parts->entries[i].name);
  }
  for (size_t i = 0; i < parts->n_claims; i++) {
    put_number(out, (uint32_t)parts->claims[i].kind);
    put_number(out, parts->claims[i].entry);
    put_text(out, parts->claims[i].name);
    put_number(out, parts->claims[i].report);
    put_number(out, (uint32_t)parts->claims[i].known_day);
  }
  for (size_t i = 0; i < parts->n_reports; i++) {
    put_text(out, parts->reports[i].key);
    put_text(out, parts->reports[i].title);
    put_number(out, (uint32_t)parts->reports[i].period.first_day);
    put_number(out, (uint32_t)parts->reports[i].period.last_day);
  }
  put_bases(parts, out);
  for (size_t i = 0; i < parts->n_ttps; i++) {
    put_number(out, (uint32_t)parts->ttps[i].kind);
    put_text(out, parts->ttps[i].id);
    put_text(out, parts->ttps[i].name);
    put_text(out, parts->parents[i]);
  }
}

/* Spans, then the lists of reports and campaigns. */
static void put_lists(const onus_catalogue_parts *parts, output *out) {
  for (size_t i = 0; i < parts->n_bases; i++)
    for (size_t k = 0; k < parts->listings[i].n_spans; k++) {
      const onus_listing_span *span = &parts->listings[i].spans[k];
      put_number(out, span->document);
      put_number(out, span->offset_bytes);
      put_number(out, span->length_bytes);
    }
  for (size_t i = 0; i < parts->n_bases; i++) {
    for (size_t k = 0; k < parts->bases[i].n_reports; k++)
      put_number(out, parts->bases[i].reports[k]);
    for (size_t k = 0; k < parts->bases[i].n_campaigns; k++)
      put_number(out, parts->bases[i].campaigns[k]);
  }
}

static void put_head(const onus_catalogue_parts *parts, size_t n_text_bytes, output *out) {
  size_t n_spans = 0, n_numbers = 0;
  for (size_t i = 0; i < parts->n_bases; i++) {
    n_spans += parts->listings[i].n_spans;
    n_numbers += parts->bases[i].n_reports + parts->bases[i].n_campaigns;
  }
  const size_t counts[HEAD_NUMBERS - 1] = {
      parts->n_sources, parts->n_entries, parts->n_claims, parts->n_reports, parts->n_bases,
      parts->n_ttps,    n_spans,          n_numbers,       n_text_bytes,     parts->n_listing_documents};
  onus_buffer_append(&out->numbers, magic, sizeof magic);
  put_number(out, ONUS_CATALOGUE_VERSION);
  for (size_t i = 0; i < HEAD_NUMBERS - 1; i++)
    put_number(out, (uint32_t)counts[i]);
}

onus_status onus_catalogue_write(const onus_catalogue_parts *parts, onus_text *ret_text, onus_error *error) {
  output head = {onus_buffer_new(HEAD_BYTES + 1), onus_buffer_new(1)};
  output body = {onus_buffer_new(ONUS_STORE_DOCUMENT_BYTES_MAX), onus_buffer_new(ONUS_STORE_DOCUMENT_BYTES_MAX)};
  put_rows(parts, &body);
  put_lists(parts, &body);
  put_head(parts, body.texts.length_bytes, &head);
  onus_buffer whole = onus_buffer_new(ONUS_STORE_DOCUMENT_BYTES_MAX);
  onus_buffer *pieces[3] = {&head.numbers, &body.numbers, &body.texts};
  for (size_t i = 0; i < 3; i++) {
    if (pieces[i]->length_bytes > 0)
      onus_buffer_append(&whole, pieces[i]->bytes, pieces[i]->length_bytes);
    if (pieces[i]->status != ONUS_OK && whole.status == ONUS_OK)
      whole.status = pieces[i]->status;
    onus_buffer_free(pieces[i]);
  }
  onus_buffer_free(&head.texts);
  if (whole.status == ONUS_LIMIT) {
    onus_buffer_free(&whole);
    return ONUS_FAIL(error, ONUS_LIMIT, "the catalogue grows beyond %d bytes; make two references of it",
                     ONUS_STORE_DOCUMENT_BYTES_MAX);
  }
  return onus_buffer_take(&whole, ret_text, error);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct input {
  const char *place;
  const unsigned char *bytes, *at; /* `at`: the next number */
  uint32_t counts[HEAD_NUMBERS - 1];
  const char *texts;
  size_t n_text_bytes, texts_taken;
  const unsigned char *spans, *spans_end, *lists, *lists_end;
  onus_catalogue_parts *parts;
  onus_error *error;
} input;

static onus_status fail_at(const input *in, const char *what) {
  return ONUS_FAIL_AT(in->error, ONUS_BAD_INPUT, in->place, 0, 0,
                      "the catalogue is damaged at byte %zu: %s; restore it from a copy or import again",
                      (size_t)(in->at - in->bytes), what);
}

static uint32_t take(input *in) {
  uint32_t number = onus_load_le32(in->at);
  in->at += 4;
  return number;
}

/* A text, behind the one before, so that none is shared and memory stays in bounds. Its end is sure, since the last
 * byte of all is a zero. */
static onus_status take_text(input *in, const char **ret_text) {
  if (take(in) != in->texts_taken || in->texts_taken >= in->n_text_bytes)
    return fail_at(in, "the texts are not in their order");
  const char *text = in->texts + in->texts_taken;
  size_t length = strlen(text);
  in->texts_taken += length + 1;
  if (length > ONUS_CATALOGUE_URL_BYTES)
    return fail_at(in, "a text is too long");
  for (size_t at = 0; at < length;) {
    uint32_t character;
    size_t width = onus_text_decode(text + at, length - at, &character);
    if (width == 0 || character < 0x20)
      return fail_at(in, "a text is not UTF-8, or has control characters");
    at += width;
  }
  const char *copy = onus_arena_copy(in->parts->arena, text, length);
  if (!copy)
    return ONUS_FAIL_NO_MEMORY(in->error);
  *ret_text = copy;
  return ONUS_OK;
}

static onus_status take_below(input *in, uint32_t count, bool may_be_none, uint32_t *ret_number) {
  uint32_t number = take(in);
  if (number >= count && !(may_be_none && number == ONUS_NO_NUMBER))
    return fail_at(in, "a number points to nothing");
  *ret_number = number;
  return ONUS_OK;
}

/* Each element is new: as many of them as were read. */
static onus_status check_new(const input *in, size_t count, size_t expected) {
  return count == expected ? ONUS_OK : fail_at(in, "something stands twice");
}

static onus_status take_source(input *in, size_t index) {
  const char *id, *title;
  uint32_t number;
  ONUS_TRY(take_text(in, &id));
  ONUS_TRY(take_text(in, &title));
  ONUS_TRY(onus_catalogue_add_source(in->parts, id, title, &number, in->error));
  return check_new(in, in->parts->n_sources, index + 1);
}

static onus_status take_entry(input *in, size_t index) {
  uint32_t kind, number;
  onus_entry entry;
  ONUS_TRY(take_below(in, 2, false, &kind));
  entry.kind = (onus_entry_kind)kind;
  ONUS_TRY(take_below(in, in->counts[SOURCES], false, &entry.source));
  ONUS_TRY(take_text(in, &entry.upstream_id));
  ONUS_TRY(take_text(in, &entry.name));
  ONUS_TRY(onus_catalogue_add_entry(in->parts, &entry, &number, in->error));
  return check_new(in, in->parts->n_entries, index + 1);
}

static onus_status take_claim(input *in, size_t index) {
  uint32_t kind;
  onus_claim claim;
  ONUS_TRY(take_below(in, 2, false, &kind));
  claim.kind = (onus_claim_kind)kind;
  ONUS_TRY(take_below(in, in->counts[ENTRIES], false, &claim.entry));
  ONUS_TRY(take_text(in, &claim.name));
  ONUS_TRY(take_below(in, in->counts[REPORTS], true, &claim.report));
  claim.known_day = (int32_t)take(in);
  ONUS_TRY(onus_catalogue_add_claim(in->parts, &claim, in->error));
  return check_new(in, in->parts->n_claims, index + 1);
}

static onus_status take_report(input *in, size_t index) {
  uint32_t number;
  onus_report report;
  ONUS_TRY(take_text(in, &report.key));
  ONUS_TRY(take_text(in, &report.title));
  report.period.first_day = (int32_t)take(in);
  report.period.last_day = (int32_t)take(in);
  bool first_is_unknown = report.period.first_day == ONUS_DAY_UNKNOWN;
  if (report.period.last_day < report.period.first_day ||
      first_is_unknown != (report.period.last_day == ONUS_DAY_UNKNOWN))
    return fail_at(in, "a period ends before it begins");
  ONUS_TRY(onus_catalogue_add_report(in->parts, &report, &number, in->error));
  return check_new(in, in->parts->n_reports, index + 1);
}

/* `count` ascending numbers of the lists, each below `below`. */
static onus_status take_list(input *in, size_t count, uint32_t below, uint32_t **ret_numbers) {
  if (count > (size_t)(in->lists_end - in->lists) / 4)
    return fail_at(in, "a list is longer than all lists");
  uint32_t *numbers = calloc(count + 1, sizeof *numbers);
  if (!numbers)
    return ONUS_FAIL_NO_MEMORY(in->error);
  for (size_t i = 0; i < count; i++, in->lists += 4) {
    numbers[i] = onus_load_le32(in->lists);
    if (numbers[i] >= below || (i > 0 && numbers[i] <= numbers[i - 1])) {
      free(numbers);
      return fail_at(in, "a list is out of order or points to nothing");
    }
  }
  *ret_numbers = numbers;
  return ONUS_OK;
}

static onus_status take_spans(input *in, uint32_t basis, uint32_t n_spans) {
  if (n_spans > (size_t)(in->spans_end - in->spans) / 12)
    return fail_at(in, "there are fewer spans");
  for (uint32_t i = 0; i < n_spans; i++, in->spans += 12) {
    onus_listing_span span = {onus_load_le32(in->spans), onus_load_le32(in->spans + 4), onus_load_le32(in->spans + 8)};
    if (span.document >= in->parts->n_listing_documents || span.length_bytes > ONUS_STORE_DOCUMENT_BYTES_MAX ||
        span.offset_bytes > ONUS_STORE_DOCUMENT_BYTES_MAX - span.length_bytes)
      return fail_at(in, "a span lies outside of its document");
    ONUS_TRY(onus_catalogue_add_span(in->parts, basis, span, in->error));
  }
  return ONUS_OK;
}

static onus_status take_basis(input *in, size_t index) {
  onus_basis basis = {0};
  uint32_t number, kind = take(in);
  basis.kind = (onus_basis_kind)(kind & 1);
  basis.n_campaigns = kind >> 1;
  ONUS_TRY(take_below(in, in->counts[ENTRIES], true, &basis.entry));
  basis.n_reports = take(in);
  basis.n_indicators = take(in);
  uint32_t n_spans = take(in), *reports = NULL, *campaigns = NULL;
  if (basis.kind == ONUS_BASIS_LISTED && basis.entry == ONUS_NO_NUMBER)
    return fail_at(in, "a listing that nobody holds");
  onus_status status = take_list(in, basis.n_reports, in->counts[REPORTS], &reports);
  if (status == ONUS_OK)
    status = take_list(in, basis.n_campaigns, in->counts[ENTRIES], &campaigns);
  basis.reports = reports;
  basis.campaigns = campaigns;
  if (status == ONUS_OK)
    status = onus_catalogue_add_basis(in->parts, &basis, &number, in->error);
  free(reports);
  free(campaigns);
  ONUS_TRY(status);
  ONUS_TRY(check_new(in, in->parts->n_bases, index + 1));
  return take_spans(in, number, n_spans);
}

static onus_status take_ttp(input *in, size_t index) {
  uint32_t kind, number;
  onus_ttp ttp = {.parent = ONUS_NO_NUMBER};
  const char *parent_id;
  ONUS_TRY(take_below(in, 3, false, &kind));
  ttp.kind = (onus_ttp_kind)kind;
  ONUS_TRY(take_text(in, &ttp.id));
  ONUS_TRY(take_text(in, &ttp.name));
  ONUS_TRY(take_text(in, &parent_id));
  ONUS_TRY(onus_catalogue_add_ttp(in->parts, &ttp, parent_id[0] ? parent_id : NULL, &number, in->error));
  return check_new(in, in->parts->n_ttps, index + 1);
}

static onus_status take_head(input *in, size_t length_bytes) {
  if (length_bytes < HEAD_BYTES || memcmp(in->bytes, magic, sizeof magic) != 0)
    return fail_at(in, "a catalogue does not begin like this");
  in->at += sizeof magic;
  uint32_t version = take(in);
  if (version != ONUS_CATALOGUE_VERSION)
    return ONUS_FAIL_AT(in->error, ONUS_UNSUPPORTED, in->place, 0, 0,
                        "the catalogue is of version %" PRIu32 "; this onus reads version %d", version,
                        ONUS_CATALOGUE_VERSION);
  uint64_t length = HEAD_BYTES, rows = 0;
  for (size_t i = 0; i < HEAD_NUMBERS - 1; i++) {
    in->counts[i] = take(in);
    if (i < N_ARRAYS)
      length += (uint64_t)in->counts[i] * element_numbers[i] * 4;
    if (i < SPANS)
      rows += (uint64_t)in->counts[i] * element_numbers[i] * 4;
  }
  in->n_text_bytes = in->counts[N_ARRAYS];
  in->parts->n_listing_documents = in->counts[N_ARRAYS + 1];
  if (length + in->n_text_bytes != length_bytes)
    return fail_at(in, "the numbers of its parts do not fit its length");
  in->spans = in->at + rows;
  in->lists = in->spans_end = in->spans + (size_t)in->counts[SPANS] * 12;
  in->lists_end = in->lists + (size_t)in->counts[NUMBERS] * 4;
  in->texts = (const char *)in->lists_end;
  if (in->n_text_bytes > 0 && in->texts[in->n_text_bytes - 1] != '\0')
    return fail_at(in, "the last text has no end");
  if (in->parts->n_listing_documents > ONUS_STORE_DOCUMENTS_MAX)
    return fail_at(in, "there are too many listings");
  return ONUS_OK;
}

onus_status onus_catalogue_parse(const char *place, const char *bytes, size_t length_bytes, onus_catalogue_parts *parts,
                                 onus_error *error) {
  static onus_status (*const take_element[])(input *, size_t) = {take_source, take_entry, take_claim,
                                                                 take_report, take_basis, take_ttp};
  ONUS_TRY(onus_catalogue_init(parts, error));
  const unsigned char *start = (const unsigned char *)bytes;
  input in = {.place = place, .bytes = start, .at = start, .parts = parts, .error = error};
  ONUS_TRY(take_head(&in, length_bytes));
  for (unsigned array = 0; array < SPANS; array++)
    for (uint32_t i = 0; i < in.counts[array]; i++)
      ONUS_TRY(take_element[array](&in, i));
  if (in.spans != in.spans_end || in.lists != in.lists_end || in.texts_taken != in.n_text_bytes)
    return fail_at(&in, "spans, lists or texts are left over");
  return ONUS_OK;
}

onus_status onus_catalogue_load(const onus_store *store, const char *place, onus_catalogue_parts *parts,
                                onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_store_document(store, ONUS_CATALOGUE_DOCUMENT, &text, error));
  if (!text.bytes)
    return onus_catalogue_init(parts, error);
  onus_status status = onus_catalogue_parse(place, text.bytes, text.length, parts, error);
  onus_text_free(&text);
  return status;
}
