/* A what-if is what editing the case by hand would be. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "onus.h"

/* Item `x` and the keys of position `b` are filled in. */
static const char CASE[] =
    "onus: 1\ntitle: T\nquestion: Q\nabout: a\nstandards: {mine: 0.8}\n"
    "hypotheses:\n  - {id: a, prior: [0.2, 0.3]}\n  - {id: i, imitates: a, prior: 0.1}\n"
    "  - {id: other, open: true, prior: 0.6}\n"
    "sources: [{id: s, reliability: B}, {id: t, reliability: [0.4, 0.6]}]\n"
    "undercutters: [{id: u, probability: 0.1}]\nevidence:\n"
    "  - {id: e, source: s, credibility: 2, known: 2020-01-01, likelihood: {a: 0.5, other: 0.1}, undercut: [u],\n"
    "     reasons: R}\n%s"
    "  - {id: g, source: t, known: 2020-01-03, says: {that: a}}\n"
    "positions:\n  - {id: first}\n  - {id: b%s}\n";
static const char ITEM[] = "  - {id: x, source: t, known: 2020-01-02, ratio: {a: 4}, reasons: R}\n";

static onus_case *parse(const char *item, const char *keys) {
  char text[4096];
  onus_case *c = NULL;
  onus_error error = {0};
  snprintf(text, sizeof text, CASE, item, keys);
  if (onus_case_parse("case.yaml", NULL, text, strlen(text), false, &c, NULL, &error) != ONUS_OK)
    fail_msg("%u:%u: %s", error.line, error.column, error.text);
  return c;
}

static onus_case *what_if(const onus_case *base, const char *overrides) {
  onus_case *c = NULL;
  onus_error error = {0};
  if (onus_case_what_if(base, "b", overrides, strlen(overrides), &c, NULL, &error) != ONUS_OK)
    fail_msg("%u:%u: %s", error.line, error.column, error.text);
  return c;
}

static onus_assessment *assess(const onus_case *c, const char *position, bool brief) {
  onus_assessment *a = NULL;
  onus_options options = {.position = position, .brief = brief};
  onus_error error = {0};
  if (onus_case_assess(c, &options, &a, &error) != ONUS_OK)
    fail_msg("%s", error.text);
  return a;
}

static void same(double a, double b) {
  if (!(fabs(a - b) <= 1e-12))
    fail_msg("%.17g instead of %.17g", a, b);
}

static void same_assessment(const onus_assessment *x, const onus_assessment *y) {
  static const char *const IDS[] = {"a", "i", "other"};
  onus_error error = {0};
  assert_int_equal(onus_assessment_verdict(x), onus_assessment_verdict(y));
  for (size_t i = 0; i < 3; i++) {
    onus_probability p, q;
    assert_int_equal(onus_assessment_probability(x, IDS[i], &p, &error), ONUS_OK);
    assert_int_equal(onus_assessment_probability(y, IDS[i], &q, &error), ONUS_OK);
    same(p.prior, q.prior);
    same(p.posterior, q.posterior);
    same(p.low, q.low);
    same(p.median, q.median);
    same(p.high, q.high);
  }
}

static void same_case(const onus_case *x, const onus_case *y, const char *position) {
  for (int brief = 0; brief < 2; brief++) {
    onus_assessment *a = assess(x, position, brief), *b = assess(y, position, false);
    same_assessment(a, b);
    onus_assessment_free(a);
    onus_assessment_free(b);
  }
}

/* What the position says already, the overrides, and what it would say then. */
static const struct {
  const char *before, *overrides, *after;
} EDITS[] = {
    {"", "{\"prior\":{\"a\":0.5}}", ", prior: {a: 0.5}"},
    {", prior: {i: 0.3}", "{\"prior\":{\"a\":[0.4,0.5]}}", ", prior: {a: [0.4, 0.5], i: 0.3}"},
    {", reliability: {s: A, t: C}", "{\"reliability\":{\"s\":\"E\"}}", ", reliability: {s: E, t: C}"},
    {"", "{\"probability\":{\"u\":0.7}}", ", probability: {u: 0.7}"},
    {"", "{\"standard\":\"beyond-reasonable-doubt\"}", ", standard: beyond-reasonable-doubt"},
    {", standard: mine", "{\"standard\":0.3}", ", standard: 0.3"},
    {", standard: 0.3", "{\"standard\":\"mine\"}", ", standard: mine"},
    {"", "{\"evidence\":{\"x\":{\"ratio\":{\"a\":40}}}}", ", evidence: {x: {ratio: {a: 40}}}"},
    {", evidence: {x: {ratio: {a: 40}}}", "{\"evidence\":{\"x\":{\"forgeable\":0.1}}}",
     ", evidence: {x: {ratio: {a: 40}, forgeable: 0.1}}"},
    {", evidence: {x: {ratio: {a: 40}}, e: {credibility: 5}}", "{\"evidence\":{\"g\":{\"would_say_anyway\":true}}}",
     ", evidence: {x: {ratio: {a: 40}}, e: {credibility: 5}, g: {would_say_anyway: true}}"},
    {"", "{\"evidence\":{\"x\":{\"omit\":false,\"strength\":{\"a\":\"moderate\"}}}}",
     ", evidence: {x: {strength: {a: moderate}}}"},
    {"", "{}", ""},
};

static void edits_are_as_if_made_in_the_file(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof EDITS / sizeof *EDITS; i++) {
    onus_case *base = parse(ITEM, EDITS[i].before), *untouched = parse(ITEM, EDITS[i].before);
    onus_case *c = what_if(base, EDITS[i].overrides), *edited = parse(ITEM, EDITS[i].after);
    same_case(c, edited, "b");
    same_case(c, untouched, "first");
    onus_case_free(edited);
    onus_case_free(c);
    same_case(base, untouched, "b");
    onus_case_free(untouched);
    onus_case_free(base);
  }
}

static void an_item_left_out_is_as_if_it_was_not_there(void **state) {
  (void)state;
  onus_case *base = parse(ITEM, ", evidence: {x: {ratio: {a: 40}}}"), *less = parse("", "");
  onus_case *c = what_if(base, "{\"evidence\":{\"x\":{\"omit\":true}}}");
  same_case(c, less, "b");
  onus_text text = {0};
  onus_assessment *a = assess(c, "b", false);
  assert_int_equal(onus_assessment_render(a, ONUS_FORMAT_JSON, NULL, &text, NULL), ONUS_OK);
  assert_non_null(strstr(text.bytes, "\"state\": \"left-out\""));
  assert_non_null(strstr(text.bytes, "\"what_if\": {\"position\": \"b\", \"overrides\": {\"evidence\": {\"x\": "));
  onus_text_free(&text);
  onus_assessment_free(a);
  onus_case_free(c);
  onus_case_free(less);
  onus_case_free(base);
}

/* All that parts two positions, taken over, leaves one of them; a part of it is a position between them. */
static void towards_another_position(void **state) {
  (void)state;
  static const char OTHER[] =
      ", standard: 0.6, prior: {i: 0.3}, reliability: {s: D}, probability: {u: 0.5}, evidence: {x: "
      "{ratio: {a: 9}}}}\n  - {id: c, prior: {a: 0.4}, evidence: {x: {ratio: {a: 2}}, g: {forgeable: 0.1}}";
  static const char BETWEEN[] = ", standard: 0.6, prior: {i: 0.3}, reliability: {s: D}, evidence: {x: {ratio: {a: 9}}}";
  onus_case *base = parse(ITEM, OTHER), *between = parse(ITEM, BETWEEN);
  onus_case *c =
      what_if(base, "{\"towards\":{\"position\":\"c\",\"differences\":[\"prior\",\"source:s\",\"u\",\"item:x\","
                    "\"item:g\",\"standard\",\"access\"]}}");
  onus_assessment *b = assess(c, "b", false), *as_c = assess(base, "c", false);
  same_assessment(b, as_c);
  onus_assessment_free(b);
  onus_assessment_free(as_c);
  onus_case_free(c);
  c = what_if(base, "{\"towards\":{\"position\":\"first\",\"differences\":[\"u\"]}}");
  same_case(c, between, "b");
  onus_case_free(c);
  c = what_if(
      base,
      "{\"towards\":{\"position\":\"first\",\"differences\":[\"u\",\"item:x\"]},\"evidence\":{\"x\":{\"ratio\":{\"a\":9}}}}");
  same_case(c, between, "b");
  onus_case_free(c);
  onus_case_free(between);
  onus_case_free(base);
}

static void what_ifs_can_be_stacked(void **state) {
  (void)state;
  onus_case *base = parse(ITEM, ""), *both = parse(ITEM, ", prior: {a: 0.5}, probability: {u: 0.7}");
  onus_case *one = what_if(base, "{\"prior\":{\"a\":0.5}}"), *two = what_if(one, "{\"probability\":{\"u\":0.7}}");
  same_case(two, both, "b");
  onus_case_free(two);
  onus_case_free(one);
  onus_case_free(both);
  onus_case_free(base);
}

static const struct {
  const char *overrides;
  unsigned line, column;
  const char *found;
} WRONG[] = {
    {"{\"prior\":{\"q\":0.5}}", 1, 11, "\"q\" is the id of no hypothesis"},
    {"{\"prior\":\n{\"a\":2}}", 2, 6, "the number 2"},
    {"{\"access\":\"all\"}", 1, 2, "the key \"access\" is not known in a what-if"},
    {"{\"evidence\":{\"x\":{\"omit\":1}}}", 1, 26, "the number 1"},
    {"{\"evidence\":{\"x\":{\"ratio\":{\"other\":1}}}}", 1, 28, "the open hypothesis `other`"},
    {"{\"evidence\":{\"x\":{}}}", 1, 18, "an empty map"},
    {"{\"standard\":\"min\"}", 1, 13, "\"min\" is no standard of proof"},
    {"[]", 1, 1, "a list"},
    {"{\"towards\":{\"position\":\"q\",\"differences\":[]}}", 1, 24, "\"q\" is the id of no position"},
    {"{\"towards\":{\"position\":\"b\",\"differences\":[\"source:q\"]}}", 1, 43, "\"source:q\" is no difference"},
    {"{\"prior\":", 1, 10, "the file ends too early"},
};

static void what_is_wrong_is_listed(void **state) {
  (void)state;
  onus_case *base = parse(ITEM, "");
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
    onus_case *c = NULL;
    onus_problems *problems = NULL;
    onus_error error = {0};
    assert_int_equal(
        onus_case_what_if(base, "b", WRONG[i].overrides, strlen(WRONG[i].overrides), &c, &problems, &error),
        ONUS_BAD_INPUT);
    assert_null(c);
    assert_int_equal(onus_problems_count(problems), 1);
    const onus_problem *problem = onus_problems_get(problems, 0);
    assert_string_equal(problem->path, "what-if");
    if (!strstr(problem->found, WRONG[i].found) || problem->line != WRONG[i].line || problem->column != WRONG[i].column)
      fail_msg("%u:%u: %s", problem->line, problem->column, problem->found);
    onus_problems_free(problems);
  }
  onus_case *c = NULL;
  assert_int_equal(onus_case_what_if(base, "nobody", "{}", 2, &c, NULL, NULL), ONUS_BAD_ARGUMENT);
  onus_case_free(base);
}

static void a_brief_assessment_is_json_alone(void **state) {
  (void)state;
  onus_case *c = parse(ITEM, "");
  onus_assessment *a = assess(c, "b", true);
  onus_text text = {0};
  assert_int_equal(onus_assessment_render(a, ONUS_FORMAT_TEXT, NULL, &text, NULL), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_assessment_render(a, ONUS_FORMAT_HTML, NULL, &text, NULL), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_assessment_render(a, ONUS_FORMAT_JSON, NULL, &text, NULL), ONUS_OK);
  assert_non_null(strstr(text.bytes, "\"kind\": \"brief\""));
  assert_null(strstr(text.bytes, "\"what_if\""));
  onus_text_free(&text);
  onus_assessment_free(a);
  onus_case_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(edits_are_as_if_made_in_the_file), cmocka_unit_test(an_item_left_out_is_as_if_it_was_not_there),
      cmocka_unit_test(towards_another_position),         cmocka_unit_test(what_ifs_can_be_stacked),
      cmocka_unit_test(what_is_wrong_is_listed),          cmocka_unit_test(a_brief_assessment_is_json_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
