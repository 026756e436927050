/* Mach-O files: whatever the bytes, they begin as one does, so that its tables are reached. */
#include "program_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(uint8_t *bytes) {
  static const uint8_t magics[4][4] = {
      {0xce, 0xfa, 0xed, 0xfe}, {0xcf, 0xfa, 0xed, 0xfe}, {0xca, 0xfe, 0xba, 0xbe}, {0xca, 0xfe, 0xba, 0xbf}};
  static const uint8_t processors[2][4] = {{7, 0, 0, 0}, {7, 0, 0, 1}};
  unsigned kind = bytes[0] == 0xca ? 2 + (bytes[3] & 1) : bytes[0] & 1;
  memcpy(bytes, magics[kind], 4);
  if (kind < 2)
    memcpy(bytes + 4, processors[kind], 4);
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
