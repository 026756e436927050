#include "reference/lines.h"

#include <string.h>
#include <strings.h>

#include "document/text_internal.h"

onus_lines onus_lines_of(const char *bytes, size_t length_bytes) {
  return (onus_lines){bytes, length_bytes, onus_text_mark_bytes(bytes, length_bytes), 0};
}

bool onus_line_next(onus_lines *lines, onus_line *ret_line) {
  if (lines->at >= lines->length_bytes)
    return false;
  const char *start = lines->bytes + lines->at;
  size_t left = lines->length_bytes - lines->at, length = left;
  const char *lf = memchr(start, '\n', left);
  if (lf)
    length = (size_t)(lf - start);
  const char *cr = memchr(start, '\r', length);
  if (cr)
    length = (size_t)(cr - start);
  size_t end_bytes = length == left                                                            ? 0
                     : start[length] == '\r' && length + 1 < left && start[length + 1] == '\n' ? 2
                                                                                               : 1;
  lines->at += length + end_bytes;
  *ret_line = (onus_line){start, length, ++lines->n_read, 1, end_bytes > 0};
  onus_line_trim(ret_line);
  return true;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

void onus_line_trim(onus_line *line) {
  while (line->length_bytes && is_blank(line->bytes[0])) {
    line->bytes++;
    line->length_bytes--;
    line->column++;
  }
  while (line->length_bytes && is_blank(line->bytes[line->length_bytes - 1]))
    line->length_bytes--;
}

onus_line onus_line_part(const onus_line *line, size_t at, size_t length_bytes) {
  onus_line part = *line;
  if (at > line->length_bytes)
    at = line->length_bytes;
  part.bytes += at;
  part.length_bytes = line->length_bytes - at < length_bytes ? line->length_bytes - at : length_bytes;
  for (size_t i = 0; i < at; i++) /* columns count characters */
    part.column += ((unsigned char)line->bytes[i] & 0xC0) != 0x80;
  onus_line_trim(&part);
  return part;
}

bool onus_line_begins(const onus_line *line, const char *prefix) {
  size_t n = strlen(prefix);
  return line->length_bytes >= n && strncasecmp(line->bytes, prefix, n) == 0;
}

onus_line onus_line_without_remark(const onus_line *line) {
  for (size_t i = 0; i < line->length_bytes; i++)
    if (line->bytes[i] == '#' && (i == 0 || line->bytes[i - 1] == ' ' || line->bytes[i - 1] == '\t'))
      return onus_line_part(line, 0, i);
  return *line;
}

bool onus_line_is_ttp(const onus_line *line) {
  static const char *const FORMS[] = {"T0000", "T0000.000", "S0000"};
  for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
    size_t at = 0, n = strlen(FORMS[i]);
    if (line->length_bytes != n || (line->bytes[0] & ~0x20) != FORMS[i][0])
      continue;
    for (at = 1; at < n; at++)
      if (FORMS[i][at] == '0' ? line->bytes[at] < '0' || line->bytes[at] > '9' : line->bytes[at] != FORMS[i][at])
        break;
    if (at == n)
      return true;
  }
  return false;
}
