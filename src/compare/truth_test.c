#include "compare/truth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static onus_status parse(const char *text, onus_arena *arena, const onus_truth **truths, size_t *n, onus_error *error) {
  return onus_truths_parse("truth.jsonl", text, strlen(text), arena, truths, n, error);
}

static void test_what_is_right(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new(1 << 20);
  const onus_truth *truths = NULL;
  size_t n = 0;
  onus_error error = {0};
  assert_int_equal(parse("{\"id\": \"a\", \"kind\": \"report\", \"true_actor\": \"G1\", \"label\": [\"G1\", \"G2\"]}\n"
                         "\r\n"
                         "{\"id\": \"b\", \"label\": \"UNKNOWN\", \"other\": [1]}",
                         arena, &truths, &n, &error),
                   ONUS_OK);
  assert_int_equal(n, 2);
  assert_string_equal(truths[0].id, "a");
  assert_string_equal(truths[0].kind, "report");
  assert_string_equal(truths[0].actor, "G1");
  assert_int_equal(truths[0].n_labels, 2);
  assert_string_equal(truths[0].labels[1], "G2");
  assert_string_equal(truths[1].kind, "");
  assert_string_equal(truths[1].actor, "UNKNOWN");
  assert_int_equal(truths[1].line, 3);
  onus_arena_free(arena);
}

static void test_what_is_wrong(void **state) {
  (void)state;
  static const struct {
    const char *line, *says;
    unsigned column;
  } cases[] = {
      {"{\"id\": \"a\"}", "\"label\" is missing", 1},
      {"{\"label\": \"a\"}", "\"id\" is missing", 1},
      {"{\"id\": 3, \"label\": \"a\"}", "\"id\" should be a text", 8},
      {"{\"id\": \"\", \"label\": \"a\"}", "\"id\" should be a text", 8},
      {"{\"id\": \"a\", \"label\": []}", "\"label\" is empty", 22},
      {"{\"id\": \"a\", \"label\": [\"G1\", 3]}", "\"label\" should be", 29},
      {"{\"id\": \"a\", \"label\": [\"G1\", \"UNKNOWN\"]}", "stands alone", 29},
      {"{\"id\": \"a\", \"label\": \"b\", \"kind\": []}", "\"kind\" should be", 35},
      {"[1]", "a line should be a map", 1},
      {"{\"id\": \"a\"", "", 11},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    onus_arena *arena = onus_arena_new(1 << 20);
    const onus_truth *truths = NULL;
    size_t n = 77;
    onus_error error = {0};
    char text[200] = "{\"id\": \"x\", \"label\": \"y\"}\n\n";
    strcat(text, cases[i].line);
    assert_int_equal(parse(text, arena, &truths, &n, &error), ONUS_BAD_INPUT);
    if (error.line != 3 || error.column != cases[i].column || !strstr(error.text, cases[i].says))
      fail_msg("%s: %u:%u: %s", cases[i].line, error.line, error.column, error.text);
    assert_string_equal(error.path, "truth.jsonl");
    assert_true(truths == NULL && n == 77);
    onus_arena_free(arena);
  }
}

static void test_matching(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new(1 << 20);
  const onus_truth truths[] = {{.id = "c", .line = 1}, {.id = "a", .line = 2}, {.id = "x", .line = 3}};
  const onus_incident incidents[] = {{.id = "a"}, {.id = "b"}, {.id = "c"}, {.id = "a"}};
  const onus_truth twice[] = {{.id = "a", .line = 4}, {.id = "a", .line = 9}};
  const onus_truth *const *matched = NULL;
  onus_error error = {0};
  assert_int_equal(onus_truths_match(truths, 3, incidents, 3, arena, &matched, &error), ONUS_OK);
  assert_ptr_equal(matched[0], &truths[1]);
  assert_null(matched[1]);
  assert_ptr_equal(matched[2], &truths[0]);
  assert_int_equal(onus_truths_match(truths, 3, incidents, 4, arena, &matched, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "two incidents have the id \"a\""));
  assert_int_equal(onus_truths_match(twice, 2, incidents, 3, arena, &matched, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "lines 4 and 9"));
  onus_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_right),
      cmocka_unit_test(test_what_is_wrong),
      cmocka_unit_test(test_matching),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
