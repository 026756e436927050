/* Results as JSON by docs/assessment.schema.json. Keys are stable: programs read them. */
#include "report/report.h"

#include <math.h>

#include "report/facts.h"
#include "report/json_head.h"

static void put_probability(onus_json *json, const onus_probability *p) {
  onus_json_number(json, "prior", p->prior);
  onus_json_number(json, "posterior", p->posterior);
  onus_json_number(json, "low", p->low);
  onus_json_number(json, "median", p->median);
  onus_json_number(json, "high", p->high);
  onus_json_string(json, "word", onus_probability_word(p->posterior));
}

static void put_range(onus_json *json, const char *key, onus_number range) {
  onus_json_begin_list(json, key, true);
  onus_json_number(json, NULL, range.low);
  onus_json_number(json, NULL, range.high);
  onus_json_end_list(json);
}

static void put_without(onus_json *json, const char *key, const onus_without *without) {
  onus_json_begin_map(json, key, true);
  onus_json_number(json, "posterior", without->probability.posterior);
  onus_json_number(json, "low", without->probability.low);
  onus_json_number(json, "median", without->probability.median);
  onus_json_number(json, "high", without->probability.high);
  onus_json_string(json, "verdict", onus_verdict_name(without->verdict));
  onus_json_end_map(json);
}

static void put_moment(onus_json *json, const char *key, bool has, onus_moment moment) {
  char text[ONUS_MOMENT_TEXT_BYTES];
  if (has)
    onus_moment_format(moment, text);
  onus_json_string(json, key, has ? text : NULL);
}

static void put_undercutter(onus_json *json, const onus_undercutter_result *undercutter) {
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "id", undercutter->id);
  onus_json_string(json, "kind", onus_report_undercutter_kind_id(undercutter->kind));
  onus_json_number(json, "prior", undercutter->prior);
  onus_json_number(json, "posterior", undercutter->posterior);
  onus_json_end_map(json);
}

/* What each hypothesis, proposition and undercutter comes to, and the verdict: the part that a timeline has too. */
void onus_report_json_verdict(onus_json *json, const onus_assessment *a) {
  const onus_position *position = a->view->position;
  put_moment(json, "as_of", a->view->has_as_of, a->view->as_of);
  onus_json_string(json, "position", position->id);
  onus_json_string(json, "position_name", position->name);
  onus_json_string(json, "about", a->about_id);
  onus_json_begin_map(json, "standard", true);
  onus_json_string(json, "id", position->standard_id);
  onus_json_number(json, "threshold", position->standard);
  onus_json_boolean(json, "exclusive", position->standard_exclusive);
  onus_json_string(json, "origin", position->standard_origin);
  onus_json_end_map(json);
  onus_json_string(json, "verdict", onus_verdict_name(a->verdict));
  onus_json_string(json, "point_verdict", onus_verdict_name(a->point_verdict));
  onus_json_begin_list(json, "hypotheses", false);
  for (size_t h = 0; h < a->c->n_hypotheses; h++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "id", a->c->hypotheses[h].id);
    onus_json_string(json, "name", a->c->hypotheses[h].name);
    put_probability(json, &a->hypotheses[h]);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_begin_list(json, "propositions", false);
  for (size_t p = 0; p < a->c->n_propositions; p++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "id", a->c->propositions[p].id);
    onus_json_string(json, "name", a->c->propositions[p].name);
    put_probability(json, &a->propositions[p]);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_begin_list(json, "undercutters", false);
  for (size_t k = 0; k < a->n_undercutters; k++)
    put_undercutter(json, &a->undercutters[k]);
  onus_json_end_list(json);
}

static void put_undercutter_id(void *context, const onus_undercutter_result *undercutter) {
  onus_json_string(context, NULL, undercutter->id);
}

static void put_computed_actor(onus_json *json, const onus_case *c, const onus_computed_actor *actor) {
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "hypothesis", c->hypotheses[actor->hypothesis].id);
  onus_json_string(json, "given", actor->given);
  onus_json_string(json, "name", actor->name);
  onus_json_begin_list(json, "entries", true);
  for (size_t e = 0; e < actor->n_entries; e++)
    onus_json_string(json, NULL, actor->entries[e]);
  onus_json_end_list(json);
  put_range(json, "ratio_range", actor->ratio);
  onus_json_end_map(json);
}

static void put_computed_link(onus_json *json, const onus_computed_link *link) {
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "actor", link->actor);
  onus_json_string(json, "kind", link->kind);
  onus_json_string(json, "value", link->value);
  onus_json_string(json, "report", link->report[0] ? link->report : NULL);
  onus_json_number(json, "weight", link->ln_weight);
  onus_json_integer(json, "holders", link->n_holders);
  onus_json_number(json, "age_days", link->has_age ? (double)link->age_days : (double)NAN);
  onus_json_string(json, "note", link->note);
  onus_json_end_map(json);
}

/* What a computed row rests on; null of a stated one. */
static void put_computed(onus_json *json, const onus_case *c, const onus_row *row) {
  const onus_computed *computed = row->computed;
  if (!computed) {
    onus_json_null(json, "computed");
    return;
  }
  onus_json_begin_map(json, "computed", false);
  onus_json_string(json, "engine", row->engine);
  onus_json_string(json, "engine_version", computed->engine_version);
  onus_json_string(json, "weights", computed->weights);
  onus_json_string(json, "reference", computed->reference);
  onus_json_string(json, "as_of", computed->as_of);
  onus_json_string(json, "from", row->from);
  onus_json_string(json, "artefact", computed->artefact);
  onus_json_integer(json, "n_used", computed->n_used);
  onus_json_integer(json, "n_not_known", computed->n_not_known);
  onus_json_begin_list(json, "actors", false);
  for (size_t i = 0; i < computed->n_actors; i++)
    put_computed_actor(json, c, &computed->actors[i]);
  onus_json_end_list(json);
  onus_json_begin_list(json, "links", false);
  for (size_t i = 0; i < computed->n_links; i++)
    put_computed_link(json, &computed->links[i]);
  onus_json_end_list(json);
  onus_json_end_map(json);
}

/* Everything about one item; the keys that an explanation has at its top as well. */
static void put_item_body(onus_json *json, const onus_assessment *a, size_t i) {
  const onus_case *c = a->c;
  const onus_item *item = &c->items[i];
  const onus_item_result *result = &a->items[i];
  put_moment(json, "known", true, item->known);
  put_moment(json, "observed", item->has_observed && onus_report_is_open(a, i), item->observed);
  bool is_retracted = item->has_retracted && (result->item->state == ONUS_ITEM_RETRACTED || !a->view->has_as_of);
  put_moment(json, "retracted", is_retracted, item->retracted);
  onus_json_string(json, "repeats", item->repeats == ONUS_NONE ? NULL : c->items[item->repeats].id);
  onus_json_string(json, "state", onus_report_state_id(result->item->state));
  onus_json_string(json, "seal", onus_report_seal_id(result->item->seal));
  onus_json_boolean(json, "counts", result->counts);
  onus_json_number(json, "weight", result->weight_log_odds);
  onus_json_number(json, "weight_standard_error", result->weight_standard_error);
  onus_json_begin_map(json, "row", true);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    onus_json_number(json, c->hypotheses[h].id, exp(result->log_ratio[h]));
  onus_json_end_map(json);
  onus_json_begin_map(json, "row_range", true);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    put_range(json, c->hypotheses[h].id, result->ratio_range[h]);
  onus_json_end_map(json);
  onus_json_begin_map(json, "log10_lr", true);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    onus_json_number(json, c->hypotheses[h].id, result->log_ratio[h] / log(10));
  onus_json_end_map(json);
  put_computed(json, c, result->item->row);
  onus_json_string(json, "reasons", onus_report_reasons(a, i));
}

static void put_item(onus_json *json, const onus_assessment *a, size_t i) {
  const onus_item *item = &a->c->items[i];
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "id", item->id);
  onus_json_string(json, "title", item->title);
  onus_json_string(json, "source", a->c->sources[item->source].id);
  put_item_body(json, a, i);
  onus_json_begin_list(json, "undercutters", true);
  onus_report_item_undercutters(a, i, put_undercutter_id, json);
  onus_json_end_list(json);
  onus_without without = onus_report_without_item(a, i);
  put_without(json, "leave_out", &without);
  onus_json_end_map(json);
}

static void put_source_body(onus_json *json, const onus_source_result *result) {
  onus_json_number(json, "weight", result->weight_log_odds);
  onus_json_number(json, "weight_standard_error", result->weight_standard_error);
  onus_json_number(json, "reliability", result->reliability);
  onus_json_number(json, "reliability_posterior", result->reliability_posterior);
  onus_json_number(json, "bound", result->bound_log_odds);
}

static void put_source(onus_json *json, const onus_assessment *a, size_t s) {
  const onus_source *source = &a->c->sources[s];
  const onus_source_result *result = &a->sources[s];
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "id", source->id);
  onus_json_string(json, "name", source->name);
  onus_json_string(json, "url", source->url);
  onus_json_integer(json, "n_items", result->n_items);
  put_source_body(json, result);
  onus_without without = onus_report_without_source(a, s);
  put_without(json, "leave_out", &without);
  onus_json_end_map(json);
}

static void put_question(onus_json *json, const onus_question_result *result) {
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "id", result->question->id);
  onus_json_string(json, "name", result->question->name);
  onus_json_number(json, "entropy_bits", result->entropy_bits);
  onus_json_number(json, "expected_drop_bits", result->expected_drop_bits);
  onus_json_number(json, "p_enough", result->p_enough);
  onus_json_begin_list(json, "outcomes", false);
  for (size_t o = 0; o < result->question->n_outcomes; o++) {
    const onus_outcome_result *outcome = &result->outcomes[o];
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "name", outcome->name);
    onus_json_number(json, "probability", outcome->probability);
    onus_json_number(json, "posterior", outcome->about.posterior);
    onus_json_number(json, "low", outcome->about.low);
    onus_json_number(json, "median", outcome->about.median);
    onus_json_number(json, "high", outcome->about.high);
    onus_json_string(json, "verdict", onus_verdict_name(outcome->verdict));
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_end_map(json);
}

static void put_log_odds(onus_json *json, const onus_assessment *a) {
  onus_json_begin_map(json, "log_odds", true);
  onus_json_number(json, "prior", a->prior_log_odds);
  onus_json_number(json, "posterior", a->posterior_log_odds);
  onus_json_end_map(json);
}

static void put_weights(onus_json *json, const onus_assessment *a) {
  onus_json_begin_map(json, "weights", true);
  onus_json_string(json, "items", a->weights_exact_items ? "exact" : "sampled");
  onus_json_string(json, "sources", a->weights_exact_sources ? "exact" : "sampled");
  onus_json_integer(json, "permutations", a->n_permutations);
  onus_json_end_map(json);
  put_log_odds(json, a);
}

static void put_tipping(onus_json *json, const onus_tipping *tipping) {
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "input", tipping->input);
  onus_json_number(json, "value", tipping->value);
  onus_json_number(json, "tips_at", tipping->exists ? tipping->tips_at : (double)NAN);
  onus_json_end_map(json);
}

static void put_what_turns_it(onus_json *json, const onus_assessment *a) {
  onus_json_begin_list(json, "tipping", false);
  for (size_t t = 0; t < a->n_tipping; t++)
    put_tipping(json, &a->tipping[t]);
  onus_json_end_list(json);
  onus_json_begin_list(json, "questions", false);
  for (size_t q = 0; a->questions && q < a->c->n_questions; q++)
    put_question(json, &a->questions[q]);
  onus_json_end_list(json);
  onus_json_begin_list(json, "deciding", false);
  for (size_t d = 0; d < a->n_deciding; d++) {
    const onus_deciding_input *input = &a->deciding[d];
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "input", input->input);
    put_range(json, "range", input->range);
    onus_json_number(json, "at_low", input->at_low);
    onus_json_number(json, "at_high", input->at_high);
    onus_json_number(json, "share", input->share);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

/* A document's tree, numbers as doubles. */
static void put_node(onus_json *json, const char *key, const onus_node *node) {
  switch (node->kind) {
  case ONUS_NODE_NULL:
    onus_json_null(json, key);
    break;
  case ONUS_NODE_BOOLEAN:
    onus_json_boolean(json, key, node->boolean);
    break;
  case ONUS_NODE_NUMBER:
    onus_json_number(json, key, node->number);
    break;
  case ONUS_NODE_STRING:
    onus_json_string(json, key, node->text);
    break;
  case ONUS_NODE_LIST:
  case ONUS_NODE_MAP: {
    bool is_map = node->kind == ONUS_NODE_MAP;
    (is_map ? onus_json_begin_map : onus_json_begin_list)(json, key, true);
    for (const onus_node *child = node->first; child; child = child->next)
      put_node(json, child->key, child);
    (is_map ? onus_json_end_map : onus_json_end_list)(json);
    break;
  }
  }
}

/* That nobody says what follows, and what was changed. */
static void put_what_if(onus_json *json, const onus_case *c) {
  if (!c->what_if)
    return;
  onus_json_begin_map(json, "what_if", true);
  onus_json_string(json, "position", c->what_if_of);
  put_node(json, "overrides", c->what_if);
  onus_json_end_map(json);
}

void onus_report_json_head(onus_json *json, const char *kind, const onus_case *c) {
  onus_json_string(json, "kind", kind);
  onus_json_string(json, "onus_version", onus_version());
  onus_json_string(json, "version", onus_version());
  onus_json_string(json, "title", c->title);
  onus_json_string(json, "question", c->question);
  put_what_if(json, c);
}

static void put_sample(onus_json *json, const onus_assessment *a) {
  onus_json_integer(json, "seed", a->seed);
  onus_json_integer(json, "samples", a->n_samples);
}

static void put_assessment(onus_json *json, const onus_assessment *a) {
  onus_json_begin_map(json, NULL, false);
  onus_report_json_head(json, "assessment", a->c);
  put_sample(json, a);
  onus_json_string(json, "about_name", a->about_name);
  onus_json_boolean(json, "about_is_default", a->about_is_default);
  onus_json_boolean(json, "uniform_prior", onus_report_prior_is_uniform(a));
  onus_report_json_verdict(json, a);
  put_weights(json, a);
  onus_json_begin_list(json, "items", false);
  for (size_t i = 0; i < a->c->n_items; i++)
    if (onus_report_is_shown(a, i))
      put_item(json, a, i);
  onus_json_end_list(json);
  onus_json_begin_list(json, "sources", false);
  for (size_t s = 0; s < a->c->n_sources; s++)
    put_source(json, a, s);
  onus_json_end_list(json);
  put_what_turns_it(json, a);
  onus_json_end_map(json);
}

/* --- brief ------------------------------------------------------------------------------------------------------- */

static void put_brief_item(onus_json *json, const onus_assessment *a, size_t i) {
  const onus_case *c = a->c;
  const onus_item_result *result = &a->items[i];
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "id", c->items[i].id);
  onus_json_string(json, "state", onus_report_state_id(result->item->state));
  onus_json_string(json, "seal", onus_report_seal_id(result->item->seal));
  onus_json_boolean(json, "counts", result->counts);
  onus_json_begin_map(json, "log10_lr", true);
  for (size_t h = 0; h < c->n_hypotheses; h++)
    onus_json_number(json, c->hypotheses[h].id, result->log_ratio[h] / log(10));
  onus_json_end_map(json);
  onus_json_end_map(json);
}

static void put_brief(onus_json *json, const onus_assessment *a) {
  onus_json_begin_map(json, NULL, false);
  onus_report_json_head(json, "brief", a->c);
  put_sample(json, a);
  onus_json_string(json, "about_name", a->about_name);
  onus_json_boolean(json, "about_is_default", a->about_is_default);
  onus_report_json_verdict(json, a);
  put_log_odds(json, a);
  onus_json_begin_list(json, "items", false);
  for (size_t i = 0; i < a->c->n_items; i++)
    if (onus_report_is_shown(a, i))
      put_brief_item(json, a, i);
  onus_json_end_list(json);
  onus_json_begin_list(json, "sources", false);
  for (size_t s = 0; s < a->c->n_sources; s++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "id", a->c->sources[s].id);
    onus_json_number(json, "reliability", a->sources[s].reliability);
    onus_json_number(json, "reliability_posterior", a->sources[s].reliability_posterior);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_end_map(json);
}

void onus_report_assessment_json(onus_buffer *out, const onus_assessment *assessment) {
  onus_json json = onus_json_new(out);
  (assessment->is_brief ? put_brief : put_assessment)(&json, assessment);
  onus_json_finish(&json);
}

static void put_part(onus_json *json, const onus_difference_part *part) {
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "difference", part->difference.name);
  onus_json_string(json, "kind", onus_report_difference_kind_id(part->difference.kind));
  onus_json_number(json, "part", part->part_log_odds);
  onus_json_string(json, "value_a", part->value_a);
  onus_json_string(json, "value_b", part->value_b);
  onus_json_end_map(json);
}

static void put_disagreement(onus_json *json, const onus_case *c, const onus_disagreement *d) {
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "a", c->positions[d->position_a].id);
  onus_json_string(json, "b", c->positions[d->position_b].id);
  onus_json_number(json, "log_odds_a", d->log_odds_a);
  onus_json_number(json, "log_odds_b", d->log_odds_b);
  onus_json_begin_list(json, "parts", false);
  for (size_t p = 0; p < d->n_parts; p++)
    put_part(json, &d->parts[p]);
  onus_json_end_list(json);
  onus_json_boolean(json, "same_verdict", d->same_verdict);
  onus_json_boolean(json, "crux_searched", d->crux_searched);
  onus_json_begin_list(json, "cruxes", false);
  for (size_t x = 0; x < d->n_cruxes; x++) {
    onus_json_begin_list(json, NULL, true);
    for (size_t p = 0; p < d->cruxes[x].n_parts; p++)
      onus_json_string(json, NULL, d->parts[d->cruxes[x].parts[p]].difference.name);
    onus_json_end_list(json);
  }
  onus_json_end_list(json);
  onus_json_end_map(json);
}

void onus_report_comparison_json(onus_buffer *out, const onus_comparison *comparison) {
  const onus_case *c = comparison->c;
  const onus_assessment *first = comparison->assessments[0];
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  onus_report_json_head(&json, "comparison", c);
  put_sample(&json, first);
  onus_json_string(&json, "about", first->about_id);
  onus_json_string(&json, "about_name", first->about_name);
  put_moment(&json, "as_of", first->view->has_as_of, first->view->as_of);
  onus_json_begin_list(&json, "positions", false);
  for (size_t p = 0; p < c->n_positions; p++)
    put_assessment(&json, comparison->assessments[p]);
  onus_json_end_list(&json);
  onus_json_begin_list(&json, "disagreements", false);
  for (size_t d = 0; d < comparison->n_disagreements; d++)
    put_disagreement(&json, c, &comparison->disagreements[d]);
  onus_json_end_list(&json);
  onus_json_end_document(&json);
}

static void put_point(onus_json *json, const onus_timeline *timeline, const onus_timeline_point *point) {
  onus_json_begin_map(json, NULL, false);
  put_moment(json, "day", true, point->day);
  onus_json_begin_list(json, "events", false);
  for (size_t e = 0; e < point->n_events; e++) {
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "item", timeline->c->items[point->events[e].item].id);
    onus_json_string(json, "event", point->events[e].is_retraction ? "retracted" : "known");
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_begin_list(json, "positions", false);
  for (size_t p = 0; p < timeline->n_shown; p++) {
    onus_json_begin_map(json, NULL, false);
    onus_report_json_verdict(json, point->assessments[p]);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
  onus_json_end_map(json);
}

void onus_report_timeline_json(onus_buffer *out, const onus_timeline *timeline) {
  const onus_assessment *last = NULL;
  if (timeline->n_points > 0 && timeline->n_shown > 0)
    last = timeline->points[timeline->n_points - 1].assessments[0];
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  onus_report_json_head(&json, "timeline", timeline->c);
  if (last) {
    put_sample(&json, last);
    onus_json_string(&json, "about", last->about_id);
    onus_json_string(&json, "about_name", last->about_name);
  }
  onus_json_begin_list(&json, "points", false);
  for (size_t p = 0; p < timeline->n_points; p++)
    put_point(&json, timeline, &timeline->points[p]);
  onus_json_end_list(&json);
  onus_json_end_document(&json);
}

static void put_full_undercutter(void *context, const onus_undercutter_result *undercutter) {
  put_undercutter(context, undercutter);
}

static void put_tipping_of(onus_json *json, const onus_assessment *a, bool is_item, const char *id) {
  onus_json_begin_list(json, "tipping", false);
  for (size_t t = 0; t < a->n_tipping; t++)
    if (onus_report_tipping_concerns(&a->tipping[t], is_item, id))
      put_tipping(json, &a->tipping[t]);
  onus_json_end_list(json);
}

static void put_item_explanation(onus_json *json, const onus_assessment *a, size_t i) {
  onus_json_string(json, "item", a->c->items[i].id);
  onus_json_string(json, "source", a->c->sources[a->c->items[i].source].id);
  onus_json_string(json, "name", a->c->items[i].title);
  put_item_body(json, a, i);
  onus_json_begin_list(json, "undercutters", false);
  onus_report_item_undercutters(a, i, put_full_undercutter, json);
  onus_json_end_list(json);
  onus_without without = onus_report_without_item(a, i);
  put_without(json, "without", &without);
  put_tipping_of(json, a, true, a->c->items[i].id);
}

static void put_source_explanation(onus_json *json, const onus_assessment *a, size_t s) {
  const onus_case *c = a->c;
  onus_json_string(json, "source", c->sources[s].id);
  onus_json_string(json, "name", c->sources[s].name);
  onus_json_string(json, "url", c->sources[s].url);
  put_source_body(json, &a->sources[s]);
  onus_json_begin_list(json, "undercutters", false);
  const onus_undercutter_result *own = onus_report_undercutter(a, ONUS_UNDERCUT_SOURCE, s);
  if (own)
    put_undercutter(json, own);
  onus_json_end_list(json);
  onus_without without = onus_report_without_source(a, s);
  put_without(json, "without", &without);
  put_tipping_of(json, a, false, c->sources[s].id);
  onus_json_begin_list(json, "items", false);
  for (size_t i = 0; i < c->n_items; i++)
    if (c->items[i].source == s)
      put_item(json, a, i);
  onus_json_end_list(json);
}

void onus_report_explanation_json(onus_buffer *out, const onus_explanation *explanation) {
  const onus_assessment *a = explanation->assessment;
  onus_json json = onus_json_new(out);
  onus_json_begin_map(&json, NULL, false);
  onus_report_json_head(&json, "explanation", a->c);
  put_sample(&json, a);
  put_moment(&json, "as_of", a->view->has_as_of, a->view->as_of);
  onus_json_string(&json, "position", a->view->position->id);
  onus_json_string(&json, "position_name", a->view->position->name);
  onus_json_string(&json, "about", a->about_id);
  onus_json_string(&json, "about_name", a->about_name);
  onus_json_string(&json, "verdict", onus_verdict_name(a->verdict));
  onus_json_begin_map(&json, "probability", true);
  put_probability(&json, &a->about);
  onus_json_end_map(&json);
  if (explanation->item != ONUS_NONE)
    put_item_explanation(&json, a, explanation->item);
  else
    put_source_explanation(&json, a, explanation->source);
  onus_json_end_document(&json);
}
