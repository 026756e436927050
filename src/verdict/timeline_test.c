/* A timeline whose days are too entangled to be held in one network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "verdict/verdict_internal.h"

/* The lines of a plane of SIDE² points: any two points lie on one of them. */
enum { SIDE = 5, N_LINES = SIDE * SIDE + SIDE };

static size_t point_of(size_t line, size_t k) {
  if (line >= SIDE * SIDE)
    return line % SIDE * SIDE + k;
  size_t slope = line / SIDE, begin = line % SIDE;
  return k * SIDE + (slope * k + begin) % SIDE;
}

/* Each item hangs on the undercutters of one line, and is retracted when the next becomes known: a day has one item,
 * and all days together hang every undercutter on every other. */
static onus_case *entangled(void) {
  onus_buffer text = onus_buffer_new((size_t)1 << 20);
  onus_buffer_string(&text, "onus: 1\ntitle: t\nquestion: q?\nhypotheses:\n"
                            "  - {id: a, name: A, prior: 0.3}\n  - {id: b, name: B, prior: 0.4}\n"
                            "  - {id: o, name: O, open: true, prior: 0.3}\n"
                            "sources:\n  - {id: s, name: S, reliability: [0.7, 0.9]}\nundercutters:\n");
  for (size_t u = 0; u < SIDE * SIDE; u++)
    onus_buffer_printf(&text, "  - {id: u%zu, name: U, probability: 0.1}\n", u);
  onus_buffer_string(&text, "evidence:\n");
  for (size_t i = 0; i < N_LINES; i++) {
    onus_buffer_printf(&text, "  - {id: e%zu, title: E, source: s, known: 2024-01-%02zu, retracted: 2024-01-%02zu, ", i,
                       i + 1, i + 2);
    onus_buffer_printf(&text, "ratio: {%c: %zu}, credibility: 2, reasons: r, undercut: [", i % 3 ? 'b' : 'a', i + 5);
    for (size_t k = 0; k < SIDE; k++)
      onus_buffer_printf(&text, "%su%zu", k ? ", " : "", point_of(i, k));
    onus_buffer_string(&text, "]}\n");
  }
  onus_text whole;
  assert_int_equal(onus_buffer_take(&text, &whole, NULL), ONUS_OK);
  char path[] = "/tmp/onus-timeline-XXXXXX.yaml";
  int fd = mkstemps(path, 5);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(onus_file_write(path, whole.bytes, whole.length, NULL), ONUS_OK);
  onus_text_free(&whole);
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  if (onus_case_read(path, &c, &problems, &error) != ONUS_OK)
    fail_msg("%u:%u: %s", error.line, error.column, error.text);
  unlink(path);
  return c;
}

static void test_all_days_do_not_fit_one_network(void **state) {
  (void)state;
  onus_case *c = entangled();
  onus_arena *arena = onus_arena_new((size_t)1 << 30);
  assert_non_null(arena);
  onus_moment days[N_LINES + 1];
  for (size_t d = 0; d <= N_LINES; d++)
    days[d] = onus_moment_of_day(19723 + (int32_t)d); /* 2024-01-01 */
  onus_options options = {0};
  onus_course course;
  onus_error error = {0};
  assert_int_equal(onus_course_open(&course, c, &options, NULL, days, N_LINES + 1, arena, &error), ONUS_LIMIT);
  onus_course_close(&course);
  onus_arena_free(arena);
  onus_case_free(c);
}

static void assert_same(const onus_assessment *found, const onus_assessment *expected) {
  assert_string_equal(found->about_id, expected->about_id);
  assert_int_equal(found->verdict, expected->verdict);
  for (size_t h = 0; h < expected->c->n_hypotheses; h++) {
    assert_true(found->hypotheses[h].posterior == expected->hypotheses[h].posterior);
    assert_true(found->hypotheses[h].low == expected->hypotheses[h].low);
    assert_true(found->hypotheses[h].high == expected->hypotheses[h].high);
  }
}

/* Then each day is assessed for itself, about what is most probable in the end. */
static void test_each_day_stands_for_itself(void **state) {
  (void)state;
  onus_case *c = entangled();
  onus_timeline *t = NULL;
  onus_options options = {0};
  onus_error error = {0};
  if (onus_verdict_timeline(c, &options, &t, &error) != ONUS_OK)
    fail_msg("%s", error.text);
  assert_int_equal(t->n_points, N_LINES + 1);
  for (size_t p = 0; p < t->n_points; p++) {
    char day[ONUS_MOMENT_TEXT_BYTES];
    onus_moment_format(t->points[p].day, day);
    onus_options alone = {.as_of = day, .about = "b"};
    onus_assessment *expected = NULL;
    assert_int_equal(onus_verdict_assess(c, &alone, ONUS_DETAIL_POSTERIOR, &expected, &error), ONUS_OK);
    assert_same(t->points[p].assessments[0], expected);
    assert_int_equal(t->points[p].assessments[0]->n_undercutters, c->n_sources + c->n_undercutters);
    assert_int_equal(expected->n_undercutters, c->n_sources + c->n_undercutters + (p < N_LINES)); /* the item's own */
    onus_assessment_free(expected);
  }
  const onus_assessment *first = t->points[0].assessments[0], *last = t->points[N_LINES].assessments[0];
  assert_true(first->hypotheses[0].posterior > first->hypotheses[1].posterior); /* then "a" is most probable */
  assert_true(first->hypotheses[0].low < first->hypotheses[0].high);
  assert_true(last->hypotheses[0].posterior < 0.31); /* all are retracted */
  onus_timeline_free(t);
  onus_case_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_days_do_not_fit_one_network),
      cmocka_unit_test(test_each_day_stands_for_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
