/* Metrics and bounds of answers on standard input, for programs that compute them another way:
 *
 *     INCIDENTS CANDIDATES
 *     GROUP IS_UNKNOWN N_RIGHT RIGHT…  P… (candidates, then UNKNOWN)  LN_LR…      for each incident
 *
 * Prints lines of a name and a figure. */
#include <stdio.h>
#include <stdlib.h>

#include "compare/bounds.h"
#include "compare/metrics.h"

static double *numbers(size_t n) {
  double *values = calloc(n + 1, sizeof *values);
  for (size_t i = 0; values && i < n; i++)
    if (scanf("%lf", &values[i]) != 1)
      exit(2);
  return values;
}

static void read_incident(onus_scored *out, size_t n_candidates) {
  unsigned group, is_unknown;
  size_t n_right;
  if (scanf("%u %u %zu", &group, &is_unknown, &n_right) != 3)
    exit(2);
  uint32_t *right = calloc(n_right + 1, sizeof *right);
  for (size_t k = 0; k < n_right; k++)
    if (!right || scanf("%u", &right[k]) != 1)
      exit(2);
  const double *p = numbers(n_candidates + 1), *ln_lr = numbers(n_candidates);
  *out = (onus_scored){p, ln_lr, right, n_right, is_unknown, group};
}

static void print_bounds(const onus_scored *scored, size_t n, size_t n_candidates) {
  onus_error error = {0};
  double *same = NULL, *different = NULL, least, greatest;
  size_t n_same, n_different;
  if (onus_metrics_pairs(scored, n, n_candidates, &same, &n_same, &different, &n_different, &error) != ONUS_OK)
    exit(1);
  onus_pair *pairs = calloc(n_same + n_different + 1, sizeof *pairs);
  for (size_t i = 0; pairs && i < n_same + n_different; i++)
    pairs[i] = i < n_same ? (onus_pair){same[i], true, 1} : (onus_pair){different[i - n_same], false, 1};
  if (pairs && n_same > 0 && n_different > 0) {
    onus_bounds(pairs, n_same + n_different, &least, &greatest);
    printf("least_ln_lr %.17g\ngreatest_ln_lr %.17g\n", least, greatest);
  }
  free(pairs);
  free(different);
  free(same);
}

int main(void) {
  size_t n, n_candidates;
  if (scanf("%zu %zu", &n, &n_candidates) != 2)
    return 2;
  onus_scored *scored = calloc(n + 1, sizeof *scored);
  if (!scored)
    return 1;
  for (size_t i = 0; i < n; i++)
    read_incident(&scored[i], n_candidates);
  onus_metrics m;
  onus_error error = {0};
  if (onus_metrics_compute(scored, n, n_candidates, 1, &m, &error) != ONUS_OK)
    return 1;
  printf("top_1 %.17g\ntop_3 %.17g\ntop_10 %.17g\nmrr %.17g\n", m.top_1, m.top_3, m.top_10, m.mrr);
  printf("accuracy %.17g\nbrier %.17g\nlog_loss %.17g\nece %.17g\n", m.accuracy, m.brier, m.log_loss, m.ece);
  printf("cllr %.17g\ncllr_min %.17g\ncllr_permuted %.17g\nauc %.17g\n", m.cllr, m.cllr_min, m.cllr_permuted, m.auc);
  print_bounds(scored, n, n_candidates);
  for (size_t i = 0; i < n; i++) {
    free((void *)scored[i].p);
    free((void *)scored[i].ln_lr);
    free((void *)scored[i].right);
  }
  free(scored);
  return 0;
}
