#include "reference/code.h"

#include <string.h>

#include "reference/programs_internal.h"
#include "reference/writer_internal.h"

bool onus_import_has_program(const onus_reference_writer *w, const uint8_t *sha256) {
  return onus_programs_find(&w->parts.programs, sha256) != ONUS_NO_NUMBER;
}

/* Rows and keys go into the store in the order of the list of programs, whose numbers of functions say which are whose.
 */
static onus_status put_functions(onus_reference_writer *w, const onus_signatures *signatures, onus_error *error) {
  enum { AT_ONCE = 1024 };
  uint32_t first;
  ONUS_TRY(onus_store_append_rows(w->store, ONUS_REFERENCE_FUNCTIONS, ONUS_SIGNATURE_BYTES, signatures->rows,
                                  signatures->count, &first, error));
  if (first != w->parts.programs.n_functions)
    return ONUS_FAIL(
        error, ONUS_BAD_INPUT,
        "the reference has %u functions, and its list of programs %zu; restore it from a copy or import again",
        (unsigned)first, w->parts.programs.n_functions);
  onus_store_pair pairs[AT_ONCE];
  size_t n = 0;
  for (size_t i = 0; i < signatures->count; i++)
    for (uint32_t k = signatures->first_key[i]; k < signatures->first_key[i + 1]; k++) {
      pairs[n++] = (onus_store_pair){signatures->keys[k], first + (uint32_t)i};
      if (n < AT_ONCE)
        continue;
      ONUS_TRY(onus_store_put_pairs(w->store, ONUS_REFERENCE_KEYS, pairs, n, error));
      n = 0;
    }
  return onus_store_put_pairs(w->store, ONUS_REFERENCE_KEYS, pairs, n, error);
}

static onus_status add_program(onus_reference_writer *w, const onus_import_program *said, uint32_t *ret_program,
                               onus_error *error) {
  const onus_signatures *signatures = said->signatures;
  if (!signatures)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a program that is new needs its signatures");
  onus_ref_program program = {.format = signatures->format,
                              .is_64_bit = signatures->is_64_bit,
                              .n_functions = (uint32_t)signatures->count,
                              .base = signatures->base};
  memcpy(program.sha256, said->sha256, sizeof program.sha256);
  program.name = onus_catalogue_text(&w->parts, said->name, ONUS_CATALOGUE_NAME_BYTES);
  if (!program.name)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(put_functions(w, signatures, error));
  return onus_programs_add(&w->parts, &program, ret_program, error);
}

onus_status onus_import_code(onus_reference_writer *w, const onus_import_program *said, bool *ret_is_new,
                             onus_error *error) {
  if (said->basis >= w->parts.n_bases || w->parts.bases[said->basis].kind != ONUS_BASIS_LISTED)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a program needs a basis that lists it");
  const char *family = onus_catalogue_text(&w->parts, said->family, ONUS_CATALOGUE_NAME_BYTES);
  if (!family)
    return ONUS_FAIL_NO_MEMORY(error);
  if (family[0] == '\0')
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the name of a family is empty");
  onus_ref_sample sample = {onus_programs_find(&w->parts.programs, said->sha256), 0, said->basis};
  if (sample.program == ONUS_NO_NUMBER)
    ONUS_TRY(add_program(w, said, &sample.program, error));
  ONUS_TRY(onus_programs_add_family(&w->parts, family, &sample.family, error));
  return onus_programs_add_sample(&w->parts, &sample, ret_is_new, error);
}
