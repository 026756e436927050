#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_text_grows(void **state) {
  (void)state;
  onus_buffer buffer = onus_buffer_new(1 << 20);
  for (int i = 0; i < 1000; i++) {
    onus_buffer_printf(&buffer, "%d", i % 10);
    onus_buffer_character(&buffer, ',');
  }
  onus_buffer_repeat(&buffer, "ab", 3);
  onus_buffer_string(&buffer, "");
  onus_buffer_append(&buffer, NULL, 0);
  onus_buffer_append(&buffer, "x\0y", 3);
  onus_text text;
  assert_int_equal(onus_buffer_take(&buffer, &text, NULL), ONUS_OK);
  assert_int_equal(text.length, 2009);
  assert_memory_equal(text.bytes, "0,1,2,3,4,5,6,7,8,9,0,", 22);
  assert_memory_equal(text.bytes + 2000, "abababx\0y", 10);
  onus_text_free(&text);
  assert_null(text.bytes);

  onus_buffer_string(&buffer, "again"); /* taking leaves it empty and usable */
  assert_int_equal(onus_buffer_take(&buffer, &text, NULL), ONUS_OK);
  assert_string_equal(text.bytes, "again");
  onus_text_free(&text);
}

static void test_nothing_is_an_empty_text(void **state) {
  (void)state;
  onus_buffer buffer = onus_buffer_new(10);
  onus_text text;
  assert_int_equal(onus_buffer_take(&buffer, &text, NULL), ONUS_OK);
  assert_int_equal(text.length, 0);
  assert_string_equal(text.bytes, "");
  onus_text_free(&text);
  onus_text_free(NULL);
}

static void test_cap_is_reached_exactly(void **state) {
  (void)state;
  onus_buffer buffer = onus_buffer_new(10);
  onus_text text;
  onus_buffer_string(&buffer, "12345");
  onus_buffer_printf(&buffer, "%s", "67890");
  assert_int_equal(onus_buffer_take(&buffer, &text, NULL), ONUS_OK);
  assert_string_equal(text.bytes, "1234567890");
  onus_text_free(&text);
}

static void test_the_first_failure_stays(void **state) {
  (void)state;
  onus_buffer buffer = onus_buffer_new(10);
  onus_text text = {(char *)state, 42};
  onus_error error = {0};
  onus_buffer_string(&buffer, "12345678");
  onus_buffer_printf(&buffer, "%d", 999); /* one too many */
  onus_buffer_string(&buffer, "9");       /* would fit, but there is a hole before it */
  assert_int_equal(buffer.length_bytes, 8);
  assert_int_equal(onus_buffer_take(&buffer, &text, &error), ONUS_LIMIT);
  assert_ptr_equal(text.bytes, state); /* untouched */
  assert_int_equal(text.length, 42);
  assert_int_equal(error.status, ONUS_LIMIT);
  assert_non_null(strstr(error.text, "10"));
  assert_null(buffer.bytes); /* freed */
  onus_buffer_string(&buffer, "ok");
  assert_int_equal(onus_buffer_take(&buffer, &text, &error), ONUS_OK);
  assert_string_equal(text.bytes, "ok");
  onus_text_free(&text);
}

static void test_repeating_stops_at_the_cap(void **state) {
  (void)state;
  onus_buffer buffer = onus_buffer_new(1000);
  onus_buffer_repeat(&buffer, "abc", (size_t)-1);
  assert_int_equal(buffer.status, ONUS_LIMIT);
  assert_int_equal(buffer.length_bytes, 999);
  onus_buffer_free(&buffer);
  assert_null(buffer.bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text_grows),
      cmocka_unit_test(test_nothing_is_an_empty_text),
      cmocka_unit_test(test_cap_is_reached_exactly),
      cmocka_unit_test(test_the_first_failure_stays),
      cmocka_unit_test(test_repeating_stops_at_the_cap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
