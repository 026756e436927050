#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N_KEYS = 100000, KEY_BYTES = 16 };

static void test_few_keys(void **state) {
  (void)state;
  onus_table *table = onus_table_new();
  assert_non_null(table);
  assert_true(onus_table_get(table, "") == ONUS_NONE);
  assert_true(onus_table_put(table, "fbi", 7));
  assert_true(onus_table_put(table, "", 8));
  assert_true(onus_table_put(table, "fbi", 9)); /* keeps its value */
  assert_int_equal(onus_table_get(table, "fbi"), 7);
  assert_int_equal(onus_table_get(table, ""), 8);
  assert_true(onus_table_get(table, "fb") == ONUS_NONE);
  assert_true(onus_table_get(table, "fbi ") == ONUS_NONE);
  onus_table_free(table);
  onus_table_free(NULL);
}

/* So many that every table on the way has long runs of neighbours that collide. */
static void test_many_keys(void **state) {
  (void)state;
  onus_table *table = onus_table_new();
  char *keys = malloc((size_t)N_KEYS * KEY_BYTES);
  assert_non_null(keys);
  for (size_t i = 0; i < N_KEYS; i++) {
    char *key = keys + i * KEY_BYTES;
    snprintf(key, KEY_BYTES, "item-%zu", i);
    assert_true(onus_table_get(table, key) == ONUS_NONE);
    assert_true(onus_table_put(table, key, i));
    if (i % 97 == 0) /* those before it, wherever growing has moved them */
      for (size_t j = 0; j <= i; j += 1 + i / 50)
        assert_int_equal(onus_table_get(table, keys + j * KEY_BYTES), j);
  }
  for (size_t i = 0; i < N_KEYS; i++) {
    char other[KEY_BYTES + 4];
    snprintf(other, sizeof other, "item-%zu", i);
    assert_int_equal(onus_table_get(table, other), i);
    snprintf(other, sizeof other, "other-%zu", i);
    assert_true(onus_table_get(table, other) == ONUS_NONE);
  }
  onus_table_free(table);
  free(keys);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_few_keys), cmocka_unit_test(test_many_keys)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
