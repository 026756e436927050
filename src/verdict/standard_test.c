#include "verdict/verdict_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_a_range_and_a_standard(void **state) {
  (void)state;
  assert_int_equal(onus_verdict_of(0.80, 0.90, 0.75, false), ONUS_ENOUGH);
  assert_int_equal(onus_verdict_of(0.70, 0.90, 0.75, false), ONUS_DEPENDS);
  assert_int_equal(onus_verdict_of(0.10, 0.74, 0.75, false), ONUS_NOT_ENOUGH);
  assert_int_equal(onus_verdict_of(0.75, 0.90, 0.75, false), ONUS_ENOUGH); /* reaching it is enough */
  assert_int_equal(onus_verdict_of(0.10, 0.75, 0.75, false), ONUS_DEPENDS);
  assert_int_equal(onus_verdict_of(0, 1, 0.5, true), ONUS_DEPENDS);
}

/* Preponderance: more likely than not, an even chance is not enough. */
static void test_an_exclusive_standard(void **state) {
  (void)state;
  assert_int_equal(onus_verdict_of(0.5, 0.9, 0.5, true), ONUS_DEPENDS);
  assert_int_equal(onus_verdict_of(0.5, 0.5, 0.5, true), ONUS_NOT_ENOUGH);
  assert_int_equal(onus_verdict_of(0.1, 0.5, 0.5, true), ONUS_NOT_ENOUGH);
  assert_int_equal(onus_verdict_of(0.501, 0.6, 0.5, true), ONUS_ENOUGH);
}

static void test_rounding_does_not_decide(void **state) {
  (void)state;
  assert_int_equal(onus_verdict_of(0.75 - 1e-13, 0.9, 0.75, false), ONUS_ENOUGH);
  assert_int_equal(onus_verdict_of(0.75 - 1e-11, 0.9, 0.75, false), ONUS_DEPENDS);
  assert_int_equal(onus_verdict_of(0.1, 0.75 - 1e-13, 0.75, false), ONUS_DEPENDS);
  assert_int_equal(onus_verdict_of(0.1, 0.75 - 1e-11, 0.75, false), ONUS_NOT_ENOUGH);
  assert_int_equal(onus_verdict_of(0.5 + 1e-13, 0.5 + 1e-13, 0.5, true), ONUS_NOT_ENOUGH);
  assert_int_equal(onus_verdict_of(0.5 + 1e-11, 0.5 + 1e-11, 0.5, true), ONUS_ENOUGH);
}

static void test_names(void **state) {
  (void)state;
  assert_string_equal(onus_verdict_name(ONUS_NOT_ENOUGH), "not-enough");
  assert_string_equal(onus_verdict_name(ONUS_DEPENDS), "depends");
  assert_string_equal(onus_verdict_name(ONUS_ENOUGH), "enough");
}

/* ICD 203: each band, just inside both of its ends [M-12]. */
static void test_words(void **state) {
  (void)state;
  static const struct {
    double low, high;
    const char *word, *band;
  } BANDS[] = {
      {0.00, 0.01, "almost no chance", "below 1 %"},  {0.01, 0.05, "almost no chance", "1–5 %"},
      {0.05, 0.20, "very unlikely", "5–20 %"},        {0.20, 0.45, "unlikely", "20–45 %"},
      {0.45, 0.55, "roughly even chance", "45–55 %"}, {0.55, 0.80, "likely", "55–80 %"},
      {0.80, 0.95, "very likely", "80–95 %"},         {0.95, 0.99, "almost certain", "95–99 %"},
      {0.99, 1.01, "almost certain", "above 99 %"},
  };
  for (size_t i = 0; i < sizeof BANDS / sizeof *BANDS; i++) {
    assert_string_equal(onus_probability_word(BANDS[i].low), BANDS[i].word);
    assert_string_equal(onus_probability_word(BANDS[i].high - 1e-9), BANDS[i].word);
    assert_string_equal(onus_probability_band(BANDS[i].low), BANDS[i].band);
    assert_string_equal(onus_probability_band(BANDS[i].high - 1e-9), BANDS[i].band);
  }
  assert_string_equal(onus_probability_band(1), "above 99 %");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_range_and_a_standard),
      cmocka_unit_test(test_an_exclusive_standard),
      cmocka_unit_test(test_rounding_does_not_decide),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
