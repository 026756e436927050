/* Listings lie in documents "listing/0", "listing/1", …: for each basis a few spans of sorted lines. Lines wait in
 * memory, and in sorted runs outside of it when they are many; at the seal they are sorted by basis and text, compared
 * with the spans that their bases have already, and what is new goes into documents. So a line stands once in its
 * basis, in whatever order it came, however often its file is imported; memory stays bounded, and its bound changes
 * nothing. */
#include "reference/listing_internal.h"

#include <stdlib.h>
#include <string.h>

/* A document of this size is not added to any more. */
enum { FULL_DOCUMENT_BYTES = 8 << 20, BUDGET_BYTES_MAX = 1 << 30 };

void onus_listing_writer_init(onus_listing_writer *writer, onus_store_writer *store, onus_catalogue_parts *parts,
                              size_t budget_bytes) {
  *writer = (onus_listing_writer){
      .store = store, .parts = parts, .budget_bytes = budget_bytes, .texts = onus_buffer_new(UINT32_MAX)};
  onus_runs_init(&writer->runs);
}

void onus_listing_writer_free(onus_listing_writer *writer) {
  onus_buffer_free(&writer->texts);
  free(writer->lines);
  onus_runs_free(&writer->runs);
  free(writer->is_touched);
}

static uint64_t beginning_of(const char *text, size_t text_bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; i++)
    number = number << 8 | (i < text_bytes ? (unsigned char)text[i] : 0);
  return number;
}

static int by_basis_and_text(const void *a, const void *b, void *context) {
  const onus_listing_line *x = a, *y = b;
  const char *texts = context;
  if (x->basis != y->basis)
    return x->basis < y->basis ? -1 : 1;
  if (x->beginning != y->beginning)
    return x->beginning < y->beginning ? -1 : 1;
  return onus_run_compare(texts + x->offset_bytes, x->length_bytes, texts + y->offset_bytes, y->length_bytes);
}

/* Lines of one basis mostly come together, and bases in their order: then each is sorted alone. */
static void sort(onus_listing_writer *writer) {
  onus_listing_line *lines = writer->lines;
  size_t n_lines = writer->n_lines, in_order = 1;
  while (in_order < n_lines && lines[in_order - 1].basis <= lines[in_order].basis)
    in_order++;
  bool is_in_order = in_order >= n_lines;
  for (size_t begin = 0, end; begin < n_lines; begin = end) {
    for (end = begin + 1; end < n_lines && (!is_in_order || lines[end].basis == lines[begin].basis);)
      end++;
    qsort_r(lines + begin, end - begin, sizeof *lines, by_basis_and_text, writer->texts.bytes);
  }
}

/* --- what does not fit -------------------------------------------------------------------------------------------- */

static onus_status note_touched(onus_listing_writer *writer, onus_error *error) {
  size_t n_bases = writer->parts->n_bases;
  if (n_bases > writer->n_touched) {
    uint8_t *grown = realloc(writer->is_touched, 2 * n_bases);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    memset(grown + writer->n_touched, 0, 2 * n_bases - writer->n_touched);
    writer->is_touched = grown;
    writer->n_touched = 2 * n_bases;
  }
  for (size_t i = 0; i < writer->n_lines; i++)
    writer->is_touched[writer->lines[i].basis] = 1;
  return ONUS_OK;
}

/* Makes a run of the lines that wait. */
static onus_status set_aside(onus_listing_writer *writer, onus_error *error) {
  if (writer->runs.fd < 0) {
    int fd;
    ONUS_TRY(onus_store_scratch(writer->store, &fd, error));
    ONUS_TRY(onus_runs_open(&writer->runs, fd, error));
  }
  sort(writer);
  ONUS_TRY(note_touched(writer, error));
  ONUS_TRY(onus_runs_begin(&writer->runs, error));
  for (size_t i = 0; i < writer->n_lines; i++) {
    const onus_listing_line *line = &writer->lines[i];
    onus_run_line written = {line->basis, false, writer->texts.bytes + line->offset_bytes, line->length_bytes};
    ONUS_TRY(onus_runs_add(&writer->runs, &written, error));
  }
  ONUS_TRY(onus_runs_end(&writer->runs, error));
  writer->n_lines = 0;
  writer->texts.length_bytes = 0;
  return ONUS_OK;
}

onus_status onus_listing_add(onus_listing_writer *writer, uint32_t basis, const char *text, size_t text_bytes,
                             onus_error *error) {
  size_t used = writer->texts.length_bytes + (writer->n_lines + 1) * sizeof *writer->lines;
  if (writer->n_lines > 0 && used + text_bytes > writer->budget_bytes)
    ONUS_TRY(set_aside(writer, error));
  if (writer->n_lines == writer->capacity) {
    size_t capacity = writer->capacity ? writer->capacity + writer->capacity / 2 : 1024;
    onus_listing_line *grown = realloc(writer->lines, capacity * sizeof *grown);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    writer->lines = grown;
    writer->capacity = capacity;
  }
  uint32_t offset = (uint32_t)writer->texts.length_bytes;
  onus_buffer_append(&writer->texts, text, text_bytes);
  if (writer->texts.status != ONUS_OK)
    return ONUS_FAIL_NO_MEMORY(error);
  writer->lines[writer->n_lines++] =
      (onus_listing_line){beginning_of(text, text_bytes), basis, offset, (uint32_t)text_bytes, false};
  return ONUS_OK;
}

/* --- sorting and comparing ---------------------------------------------------------------------------------------- */

static void mark_repeated(onus_listing_writer *writer) {
  for (size_t i = 1; i < writer->n_lines; i++)
    writer->lines[i].is_known = by_basis_and_text(&writer->lines[i - 1], &writer->lines[i], writer->texts.bytes) == 0;
}

/* Walks along sorted lines and a sorted span together. */
static void mark_in_span(onus_listing_writer *writer, size_t begin, size_t end, const char *span, size_t span_bytes) {
  const char *span_end = span + span_bytes;
  while (begin < end && span < span_end) {
    const char *line_end = memchr(span, '\n', (size_t)(span_end - span));
    size_t length = (size_t)((line_end ? line_end : span_end) - span);
    onus_listing_line *line = &writer->lines[begin];
    int order = onus_run_compare(writer->texts.bytes + line->offset_bytes, line->length_bytes, span, length);
    line->is_known |= order == 0;
    begin += order <= 0;
    if (order > 0)
      span += length + (line_end != NULL);
  }
}

/* Loads a document when it is needed first. */
static onus_status load_span(const onus_listing_writer *writer, onus_listing_span span, onus_text *text,
                             onus_error *error) {
  if (!text->bytes) {
    char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
    onus_listing_name(span.document, name);
    ONUS_TRY(onus_store_writer_document(writer->store, name, text, error));
  }
  if (!text->bytes || span.offset_bytes > text->length || span.length_bytes > text->length - span.offset_bytes)
    return ONUS_FAIL(error, ONUS_BAD_INPUT,
                     "the listings of the reference do not fit its catalogue; restore it from a copy");
  return ONUS_OK;
}

/* Marks what lies in one document already. */
static onus_status mark_in_document(onus_listing_writer *writer, uint32_t document, onus_error *error) {
  onus_text text = {0};
  onus_status status = ONUS_OK;
  for (size_t begin = 0, end; status == ONUS_OK && begin < writer->n_lines; begin = end) {
    for (end = begin + 1; end < writer->n_lines && writer->lines[end].basis == writer->lines[begin].basis;)
      end++;
    const onus_listing *listing = &writer->parts->listings[writer->lines[begin].basis];
    for (size_t i = 0; status == ONUS_OK && i < listing->n_spans; i++) {
      onus_listing_span span = listing->spans[i];
      if (span.document != document)
        continue;
      status = load_span(writer, span, &text, error);
      if (status == ONUS_OK)
        mark_in_span(writer, begin, end, text.bytes + span.offset_bytes, span.length_bytes);
    }
  }
  onus_text_free(&text);
  return status;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* Where new lines go: the document that is being filled, and the span of the basis at hand. */
typedef struct emission {
  onus_listing_writer *writer;
  onus_buffer out;
  bool has_document;
  uint32_t document, basis;
  size_t span_begin;
} emission;

/* Begins the document with what the last one has, when that is not full: it is written again in its place. */
static onus_status begin_document(emission *e, onus_error *error) {
  uint32_t count = e->writer->parts->n_listing_documents;
  e->has_document = true;
  e->document = count;
  onus_buffer_reserve(&e->out, FULL_DOCUMENT_BYTES + 4096);
  if (count == 0)
    return ONUS_OK;
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  onus_listing_name(count - 1, name);
  onus_text last;
  ONUS_TRY(onus_store_writer_document(e->writer->store, name, &last, error));
  if (last.bytes && last.length <= FULL_DOCUMENT_BYTES) {
    onus_buffer_append(&e->out, last.bytes, last.length);
    e->document = count - 1;
  }
  onus_text_free(&last);
  e->span_begin = e->out.length_bytes;
  return ONUS_OK;
}

static onus_status end_span(emission *e, onus_error *error) {
  size_t begin = e->span_begin, end = e->out.length_bytes;
  e->span_begin = end;
  if (begin == end)
    return ONUS_OK;
  return onus_catalogue_add_span(e->writer->parts, e->basis,
                                 (onus_listing_span){e->document, (uint32_t)begin, (uint32_t)(end - begin)}, error);
}

static onus_status end_document(emission *e, onus_error *error) {
  onus_catalogue_parts *parts = e->writer->parts;
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  if (!e->has_document)
    return ONUS_OK;
  ONUS_TRY(end_span(e, error));
  if (e->out.status != ONUS_OK)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_listing_name(e->document, name);
  ONUS_TRY(onus_store_put_document(e->writer->store, name, e->out.bytes, e->out.length_bytes, error));
  parts->n_listing_documents += e->document == parts->n_listing_documents;
  e->out.length_bytes = e->span_begin = 0;
  e->has_document = false;
  return ONUS_OK;
}

static onus_status emit(void *context, const onus_run_line *line, onus_error *error) {
  emission *e = context;
  if (line->is_known)
    return ONUS_OK;
  if (e->has_document && e->out.length_bytes >= FULL_DOCUMENT_BYTES)
    ONUS_TRY(end_document(e, error));
  if (!e->has_document)
    ONUS_TRY(begin_document(e, error));
  if (line->basis != e->basis)
    ONUS_TRY(end_span(e, error));
  e->basis = line->basis;
  onus_buffer_append(&e->out, line->text, line->text_bytes);
  onus_buffer_character(&e->out, '\n');
  e->writer->parts->bases[line->basis].n_indicators++;
  return ONUS_OK;
}

static onus_status emit_waiting(onus_listing_writer *writer, emission *e, onus_error *error) {
  sort(writer);
  mark_repeated(writer);
  for (uint32_t document = 0; document < writer->parts->n_listing_documents; document++)
    ONUS_TRY(mark_in_document(writer, document, error));
  for (size_t i = 0; i < writer->n_lines; i++) {
    const onus_listing_line *line = &writer->lines[i];
    onus_run_line emitted = {line->basis, line->is_known, writer->texts.bytes + line->offset_bytes, line->length_bytes};
    ONUS_TRY(emit(e, &emitted, error));
  }
  return ONUS_OK;
}

/* The span of number `which` that a basis has in a document; false when it has none. */
static bool find_span(const onus_listing *listing, uint32_t document, size_t which, onus_listing_span *ret_span) {
  for (size_t i = 0; i < listing->n_spans; i++)
    if (listing->spans[i].document == document && which-- == 0) {
      *ret_span = listing->spans[i];
      return true;
    }
  return false;
}

static onus_status add_known(onus_runs *runs, uint32_t basis, const char *span, size_t span_bytes, onus_error *error) {
  for (const char *at = span, *end = span + span_bytes; at < end;) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((line_end ? line_end : end) - at);
    onus_run_line known = {basis, true, at, length};
    ONUS_TRY(onus_runs_add(runs, &known, error));
    at += length + 1;
  }
  return ONUS_OK;
}

/* Makes runs of what the bases at hand have in one document: each span is sorted, two of one basis go into two. */
static onus_status set_known_aside(onus_listing_writer *writer, uint32_t document, onus_error *error) {
  onus_text text = {0};
  onus_status status = ONUS_OK;
  bool found = true;
  for (size_t which = 0; status == ONUS_OK && found; which++) {
    found = false;
    status = onus_runs_begin(&writer->runs, error);
    for (uint32_t basis = 0; status == ONUS_OK && basis < writer->parts->n_bases; basis++) {
      onus_listing_span span;
      if (!writer->is_touched[basis] || !find_span(&writer->parts->listings[basis], document, which, &span))
        continue;
      found = true;
      status = load_span(writer, span, &text, error);
      if (status == ONUS_OK)
        status = add_known(&writer->runs, basis, text.bytes + span.offset_bytes, span.length_bytes, error);
    }
    if (status == ONUS_OK)
      status = onus_runs_end(&writer->runs, error);
  }
  onus_text_free(&text);
  return status;
}

static onus_status emit_runs(onus_listing_writer *writer, emission *e, onus_error *error) {
  ONUS_TRY(set_aside(writer, error));
  for (uint32_t document = 0; document < writer->parts->n_listing_documents; document++)
    ONUS_TRY(set_known_aside(writer, document, error));
  return onus_runs_merge(&writer->runs, emit, e, error);
}

onus_status onus_listing_flush(onus_listing_writer *writer, onus_error *error) {
  emission e = {.writer = writer, .out = onus_buffer_new(ONUS_STORE_DOCUMENT_BYTES_MAX), .basis = ONUS_NO_NUMBER};
  if (writer->n_lines == 0 && writer->runs.n_runs == 0)
    return ONUS_OK;
  onus_status status = writer->runs.n_runs == 0 ? emit_waiting(writer, &e, error) : emit_runs(writer, &e, error);
  if (status == ONUS_OK)
    status = end_document(&e, error);
  onus_buffer_free(&e.out);
  onus_runs_free(&writer->runs);
  free(writer->is_touched);
  writer->is_touched = NULL;
  writer->n_touched = 0;
  writer->n_lines = 0;
  writer->texts.length_bytes = 0;
  return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* Appends what one span has. Neighbouring spans mostly lie in one document: it is read once. */
static onus_status append_span(onus_listing_load *load, const void *store, onus_listing_span span, uint32_t *held,
                               onus_text *text, onus_buffer *out, onus_error *error) {
  if (*held != span.document || !text->bytes) {
    char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
    onus_listing_name(span.document, name);
    onus_text_free(text);
    *text = (onus_text){0};
    ONUS_TRY(load(store, name, text, error));
    *held = span.document;
  }
  if (!text->bytes || span.offset_bytes > text->length || span.length_bytes > text->length - span.offset_bytes)
    return ONUS_FAIL(error, ONUS_BAD_INPUT,
                     "the listings of the reference do not fit its catalogue; restore it from a copy or import again");
  onus_buffer_append(out, text->bytes + span.offset_bytes, span.length_bytes);
  return ONUS_OK;
}

onus_status onus_listing_read(onus_listing_load *load, const void *store, const onus_listing *listing,
                              onus_text *ret_lines, onus_error *error) {
  onus_buffer out = onus_buffer_new((size_t)1 << 31);
  onus_text text = {0};
  uint32_t held = 0;
  onus_status status = ONUS_OK;
  for (size_t i = 0; status == ONUS_OK && i < listing->n_spans; i++)
    status = append_span(load, store, listing->spans[i], &held, &text, &out, error);
  onus_text_free(&text);
  if (status == ONUS_OK)
    return onus_buffer_take(&out, ret_lines, error);
  onus_buffer_free(&out);
  return status;
}
