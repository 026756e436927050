/* Text from outside is made harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/message.h"

static void shows(const char *text, const char *shown) {
  char *bytes = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&bytes, &length);
  assert_non_null(stream);
  onus_cli_print_safely(stream, text);
  fclose(stream);
  assert_string_equal(bytes, shown);
  free(bytes);
}

static void leaves_text_as_it_is(void **state) {
  (void)state;
  shows("", "");
  shows("plain, \"quoted\" \\ 100 %s", "plain, \"quoted\" \\ 100 %s");
  shows("naïve — 北朝鮮 🕵", "naïve — 北朝鮮 🕵");
  shows("עברית", "עברית");
}

static void escapes_what_commands_a_terminal(void **state) {
  (void)state;
  shows("a\033[31mb", "a\\u{001B}[31mb");
  shows("a\nb\rc\td\x7F", "a\\u{000A}b\\u{000D}c\\u{0009}d\\u{007F}");
  shows("\xC2\x9B"
        "31m",
        "\\u{009B}31m"); /* CSI as one character */
}

static void escapes_what_turns_or_hides_text(void **state) {
  (void)state;
  shows("a\u202Eb\u2066c\u200Fd\u061Ce", "a\\u{202E}b\\u{2066}c\\u{200F}d\\u{061C}e");
  shows("a\u200Bb\uFEFFc\u2028d", "a\\u{200B}b\\u{FEFF}c\\u{2028}d");
  shows("a\U000E0041", "a\\u{E0041}"); /* an invisible tag */
}

static void shows_bytes_that_are_not_utf8(void **state) {
  (void)state;
  shows("a\xFF", "a\\xFF");
  shows("\xC0\xAF", "\\xC0\\xAF");                   /* overlong */
  shows("\xE0\x80\xAF", "\\xE0\\x80\\xAF");          /* overlong */
  shows("\xED\xA0\x80", "\\xED\\xA0\\x80");          /* a surrogate */
  shows("\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"); /* beyond U+10FFFF */
  shows("\xE2\x82", "\\xE2\\x82");                   /* cut off */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(leaves_text_as_it_is),
      cmocka_unit_test(escapes_what_commands_a_terminal),
      cmocka_unit_test(escapes_what_turns_or_hides_text),
      cmocka_unit_test(shows_bytes_that_are_not_utf8),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
