/* Disclosures. */
#include <stdint.h>
#include <stdlib.h>

#include "case/disclosure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_arena *arena = onus_arena_new((size_t)1 << 26);
  onus_disclosure disclosure;
  onus_error error = {0};
  char commitment[ONUS_COMMITMENT_BYTES];
  onus_disclosure_commitment((const char *)data, size, commitment);
  if (arena)
    check(onus_disclosure_parse("fuzz", (const char *)data, size, arena, &disclosure, &error), &error);
  onus_arena_free(arena);
  return 0;
}
