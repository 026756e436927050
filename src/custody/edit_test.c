#include "custody/edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Replaces the items of those numbers by {id: new}. */
static onus_status edit(const char *text, bool is_json, const size_t *numbers, size_t count, onus_text *ret_file) {
  onus_arena *arena = onus_arena_new((size_t)1 << 24);
  onus_build build = {.arena = arena};
  onus_branch map = onus_build_map(&build);
  onus_build_put(&build, &map, "id", onus_build_string(&build, "new"));
  onus_build_put(&build, &map, "n", onus_build_number(&build, 1));
  onus_edit edits[8];
  const onus_node *root;
  onus_text file = {(char *)text, strlen(text)};
  assert_int_equal((is_json ? onus_document_parse_json : onus_document_parse_yaml)("f", text, strlen(text), arena,
                                                                                   &root, NULL),
                   ONUS_OK);
  for (size_t e = 0; e < count; e++) {
    const onus_node *item = onus_node_get(root, "evidence")->first;
    for (size_t i = 0; i < numbers[e]; i++)
      item = item->next;
    edits[e] = (onus_edit){item, map.node};
  }
  onus_error error = {0};
  onus_status status = onus_edit_items("f", &file, is_json, root, edits, count, ret_file, &error);
  assert_true(status == ONUS_OK || error.text[0]);
  onus_arena_free(arena);
  return status;
}

static void check(const char *text, size_t number, const char *expected) {
  onus_text file;
  assert_int_equal(edit(text, text[0] == '{', &number, 1, &file), ONUS_OK);
  assert_string_equal(file.bytes, expected);
  onus_text_free(&file);
}

static void test_layouts(void **state) {
  (void)state;
  check("a: 1\nevidence:\n  - id: x\n    why: >-\n      long\n      # no comment\n\n  # of y\n  - id: y\nb: 2\n", 0,
        "a: 1\nevidence:\n  - id: \"new\"\n    n: 1\n\n  # of y\n  - id: y\nb: 2\n");
  check("evidence:\n- id: x # secret\n  # secret\n  why: y\n- id: y\n", 0,
        "evidence:\n- id: \"new\"\n  n: 1\n- id: y\n");
  check("evidence:\n  - {id: x,\n     why: z}\n  - {id: y} # last\n# end\n", 1,
        "evidence:\n  - {id: x,\n     why: z}\n  - {\"id\":\"new\",\"n\":1}\n# end\n");
  check("evidence:\n  -\n    id: x\n    b: c\nafter: 1\n", 0, "evidence:\n  - id: \"new\"\n    n: 1\nafter: 1\n");
  check("evidence:\n  - id: x\n...\n", 0, "evidence:\n  - id: \"new\"\n    n: 1\n...\n");
  check("evidence:\n  - id: x\n    b: c", 0, "evidence:\n  - id: \"new\"\n    n: 1\n");
  check("evidence:\r\n  - id: x\r\n  - id: y\r\n", 0, "evidence:\r\n  - id: \"new\"\n    n: 1\n  - id: y\r\n");
  check("{\"a\": [1, 2], \"evidence\": [{\"id\": \"x\"}, {\"id\": \"y\"}]}\n", 1,
        "{\"a\":[1,2],\"evidence\":[{\"id\":\"x\"},{\"id\":\"new\",\"n\":1}]}\n");
}

static void test_several(void **state) {
  (void)state;
  static const size_t NUMBERS[] = {0, 2};
  onus_text file;
  assert_int_equal(edit("evidence:\n- id: x\n- id: y\n- id: z\n", false, NUMBERS, 2, &file), ONUS_OK);
  assert_string_equal(file.bytes, "evidence:\n- id: \"new\"\n  n: 1\n- id: y\n- id: \"new\"\n  n: 1\n");
  onus_text_free(&file);
}

/* What cannot be done without touching something else is refused. */
static void test_refused(void **state) {
  (void)state;
  static const char *const FILES[] = {"evidence: [{id: x}, {id: y}]\n", "evidence: [\n  {id: x},\n  {id: y}]\n"};
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    size_t number = 0;
    onus_text file = {0};
    assert_int_equal(edit(FILES[i], false, &number, 1, &file), ONUS_BAD_INPUT);
    assert_null(file.bytes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_layouts), cmocka_unit_test(test_several),
                                     cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
