#include "reference/reference_internal.h"

#include <stdlib.h>
#include <string.h>

#include "document/quote.h"
#include "reference/listing_internal.h"
#include "reference/programs_internal.h"

onus_status onus_reference_open(const char *location, onus_reference **ret_reference, onus_error *error) {
  size_t location_bytes = strlen(location) + 1;
  onus_reference *reference = calloc(1, sizeof *reference + location_bytes);
  if (!reference)
    return ONUS_FAIL_NO_MEMORY(error);
  memcpy(reference->location, location, location_bytes);
  onus_status status = onus_store_open(location, &reference->store, error);
  if (status == ONUS_OK)
    status = onus_catalogue_load(reference->store, location, &reference->parts, error);
  if (status == ONUS_OK)
    status = onus_catalogue_derive(&reference->parts, error);
  if (status == ONUS_OK)
    status = onus_programs_load(reference->store, location, &reference->parts, error);
  if (status != ONUS_OK) {
    onus_reference_close(reference);
    return status;
  }
  reference->view = onus_catalogue_view(&reference->parts);
  reference->code = onus_programs_view(&reference->parts.programs);
  *ret_reference = reference;
  return ONUS_OK;
}

void onus_reference_close(onus_reference *reference) {
  if (!reference)
    return;
  onus_catalogue_free(&reference->parts);
  onus_store_close(reference->store);
  free(reference);
}

const onus_catalogue *onus_reference_catalogue(const onus_reference *reference) {
  return &reference->view;
}

const onus_store *onus_reference_store(const onus_reference *reference) {
  return reference->store;
}

onus_status onus_reference_digest(const onus_reference *reference, char *out, onus_error *error) {
  onus_store_description description;
  ONUS_TRY(onus_store_describe(reference->store, true, &description, error));
  memcpy(out, description.digest, sizeof description.digest);
  onus_store_description_free(&description);
  return ONUS_OK;
}

const onus_code_catalogue *onus_reference_code(const onus_reference *reference) {
  return &reference->code;
}

uint32_t onus_reference_find_program(const onus_reference *reference, const uint8_t *sha256) {
  return onus_programs_find(&reference->parts.programs, sha256);
}

static uint32_t find(const onus_table *table, const char *key) {
  size_t number = onus_table_get(table, key);
  return number == ONUS_NONE ? ONUS_NO_NUMBER : (uint32_t)number;
}

uint32_t onus_reference_find_ttp(const onus_reference *reference, const char *id) {
  return find(reference->parts.ttp_ids, id);
}

uint32_t onus_reference_find_report(const onus_reference *reference, const char *key) {
  return find(reference->parts.report_keys, key);
}

uint32_t onus_reference_find_entry(const onus_reference *reference, uint32_t source, const char *upstream_id) {
  return onus_catalogue_find_entry(&reference->parts, source, upstream_id);
}

/* --- listings and documents --------------------------------------------------------------------------------------- */

static onus_status load(const void *store, const char *name, onus_text *ret_text, onus_error *error) {
  return onus_store_document(store, name, ret_text, error);
}

onus_status onus_reference_listing(const onus_reference *reference, uint32_t basis, onus_text *ret_lines,
                                   onus_error *error) {
  if (basis >= reference->parts.n_bases)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "there is no basis of number %u", (unsigned)basis);
  return onus_listing_read(load, reference->store, &reference->parts.listings[basis], ret_lines, error);
}

onus_status onus_reference_document(const onus_reference *reference, const char *name, onus_text *ret_text,
                                    onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_store_document(reference->store, name, &text, error));
  if (!text.bytes)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, reference->location, 0, 0, "has no document %s",
                        onus_quote_string(name).text);
  *ret_text = text;
  return ONUS_OK;
}
