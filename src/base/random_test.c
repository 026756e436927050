#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

/* Results name their seed so that they can be replayed: these values may never change. They were worked out by another
 * program from the definition of SplitMix64. */
static void test_values_stay(void **state) {
  (void)state;
  assert_true(onus_random_bits(0, 0, 0) == UINT64_C(0x238275bc38fcbe91));
  assert_true(onus_random_bits(1, 2, 3) == UINT64_C(0xd0734750fde362b3));
  assert_true(onus_random_bits(20141124, 0, 0) == UINT64_C(0xa44a9e2c6b1a6fa6));
  assert_true(onus_random_bits(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_C(0x595b17f487c0e71b));
  static const uint32_t FIRST[10] = {1, 4, 2, 3, 6, 5, 9, 8, 7, 0}, SECOND[10] = {2, 1, 0, 5, 3, 4, 8, 9, 7, 6};
  uint32_t order[10];
  onus_random_permutation(20141124, 0, 10, order);
  assert_memory_equal(order, FIRST, sizeof FIRST);
  onus_random_permutation(20141124, 1, 10, order);
  assert_memory_equal(order, SECOND, sizeof SECOND);
}

static void test_words_do_not_swap(void **state) {
  (void)state;
  assert_true(onus_random_bits(1, 2, 3) != onus_random_bits(1, 3, 2));
  assert_true(onus_random_bits(1, 2, 3) != onus_random_bits(2, 1, 3));
  assert_true(onus_random_bits(1, 2, 3) == onus_random_bits(1, 2, 3));
}

static void test_every_order_is_a_permutation(void **state) {
  (void)state;
  uint32_t order[300];
  for (size_t count = 0; count <= 300; count++) {
    bool seen[300] = {false};
    onus_random_permutation(count, 5, count, order);
    for (size_t i = 0; i < count; i++) {
      assert_true(order[i] < count);
      assert_false(seen[order[i]]);
      seen[order[i]] = true;
    }
  }
}

/* All 24 orders of four, each as often as the others: chi-squared with 23 degrees of freedom stays below its 99.99 %
 * quantile, 56. The stream is fixed, so the outcome is. */
static void test_orders_are_equally_likely(void **state) {
  (void)state;
  enum { DRAWS = 24000 };
  size_t seen[256] = {0};
  for (uint64_t stream = 0; stream < DRAWS; stream++) {
    uint32_t order[4];
    onus_random_permutation(7, stream, 4, order);
    seen[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
  }
  double squares = 0;
  size_t kinds = 0;
  for (size_t i = 0; i < 256; i++)
    if (seen[i]) {
      double off = (double)seen[i] - DRAWS / 24.0;
      squares += off * off / (DRAWS / 24.0);
      kinds++;
    }
  assert_int_equal(kinds, 24);
  assert_true(squares < 56);
}

/* Each of the 64 bits is 1 about half the time: 5 standard deviations of 4096 throws are 160. */
static void test_bits_are_even(void **state) {
  (void)state;
  size_t ones[64] = {0};
  for (uint64_t counter = 0; counter < 4096; counter++)
    for (unsigned b = 0; b < 64; b++)
      ones[b] += onus_random_bits(3, 4, counter) >> b & 1;
  for (unsigned b = 0; b < 64; b++)
    assert_in_range(ones[b], 2048 - 160, 2048 + 160);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values_stay),
      cmocka_unit_test(test_words_do_not_swap),
      cmocka_unit_test(test_every_order_is_a_permutation),
      cmocka_unit_test(test_orders_are_equally_likely),
      cmocka_unit_test(test_bits_are_even),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
