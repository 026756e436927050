/* PE files. */
#include "program_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(uint8_t *bytes, size_t size) {
  uint32_t head;
  memcpy(bytes, "MZ", 2);
  memcpy(&head, bytes + 0x3c, sizeof head);
  if (size >= 4 && head <= size - 4)
    memcpy(bytes + head, "PE\0", 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return try_beginning(data, size, begin);
}
