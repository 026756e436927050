#include "base/quantile.h"

static void swap(double *a, double *b) {
  double x = *a;
  *a = *b;
  *b = x;
}

/* Hoare's selection in values[low … count): afterwards values[k] is the k-th smallest of all, those before `low` being
 * the smallest, and none after it is smaller. Equal values are split between both sides, so that many equal ones stay
 * quick. */
static void select_kth(double *values, size_t low, size_t count, size_t k) {
  size_t high = count - 1;
  while (low < high) {
    double pivot = values[low + (high - low) / 2];
    size_t i = low, j = high;
    for (;;) {
      while (values[i] < pivot)
        i++;
      while (values[j] > pivot)
        j--;
      if (i >= j)
        break;
      swap(&values[i++], &values[j--]);
    }
    /* values[low … j] ≤ pivot ≤ values[j + 1 … high], or i == j stands between them */
    size_t split = i > j ? j : i;
    if (k <= split) {
      if (split == high)
        split--;
      high = split;
    } else
      low = split + 1;
  }
}

void onus_quantiles_of(double *values, size_t count, const double *shares, size_t n_shares, double *out) {
  size_t first = 0; /* what lies before is smaller or the same, and was asked for already */
  for (size_t i = 0; i < n_shares; i++) {
    double place = shares[i] * (double)(count - 1);
    size_t k = (size_t)place;
    select_kth(values, first, count, k);
    out[i] = values[k];
    first = k;
    if (k + 1 >= count)
      continue;
    double next = values[k + 1];
    for (size_t j = k + 2; j < count; j++)
      next = values[j] < next ? values[j] : next;
    out[i] += (place - (double)k) * (next - values[k]);
  }
}

double onus_quantile(double *values, size_t count, double share) {
  double out;
  onus_quantiles_of(values, count, &share, 1, &out);
  return out;
}
