/* Symmetric positive definite systems, dense: what a kernel regression solves. The same sums in the same order on every
 * machine. */
#ifndef ONUS_COMPARE_CHOLESKY_H
#define ONUS_COMPARE_CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a lower triangle of `n` rows. Row i begins at element onus_cholesky_row(i) and has i + 1 elements (and is
 * padded, so that rows are aligned). */
size_t onus_cholesky_row(size_t i);

/* Factors the matrix whose lower triangle is `a`, in place: A = L Lᵀ. False when it is not positive definite. */
bool onus_cholesky_factor(double *a, size_t n);

/* Solves A x = b for a factored matrix, in place. */
void onus_cholesky_solve(const double *l, size_t n, double *b);

#endif
