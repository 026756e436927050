/* Mach-O files. */
#include "program_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(uint8_t *bytes, size_t size) {
  (void)size;
  static const uint8_t magics[4][4] = {
      {0xce, 0xfa, 0xed, 0xfe}, {0xcf, 0xfa, 0xed, 0xfe}, {0xca, 0xfe, 0xba, 0xbe}, {0xca, 0xfe, 0xba, 0xbf}};
  static const uint8_t processors[2][4] = {{7, 0, 0, 0}, {7, 0, 0, 1}};
  unsigned kind = bytes[0] == 0xca ? 2 + (bytes[3] & 1) : bytes[0] & 1;
  memcpy(bytes, magics[kind], 4);
  if (kind < 2)
    memcpy(bytes + 4, processors[kind], 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return try_beginning(data, size, begin);
}
