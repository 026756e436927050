#include "report/layout.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char *shown(onus_buffer *out, const onus_style *style, const char *own, const char *raw) {
  *out = onus_buffer_new(1 << 16);
  onus_layout layout = onus_layout_new(out, style);
  onus_layout_own(&layout, own);
  onus_layout_case(&layout, raw);
  onus_layout_end(&layout, 4);
  onus_layout_free(&layout);
  return out->bytes;
}

static void check(const onus_style *style, const char *own, const char *raw, const char *expected) {
  onus_buffer out;
  assert_string_equal(shown(&out, style, own, raw), expected);
  onus_buffer_free(&out);
}

static void wraps_by_columns(void **state) {
  (void)state;
  onus_style style = {.width = 40};
  check(&style, "", "0123456789 0123456789 0123456789 0123456 8", "0123456789 0123456789 0123456789 0123456\n    8\n");
  check(&style, "", "0123456789 0123456789 0123456789 012345678", "0123456789 0123456789 0123456789\n    012345678\n");
  /* Eighteen characters of two columns and a combining one: 37 columns. */
  check(&style, "", "日本語日本語日本語日本語日本語日本語e\u0301 ab",
        "日本語日本語日本語日本語日本語日本語e\u0301 ab\n");
  check(&style, "", "日本語日本語日本語日本語日本語日本語e\u0301 abc",
        "日本語日本語日本語日本語日本語日本語e\u0301\n    abc\n");
  /* A word wider than the line is broken, never inside a character. */
  check(&style, "", "日本語日本語日本語日本語日本語日本語日本語日本語",
        "日本語日本語日本語日本語日本語日本語日本\n    語日本語\n");
}

static void hidden_characters_are_shown(void **state) {
  (void)state;
  onus_style style = {0}, ascii = {.ascii = true};
  check(&style, "", "a\x1b[2J\u202eb\u200b", "a⟨U+001B⟩[2J⟨U+202E⟩b⟨U+200B⟩\n");
  check(&ascii, "", "a\x1b[2J\u202eb", "a<U+001B>[2J<U+202E>b\n");
  check(&style, "", "one\ntwo\tthree\r", "one two three⟨U+000D⟩\n");
  check(&style, "", "\x9b \xc2\x9b \xe2\x80", "\ufffd ⟨U+009B⟩ \ufffd\ufffd\n");
  check(&style, "", "\xed\xa0\x80 \xc0\x80 \xf5\x80", "\ufffd\ufffd\ufffd \ufffd\ufffd \ufffd\ufffd\n");
  check(&style, "", "\x01\x02\x06", "⟨U+0001⟩⟨U+0002⟩⟨U+0006⟩\n"); /* the inks of the layout itself */
  check(&ascii, "", "1\u20132 \u201cx\u201d", "1-2 \"x\"\n");
}

static void bars(void **state) {
  (void)state;
  onus_style style = {.ascii = true};
  onus_buffer out = onus_buffer_new(1 << 12);
  onus_layout layout = onus_layout_new(&out, &style);
  onus_probability p = {0.5, 0.55, 0.31, 0.5, 0.79};
  onus_layout_probability_bar(&layout, &p, 0.95, 10);
  onus_layout_end(&layout, 0);
  onus_layout_probability_bar(&layout, &(onus_probability){0, 0, 0, 0, 0}, (double)NAN, 10);
  onus_layout_end(&layout, 0);
  onus_layout_probability_bar(&layout, &(onus_probability){1, 1, 1, 1, 1}, (double)NAN, 10);
  onus_layout_end(&layout, 0);
  onus_layout_signed_bar(&layout, -1, 2, 4);
  onus_layout_end(&layout, 0);
  onus_layout_signed_bar(&layout, 9, 2, 4);
  onus_layout_end(&layout, 0);
  onus_layout_signed_bar(&layout, (double)NAN, 0, 4);
  onus_layout_end(&layout, 0);
  assert_string_equal(out.bytes, "###==o==.|\no.........\n#########o\n..##|....\n....|####\n....|....\n");
  onus_layout_free(&layout);
  onus_buffer_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wraps_by_columns),
      cmocka_unit_test(hidden_characters_are_shown),
      cmocka_unit_test(bars),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
