#include "verdict/verdict_internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/random.h"

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* The quantile of a sorted array, linear between neighbours. */
static double sorted_quantile(const double *sorted, size_t count, double share) {
  double place = share * (double)(count - 1);
  size_t below = (size_t)floor(place);
  if (below + 1 >= count)
    return sorted[count - 1];
  return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* Quantiles of the values against those read from a sorted copy, and that none was lost. */
static void check_quantiles(double *values, size_t count) {
  double *sorted = malloc(count * sizeof *sorted), low, median, high;
  assert_non_null(sorted);
  memcpy(sorted, values, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, by_value);
  onus_quantiles(values, count, &low, &median, &high);
  assert_true(fabs(low - sorted_quantile(sorted, count, 0.05)) < 1e-15);
  assert_true(fabs(median - sorted_quantile(sorted, count, 0.50)) < 1e-15);
  assert_true(fabs(high - sorted_quantile(sorted, count, 0.95)) < 1e-15);
  qsort(values, count, sizeof *values, by_value);
  assert_memory_equal(values, sorted, count * sizeof *values);
  free(sorted);
}

/* `kinds`: how many different values there are. */
static double *draw(uint64_t seed, size_t count, uint64_t kinds) {
  double *values = malloc(count * sizeof *values);
  assert_non_null(values);
  for (size_t i = 0; i < count; i++)
    values[i] = (double)(onus_random_bits(seed, count, i) % kinds) / (double)kinds;
  return values;
}

static void test_quantiles_of_any_length(void **state) {
  (void)state;
  for (size_t count = 1; count <= 130; count++)
    for (uint64_t seed = 0; seed < 8; seed++) {
      double *values = draw(seed, count, seed < 3 ? 1 + seed : (uint64_t)1 << (seed * 6));
      check_quantiles(values, count);
      free(values);
    }
}

static void test_quantiles_of_a_sample(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 40; seed++) {
    double *values = draw(seed, 4096, seed % 2 ? UINT64_C(1) << 50 : 1 + seed % 7);
    check_quantiles(values, 4096);
    free(values);
  }
}

static void fill_shape(double *values, size_t count, int shape) {
  for (size_t i = 0; i < count; i++)
    values[i] = shape == 0   ? 0.25
                : shape == 1 ? (double)(i % 2)
                : shape == 2 ? (double)i
                : shape == 3 ? (double)(count - i)
                             : (double)(i < count / 2 ? i : count - i);
}

static void test_quantiles_of_shapes(void **state) {
  (void)state;
  double values[4096];
  for (int shape = 0; shape < 5; shape++) {
    fill_shape(values, 4096, shape);
    check_quantiles(values, 4096);
  }
}

/* Equal, alternating, rising and falling values must not take time that grows as the square: a million of them would
 * take minutes. */
static void test_common_shapes_are_quick(void **state) {
  (void)state;
  enum { COUNT = 1 << 20 };
  double *values = malloc(COUNT * sizeof *values), low, median, high;
  assert_non_null(values);
  clock_t start = clock();
  for (int shape = 0; shape < 4; shape++) {
    fill_shape(values, COUNT, shape);
    onus_quantiles(values, COUNT, &low, &median, &high);
    assert_true(low <= median && median <= high);
  }
  assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 20);
  free(values);
}

static void test_log_odds(void **state) {
  (void)state;
  bool about[3] = {false, true, true};
  double joint[3] = {log(0.2), log(0.3), log(0.5)};
  assert_true(fabs(onus_log_odds(joint, 1, about, 3) - log(4)) < 1e-15);
  for (size_t h = 0; h < 3; h++)
    joint[h] -= 5000; /* far below what exp can show */
  assert_true(fabs(onus_log_odds(joint, 1, about, 3) - log(4)) < 1e-12);
  double strided[6] = {-1000, 1, 0, 1, -INFINITY, 1};
  assert_true(fabs(onus_log_odds(strided, 2, about, 3) - 1000) < 1e-12);
}

static void test_set_probability(void **state) {
  (void)state;
  bool about[3] = {true, false, true};
  double p[6] = {0.25, 9, 0.5, 9, 0.125, 9};
  assert_true(fabs(onus_set_probability(p, 2, about, 3) - 0.375) < 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_quantiles_of_any_length),
      cmocka_unit_test(test_quantiles_of_a_sample),
      cmocka_unit_test(test_quantiles_of_shapes),
      cmocka_unit_test(test_common_shapes_are_quick),
      cmocka_unit_test(test_log_odds),
      cmocka_unit_test(test_set_probability),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
