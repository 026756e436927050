/* What was published as a list, kept so that it can be read back: lines that wait, sorted into spans of documents. */
#ifndef ONUS_REFERENCE_LISTING_INTERNAL_H
#define ONUS_REFERENCE_LISTING_INTERNAL_H

#include "base/buffer.h"
#include "reference/catalogue_internal.h"
#include "reference/listing_runs_internal.h"

typedef struct onus_listing_line {
  uint64_t beginning; /* its first 8 bytes, as a number that sorts as they do */
  uint32_t basis, offset_bytes, length_bytes;
  bool is_known;
} onus_listing_line;

typedef struct onus_listing_writer {
  onus_store_writer *store;
  onus_catalogue_parts *parts;
  size_t budget_bytes; /* of the texts that wait, and of what points to them */
  onus_buffer texts;
  onus_listing_line *lines;
  size_t n_lines, capacity;
  onus_runs runs;      /* of what did not fit */
  uint8_t *is_touched; /* bases that have lines in the runs */
  size_t n_touched;
} onus_listing_writer;

void onus_listing_writer_init(onus_listing_writer *writer, onus_store_writer *store, onus_catalogue_parts *parts,
                              size_t budget_bytes);
void onus_listing_writer_free(onus_listing_writer *writer);

/* `text` has no line end in it. */
ONUS_MUST_CHECK onus_status onus_listing_add(onus_listing_writer *writer, uint32_t basis, const char *text,
                                             size_t text_bytes, onus_error *error);

/* Puts what waits: new lines into a document, their spans and counts into the catalogue. */
ONUS_MUST_CHECK onus_status onus_listing_flush(onus_listing_writer *writer, onus_error *error);

/* Reads a document, as onus_store_document. */
typedef onus_status onus_listing_load(const void *store, const char *name, onus_text *ret_text, onus_error *error);

/* What a basis lists, one indicator a line. Free with onus_text_free. */
ONUS_MUST_CHECK onus_status onus_listing_read(onus_listing_load *load, const void *store, const onus_listing *listing,
                                              onus_text *ret_lines, onus_error *error);

#endif
