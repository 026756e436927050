/* Time stamps. */
#include <stdint.h>
#include <stdlib.h>

#include "custody/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_token token;
  onus_error error = {0};
  check(onus_token_parse("fuzz", (const char *)data, size, &token, &error), &error);
  return 0;
}
