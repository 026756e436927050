#include "base/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

enum { MOST = 400 };

static int by_number(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* At any size and for any part: the same numbers, the least in front. */
static void check(uint64_t (*number)(uint64_t n, uint64_t i)) {
  static const size_t SIZES[] = {0, 1, 2, 3, 24, 25, 100, MOST};
  for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++)
    for (size_t wanted = 0, n = SIZES[s]; wanted <= n; wanted++) {
      uint64_t sorted[MOST], numbers[MOST];
      for (size_t i = 0; i < n; i++)
        sorted[i] = numbers[i] = number(n, i);
      onus_select_least(numbers, n, wanted);
      qsort(sorted, n, sizeof *sorted, by_number);
      qsort(numbers, wanted, sizeof *numbers, by_number);
      qsort(numbers + wanted, n - wanted, sizeof *numbers, by_number);
      assert_memory_equal(numbers, sorted, n * sizeof *numbers);
    }
}

static uint64_t random_number(uint64_t n, uint64_t i) {
  return onus_random_bits(n, 0, i);
}
static uint64_t ascending(uint64_t n, uint64_t i) {
  (void)n;
  return i;
}
static uint64_t descending(uint64_t n, uint64_t i) {
  return n - i;
}
static uint64_t few(uint64_t n, uint64_t i) {
  return onus_random_bits(n, 1, i) % 3;
}
static uint64_t one(uint64_t n, uint64_t i) {
  (void)i;
  return n;
}

static void test_the_least_come_first(void **state) {
  (void)state;
  check(random_number);
  check(ascending);
  check(descending);
  check(few);
  check(one);
}

/* A million in order would take minutes, were each looked at as often as there are others. */
static void test_order_is_no_trap(void **state) {
  (void)state;
  enum { N = 1 << 20 };
  uint64_t *numbers = malloc(N * sizeof *numbers);
  assert_non_null(numbers);
  for (size_t i = 0; i < N; i++)
    numbers[i] = i;
  onus_select_least(numbers, N, 24);
  for (size_t i = 0; i < 24; i++)
    assert_true(numbers[i] < 24);
  free(numbers);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_least_come_first),
      cmocka_unit_test(test_order_is_no_trap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
