#include "base/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_keeps(void **state) {
  (void)state;
  uint32_t *items = NULL;
  size_t count = 0, capacity = 0;
  for (uint32_t i = 0; i < 10000; i++) {
    assert_true(ONUS_ROOM_FOR_ONE(items, count, capacity));
    assert_true(count < capacity);
    items[count++] = i;
  }
  for (uint32_t i = 0; i < 10000; i++)
    assert_int_equal(items[i], i);
  free(items);
}

static void refuses_what_has_no_size(void **state) {
  (void)state;
  char byte = 'x', *items = &byte;
  size_t capacity = SIZE_MAX / 4;
  assert_false(onus_room_for_one(&items, capacity, &capacity, 16));
  assert_ptr_equal(items, &byte);
  assert_true(capacity == SIZE_MAX / 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(grows_and_keeps), cmocka_unit_test(refuses_what_has_no_size)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
