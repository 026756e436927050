#include "reference/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "reference/csv.h"
#include "reference/import.h"

/* Lines as "number:column[text]", with "!" behind one that has no end. */
static void assert_lines(const char *text, const char *expected) {
  onus_buffer out = onus_buffer_new(4096);
  onus_lines lines = onus_lines_of(text, strlen(text));
  onus_line line;
  while (onus_line_next(&lines, &line))
    onus_buffer_printf(&out, "%u:%u[%.*s]%s", line.number, line.column, (int)line.length_bytes, line.bytes,
                       line.is_ended ? "" : "!");
  assert_string_equal(out.length_bytes ? out.bytes : "", expected);
  onus_buffer_free(&out);
}

static void test_lines(void **state) {
  (void)state;
  assert_lines("", "");
  assert_lines("a", "1:1[a]!");
  assert_lines("a\n", "1:1[a]");
  assert_lines("a\r\nb\rc\n\nd", "1:1[a]2:1[b]3:1[c]4:1[]5:1[d]!");
  assert_lines("\xEF\xBB\xBF"
               "a\n",
               "1:1[a]");
  assert_lines("  a b\t\n \n", "1:3[a b]2:2[]");
  assert_lines("a\r", "1:1[a]");
}

static void test_parts(void **state) {
  (void)state;
  onus_lines lines = onus_lines_of(" \xC3\xA9\xC3\xA9 : b\n", 10);
  onus_line line;
  assert_true(onus_line_next(&lines, &line));
  onus_line part = onus_line_part(&line, 6, SIZE_MAX);
  assert_int_equal(part.length_bytes, 1);
  assert_int_equal(part.bytes[0], 'b');
  assert_int_equal(part.column, 7); /* columns count characters */
  part = onus_line_part(&line, 100, 3);
  assert_int_equal(part.length_bytes, 0);
  assert_true(onus_line_begins(&line, "\xC3\xA9"));
  assert_false(onus_line_begins(&part, "b"));
}

/* Rows as "[cell|cell]" with the place of the last cell. */
static char *read_rows(const char *text, onus_status *ret_status, onus_error *error) {
  char *exact = malloc(strlen(text) + 1);
  onus_csv *csv = malloc(sizeof *csv);
  assert_non_null(exact);
  assert_non_null(csv);
  memcpy(exact, text, strlen(text));
  onus_csv_begin(csv, "t.csv", exact, strlen(text));
  onus_buffer out = onus_buffer_new(65536);
  onus_buffer_string(&out, "");
  for (;;) {
    onus_line cells[ONUS_CSV_CELLS];
    size_t n = 0;
    *ret_status = onus_csv_next(csv, cells, &n, error);
    if (*ret_status != ONUS_OK || n == 0)
      break;
    onus_buffer_string(&out, "[");
    for (size_t i = 0; i < n; i++)
      onus_buffer_printf(&out, "%s%.*s", i ? "|" : "", (int)cells[i].length_bytes, cells[i].bytes);
    onus_buffer_printf(&out, "]%u:%u", cells[n - 1].number, cells[n - 1].column);
  }
  free(csv);
  free(exact);
  onus_text taken;
  assert_int_equal(onus_buffer_take(&out, &taken, NULL), ONUS_OK);
  return taken.bytes;
}

static void assert_rows(const char *text, const char *expected) {
  onus_status status;
  char *rows = read_rows(text, &status, NULL);
  assert_int_equal(status, ONUS_OK);
  assert_string_equal(rows, expected);
  free(rows);
}

static void test_csv(void **state) {
  (void)state;
  assert_rows("", "");
  assert_rows("a,b\n1,2\n", "[a|b]1:3[1|2]2:3");
  assert_rows("a;b,c\n1;2,3", "[a|b,c]1:3[1|2,3]2:3");
  assert_rows("a\tb\n1\t\n\t2\n", "[a|b]1:3[1|]2:3[|2]3:2");
  assert_rows("\xEF\xBB\xBF# remark\n\n a , b \r\n1,\"x, \"\"y\"\"\"\r\n", "[a|b]3:6[1|x, \"y\"]4:3");
  assert_rows("a,b\n\"1\n2\",3\n4,5", "[a|b]1:3[1\n2|3]3:4[4|5]4:3");
  assert_rows("\"a;b\",c\n1,2", "[a;b|c]1:7[1|2]2:3");
  assert_rows(",\n", "[|]1:2");
}

static void test_broken_csv(void **state) {
  (void)state;
  static const struct {
    const char *text;
    onus_status status;
    unsigned line, column;
  } BROKEN[] = {
      {"a,b\n1,\"2\n", ONUS_BAD_INPUT, 2, 3}, {"a,b\n\"1\"x,2\n", ONUS_BAD_INPUT, 2, 1}, {"\"", ONUS_BAD_INPUT, 1, 1}};
  for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
    onus_status status;
    onus_error error = {0};
    free(read_rows(BROKEN[i].text, &status, &error));
    assert_int_equal(status, BROKEN[i].status);
    assert_int_equal(error.line, BROKEN[i].line);
    assert_int_equal(error.column, BROKEN[i].column);
  }
  /* a row beyond the room for quotes */
  enum { LONG_BYTES = 2 * ONUS_CSV_QUOTED_BYTES };
  char *text = malloc(LONG_BYTES + 1);
  assert_non_null(text);
  memset(text, 'a', LONG_BYTES);
  text[0] = text[LONG_BYTES - 1] = '"';
  text[LONG_BYTES] = '\0';
  onus_status status;
  onus_error error = {0};
  free(read_rows(text, &status, &error));
  free(text);
  assert_int_equal(status, ONUS_LIMIT);
}

static void test_many_cells(void **state) {
  (void)state;
  char text[4 * ONUS_CSV_CELLS + 8] = "";
  for (size_t i = 0; i < 2 * ONUS_CSV_CELLS; i++)
    strcat(text, "x,");
  onus_csv *csv = malloc(sizeof *csv);
  assert_non_null(csv);
  onus_line cells[ONUS_CSV_CELLS];
  size_t n;
  onus_csv_begin(csv, "t.csv", text, strlen(text));
  assert_int_equal(onus_csv_next(csv, cells, &n, NULL), ONUS_OK);
  assert_int_equal(n, ONUS_CSV_CELLS);
  assert_int_equal(onus_csv_column(cells, n, "y x"), 0);
  assert_true(onus_csv_column(cells, n, "y xx") == SIZE_MAX);
  assert_int_equal(onus_csv_next(csv, cells, &n, NULL), ONUS_OK);
  assert_int_equal(n, 0);
  free(csv);
}

/* A refusal's text is shortened between characters and stays in its room, whatever it holds. */
static void test_refusals(void **state) {
  (void)state;
  onus_import_summary *summary = calloc(1, sizeof *summary);
  assert_non_null(summary);
  onus_import_refuse(summary, 3, 4, "a\x1B[31m", 6, "why");
  assert_string_equal(summary->refused[0].what, "\"a\\x1B[31m\"");
  assert_int_equal(summary->refused[0].line, 3);
  assert_int_equal(summary->refused[0].column, 4);
  char text[3 * 60];
  for (size_t i = 0; i < sizeof text; i += 3)
    memcpy(text + i, "\xE2\x80\xAE", 3); /* written \u202E */
  for (int i = 0; i < 2 * ONUS_REFUSALS_KEPT; i++)
    onus_import_refuse(summary, 1, 1, text, sizeof text, "why");
  const char *what = summary->refused[1].what;
  assert_in_range(strlen(what), 150, sizeof summary->refused[1].what - 1);
  assert_string_equal(what + strlen(what) - 4, "\xE2\x80\xA6\"");
  assert_int_equal(summary->n_refused, 2 * ONUS_REFUSALS_KEPT + 1);
  free(summary);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines),      cmocka_unit_test(test_parts),
                                     cmocka_unit_test(test_csv),        cmocka_unit_test(test_broken_csv),
                                     cmocka_unit_test(test_many_cells), cmocka_unit_test(test_refusals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
