/* Every report of every result: the buffer's cap cuts it off anywhere without harm, and it is the same twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "report/fixture.h"

static void render(onus_buffer *out, const onus_fixture *f, int format) {
  const onus_style narrow = {.width = 40, .colour = true};
  const onus_page page = {f->assessment, f->comparison, f->timeline, f->item};
  const onus_page last = {.explanation = f->source};
  switch (format) {
  case 0:
    onus_report_assessment_text(out, f->assessment, NULL);
    onus_report_comparison_text(out, f->comparison, &narrow);
    onus_report_timeline_text(out, f->timeline, &narrow);
    onus_report_explanation_text(out, f->item, &narrow);
    onus_report_explanation_text(out, f->source, NULL);
    return;
  case 1:
    onus_report_assessment_json(out, f->assessment);
    onus_report_comparison_json(out, f->comparison);
    onus_report_timeline_json(out, f->timeline);
    onus_report_explanation_json(out, f->item);
    onus_report_explanation_json(out, f->source);
    return;
  default:
    onus_report_page_html(out, &page);
    onus_report_page_html(out, &last);
  }
}

static void every_cap(void **state) {
  (void)state;
  onus_fixture fixture;
  assert_true(onus_fixture_make(ONUS_FIXTURE_HOSTILE, &fixture));
  for (int format = 0; format < 3; format++) {
    onus_buffer whole = onus_buffer_new((size_t)1 << 24), again = onus_buffer_new((size_t)1 << 24);
    render(&whole, &fixture, format);
    render(&again, &fixture, format);
    assert_int_equal(whole.status, ONUS_OK);
    assert_int_equal(whole.length_bytes, again.length_bytes);
    assert_memory_equal(whole.bytes, again.bytes, whole.length_bytes);
    for (size_t cap = 0; cap < whole.length_bytes; cap += 997) {
      onus_buffer cut = onus_buffer_new(cap);
      render(&cut, &fixture, format);
      assert_int_equal(cut.status, ONUS_LIMIT);
      assert_true(cut.length_bytes <= cap);
      onus_buffer_free(&cut);
    }
    onus_buffer_free(&whole);
    onus_buffer_free(&again);
  }
  onus_arena_free(fixture.arena);
}

static void nothing_in_an_empty_page(void **state) {
  (void)state;
  onus_buffer out = onus_buffer_new(1 << 16);
  onus_report_page_html(&out, &(onus_page){0});
  assert_int_equal(out.length_bytes, 0);
  onus_buffer_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cap),
      cmocka_unit_test(nothing_in_an_empty_page),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
