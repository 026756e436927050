#include "reference/csv.h"

#include <string.h>
#include <strings.h>

#include "document/text_internal.h"

void onus_csv_begin(onus_csv *csv, const char *path, const char *bytes, size_t length_bytes) {
  csv->path = path;
  csv->bytes = bytes;
  csv->length_bytes = length_bytes;
  csv->at = onus_text_mark_bytes(bytes, length_bytes);
  csv->line = 1;
  csv->delimiter = '\0';
}

static int peek(const onus_csv *csv) {
  return csv->at < csv->length_bytes ? (unsigned char)csv->bytes[csv->at] : -1;
}

static bool is_line_end(int c) {
  return c < 0 || c == '\n' || c == '\r';
}

static void take_line_end(onus_csv *csv) {
  if (peek(csv) == '\r' && csv->at + 1 < csv->length_bytes && csv->bytes[csv->at + 1] == '\n')
    csv->at++;
  if (csv->at < csv->length_bytes) {
    csv->at++;
    csv->line++;
  }
}

/* Passes over empty lines and remarks. */
static void skip_lines(onus_csv *csv) {
  for (;;) {
    size_t start = csv->at;
    while (peek(csv) == ' ' || (csv->delimiter != '\t' && peek(csv) == '\t'))
      csv->at++;
    if (peek(csv) == '#')
      while (!is_line_end(peek(csv)))
        csv->at++;
    if (!is_line_end(peek(csv))) {
      csv->at = start;
      return;
    }
    if (peek(csv) < 0)
      return;
    take_line_end(csv);
  }
}

/* The delimiter that comes first in the line, outside quotes. */
static char find_delimiter(const onus_csv *csv) {
  bool is_quoted = false;
  for (size_t i = csv->at; i < csv->length_bytes && !is_line_end(csv->bytes[i]); i++) {
    char c = csv->bytes[i];
    is_quoted = is_quoted != (c == '"');
    if (!is_quoted && (c == ',' || c == ';' || c == '\t'))
      return c;
  }
  return ',';
}

/* A cell in quotes; `at` stands behind the first one. */
static onus_status take_quoted(onus_csv *csv, size_t *used, onus_line *cell, onus_error *error) {
  char *out = csv->unquoted + *used;
  size_t length = 0;
  for (;; csv->at++) {
    int c = peek(csv);
    if (c < 0)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, csv->path, cell->number, cell->column,
                          "a quote that does not close; close it, or double a quote that is meant");
    if (c == '"' && csv->at + 1 < csv->length_bytes && csv->bytes[csv->at + 1] == '"')
      csv->at++;
    else if (c == '"')
      break;
    else if (c == '\n' || (c == '\r' && (csv->at + 1 >= csv->length_bytes || csv->bytes[csv->at + 1] != '\n')))
      csv->line++;
    if (*used + length >= sizeof csv->unquoted)
      return ONUS_FAIL_AT(error, ONUS_LIMIT, csv->path, cell->number, cell->column,
                          "quoted cells longer than 64 KiB in one row; is a quote missing?");
    out[length++] = (char)c;
  }
  csv->at++;
  *used += length;
  cell->bytes = out;
  cell->length_bytes = length;
  while (peek(csv) == ' ')
    csv->at++;
  if (peek(csv) != csv->delimiter && !is_line_end(peek(csv)))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, csv->path, cell->number, cell->column,
                        "text behind the closing quote of a cell; double a quote that is meant");
  return ONUS_OK;
}

/* Whether one of eight bytes ends a cell: a byte that is the same becomes 0, of which 1 cannot be taken. */
static bool has_end(const char *bytes, char delimiter) {
  const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  uint64_t a = word ^ (ones * (unsigned char)delimiter), b = word ^ (ones * '\n'), c = word ^ (ones * '\r');
  return ((((a - ones) & ~a) | ((b - ones) & ~b) | ((c - ones) & ~c)) & tops) != 0;
}

static onus_status take_cell(onus_csv *csv, size_t *used, onus_line *cell, onus_error *error) {
  size_t start = csv->at;
  while (peek(csv) == ' ')
    csv->at++;
  if (peek(csv) == '"') {
    csv->at++;
    return take_quoted(csv, used, cell, error);
  }
  const char *at = csv->bytes + csv->at, *end = csv->bytes + csv->length_bytes;
  char delimiter = csv->delimiter;
  while (end - at >= 8 && !has_end(at, delimiter))
    at += 8;
  while (at < end && *at != delimiter && *at != '\n' && *at != '\r')
    at++;
  csv->at = (size_t)(at - csv->bytes);
  cell->bytes = csv->bytes + start;
  cell->length_bytes = csv->at - start;
  return ONUS_OK;
}

/* Whether eight bytes are eight characters without a line end: ASCII, no control characters. */
static bool is_ascii_text(const char *bytes) {
  const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return (((word - ones * 0x20) | word) & tops) == 0;
}

/* The column of `at`, when that of `start` is `column`. Only quoted cells have line ends. */
static unsigned column_after(const onus_csv *csv, size_t start, unsigned column) {
  const char *bytes = csv->bytes;
  size_t i = start;
  for (; csv->at - i >= 8 && is_ascii_text(bytes + i); i += 8)
    column += 8;
  for (; i < csv->at; i++) {
    if (bytes[i] == '\n' || bytes[i] == '\r')
      column = 1;
    else
      column += ((unsigned char)bytes[i] & 0xC0) != 0x80;
  }
  return column;
}

onus_status onus_csv_next(onus_csv *csv, onus_line *ret_cells, size_t *ret_n, onus_error *error) {
  skip_lines(csv);
  *ret_n = 0;
  if (peek(csv) < 0)
    return ONUS_OK;
  if (!csv->delimiter)
    csv->delimiter = find_delimiter(csv);
  size_t used = 0;
  unsigned column = 1;
  for (;;) {
    size_t start = csv->at;
    onus_line cell = {.number = csv->line, .column = column};
    ONUS_TRY(take_cell(csv, &used, &cell, error));
    onus_line_trim(&cell);
    if (*ret_n < ONUS_CSV_CELLS)
      ret_cells[(*ret_n)++] = cell;
    column = column_after(csv, start, column) + 1;
    if (is_line_end(peek(csv)))
      break;
    csv->at++;
  }
  take_line_end(csv);
  return ONUS_OK;
}

size_t onus_csv_column(const onus_line *head, size_t n_cells, const char *names) {
  for (size_t i = 0; i < n_cells; i++)
    for (const char *name = names; *name;) {
      size_t n = strcspn(name, " ");
      if (head[i].length_bytes == n && strncasecmp(head[i].bytes, name, n) == 0)
        return i;
      name += n + (name[n] == ' ');
    }
  return SIZE_MAX;
}
