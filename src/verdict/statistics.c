/* Small sums that several parts of a verdict need. */
#include "verdict/verdict_internal.h"

#include <math.h>
#include <string.h>

#include "base/quantile.h"

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

void onus_quantiles(double *values, size_t count, double *ret_low, double *ret_median, double *ret_high) {
  static const double SHARES[3] = {0.05, 0.50, 0.95};
  double out[3];
  onus_quantiles_of(values, count, SHARES, 3, out);
  *ret_low = out[0];
  *ret_median = out[1];
  *ret_high = out[2];
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
