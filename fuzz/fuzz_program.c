/* Executable files: the bytes as they are, and as the code of a small program, so that discovery and fingerprints are
 * reached at once. */
#include "elf_bytes.h"
#include "program_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_as_elf(const uint8_t *data, size_t size, bool is_64) {
  size_t length;
  uint8_t *bytes = make_elf(data, size, is_64, &length);
  if (bytes)
    try_bytes(bytes, length);
  free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  try_bytes(data, size);
  if (size > 0 && size < 4096) {
    try_as_elf(data, size, true);
    try_as_elf(data, size, false);
  }
  return 0;
}
