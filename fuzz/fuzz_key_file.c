/* The files of keys and stores, up to what is encrypted. */
#include <stdint.h>
#include <stdlib.h>

#include "custody/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *line;
  size_t line_bytes, sum = 0;
  (void)check;
  if (onus_vault_public_line("key", (const char *)data, size, &line, &line_bytes))
    for (size_t i = 0; i < line_bytes; i++)
      sum += (unsigned char)line[i];
  if (onus_vault_head_is_good("key", (const char *)data, size) && sum == 1)
    abort();
  (void)onus_vault_head_is_good("sealed", (const char *)data, size);
  return 0;
}
