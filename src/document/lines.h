/* A text by its lines, which end with LF, CR LF or CR. */
#ifndef ONUS_DOCUMENT_LINES_H
#define ONUS_DOCUMENT_LINES_H

#include <stdbool.h>

#include "base/error.h"

typedef struct onus_text_lines {
  const char *bytes;
  size_t *at; /* where each line begins, and one more for the end */
  size_t count;
} onus_text_lines;

/* `bytes` must outlive the result; free with onus_text_lines_free. */
ONUS_MUST_CHECK onus_status onus_text_lines_find(const char *bytes, size_t length_bytes, onus_text_lines *ret_lines,
                                                 onus_error *error);
void onus_text_lines_free(onus_text_lines *lines);

/* Blanks and tabs that the bytes [at, end) begin with. */
size_t onus_count_blanks(const char *bytes, size_t at, size_t end);

/* Whether a line of YAML belongs to what follows it: it is empty, or a comment that is not indented deeper than
 * `indent_bytes`, where the entries of a block begin. */
bool onus_text_lines_is_between(const onus_text_lines *lines, size_t line, size_t indent_bytes);

#endif
