#include "document/rewrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"

static onus_arena *arena;

static int set_up(void **state) {
  (void)state;
  arena = onus_arena_new((size_t)256 << 20);
  return arena ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  onus_arena_free(arena);
  return 0;
}

static const onus_node *read(const char *text, size_t length) {
  const onus_node *root = NULL;
  onus_error error = {0};
  if (onus_document_parse_yaml("test", text, length, arena, &root, &error) != ONUS_OK)
    fail_msg("%u:%u: %s\n%s", error.line, error.column, error.text, text);
  return root;
}

/* `after`, as YAML of any layout, in the layout of `before`. */
static const char *rewrite(const char *before, const char *after) {
  onus_buffer out = onus_buffer_new((size_t)64 << 20);
  onus_text text = {0};
  const onus_node *old = read(before, strlen(before)), *root = read(after, strlen(after));
  assert_int_equal(onus_document_rewrite_yaml(root, before, strlen(before), old, arena, &out, NULL), ONUS_OK);
  assert_int_equal(onus_buffer_take(&out, &text, NULL), ONUS_OK);
  assert_true(onus_node_same(read(text.bytes, text.length), root));
  const char *copy = onus_arena_copy(arena, text.bytes, text.length);
  onus_text_free(&text);
  return copy;
}

/* A text, the text that it becomes, and whether that is in the layout of the first. */
static const struct {
  const char *what, *before, *after, *expected;
} CASES[] = {
    {"a value", "# head\na: 1 # one\n# before b\nb: 2\n", "{a: 1, b: 3}", "# head\na: 1 # one\n# before b\nb: 3\n"},
    {"a key less", "a: 1\n# before b\nb: 2\n# before c\nc: 3\n# tail\n", "{a: 1, c: 3}",
     "a: 1\n# before c\nc: 3\n# tail\n"},
    {"a key more", "a: 1\n# tail\n", "{a: 1, b: [x, w]}", "a: 1\nb:\n  - x\n  - w\n# tail\n"},
    {"an item's value", "l:\n  - id: x # first\n    v: 1\n    # why\n    m: 2\n  # before w\n  - {id: w}\nk: 0\n",
     "{l: [{id: x, v: 5, m: 2}, {id: w}], k: 0}",
     "l:\n  - id: x # first\n    v: 5\n    # why\n    m: 2\n  # before w\n  - {id: w}\nk: 0\n"},
    {"an item in one line", "l:\n  # before x\n  - {id: x, v: 1} # behind\n  - {id: w}\n",
     "{l: [{id: x, v: 2}, {id: w}]}", "l:\n  # before x\n  - {id: x, v: 2}\n  - {id: w}\n"},
    {"an item more, with empty lines between", "l:\n  - id: x\n\n  - id: w\n\nk: 1\n",
     "{l: [{id: x}, {id: z}, {id: w}], k: 1}", "l:\n  - id: x\n\n  - {id: z}\n\n  - id: w\n\nk: 1\n"},
    {"items in another order", "l:\n  # of x\n  - id: x\n  # of w\n  - id: w\n", "{l: [{id: w}, {id: x}]}",
     "l:\n  # of w\n  - id: w\n  # of x\n  - id: x\n"},
    {"no item left", "l:\n  - id: x\nk: 1\n", "{l: [], k: 1}", "l: []\nk: 1\n"},
    {"a folded text", "a: >-\n  one\n  two # no comment\n\n  three\nb: 1\n",
     "{a: \"one two # no comment\\nthree\", b: 2}", "a: >-\n  one\n  two # no comment\n\n  three\nb: 2\n"},
    {"a list at the depth of its key", "a:\n- id: x\n  v: 1\n- id: w\nb: 2\n", "{a: [{id: x, v: 2}, {id: w}], b: 2}",
     "a:\n- id: x\n  v: 2\n- id: w\nb: 2\n"},
    {"no end of the last line", "a: 1\nb: 2", "{a: 1, b: 2, c: 3}", "a: 1\nb: 2\nc: 3\n"},
    {"lines that end as in Windows", "a: 1 # c\r\nb: 2\r\n", "{a: 1, b: 3}", "a: 1 # c\r\nb: 3\n"},
    {"the id goes", "l:\n  - id: x\n    v: 1\n", "{l: [{v: 1}]}", "l:\n  - {v: 1}\n"},
    {"brackets over lines", "{\n  a: 1,\n  b: 2\n}\n", "{a: 1, b: 3}", "a: 1\nb: 3\n"},
    {"a document's marks", "%YAML 1.2\n---\na: 1 # c\nb: 2\n", "{a: 1, b: 3}", "%YAML 1.2\n---\na: 1 # c\nb: 3\n"},
    {"the same number otherwise", "a: 0.20 # c\nb: 1\n", "{a: 0.2, b: 2}", "a: 0.20 # c\nb: 2\n"},
    {"names in place of ids", "o:\n  - name: yes, it is # c\n    v: 1\n  - {name: nope}\n",
     "{o: [{name: 'yes, it is', v: 2}, {name: nope}]}", "o:\n  - name: yes, it is # c\n    v: 2\n  - {name: nope}\n"},
};

static void what_is_the_same_stays(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    const char *found = rewrite(CASES[i].before, CASES[i].after);
    if (strcmp(found, CASES[i].expected) != 0)
      fail_msg("%s:\n%s\ninstead of\n%s", CASES[i].what, found, CASES[i].expected);
    size_t length = strlen(CASES[i].before);
    if (CASES[i].before[0] != '{' && CASES[i].before[length - 1] == '\n')
      assert_string_equal(rewrite(CASES[i].before, CASES[i].before), CASES[i].before);
  }
}

static void examples_stay_as_they_are(void **state) {
  (void)state;
  static const char *const PATHS[] = {"examples/sony-2014/case.yaml", "examples/olympic-destroyer-2018/case.yaml",
                                      "examples/wizardopium-2019/case.yaml", "tests/broken/accepted/every-form.yaml"};
  for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
    onus_text text;
    assert_int_equal(onus_file_read(PATHS[i], ONUS_DOCUMENT_BYTES, &text, NULL), ONUS_OK);
    onus_buffer out = onus_buffer_new((size_t)64 << 20);
    const onus_node *root = read(text.bytes, text.length);
    assert_int_equal(onus_document_rewrite_yaml(root, text.bytes, text.length, root, arena, &out, NULL), ONUS_OK);
    if (out.length_bytes != text.length || memcmp(out.bytes, text.bytes, text.length) != 0)
      fail_msg("%s: became\n%.*s", PATHS[i], (int)out.length_bytes, out.bytes);
    onus_buffer_free(&out);
    onus_text_free(&text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_the_same_stays),
      cmocka_unit_test(examples_stay_as_they_are),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
