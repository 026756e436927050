#include "document/canonical.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *json, const char *expected) {
  onus_arena *arena = onus_arena_new((size_t)1 << 20);
  const onus_node *root = NULL;
  onus_error error = {0};
  assert_int_equal(onus_document_parse_json("test", json, strlen(json), arena, &root, &error), ONUS_OK);
  onus_buffer out = onus_buffer_new((size_t)1 << 20);
  onus_document_canonical(&out, root);
  onus_text text = {0};
  assert_int_equal(onus_buffer_take(&out, &text, &error), ONUS_OK);
  assert_string_equal(text.bytes, expected);
  onus_text_free(&text);
  onus_arena_free(arena);
}

/* Appendix B of RFC 8785, and what its bytes leave open. */
static void test_numbers(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } CASES[] = {
      {0.0, "0"},
      {-0.0, "0"},
      {5e-324, "5e-324"},
      {-5e-324, "-5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {-1.7976931348623157e308, "-1.7976931348623157e+308"},
      {9007199254740992, "9007199254740992"},
      {-9007199254740992, "-9007199254740992"},
      {295147905179352830000.0, "295147905179352830000"},
      {9.999999999999997e22, "9.999999999999997e+22"},
      {1e23, "1e+23"},
      {1.0000000000000001e23, "1.0000000000000001e+23"},
      {999999999999999700000.0, "999999999999999700000"},
      {999999999999999900000.0, "999999999999999900000"},
      {1e21, "1e+21"},
      {9.999999999999997e-7, "9.999999999999997e-7"},
      {0.000001, "0.000001"},
      {333333333.3333332, "333333333.3333332"},
      {333333333.33333325, "333333333.33333325"},
      {333333333.3333333, "333333333.3333333"},
      {333333333.3333334, "333333333.3333334"},
      {333333333.33333343, "333333333.33333343"},
      {-0.0000033333333333333333, "-0.0000033333333333333333"},
      {1424953923781206.2, "1424953923781206.2"},
      {0x1p-44, "5.684341886080802e-14"},
      {123456, "123456"},
      {1e-7, "1e-7"},
      {1.5e-7, "1.5e-7"},
      {100, "100"},
      {0.1, "0.1"},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char text[ONUS_CANONICAL_NUMBER_BYTES];
    onus_canonical_number(CASES[i].value, text);
    assert_string_equal(text, CASES[i].text);
  }
}

static void test_numbers_return(void **state) {
  (void)state;
  uint64_t bits = 88172645463325252u;
  for (size_t i = 0; i < 200000; i++) {
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value))
      continue;
    char text[ONUS_CANONICAL_NUMBER_BYTES];
    onus_canonical_number(value, text);
    assert_true(strtod(text, NULL) == value);
  }
}

static void test_texts(void **state) {
  (void)state;
  check("\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"", "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
  check("\"\\b\\t\\f\\r\\u007f\\u2028\"", "\"\\b\\t\\f\\r\x7f\u2028\"");
  check("[ null , true,false, [ ], { } ]", "[null,true,false,[],{}]");
}

static void test_order(void **state) {
  (void)state;
  /* The example of section 3.2.3; the smiley is a pair of surrogates and comes before U+FB33. */
  check("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}",
        "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"ö\":7,\"€\":1,\"\U0001F600\":5,\"\uFB33\":3}");
  check("{\"b\":{\"d\":1,\"c\":2},\"ab\":3,\"a\":4}", "{\"a\":4,\"ab\":3,\"b\":{\"c\":2,\"d\":1}}");
  char many[4096] = "{", expected[4096] = "{";
  for (int i = 99; i >= 10; i--)
    sprintf(many + strlen(many), "\"%d\":0%s", i, i > 10 ? "," : "}");
  for (int i = 10; i <= 99; i++)
    sprintf(expected + strlen(expected), "\"%d\":0%s", i, i < 99 ? "," : "}");
  check(many, expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_numbers_return),
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
