/* Rankings and evaluations as JSON, by docs/ranking.schema.json and docs/evaluation.schema.json. */
#include <math.h>
#include <string.h>

#include "base/moment.h"
#include "report/json_writer.h"
#include "report/ranking.h"
#include "report/reference_facts.h"

/* A day, or null where nobody knows. */
/* --- a ranking ------------------------------------------------------------------------------------------------- */

static void put_link(onus_json *json, const onus_ranked *ranked, const onus_link *link) {
  const onus_catalogue *catalogue = onus_reference_catalogue(ranked->reference);
  onus_json_begin_map(json, NULL, true);
  onus_json_string(json, "kind", link->kind);
  onus_json_string(json, "value", link->value);
  onus_json_number(json, "ln_weight", link->ln_weight);
  onus_json_integer(json, "holders", link->n_holders);
  if (link->age_days != ONUS_DAY_UNKNOWN)
    onus_json_number(json, "age_days", link->age_days);
  else
    onus_json_null(json, "age_days");
  onus_json_string(json, "note", link->note ? link->note : "");
  onus_json_begin_list(json, "reports", true);
  if (link->basis != ONUS_NO_NUMBER)
    for (size_t r = 0; r < catalogue->bases[link->basis].n_reports; r++) {
      uint32_t report = catalogue->bases[link->basis].reports[r];
      if (!ranked->hidden.is_report_hidden[report])
        onus_json_string(json, NULL, catalogue->reports[report].title);
    }
  onus_json_end_list(json);
  onus_json_end_map(json);
}

static void put_candidate(onus_json *json, const onus_ranked *ranked, const onus_candidate *candidate) {
  const onus_catalogue *catalogue = onus_reference_catalogue(ranked->reference);
  const onus_entry *entry = &catalogue->entries[candidate->entry];
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "actor", catalogue->actors[candidate->actor].name);
  onus_json_string(json, "source", catalogue->sources[entry->source].id);
  onus_json_string(json, "id", entry->upstream_id);
  onus_json_number(json, "probability", candidate->probability);
  onus_json_number(json, "ln_lr", candidate->ln_lr);
  onus_json_number(json, "ln_lr_low", candidate->ln_lr_low);
  onus_json_number(json, "ln_lr_high", candidate->ln_lr_high);
  onus_json_begin_list(json, "links", false);
  for (size_t k = 0; k < candidate->n_links; k++)
    put_link(json, ranked, &candidate->links[k]);
  onus_json_end_list(json);
  onus_json_end_map(json);
}

static void put_ranking(onus_json *json, const onus_ranked *ranked, const onus_ranking *ranking) {
  onus_json_begin_map(json, NULL, false);
  onus_json_string(json, "engine", ranking->engine_version);
  onus_json_string(json, "weights", ranking->provenance);
  onus_json_integer(json, "used", ranking->n_used);
  onus_json_integer(json, "not_known", ranking->n_not_known);
  onus_json_number(json, "p_unknown", ranking->p_unknown);
  onus_json_begin_list(json, "candidates", false);
  for (size_t c = 0; c < ranking->n_candidates; c++)
    put_candidate(json, ranked, &ranking->candidates[c]);
  onus_json_end_list(json);
  onus_json_end_map(json);
}

void onus_report_ranking_json(onus_buffer *out, const onus_ranked *ranked) {
  const onus_incident *incident = ranked->incident;
  onus_json json = onus_json_begin_document(out, "ranking");
  onus_report_reference_json(&json, ranked->location, ranked->digest);
  onus_report_day_json(&json, "as_of", ranked->as_of_day);
  onus_json_begin_map(&json, "incident", false);
  onus_json_string(&json, "id", incident->id);
  onus_report_day_json(&json, "first_day", incident->period.first_day);
  onus_report_day_json(&json, "last_day", incident->period.last_day);
  onus_json_begin_list(&json, "leave_out", false);
  for (size_t k = 0; k < incident->n_leave_out; k++)
    onus_json_string(&json, NULL, incident->leave_out[k]);
  onus_json_end_list(&json);
  onus_json_end_map(&json);
  onus_json_begin_list(&json, "rankings", false);
  for (size_t r = 0; r < ranked->n_rankings; r++)
    put_ranking(&json, ranked, &ranked->rankings[r]);
  onus_json_end_list(&json);
  onus_json_end_document(&json);
}

/* --- an evaluation --------------------------------------------------------------------------------------------- */

static void put_bins(onus_json *json, const onus_metrics *m) {
  onus_json_begin_list(json, "reliability", false);
  for (size_t b = 0; b < ONUS_METRICS_BINS; b++) {
    const onus_metrics_bin *bin = &m->bins[b];
    onus_json_begin_map(json, NULL, true);
    onus_json_number(json, "from", (double)b / ONUS_METRICS_BINS);
    onus_json_number(json, "to", (double)(b + 1) / ONUS_METRICS_BINS);
    onus_json_integer(json, "n", bin->n);
    onus_json_number(json, "confidence", bin->n > 0 ? bin->mean_confidence : NAN);
    onus_json_number(json, "correct", bin->n > 0 ? bin->correct : NAN);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_metrics(onus_json *json, const char *key, const char *kind, const onus_metrics *m) {
  const struct {
    const char *key;
    double value;
  } figures[] = {
      {"top_1", m->top_1},
      {"top_1_low", m->top_1_low},
      {"top_1_high", m->top_1_high},
      {"top_3", m->top_3},
      {"top_10", m->top_10},
      {"mrr", m->mrr},
      {"mrr_low", m->mrr_low},
      {"mrr_high", m->mrr_high},
      {"accuracy", m->accuracy},
      {"brier", m->brier},
      {"log_loss", m->log_loss},
      {"ece", m->ece},
      {"ece_by_chance", m->ece_expected},
      {"ece_by_chance_high", m->ece_expected_high},
      {"cllr", m->cllr},
      {"cllr_min", m->cllr_min},
      {"cllr_permuted", m->cllr_permuted},
      {"auc_known", m->auc},
  };
  onus_json_begin_map(json, key, false);
  if (kind)
    onus_json_string(json, "kind", kind);
  onus_json_integer(json, "n", m->n);
  onus_json_integer(json, "n_known", m->n_known);
  onus_json_integer(json, "n_unknown", m->n_unknown);
  onus_json_integer(json, "n_candidates", m->n_candidates);
  for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
    onus_json_number(json, figures[i].key, figures[i].value);
  put_bins(json, m);
  onus_json_end_map(json);
}

/* How many incidents were left out for each reason. */
static void put_left_out(onus_json *json, const onus_evaluation *e) {
  onus_json_begin_list(json, "left_out", false);
  for (size_t i = 0; i < e->n_judged; i++) {
    const char *why = e->judged[i].left_out;
    if (!why)
      continue;
    onus_json_begin_map(json, NULL, true);
    onus_json_string(json, "id", e->judged[i].incident->id);
    onus_json_string(json, "why", why);
    onus_json_end_map(json);
  }
  onus_json_end_list(json);
}

static void put_named(onus_json *json, const char *key, const double *constant, const char *const *names,
                      const double *values, size_t n, const double *odds) {
  onus_json_begin_map(json, key, false);
  if (constant)
    onus_json_number(json, "constant", *constant);
  for (size_t k = 0; k < n; k++)
    onus_json_number(json, names[k], values[k]);
  if (odds)
    onus_json_number(json, "log odds of the choice", *odds);
  onus_json_end_map(json);
}

static void put_weights(onus_json *json, const onus_engine *engine, const onus_weights *weights) {
  const onus_feature_names *names = &engine->features;
  onus_json_begin_map(json, "calibration", false);
  onus_json_string(json, "provenance", weights->provenance);
  put_named(json, "choice", NULL, names->choice, weights->choice, weights->n_choice, NULL);
  put_named(json, "unknown", &weights->unknown[0], names->unknown, weights->unknown + 1, weights->n_unknown, NULL);
  put_named(json, "ratio", &weights->ratio[0], names->ratio, weights->ratio + 1, weights->n_ratio,
            names->has_odds ? &weights->odds : NULL);
  onus_json_number(json, "least_ln_lr", weights->least_ln_lr);
  onus_json_number(json, "greatest_ln_lr", weights->greatest_ln_lr);
  onus_json_integer(json, "bootstraps", weights->n_bootstraps);
  onus_json_end_map(json);
}

void onus_report_evaluation_json(onus_buffer *out, const onus_evaluated *evaluated) {
  const onus_evaluation *e = evaluated->evaluation;
  onus_json json = onus_json_begin_document(out, "evaluation");
  onus_report_reference_json(&json, evaluated->location, evaluated->digest);
  onus_json_string(&json, "incidents", evaluated->incidents);
  onus_json_string(&json, "engine", e->engine->version);
  onus_json_string(&json, "fit", onus_report_fit_name(e->fit));
  onus_json_string(&json, "weights", e->provenance);
  onus_json_integer(&json, "seed", e->seed);
  onus_json_integer(&json, "judged", e->n_judged - e->n_left_out);
  put_left_out(&json, e);
  if (e->n_truths > 0)
    put_metrics(&json, "metrics", NULL, &e->metrics);
  else
    onus_json_null(&json, "metrics");
  onus_json_begin_list(&json, "kinds", false);
  for (size_t k = 0; k < e->n_kinds; k++)
    put_metrics(&json, NULL, e->kinds[k].kind, &e->kinds[k].metrics);
  onus_json_end_list(&json);
  if (evaluated->weights)
    put_weights(&json, e->engine, evaluated->weights);
  else
    onus_json_null(&json, "calibration");
  onus_json_end_document(&json);
}
