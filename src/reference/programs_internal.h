/* The document that says which programs are in a reference: docs/FORMATS.md has its bytes. */
#ifndef ONUS_REFERENCE_PROGRAMS_INTERNAL_H
#define ONUS_REFERENCE_PROGRAMS_INTERNAL_H

#include "reference/catalogue_internal.h"
#include "reference/code.h"

#define ONUS_PROGRAMS_DOCUMENT "programs"
#define ONUS_PROGRAMS_VERSION 1

void onus_programs_free(onus_program_parts *parts);

uint32_t onus_programs_find(const onus_program_parts *parts, const uint8_t *sha256);

/* Each finds what has this identity or adds it; texts must lie in the arena of the catalogue. Of a program that is
 * added `first_function` is set. */
ONUS_MUST_CHECK onus_status onus_programs_add(onus_catalogue_parts *all, const onus_ref_program *program,
                                              uint32_t *ret_program, onus_error *error);
ONUS_MUST_CHECK onus_status onus_programs_add_family(onus_catalogue_parts *all, const char *name, uint32_t *ret_family,
                                                     onus_error *error);
ONUS_MUST_CHECK onus_status onus_programs_add_sample(onus_catalogue_parts *all, const onus_ref_sample *sample,
                                                     bool *ret_is_new, onus_error *error);

onus_code_catalogue onus_programs_view(const onus_program_parts *parts);

ONUS_MUST_CHECK onus_status onus_programs_write(const onus_program_parts *parts, onus_text *ret_text,
                                                onus_error *error);
/* Bytes that are damaged or made to harm are ONUS_BAD_INPUT. `parts` has read its catalogue, and no programs. */
ONUS_MUST_CHECK onus_status onus_programs_parse(const char *place, const char *bytes, size_t length_bytes,
                                                onus_catalogue_parts *parts, onus_error *error);
/* From the store's document; nothing when there is none. */
ONUS_MUST_CHECK onus_status onus_programs_load(const onus_store *store, const char *place, onus_catalogue_parts *parts,
                                               onus_error *error);

#endif
