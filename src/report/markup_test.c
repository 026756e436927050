#include "report/markup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

typedef void writer(onus_buffer *out, const char *raw);

static void check(writer *write, const char *raw, const char *expected) {
  onus_buffer out = onus_buffer_new(1 << 16);
  write(&out, raw);
  assert_string_equal(out.bytes, expected);
  onus_buffer_free(&out);
}

static void escapes(void **state) {
  (void)state;
  check(onus_markup_escape, "<b a=\"1\" c='2'>&amp;", "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
  check(onus_markup_escape, "\u202ea\x1b\xff", "⟨U+202E⟩a⟨U+001B⟩\ufffd");
  check(onus_markup_case, "<i>", "<bdi>&lt;i&gt;</bdi>");
}

static void only_plain_addresses_become_links(void **state) {
  (void)state;
  check(onus_markup_url, "https://example.org/a?b=1&c=2",
        "<a rel=\"noopener noreferrer nofollow\" href=\"https://example.org/a?b=1&amp;c=2\">"
        "https://example.org/a?b=1&amp;c=2</a>");
  static const char *const texts[] = {"javascript:alert(1)", "data:text/html,x",        "HTTPS://example.org",
                                      "//example.org",       "https://example.org/a b", "https://ex\u0430mple.org/",
                                      " https://example.org"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    onus_buffer out = onus_buffer_new(1 << 12);
    onus_markup_url(&out, texts[i]);
    assert_memory_equal(out.bytes, "<bdi>", 5);
    onus_buffer_free(&out);
  }
}

static void labels_keep_to_their_lines(void **state) {
  (void)state;
  onus_buffer out = onus_buffer_new(1 << 16);
  assert_int_equal(onus_svg_label(&out, "l", 0, 10, 400, 2, "short"), 1);
  assert_int_equal(onus_svg_label(NULL, "l", 0, 10, 100, 2, "a title that needs more than two lines of this width"), 2);
  onus_buffer_free(&out);
  onus_svg_label(&out, "l", 0, 10, 60, 1, "<<<<<<<<<<<<<<<<<");
  assert_string_equal(out.bytes, "<text class=\"l\" x=\"0.0\" y=\"10.0\">&lt;&lt;&lt;&lt;&lt;&lt;\u2026</text>\n");
  onus_buffer_free(&out);
  assert_int_equal(onus_svg_label(NULL, "l", 0, 10, 5, 3, "\u202e\u202e"), 1);
  assert_int_equal(onus_svg_label(NULL, "l", 0, 10, 100, 3, ""), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(escapes),
      cmocka_unit_test(only_plain_addresses_become_links),
      cmocka_unit_test(labels_keep_to_their_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
