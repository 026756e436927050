/* Listings lie in documents "listing/0", "listing/1", …: for each basis a few spans of sorted lines. Lines wait in
 * memory; when there are many, or at the seal, they are sorted by basis and text, compared with the spans that their
 * bases have already, and what is new goes into a document. So a line stands once in its basis, in whatever order it
 * came, however often its file is imported, and memory stays bounded. */
#include "reference/listing_internal.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL_DOCUMENT_BYTES = 8 << 20 };

void onus_listing_writer_init(onus_listing_writer *writer, onus_store_writer *store, onus_catalogue_parts *parts,
                              size_t budget_bytes) {
  *writer = (onus_listing_writer){.store = store,
                                  .parts = parts,
                                  .budget_bytes = budget_bytes,
                                  .texts = onus_buffer_new(ONUS_STORE_DOCUMENT_BYTES_MAX)};
}

void onus_listing_writer_free(onus_listing_writer *writer) {
  onus_buffer_free(&writer->texts);
  free(writer->lines);
}

static uint64_t beginning_of(const char *text, size_t text_bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; i++)
    number = number << 8 | (i < text_bytes ? (unsigned char)text[i] : 0);
  return number;
}

onus_status onus_listing_add(onus_listing_writer *writer, uint32_t basis, const char *text, size_t text_bytes,
                             onus_error *error) {
  size_t used = writer->texts.length_bytes + (writer->n_lines + 1) * sizeof *writer->lines;
  if (writer->n_lines > 0 && used + text_bytes > writer->budget_bytes)
    ONUS_TRY(onus_listing_flush(writer, error));
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

static int compare_bytes(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
  int order = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);
  return order != 0 ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

static int by_basis_and_text(const void *a, const void *b, void *context) {
  const onus_listing_line *x = a, *y = b;
  const char *texts = context;
  if (x->basis != y->basis)
    return x->basis < y->basis ? -1 : 1;
  if (x->beginning != y->beginning)
    return x->beginning < y->beginning ? -1 : 1;
  return compare_bytes(texts + x->offset_bytes, x->length_bytes, texts + y->offset_bytes, y->length_bytes);
}

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
    int order = compare_bytes(writer->texts.bytes + line->offset_bytes, line->length_bytes, span, length);
    line->is_known |= order == 0;
    begin += order <= 0;
    if (order > 0)
      span += length + (line_end != NULL);
  }
}

/* Marks what lies in one document already. */
static onus_status mark_in_document(onus_listing_writer *writer, uint32_t document, onus_error *error) {
  onus_text text = {0};
  bool is_loaded = false;
  onus_status status = ONUS_OK;
  for (size_t begin = 0, end; status == ONUS_OK && begin < writer->n_lines; begin = end) {
    for (end = begin + 1; end < writer->n_lines && writer->lines[end].basis == writer->lines[begin].basis;)
      end++;
    const onus_listing *listing = &writer->parts->listings[writer->lines[begin].basis];
    for (size_t i = 0; status == ONUS_OK && i < listing->n_spans; i++) {
      onus_listing_span span = listing->spans[i];
      if (span.document != document)
        continue;
      char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
      onus_listing_name(document, name);
      if (!is_loaded)
        status = onus_store_writer_document(writer->store, name, &text, error);
      is_loaded = true;
      if (status == ONUS_OK && (span.offset_bytes > text.length || span.length_bytes > text.length - span.offset_bytes))
        status = ONUS_FAIL(error, ONUS_BAD_INPUT,
                           "the listings of the reference do not fit its catalogue; restore it from a copy");
      if (status == ONUS_OK)
        mark_in_span(writer, begin, end, text.bytes + span.offset_bytes, span.length_bytes);
    }
  }
  onus_text_free(&text);
  return status;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* Begins the document with what the last one has, when that is small: it is written again in its place. */
static onus_status begin_document(onus_listing_writer *writer, onus_buffer *out, uint32_t *ret_document,
                                  onus_error *error) {
  uint32_t count = writer->parts->n_listing_documents;
  *ret_document = count;
  if (count == 0)
    return ONUS_OK;
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  onus_listing_name(count - 1, name);
  onus_text last;
  ONUS_TRY(onus_store_writer_document(writer->store, name, &last, error));
  if (last.bytes && last.length <= SMALL_DOCUMENT_BYTES) {
    onus_buffer_append(out, last.bytes, last.length);
    *ret_document = count - 1;
  }
  onus_text_free(&last);
  return ONUS_OK;
}

static onus_status add_new_lines(onus_listing_writer *writer, onus_buffer *out, uint32_t document, onus_error *error) {
  for (size_t begin = 0, end; begin < writer->n_lines; begin = end) {
    uint32_t basis = writer->lines[begin].basis, n_new = 0;
    onus_listing_span span = {document, (uint32_t)out->length_bytes, 0};
    for (end = begin; end < writer->n_lines && writer->lines[end].basis == basis; end++) {
      const onus_listing_line *line = &writer->lines[end];
      if (line->is_known)
        continue;
      onus_buffer_append(out, writer->texts.bytes + line->offset_bytes, line->length_bytes);
      onus_buffer_character(out, '\n');
      n_new++;
    }
    span.length_bytes = (uint32_t)out->length_bytes - span.offset_bytes;
    if (n_new > 0)
      ONUS_TRY(onus_catalogue_add_span(writer->parts, basis, span, error));
    writer->parts->bases[basis].n_indicators += n_new;
  }
  return ONUS_OK;
}

static onus_status write_new_lines(onus_listing_writer *writer, onus_error *error) {
  size_t n_new = 0;
  for (size_t i = 0; i < writer->n_lines; i++)
    n_new += !writer->lines[i].is_known;
  if (n_new == 0)
    return ONUS_OK;
  onus_buffer out = onus_buffer_new(ONUS_STORE_DOCUMENT_BYTES_MAX);
  uint32_t document = 0;
  onus_status status = begin_document(writer, &out, &document, error);
  if (status == ONUS_OK)
    status = add_new_lines(writer, &out, document, error);
  if (status == ONUS_OK && out.status != ONUS_OK)
    status = ONUS_FAIL_NO_MEMORY(error);
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  onus_listing_name(document, name);
  if (status == ONUS_OK)
    status = onus_store_put_document(writer->store, name, out.bytes, out.length_bytes, error);
  if (status == ONUS_OK && document == writer->parts->n_listing_documents)
    writer->parts->n_listing_documents++;
  onus_buffer_free(&out);
  return status;
}

onus_status onus_listing_flush(onus_listing_writer *writer, onus_error *error) {
  if (writer->n_lines == 0)
    return ONUS_OK;
  qsort_r(writer->lines, writer->n_lines, sizeof *writer->lines, by_basis_and_text, writer->texts.bytes);
  mark_repeated(writer);
  for (uint32_t document = 0; document < writer->parts->n_listing_documents; document++)
    ONUS_TRY(mark_in_document(writer, document, error));
  ONUS_TRY(write_new_lines(writer, error));
  writer->n_lines = 0;
  writer->texts.length_bytes = 0;
  return ONUS_OK;
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
