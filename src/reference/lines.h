/* A text line by line: ends with LF, CR LF or CR; a byte order mark at the beginning is passed over. */
#ifndef ONUS_REFERENCE_LINES_H
#define ONUS_REFERENCE_LINES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct onus_lines {
  const char *bytes;
  size_t length_bytes, at; /* at: what was read */
  unsigned n_read;
} onus_lines;

/* One line without blanks around it and without its end. */
typedef struct onus_line {
  const char *bytes;
  size_t length_bytes;
  unsigned number, column; /* from 1; of its first byte that is no blank */
  bool is_ended;           /* false: the text ends without a line end, and may have been cut there */
} onus_line;

onus_lines onus_lines_of(const char *bytes, size_t length_bytes);
/* False when there is none left. */
bool onus_line_next(onus_lines *lines, onus_line *ret_line);

/* Takes blanks off both ends. */
void onus_line_trim(onus_line *line);
/* The part of `line` from byte `at` on, for at most `length_bytes`, without blanks around it. */
onus_line onus_line_part(const onus_line *line, size_t at, size_t length_bytes);
/* Whether it begins with `prefix`, whatever the case of ASCII letters. */
bool onus_line_begins(const onus_line *line, const char *prefix);

/* The line without a remark behind it: "evil.com  # dropper". A "#" after a blank begins one. */
onus_line onus_line_without_remark(const onus_line *line);
/* Whether it is the id of a technique or of software of ATT&CK, in either case: "T1059", "T1059.003", "S0154". */
bool onus_line_is_ttp(const onus_line *line);

#endif
