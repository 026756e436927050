/* The files <size>.signed of a case. The leaves count, so the input says what it must be called. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "verify/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_log log = {0};
  onus_text bytes = {malloc(size + 1), size};
  onus_error error = {0};
  uint64_t leaves = 0;
  if (!bytes.bytes)
    return 0;
  memcpy(bytes.bytes, data, size);
  bytes.bytes[size] = '\0';
  for (size_t i = 0; i + 1 < size && !(data[i] == '\n' && data[i + 1] == '\n'); i++)
    leaves += data[i] == '\n';
  onus_status status = onus_log_add(&log, "fuzz", leaves, &bytes, &error);
  check(status, &error);
  if (status == ONUS_OK) {
    const onus_leaf **files;
    size_t count;
    if (onus_log_files(&log, true, &files, &count, &error) == ONUS_OK)
      free(files);
  }
  onus_text_free(&bytes);
  onus_log_free(&log);
  return 0;
}
