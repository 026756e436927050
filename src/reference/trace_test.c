#include "reference/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reference/provider_internal.h"

typedef struct keys {
  char text[4096];
  size_t n_traces, fail_at;
} keys;

static onus_status add_key(void *context, const onus_trace *trace, onus_error *error) {
  keys *k = context;
  assert_int_equal(trace->key[0], (char)trace->kind);
  if (++k->n_traces == k->fail_at)
    return ONUS_FAIL(error, ONUS_CANCELLED, "stop");
  size_t n = strlen(k->text);
  snprintf(k->text + n, sizeof k->text - n, "%s%s", n ? " " : "", trace->key);
  return ONUS_OK;
}

static void assert_traces(const char *text, const char *expected) {
  onus_indicator indicator;
  keys k = {0};
  assert_int_equal(onus_indicator_parse(text, strlen(text), &indicator, NULL), ONUS_OK);
  assert_int_equal(onus_traces_of(&indicator, add_key, &k, NULL), ONUS_OK);
  assert_string_equal(k.text, expected);
}

static void test_traces(void **state) {
  (void)state;
  assert_traces("evil.com", "hevil.com revil.com");
  assert_traces("www.evil.com", "hevil.com revil.com");
  assert_traces("www.co.uk", "hwww.co.uk rwww.co.uk");
  assert_traces("mail.a.evil.co.uk:8443", "hmail.a.evil.co.uk revil.co.uk");
  assert_traces("co.uk", "hco.uk");
  assert_traces("a.b.evil.duckdns.org", "ha.b.evil.duckdns.org revil.duckdns.org pduckdns.org");
  assert_traces("evil.comxa.com", "hevil.comxa.com revil.comxa.com pcomxa.com"); /* in the table, not in the PSL */
  assert_traces("comxa.com", "hcomxa.com pcomxa.com");
  assert_traces("x.foo.vercel.app", "hx.foo.vercel.app rfoo.vercel.app pvercel.app"); /* private part of the PSL */
  assert_traces("mail.google.com", "hmail.google.com rgoogle.com");
  assert_traces("198.51.100.7", "i198.51.100.7 n198.51.100.0/24");
  assert_traces("198.51.100.7:443", "i198.51.100.7 n198.51.100.0/24 I198.51.100.7:443");
  assert_traces("[2001:db8:a:b::1]:80", "i2001:db8:a:b::1 n2001:db8:a::/48 I[2001:db8:a:b::1]:80");
  assert_traces("http://evil.com/a/b.php?x", "hevil.com revil.com //a/b.php");
  assert_traces("198.51.100.7/x.php", "i198.51.100.7 n198.51.100.0/24 //x.php");
  assert_traces("/gate.php?x=1", "//gate.php");
  assert_traces("/?xyz=", "//?xyz=");
  assert_traces("me@evil.com", "@me@evil.com hevil.com revil.com");
  assert_traces("D41D8CD98F00B204E9800998ECF8427E", "xd41d8cd98f00b204e9800998ecf8427e");
  assert_traces("FAVICON_HASH=ABC", "ffavicon:abc");
  assert_traces("nothing", "");
}

/* A long value is told from others that begin like it, and never cut inside a character. */
static void test_long_keys(void **state) {
  (void)state;
  char text[2][1024];
  keys k[2] = {0};
  for (size_t i = 0; i < 2; i++) {
    onus_indicator indicator;
    memset(text[i], 0, sizeof text[i]);
    strcpy(text[i], "/");
    for (size_t j = 0; j < 400; j++)
      strcat(text[i], "\xC3\xA9");
    strcat(text[i], i ? "a" : "b");
    assert_int_equal(onus_indicator_parse(text[i], strlen(text[i]), &indicator, NULL), ONUS_OK);
    assert_int_equal(onus_traces_of(&indicator, add_key, &k[i], NULL), ONUS_OK);
    assert_in_range(strlen(k[i].text), ONUS_TRACE_KEY_BYTES - 4, ONUS_TRACE_KEY_BYTES - 1);
    const char *tilde = strchr(k[i].text, '~');
    assert_non_null(tilde);
    assert_int_equal((tilde - k[i].text) % 2, 0); /* "//" and whole characters of two bytes */
  }
  assert_string_not_equal(k[0].text, k[1].text);
}

static void test_failure_is_passed_on(void **state) {
  (void)state;
  onus_indicator indicator;
  assert_int_equal(onus_indicator_parse("http://evil.duckdns.org/x", 25, &indicator, NULL), ONUS_OK);
  for (size_t at = 1; at <= 4; at++) {
    keys k = {.fail_at = at};
    onus_error error = {0};
    assert_int_equal(onus_traces_of(&indicator, add_key, &k, &error), ONUS_CANCELLED);
    assert_int_equal(k.n_traces, at);
    assert_string_equal(error.text, "stop");
  }
}

static void test_providers(void **state) {
  (void)state;
  assert_int_equal(onus_provider_of("evil.com"), ONUS_PROVIDER_NONE);
  assert_int_equal(onus_provider_of("com"), ONUS_PROVIDER_NONE);
  assert_int_equal(onus_provider_of(""), ONUS_PROVIDER_NONE);
  assert_int_equal(onus_provider_of("a.b.ddns.net"), ONUS_PROVIDER_DYNAMIC_DNS);
  assert_int_equal(onus_provider_of("ddns.net"), ONUS_PROVIDER_DYNAMIC_DNS);
  assert_int_equal(onus_provider_of("notddns.net"), ONUS_PROVIDER_NONE);
  assert_int_equal(onus_provider_of("x.000webhostapp.com"), ONUS_PROVIDER_HOSTING);
  assert_int_equal(onus_provider_of("x.github.io"), ONUS_PROVIDER_HOSTING);
  assert_int_equal(onus_provider_of("ns1.microsoftinternetsafety.net"), ONUS_PROVIDER_SINKHOLE);
  assert_int_equal(onus_provider_of("raw.githubusercontent.com"), ONUS_PROVIDER_COMMON);
  assert_null(onus_provider_suffix("evil.com", NULL));
  assert_string_equal(onus_provider_suffix("a.b.ddns.net", NULL), "ddns.net");
  assert_null(onus_provider_registered("co.uk"));
  assert_string_equal(onus_provider_registered("a.evil.co.uk"), "evil.co.uk");
  assert_string_equal(onus_provider_class_name(ONUS_PROVIDER_DYNAMIC_DNS), "dynamic DNS");
}

/* What is remembered changes no answer, whether it was asked for before or pushed out since. */
static void test_remembering(void **state) {
  (void)state;
  static const char *const ENDS[] = {"",       "com",     "co.uk",        "github.io", "ck",
                                     "www.ck", "kobe.jp", "city.kobe.jp", "x.kobe.jp", "microsoft.com"};
  static const char *const HEADS[] = {"", "www.", "a.", "www.a.", "b.a."};
  enum { N_ENDS = sizeof ENDS / sizeof *ENDS, N_HEADS = sizeof HEADS / sizeof *HEADS, ROUNDS = 2 };
  onus_suffixes *suffixes = onus_suffixes_new();
  assert_non_null(suffixes);
  for (size_t i = 0; i < ROUNDS * (ONUS_PROVIDER_N_ROWS + N_ENDS); i++) {
    size_t at = i % (ONUS_PROVIDER_N_ROWS + N_ENDS);
    for (size_t k = 0; k < N_HEADS; k++) {
      char host[200], longer[400];
      snprintf(host, sizeof host, "%s%s", HEADS[k], at < N_ENDS ? ENDS[at] : ONUS_PROVIDER_ROWS[at - N_ENDS].suffix);
      snprintf(longer, sizeof longer, "a-name-that-is-much-longer-than-what-is-remembered-of-names.%s", host);
      const char *const NAMES[] = {host, longer, host};
      for (size_t n = 0; n < 3; n++) {
        onus_host reading = onus_host_read(suffixes, NAMES[n]), plain = onus_host_read(NULL, NAMES[n]);
        assert_ptr_equal(reading.registered, plain.registered);
        assert_ptr_equal(reading.suffix, plain.suffix);
        assert_int_equal(reading.provider, plain.provider);
      }
    }
  }
  onus_suffixes_free(suffixes);
}

/* The table is searched by halves, so its order matters; and by hashes, in 8,192 places. */
static void test_table(void **state) {
  (void)state;
  assert_in_range(ONUS_PROVIDER_N_ROWS, 2000, 6000);
  for (size_t i = 0; i < ONUS_PROVIDER_N_ROWS; i++) {
    if (i > 0)
      assert_true(strcmp(ONUS_PROVIDER_ROWS[i - 1].suffix, ONUS_PROVIDER_ROWS[i].suffix) < 0);
    assert_int_equal(onus_provider_of(ONUS_PROVIDER_ROWS[i].suffix), ONUS_PROVIDER_ROWS[i].provider);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_traces),    cmocka_unit_test(test_long_keys),   cmocka_unit_test(test_failure_is_passed_on),
      cmocka_unit_test(test_providers), cmocka_unit_test(test_remembering), cmocka_unit_test(test_table)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
