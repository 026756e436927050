/* ELF files. */
#include "program_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(uint8_t *bytes, size_t size) {
  (void)size;
  memcpy(bytes,
         "\x7f"
         "ELF",
         4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return try_beginning(data, size, begin);
}
