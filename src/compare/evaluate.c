#include "compare/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "base/table.h"
#include "document/canonical.h"

static const size_t EVALUATION_BYTES = (size_t)4 << 30, INCIDENT_BYTES = (size_t)1 << 30;

/* What stands by while an evaluation is made. */
typedef struct evaluating {
  const onus_reference *reference;
  const onus_evaluate_options *options;
  onus_evaluation *evaluation;
  onus_comparer *comparer;
  onus_table *strangers; /* names of actors that the reference lacks, to their groups */
  size_t n_strangers;
  onus_fit_incident *incidents; /* what can be learned from, by judged incident */
  size_t *chosen;               /* room for the numbers of incidents */
  onus_weights *weights;        /* room for fitted ones */
} evaluating;

static onus_status step(const evaluating *e, double share_done, onus_error *error) {
  const onus_evaluate_options *options = e->options;
  if (options->progress && !options->progress(options->progress_context, share_done))
    return ONUS_FAIL(error, ONUS_CANCELLED, "stopped");
  return ONUS_OK;
}

/* --- who did it ------------------------------------------------------------------------------------------------ */

/* The actor that a name means; ONUS_NO_NUMBER: none of the reference. *ret_second: another that it may mean as well. */
static onus_status find_actor(const onus_reference *reference, const char *name, uint32_t *ret_actor,
                              uint32_t *ret_second, onus_error *error) {
  const onus_catalogue *catalogue = onus_reference_catalogue(reference);
  uint32_t entry = onus_reference_find_entry(reference, ONUS_NO_NUMBER, name);
  *ret_second = ONUS_NO_NUMBER;
  if (entry != ONUS_NO_NUMBER && catalogue->entries[entry].actor != ONUS_NO_NUMBER) {
    *ret_actor = catalogue->entries[entry].actor;
    return ONUS_OK;
  }
  uint32_t *actors = NULL;
  size_t n = 0;
  ONUS_TRY(onus_reference_find_actors(reference, name, &actors, &n, error));
  *ret_actor = n > 0 ? actors[0] : ONUS_NO_NUMBER;
  *ret_second = n > 1 ? actors[1] : ONUS_NO_NUMBER;
  free(actors);
  return ONUS_OK;
}

static onus_status group_of(evaluating *e, const onus_truth *truth, uint32_t *ret_group, onus_error *error) {
  uint32_t actor, second;
  if (truth->has_number) {
    *ret_group = truth->number;
    return ONUS_OK;
  }
  ONUS_TRY(find_actor(e->reference, truth->actor, &actor, &second, error));
  if (actor != ONUS_NO_NUMBER && second == ONUS_NO_NUMBER) {
    *ret_group = actor;
    return ONUS_OK;
  }
  size_t stranger = onus_table_get(e->strangers, truth->actor);
  if (stranger == ONUS_NONE) {
    stranger = onus_reference_catalogue(e->reference)->n_actors + e->n_strangers++;
    if (!onus_table_put(e->strangers, truth->actor, stranger))
      return ONUS_FAIL_NO_MEMORY(error);
  }
  *ret_group = (uint32_t)stranger;
  return ONUS_OK;
}

static bool is_unknown_label(const onus_truth *truth) {
  return truth->n_labels == 1 && strcmp(truth->labels[0], ONUS_UNKNOWN) == 0;
}

static int by_number(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* The place of an actor among ascending ones; ONUS_NONE. */
static size_t place_of(const uint32_t *actors, size_t n, uint32_t actor) {
  const uint32_t *found = n > 0 ? bsearch(&actor, actors, n, sizeof *actors, by_number) : NULL;
  return found ? (size_t)(found - actors) : ONUS_NONE;
}

/* Who of the candidates is right. */
static onus_status label(evaluating *e, onus_judged *judged, onus_error *error) {
  const onus_truth *truth = judged->truth;
  if (is_unknown_label(truth)) {
    judged->is_unknown = true;
    return ONUS_OK;
  }
  uint32_t *right = ONUS_ARENA_ARRAY(e->evaluation->arena, uint32_t, truth->n_labels);
  if (!right)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t k = 0; k < truth->n_labels; k++) {
    uint32_t actor, second;
    if (truth->has_number) {
      actor = truth->number;
      second = ONUS_NO_NUMBER;
    } else {
      ONUS_TRY(find_actor(e->reference, truth->labels[k], &actor, &second, error));
    }
    if (second != ONUS_NO_NUMBER)
      return ONUS_FAIL(error, ONUS_BAD_INPUT,
                       "the label \"%.100s\" of the incident \"%.100s\" may mean several actors, \"%.100s\" and "
                       "\"%.100s\" among them: use an id of the source",
                       truth->labels[k], truth->id, onus_reference_catalogue(e->reference)->actors[actor].name,
                       onus_reference_catalogue(e->reference)->actors[second].name);
    size_t place = place_of(judged->features.actor, judged->features.n_candidates, actor);
    bool is_new = place != ONUS_NONE;
    for (size_t r = 0; r < judged->n_right; r++)
      is_new = is_new && right[r] != place;
    if (is_new)
      right[judged->n_right++] = (uint32_t)place;
  }
  judged->right = right;
  judged->is_unknown = judged->n_right == 0 && (e->options->relabels || e->evaluation->fit == ONUS_FIT_ROLLING);
  return ONUS_OK;
}

/* --- features -------------------------------------------------------------------------------------------------- */

static const void *copy(onus_arena *arena, const void *from, size_t count, size_t size_bytes) {
  void *to = onus_arena_alloc(arena, count, size_bytes);
  if (to && count > 0)
    memcpy(to, from, count * size_bytes);
  return to;
}

/* Features into the evaluation's arena; what else the engine needed for them goes. */
static onus_status extract(evaluating *e, onus_judged *judged, int32_t as_of_day, onus_error *error) {
  const onus_feature_names *names = &e->evaluation->engine->features;
  onus_arena *arena = e->evaluation->arena, *passing = onus_arena_new(INCIDENT_BYTES);
  onus_features f = {0};
  onus_status status = passing ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_comparer_extract(e->comparer, judged->incident, as_of_day, passing, &f, error);
  if (status == ONUS_OK) {
    f.actor = copy(arena, f.actor, f.n_candidates, sizeof *f.actor);
    f.entry = copy(arena, f.entry, f.n_candidates, sizeof *f.entry);
    f.choice = copy(arena, f.choice, f.n_candidates * names->n_choice, sizeof *f.choice);
    f.unknown = copy(arena, f.unknown, names->n_unknown, sizeof *f.unknown);
    f.ratio = copy(arena, f.ratio, f.n_candidates * names->n_ratio, sizeof *f.ratio);
    if (!f.actor || !f.entry || !f.choice || !f.unknown || !f.ratio)
      status = ONUS_FAIL_NO_MEMORY(error);
  }
  if (status == ONUS_OK)
    judged->features = f;
  onus_arena_free(passing);
  return status;
}

/* The year in which an incident began; 0 when nobody knows. */
static int year_of(const onus_incident *incident) {
  return incident->period.first_day == ONUS_DAY_UNKNOWN ? 0 : onus_day_year(incident->period.first_day);
}

static int32_t last_day_of(int year) {
  char text[ONUS_MOMENT_TEXT_BYTES];
  int32_t first, last;
  snprintf(text, sizeof text, "%04d", year);
  return onus_moment_parse_period(text, &first, &last) ? last : ONUS_STORE_ALWAYS;
}

static onus_status prepare(evaluating *e, onus_error *error) {
  onus_evaluation *evaluation = e->evaluation;
  for (size_t i = 0; i < evaluation->n_judged; i++) {
    onus_judged *judged = &evaluation->judged[i];
    int year = year_of(judged->incident);
    bool is_rolling = evaluation->fit == ONUS_FIT_ROLLING;
    if (evaluation->fit != ONUS_FIT_OWN && !judged->truth)
      judged->left_out = "it is not said who did it";
    else if (is_rolling && year < 2)
      judged->left_out = "it has no date";
    if (judged->left_out)
      continue;
    ONUS_TRY(extract(e, judged, is_rolling ? last_day_of(year - 1) : ONUS_STORE_ALWAYS, error));
    if (judged->truth) {
      ONUS_TRY(group_of(e, judged->truth, &judged->group, error));
      ONUS_TRY(label(e, judged, error));
      e->incidents[i] = (onus_fit_incident){judged->features, judged->right, judged->n_right, judged->group};
    }
    ONUS_TRY(step(e, 0.9 * (double)(i + 1) / (double)evaluation->n_judged, error));
  }
  return ONUS_OK;
}

/* --- judging --------------------------------------------------------------------------------------------------- */

static onus_status judge(evaluating *e, onus_judged *judged, const onus_weights *weights, onus_error *error) {
  size_t n = judged->features.n_candidates;
  double *p = ONUS_ARENA_ARRAY(e->evaluation->arena, double, n + 1);
  double *ln_lr = ONUS_ARENA_ARRAY(e->evaluation->arena, double, n);
  if (!p || !ln_lr)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_weights_choose(weights, &judged->features, p);
  for (size_t c = 0; c < n; c++)
    ln_lr[c] = onus_weights_ln_lr(weights, &judged->features, c);
  judged->p = p;
  judged->ln_lr = ln_lr;
  return ONUS_OK;
}

static onus_status judge_by_own(evaluating *e, onus_error *error) {
  const onus_weights *weights = NULL;
  ONUS_TRY(onus_comparer_weights(e->comparer, &weights, error));
  e->evaluation->provenance = onus_arena_copy(e->evaluation->arena, weights->provenance, strlen(weights->provenance));
  if (!e->evaluation->provenance)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < e->evaluation->n_judged; i++)
    ONUS_TRY(judge(e, &e->evaluation->judged[i], weights, error));
  return ONUS_OK;
}

/* Fits e->weights to the incidents whose numbers stand in e->chosen. */
static onus_status fit_chosen(evaluating *e, size_t n_chosen, onus_error *error) {
  const onus_engine *engine = e->evaluation->engine;
  return onus_fit(&engine->features, engine->fit, e->incidents, e->chosen, n_chosen, 0, e->evaluation->seed, e->weights,
                  error);
}

static onus_status judge_by_folds(evaluating *e, onus_error *error) {
  onus_evaluation *evaluation = e->evaluation;
  size_t n = 0, *place = calloc(evaluation->n_judged + 1, sizeof *place);
  onus_fit_incident *known = calloc(evaluation->n_judged + 1, sizeof *known);
  unsigned *fold = calloc(evaluation->n_judged + 1, sizeof *fold);
  onus_status status = place && known && fold ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; status == ONUS_OK && i < evaluation->n_judged; i++)
    if (!evaluation->judged[i].left_out) {
      place[n] = i;
      known[n++] = e->incidents[i];
    }
  if (status == ONUS_OK)
    status = onus_fit_folds(known, n, ONUS_EVALUATE_FOLDS, evaluation->seed, fold, error);
  for (unsigned f = 0; status == ONUS_OK && f < ONUS_EVALUATE_FOLDS; f++) {
    size_t n_chosen = 0;
    for (size_t k = 0; k < n; k++)
      if (fold[k] != f)
        e->chosen[n_chosen++] = place[k];
    if (n_chosen == n)
      continue;
    status = fit_chosen(e, n_chosen, error);
    for (size_t k = 0; status == ONUS_OK && k < n; k++)
      if (fold[k] == f)
        status = judge(e, &evaluation->judged[place[k]], e->weights, error);
    if (status == ONUS_OK)
      status = step(e, 0.9 + 0.1 * (f + 1) / ONUS_EVALUATE_FOLDS, error);
  }
  free(fold);
  free(known);
  free(place);
  return status;
}

/* The least year after `year` of an incident that is judged; 0: there is none. */
static int next_year(const onus_evaluation *evaluation, int year) {
  int next = 0;
  for (size_t i = 0; i < evaluation->n_judged; i++) {
    int other = evaluation->judged[i].left_out ? 0 : year_of(evaluation->judged[i].incident);
    if (other > year && (next == 0 || other < next))
      next = other;
  }
  return next;
}

static onus_status judge_by_year(evaluating *e, onus_error *error) {
  onus_evaluation *evaluation = e->evaluation;
  for (int year = next_year(evaluation, 0); year != 0; year = next_year(evaluation, year)) {
    size_t n_chosen = 0;
    for (size_t i = 0; i < evaluation->n_judged; i++) {
      int other = year_of(evaluation->judged[i].incident);
      if (other > 0 && other < year && evaluation->judged[i].truth)
        e->chosen[n_chosen++] = i;
    }
    if (n_chosen >= ONUS_ROLLING_LEAST)
      ONUS_TRY(fit_chosen(e, n_chosen, error));
    for (size_t i = 0; i < evaluation->n_judged; i++) {
      onus_judged *judged = &evaluation->judged[i];
      if (judged->left_out || year_of(judged->incident) != year)
        continue;
      if (n_chosen >= ONUS_ROLLING_LEAST)
        ONUS_TRY(judge(e, judged, e->weights, error));
      else
        judged->left_out = "too few incidents of earlier years";
    }
    ONUS_TRY(step(e, 0.95, error));
  }
  return ONUS_OK;
}

/* --- the score ------------------------------------------------------------------------------------------------- */

/* Everybody who is a candidate of some incident. */
static onus_status collect_actors(onus_evaluation *evaluation, size_t n_catalogue, onus_error *error) {
  bool *is_candidate = calloc(n_catalogue + 1, sizeof *is_candidate);
  if (!is_candidate)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t n = 0;
  for (size_t i = 0; i < evaluation->n_judged; i++)
    for (size_t c = 0; !evaluation->judged[i].left_out && c < evaluation->judged[i].features.n_candidates; c++)
      is_candidate[evaluation->judged[i].features.actor[c]] = true;
  for (size_t a = 0; a < n_catalogue; a++)
    n += is_candidate[a];
  evaluation->actors = ONUS_ARENA_ARRAY(evaluation->arena, uint32_t, n);
  for (size_t a = 0; evaluation->actors && a < n_catalogue; a++)
    if (is_candidate[a])
      evaluation->actors[evaluation->n_actors++] = (uint32_t)a;
  free(is_candidate);
  return evaluation->actors ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* One incident over all candidates of the evaluation. */
static onus_status spread(onus_evaluation *evaluation, const onus_judged *judged, onus_scored *out, onus_error *error) {
  size_t n = evaluation->n_actors;
  double *p = ONUS_ARENA_ARRAY(evaluation->arena, double, n + 1),
         *ln_lr = ONUS_ARENA_ARRAY(evaluation->arena, double, n);
  uint32_t *right = ONUS_ARENA_ARRAY(evaluation->arena, uint32_t, judged->n_right);
  if (!p || !ln_lr || !right)
    return ONUS_FAIL_NO_MEMORY(error);
  p[n] = judged->p[judged->features.n_candidates];
  for (size_t c = 0; c < judged->features.n_candidates; c++) {
    size_t place = place_of(evaluation->actors, n, judged->features.actor[c]);
    p[place] = judged->p[c];
    ln_lr[place] = judged->ln_lr[c];
  }
  for (size_t k = 0; k < judged->n_right; k++)
    right[k] = (uint32_t)place_of(evaluation->actors, n, judged->features.actor[judged->right[k]]);
  *out = (onus_scored){p, ln_lr, right, judged->n_right, judged->is_unknown, judged->group};
  return ONUS_OK;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The metrics of each kind of incident, where there are several kinds. */
static onus_status score_kinds(onus_evaluation *evaluation, const char **kind_of, onus_error *error) {
  size_t n = evaluation->n_truths, n_kinds = 0;
  const char **kinds = calloc(n + 1, sizeof *kinds);
  onus_scored *part = calloc(n + 1, sizeof *part);
  onus_status status = kinds && part ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    memcpy(kinds, kind_of, n * sizeof *kinds);
    qsort(kinds, n, sizeof *kinds, by_text);
    for (size_t i = 0; i < n; i++)
      if (i == 0 || strcmp(kinds[i], kinds[n_kinds - 1]) != 0)
        kinds[n_kinds++] = kinds[i];
    evaluation->kinds = ONUS_ARENA_ARRAY(evaluation->arena, onus_metrics_of_kind, n_kinds);
    status = evaluation->kinds ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t k = 0; status == ONUS_OK && n_kinds > 1 && k < n_kinds; k++) {
    size_t n_part = 0;
    for (size_t i = 0; i < n; i++)
      if (strcmp(kind_of[i], kinds[k]) == 0)
        part[n_part++] = evaluation->scored[i];
    onus_metrics_of_kind *out = &evaluation->kinds[evaluation->n_kinds++];
    out->kind = kinds[k];
    status = onus_metrics_compute(part, n_part, evaluation->n_actors, evaluation->seed, &out->metrics, error);
  }
  free(part);
  free(kinds);
  return status;
}

static onus_status score(evaluating *e, onus_error *error) {
  onus_evaluation *evaluation = e->evaluation;
  ONUS_TRY(collect_actors(evaluation, onus_reference_catalogue(e->reference)->n_actors, error));
  const char **kind_of = ONUS_ARENA_ARRAY(evaluation->arena, const char *, evaluation->n_judged);
  evaluation->scored = ONUS_ARENA_ARRAY(evaluation->arena, onus_scored, evaluation->n_judged);
  if (!kind_of || !evaluation->scored)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < evaluation->n_judged; i++) {
    const onus_judged *judged = &evaluation->judged[i];
    evaluation->n_left_out += judged->left_out != NULL;
    if (judged->left_out || !judged->truth)
      continue;
    kind_of[evaluation->n_truths] = judged->truth->kind;
    ONUS_TRY(spread(evaluation, judged, &evaluation->scored[evaluation->n_truths++], error));
  }
  if (evaluation->n_truths == 0)
    return ONUS_OK;
  ONUS_TRY(onus_metrics_compute(evaluation->scored, evaluation->n_truths, evaluation->n_actors, evaluation->seed,
                                &evaluation->metrics, error));
  return score_kinds(evaluation, kind_of, error);
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

static onus_status begin(evaluating *e, const onus_incident *incidents, const onus_truth *const *truths, size_t n,
                         onus_error *error) {
  onus_evaluation *evaluation = e->evaluation;
  evaluation->judged = ONUS_ARENA_ARRAY(evaluation->arena, onus_judged, n);
  e->strangers = onus_table_new();
  e->incidents = ONUS_ARENA_ARRAY(evaluation->arena, onus_fit_incident, n);
  e->chosen = calloc(n + 1, sizeof *e->chosen);
  e->weights = calloc(1, sizeof *e->weights);
  if (!evaluation->judged || !e->strangers || !e->incidents || !e->chosen || !e->weights)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n; i++)
    evaluation->judged[i] =
        (onus_judged){.incident = &incidents[i], .truth = truths ? truths[i] : NULL, .group = ONUS_NO_NUMBER};
  evaluation->n_judged = n;
  return onus_comparer_new(e->reference, evaluation->engine, &e->comparer, error);
}

static onus_status run(evaluating *e, const onus_incident *incidents, const onus_truth *const *truths, size_t n,
                       onus_error *error) {
  ONUS_TRY(begin(e, incidents, truths, n, error));
  ONUS_TRY(prepare(e, error));
  switch (e->evaluation->fit) {
  case ONUS_FIT_OWN:
    ONUS_TRY(judge_by_own(e, error));
    break;
  case ONUS_FIT_FOLDS:
    ONUS_TRY(judge_by_folds(e, error));
    break;
  case ONUS_FIT_ROLLING:
    ONUS_TRY(judge_by_year(e, error));
    break;
  }
  return score(e, error);
}

onus_status onus_evaluate(const onus_reference *reference, const onus_engine *engine, const onus_incident *incidents,
                          const onus_truth *const *truths, size_t n_incidents, const onus_evaluate_options *options,
                          onus_evaluation **ret_evaluation, onus_error *error) {
  onus_evaluation *evaluation = ONUS_ARENA_HANDLE(onus_evaluation, EVALUATION_BYTES);
  if (!evaluation)
    return ONUS_FAIL_NO_MEMORY(error);
  evaluation->engine = engine;
  evaluation->fit = options->fit;
  evaluation->seed = options->seed;
  evaluating e = {.reference = reference, .options = options, .evaluation = evaluation};
  onus_status status = run(&e, incidents, truths, n_incidents, error);
  onus_comparer_free(e.comparer);
  free(e.weights);
  free(e.chosen);
  onus_table_free(e.strangers);
  if (status == ONUS_OK)
    *ret_evaluation = evaluation;
  else
    onus_evaluation_free(evaluation);
  return status;
}

void onus_evaluation_free(onus_evaluation *evaluation) {
  if (evaluation)
    onus_arena_free(evaluation->arena);
}

/* --- calibration ----------------------------------------------------------------------------------------------- */

/* "dev.jsonl: 202 incidents of 96 actors, 2012 to 2025". */
static void put_provenance(const onus_evaluation *evaluation, const onus_fit_incident *incidents, size_t n,
                           const char *about, char *out, size_t out_bytes) {
  size_t n_groups = 0;
  int first = 0, last = 0;
  for (size_t i = 0; i < n; i++) {
    bool is_new = true;
    for (size_t j = 0; is_new && j < i; j++)
      is_new = incidents[j].group != incidents[i].group;
    n_groups += is_new;
  }
  for (size_t i = 0; i < evaluation->n_judged; i++) {
    int year = evaluation->judged[i].left_out ? 0 : year_of(evaluation->judged[i].incident);
    first = year > 0 && (first == 0 || year < first) ? year : first;
    last = year > last ? year : last;
  }
  int length = snprintf(out, out_bytes, "%.120s: %zu incidents of %zu actors", about, n, n_groups);
  if (first > 0 && length > 0 && (size_t)length < out_bytes)
    snprintf(out + length, out_bytes - (size_t)length, first == last ? ", %d" : ", %d to %d", first, last);
}

onus_status onus_calibrate(const onus_evaluation *evaluation, const char *about, onus_weights *ret_weights,
                           onus_error *error) {
  const onus_engine *engine = evaluation->engine;
  size_t n = 0;
  onus_fit_incident *incidents = calloc(evaluation->n_judged + 1, sizeof *incidents);
  onus_weights *weights = calloc(1, sizeof *weights);
  onus_status status = incidents && weights ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; status == ONUS_OK && i < evaluation->n_judged; i++) {
    const onus_judged *judged = &evaluation->judged[i];
    if (!judged->left_out && judged->truth)
      incidents[n++] = (onus_fit_incident){judged->features, judged->right, judged->n_right, judged->group};
  }
  if (status == ONUS_OK)
    status =
        onus_fit(&engine->features, engine->fit, incidents, NULL, n, ONUS_BOOTSTRAPS, evaluation->seed, weights, error);
  if (status == ONUS_OK) {
    put_provenance(evaluation, incidents, n, about, weights->provenance, sizeof weights->provenance);
    *ret_weights = *weights;
  }
  free(weights);
  free(incidents);
  return status;
}

/* --- predictions ----------------------------------------------------------------------------------------------- */

/* Numbers are the shortest text that is read back as the same double: ties stay ties. */
static void put_line(onus_buffer *out, const char *incident, const char *actor, double p, double ln_lr) {
  char number[ONUS_CANONICAL_NUMBER_BYTES];
  onus_buffer_string(out, incident);
  onus_buffer_character(out, '\t');
  onus_buffer_string(out, actor);
  onus_buffer_character(out, '\t');
  onus_canonical_number(p, number);
  onus_buffer_string(out, number);
  onus_buffer_character(out, '\t');
  onus_canonical_number(ln_lr / log(10), number);
  onus_buffer_string(out, number);
  onus_buffer_character(out, '\n');
}

onus_status onus_evaluation_tsv(const onus_evaluation *evaluation, const onus_catalogue *catalogue, onus_buffer *out,
                                onus_error *error) {
  onus_buffer_string(out, "incident_id\tactor\tprobability\tlog10LR\n");
  for (size_t i = 0; i < evaluation->n_judged; i++) {
    const onus_judged *judged = &evaluation->judged[i];
    if (judged->left_out)
      continue;
    const char *id = judged->incident->id;
    if (strpbrk(id, "\t\r\n"))
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "the id of incident %zu has a tab or a line end in it", i + 1);
    size_t n = judged->features.n_candidates;
    for (size_t c = 0; c < n; c++) {
      const char *actor = catalogue->entries[judged->features.entry[c]].upstream_id;
      if (strpbrk(actor, "\t\r\n"))
        return ONUS_FAIL(error, ONUS_BAD_INPUT, "the id of an actor has a tab or a line end in it");
      put_line(out, id, actor, judged->p[c], judged->ln_lr[c]);
    }
    put_line(out, id, ONUS_UNKNOWN, judged->p[n], 0);
  }
  return ONUS_OK;
}
