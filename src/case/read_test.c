#include "case/case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static onus_case *read_or_fail(const char *path) {
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  if (onus_case_read(path, &c, &problems, &error) != ONUS_OK)
    fail_msg("%s:%u:%u: %s", error.path, error.line, error.column, error.text);
  assert_null(problems);
  return c;
}

static void same(double a, double b) {
  if (!(fabs(a - b) <= 1e-12 * fabs(b)))
    fail_msg("%.17g instead of %.17g", a, b);
}

static void same_range(onus_number found, double low, double high) {
  same(found.low, low);
  same(found.high, high);
}

static onus_case *every_form(void) {
  return read_or_fail("tests/broken/accepted/every-form.yaml");
}

static const onus_item *item(const onus_case *c, const char *id) {
  size_t index = onus_table_get(c->item_ids, id);
  assert_true(index < c->n_items);
  assert_string_equal(c->items[index].id, id);
  return &c->items[index];
}

/* The hypotheses of that file, by index. */
enum { A, B, ONE, IMITATOR, CHAINED, OTHER };

static void hypotheses_are_read(void **state) {
  (void)state;
  onus_case *c = every_form();
  assert_string_equal(c->path, "tests/broken/accepted/every-form.yaml");
  assert_string_equal(c->directory, "tests/broken/accepted");
  assert_string_equal(c->title, "Every form");
  assert_int_equal(c->n_hypotheses, 6);
  assert_int_equal(c->open_hypothesis, OTHER);
  assert_true(c->has_priors);
  same_range(c->hypotheses[A].prior, 0.2, 0.2);
  same_range(c->hypotheses[B].prior, 0.1, 0.3);
  assert_string_equal(c->hypotheses[A].name, "Group A");
  assert_string_equal(c->hypotheses[B].name, "b");
  assert_int_equal(c->hypotheses[A].n_actors, 2);
  assert_string_equal(c->hypotheses[A].actors[1], "APT38");
  assert_string_equal(c->hypotheses[B].country, "NO");
  assert_null(c->hypotheses[OTHER].country);
  assert_int_equal(c->hypotheses[A].imitates, ONUS_NONE);
  assert_int_equal(c->hypotheses[IMITATOR].imitates, A);
  assert_int_equal(c->hypotheses[CHAINED].imitates, IMITATOR);
  assert_int_equal(onus_table_get(c->hypothesis_ids, "1"), ONE);
  onus_case_free(c);
}

static void countries_become_propositions(void **state) {
  (void)state;
  onus_case *c = every_form();
  static const char *const IDS[] = {"one", "most", "country:KP", "country:NO"};
  assert_int_equal(c->n_propositions, 4);
  for (size_t i = 0; i < 4; i++) {
    assert_string_equal(c->propositions[i].id, IDS[i]);
    assert_int_equal(onus_table_get(c->proposition_ids, IDS[i]), i);
    assert_int_equal(c->propositions[i].is_country, i >= 2);
  }
  assert_true(c->propositions[2].holds[A] && c->propositions[2].holds[ONE] && !c->propositions[2].holds[B]);
  assert_true(c->propositions[1].holds[OTHER] && !c->propositions[1].holds[CHAINED]);
  assert_int_equal(c->about_proposition, 2);
  assert_int_equal(c->about_hypothesis, ONUS_NONE);
  onus_case_free(c);
}

static void grades_stand_for_the_scale_of_the_case(void **state) {
  (void)state;
  onus_case *c = every_form();
  same_range(c->sources[0].reliability, 0.99, 0.99);
  assert_int_equal(c->sources[0].grade, 'A');
  same_range(c->sources[1].reliability, 0.2, 0.8);
  same_range(c->sources[2].reliability, 0.5, 0.5);
  assert_int_equal(c->sources[2].grade, 0);
  same_range(c->sources[3].reliability, 0, 0);
  same_range(c->sources[5].reliability, 0.3, 0.7);
  same_range(c->reliability_scale[1], 0.85, 0.85);
  same_range(c->credibility_scale[3], 0.4, 0.4);
  same_range(item(c, "likelihood")->credibility, 0.97, 0.97);
  assert_int_equal(item(c, "likelihood")->credibility_grade, 1);
  same_range(item(c, "ratio")->credibility, 1, 1);
  assert_int_equal(item(c, "ratio")->credibility_grade, 6);
  assert_int_equal(item(c, "strength")->credibility_grade, 0);
  onus_case_free(c);
}

static void rows_are_read(void **state) {
  (void)state;
  onus_case *c = every_form();
  const onus_row *row = &item(c, "likelihood")->row;
  assert_int_equal(row->kind, ONUS_ROW_LIKELIHOOD);
  assert_true(row->is_stated[A] && row->is_stated[B] && row->is_stated[OTHER] && !row->is_stated[ONE]);
  same_range(row->value[B], 0.5, 1);
  same_range(row->value[OTHER], 0.01, 0.05);
  row = &item(c, "ratio")->row;
  assert_int_equal(row->kind, ONUS_ROW_RATIO);
  same_range(row->value[A], 1e12, 1e12);
  same_range(row->value[B], 1e-12, 3);
  row = &item(c, "strength")->row;
  assert_int_equal(row->kind, ONUS_ROW_STRENGTH);
  same_range(row->value[A], 2, 10);
  same_range(row->value[B], 1e-8, 1e-6);
  same_range(row->value[ONE], 100, 1000);
  assert_string_equal(row->word[B], "against-extremely-strong");
  assert_null(row->word[OTHER]);
  row = &item(c, "says")->row;
  assert_int_equal(row->kind, ONUS_ROW_SAYS);
  assert_true(row->is_denial && !row->is_true[A] && !row->is_true[ONE] && row->is_true[B] && row->is_true[OTHER]);
  assert_string_equal(row->statement, "country:KP");
  same_range(row->if_true, 0.9, 0.9);
  same_range(row->if_false, 0.1, 0.1);
  assert_true(item(c, "says")->would_say_anyway);
  row = &item(c, "says-that")->row;
  assert_true(!row->is_denial && row->is_true[A] && !row->is_true[CHAINED]);
  same_range(row->if_true, 0.5, 1);
  same_range(row->if_false, 0.05, 0.05);
  row = &item(c, "compute")->row;
  assert_int_equal(row->kind, ONUS_ROW_COMPUTE);
  assert_string_equal(row->engine, "infrastructure");
  assert_string_equal(row->from, "minimal.json");
  assert_true(row->is_stated[A] && !row->is_stated[B] && !row->is_stated[OTHER]);
  same_range(row->value[A], 1.5, 4.5);
  assert_int_equal(item(c, "repeats")->row.kind, ONUS_ROW_NONE);
  assert_int_equal(item(c, "repeats")->repeats, 0);
  onus_case_free(c);
}

static void what_a_computed_row_rests_on_is_read(void **state) {
  (void)state;
  onus_case *c = every_form();
  const onus_item *it = item(c, "compute");
  const onus_computed *computed = it->row.computed;
  assert_non_null(computed);
  assert_string_equal(computed->engine_version, "infrastructure-1");
  assert_string_equal(computed->reference, "xxh3-sum:0123456789abcdef0123456789abcdef");
  assert_string_equal(computed->as_of, "2015-01-01");
  assert_int_equal(computed->n_used, 2);
  assert_int_equal(computed->n_not_known, 5);
  assert_int_equal(computed->n_actors, 2);
  assert_string_equal(computed->actors[0].entries[1], "maltrail lazarus");
  same_range(computed->actors[0].ratio, 2, 8);
  assert_string_equal(computed->actors[1].given, "APT38");
  assert_int_equal(computed->n_links, 2);
  assert_string_equal(computed->links[0].value, "evil.example.com");
  assert_true(computed->links[0].has_age && computed->links[0].age_days == -40 && !computed->links[1].has_age);
  assert_string_equal(computed->links[1].report, "");
  assert_string_equal(computed->links[1].note, "shared");
  assert_int_equal(computed->links[1].n_holders, 3);
  /* Nobody doubted the infrastructure, so onus does. */
  assert_int_equal(it->n_undercut, 1);
  const onus_undercutter *own = &c->undercutters[it->undercut[0]];
  assert_string_equal(own->id, "relays:compute");
  assert_string_equal(own->own_item, "compute");
  same_range(own->probability, 0.2, 0.4);
  assert_string_equal(computed->own_origin, "made by hand");
  onus_case_free(c);
}

/* Code has an undercutter of its own, behind those that it names, unless one of them says the same. */
static void computed_code_is_doubted(void **state) {
  (void)state;
  onus_case *c = every_form();
  const onus_item *it = item(c, "code"), *doubted = item(c, "code-doubted");
  assert_int_equal(it->n_undercut, 2);
  const onus_undercutter *own = &c->undercutters[it->undercut[1]];
  assert_string_equal(own->id, "tools:code");
  assert_string_equal(own->name, "Shared or leaked tools: code");
  same_range(own->probability, 0.1, 0.7);
  assert_string_equal(it->row.computed->own_origin, "made by hand");
  assert_int_equal(doubted->n_undercut, 1);
  assert_string_equal(c->undercutters[doubted->undercut[0]].id, "w");
  onus_case_free(c);
}

static void items_are_read(void **state) {
  (void)state;
  onus_case *c = every_form();
  const onus_item *full = item(c, "likelihood"), *bare = item(c, "ratio");
  assert_string_equal(full->title, "With all keys");
  assert_string_equal(bare->title, "ratio");
  assert_int_equal(full->source, 0);
  assert_true(full->known.is_day && !full->observed.is_day && full->has_observed && full->has_retracted);
  assert_true(bare->known.seconds_utc == 1418969045 && !bare->has_observed && !bare->has_retracted);
  same_range(full->forgeable, 0.1, 0.9);
  same_range(bare->forgeable, 0.5, 0.5);
  assert_int_equal(full->n_undercut, 2);
  assert_int_equal(full->undercut[0], 1);
  assert_int_equal(full->undercut[1], 0);
  assert_int_equal(full->n_attachments, 2);
  assert_string_equal(full->reasons, "Because.");
  assert_string_equal(item(c, "says")->reasons, "");
  assert_int_equal(full->line, 38);
  assert_int_equal(full->column, 5);
  const onus_item *sealed = item(c, "sealed"), *opened = item(c, "opened");
  assert_true(sealed->is_sealed && opened->is_sealed && !full->is_sealed);
  assert_int_equal(sealed->sealed_size, 2);
  assert_int_equal(sealed->row.kind, ONUS_ROW_NONE);
  assert_int_equal(sealed->vouched.kind, ONUS_ROW_RATIO);
  same_range(sealed->vouched.value[A], 5, 50);
  same_range(sealed->unseen, 0.2, 0.4);
  same_range(opened->unseen, 0.5, 0.5);
  assert_true(opened->row.is_denial && !opened->vouched.is_denial);
  onus_case_free(c);
}

static void positions_are_read(void **state) {
  (void)state;
  onus_case *c = every_form();
  assert_true(c->has_positions);
  assert_int_equal(c->n_positions, 4);
  const onus_position *p = c->positions;
  assert_string_equal(p[0].standard_id, "preponderance");
  same(p[0].standard, 0.6);
  assert_true(p[0].standard_exclusive && !p[0].access_all && !p[0].access[7]);
  assert_string_equal(p[1].name, "Replaced");
  assert_string_equal(p[2].standard_id, "on-the-record");
  assert_true(p[2].access_all && !p[2].standard_exclusive);
  same(p[2].standard, 0.8);
  assert_string_equal(p[3].standard_id, "custom");
  same(p[3].standard, 0.9);
  assert_true(p[3].access[7] && !p[3].access[8] && !p[3].access_all);
  assert_true(p[3].has_prior[A] && p[3].has_prior[B] && !p[3].has_prior[OTHER]);
  same_range(p[3].prior[B], 0.2, 0.4);
  same_range(p[3].reliability[0], 0.4, 0.4);
  assert_int_equal(p[3].reliability_grade[0], 'D');
  assert_int_equal(p[3].reliability_grade[1], 0);
  assert_true(p[3].has_reliability[1] && !p[3].has_reliability[2]);
  assert_true(p[3].has_probability[0] && !p[3].has_probability[1]);
  assert_int_equal(p[3].n_overrides, 4);
  const onus_item_override *o = p[3].overrides;
  assert_int_equal(o[0].item, 0);
  assert_int_equal(o[0].row.kind, ONUS_ROW_RATIO);
  assert_true(o[0].has_forgeable && o[0].has_credibility && !o[0].has_unseen && !o[0].has_would_say_anyway);
  same_range(o[0].credibility, 0.1, 0.2);
  assert_true(o[1].has_unseen && o[1].row.kind == ONUS_ROW_NONE);
  assert_true(o[2].has_would_say_anyway && !o[2].would_say_anyway);
  assert_true(o[3].would_say_anyway && o[3].row.kind == ONUS_ROW_SAYS);
  onus_case_free(c);
}

static void a_case_without_positions_has_an_analyst(void **state) {
  (void)state;
  onus_case *c = read_or_fail("tests/broken/accepted/minimal.json");
  assert_true(!c->has_positions && !c->has_priors);
  assert_int_equal(c->n_positions, 1);
  assert_string_equal(c->positions[0].id, "analyst");
  assert_string_equal(c->positions[0].name, "Analyst");
  assert_int_equal(onus_table_get(c->position_ids, "analyst"), 0);
  same(c->positions[0].standard, 0.5);
  assert_true(c->positions[0].standard_exclusive && !c->positions[0].access_all);
  same_range(c->hypotheses[0].prior, 0.5, 0.5);
  assert_int_equal(c->n_items, 0);
  onus_case_free(c);
}

static void points_are_medians(void **state) {
  (void)state;
  same(onus_number_point((onus_number){0.3, 0.3}, ONUS_SCALE_LOG), 0.3);
  same(onus_number_point((onus_number){0, 0}, ONUS_SCALE_LOGIT), 0);
  same(onus_number_point((onus_number){1, 1}, ONUS_SCALE_LOGIT), 1);
  same(onus_number_point((onus_number){2, 8}, ONUS_SCALE_LOG), 4);
  same(onus_number_point((onus_number){0.2, 0.8}, ONUS_SCALE_LOGIT), 0.5);
  /* logit 0.1 = -ln 9, logit 0.5 = 0: the mean is -ln 3 */
  same(onus_number_point((onus_number){0.1, 0.5}, ONUS_SCALE_LOGIT), 0.25);
  same(onus_number_point((onus_number){1e-300, 1e-300 * 4}, ONUS_SCALE_LOG), 2e-300);
}

static void the_starter_is_right_and_written_once(void **state) {
  (void)state;
  char folder[] = "/tmp/onus-starter-XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  onus_error error = {0};
  snprintf(path, sizeof path, "%s/case", folder);
  assert_int_equal(onus_case_init(path, &error), ONUS_OK);
  onus_case *c = read_or_fail(path);
  assert_true(c->n_hypotheses >= 3 && c->n_items >= 3 && c->n_positions >= 2 && c->n_questions >= 1);
  onus_case_free(c);
  assert_int_equal(onus_case_init(path, &error), ONUS_BAD_ARGUMENT);
  snprintf(path, sizeof path, "%s/case/case.yaml", folder);
  assert_int_equal(onus_case_init(path, &error), ONUS_BAD_ARGUMENT);
  unlink(path);
  snprintf(path, sizeof path, "%s/case", folder);
  assert_int_equal(onus_case_init(path, &error), ONUS_OK);
  snprintf(path, sizeof path, "%s/case/case.yaml", folder);
  unlink(path);
  snprintf(path, sizeof path, "%s/case", folder);
  rmdir(path);
  rmdir(folder);
}

static void all_problems_are_listed_and_nothing_else_is_touched(void **state) {
  (void)state;
  static const char TEXT[] = "onus: 2\ntitle: T\nquestion: [Q]\nhypotheses: []\nsources: []\nevidence: []\nx: 1\n";
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  assert_int_equal(onus_case_parse("x.yaml", NULL, TEXT, strlen(TEXT), false, &c, &problems, &error), ONUS_BAD_INPUT);
  assert_null(c);
  assert_int_equal(onus_problems_count(problems), 5);
  static const unsigned LINES[] = {1, 3, 4, 4, 7};
  for (size_t i = 0; i < 5; i++) {
    const onus_problem *problem = onus_problems_get(problems, i);
    assert_int_equal(problem->line, LINES[i]);
    assert_string_equal(problem->path, "x.yaml");
    assert_true(problem->found[0] && problem->remedy[0]);
  }
  assert_null(onus_problems_get(problems, 5));
  assert_int_equal(error.status, ONUS_BAD_INPUT);
  assert_int_equal(error.line, 1);
  assert_string_equal(error.path, "x.yaml");
  onus_problems_free(problems);
  /* Nobody has to take the list. */
  assert_int_equal(onus_case_parse("x.yaml", NULL, TEXT, strlen(TEXT), false, &c, NULL, NULL), ONUS_BAD_INPUT);
}

static void the_same_case_can_be_written_as_json(void **state) {
  (void)state;
  static const char JSON[] =
      "{\"onus\": 1, \"title\": \"T\", \"question\": \"Q\", \"hypotheses\": [{\"id\": \"a\", \"prior\": [0.1, 0.2]},"
      "{\"id\": \"o\", \"open\": true, \"prior\": 0.5}], \"sources\": [{\"id\": \"s\", \"reliability\": \"B\"}],"
      "\"scales\": {\"credibility\": {\"1\": 0.9}}, \"evidence\": [{\"id\": \"e\", \"source\": \"s\", \"credibility\": "
      "1,"
      "\"known\": \"2014-12-19\", \"ratio\": {\"a\": 3}, \"reasons\": \"R\"}]}";
  for (int is_json = 0; is_json < 2; is_json++) { /* every JSON text is YAML too */
    onus_case *c = NULL;
    assert_int_equal(onus_case_parse("x", NULL, JSON, strlen(JSON), is_json, &c, NULL, NULL), ONUS_OK);
    same_range(c->hypotheses[0].prior, 0.1, 0.2);
    same_range(c->items[0].credibility, 0.9, 0.9);
    same_range(c->items[0].row.value[0], 3, 3);
    assert_int_equal(c->open_hypothesis, 1);
    assert_null(c->directory);
    onus_case_free(c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hypotheses_are_read),
      cmocka_unit_test(countries_become_propositions),
      cmocka_unit_test(grades_stand_for_the_scale_of_the_case),
      cmocka_unit_test(rows_are_read),
      cmocka_unit_test(what_a_computed_row_rests_on_is_read),
      cmocka_unit_test(computed_code_is_doubted),
      cmocka_unit_test(items_are_read),
      cmocka_unit_test(positions_are_read),
      cmocka_unit_test(a_case_without_positions_has_an_analyst),
      cmocka_unit_test(points_are_medians),
      cmocka_unit_test(the_starter_is_right_and_written_once),
      cmocka_unit_test(all_problems_are_listed_and_nothing_else_is_touched),
      cmocka_unit_test(the_same_case_can_be_written_as_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
