#include "compare/cholesky.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"

static void test_rows_do_not_overlap(void **state) {
  (void)state;
  for (size_t i = 0; i < 100; i++) {
    assert_int_equal(onus_cholesky_row(i) % 8, 0);
    assert_true(onus_cholesky_row(i + 1) >= onus_cholesky_row(i) + i + 1);
    assert_true(onus_cholesky_row(i + 1) < onus_cholesky_row(i) + i + 9);
  }
}

static double uniform(uint64_t at) {
  return (double)(onus_random_bits(7, 1, at) >> 11) / 9007199254740992.0 - 0.5;
}

/* A = B Bᵀ + I of `n` rows; solving for A x must give x back. */
static void assert_solves(size_t n) {
  double *b = calloc(n * n, sizeof *b), *full = calloc(n * n, sizeof *full), *x = calloc(n, sizeof *x),
         *right = calloc(n, sizeof *right), *a = calloc(onus_cholesky_row(n), sizeof *a);
  assert_true(b && full && x && right && a);
  for (size_t i = 0; i < n * n; i++)
    b[i] = uniform(i);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      double sum = i == j;
      for (size_t k = 0; k < n; k++)
        sum += b[i * n + k] * b[j * n + k];
      full[i * n + j] = sum;
      if (j <= i)
        a[onus_cholesky_row(i) + j] = sum;
    }
  for (size_t i = 0; i < n; i++)
    x[i] = uniform(n * n + i);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      right[i] += full[i * n + j] * x[j];
  assert_true(onus_cholesky_factor(a, n));
  onus_cholesky_solve(a, n, right);
  for (size_t i = 0; i < n; i++)
    assert_true(fabs(right[i] - x[i]) < 1e-10);
  free(b);
  free(full);
  free(x);
  free(right);
  free(a);
}

static void test_solves(void **state) {
  (void)state;
  for (size_t n = 1; n < 40; n++)
    assert_solves(n);
  assert_solves(131);
}

static void test_refuses(void **state) {
  (void)state;
  double a[32] = {0};
  a[onus_cholesky_row(0)] = 1;
  a[onus_cholesky_row(1)] = 2;
  a[onus_cholesky_row(1) + 1] = 1; /* 1 2 / 2 1: a negative eigenvalue */
  assert_false(onus_cholesky_factor(a, 2));
  a[onus_cholesky_row(0)] = NAN;
  assert_false(onus_cholesky_factor(a, 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_do_not_overlap), cmocka_unit_test(test_solves),
                                     cmocka_unit_test(test_refuses)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
