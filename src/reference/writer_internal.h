/* What an open writer is made of. */
#ifndef ONUS_REFERENCE_WRITER_INTERNAL_H
#define ONUS_REFERENCE_WRITER_INTERNAL_H

#include "reference/import.h"
#include "reference/listing_internal.h"
#include "reference/suffix.h"

/* A use that waits for the seal, when its day is sure. */
typedef struct onus_pending_use {
  uint32_t entry, ttp, basis;
} onus_pending_use;

struct onus_reference_writer {
  onus_store_writer *store;
  onus_store *sealed; /* as it was when the writer was opened, or last sealed */
  onus_catalogue_parts parts;
  onus_listing_writer listing;
  onus_suffixes *suffixes;
  size_t input_bytes; /* that an input may take */
  size_t n_sealed_bases;
  int32_t *posted_days; /* of bases: the day that their postings have, so far */
  size_t n_posted_days, posted_capacity;
  onus_pending_use *uses;
  size_t n_uses, uses_capacity;
  uint32_t *numbers; /* room for sorting a list */
  size_t numbers_capacity;
};

/* Puts the traces of one indicator for the holder of a basis, with its day (writer_indicator.c). *ret_is_indicator
 * false: it is none, and nothing was put. */
ONUS_MUST_CHECK onus_status onus_writer_put_traces(onus_reference_writer *writer, uint32_t basis, const char *text,
                                                   size_t text_bytes, bool *ret_is_indicator, onus_error *error);

#endif
