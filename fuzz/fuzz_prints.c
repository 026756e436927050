/* What comes back from a process that read hostile bytes, if that process was taken over: outlines and fingerprints.
 * What is taken is held against what prints.h and fingerprint.h promise. */
#include "code/outline.h"
#include "code/prints.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds)
    abort();
}

static void check_indices(const uint32_t *indices, uint32_t count, size_t end) {
  for (uint32_t i = 0; i < count; i++)
    require(indices[i] < end);
}

static void check(const onus_prints *prints) {
  const onus_fingerprints *all = &prints->fingerprints;
  require(all->functions == &prints->functions && all->count == prints->functions.n_functions);
  for (size_t i = 0; i < all->count; i++) {
    const onus_function_fingerprint *f = &all->items[i];
    require(i == 0 || f[-1].address < f->address);
    require(f->first_of_kind[0] == 0 && f->first_of_kind[ONUS_TOKEN_KINDS] == f->n_tokens);
    for (unsigned kind = 0; kind < ONUS_TOKEN_KINDS; kind++)
      for (uint32_t k = f->first_of_kind[kind]; k < f->first_of_kind[kind + 1]; k++)
        require(f->tokens[k].kind == kind && f->tokens[k].times > 0 &&
                (k == f->first_of_kind[kind] || f->tokens[k - 1].hash < f->tokens[k].hash));
    check_indices(f->callees, f->n_callees, all->count);
    check_indices(f->callers, f->n_callers, all->count);
    check_indices(f->beside, f->n_beside, all->count);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_prints *prints = NULL;
  onus_outline *outline = NULL;
  onus_error error = {0};
  if (onus_prints_parse("input", data, size, &prints, &error) == ONUS_OK) {
    check(prints);
    onus_prints_free(prints);
  } else {
    require(prints == NULL && error.text[0] != '\0');
  }
  if (onus_outline_parse("input", data, size, &outline, &error) == ONUS_OK)
    onus_outline_free(outline);
  return 0;
}
