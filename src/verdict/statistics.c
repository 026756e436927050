/* Small sums that several parts of a verdict need. */
#include "verdict/verdict_internal.h"

#include <math.h>
#include <string.h>

double onus_set_probability(const double *p, size_t stride, const bool *about, size_t n_hypotheses) {
  double sum = 0;
  for (size_t h = 0; h < n_hypotheses; h++)
    if (about[h])
      sum += p[h * stride];
  return sum;
}

double onus_log_odds(const double *log_joint, size_t stride, const bool *about, size_t n_hypotheses) {
  double largest[2] = {-INFINITY, -INFINITY}, sum[2] = {0, 0};
  for (size_t h = 0; h < n_hypotheses; h++)
    largest[about[h]] = fmax(largest[about[h]], log_joint[h * stride]);
  for (size_t h = 0; h < n_hypotheses; h++)
    if (log_joint[h * stride] > -INFINITY)
      sum[about[h]] += exp(log_joint[h * stride] - largest[about[h]]);
  return (log(sum[1]) + largest[1]) - (log(sum[0]) + largest[0]);
}

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

/* The quantile at `share`, linear between the two order statistics around it. */
static double quantile(double *values, size_t count, double share) {
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

void onus_quantiles(double *values, size_t count, double *ret_low, double *ret_median, double *ret_high) {
  *ret_low = quantile(values, count, 0.05);
  *ret_median = quantile(values, count, 0.50);
  *ret_high = quantile(values, count, 0.95);
}

onus_status onus_progress_report(const onus_options *options, double share_done, onus_error *error) {
  if (options->progress && !options->progress(options->progress_context, share_done))
    return ONUS_FAIL(error, ONUS_CANCELLED, "stopped");
  return ONUS_OK;
}

static bool report_part(void *context, double share_done) {
  const onus_progress_part *part = context;
  return part->whole->progress(part->whole->progress_context, part->from + (part->to - part->from) * share_done);
}

onus_options onus_options_part(onus_progress_part *part) {
  onus_options options = *part->whole;
  options.progress = part->whole->progress ? report_part : NULL;
  options.progress_context = part;
  return options;
}
