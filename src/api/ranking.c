/* onus.h over the modules: who works like this, and how well that is told. */
#include <stdlib.h>
#include <string.h>

#include "compare/incident.h"
#include "compare/own.h"
#include "compare/truth.h"
#include "compare/weights.h"
#include "document/quote.h"
#include "report/ranking.h"

static const size_t REPORT_BYTES = (size_t)1 << 30, HANDLE_BYTES = (size_t)4 << 30;
enum { SHOWN = 10, LINKS_SHOWN = 12 };

static onus_status check_format(onus_format format, onus_error *error) {
  if (format == ONUS_FORMAT_TEXT || format == ONUS_FORMAT_JSON)
    return ONUS_OK;
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "this is shown as text or JSON");
}

static onus_status find_engine(const char *name, const onus_engine **ret_engine, onus_error *error) {
  const onus_engine *engine = onus_engine_find(name);
  if (!engine)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "there is no engine %s; they are infrastructure and techniques",
                     onus_quote_string(name).text);
  *ret_engine = engine;
  return ONUS_OK;
}

static bool has_something_for(const onus_incident *incident, onus_engine_id engine) {
  return engine == ONUS_ENGINE_INFRASTRUCTURE ? incident->n_indicators > 0 : incident->n_ttps > 0;
}

/* --- ranking --------------------------------------------------------------------------------------------------- */

static onus_status choose_incident(const onus_incident *incidents, size_t n, const char *path, const char *id,
                                   const onus_incident **ret_incident, onus_error *error) {
  if (!id && n != 1)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0,
                        "the file holds %zu incidents; say which one by its id, such as %s", n,
                        n > 0 ? onus_quote_string(incidents[0].id).text : "");
  for (size_t i = 0; i < n; i++)
    if (!id || strcmp(incidents[i].id, id) == 0) {
      *ret_incident = &incidents[i];
      return ONUS_OK;
    }
  return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0, "the file has no incident %s", onus_quote_string(id).text);
}

/* The incident with more to leave out. */
static onus_status leave_out_too(const onus_incident *incident, const onus_rank_options *options, onus_arena *arena,
                                 const onus_incident **ret_incident, onus_error *error) {
  size_t n = incident->n_leave_out + options->n_leave_out;
  onus_incident *copy = ONUS_ARENA_ARRAY(arena, onus_incident, 1);
  const char **leave_out = ONUS_ARENA_ARRAY(arena, const char *, n);
  if (!copy || !leave_out)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t k = 0; k < n; k++) {
    const char *name =
        k < incident->n_leave_out ? incident->leave_out[k] : options->leave_out[k - incident->n_leave_out];
    leave_out[k] = onus_arena_copy(arena, name, strlen(name));
    if (!leave_out[k])
      return ONUS_FAIL_NO_MEMORY(error);
  }
  *copy = *incident;
  copy->leave_out = leave_out;
  copy->n_leave_out = n;
  *ret_incident = copy;
  return ONUS_OK;
}

static onus_status rank_by(onus_ranked *ranked, const onus_engine *engine, onus_error *error) {
  onus_comparer *comparer = NULL;
  onus_compare_options options = {
      .as_of_day = ranked->as_of_day, .links_max = LINKS_SHOWN, .linked_max = ranked->n_shown};
  ONUS_TRY(onus_comparer_new(ranked->reference, engine, &comparer, error));
  onus_ranking *ranking = &ranked->rankings[ranked->n_rankings];
  onus_status status = onus_comparer_rank(comparer, ranked->incident, &options, ranked->arena, ranking, error);
  if (status == ONUS_OK) { /* the weights go with the comparer */
    ranking->provenance = onus_arena_copy(ranked->arena, ranking->provenance, strlen(ranking->provenance));
    status = ranking->provenance ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
    ranked->n_rankings++;
  }
  onus_comparer_free(comparer);
  return status;
}

static onus_status rank_all(onus_ranked *ranked, const char *path, const onus_rank_options *options,
                            onus_error *error) {
  const onus_incident *incidents = NULL;
  const onus_engine *only = NULL;
  size_t n = 0;
  if (options->engine)
    ONUS_TRY(find_engine(options->engine, &only, error));
  ONUS_TRY(onus_reference_as_of(options->as_of, &ranked->as_of_day, error));
  ONUS_TRY(onus_incidents_read(path, ranked->arena, NULL, &incidents, &n, error));
  ONUS_TRY(choose_incident(incidents, n, path, options->incident, &ranked->incident, error));
  ONUS_TRY(leave_out_too(ranked->incident, options, ranked->arena, &ranked->incident, error));
  ONUS_TRY(onus_reference_hide(ranked->reference, ranked->incident->leave_out, ranked->incident->n_leave_out,
                               ranked->as_of_day, &ranked->hidden, error));
  ONUS_TRY(onus_reference_digest(ranked->reference, ranked->digest, error));
  for (unsigned id = 0; id < ONUS_ENGINES; id++) {
    const onus_engine *engine = onus_engine_of((onus_engine_id)id);
    if (engine && (!only || engine == only) && has_something_for(ranked->incident, (onus_engine_id)id))
      ONUS_TRY(rank_by(ranked, engine, error));
  }
  if (ranked->n_rankings == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0, "the incident has nothing for the engine %s",
                        options->engine ? options->engine : "");
  return ONUS_OK;
}

onus_status onus_reference_rank(const char *location, const char *path, const onus_rank_options *options,
                                onus_ranked **ret_ranked, onus_error *error) {
  static const onus_rank_options DEFAULT_OPTIONS = {0};
  options = options ? options : &DEFAULT_OPTIONS;
  onus_ranked *ranked = ONUS_ARENA_HANDLE(onus_ranked, HANDLE_BYTES);
  if (!ranked)
    return ONUS_FAIL_NO_MEMORY(error);
  ranked->n_shown = options->n_shown > 0 ? options->n_shown : SHOWN;
  ranked->location = onus_arena_copy(ranked->arena, location, strlen(location));
  onus_status status = ranked->location ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_reference_open(location, &ranked->reference, error);
  if (status == ONUS_OK)
    status = rank_all(ranked, path, options, error);
  if (status == ONUS_OK)
    *ret_ranked = ranked;
  else
    onus_ranked_free(ranked);
  return status;
}

void onus_ranked_free(onus_ranked *ranked) {
  if (!ranked)
    return;
  onus_hidden_free(&ranked->hidden);
  onus_reference_close(ranked->reference);
  onus_arena_free(ranked->arena);
}

onus_status onus_ranked_render(const onus_ranked *ranked, onus_format format, const onus_style *style,
                               onus_text *ret_text, onus_error *error) {
  ONUS_TRY(check_format(format, error));
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_ranking_json(&out, ranked);
  else
    onus_report_ranking_text(&out, ranked, style);
  return onus_buffer_take(&out, ret_text, error);
}

/* --- evaluation ------------------------------------------------------------------------------------------------ */

/* What is judged, by which engine. */
typedef struct exercise {
  const onus_incident *incidents;
  const onus_truth *const *truths;
  size_t n;
  const onus_engine *engine;
} exercise;

/* The engine for which the incidents have something; two are one too many. */
static onus_status choose_engine(const char *path, exercise *x, onus_error *error) {
  bool has[ONUS_ENGINES] = {false};
  for (size_t i = 0; i < x->n; i++)
    for (unsigned id = 0; id < ONUS_ENGINES; id++)
      has[id] = has[id] || has_something_for(&x->incidents[i], (onus_engine_id)id);
  if (has[0] && has[1])
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0,
                        "there are indicators and techniques; say by which engine they are judged, infrastructure or "
                        "techniques");
  for (unsigned id = 0; id < ONUS_ENGINES; id++)
    if (has[id])
      x->engine = onus_engine_of((onus_engine_id)id);
  if (!x->engine)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "no incident has an indicator or a technique");
  return ONUS_OK;
}

static onus_status find_exercise(const onus_evaluated *evaluated, const onus_validation_options *options, exercise *x,
                                 onus_error *error) {
  onus_arena *arena = evaluated->arena;
  if (options->engine)
    ONUS_TRY(find_engine(options->engine, &x->engine, error));
  if (!options->incidents) {
    if (!x->engine)
      return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                       "say which engine is to judge the reference's own reports: infrastructure or techniques");
    ONUS_TRY(onus_own_incidents(evaluated->reference, x->engine->id, arena, &x->incidents, &x->truths, &x->n, error));
    if (x->n == 0)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "the reference has no report that the engine %s could judge",
                       x->engine->name);
    return ONUS_OK;
  }
  ONUS_TRY(onus_incidents_read(options->incidents, arena, NULL, &x->incidents, &x->n, error));
  if (!x->engine)
    ONUS_TRY(choose_engine(options->incidents, x, error));
  const onus_truth *truths = NULL;
  size_t n_truths = 0;
  if (options->truth)
    ONUS_TRY(onus_truths_read(options->truth, arena, &truths, &n_truths, error));
  return onus_truths_match(truths, n_truths, x->incidents, x->n, arena, &x->truths, error);
}

static onus_status evaluate(onus_evaluated *evaluated, const onus_validation_options *options, onus_fit_mode fit,
                            onus_error *error) {
  exercise x = {0};
  if (options->incidents && !options->truth && fit != ONUS_FIT_OWN)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "fitting needs to be told who did the incidents");
  ONUS_TRY(find_exercise(evaluated, options, &x, error));
  ONUS_TRY(onus_reference_digest(evaluated->reference, evaluated->digest, error));
  onus_evaluate_options chosen = {.fit = fit,
                                  .relabels = !options->incidents,
                                  .seed = options->seed ? options->seed : ONUS_DEFAULT_SEED,
                                  .progress = options->progress,
                                  .progress_context = options->progress_context};
  return onus_evaluate(evaluated->reference, x.engine, x.incidents, x.truths, x.n, &chosen, &evaluated->evaluation,
                       error);
}

static onus_status end(onus_status status, onus_evaluated *evaluated, onus_evaluated **ret_evaluated) {
  if (status == ONUS_OK)
    *ret_evaluated = evaluated;
  else
    onus_evaluated_free(evaluated);
  return status;
}

/* A handle on which everything hangs, with the reference open. */
static onus_status begin(const char *location, const onus_validation_options *options, onus_evaluated **ret_evaluated,
                         onus_error *error) {
  onus_evaluated *evaluated = ONUS_ARENA_HANDLE(onus_evaluated, HANDLE_BYTES);
  if (!evaluated)
    return ONUS_FAIL_NO_MEMORY(error);
  evaluated->location = onus_arena_copy(evaluated->arena, location, strlen(location));
  if (options->incidents)
    evaluated->incidents = onus_arena_copy(evaluated->arena, options->incidents, strlen(options->incidents));
  onus_status status =
      evaluated->location && (evaluated->incidents || !options->incidents) ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_reference_open(location, &evaluated->reference, error);
  return end(status, evaluated, ret_evaluated);
}

onus_status onus_reference_evaluate(const char *location, const onus_validation_options *options,
                                    onus_evaluated **ret_evaluated, onus_error *error) {
  onus_evaluated *evaluated = NULL;
  ONUS_TRY(begin(location, options, &evaluated, error));
  return end(evaluate(evaluated, options, options->fit, error), evaluated, ret_evaluated);
}

static onus_status keep(const char *location, const onus_engine *engine, const onus_weights *weights,
                        onus_error *error) {
  char name[ONUS_WEIGHTS_DOCUMENT_BYTES];
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  onus_text text = {0};
  onus_reference_writer *writer = NULL;
  onus_weights_document(engine, name);
  onus_weights_write(&out, engine, weights);
  ONUS_TRY(onus_buffer_take(&out, &text, error));
  onus_status status = onus_reference_writer_open(location, 0, &writer, error);
  if (status == ONUS_OK)
    status = onus_reference_writer_put_document(writer, name, text.bytes, text.length, error);
  if (status == ONUS_OK)
    status = onus_reference_writer_seal(writer, error);
  onus_reference_writer_close(writer);
  onus_text_free(&text);
  return status;
}

static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash && slash[1] ? slash + 1 : path;
}

static onus_status calibrate(const char *location, onus_evaluated *evaluated, const onus_validation_options *options,
                             onus_error *error) {
  ONUS_TRY(evaluate(evaluated, options, ONUS_FIT_FOLDS, error));
  evaluated->weights = ONUS_ARENA_ARRAY(evaluated->arena, onus_weights, 1);
  if (!evaluated->weights)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_calibrate(evaluated->evaluation,
                          options->incidents ? file_name(options->incidents) : "the reference's own reports",
                          evaluated->weights, error));
  return keep(location, evaluated->evaluation->engine, evaluated->weights, error);
}

onus_status onus_reference_calibrate(const char *location, const onus_validation_options *options,
                                     onus_evaluated **ret_evaluated, onus_error *error) {
  onus_evaluated *evaluated = NULL;
  ONUS_TRY(begin(location, options, &evaluated, error));
  return end(calibrate(location, evaluated, options, error), evaluated, ret_evaluated);
}

void onus_evaluated_free(onus_evaluated *evaluated) {
  if (!evaluated)
    return;
  onus_evaluation_free(evaluated->evaluation);
  onus_reference_close(evaluated->reference);
  onus_arena_free(evaluated->arena);
}

onus_status onus_evaluated_render(const onus_evaluated *evaluated, onus_format format, const onus_style *style,
                                  onus_text *ret_text, onus_error *error) {
  ONUS_TRY(check_format(format, error));
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (format == ONUS_FORMAT_JSON)
    onus_report_evaluation_json(&out, evaluated);
  else
    onus_report_evaluation_text(&out, evaluated, style);
  return onus_buffer_take(&out, ret_text, error);
}

onus_status onus_evaluated_predictions(const onus_evaluated *evaluated, onus_text *ret_text, onus_error *error) {
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  onus_status status =
      onus_evaluation_tsv(evaluated->evaluation, onus_reference_catalogue(evaluated->reference), &out, error);
  if (status != ONUS_OK) {
    onus_buffer_free(&out);
    return status;
  }
  return onus_buffer_take(&out, ret_text, error);
}

onus_status onus_evaluated_plot(const onus_evaluated *evaluated, onus_plot plot, onus_text *ret_text,
                                onus_error *error) {
  onus_buffer out = onus_buffer_new(REPORT_BYTES);
  if (evaluated->evaluation->n_truths == 0)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a plot needs to be told who did the incidents");
  onus_status status = ONUS_OK;
  if (plot == ONUS_PLOT_TIPPETT)
    status = onus_chart_tippett(&out, &onus_tippett_of_incidents, evaluated->evaluation, error);
  else
    onus_chart_reliability(&out, evaluated->evaluation);
  if (status != ONUS_OK) {
    onus_buffer_free(&out);
    return status;
  }
  return onus_buffer_take(&out, ret_text, error);
}
