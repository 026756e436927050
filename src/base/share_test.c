#include "base/share.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* By definition the ends are the shares p with |hits/count − p| = z √(p (1 − p) / count). */
static void ends_are_z_deviations_away(void **state) {
  (void)state;
  for (double count = 1; count < 400; count = 3 * count + 1)
    for (double hits = 0; hits <= count; hits++)
      for (double z = 0.5; z < 3; z += 0.5) {
        double end[2];
        onus_share_interval(hits, count, z, &end[0], &end[1]);
        assert_true(end[0] >= -1e-12 && end[1] <= 1 + 1e-12 && end[0] < end[1]);
        for (int k = 0; k < 2; k++)
          if (fabs(fabs(hits / count - end[k]) - z * sqrt(fabs(end[k] * (1 - end[k])) / count)) > 1e-7)
            fail_msg("%g of %g, z = %g: %g", hits, count, z, end[k]);
      }
}

/* Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I: 81/263 and 1/29, 95 %. */
static void published_examples(void **state) {
  (void)state;
  double low, high;
  onus_share_interval(81, 263, 1.959964, &low, &high);
  assert_true(fabs(low - 0.2553) < 5e-5 && fabs(high - 0.3662) < 5e-5);
  onus_share_interval(1, 29, 1.959964, &low, &high);
  assert_true(fabs(low - 0.0061) < 5e-5 && fabs(high - 0.1718) < 5e-5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ends_are_z_deviations_away),
      cmocka_unit_test(published_examples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
