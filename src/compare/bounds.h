/* [C-3]: no likelihood ratio goes beyond what the pairs at hand could support. */
#ifndef ONUS_COMPARE_BOUNDS_H
#define ONUS_COMPARE_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

/* A likelihood ratio, and whether it was one of the same actor. */
typedef struct onus_pair {
  double ln_lr;
  bool is_same;
  double weight; /* as how many pairs it counts: 1, or less where several tell the same */
} onus_pair;

/* There are pairs of both classes. Their order is lost. */
void onus_bounds(onus_pair *pairs, size_t n, double *ret_least_ln_lr, double *ret_greatest_ln_lr);

#endif
