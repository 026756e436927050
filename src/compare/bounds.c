/* Bounds as of Vergeer, van Es, de Jongh, Alberink and Stoel (2016), "Numerical likelihood ratios outputted by LR
 * systems are often based on extrapolation: when to stop extrapolating?" */
#include "compare/bounds.h"

#include <math.h>
#include <stdlib.h>

static int by_ratio(const void *a, const void *b) {
  double x = ((const onus_pair *)a)->ln_lr, y = ((const onus_pair *)b)->ln_lr;
  return x < y ? -1 : x > y;
}

/* [C-3] Deciding "same" above the ratio t costs the share of the same pairs that are missed and t times the share of
 * the different pairs that are not, one pair more of each, which goes wrong, counted than were seen. The ratio 1 for
 * everybody costs 1 (for t > 1). The greatest ratio is the first t, going up from 1, from where on the ratios cost more
 * than that: between two ratios of pairs only t changes. `pairs` ascend. */
static double greatest_supported(const onus_pair *pairs, size_t n, double n_same, double n_different) {
  double missed = 1, false_ones = 1; /* same pairs at or below t, different ones above */
  for (size_t i = 0; i < n; i++)
    false_ones += pairs[i].is_same ? 0 : pairs[i].weight;
  double from = 0; /* pairs of one ratio are counted before any of them is passed */
  for (size_t i = 0; i <= n; i++) {
    double to = i < n ? pairs[i].ln_lr : INFINITY;
    if (to > from) {
      double hit = 1 - missed / (n_same + 1);
      double least = hit > 0 ? log(hit * (n_different + 1) / false_ones) : -INFINITY;
      if (least < to)
        return least > from ? least : from;
      from = to;
    }
    if (i < n) {
      *(pairs[i].is_same ? &missed : &false_ones) += pairs[i].is_same ? pairs[i].weight : -pairs[i].weight;
    }
  }
  return from;
}

/* Both by one rule: with the classes exchanged and the signs turned, the least is the greatest. */
void onus_bounds(onus_pair *pairs, size_t n, double *ret_least_ln_lr, double *ret_greatest_ln_lr) {
  double n_same = 0, n_different = 0;
  for (size_t i = 0; i < n; i++)
    *(pairs[i].is_same ? &n_same : &n_different) += pairs[i].weight;
  qsort(pairs, n, sizeof *pairs, by_ratio);
  *ret_greatest_ln_lr = greatest_supported(pairs, n, n_same, n_different);
  for (size_t i = 0; i < n; i++)
    pairs[i] = (onus_pair){-pairs[i].ln_lr, !pairs[i].is_same, pairs[i].weight};
  qsort(pairs, n, sizeof *pairs, by_ratio);
  *ret_least_ln_lr = -greatest_supported(pairs, n, n_different, n_same);
}
