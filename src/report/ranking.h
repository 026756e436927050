/* Rankings and evaluations as people and programs read them. Nothing is computed here. */
#ifndef ONUS_REPORT_RANKING_H
#define ONUS_REPORT_RANKING_H

#include "base/buffer.h"
#include "compare/evaluate.h"

/* One incident, ranked by each engine that has something to go by. */
struct onus_ranked {
  onus_arena *arena; /* everything hangs on it */
  onus_reference *reference;
  const char *location; /* of the reference, as it was given */
  char digest[ONUS_STORE_DIGEST_BYTES];
  const onus_incident *incident;
  int32_t as_of_day;  /* ONUS_STORE_ALWAYS */
  onus_hidden hidden; /* what the incident leaves out or was not known yet: never shown as a link's report */
  onus_ranking rankings[ONUS_ENGINES];
  size_t n_rankings;
  size_t n_shown; /* candidates in the text, and with links */
};

void onus_report_ranking_text(onus_buffer *out, const onus_ranked *ranked, const onus_style *style);
/* By docs/ranking.schema.json. */
void onus_report_ranking_json(onus_buffer *out, const onus_ranked *ranked);

/* An evaluation, and what it was about. */
struct onus_evaluated {
  onus_arena *arena;
  onus_reference *reference;
  onus_evaluation *evaluation;
  const char *location; /* of the reference, as it was given */
  char digest[ONUS_STORE_DIGEST_BYTES];
  const char *incidents; /* the file; NULL: the reference's own reports */
  onus_weights *weights; /* fitted and kept; NULL: it was an evaluation only */
};

void onus_report_evaluation_text(onus_buffer *out, const onus_evaluated *evaluated, const onus_style *style);
/* By docs/evaluation.schema.json. */
void onus_report_evaluation_json(onus_buffer *out, const onus_evaluated *evaluated);

/* "own", "folds", "rolling"; static. */
const char *onus_report_fit_name(onus_fit_mode fit);

/* SVG files of their own. The share of pairs whose likelihood ratio is at least x, of the same actor and of different
 * ones (Tippett). Sorts both, so takes memory. */
typedef struct onus_tippett_words {
  const char *title, *same, *different; /* the two kinds of pairs, as "the right actor" */
} onus_tippett_words;
extern const onus_tippett_words onus_tippett_of_incidents;
ONUS_MUST_CHECK onus_status onus_chart_tippett(onus_buffer *out, const onus_tippett_words *words,
                                               const onus_evaluation *evaluation, onus_error *error);
/* How often the most probable answer was right, by how probable it was said to be. */
void onus_chart_reliability(onus_buffer *out, const onus_evaluation *evaluation);

#endif
