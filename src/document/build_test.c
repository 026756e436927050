#include "document/build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "document/canonical.h"

static onus_arena *arena;

static int set_up(void **state) {
  (void)state;
  arena = onus_arena_new((size_t)16 << 20);
  return arena ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  onus_arena_free(arena);
  return 0;
}

typedef void writer(onus_buffer *out, const onus_node *node);

/* Taken over by the arena, so that no test has to free it. */
static const char *text_of(writer *write, const onus_node *node) {
  onus_buffer out = onus_buffer_new((size_t)1 << 20);
  write(&out, node);
  onus_text text = {0};
  assert_int_equal(onus_buffer_take(&out, &text, NULL), ONUS_OK);
  const char *copy = onus_arena_copy(arena, text.bytes, text.length);
  onus_text_free(&text);
  return copy;
}

static const onus_node *read(bool is_json, const char *text) {
  const onus_node *root = NULL;
  onus_error error = {0};
  onus_status status =
      (is_json ? onus_document_parse_json : onus_document_parse_yaml)("test", text, strlen(text), arena, &root, &error);
  if (status != ONUS_OK)
    print_error("%u:%u: %s\n%s\n", error.line, error.column, error.text, text);
  assert_int_equal(status, ONUS_OK);
  return root;
}

static void test_build(void **state) {
  (void)state;
  onus_build build = {.arena = arena};
  onus_branch map = onus_build_map(&build), list = onus_build_list(&build);
  onus_build_add(&build, &list, onus_build_number(&build, 0.25));
  onus_build_add(&build, &list, onus_build_format(&build, "%d%c", 12, 'x'));
  onus_build_add(&build, &list, NULL);
  onus_build_put(&build, &map, "list", list.node);
  onus_build_put(&build, &map, "again", list.node);
  onus_build_put(&build, &map, "yes", onus_build_boolean(&build, true));
  onus_build_put(&build, &map, "nothing", onus_build_string(&build, NULL));
  assert_false(build.has_failed);
  assert_string_equal(text_of(onus_document_write_json, map.node),
                      "{\"list\":[0.25,\"12x\"],\"again\":[0.25,\"12x\"],\"yes\":true}");
  onus_arena *other = onus_arena_new((size_t)1 << 20);
  onus_build elsewhere = {.arena = other};
  const onus_node *copy = onus_build_copy(&elsewhere, map.node);
  assert_string_equal(text_of(onus_document_write_json, copy), text_of(onus_document_write_json, map.node));
  onus_arena_free(other);
}

static void test_lack_of_memory_sticks(void **state) {
  (void)state;
  onus_arena *small = onus_arena_new(256);
  onus_build build = {.arena = small};
  onus_branch list = onus_build_list(&build);
  for (int i = 0; i < 10; i++)
    onus_build_add(&build, &list, onus_build_string(&build, "some text"));
  assert_true(build.has_failed);
  assert_null(onus_build_copy(&build, list.node));
  onus_arena_free(small);
}

/* Whatever is the first thing for which there is no room. */
static void test_copy_without_memory(void **state) {
  (void)state;
  const onus_node *root = read(true, "{\"a\": [1, \"two\", {\"b\": true}], \"c\": {\"d\": null}}");
  bool was_enough = false;
  for (size_t cap_bytes = 16; !was_enough; cap_bytes += 16) {
    onus_arena *small = onus_arena_new(cap_bytes);
    onus_build build = {.arena = small};
    const onus_node *copy = onus_build_copy(&build, root);
    was_enough = copy != NULL;
    assert_true(build.has_failed == !was_enough);
    onus_arena_free(small);
    assert_true(cap_bytes < 1 << 16);
  }
}

/* What was read, written as YAML and read again, is the same. */
static void check_yaml(const char *json) {
  const onus_node *root = read(true, json);
  const char *yaml = text_of(onus_document_write_yaml, root);
  assert_string_equal(text_of(onus_document_canonical, read(false, yaml)), text_of(onus_document_canonical, root));
}

static void test_yaml_returns(void **state) {
  (void)state;
  check_yaml(
      "{\"a\":[],\"b\":{},\"c\":[[1,2],[[3]],{\"x\":[{\"y\":null}]}],\"d\":{\"e\":{\"f\":{\"g\":[true,false]}}}}");
  static const char *const TEXTS[] = {
      "",       " ",        "a",          "no",           "Yes",     "null",       "~",     "1",
      "1.5",    "0x10",     "-",          "- a",          "a: b",    "a:b",        "a #b",  "#b",
      "'a'",    "a'b",      "{a}",        "[a",           "a, b",    "&a",         "*a",    "!a",
      "|",      ">",        "%a",         "@a",           "`a",      "2014-12-19", "a\\nb", "a\\tb",
      "a\\\\b", "a\\\"b",   "\\u0001",    "\\u0085",      "\\u202e", "\\ufeff",    "é",     "\\ud83d\\ude00",
      "a ",     " a",       "?",          "? a",          "---",     "...",        "a:",    ":a",
      "1e3",    ".inf",     "country:KP", "http://x/y#z", "\\u007f", "\\u2028",    "<<",    "=",
      "true",   "a\\r\\nb", "+1",         ".5",
  };
  char json[8192] = "{\"texts\":[\"x\"";
  for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
    sprintf(json + strlen(json), ",\"%s\"", TEXTS[i]);
  strcat(json, "]");
  for (size_t i = 1; i < sizeof TEXTS / sizeof *TEXTS; i++)
    sprintf(json + strlen(json), ",\"%s\":\"%s\"", TEXTS[i], TEXTS[i]);
  strcat(json, "}");
  check_yaml(json);
}

static void test_yaml_is_pleasant(void **state) {
  (void)state;
  const onus_node *root =
      read(true, "{\"onus\":1,\"title\":\"Who?\",\"sources\":[{\"id\":\"a\",\"reliability\":\"B\"}],"
                 "\"empty\":[],\"range\":[0.1,2e-3]}");
  assert_string_equal(text_of(onus_document_write_yaml, root), "onus: 1\n"
                                                               "title: \"Who?\"\n"
                                                               "sources:\n"
                                                               "  - {id: a, reliability: B}\n"
                                                               "empty: []\n"
                                                               "range:\n"
                                                               "  - 0.1\n"
                                                               "  - 2e-3\n");
}

/* Numbers that YAML writes and JSON cannot. */
static void test_json_of_yaml(void **state) {
  (void)state;
  const onus_node *root = read(false, "[0x10, .5, +3, 1., 0o17, -0.50, 1e3, 12345678901234567890]");
  assert_string_equal(text_of(onus_document_write_json, root), "[16,0.5,3,1,15,-0.50,1e3,12345678901234567890]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_build, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_lack_of_memory_sticks, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_copy_without_memory, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_yaml_returns, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_yaml_is_pleasant, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_json_of_yaml, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
