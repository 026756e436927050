#include "base/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Seconds of a text that must be right. */
static int64_t seconds_of(const char *text) {
  onus_moment moment;
  if (!onus_moment_parse(text, &moment))
    fail_msg("\"%s\" was refused", text);
  return moment.seconds_utc;
}

/* Figures from `date -u -d … +%s`. */
static void test_known_moments(void **state) {
  (void)state;
  assert_int_equal(seconds_of("1970-01-01"), 0);
  assert_int_equal(seconds_of("1969-12-31"), -86400);
  assert_int_equal(seconds_of("1969-12-31T23:59:59Z"), -1);
  assert_int_equal(seconds_of("2014-11-24"), 1416787200);
  assert_int_equal(seconds_of("2014-12-22T15:04:05Z"), 1419260645);
  assert_int_equal(seconds_of("1900-03-01"), -2203891200);
  assert_int_equal(seconds_of("0001-01-01"), -62135596800);
  assert_int_equal(seconds_of("9999-12-31T23:59:59Z"), 253402300799);
}

static void test_offsets(void **state) {
  (void)state;
  int64_t noon = seconds_of("2014-12-22T12:00:00Z");
  assert_int_equal(seconds_of("2014-12-22T21:00:00+09:00"), noon);
  assert_int_equal(seconds_of("2014-12-22T07:00:00-05:00"), noon);
  assert_int_equal(seconds_of("2014-12-22T17:30:00+05:30"), noon);
  assert_int_equal(seconds_of("2014-12-22T12:00:00-00:00"), noon);
  assert_int_equal(seconds_of("2014-12-23T11:59:00+23:59"), noon);
  assert_int_equal(seconds_of("2014-12-22t12:00:00z"), noon);
  assert_int_equal(seconds_of("2014-12-22 12:00:00Z"), noon);
  assert_int_equal(seconds_of("2014-12-22T12:00:00.999999999Z"), noon); /* fractions are dropped */
  assert_int_equal(seconds_of("2016-12-31T23:59:60Z"), seconds_of("2017-01-01T00:00:00Z"));
}

static void test_leap_years(void **state) {
  (void)state;
  onus_moment moment;
  assert_true(onus_moment_parse("2016-02-29", &moment));
  assert_true(onus_moment_parse("2000-02-29", &moment));
  assert_false(onus_moment_parse("2015-02-29", &moment));
  assert_false(onus_moment_parse("1900-02-29", &moment));
  assert_false(onus_moment_parse("2100-02-29", &moment));
  assert_int_equal(seconds_of("2016-03-01") - seconds_of("2016-02-28"), 2 * 86400);
  assert_int_equal(seconds_of("2015-03-01") - seconds_of("2015-02-28"), 86400);
}

static void test_periods(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t first_day, last_day;
  } PERIODS[] = {{"2014", 16071, 16435},           {"2016-02", 16832, 16860},
                 {"2015-02", 16467, 16494},        {"2014-12", 16405, 16435},
                 {"2014-12-22", 16426, 16426},     {"2014-12-22T23:59:59Z", 16426, 16426},
                 {"1969-12-31T23:59:59Z", -1, -1}, {"1970", 0, 364}};
  for (size_t i = 0; i < sizeof PERIODS / sizeof *PERIODS; i++) {
    int32_t first_day, last_day;
    assert_true(onus_moment_parse_period(PERIODS[i].text, &first_day, &last_day));
    assert_int_equal(first_day, PERIODS[i].first_day);
    assert_int_equal(last_day, PERIODS[i].last_day);
  }
  static const char *const BAD[] = {"",           "14",       "0000",  "2014-", "2014-1", "2014-13", "2014-00",
                                    "2014-02-30", "2014-12-", "2014 ", "20145", "201",    "2014-12x"};
  int32_t first_day = 7, last_day = 7;
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
    assert_false(onus_moment_parse_period(BAD[i], &first_day, &last_day));
  assert_int_equal(first_day, 7);
  assert_int_equal(last_day, 7);
}

static void test_what_is_no_moment(void **state) {
  (void)state;
  static const char *const BAD[] = {"",
                                    "2014",
                                    "2014-12",
                                    "2014-12-",
                                    "2014-12-2",
                                    "2014-12-222",
                                    "2014-13-01",
                                    "2014-00-01",
                                    "2014-01-00",
                                    "2014-04-31",
                                    "0000-01-01",
                                    "-001-01-01",
                                    "14-12-22",
                                    "12/22/2014",
                                    "2014-12-22T",
                                    "2014-12-22T12",
                                    "2014-12-22T12:00",
                                    "2014-12-22T12:00Z",
                                    "2014-12-22T12:00:00",
                                    "2014-12-22T24:00:00Z",
                                    "2014-12-22T12:60:00Z",
                                    "2014-12-22T12:00:61Z",
                                    "2014-12-22T12:00:00.Z",
                                    "2014-12-22T12:00:00+9:00",
                                    "2014-12-22T12:00:00+0900",
                                    "2014-12-22T12:00:00+24:00",
                                    "2014-12-22T12:00:00+09:60",
                                    "2014-12-22T12:00:00Zx",
                                    " 2014-12-22",
                                    "2014-12-22 ",
                                    "2014-12-22x12:00:00Z",
                                    "20141222"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    onus_moment moment = {77, true};
    if (onus_moment_parse(BAD[i], &moment))
      fail_msg("\"%s\" was taken", BAD[i]);
    assert_int_equal(moment.seconds_utc, 77);
  }
}

/* Every day of 800 years against the C library's calendar, there and back. */
static void test_every_day(void **state) {
  (void)state;
  char text[ONUS_MOMENT_TEXT_BYTES], wanted[64];
  for (int64_t day = -135140; day < 157054; day++) { /* 1600 to 2399 */
    time_t seconds = (time_t)(day * 86400);
    struct tm parts;
    assert_non_null(gmtime_r(&seconds, &parts));
    strftime(wanted, sizeof wanted, "%Y-%m-%d", &parts);
    onus_moment moment;
    assert_true(onus_moment_parse(wanted, &moment));
    assert_int_equal(moment.seconds_utc, seconds);
    onus_moment_format((onus_moment){seconds, true}, text);
    assert_string_equal(text, wanted);
  }
}

static void test_format(void **state) {
  (void)state;
  char text[ONUS_MOMENT_TEXT_BYTES];
  onus_moment_format((onus_moment){-1, false}, text);
  assert_string_equal(text, "1969-12-31T23:59:59Z");
  onus_moment_format((onus_moment){1419260645, false}, text);
  assert_string_equal(text, "2014-12-22T15:04:05Z");
  onus_moment_format((onus_moment){1419260645, true}, text);
  assert_string_equal(text, "2014-12-22");
  onus_moment_format((onus_moment){seconds_of("0001-01-01T00:00:00+23:59"), false}, text); /* beyond what can be read */
  assert_string_equal(text, "0000-12-31T00:01:00Z");
  onus_moment_format((onus_moment){seconds_of("9999-12-31T23:59:59-23:59"), false}, text);
  assert_string_equal(text, "10000-01-01T23:58:59Z");
}

static void test_end_of_day(void **state) {
  (void)state;
  onus_moment moment;
  assert_true(onus_moment_parse("2014-12-22", &moment));
  assert_true(moment.is_day);
  assert_int_equal(onus_moment_end(moment), seconds_of("2014-12-22T23:59:59Z"));
  assert_true(onus_moment_parse("2014-12-22T15:04:05Z", &moment));
  assert_false(moment.is_day);
  assert_int_equal(onus_moment_end(moment), moment.seconds_utc);
  assert_true(onus_moment_parse("1969-12-31", &moment));
  assert_int_equal(onus_moment_end(moment), -1);
}

static void test_days_as_numbers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t day;
    int year;
  } DAYS[] = {{"1970-01-01", 0, 1970},     {"1969-12-31", -1, 1969},    {"1969-12-31T23:59:59Z", -1, 1969},
              {"2000-02-29", 11016, 2000}, {"2014-12-31", 16435, 2014}, {"0001-01-01", -719162, 1}};
  for (size_t i = 0; i < sizeof DAYS / sizeof *DAYS; i++) {
    onus_moment moment;
    assert_true(onus_moment_parse(DAYS[i].text, &moment));
    assert_int_equal(onus_moment_day(moment), DAYS[i].day);
    assert_int_equal(onus_moment_day(onus_moment_of_day(DAYS[i].day)), DAYS[i].day);
    assert_int_equal(onus_day_year(DAYS[i].day), DAYS[i].year);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_days_as_numbers), cmocka_unit_test(test_known_moments),
      cmocka_unit_test(test_offsets),         cmocka_unit_test(test_leap_years),
      cmocka_unit_test(test_periods),         cmocka_unit_test(test_what_is_no_moment),
      cmocka_unit_test(test_every_day),       cmocka_unit_test(test_format),
      cmocka_unit_test(test_end_of_day),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
