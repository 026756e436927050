#include "document/lines.h"

#include <stdlib.h>

onus_status onus_text_lines_find(const char *bytes, size_t length_bytes, onus_text_lines *ret_lines,
                                 onus_error *error) {
  size_t n = 2;
  for (size_t i = 0; i < length_bytes; i++)
    n += bytes[i] == '\n' || bytes[i] == '\r';
  onus_text_lines lines = {.bytes = bytes, .at = malloc(n * sizeof *lines.at)};
  if (!lines.at)
    return ONUS_FAIL_NO_MEMORY(error);
  lines.at[lines.count++] = 0;
  for (size_t i = 0; i < length_bytes; i++)
    if (bytes[i] == '\n' || (bytes[i] == '\r' && !(i + 1 < length_bytes && bytes[i + 1] == '\n')))
      lines.at[lines.count++] = i + 1;
  if (lines.at[lines.count - 1] != length_bytes)
    lines.at[lines.count++] = length_bytes;
  lines.count--; /* at[count] is the end */
  *ret_lines = lines;
  return ONUS_OK;
}

void onus_text_lines_free(onus_text_lines *lines) {
  free(lines->at);
  *lines = (onus_text_lines){0};
}

size_t onus_count_blanks(const char *bytes, size_t at, size_t end) {
  size_t n = 0;
  while (at + n < end && (bytes[at + n] == ' ' || bytes[at + n] == '\t'))
    n++;
  return n;
}

bool onus_text_lines_is_between(const onus_text_lines *lines, size_t line, size_t indent_bytes) {
  size_t at = lines->at[line], end = lines->at[line + 1], indent = onus_count_blanks(lines->bytes, at, end);
  char c = at + indent < end ? lines->bytes[at + indent] : '\n';
  return c == '\n' || c == '\r' || (c == '#' && indent <= indent_bytes);
}
