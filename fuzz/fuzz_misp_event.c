/* MISP events, imported as cases. */
#include "import_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  import_bytes(data, size, ONUS_IMPORTED_MISP);
  return 0;
}
