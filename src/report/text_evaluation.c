/* An evaluation for the terminal: a table with a column for all incidents and one for each kind. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "report/layout.h"
#include "report/ranking.h"

enum { NAME_COLUMNS = 30, COLUMN = 11, KINDS_AT_MOST = 4 };

const char *onus_report_fit_name(onus_fit_mode fit) {
  switch (fit) {
  case ONUS_FIT_OWN:
    return "own";
  case ONUS_FIT_FOLDS:
    return "folds";
  case ONUS_FIT_ROLLING:
    return "rolling";
  }
  return "?";
}

static const char *fit_words(onus_fit_mode fit) {
  switch (fit) {
  case ONUS_FIT_OWN:
    return "by the weights that count in this reference";
  case ONUS_FIT_FOLDS:
    return "by weights fitted to the others, in ten folds, whole actors left out together";
  case ONUS_FIT_ROLLING:
    return "by weights fitted to earlier years, the reference as of the end of the year before";
  }
  return "";
}

typedef struct figure_row {
  const char *name;
  size_t offset; /* of the double in onus_metrics */
} figure_row;

#define FIGURE(member) offsetof(onus_metrics, member)

static const figure_row ranking_rows[] = {
    {"right actor first", FIGURE(top_1)},
    {"  95 % interval, from", FIGURE(top_1_low)},
    {"  to", FIGURE(top_1_high)},
    {"among the first 3", FIGURE(top_3)},
    {"among the first 10", FIGURE(top_10)},
    {"mean reciprocal rank", FIGURE(mrr)},
    {NULL, 0},
};
static const figure_row probability_rows[] = {
    {"most probable answer right", FIGURE(accuracy)},
    {"Brier score", FIGURE(brier)},
    {"log loss", FIGURE(log_loss)},
    {"calibration error (ECE)", FIGURE(ece)},
    {"  by chance alone, mean", FIGURE(ece_expected)},
    {"  by chance alone, 95 %", FIGURE(ece_expected_high)},
    {"AUC, known or not", FIGURE(auc)},
    {NULL, 0},
};
static const figure_row ratio_rows[] = {{"Cllr", FIGURE(cllr)},
                                        {"Cllr, best recalibration", FIGURE(cllr_min)},
                                        {"  incidents permuted", FIGURE(cllr_permuted)},
                                        {NULL, 0}};

static size_t kinds_of(const onus_evaluation *e) {
  return e->n_kinds < KINDS_AT_MOST ? e->n_kinds : KINDS_AT_MOST;
}

static void put_rows(onus_layout *layout, const onus_evaluation *e, const figure_row *rows) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  for (const figure_row *row = rows; row->name; row++) {
    onus_layout_own(layout, "  ");
    onus_layout_own(layout, row->name);
    onus_layout_pad(layout, NAME_COLUMNS);
    for (size_t k = 0; k <= kinds_of(e); k++) {
      const onus_metrics *m = k == 0 ? &e->metrics : &e->kinds[k - 1].metrics;
      double value = *(const double *)((const char *)m + row->offset);
      onus_layout_right(layout, isnan(value) ? layout->glyphs->dash : onus_report_fixed(text, value, 3), COLUMN);
    }
    onus_layout_end(layout, NAME_COLUMNS);
  }
}

static void put_counts(onus_layout *layout, const onus_evaluation *e, const char *name, bool of_known) {
  char text[32];
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, name);
  onus_layout_pad(layout, NAME_COLUMNS);
  for (size_t k = 0; k <= kinds_of(e); k++) {
    const onus_metrics *m = k == 0 ? &e->metrics : &e->kinds[k - 1].metrics;
    snprintf(text, sizeof text, "%zu", of_known ? m->n_known : m->n);
    onus_layout_right(layout, text, COLUMN);
  }
  onus_layout_end(layout, NAME_COLUMNS);
}

static void put_head(onus_layout *layout, const onus_evaluation *e) {
  onus_layout_gap(layout);
  onus_layout_ink(layout, ONUS_INK_DIM);
  onus_layout_pad(layout, NAME_COLUMNS);
  onus_layout_right(layout, "all", COLUMN);
  for (size_t k = 0; k < kinds_of(e); k++) {
    const char *kind = e->kinds[k].kind[0] ? e->kinds[k].kind : "other";
    size_t length = strlen(kind);
    onus_layout_pad(layout,
                    NAME_COLUMNS + (unsigned)(k + 2) * COLUMN - (unsigned)(length < COLUMN ? length : COLUMN - 1));
    char cut[COLUMN];
    snprintf(cut, sizeof cut, "%.10s", kind);
    onus_layout_case(layout, cut);
  }
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, NAME_COLUMNS);
}

static void put_left_out(onus_layout *layout, const onus_evaluation *e) {
  for (size_t i = 0; i < e->n_judged; i++) {
    const char *why = e->judged[i].left_out;
    bool is_first = why != NULL;
    size_t count = 0;
    for (size_t k = 0; why && k < e->n_judged; k++) {
      bool is_same = e->judged[k].left_out && strcmp(e->judged[k].left_out, why) == 0;
      count += is_same;
      is_first = is_first && !(is_same && k < i);
    }
    if (!is_first)
      continue;
    onus_layout_printf(layout, "Left out: %zu, because ", count);
    onus_layout_own(layout, why);
    onus_layout_own(layout, ".");
    onus_layout_end(layout, 2);
  }
}

static void put_title(onus_layout *layout, const onus_evaluated *evaluated) {
  const onus_evaluation *e = evaluated->evaluation;
  onus_layout_ink(layout, ONUS_INK_BOLD);
  if (evaluated->incidents)
    onus_layout_case(layout, evaluated->incidents);
  else
    onus_layout_own(layout, "The reports of the reference, each judged by the others");
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, 2);
  onus_layout_own(layout, "Reference: ");
  onus_layout_case(layout, evaluated->location);
  onus_layout_own(layout, ". ");
  onus_layout_printf(layout, "%zu incidents judged by %s, ", e->n_judged - e->n_left_out, e->engine->version);
  onus_layout_own(layout, fit_words(e->fit));
  if (e->provenance) {
    onus_layout_own(layout, ": ");
    onus_layout_case(layout, e->provenance);
  }
  onus_layout_own(layout, ".");
  onus_layout_end(layout, 2);
  put_left_out(layout, e);
}

static void put_weights(onus_layout *layout, const onus_evaluated *evaluated) {
  const onus_weights *w = evaluated->weights;
  const onus_feature_names *names = &evaluated->evaluation->engine->features;
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_heading(layout, "Calibration", "Now kept in the reference; it is fitted to all of these incidents.");
  onus_layout_own(layout, "  Likelihood ratios lie within ");
  onus_layout_own(layout, onus_report_factor(text, w->least_ln_lr, layout->glyphs));
  onus_layout_own(layout, " and ");
  onus_layout_own(layout, onus_report_factor(text, w->greatest_ln_lr, layout->glyphs));
  onus_layout_own(layout, ", which is what so many incidents support.");
  onus_layout_end(layout, 2);
  for (size_t k = 0; k <= w->n_ratio; k++) {
    onus_layout_own(layout, "  ");
    onus_layout_own(layout, k == 0 ? "constant" : names->ratio[k - 1]);
    onus_layout_pad(layout, NAME_COLUMNS);
    onus_layout_right(layout, onus_report_general(text, w->ratio[k], 4), COLUMN);
    onus_layout_end(layout, NAME_COLUMNS);
  }
}

void onus_report_evaluation_text(onus_buffer *out, const onus_evaluated *evaluated, const onus_style *style) {
  const onus_evaluation *e = evaluated->evaluation;
  onus_layout layout = onus_layout_new(out, style);
  put_title(&layout, evaluated);
  if (e->n_truths > 0) {
    put_head(&layout, e);
    put_counts(&layout, e, "incidents", false);
    put_counts(&layout, e, "  whose actor it holds", true);
    onus_layout_heading(&layout, "Ranking", "Of the incidents whose actor the reference holds.");
    put_rows(&layout, e, ranking_rows);
    onus_layout_heading(&layout, "Probabilities",
                        "Of all incidents; somebody not in the reference is one of the answers.");
    put_rows(&layout, e, probability_rows);
    onus_layout_heading(&layout, "Likelihood ratios",
                        "Of all pairs of an incident and an actor. 0 is perfect, 1 says nothing.");
    put_rows(&layout, e, ratio_rows);
  }
  if (evaluated->weights)
    put_weights(&layout, evaluated);
  onus_layout_free(&layout);
}
