#include "compare/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compare/infrastructure_internal.h"

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* Every word of three letters, as a pattern of every kind: one hash each. */
static void test_short_patterns_of_different_kinds_do_not_meet(void **state) {
  (void)state;
  enum { LETTERS = 26, WORDS = LETTERS * LETTERS * LETTERS };
  size_t n = 0;
  uint64_t *hashes = calloc((size_t)WORDS * ONUS_PATTERN_KINDS, sizeof *hashes);
  assert_non_null(hashes);
  for (int word = 0; word < WORDS; word++) {
    char text[4] = {(char)('a' + word % LETTERS), (char)('a' + word / LETTERS % LETTERS),
                    (char)('a' + word / LETTERS / LETTERS), '\0'};
    for (int kind = 0; kind < ONUS_PATTERN_KINDS; kind++)
      hashes[n++] = onus_pattern_hash((onus_pattern_kind)kind, text);
  }
  qsort(hashes, n, sizeof *hashes, by_value);
  for (size_t i = 1; i < n; i++)
    assert_true(hashes[i] != hashes[i - 1]);
  free(hashes);
}

typedef struct told {
  char text[4096];
  size_t n_taken, fail_at;
} told;

/* Pieces of names are left out: they would be most of it. */
static onus_status tell(void *context, onus_pattern_kind kind, const char *text, onus_error *error) {
  told *t = context;
  if (++t->n_taken == t->fail_at)
    return ONUS_FAIL(error, ONUS_CANCELLED, "stop");
  if (kind == ONUS_PATTERN_GRAM || kind == ONUS_PATTERN_PATH_GRAM)
    return ONUS_OK;
  size_t n = strlen(t->text);
  snprintf(t->text + n, sizeof t->text - n, "%s%d:%s", n ? " " : "", (int)kind, text);
  return ONUS_OK;
}

static void assert_tells(const char *text, const char *expected) {
  onus_indicator indicator;
  told t = {0};
  assert_int_equal(onus_indicator_parse(text, strlen(text), &indicator, NULL), ONUS_OK);
  assert_int_equal(onus_patterns_of(&indicator, tell, &t, NULL), ONUS_OK);
  assert_string_equal(t.text, expected);
}

static void test_patterns(void **state) {
  (void)state;
  /* traces; type; suffix; name with its shape, both, length, hyphens; word; subdomain; depth; path and query */
  assert_tells("a.evil-x9.co.uk/foo/bar.php?id=3",
               "0:ha.evil-x9.co.uk 4:revil-x9.co.uk 6://foo/bar.php 26:below/ 20:co.uk 10:evil-x9 21:a-a9 "
               "22:co.uk|a-a9 23:6 25:1 12:evil 11:a 24:2 13:foo 13:bar.php 27:php 29:a.a 28:2 14:id");
  assert_tells("198.51.100.7:443",
               "1:i198.51.100.7 3:n198.51.100.0/24 2:I198.51.100.7:443 17:198.51 18:198 26:address 19:443");
  assert_tells("evil.duckdns.org", "0:hevil.duckdns.org 4:revil.duckdns.org 5:pduckdns.org 26:provided 20:org 10:evil "
                                   "21:a 22:duckdns.org|a 23:5 25:0 12:evil 24:1");
  assert_tells("www.google.com", ""); /* everybody's */
  assert_tells("sinkhole.shadowserver.org", "");
  assert_tells("nothing", "");
}

static void test_stops(void **state) {
  (void)state;
  onus_indicator indicator;
  const char *text = "a.evil.com:80/x/y.php?k=1";
  assert_int_equal(onus_indicator_parse(text, strlen(text), &indicator, NULL), ONUS_OK);
  told all = {0};
  assert_int_equal(onus_patterns_of(&indicator, tell, &all, NULL), ONUS_OK);
  for (size_t at = 1; at <= all.n_taken; at++) {
    told t = {.fail_at = at};
    assert_int_equal(onus_patterns_of(&indicator, tell, &t, NULL), ONUS_CANCELLED);
    assert_int_equal(t.n_taken, at);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_short_patterns_of_different_kinds_do_not_meet),
                                     cmocka_unit_test(test_patterns), cmocka_unit_test(test_stops)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
