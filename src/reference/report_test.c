/* Reports: one form for one publication, whatever was put around its address; the day that it tells; searches. */
#include "reference/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/moment.h"

static void check_key(const char *url, const char *name, const char *expected) {
  char *key = onus_report_normalise(url, name);
  assert_non_null(key);
  assert_string_equal(key, expected);
  char *again = onus_report_normalise(key, NULL);
  assert_string_equal(again, expected); /* a key is its own normal form */
  free(again);
  free(key);
}

static void test_one_publication_has_one_key(void **state) {
  (void)state;
  const char *const same[] = {
      "https://www.firm.example/blog/Report-1/",
      "http://firm.example/blog/report-1#indicators",
      "HTTPS://WWW.Firm.Example/Blog/Report-1//",
      "firm.example/blog/report-1",
      "  https://firm.example/blog/report-1  ",
      "https://web.archive.org/web/20190625182633if_/https://firm.example/blog/report-1/",
      "https://web.archive.org/web/20190625182633/http:/www.firm.example/blog/report-1",
      "https://web.archive.org/web/2019/www.firm.example/blog/report-1",
      "https://archive.ph/20200101000000/https://firm.example/blog/report-1",
      "https://web.archive.org/web/2021/https://web.archive.org/web/2019/https://firm.example/blog/report-1",
      "https://firm.example/blog/\x01report-1\xFF",
      "https:/ //firm.example/blog/report-1",
      "//firm.example/blog/report-1",
  };
  for (size_t i = 0; i < sizeof same / sizeof *same; i++)
    check_key(same[i], "whatever it is called", "firm.example/blog/report-1");
}

static void test_what_differs_stays_apart(void **state) {
  (void)state;
  check_key("https://firm.example/a?id=7", NULL, "firm.example/a?id=7");
  check_key("https://web.archive.org/", NULL, "web.archive.org");
  check_key("https://archive.ph/AbCd1", NULL, "archive.ph/abcd1");
  check_key("https://example.org/web/20190101/x", NULL, "example.org/web/20190101/x");
  check_key(NULL, "FireEye APT28", "sn:fireeye apt28");
  check_key("", "FireEye  #APT28 ", "sn:fireeye  #apt28");
  check_key("#", NULL, "sn:#");
  check_key("https://", "Firm", "sn:firm");
  check_key("", "", "sn:");
  check_key("https://ti.example/報告/１", NULL, "ti.example/報告/１");
}

static void test_long_addresses_are_cut_and_told_apart(void **state) {
  (void)state;
  char url[2][9000];
  for (int i = 0; i < 2; i++) {
    memset(url[i], 'a', sizeof url[i]);
    memcpy(url[i], "https://firm.example/", 21);
    url[i][sizeof url[i] - 1] = '\0';
    url[i][sizeof url[i] - 2] = (char)('b' + i);
  }
  char *first = onus_report_normalise(url[0], NULL), *second = onus_report_normalise(url[1], NULL);
  assert_true(strlen(first) <= 2000 && strlen(second) <= 2000);
  assert_string_not_equal(first, second);
  char *again = onus_report_normalise(first, NULL);
  assert_string_equal(again, first);
  free(again);
  free(first);
  free(second);
}

/* "2021-12-06", "2021-12-01 to 2021-12-31" or "none". */
static void check_period(const char *url, const char *description, const char *expected) {
  onus_period period;
  char text[2 * ONUS_MOMENT_TEXT_BYTES + 8] = "none";
  char *key = onus_report_normalise(url, NULL);
  assert_non_null(key);
  if (onus_report_period(key, description, &period)) {
    char first[ONUS_MOMENT_TEXT_BYTES], last[ONUS_MOMENT_TEXT_BYTES];
    onus_moment_format(onus_moment_of_day(period.first_day), first);
    onus_moment_format(onus_moment_of_day(period.last_day), last);
    snprintf(text, sizeof text, period.first_day == period.last_day ? "%s" : "%s to %s", first, last);
  }
  free(key);
  if (strcmp(text, expected) != 0)
    fail_msg("%s, %s: %s rather than %s", url ? url : "-", description ? description : "-", text, expected);
}

static void test_addresses_tell_their_day(void **state) {
  (void)state;
  check_period("https://x.com/somebody/status/2074340012288844049", NULL, "2026-07-07");
  check_period("https://twitter.com/a/status/1120535432708722690?s=20", NULL, "2019-04-23");
  check_period("https://x.com/somebody/status/12345", NULL, "none"); /* an id of before the days were in them */
  check_period("https://notx.com/somebody/status/2074340012288844049", NULL, "none");
  check_period("https://otx.alienvault.com/pulse/5f2c73733fc6956731644a7d", NULL, "2020-08-06");
  check_period("https://otx.alienvault.com/pulse/5f2c73733fc6956731644a7", NULL, "none"); /* a digit too few */
  check_period("https://www.volexity.com/blog/2021/03/02/exchange/", NULL, "2021-03-02");
  check_period("https://firm.example/2015/07/report.html", NULL, "2015-07-01 to 2015-07-31");
  check_period("https://firm.example/2024/02/x", NULL, "2024-02-01 to 2024-02-29");
  check_period("https://firm.example/files/2018-08/list.pdf", NULL, "2018-08-01 to 2018-08-31");
  check_period("https://firm.example/2023-08-10-brief.pdf", NULL, "2023-08-10");
  check_period("https://firm.example/docs/20181230_report", NULL, "2018-12-30");
  check_period("https://firm.example/2021/indra", NULL, "2021-01-01 to 2021-12-31");
  check_period("https://www.trendmicro.com/en_us/research/22/k/earth-preta.html", NULL, "2022-11-01 to 2022-11-30");
  check_period("https://web.archive.org/web/20190625182633/https://firm.example/report", NULL, "none");
  check_period("https://firm.example/2021/02/30/x", NULL, "2021-02-01 to 2021-02-28"); /* there is no such day */
  check_period("https://firm.example/id/20211399", NULL, "none");
  check_period("https://firm.example/report-2021x", NULL, "none");
  check_period("https://firm.example/1980/02/03/", NULL, "none");
  check_period("https://2021-03-02.example/report", NULL, "none"); /* a host, not a path */
}

static void test_descriptions_tell_it_too(void **state) {
  (void)state;
  check_period(NULL, "MSTIC. (2021, December 6). NICKEL targeting. Retrieved March 18, 2022.", "2021-12-06");
  check_period(NULL, "Lunghi, D. (2021, Sept 7). APT-C-36.", "2021-09-07");
  check_period(NULL, "Cylance. (2014, December). Operation Cleaver.", "2014-12-01 to 2014-12-31");
  check_period(NULL, "FireEye. (2015). APT28.", "2015-01-01 to 2015-12-31");
  check_period(NULL, "Firm (n.d.). (see 12) Retrieved July 5, 2019.", "none");
  check_period(NULL, "(2021, February 30)", "2021-02-01 to 2021-02-28");
  /* The narrower of both counts, of equals the earlier. */
  check_period("https://firm.example/2021/03/x", "(2021, March 7)", "2021-03-07");
  check_period("https://firm.example/2021/03/05/x", "(2021)", "2021-03-05");
  check_period("https://firm.example/2021/03/05/x", "(2021, March 7)", "2021-03-05");
}

static void test_searches_are_no_reports(void **state) {
  (void)state;
  const char *const pivots[] = {
      "https://www.virustotal.com/gui/file/ab", "virustotal.com",      "https://beta.shodan.io/host/1.2.3.4",
      "https://search.censys.io/hosts/1.2.3.4", "https://crt.sh/?q=x", "https://urlscan.io/result/1"};
  for (size_t i = 0; i < sizeof pivots / sizeof *pivots; i++) {
    char *key = onus_report_normalise(pivots[i], NULL);
    assert_true(onus_report_is_pivot(key));
    free(key);
  }
  const char *const reports[] = {"https://blog.virustotal.example/x", "https://notvirustotal.com/x",
                                 "https://firm.example/virustotal.com/", "https://app.any.run/tasks/1",
                                 "sn:virustotal"};
  for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
    char *key = onus_report_normalise(reports[i], NULL);
    assert_false(onus_report_is_pivot(key));
    free(key);
  }
}

static void check_name(const char *name, const char *expected) {
  char normal[200];
  onus_name_normalise(name, normal);
  assert_string_equal(normal, expected);
  assert_true(strlen(normal) <= strlen(name));
}

static void test_names_are_their_letters_and_digits(void **state) {
  (void)state;
  check_name("APT-C-36", "aptc36");
  check_name(" apt c 36. ", "aptc36");
  check_name("Dev#Popper", "devpopper");
  check_name("Ümläut–Group", "ümläutgroup");
  check_name("МЕДВЕДЬ Ёж", "медведьёж");
  check_name("ΑΒΓ", "αβγ");
  check_name("Ŝatō", "ŝatō");
  check_name("海莲花（OceanLotus）", "海莲花oceanlotus");
  check_name("a\xFF\x01"
             "b",
             "ab");
  check_name("", "");
  check_name("---", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_publication_has_one_key),
      cmocka_unit_test(test_what_differs_stays_apart),
      cmocka_unit_test(test_long_addresses_are_cut_and_told_apart),
      cmocka_unit_test(test_addresses_tell_their_day),
      cmocka_unit_test(test_descriptions_tell_it_too),
      cmocka_unit_test(test_searches_are_no_reports),
      cmocka_unit_test(test_names_are_their_letters_and_digits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
