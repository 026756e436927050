/* Rows of cells by RFC 4180, with comma, semicolon or tab between them, as the first row has it. */
#ifndef ONUS_REFERENCE_CSV_H
#define ONUS_REFERENCE_CSV_H

#include "base/error.h"
#include "reference/lines.h"

#define ONUS_CSV_CELLS 64           /* of a row; further ones are not looked at */
#define ONUS_CSV_QUOTED_BYTES 65536 /* of the quoted cells of a row together */

typedef struct onus_csv {
  const char *path, *bytes;
  size_t length_bytes, at;
  unsigned line;
  char delimiter; /* 0 until the first row is read */
  char unquoted[ONUS_CSV_QUOTED_BYTES];
} onus_csv;

/* `csv` is filled in place; it is large. */
void onus_csv_begin(onus_csv *csv, const char *path, const char *bytes, size_t length_bytes);

/* The next row that is not empty and begins with no "#"; its cells are good until the next call. *ret_n is 0 at the
 * end. ONUS_BAD_INPUT with the place of a quote that does not close. */
ONUS_MUST_CHECK onus_status onus_csv_next(onus_csv *csv, onus_line *ret_cells, size_t *ret_n, onus_error *error);

/* The column of the first row that is called by one of `names` (separated by blanks), whatever its case; SIZE_MAX if
 * there is none. */
size_t onus_csv_column(const onus_line *head, size_t n_cells, const char *names);

#endif
