#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/weights.h"

struct onus_comparer {
  const onus_reference *reference;
  const onus_engine *engine;
  void *prepared;
  onus_weights *calibration; /* what the reference keeps; NULL: nothing, or not asked for yet */
  bool was_asked_for;
};

static onus_status read_calibration(onus_comparer *comparer, onus_error *error) {
  char name[ONUS_WEIGHTS_DOCUMENT_BYTES];
  onus_text text = {0};
  onus_weights_document(comparer->engine, name);
  onus_status status = onus_reference_document(comparer->reference, name, &text, error);
  if (status == ONUS_BAD_ARGUMENT) {
    if (error)
      *error = (onus_error){0};
    return ONUS_OK; /* there is none */
  }
  onus_weights *weights = calloc(1, sizeof *weights);
  if (status == ONUS_OK && !weights)
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = onus_weights_read(name, text.bytes, text.length, comparer->engine, weights, error);
  onus_text_free(&text);
  if (status == ONUS_OK)
    comparer->calibration = weights;
  else
    free(weights);
  return status;
}

onus_status onus_comparer_new(const onus_reference *reference, const onus_engine *engine, onus_comparer **ret_comparer,
                              onus_error *error) {
  onus_comparer *comparer = calloc(1, sizeof *comparer);
  if (!comparer)
    return ONUS_FAIL_NO_MEMORY(error);
  comparer->reference = reference;
  comparer->engine = engine;
  onus_status status = engine->prepare(reference, &comparer->prepared, error);
  if (status != ONUS_OK) {
    free(comparer);
    return status;
  }
  *ret_comparer = comparer;
  return ONUS_OK;
}

void onus_comparer_free(onus_comparer *comparer) {
  if (!comparer)
    return;
  comparer->engine->release(comparer->prepared);
  free(comparer->calibration);
  free(comparer);
}

/* Read when they are needed: a calibration of another version must not stand in the way of a new one. */
onus_status onus_comparer_weights(onus_comparer *comparer, const onus_weights **ret_weights, onus_error *error) {
  if (!comparer->was_asked_for)
    ONUS_TRY(read_calibration(comparer, error));
  comparer->was_asked_for = true;
  *ret_weights = comparer->calibration ? comparer->calibration : comparer->engine->weights;
  return ONUS_OK;
}

onus_status onus_comparer_extract(onus_comparer *comparer, const onus_incident *incident, int32_t as_of_day,
                                  onus_arena *arena, onus_features *ret_features, onus_error *error) {
  onus_hidden hidden;
  ONUS_TRY(
      onus_reference_hide(comparer->reference, incident->leave_out, incident->n_leave_out, as_of_day, &hidden, error));
  onus_status status = comparer->engine->extract(comparer->prepared, incident, &hidden, arena, ret_features, error);
  onus_hidden_free(&hidden);
  return status;
}

static int by_probability(const void *a, const void *b) {
  const onus_candidate *x = a, *y = b;
  if (x->probability != y->probability)
    return x->probability > y->probability ? -1 : 1;
  return x->actor < y->actor ? -1 : x->actor > y->actor;
}

/* Candidates with their figures, most probable first. */
static onus_status judge(const onus_weights *weights, const onus_features *features, onus_arena *arena,
                         onus_ranking *ranking, onus_error *error) {
  size_t n = features->n_candidates;
  double *p = ONUS_ARENA_ARRAY(arena, double, n + 1);
  onus_candidate *candidates = ONUS_ARENA_ARRAY(arena, onus_candidate, n);
  if (!p || !candidates)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_weights_choose(weights, features, p);
  for (size_t c = 0; c < n; c++) {
    onus_candidate *candidate = &candidates[c];
    candidate->actor = features->actor[c];
    candidate->entry = features->entry[c];
    candidate->probability = p[c];
    candidate->ln_lr = onus_weights_ln_lr(weights, features, c);
    onus_weights_ln_lr_range(weights, features, c, &candidate->ln_lr_low, &candidate->ln_lr_high);
  }
  qsort(candidates, n, sizeof *candidates, by_probability);
  ranking->candidates = candidates;
  ranking->n_candidates = n;
  ranking->p_unknown = p[n];
  return ONUS_OK;
}

static onus_status rank_hidden(onus_comparer *comparer, const onus_incident *incident,
                               const onus_compare_options *options, const onus_hidden *hidden, onus_arena *arena,
                               onus_ranking *ranking, onus_error *error) {
  const onus_engine *engine = comparer->engine;
  const onus_weights *weights = options->weights;
  onus_features features;
  if (!weights)
    ONUS_TRY(onus_comparer_weights(comparer, &weights, error));
  ONUS_TRY(engine->extract(comparer->prepared, incident, hidden, arena, &features, error));
  ONUS_TRY(judge(weights, &features, arena, ranking, error));
  ranking->n_used = features.n_used;
  ranking->n_not_known = features.n_not_known;
  ranking->provenance = weights->provenance;
  if (options->links_max == 0)
    return ONUS_OK;
  onus_candidate *candidates = (onus_candidate *)ranking->candidates;
  size_t n = ranking->n_candidates;
  if (options->linked_max > 0 && options->linked_max < n)
    n = options->linked_max;
  for (size_t c = 0; c < n; c++)
    ONUS_TRY(engine->explain(comparer->prepared, incident, hidden, weights, candidates[c].actor, options->links_max,
                             arena, &candidates[c].links, &candidates[c].n_links, error));
  return ONUS_OK;
}

onus_status onus_comparer_rank(onus_comparer *comparer, const onus_incident *incident,
                               const onus_compare_options *options, onus_arena *arena, onus_ranking *ret_ranking,
                               onus_error *error) {
  onus_hidden hidden;
  onus_ranking ranking = {.engine = comparer->engine->id, .engine_version = comparer->engine->version};
  ONUS_TRY(onus_reference_hide(comparer->reference, incident->leave_out, incident->n_leave_out, options->as_of_day,
                               &hidden, error));
  onus_status status = rank_hidden(comparer, incident, options, &hidden, arena, &ranking, error);
  onus_hidden_free(&hidden);
  if (status == ONUS_OK)
    *ret_ranking = ranking;
  return status;
}
