#include "base/quantile.h"

static void swap(double *a, double *b) {
  double x = *a;
  *a = *b;
  *b = x;
}

/* Hoare's selection: afterwards values[k] is the k-th smallest and none after it is smaller. Equal values are split
 * between both sides, so that many equal ones stay quick. */
static void select_kth(double *values, size_t count, size_t k) {
  size_t low = 0, high = count - 1;
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

double onus_quantile(double *values, size_t count, double share) {
  double place = share * (double)(count - 1);
  size_t k = (size_t)place;
  select_kth(values, count, k);
  if (k + 1 >= count)
    return values[k];
  double next = values[k + 1];
  for (size_t i = k + 2; i < count; i++)
    next = values[i] < next ? values[i] : next;
  return values[k] + (place - (double)k) * (next - values[k]);
}
