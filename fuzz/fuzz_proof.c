/* Proofs, with what they disclose. */
#include <stdint.h>
#include <stdlib.h>

#include "verify/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_proof proof;
  onus_error error = {0};
  onus_status status = onus_proof_parse("fuzz", (const char *)data, size, &proof, &error);
  check(status, &error);
  if (status == ONUS_OK)
    onus_proof_free(&proof);
  return 0;
}
