/* ELF files: whatever the bytes, they begin as one does, so that its tables are reached. */
#include "program_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(uint8_t *bytes) {
  memcpy(bytes,
         "\x7f"
         "ELF",
         4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum { LEAST_BYTES = 64, MOST_BYTES = 1 << 18 };
  uint8_t *bytes = size >= LEAST_BYTES && size <= MOST_BYTES ? malloc(size) : NULL;
  if (!bytes)
    return 0;
  memcpy(bytes, data, size);
  begin(bytes);
  try_bytes(bytes, size);
  free(bytes);
  return 0;
}
