/* Row by row, four rows at a time: each row of L that was found before is read once for the four. */
#include "compare/cholesky.h"

#include <math.h>

#include "base/wide.h"

/* The sums are the same with and without wide vectors: lanes are added in a fixed order and no multiplication is fused
 * with an addition. */
enum { LANES = 8, ROWS = 4 };

size_t onus_cholesky_row(size_t i) {
  /* the sum of (k + 1) rounded up to LANES, for k < i */
  size_t blocks = i / LANES, rest = i % LANES;
  return LANES * (LANES * blocks * (blocks + 1) / 2 + rest * (blocks + 1));
}

/* Products of `x` with four rows. */
ONUS_WIDE static void products(const double *restrict x, const double *const *rows, size_t n,
                               double *restrict ret_sums) {
  double lanes[ROWS][LANES] = {{0}};
  size_t k = 0;
  for (; k + LANES <= n; k += LANES)
    for (size_t r = 0; r < ROWS; r++)
      for (size_t l = 0; l < LANES; l++)
        lanes[r][l] += x[k + l] * rows[r][k + l];
  for (; k < n; k++)
    for (size_t r = 0; r < ROWS; r++)
      lanes[r][0] += x[k] * rows[r][k];
  for (size_t r = 0; r < ROWS; r++) {
    ret_sums[r] = 0;
    for (size_t l = 0; l < LANES; l++)
      ret_sums[r] += lanes[r][l];
  }
}

/* The elements 0 … j of row i, given the rows above. */
static double element(const double *row, const double *above, size_t j, double product) {
  return (row[j] - product) / above[j];
}

static double product_of_two(const double *x, const double *y, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++)
    sum += x[k] * y[k];
  return sum;
}

bool onus_cholesky_factor(double *a, size_t n) {
  for (size_t i = 0; i < n; i += ROWS) {
    size_t n_rows = n - i < ROWS ? n - i : ROWS;
    double *own[ROWS];
    const double *rows[ROWS];
    for (size_t r = 0; r < ROWS; r++)
      rows[r] = own[r] = a + onus_cholesky_row(i + (r < n_rows ? r : n_rows - 1));
    for (size_t j = 0; j < i; j++) {
      double sums[ROWS];
      const double *above = a + onus_cholesky_row(j);
      products(above, rows, j, sums);
      for (size_t r = 0; r < n_rows; r++)
        own[r][j] = element(own[r], above, j, sums[r]);
    }
    for (size_t r = 0; r < n_rows; r++) {
      for (size_t q = 0; q < r; q++)
        own[r][i + q] = element(own[r], own[q], i + q, product_of_two(own[r], own[q], i + q));
      double square = own[r][i + r] - product_of_two(own[r], own[r], i + r);
      if (!(square > 0))
        return false;
      own[r][i + r] = sqrt(square);
    }
  }
  return true;
}

/* b − Σ x_k row_k: one row of the transposed solution is taken from all elements before it. */
ONUS_WIDE static void take_off(double *restrict b, const double *restrict row, double x, size_t n) {
  for (size_t k = 0; k < n; k++)
    b[k] -= x * row[k];
}

ONUS_WIDE static double lane_product(const double *restrict x, const double *restrict y, size_t n) {
  double lanes[LANES] = {0}, sum = 0;
  size_t k = 0;
  for (; k + LANES <= n; k += LANES)
    for (size_t l = 0; l < LANES; l++)
      lanes[l] += x[k + l] * y[k + l];
  for (; k < n; k++)
    lanes[0] += x[k] * y[k];
  for (size_t l = 0; l < LANES; l++)
    sum += lanes[l];
  return sum;
}

void onus_cholesky_solve(const double *l, size_t n, double *b) {
  for (size_t i = 0; i < n; i++) {
    const double *row = l + onus_cholesky_row(i);
    b[i] = (b[i] - lane_product(row, b, i)) / row[i];
  }
  for (size_t i = n; i-- > 0;) {
    const double *row = l + onus_cholesky_row(i);
    b[i] /= row[i];
    take_off(b, row, b[i], i);
  }
}
