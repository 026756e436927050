#include "document/document.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "document/quote.h"
#include "document/tree_test_internal.h"

typedef onus_status parse_function(const char *, const char *, size_t, onus_arena *, const onus_node **, onus_error *);

/* The tree of a text, or its error as `line:column: text`. Freed by the caller. */
static char *parse_bytes(parse_function *parse, const char *bytes, size_t length, bool with_places) {
  onus_arena *arena = onus_arena_new((size_t)256 << 20);
  onus_buffer out = onus_buffer_new((size_t)64 << 20);
  onus_text text;
  onus_error error = {0};
  const onus_node *root = NULL;
  assert_non_null(arena);
  if (parse("t", bytes, length, arena, &root, &error) == ONUS_OK)
    show_node(&out, root, with_places);
  else
    onus_buffer_printf(&out, "%u:%u: %s", error.line, error.column, error.text);
  assert_int_equal(onus_buffer_take(&out, &text, NULL), ONUS_OK);
  onus_arena_free(arena);
  return text.bytes;
}

static void expect(parse_function *parse, const char *input, bool with_places, const char *expected) {
  char *found = parse_bytes(parse, input, strlen(input), with_places);
  assert_string_equal(found, expected);
  free(found);
}

static void yaml(const char *input, const char *expected) {
  expect(onus_document_parse_yaml, input, false, expected);
}

static void json(const char *input, const char *expected) {
  expect(onus_document_parse_json, input, false, expected);
}

static void begins(parse_function *parse, const char *input, const char *start) {
  char *found = parse_bytes(parse, input, strlen(input), false);
  if (strncmp(found, start, strlen(start)) != 0)
    fail_msg("%s\n  gave    %s\n  instead %s", input, found, start);
  free(found);
}

/* --- YAML -------------------------------------------------------------------------------------------------------- */

static void plain_scalars_follow_the_core_schema(void **state) {
  (void)state;
  yaml("[null, Null, NULL, ~]", "[null, null, null, null]");
  yaml("a:\nb: ''", "{a: null, b: \"\"}");
  yaml("[true, True, TRUE, false, False, FALSE]", "[true, true, true, false, false, false]");
  yaml("[no, NO, on, Yes, off, y, n, tRUE, nULL]",
       "[\"no\", \"NO\", \"on\", \"Yes\", \"off\", \"y\", \"n\", \"tRUE\", \"nULL\"]");
  yaml("[0, -1, +2, 007, 0x1F, 0o17]", "[int(0), int(-1), int(2), int(7), int(31), int(15)]");
  yaml("[0x, 0o8, 0b1, 1_000, 0xG, -0x1]", "[\"0x\", \"0o8\", \"0b1\", \"1_000\", \"0xG\", \"-0x1\"]");
  yaml("[1., .5, -.5, 1e3, 1E-2, 1.5e+1]", "[1, 0.5, -0.5, 1000, 0.01, 15]");
  yaml("[., e3, 1e, +, -a, 1.2.3, .inf, -.Inf, .nan, 1e400]",
       "[\".\", \"e3\", \"1e\", \"+\", \"-a\", \"1.2.3\", \".inf\", \"-.Inf\", \".nan\", \"1e400\"]");
  yaml("[2014-12-19, 2014-12-19T01:02:03Z, 12:30:45]", "[\"2014-12-19\", \"2014-12-19T01:02:03Z\", \"12:30:45\"]");
  yaml("['1', \"true\", '~', ! 1]", "[\"1\", \"true\", \"~\", \"1\"]");
  yaml("a: |\n  1\nb: >-\n  x\n  y\n", "{a: \"1\n\", b: \"x y\"}");
}

static void norway_is_a_country(void **state) {
  (void)state;
  yaml("country: NO\nactors: [no]", "{country: \"NO\", actors: [\"no\"]}");
}

static void places_in_yaml_are_exact(void **state) {
  (void)state;
  expect(onus_document_parse_yaml, "# é\nä: 1\n\"ö\":   [é, b]\nc:\n  - x\n  - {k: 'v', l: }\n", true,
         "{ä@2:1: int(1)@2:4, ö@3:1: [\"é\"@3:9, \"b\"@3:12]@3:8, "
         "c@4:1: [\"x\"@5:5, {k@6:6: \"v\"@6:9, l@6:14: null@6:17}@6:5]@5:3}@2:1");
  expect(onus_document_parse_yaml,
         "\xEF\xBB\xBF"
         "a: 1\r\nb: 2\r\n",
         true, "{a@1:1: int(1)@1:4, b@2:1: int(2)@2:4}@1:1");
  expect(onus_document_parse_yaml, "--- !\na: b", true, "{a@2:1: \"b\"@2:4}@1:5");
}

static void yaml_refuses_what_is_not_plain_data(void **state) {
  (void)state;
  parse_function *y = onus_document_parse_yaml;
  begins(y, "a: &x 1\nb: *x\n", "1:4: an anchor (&); ");
  begins(y, "a: 1\nb: *x\n", "2:4: an alias (*); ");
  begins(y, "&x [a]", "1:1: an anchor");
  begins(y, "&x {a: 1}", "1:1: an anchor");
  begins(y, "a: !!str 1", "1:4: a tag (!); ");
  begins(y, "a: !x [1]", "1:4: a tag (!); ");
  begins(y, "!<tag:yaml.org,2002:map> {a: 1}", "1:1: a tag (!); ");
  begins(y, "a: 1\n---\nb: 2\n", "2:1: a second document begins; ");
  begins(y, "a: 1\n...\n---\n", "3:1: a second document begins; ");
  begins(y, "a: 1\nb: 2\n'a': 3\n", "3:1: the key \"a\" stands a second time, after line 1, column 1; ");
  begins(y, "x: {a: 1, a: 2}", "1:11: the key \"a\" stands a second time, after line 1, column 5; ");
  begins(y, "[a]: 1", "1:1: a list as a key; ");
  begins(y, "{{a: 1}: 1}", "1:2: a map as a key; ");
  begins(y, "? - a\n: 1", "1:3: a list as a key; ");
  begins(y, "'': 1", "1:1: the key is empty; ");
  begins(y, "{a: 1, ? : 1}", "1:10: the key is empty; ");
  begins(y, "a: \"x\\0y\"", "1:4: the text holds the character U+0000; ");
  begins(y, "\"a\\0\": 1", "1:1: the key holds the character U+0000; ");
  begins(y, "", "1:1: nothing stands in the file; ");
  begins(y, "# only\n", "1:1: nothing stands in the file; ");
}

static void errors_of_yaml_are_in_plain_words(void **state) {
  (void)state;
  parse_function *y = onus_document_parse_yaml;
  begins(y, "a: b: c", "1:5: a colon where no key can stand; ");
  begins(y, "a:\n\t- b", "2:1: ");
  begins(y, "a: 'b\nc: d\n", "1:4: a quoted text without an end; ");
  begins(y, "a: [1, 2\nb: 3\n", "2:2: the list in brackets that begins on line 1 ");
  begins(y, "a: {b: 1\nc: 3\n", "2:2: the map in braces that begins on line 1 ");
  begins(y, "a:\n  b: 1\n c: 2\n", "3:2: this line fits neither");
  begins(y, "a: 1\nb\nc: 2", "2:1: this line is neither `key: value`");
  begins(y, "a:\n  - b\n  c: d\n", "3:3: this line is no entry of the list");
  begins(y, "a: \"\\q\"", "1:5: an escape that YAML does not have; ");
  begins(y, "a: @b", "1:4: a value cannot begin with this character; ");
  begins(y, "a: %b", "1:4: a value cannot begin with this character; ");
  begins(y, "%YAML 3.0\n---\na: 1\n", "1:1: a version of YAML that is not known; ");
}

/* --- JSON -------------------------------------------------------------------------------------------------------- */

static void json_reads_every_form(void **state) {
  (void)state;
  json(" {\"a\" : [ ] , \"b\":{ }, \"c\":[[], {}]} \n", "{a: [], b: {}, c: [[], {}]}");
  json("[0, -0.5, 12, 1e3, 1E-2, 1.5e+1, 123456789012345678901234567890]",
       "[int(0), -0.5, int(12), 1000, 0.01, 15, int(1.2345678901234568e+29)]");
  json("[true, false, null]", "[true, false, null]");
  json("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\\uD83D\\uDE00\"", "\"\"\\/\b\f\n\r\té€😀\"");
  json("3", "int(3)");
}

static void places_in_json_are_exact(void **state) {
  (void)state;
  expect(onus_document_parse_json, "\xEF\xBB\xBF{\"é\": [1, \"é\", true],\r\n  \"b\": {\"c\":null}\r}", true,
         "{é@1:2: [int(1)@1:8, \"é\"@1:11, true@1:16]@1:7, b@2:3: {c@2:9: null@2:13}@2:8}@1:1");
}

static void json_is_strict(void **state) {
  (void)state;
  parse_function *j = onus_document_parse_json;
  begins(j, "", "1:1: nothing stands in the file; ");
  begins(j, "{\"a\": 1", "1:8: the file ends too early; a comma or }");
  begins(j, "[1, 2", "1:6: the file ends too early; a comma or ]");
  begins(j, "[1,]", "1:4: \"]\"; a value was to follow");
  begins(j, "[,1]", "1:2: \",\"; a value is");
  begins(j, "{\"a\": 1,}", "1:9: \"}\"; a key was to follow the comma");
  begins(j, "{a: 1}", "1:2: \"a\"; a key in double quotes");
  begins(j, "{\"a\" 1}", "1:6: \"1\"; a colon");
  begins(j, "{\"a\": 1} x", "1:10: \"x\"; nothing may follow");
  begins(j, "[1}", "1:3: \"}\"; a comma or ]");
  begins(j, "[}", "1:2: \"}\"; a comma or ]");
  begins(j, "[01]", "1:2: \"01\"; a number is written");
  begins(j, "[1.]", "1:2: \"1.\"; a number is written");
  begins(j, "[.5]", "1:2: \".5\"; a value is");
  begins(j, "[+1]", "1:2: \"+1\"; a value is");
  begins(j, "[1e999]", "1:2: \"1e999\"; a number is smaller");
  begins(j, "[NaN]", "1:2: \"NaN\"; a value is");
  begins(j, "[nul]", "1:2: \"nul\"; a value is");
  begins(j, "[truex]", "1:6: \"x\"; a comma or ]");
  begins(j, "['a']", "1:2: \"'a'\"; a value is");
  begins(j, "// x\n1", "1:1: \"//\"; a value is");
  begins(j, "[\"a\nb\"]", "1:4: a control character or line end");
  begins(j, "[\"abc", "1:2: a text without an end");
  begins(j, "[\"a\\x\"]", "1:4: an escape that JSON does not have");
  begins(j, "[\"\\u12g4\"]", "1:3: an escape \\u without four");
  begins(j, "[\"\\ud800\"]", "1:3: the first half of a surrogate pair");
  begins(j, "[\"\\ud800\\u0041\"]", "1:3: the first half of a surrogate pair");
  begins(j, "[\"\\udc00\"]", "1:3: the second half of a surrogate pair");
  begins(j, "[\"\\u0000\"]", "1:3: the character U+0000");
  begins(j, "{\"a\": 1, \"b\": 2, \"\\u0061\": 3}",
         "1:18: the key \"a\" stands a second time, after line 1, column 2; ");
  begins(j, "{\"\": 1}", "1:2: the key is empty");
}

/* What jansson makes of the same bytes, written like show_node; NULL when it refuses them. */
static void show_jansson(onus_buffer *out, const json_t *value) {
  const char *key;
  json_t *child;
  size_t index, count = 0;
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    onus_buffer_string(out, "{");
    json_object_foreach((json_t *)value, key, child) {
      onus_buffer_printf(out, "%s%s: ", count++ ? ", " : "", key);
      show_jansson(out, child);
    }
    onus_buffer_string(out, "}");
    break;
  case JSON_ARRAY:
    onus_buffer_string(out, "[");
    json_array_foreach(value, index, child) {
      onus_buffer_string(out, index ? ", " : "");
      show_jansson(out, child);
    }
    onus_buffer_string(out, "]");
    break;
  case JSON_STRING:
    onus_buffer_printf(out, "\"%s\"", json_string_value(value));
    break;
  case JSON_INTEGER:
    onus_buffer_printf(out, "int(%.17g)", (double)json_integer_value(value));
    break;
  case JSON_REAL:
    onus_buffer_printf(out, "%.17g", json_real_value(value) + 0.0);
    break;
  case JSON_TRUE:
  case JSON_FALSE:
    onus_buffer_string(out, json_is_true(value) ? "true" : "false");
    break;
  case JSON_NULL:
    onus_buffer_string(out, "null");
    break;
  }
}

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* An independent reader agrees on what is JSON and on what it says, over texts that are nearly right. */
static void json_agrees_with_jansson(void **state) {
  (void)state;
  static const char *const SEEDS[] = {
      "{\"a\": [1, -2.5e-3, \"x\\u00e9\\n\", null], \"b\": {\"c\": true, \"d\": [[], {}, \"\"]}}",
      "[\"\\ud83d\\ude00\", 0, -0, 0.0, 1E5, {\"k\": false}]",
  };
  static const char ALPHABET[] = "{}[]:,\"\\u0123456789abcdef.-+eE \ntrufalsn/";
  uint64_t random = 42;
  unsigned n_accepted = 0;
  for (unsigned round = 0; round < 40000; round++) {
    char text[256];
    const char *seed = SEEDS[round % 2];
    size_t length = strlen(seed);
    memcpy(text, seed, length + 1);
    for (uint64_t edits = next_random(&random) % 4; edits > 0; edits--) {
      size_t at = next_random(&random) % length;
      char c = ALPHABET[next_random(&random) % (sizeof ALPHABET - 1)];
      if (next_random(&random) % 2) {
        text[at] = c;
      } else {
        memmove(text + at, text + at + 1, length - at);
        length--;
      }
    }
    json_error_t refused;
    json_t *theirs = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &refused);
    char *ours = parse_bytes(onus_document_parse_json, text, length, false);
    bool we_refuse = ours[0] >= '0' && ours[0] <= '9';
    bool has_empty_key = strstr(ours, "the key is empty") != NULL;
    if (theirs && !has_empty_key) {
      onus_buffer out = onus_buffer_new(65536);
      show_jansson(&out, theirs);
      onus_text shown;
      assert_int_equal(onus_buffer_take(&out, &shown, NULL), ONUS_OK);
      assert_string_equal(ours, shown.bytes);
      onus_text_free(&shown);
      n_accepted++;
    } else if (!we_refuse) {
      fail_msg("jansson refuses (%s) what gave %s", refused.text, ours);
    }
    json_decref(theirs);
    free(ours);
  }
  assert_true(n_accepted > 5000);
}

/* --- both -------------------------------------------------------------------------------------------------------- */

static void both_give_the_same_tree(void **state) {
  (void)state;
  static const char JSON[] =
      "{\"onus\": 1, \"a\": [1.5, \"x\", null, true], \"b\": {\"c\": \"2014-12-19\", \"d\": []}}";
  char *from_json = parse_bytes(onus_document_parse_json, JSON, strlen(JSON), false);
  yaml("onus: 1\na:\n- 1.5\n- x\n-\n- true\nb:\n  c: 2014-12-19\n  d: []\n", from_json);
  yaml(JSON, from_json);
  free(from_json);
}

static void bytes_that_are_no_text_are_refused_with_their_place(void **state) {
  (void)state;
  parse_function *const both[] = {onus_document_parse_yaml, onus_document_parse_json};
  for (size_t i = 0; i < 2; i++) {
    begins(both[i], "{\"a\":\n \"é\xFF\"}", "2:4: the byte 0xFF is not UTF-8; ");
    begins(both[i], "{\"a\": \"\xC0\x80\"}", "1:8: the byte 0xC0 is not UTF-8; ");
    begins(both[i], "{\"a\": \"\xED\xA0\x80\"}", "1:8: the byte 0xED is not UTF-8; ");
    begins(both[i], "{\"a\": \"\xF4\x90\x80\x80\"}", "1:8: the byte 0xF4 is not UTF-8; ");
    begins(both[i], "{\"a\": \"\xE2\x82", "1:8: the byte 0xE2 is not UTF-8; ");
    char *found = parse_bytes(both[i], "{\"a\": \0 1}", 10, false);
    assert_non_null(strstr(found, "1:7: the character U+0000 is not allowed here; "));
    free(found);
  }
  begins(onus_document_parse_yaml, "a: x\x07", "1:5: the character U+0007 is not allowed here; ");
  begins(onus_document_parse_yaml, "a: x\xE2\x80\xA8y", "1:5: the character U+2028 is not allowed here; ");
  begins(onus_document_parse_yaml, "a: \"\\u2028\"", "{a: \"\xE2\x80\xA8\"}");
}

static char *repeat(const char *before, const char *unit, size_t times, const char *after) {
  size_t before_length = strlen(before), unit_length = strlen(unit);
  char *text = malloc(before_length + unit_length * times + strlen(after) + 1);
  assert_non_null(text);
  memcpy(text, before, before_length);
  for (size_t i = 0; i < times; i++)
    memcpy(text + before_length + i * unit_length, unit, unit_length);
  memcpy(text + before_length + times * unit_length, after, strlen(after) + 1);
  return text;
}

static void limits_hold(void **state) {
  (void)state;
  parse_function *const both[] = {onus_document_parse_yaml, onus_document_parse_json};
  for (size_t i = 0; i < 2; i++) {
    char *deepest = repeat("", "[", ONUS_DOCUMENT_DEPTH, ""), *closing = repeat("", "]", ONUS_DOCUMENT_DEPTH, "");
    char *fits = repeat(deepest, "1", 1, closing), *too_deep = repeat(deepest, "[", 1, "");
    begins(both[i], fits, "[[[[");
    begins(both[i], too_deep, "1:65: lists and maps are nested more than 64 deep; ");
    char *much = repeat("[", "1,", ONUS_DOCUMENT_NODES - 2, "1]"),
         *too_much = repeat("[", "1,", ONUS_DOCUMENT_NODES - 1, "1]");
    begins(both[i], much, "[int(1), ");
    begins(both[i], too_much, "1:3145728: the file holds more than 1572864 values; ");
    free(deepest);
    free(closing);
    free(fits);
    free(too_deep);
    free(much);
    free(too_much);
    char *huge = repeat("\"", "aaaaaaaaaaaaaaaa", ONUS_DOCUMENT_BYTES / 16, "\"");
    begins(both[i], huge, "0:0: has 67108866 bytes; ");
    free(huge);
  }
}

/* 10^5 keys: a search key by key would take minutes under a sanitizer. */
static void large_maps_are_read_quickly(void **state) {
  (void)state;
  onus_buffer out = onus_buffer_new((size_t)8 << 20);
  onus_buffer_string(&out, "{");
  for (unsigned i = 0; i < 100000; i++)
    onus_buffer_printf(&out, "\"key%u\": %u,\n", i, i);
  onus_buffer_string(&out, "\"key77777\": 0}");
  onus_text text;
  assert_int_equal(onus_buffer_take(&out, &text, NULL), ONUS_OK);
  begins(onus_document_parse_json, text.bytes,
         "100001:1: the key \"key77777\" stands a second time, after line 77778, ");
  begins(onus_document_parse_yaml, text.bytes,
         "100001:1: the key \"key77777\" stands a second time, after line 77778, ");
  onus_text_free(&text);
}

static void numbers_do_not_depend_on_the_locale(void **state) {
  (void)state;
  static const char *const COMMAS[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
  for (size_t i = 0; i < 4; i++)
    if (setlocale(LC_NUMERIC, COMMAS[i]))
      break;
  yaml("0.25", "0.25");
  json("0.25", "0.25");
  setlocale(LC_NUMERIC, "C");
}

static void stored_files_are_read_by_their_ending(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new(1 << 20);
  const onus_node *root = NULL;
  onus_error error = {0};
  assert_int_equal(onus_document_read("case.txt", arena, &root, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_document_read("no-such-folder/case.yaml", arena, &root, &error), ONUS_IO);
  assert_null(root);
  onus_arena_free(arena);
}

static void quotes_are_short_and_harmless(void **state) {
  (void)state;
  assert_string_equal(onus_quote_string("a\x1b[31m\n").text, "\"a\\x1B[31m\\n\"");
  assert_string_equal(onus_quote_bytes("\xFF\xC2\x9B", 3).text, "\"\\xFF\\x9B\"");
  assert_string_equal(onus_quote_string("a\xE2\x80\xAE"
                                        "b")
                          .text,
                      "\"a\\u202Eb\"");
  char *wide = repeat("", "😀", 61, ""), *shown = repeat("\"", "😀", 60, "…\"");
  assert_string_equal(onus_quote_string(wide).text, shown);
  free(wide);
  free(shown);
}

/* --- part by part ---------------------------------------------------------------------------------------------- */

static onus_status show_part(void *context, const char *key, const onus_node *part, onus_error *error) {
  (void)error;
  onus_buffer *out = context;
  onus_buffer_printf(out, "%s=", key ? key : "-");
  show_node(out, part, false);
  onus_buffer_printf(out, "@%u:%u ", part->line, part->column);
  return ONUS_OK;
}

static void parts(const char *input, const char *expected) {
  onus_buffer out = onus_buffer_new((size_t)1 << 20);
  onus_text text;
  onus_error error = {0};
  if (onus_document_each_json("t", input, strlen(input), show_part, &out, &error) != ONUS_OK)
    onus_buffer_printf(&out, "%u:%u: %s", error.line, error.column, error.text);
  onus_buffer_character(&out, '.');
  assert_int_equal(onus_buffer_take(&out, &text, NULL), ONUS_OK);
  assert_string_equal(text.bytes, expected);
  onus_text_free(&text);
}

static void json_is_read_part_by_part(void **state) {
  (void)state;
  parts("{\"a\": [1, {\"b\": [2]}], \n \"c\": \"x\", \"d\": []}", "a=int(1)@1:8 a={b: [int(2)]}@1:11 c=\"x\"@2:7 .");
  parts("[{}, [3]]", "-={}@1:2 -=[int(3)]@1:6 .");
  parts("7", "-=int(7)@1:1 .");
  parts("{}", ".");
}

static void parts_before_an_error_are_handed_on(void **state) {
  (void)state;
  parts("{\"a\": [1, 2", "a=int(1)@1:8 a=int(2)@1:11 1:12: the file ends too early; a comma or ] was to follow.");
  parts("{\"a\": 1, \"a\": 2}",
        "a=int(1)@1:7 1:10: the key \"a\" is empty or stands a second time; give each key once.");
  parts("{\"a\": [1,]}", "a=int(1)@1:8 1:10: \"]\"; a value was to follow before it.");
  parts("{\"a\": 1,}", "a=int(1)@1:7 1:9: \"}\"; a key was to follow the comma before it, or no comma.");
  parts("{\"a\": 1} 2", "a=int(1)@1:7 1:10: \"2\"; nothing may follow the value.");
  parts("", "1:1: nothing stands in the file; write a map.");
}

static onus_status keep_place(void *context, const char *key, const onus_node *part, onus_error *error) {
  (void)key;
  (void)error;
  onus_document_place **next = context;
  *(*next)++ = (onus_document_place){part->at_bytes, part->line, part->column};
  return ONUS_OK;
}

/* What a part holds and where, is the same when it is read again, in any order. */
static void parts_are_read_again(void **state) {
  (void)state;
  static const char INPUT[] =
      "\xEF\xBB\xBF[\"h\xC3\xA9\\n\xE2\x82\xAC\", {\"\xC3\xA9\": [1, \r\n 2]},\r \"\xF0\x9F\x98\x80\", 3]";
  onus_document_place places[4], *next = places;
  onus_error error = {0};
  assert_int_equal(onus_document_each_json("t", INPUT, strlen(INPUT), keep_place, &next, &error), ONUS_OK);
  assert_ptr_equal(next, places + 4);
  onus_buffer first = onus_buffer_new((size_t)1 << 20), again = first, reversed = first;
  assert_int_equal(onus_document_each_json("t", INPUT, strlen(INPUT), show_part, &first, &error), ONUS_OK);
  assert_int_equal(onus_document_again_json("t", INPUT, strlen(INPUT), places, 4, show_part, &again, &error), ONUS_OK);
  assert_string_equal(first.bytes, "-=\"h\xC3\xA9\n\xE2\x82\xAC\"@1:2 -={\xC3\xA9: [int(1), int(2)]}@1:11 "
                                   "-=\"\xF0\x9F\x98\x80\"@3:2 -=int(3)@3:7 ");
  assert_string_equal(again.bytes, first.bytes);
  onus_document_place two[] = {places[3], places[1]};
  assert_int_equal(onus_document_again_json("t", INPUT, strlen(INPUT), two, 2, show_part, &reversed, &error), ONUS_OK);
  assert_string_equal(reversed.bytes, "-=int(3)@3:7 -={\xC3\xA9: [int(1), int(2)]}@1:11 ");
  onus_buffer_free(&first);
  onus_buffer_free(&again);
  onus_buffer_free(&reversed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_scalars_follow_the_core_schema),
      cmocka_unit_test(norway_is_a_country),
      cmocka_unit_test(places_in_yaml_are_exact),
      cmocka_unit_test(yaml_refuses_what_is_not_plain_data),
      cmocka_unit_test(errors_of_yaml_are_in_plain_words),
      cmocka_unit_test(json_reads_every_form),
      cmocka_unit_test(places_in_json_are_exact),
      cmocka_unit_test(json_is_strict),
      cmocka_unit_test(json_agrees_with_jansson),
      cmocka_unit_test(both_give_the_same_tree),
      cmocka_unit_test(bytes_that_are_no_text_are_refused_with_their_place),
      cmocka_unit_test(limits_hold),
      cmocka_unit_test(large_maps_are_read_quickly),
      cmocka_unit_test(numbers_do_not_depend_on_the_locale),
      cmocka_unit_test(stored_files_are_read_by_their_ending),
      cmocka_unit_test(quotes_are_short_and_harmless),
      cmocka_unit_test(json_is_read_part_by_part),
      cmocka_unit_test(parts_before_an_error_are_handed_on),
      cmocka_unit_test(parts_are_read_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
