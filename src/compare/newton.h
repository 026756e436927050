/* The least value of a smooth convex function, by Newton's method with step halving. */
#ifndef ONUS_COMPARE_NEWTON_H
#define ONUS_COMPARE_NEWTON_H

#include "base/error.h"

#define ONUS_NEWTON_MAX 72 /* parameters */

/* The value at `at`; with gradient and hessian (row by row, its upper triangle) unless they are NULL. Both come zeroed.
 */
typedef double onus_newton_function(void *context, const double *at, double *gradient, double *hessian);

/* `at` holds where to begin and then where the least value is; ONUS_INTERNAL when it is not reached. */
ONUS_MUST_CHECK onus_status onus_newton(onus_newton_function *function, void *context, size_t n, double *at,
                                        onus_error *error);

#endif
