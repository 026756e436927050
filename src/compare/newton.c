#include "compare/newton.h"

#include <math.h>
#include <string.h>

enum { STEPS_AT_MOST = 200, HALVINGS_AT_MOST = 40 };

/* Half the squared Newton decrement estimates how far the value is above the least one. */
static const double CLOSE_ENOUGH = 1e-13;

/* Solves H x = g for a symmetric H given by its upper triangle, which becomes its Cholesky factor. False when H is not
 * positive definite. */
static bool solve(size_t n, double *h, const double *g, double *x) {
  for (size_t i = 0; i < n; i++) {
    double pivot = h[i * n + i];
    for (size_t k = 0; k < i; k++)
      pivot -= h[k * n + i] * h[k * n + i];
    if (!(pivot > 0) || !isfinite(pivot))
      return false;
    pivot = sqrt(pivot);
    h[i * n + i] = pivot;
    for (size_t j = i + 1; j < n; j++) {
      double sum = h[i * n + j];
      for (size_t k = 0; k < i; k++)
        sum -= h[k * n + i] * h[k * n + j];
      h[i * n + j] = sum / pivot;
    }
  }
  for (size_t i = 0; i < n; i++) {
    x[i] = g[i];
    for (size_t k = 0; k < i; k++)
      x[i] -= h[k * n + i] * x[k];
    x[i] /= h[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; k++)
      x[i] -= h[i * n + k] * x[k];
    x[i] /= h[i * n + i];
  }
  return true;
}

onus_status onus_newton(onus_newton_function *function, void *context, size_t n, double *at, onus_error *error) {
  double gradient[ONUS_NEWTON_MAX], hessian[ONUS_NEWTON_MAX * ONUS_NEWTON_MAX], step[ONUS_NEWTON_MAX],
      next[ONUS_NEWTON_MAX];
  if (n > ONUS_NEWTON_MAX)
    return ONUS_FAIL(error, ONUS_INTERNAL, "%zu parameters are more than a fit takes", n);
  for (unsigned steps = 0; steps < STEPS_AT_MOST; steps++) {
    memset(gradient, 0, n * sizeof *gradient);
    memset(hessian, 0, n * n * sizeof *hessian);
    double value = function(context, at, gradient, hessian);
    if (!isfinite(value) || !solve(n, hessian, gradient, step))
      return ONUS_FAIL(error, ONUS_INTERNAL, "a fit has no least value (%g after %u steps)", value, steps);
    double decrement = 0;
    for (size_t i = 0; i < n; i++)
      decrement += gradient[i] * step[i];
    if (decrement / 2 <= CLOSE_ENOUGH * (1 + fabs(value)))
      return ONUS_OK;
    double share = 1, reached = INFINITY;
    for (unsigned halvings = 0; halvings < HALVINGS_AT_MOST; halvings++, share /= 2) {
      for (size_t i = 0; i < n; i++)
        next[i] = at[i] - share * step[i];
      reached = function(context, next, NULL, NULL);
      if (reached <= value - 1e-4 * share * decrement)
        break;
    }
    /* Where rounding hides the gain, the value is as small as it gets. */
    if (!(reached < value))
      return decrement <= 1e-9 * (1 + fabs(value))
                 ? ONUS_OK
                 : ONUS_FAIL(error, ONUS_INTERNAL, "a fit came to a stop after %u steps, %g above its least value",
                             steps, decrement / 2);
    memcpy(at, next, n * sizeof *at);
  }
  return ONUS_FAIL(error, ONUS_INTERNAL, "a fit did not settle in %d steps", STEPS_AT_MOST);
}
