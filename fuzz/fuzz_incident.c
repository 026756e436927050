/* Incidents: the first line of an input is the name of the file, the rest the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compare/incident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;
  if (!line_end || line_end - data > 200)
    return 0;
  char path[256] = "";
  memcpy(path, data, (size_t)(line_end - data));
  onus_arena *arena = onus_arena_new((size_t)256 << 20);
  if (!arena)
    return 0;
  const onus_incident *incidents = NULL;
  size_t n = 0;
  onus_error error = {0};
  onus_status status = onus_incidents_parse(path, (const char *)line_end + 1, size - (size_t)(line_end + 1 - data),
                                            arena, NULL, &incidents, &n, &error);
  if (status == ONUS_OK && (n == 0 || !incidents[0].id))
    abort();
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && (error.text[0] == '\0' || error.line == 0))
    abort();
  onus_arena_free(arena);
  return 0;
}
