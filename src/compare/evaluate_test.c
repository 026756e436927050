#include "compare/evaluate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "compare/truth.h"
#include "compare/weights.h"

/* --- a reference of nothing but actors, and an engine that reads its features off the incident ----------------- */

enum { ACTORS = 8, INCIDENTS = 120 };

static onus_entry entries[ACTORS];
static onus_actor actors[ACTORS];
static char ids[ACTORS][8];
static const onus_catalogue catalogue = {.entries = entries, .actors = actors, .n_entries = ACTORS, .n_actors = ACTORS};
static const char *calibration; /* the document that the reference holds; NULL: none */

static void set_up_catalogue(void) {
  for (uint32_t a = 0; a < ACTORS; a++) {
    snprintf(ids[a], sizeof ids[a], "G%u", a);
    entries[a] = (onus_entry){.upstream_id = ids[a], .name = ids[a], .actor = a};
    actors[a] = (onus_actor){.name = ids[a]};
  }
}

const onus_catalogue *onus_reference_catalogue(const onus_reference *reference) {
  (void)reference;
  return &catalogue;
}

uint32_t onus_reference_find_entry(const onus_reference *reference, uint32_t source, const char *upstream_id) {
  (void)reference;
  (void)source;
  for (uint32_t a = 0; a < ACTORS; a++)
    if (strcmp(ids[a], upstream_id) == 0)
      return a;
  return ONUS_NO_NUMBER;
}

onus_status onus_reference_find_actors(const onus_reference *reference, const char *name, uint32_t **ret_actors,
                                       size_t *ret_n, onus_error *error) {
  (void)reference;
  (void)error;
  *ret_n = strcmp(name, "ambiguous") == 0 ? 2 : strcmp(name, "alias of 3") == 0 ? 1 : 0;
  *ret_actors = calloc(2, sizeof **ret_actors);
  assert_non_null(*ret_actors);
  (*ret_actors)[0] = 3;
  (*ret_actors)[1] = 4;
  return ONUS_OK;
}

onus_status onus_reference_document(const onus_reference *reference, const char *name, onus_text *ret_text,
                                    onus_error *error) {
  (void)reference;
  assert_string_equal(name, "calibration/test");
  if (!calibration)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "there is none");
  *ret_text = (onus_text){strdup(calibration), strlen(calibration)};
  return ONUS_OK;
}

static int32_t asked_day; /* the latest as-of day asked for */

onus_status onus_reference_hide(const onus_reference *reference, const char *const *leave_out, size_t n_leave_out,
                                int32_t as_of_day, onus_hidden *ret_hidden, onus_error *error) {
  (void)reference;
  (void)leave_out;
  (void)n_leave_out;
  (void)error;
  asked_day = as_of_day;
  *ret_hidden = (onus_hidden){0};
  return ONUS_OK;
}

void onus_hidden_free(onus_hidden *hidden) {
  (void)hidden;
}

static const char *const choice[] = {"likeness"}, *const unknown[] = {"size"}, *const ratio[] = {"likeness"};
static const onus_weights own = {.n_choice = 1,
                                 .n_unknown = 1,
                                 .n_ratio = 1,
                                 .choice = {2},
                                 .unknown = {1, 0.5},
                                 .ratio = {-1, 1},
                                 .least_ln_lr = -3,
                                 .greatest_ln_lr = 3,
                                 .provenance = "made up"};
static const onus_fit_settings settings = {
    .choice_ridge = 1, .unknown_ridge = 1, .constant_ridge = 0.01, .ratio_ridge = 1};

static onus_status prepare(const onus_reference *reference, void **ret_prepared, onus_error *error) {
  (void)reference;
  *ret_prepared = malloc(1);
  return *ret_prepared ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* An incident's `n_ttps` says who did it (ACTORS: nobody of them); the likeness is noisy. Actor 7 is a candidate only
 * when everything is known. */
static onus_status extract(const void *prepared, const onus_incident *incident, const onus_hidden *hidden,
                           onus_arena *arena, onus_features *ret_features, onus_error *error) {
  (void)prepared;
  (void)hidden;
  size_t n = asked_day == ONUS_STORE_ALWAYS ? ACTORS : ACTORS - 1;
  uint32_t *actor = ONUS_ARENA_ARRAY(arena, uint32_t, n);
  double *x = ONUS_ARENA_ARRAY(arena, double, n), *z = ONUS_ARENA_ARRAY(arena, double, 1);
  if (!actor || !x || !z)
    return ONUS_FAIL_NO_MEMORY(error);
  uint64_t seed = (uint64_t)atoi(incident->id + 1);
  for (uint32_t a = 0; a < n; a++) {
    actor[a] = a;
    x[a] = (double)(onus_random_bits(5, seed, a) % 1000) / 500 + (a == incident->n_ttps ? 2 : 0);
  }
  z[0] = (double)(onus_random_bits(5, seed, 99) % 10);
  *ret_features = (onus_features){n, actor, actor, x, z, x, 3, 1};
  return ONUS_OK;
}

static onus_status explain(const void *prepared, const onus_incident *incident, const onus_hidden *hidden,
                           const onus_weights *weights, uint32_t actor, size_t links_max, onus_arena *arena,
                           const onus_link **ret_links, size_t *ret_n_links, onus_error *error) {
  (void)prepared;
  (void)incident;
  (void)hidden;
  (void)weights;
  (void)links_max;
  onus_link *link = ONUS_ARENA_ARRAY(arena, onus_link, 1);
  if (!link)
    return ONUS_FAIL_NO_MEMORY(error);
  *link = (onus_link){.kind = "test", .value = ids[actor]};
  *ret_links = link;
  *ret_n_links = 1;
  return ONUS_OK;
}

static const onus_engine engine = {.name = "test",
                                   .version = "test-1",
                                   .features = {choice, unknown, ratio, 1, 1, 1, false},
                                   .weights = &own,
                                   .fit = &settings,
                                   .prepare = prepare,
                                   .release = free,
                                   .extract = extract,
                                   .explain = explain};

/* --- incidents ------------------------------------------------------------------------------------------------- */

typedef struct incidents {
  onus_incident incident[INCIDENTS];
  onus_truth truth[INCIDENTS];
  const onus_truth *by_incident[INCIDENTS];
  const char *label[INCIDENTS];
  char id[INCIDENTS][8], stranger[INCIDENTS][12];
} incidents;

/* Day 0 of 2001 and on, four months apart; the last ten without a date. */
static int32_t day_of(size_t i) {
  return (int32_t)(11323 + 122 * i);
}

static void make(incidents *in) {
  set_up_catalogue();
  calibration = NULL;
  for (size_t i = 0; i < INCIDENTS; i++) {
    size_t who = i % (ACTORS + 2) < ACTORS ? i % (ACTORS + 2) : ACTORS;
    int32_t day = i + 10 < INCIDENTS ? day_of(i) : ONUS_DAY_UNKNOWN;
    snprintf(in->id[i], sizeof in->id[i], "i%zu", i);
    snprintf(in->stranger[i], sizeof in->stranger[i], "other%zu", i % 4);
    in->label[i] = who < ACTORS ? ids[who] : ONUS_UNKNOWN;
    in->incident[i] = (onus_incident){.id = in->id[i], .period = {day, day}, .n_ttps = who};
    in->truth[i] = (onus_truth){.id = in->id[i],
                                .kind = i % 3 ? "report" : "campaign",
                                .labels = &in->label[i],
                                .n_labels = 1,
                                .actor = who < ACTORS ? ids[who] : in->stranger[i]};
    in->by_incident[i] = &in->truth[i];
  }
}

static onus_evaluation *evaluate(const incidents *in, onus_fit_mode fit) {
  onus_evaluation *evaluation = NULL;
  onus_error error = {0};
  onus_status status = onus_evaluate(NULL, &engine, in->incident, in->by_incident, INCIDENTS,
                                     &(onus_evaluate_options){.fit = fit, .seed = 1}, &evaluation, &error);
  if (status != ONUS_OK)
    fail_msg("%s", error.text);
  return evaluation;
}

static double p_of(const onus_weights *w, const onus_features *f, size_t place) {
  double u[ACTORS + 1], sum = 0;
  for (size_t c = 0; c < f->n_candidates; c++)
    u[c] = w->choice[0] * f->choice[c];
  u[f->n_candidates] = w->unknown[0] + w->unknown[1] * f->unknown[0];
  for (size_t c = 0; c <= f->n_candidates; c++)
    sum += exp(u[c]);
  return exp(u[place]) / sum;
}

static void test_own_weights(void **state) {
  (void)state;
  static incidents in;
  make(&in);
  onus_evaluation *e = evaluate(&in, ONUS_FIT_OWN);
  assert_int_equal(e->n_left_out, 0);
  assert_int_equal(e->n_truths, INCIDENTS);
  assert_int_equal(e->n_actors, ACTORS);
  assert_string_equal(e->provenance, "made up");
  assert_int_equal(e->metrics.n_unknown, INCIDENTS / 5);
  assert_int_equal(asked_day, ONUS_STORE_ALWAYS);
  for (size_t i = 0; i < INCIDENTS; i++)
    for (size_t c = 0; c <= ACTORS; c++)
      assert_true(fabs(e->judged[i].p[c] - p_of(&own, &e->judged[i].features, c)) < 1e-12);
  for (size_t i = 0; i < INCIDENTS; i++)
    for (size_t c = 0; c < ACTORS; c++) {
      double ln_lr = fmin(fmax(e->judged[i].features.ratio[c] - 1, -3), 3);
      assert_true(fabs(e->judged[i].ln_lr[c] - ln_lr) < 1e-12);
    }
  assert_int_equal(e->n_kinds, 2);
  assert_string_equal(e->kinds[0].kind, "campaign");
  assert_int_equal(e->kinds[0].metrics.n + e->kinds[1].metrics.n, INCIDENTS);
  onus_evaluation_free(e);
}

/* Each incident is judged by exactly the weights that a fit to the other folds gives. */
static void test_folds(void **state) {
  (void)state;
  static incidents in;
  make(&in);
  onus_evaluation *e = evaluate(&in, ONUS_FIT_FOLDS);
  assert_null(e->provenance);
  onus_fit_incident all[INCIDENTS];
  unsigned fold[INCIDENTS];
  size_t others[INCIDENTS];
  onus_error error = {0};
  for (size_t i = 0; i < INCIDENTS; i++) {
    const onus_judged *j = &e->judged[i];
    all[i] = (onus_fit_incident){j->features, j->right, j->n_right, j->group};
    assert_int_equal(j->n_right, in.incident[i].n_ttps < ACTORS);
    assert_true(j->n_right == 0 || j->right[0] == in.incident[i].n_ttps);
    for (size_t k = 0; k < i; k++) /* one group for each name, known or not */
      assert_int_equal(j->group == e->judged[k].group, strcmp(in.truth[i].actor, in.truth[k].actor) == 0);
  }
  assert_int_equal(onus_fit_folds(all, INCIDENTS, ONUS_EVALUATE_FOLDS, 1, fold, &error), ONUS_OK);
  for (unsigned f = 0; f < ONUS_EVALUATE_FOLDS; f++) {
    onus_weights w;
    size_t n = 0;
    for (size_t i = 0; i < INCIDENTS; i++)
      if (fold[i] != f)
        others[n++] = i;
    assert_int_equal(onus_fit(&engine.features, &settings, all, others, n, 0, 1, &w, &error), ONUS_OK);
    for (size_t i = 0; i < INCIDENTS; i++)
      if (fold[i] == f)
        for (size_t c = 0; c <= ACTORS; c++)
          assert_true(fabs(e->judged[i].p[c] - p_of(&w, &e->judged[i].features, c)) < 1e-12);
  }
  onus_evaluation_free(e);
}

static void test_rolling(void **state) {
  (void)state;
  static incidents in;
  make(&in);
  onus_evaluation *e = evaluate(&in, ONUS_FIT_ROLLING);
  /* three incidents a year from 2001 on: the first year with 30 before it is 2011 */
  for (size_t i = 0; i < INCIDENTS; i++) {
    const onus_judged *j = &e->judged[i];
    if (i + 10 >= INCIDENTS)
      assert_string_equal(j->left_out, "it has no date");
    else if (i < 30)
      assert_string_equal(j->left_out, "too few incidents of earlier years");
    else
      assert_null(j->left_out);
    if (j->left_out)
      continue;
    assert_int_equal(j->features.n_candidates, ACTORS - 1); /* 7 was not known then */
    assert_int_equal(j->is_unknown, in.incident[i].n_ttps >= ACTORS - 1);
    onus_fit_incident before[INCIDENTS];
    onus_weights w;
    onus_error error = {0};
    size_t n = 0;
    for (; n < i / 3 * 3; n++)
      before[n] =
          (onus_fit_incident){e->judged[n].features, e->judged[n].right, e->judged[n].n_right, e->judged[n].group};
    assert_int_equal(onus_fit(&engine.features, &settings, before, NULL, n, 0, 1, &w, &error), ONUS_OK);
    for (size_t c = 0; c < ACTORS; c++)
      assert_true(fabs(j->p[c] - p_of(&w, &j->features, c)) < 1e-12);
  }
  assert_int_equal(e->n_left_out, 40);
  assert_int_equal(e->metrics.n, INCIDENTS - 40);
  assert_int_equal(e->n_actors, ACTORS - 1);
  /* the last one with a date is of 2037: as of the end of 2036 */
  assert_int_equal(asked_day, 24471);
  onus_evaluation_free(e);
}

static void test_labels(void **state) {
  (void)state;
  static incidents in;
  make(&in);
  in.label[0] = "alias of 3";
  in.label[1] = "nobody";
  in.by_incident[2] = NULL;
  onus_evaluation *e = evaluate(&in, ONUS_FIT_OWN);
  assert_int_equal(e->judged[0].right[0], 3);
  assert_int_equal(e->judged[1].n_right, 0);
  assert_false(e->judged[1].is_unknown); /* the truth says it is somebody */
  assert_int_equal(e->n_truths, INCIDENTS - 1);
  onus_evaluation_free(e);
  onus_error error = {0};
  assert_int_equal(onus_evaluate(NULL, &engine, in.incident, in.by_incident, INCIDENTS,
                                 &(onus_evaluate_options){.relabels = true, .seed = 1}, &e, &error),
                   ONUS_OK);
  assert_true(e->judged[1].is_unknown);
  onus_evaluation_free(e);
  in.label[5] = "ambiguous";
  assert_int_equal(onus_evaluate(NULL, &engine, in.incident, in.by_incident, INCIDENTS,
                                 &(onus_evaluate_options){.seed = 1}, &e, &error),
                   ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "\"G3\" and \"G4\""));
}

static void test_calibration_is_kept_and_counts(void **state) {
  (void)state;
  static incidents in;
  make(&in);
  onus_evaluation *e = evaluate(&in, ONUS_FIT_FOLDS);
  static onus_weights w, again;
  onus_error error = {0};
  onus_text text;
  onus_buffer out = onus_buffer_new(1 << 20);
  assert_int_equal(onus_calibrate(e, "some.jsonl", &w, &error), ONUS_OK);
  assert_int_equal(onus_calibrate(e, "some.jsonl", &again, &error), ONUS_OK);
  assert_memory_equal(&w, &again, sizeof w);
  assert_string_equal(w.provenance, "some.jsonl: 120 incidents of 12 actors, 2001 to 2037");
  assert_int_equal(w.n_bootstraps, ONUS_BOOTSTRAPS);
  onus_weights_write(&out, &engine, &w);
  assert_int_equal(onus_buffer_take(&out, &text, &error), ONUS_OK);
  calibration = text.bytes;
  onus_evaluation *by_it = evaluate(&in, ONUS_FIT_OWN);
  assert_string_equal(by_it->provenance, w.provenance);
  assert_true(fabs(by_it->judged[4].p[2] - p_of(&w, &by_it->judged[4].features, 2)) < 1e-12);
  onus_evaluation_free(by_it);
  onus_evaluation_free(e);
  calibration = "{}";
  assert_int_equal(onus_evaluate(NULL, &engine, in.incident, in.by_incident, INCIDENTS,
                                 &(onus_evaluate_options){.seed = 1}, &e, &error),
                   ONUS_BAD_INPUT);
  assert_string_equal(error.path, "calibration/test");
  e = evaluate(&in, ONUS_FIT_FOLDS); /* which does not need it */
  onus_evaluation_free(e);
  calibration = NULL;
  onus_text_free(&text);
}

static void test_predictions(void **state) {
  (void)state;
  static incidents in;
  make(&in);
  onus_evaluation *e = evaluate(&in, ONUS_FIT_ROLLING);
  onus_buffer out = onus_buffer_new(1 << 20);
  onus_error error = {0};
  assert_int_equal(onus_evaluation_tsv(e, &catalogue, &out, &error), ONUS_OK);
  const char *line = strchr(out.bytes, '\n') + 1;
  assert_true(strncmp(out.bytes, "incident_id\tactor\tprobability\tlog10LR\n", 38) == 0);
  for (size_t i = 30; i + 10 < INCIDENTS; i++) {
    double sum = 0;
    for (size_t c = 0; c < ACTORS; c++) {
      char id[16], actor[16];
      double p, log10_lr;
      assert_int_equal(sscanf(line, "%15[^\t]\t%15[^\t]\t%lf\t%lf\n", id, actor, &p, &log10_lr), 4);
      assert_string_equal(id, in.id[i]);
      assert_string_equal(actor, c + 1 < ACTORS ? ids[c] : ONUS_UNKNOWN);
      assert_true(p == e->judged[i].p[c]);
      assert_true(fabs(log10_lr * log(10) - (c + 1 < ACTORS ? e->judged[i].ln_lr[c] : 0)) < 1e-12);
      sum += p;
      line = strchr(line, '\n') + 1;
    }
    assert_true(fabs(sum - 1) < 1e-12);
  }
  assert_int_equal(*line, 0);
  onus_buffer_free(&out);
  in.incident[40].id = "with\ttab";
  assert_int_equal(onus_evaluation_tsv(e, &catalogue, &out, &error), ONUS_BAD_INPUT);
  onus_buffer_free(&out);
  onus_evaluation_free(e);
}

static bool stop(void *context, double share_done) {
  *(double *)context = share_done;
  return share_done < 0.5;
}

static void test_it_can_be_stopped(void **state) {
  (void)state;
  static incidents in;
  make(&in);
  double at = 0;
  onus_evaluation *e = NULL;
  onus_error error = {0};
  assert_int_equal(onus_evaluate(NULL, &engine, in.incident, in.by_incident, INCIDENTS,
                                 &(onus_evaluate_options){.progress = stop, .progress_context = &at}, &e, &error),
                   ONUS_CANCELLED);
  assert_true(at >= 0.5 && at < 0.6);
  assert_null(e);
}

static void test_ranking(void **state) {
  (void)state;
  static incidents in;
  make(&in);
  onus_comparer *comparer = NULL;
  onus_ranking ranking;
  onus_error error = {0};
  onus_arena *arena = onus_arena_new(1 << 20);
  assert_int_equal(onus_comparer_new(NULL, &engine, &comparer, &error), ONUS_OK);
  onus_compare_options options = {.as_of_day = ONUS_STORE_ALWAYS, .links_max = 5, .linked_max = 2};
  assert_int_equal(onus_comparer_rank(comparer, &in.incident[3], &options, arena, &ranking, &error), ONUS_OK);
  double sum = ranking.p_unknown;
  for (size_t c = 0; c < ACTORS; c++) {
    const onus_candidate *candidate = &ranking.candidates[c];
    sum += candidate->probability;
    assert_true(c == 0 || candidate->probability <= ranking.candidates[c - 1].probability);
    assert_int_equal(candidate->n_links, c < 2 ? 1 : 0);
    if (c < 2)
      assert_string_equal(candidate->links[0].value, ids[candidate->actor]);
    assert_true(candidate->ln_lr_low == candidate->ln_lr && candidate->ln_lr == candidate->ln_lr_high);
  }
  assert_true(fabs(sum - 1) < 1e-12);
  assert_int_equal(ranking.n_candidates, ACTORS);
  assert_int_equal(ranking.n_used, 3);
  assert_int_equal(ranking.n_not_known, 1);
  assert_string_equal(ranking.provenance, "made up");
  onus_comparer_free(comparer);
  onus_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_own_weights),
      cmocka_unit_test(test_folds),
      cmocka_unit_test(test_rolling),
      cmocka_unit_test(test_labels),
      cmocka_unit_test(test_calibration_is_kept_and_counts),
      cmocka_unit_test(test_predictions),
      cmocka_unit_test(test_it_can_be_stopped),
      cmocka_unit_test(test_ranking),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
