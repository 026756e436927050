/* One position on one day: from the view to everything that a report shows. */
#include "verdict/verdict_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

onus_status onus_choose_view(const onus_case *c, const onus_options *options, const onus_position **ret_position,
                             onus_moment *ret_as_of, onus_error *error) {
  size_t index = options->position ? onus_table_get(c->position_ids, options->position) : 0;
  if (index == ONUS_NONE)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the case has no position \"%s\"", options->position);
  if (options->as_of && !onus_moment_parse(options->as_of, ret_as_of))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                     "\"%s\" is no day: write it as 2014-12-22, or an instant as 2014-12-22T15:04:05Z", options->as_of);
  *ret_position = &c->positions[index];
  return ONUS_OK;
}

/* --- what the verdict is about ------------------------------------------------------------------------------------ */

static onus_status set_about(onus_assessment *a, size_t hypothesis, size_t proposition, onus_error *error) {
  const onus_case *c = a->c;
  a->about_hypothesis = hypothesis;
  a->about_proposition = proposition;
  a->about_set = ONUS_ARENA_ARRAY(a->arena, bool, c->n_hypotheses);
  if (!a->about_set)
    return ONUS_FAIL_NO_MEMORY(error);
  if (hypothesis != ONUS_NONE) {
    a->about_set[hypothesis] = true;
    a->about_id = c->hypotheses[hypothesis].id;
    a->about_name = c->hypotheses[hypothesis].name;
  } else {
    memcpy(a->about_set, c->propositions[proposition].holds, c->n_hypotheses * sizeof *a->about_set);
    a->about_id = c->propositions[proposition].id;
    a->about_name = c->propositions[proposition].name;
  }
  return ONUS_OK;
}

/* The caller's choice, else the case's, else the most probable hypothesis (the first of equals). */
onus_status onus_assess_about(onus_assessment *a, const onus_solver *solver, onus_error *error) {
  const onus_case *c = a->c;
  const char *id = solver->options->about;
  if (id) {
    size_t hypothesis = onus_table_get(c->hypothesis_ids, id), proposition = onus_table_get(c->proposition_ids, id);
    if (hypothesis == ONUS_NONE && proposition == ONUS_NONE)
      return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the case has no hypothesis or proposition \"%s\"", id);
    return set_about(a, hypothesis, hypothesis == ONUS_NONE ? proposition : ONUS_NONE, error);
  }
  if (c->about_hypothesis != ONUS_NONE || c->about_proposition != ONUS_NONE)
    return set_about(a, c->about_hypothesis, c->about_proposition, error);
  size_t best = 0, lanes = solver->shape->lanes;
  for (size_t h = 1; h < c->n_hypotheses; h++)
    if (solver->batch->posterior[h * lanes] > solver->batch->posterior[best * lanes] + 1e-12)
      best = h;
  a->about_is_default = true;
  return set_about(a, best, ONUS_NONE, error);
}

/* --- point values ------------------------------------------------------------------------------------------------ */

static void point_of_set(const onus_solver *solver, const bool *set, onus_probability *out) {
  size_t n = solver->shape->n_hypotheses, lanes = solver->shape->lanes;
  out->prior = onus_set_probability(solver->batch->prior, lanes, set, n);
  out->posterior = onus_set_probability(solver->batch->posterior, lanes, set, n);
}

onus_status onus_assess_points(onus_assessment *a, const onus_solver *solver, onus_error *error) {
  const onus_case *c = a->c;
  size_t lanes = solver->shape->lanes, n = c->n_hypotheses;
  a->hypotheses = ONUS_ARENA_ARRAY(a->arena, onus_probability, n);
  a->propositions = ONUS_ARENA_ARRAY(a->arena, onus_probability, c->n_propositions);
  double *log_prior = ONUS_ARENA_ARRAY(a->arena, double, n);
  if (!a->hypotheses || !a->propositions || !log_prior)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t h = 0; h < n; h++) {
    a->hypotheses[h].prior = solver->batch->prior[h * lanes];
    a->hypotheses[h].posterior = solver->batch->posterior[h * lanes];
    log_prior[h] = log(solver->batch->prior[h * lanes]);
  }
  for (size_t p = 0; p < c->n_propositions; p++)
    point_of_set(solver, c->propositions[p].holds, &a->propositions[p]);
  point_of_set(solver, a->about_set, &a->about);
  a->prior_log_odds = onus_log_odds(log_prior, 1, a->about_set, n);
  a->posterior_log_odds = onus_log_odds(solver->batch->log_joint, lanes, a->about_set, n);
  a->point_verdict =
      onus_verdict_of(a->about.posterior, a->about.posterior, solver->standard, solver->standard_exclusive);
  return ONUS_OK;
}

/* --- undercutters ----------------------------------------------------------------------------------------------- */

static onus_status add_undercutter(onus_assessment *a, const char *prefix, const char *id, onus_undercutter_kind kind,
                                   size_t index, double prior, double posterior, onus_error *error) {
  onus_undercutter_result *out = &a->undercutters[a->n_undercutters++];
  *out = (onus_undercutter_result){onus_arena_join(a->arena, prefix, id), kind, index, prior, posterior};
  return out->id ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* Sources and undercutters that no counting item has stay where they are: nothing speaks for or against them. */
static onus_status shared_undercutters(onus_assessment *a, const onus_solver *solver, const double *posterior,
                                       onus_error *error) {
  const onus_case *c = a->c;
  const onus_network_shape *shape = solver->shape;
  size_t *place = ONUS_ARENA_ARRAY(a->arena, size_t, c->n_sources + c->n_undercutters);
  if (!place)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t k = 0; k < shape->n_undercutters; k++)
    place[shape->undercutters[k].is_source ? shape->undercutters[k].index
                                           : c->n_sources + shape->undercutters[k].index] = k + 1;
  for (size_t s = 0; s < c->n_sources; s++) {
    double prior = 1 - onus_number_point(solver->view->reliability[s], ONUS_SCALE_LOGIT);
    double after = place[s] ? posterior[(place[s] - 1) * shape->lanes] : prior;
    ONUS_TRY(add_undercutter(a, "source:", c->sources[s].id, ONUS_UNDERCUT_SOURCE, s, prior, after, error));
  }
  for (size_t u = 0; u < c->n_undercutters; u++) {
    double prior = onus_number_point(solver->view->probability[u], ONUS_SCALE_LOGIT);
    size_t k = place[c->n_sources + u];
    double after = k ? posterior[(k - 1) * shape->lanes] : prior;
    ONUS_TRY(add_undercutter(a, "", c->undercutters[u].id, ONUS_UNDERCUT_NAMED, u, prior, after, error));
  }
  return ONUS_OK;
}

static onus_status own_undercutters(onus_assessment *a, const onus_solver *solver, const onus_marginals *marginals,
                                    onus_error *error) {
  const onus_network_shape *shape = solver->shape;
  for (size_t i = 0; i < shape->n_items; i++) {
    const onus_view_item *item = &solver->view->items[shape->items[i].view_item];
    const char *id = a->c->items[item->item].id;
    size_t x = i * shape->lanes;
    if (solver->batch->speaks && !solver->batch->speaks[i])
      continue;
    if (item->has_credibility)
      ONUS_TRY(add_undercutter(a, "credibility:", id, ONUS_UNDERCUT_CREDIBILITY, item->item,
                               solver->batch->credibility[x], marginals->credibility[x], error));
    if (item->has_unseen)
      ONUS_TRY(add_undercutter(a, "unseen:", id, ONUS_UNDERCUT_UNSEEN, item->item, solver->batch->unseen[x],
                               marginals->unseen[x], error));
  }
  return ONUS_OK;
}

onus_status onus_assess_undercutters(onus_assessment *a, const onus_solver *solver, const onus_marginals *marginals,
                                     onus_error *error) {
  bool has_own = marginals->credibility != NULL;
  size_t most = a->c->n_sources + a->c->n_undercutters;
  for (size_t i = 0; has_own && i < solver->shape->n_items; i++)
    most += !solver->batch->speaks || solver->batch->speaks[i] ? 2 : 0;
  a->undercutters = ONUS_ARENA_ARRAY(a->arena, onus_undercutter_result, most);
  if (!a->undercutters)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(shared_undercutters(a, solver, marginals->undercutter, error));
  return has_own ? own_undercutters(a, solver, marginals, error) : ONUS_OK;
}

/* Everything read from the network's derivatives at the points: undercutters [M-8] and, for a full assessment, what
 * would be left without each item and source [M-14]. */
static onus_status point_marginals(onus_assessment *a, onus_solver *solver, bool full, onus_error *error) {
  const onus_network_shape *shape = solver->shape;
  onus_marginals m = {.undercutter = ONUS_ARENA_ARRAY(a->arena, double, shape->n_undercutters * shape->lanes),
                      .credibility = ONUS_ARENA_ARRAY(a->arena, double, shape->n_items * shape->lanes),
                      .unseen = ONUS_ARENA_ARRAY(a->arena, double, shape->n_items * shape->lanes),
                      .without_item = ONUS_ARENA_ARRAY(a->arena, double, shape->n_items * shape->lanes),
                      .without_source = ONUS_ARENA_ARRAY(a->arena, double, shape->n_undercutters * shape->lanes)};
  if (!m.undercutter || !m.credibility || !m.unseen || !m.without_item || !m.without_source)
    return ONUS_FAIL_NO_MEMORY(error);
  if (!full)
    m.without_item = m.without_source = NULL;
  onus_batch_marginals(solver->batch, a->about_set, &m);
  ONUS_TRY(onus_assess_undercutters(a, solver, &m, error));
  for (size_t i = 0; full && i < shape->n_items; i++)
    a->items[shape->items[i].item].leave_out.probability.posterior = m.without_item[i * shape->lanes];
  for (size_t k = 0; full && k < shape->n_undercutters; k++)
    if (shape->undercutters[k].is_source)
      a->sources[shape->undercutters[k].index].leave_out.probability.posterior = m.without_source[k * shape->lanes];
  return ONUS_OK;
}

/* --- items and sources ------------------------------------------------------------------------------------------ */

static onus_status describe_items(onus_assessment *a, const onus_solver *solver, onus_error *error) {
  const onus_case *c = a->c;
  const onus_network_shape *shape = solver->shape;
  a->items = ONUS_ARENA_ARRAY(a->arena, onus_item_result, c->n_items);
  double *log_ratio = ONUS_ARENA_ARRAY(a->arena, double, c->n_items * c->n_hypotheses);
  onus_number *range = ONUS_ARENA_ARRAY(a->arena, onus_number, c->n_items * c->n_hypotheses);
  if (!a->items || !log_ratio || !range)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t x = 0; x < c->n_items * c->n_hypotheses; x++)
    range[x] = (onus_number){1, 1};
  for (size_t i = 0; i < a->view->n_items; i++) {
    const onus_view_item *seen = &a->view->items[i];
    onus_item_result *out = &a->items[seen->item];
    out->item = seen;
    out->counts = seen->state == ONUS_ITEM_COUNTS;
    out->log_ratio = log_ratio + seen->item * c->n_hypotheses;
    out->ratio_range = range + seen->item * c->n_hypotheses;
    out->leave_out.probability.prior = a->about.prior;
  }
  for (size_t i = 0; i < shape->n_items; i++)
    for (size_t h = 0; h < c->n_hypotheses; h++) {
      size_t x = shape->items[i].item * c->n_hypotheses + h;
      log_ratio[x] = onus_network_log_ratio(solver->network, i, h, &range[x]);
    }
  return ONUS_OK;
}

/* The prior of the least probable hypothesis in about: other evidence may have left only that one of them. */
static double smallest_prior(const onus_assessment *a) {
  double smallest = 1;
  for (size_t h = 0; h < a->c->n_hypotheses; h++)
    if (a->about_set[h])
      smallest = fmin(smallest, a->hypotheses[h].prior);
  return smallest;
}

static onus_status describe_sources(onus_assessment *a, const onus_solver *solver, onus_error *error) {
  const onus_case *c = a->c;
  a->sources = ONUS_ARENA_ARRAY(a->arena, onus_source_result, c->n_sources);
  if (!a->sources)
    return ONUS_FAIL_NO_MEMORY(error);
  double story = smallest_prior(a);
  for (size_t s = 0; s < c->n_sources; s++) {
    onus_source_result *out = &a->sources[s];
    double rho = onus_number_point(solver->view->reliability[s], ONUS_SCALE_LOGIT);
    out->source = s;
    out->reliability = out->reliability_posterior = rho;
    out->bound_log_odds = log((rho + (1 - rho) * story) / ((1 - rho) * story));
    out->leave_out.probability.prior = a->about.prior;
  }
  for (size_t i = 0; i < solver->shape->n_items; i++) {
    const onus_view_item *item = &solver->view->items[solver->shape->items[i].view_item];
    a->sources[item->source].n_items++;
    if (item->has_credibility || item->has_unseen ||
        item->n_undercut) /* the theorem needs items that hang on nothing else */
      a->sources[item->source].bound_log_odds = INFINITY;
  }
  return ONUS_OK;
}

static void reliabilities_after(onus_assessment *a) {
  for (size_t k = 0; k < a->n_undercutters; k++)
    if (a->undercutters[k].kind == ONUS_UNDERCUT_SOURCE)
      a->sources[a->undercutters[k].index].reliability_posterior = 1 - a->undercutters[k].posterior;
}

/* --- ranges ------------------------------------------------------------------------------------------------------ */

static void quantiles_of_set(const onus_samples *samples, const bool *set, size_t n, double *column,
                             onus_probability *out) {
  memset(column, 0, samples->n_samples * sizeof *column);
  for (size_t h = 0; h < n; h++)
    for (size_t i = 0; set[h] && i < samples->n_samples; i++)
      column[i] += samples->hypothesis[h * samples->n_samples + i];
  onus_quantiles(column, samples->n_samples, &out->low, &out->median, &out->high);
}

onus_status onus_assess_ranges(onus_assessment *a, const onus_solver *solver, const onus_samples *samples,
                               onus_error *error) {
  const onus_case *c = a->c;
  double *column = malloc(samples->n_samples * sizeof *column);
  bool *one = ONUS_ARENA_ARRAY(a->arena, bool, c->n_hypotheses);
  if (!column || !one) {
    free(column);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t h = 0; h < c->n_hypotheses; h++) {
    one[h] = true;
    quantiles_of_set(samples, one, c->n_hypotheses, column, &a->hypotheses[h]);
    one[h] = false;
  }
  for (size_t p = 0; p < c->n_propositions; p++)
    quantiles_of_set(samples, c->propositions[p].holds, c->n_hypotheses, column, &a->propositions[p]);
  quantiles_of_set(samples, a->about_set, c->n_hypotheses, column, &a->about);
  free(column);
  a->n_samples = samples->n_samples == ONUS_SAMPLES ? ONUS_SAMPLES : 0;
  a->verdict = onus_verdict_of(a->about.low, a->about.high, solver->standard, solver->standard_exclusive);
  return ONUS_OK;
}

/* The posterior with each of the most telling inputs at its ends, all others at their points. */
static void swing_inputs(onus_solver *solver, onus_assessment *a) {
  const onus_network_shape *shape = solver->shape;
  size_t lanes = shape->lanes, n_ends = 2 * a->n_deciding;
  for (size_t first = 0; first < n_ends; first += lanes) {
    onus_batch_set_points(solver->batch);
    for (size_t l = 0; l < lanes && first + l < n_ends; l++) {
      const onus_deciding_input *input = &a->deciding[(first + l) / 2];
      for (size_t i = 0; i < shape->n_ranged; i++)
        if (shape->values[shape->ranged[i]].name == input->input)
          solver->batch->value[shape->ranged[i] * lanes + l] = (first + l) % 2 ? input->range.high : input->range.low;
    }
    onus_batch_derive(solver->batch);
    onus_batch_solve(solver->batch);
    for (size_t l = 0; l < lanes && first + l < n_ends; l++) {
      onus_deciding_input *input = &a->deciding[(first + l) / 2];
      double p = onus_set_probability(solver->batch->posterior + l, lanes, a->about_set, shape->n_hypotheses);
      *((first + l) % 2 ? &input->at_high : &input->at_low) = p;
    }
  }
  onus_solver_reset(solver);
  for (size_t i = 0; i < a->n_deciding; i++) { /* the name lives in the network, which is about to go */
    const char *name = a->deciding[i].input;
    a->deciding[i].input = onus_arena_copy(a->arena, name, strlen(name));
  }
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static onus_status assess_full(onus_assessment *a, onus_solver *solver, onus_error *error) {
  ONUS_TRY(onus_assess_questions(solver, a, error));
  onus_samples samples;
  ONUS_TRY(onus_sample(solver, a, &samples, error));
  onus_status status = onus_assess_ranges(a, solver, &samples, error);
  onus_samples_free(&samples);
  ONUS_TRY(status);
  onus_finish_questions(solver, a);
  swing_inputs(solver, a);
  for (size_t i = 0; i < a->n_deciding; i++)
    if (!a->deciding[i].input)
      return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_assess_weights(solver, a, error));
  ONUS_TRY(onus_assess_tipping(solver, a, error));
  return onus_progress_report(solver->options, 1, error);
}

static onus_status assess_solved(onus_assessment *a, onus_solver *solver, onus_detail detail, onus_error *error) {
  bool full = detail == ONUS_DETAIL_FULL;
  ONUS_TRY(onus_assess_about(a, solver, error));
  solver->about = a->about_set;
  ONUS_TRY(onus_assess_points(a, solver, error));
  ONUS_TRY(describe_items(a, solver, error));
  ONUS_TRY(onus_assess_alone(solver, a, error));
  ONUS_TRY(describe_sources(a, solver, error));
  ONUS_TRY(point_marginals(a, solver, full, error));
  reliabilities_after(a);
  if (full)
    return assess_full(a, solver, error);
  onus_samples samples;
  ONUS_TRY(onus_sample(solver, NULL, &samples, error));
  onus_status status = onus_assess_ranges(a, solver, &samples, error);
  onus_samples_free(&samples);
  return status;
}

static onus_status assess(onus_assessment *a, const onus_options *options, onus_detail detail, onus_error *error) {
  onus_moment as_of;
  const onus_position *position;
  ONUS_TRY(onus_choose_view(a->c, options, &position, &as_of, error));
  onus_view *view;
  ONUS_TRY(onus_view_make(a->c, position, options->as_of ? &as_of : NULL, a->arena, &view, error));
  a->view = view;
  a->seed = options->seed;
  onus_solver solver;
  onus_status status = onus_solver_open(&solver, view, detail == ONUS_DETAIL_FULL, options, error);
  if (status == ONUS_OK)
    status = assess_solved(a, &solver, detail, error);
  onus_solver_close(&solver);
  return status;
}

onus_status onus_assessment_new(const onus_case *c, onus_detail detail, onus_assessment **ret_assessment,
                                onus_error *error) {
  onus_assessment *a = ONUS_ARENA_HANDLE(onus_assessment, (size_t)1 << 30);
  if (!a)
    return ONUS_FAIL_NO_MEMORY(error);
  a->c = c;
  a->is_brief = detail == ONUS_DETAIL_POSTERIOR;
  *ret_assessment = a;
  return ONUS_OK;
}

onus_status onus_verdict_assess(const onus_case *c, const onus_options *options, onus_detail detail,
                                onus_assessment **ret_assessment, onus_error *error) {
  onus_options chosen = *options;
  if (chosen.seed == 0)
    chosen.seed = ONUS_DEFAULT_SEED;
  onus_assessment *a;
  ONUS_TRY(onus_assessment_new(c, detail, &a, error));
  onus_status status = assess(a, &chosen, detail, error);
  if (status != ONUS_OK) {
    onus_assessment_free(a);
    return status;
  }
  *ret_assessment = a;
  return ONUS_OK;
}

void onus_assessment_free(onus_assessment *assessment) {
  if (assessment)
    onus_arena_free(assessment->arena);
}
