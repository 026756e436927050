#include "report/figures.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/json_writer.h"

static char text[ONUS_REPORT_FIGURE_BYTES];

static void probabilities(void **state) {
  (void)state;
  static const struct {
    double p, standard;
    const char *shown;
  } rows[] = {
      {0.93086, NAN, "0.93"},     {0.5, 0.5, "0.50"},       {0.7496, 0.75, "0.7496"}, {0.7504, 0.75, "0.7504"},
      {0.75, 0.75, "0.75"},       {0.004321, NAN, "0.004"}, {0.0001, NAN, "<0.001"},  {0, NAN, "0.00"},
      {1, NAN, "1.00"},           {0.9999, NAN, ">0.999"},  {0.996, NAN, "0.996"},    {0.994, 0.995, "0.99"},
      {0.49999, 0.5, "0.49999"},  {(double)NAN, NAN, "?"},  {0.952, 0.95, "0.952"},   {0.948, 0.95, "0.948"},
      {0.9996, 0.9997, "0.9996"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    assert_string_equal(onus_report_probability(text, rows[i].p, rows[i].standard), rows[i].shown);
}

static void ranges(void **state) {
  (void)state;
  onus_probability p = {0.2, 0.93, 0.884, 0.93, 0.956};
  assert_string_equal(onus_report_probability_range(text, &p, 0.75, &onus_glyphs_utf8), "0.93 (0.88\u20130.96)");
  assert_string_equal(onus_report_probability_range(text, &p, 0.75, &onus_glyphs_ascii), "0.93 (0.88-0.96)");
}

static void ratios(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *shown;
  } rows[] = {
      {1, "1.0"},           {4.84, "4.8"},  {9.96, "10"},       {0.2131, "0.21"},   {0.0431, "0.043"},
      {0.00014, "0.00014"}, {160.4, "160"}, {1.63e7, "1.6e7"},  {2.2e-9, "2.2e-9"}, {1e300, "1e300"},
      {INFINITY, "inf"},    {0, "0"},       {123456, "120000"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    assert_string_equal(onus_report_ratio(text, rows[i].value), rows[i].shown);
  assert_string_equal(onus_report_factor(text, log(4.84), &onus_glyphs_utf8), "\u00d74.8");
}

static void signs(void **state) {
  (void)state;
  assert_string_equal(onus_report_signed(text, 1.559, &onus_glyphs_utf8), "+1.56");
  assert_string_equal(onus_report_signed(text, -0.351, &onus_glyphs_utf8), "\u22120.35");
  assert_string_equal(onus_report_signed(text, -0.351, &onus_glyphs_ascii), "-0.35");
  assert_string_equal(onus_report_signed(text, -0.0001, &onus_glyphs_utf8), "0.00");
  assert_string_equal(onus_report_fixed(text, -0.0001, 2), "0.00");
  assert_string_equal(onus_report_plain(text, 0.75), "0.75");
}

static const char *number(double value) {
  static char shown[64];
  onus_buffer out = onus_buffer_new(64);
  onus_json json = onus_json_new(&out);
  onus_json_number(&json, NULL, value);
  snprintf(shown, sizeof shown, "%s", out.bytes);
  onus_buffer_free(&out);
  return shown;
}

static void json_numbers_round_trip(void **state) {
  (void)state;
  assert_string_equal(number(0.1), "0.1");
  assert_string_equal(number(0.1 + 0.2), "0.30000000000000004");
  assert_string_equal(number(1), "1");
  assert_string_equal(number(-0.0), "0");
  assert_string_equal(number(NAN), "null");
  assert_string_equal(number(-INFINITY), "null");
  uint64_t bits = 88172645463325252u;
  for (int i = 0; i < 20000; i++) {
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
    double value = ((double)(bits >> 11) + 1) * pow(2, (double)(bits % 400) - 250);
    assert_true(strtod(number(value), NULL) == value);
  }
}

/* A program that uses the library may have set any locale: figures keep their point. */
static void every_locale_has_a_point(void **state) {
  (void)state;
  static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "pl_PL.UTF-8", "ar_EG.UTF-8"};
  bool has_any = false;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (setlocale(LC_NUMERIC, names[i])) {
      has_any = true;
      assert_string_equal(onus_report_fixed(text, 1234.5, 1), "1234.5");
      assert_string_equal(onus_report_plain(text, 0.75), "0.75");
      assert_string_equal(onus_report_ratio(text, 1.63e7), "1.6e7");
      assert_string_equal(number(0.1), "0.1");
    }
  setlocale(LC_NUMERIC, "C");
  if (!has_any)
    skip();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(probabilities),
      cmocka_unit_test(ranges),
      cmocka_unit_test(ratios),
      cmocka_unit_test(signs),
      cmocka_unit_test(json_numbers_round_trip),
      cmocka_unit_test(every_locale_has_a_point),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
