/* Rankings of many incidents whose actors are known, and calibration out of them.
 *
 * An incident is always judged by a reference less what it names to be left out. What else it must not have seen
 * depends on how the weights are fitted:
 *
 *     own       the weights that count in this reference; nothing is fitted
 *     folds     each incident by weights fitted to the others, whole actors left out together
 *     rolling   each year by weights fitted to earlier years, each incident by the reference as of the end of the year
 *               before its own; incidents without a date, and years with too few incidents before them, are left out
 */
#ifndef ONUS_COMPARE_EVALUATE_H
#define ONUS_COMPARE_EVALUATE_H

#include "base/buffer.h"
#include "compare/compare.h"
#include "compare/metrics.h"

/* Who did it. */
typedef struct onus_truth {
  const char *id;            /* of the incident */
  const char *kind;          /* how it was found ("report", "campaign", …); "" if nothing is said */
  const char *const *labels; /* names or upstream ids of the right actors; "UNKNOWN" alone: nobody in the reference */
  size_t n_labels;
  const char *actor; /* whom it is, in the reference or not: what is kept together in folds */
  unsigned line;     /* where it stands, for messages */
  bool has_number;   /* the label is the actor `number` of the catalogue, whatever names may mean */
  uint32_t number;
} onus_truth;

#define ONUS_UNKNOWN "UNKNOWN"

#define ONUS_EVALUATE_FOLDS 10
#define ONUS_ROLLING_LEAST 30 /* earlier incidents that a year's weights need */

typedef struct onus_evaluate_options {
  onus_fit_mode fit;
  bool relabels; /* the label becomes UNKNOWN when no right actor has a statement left (rolling always does so) */
  uint64_t seed; /* of folds and bootstraps */
  onus_progress *progress; /* may be NULL */
  void *progress_context;
} onus_evaluate_options;

/* One incident, judged. */
typedef struct onus_judged {
  const onus_incident *incident;
  const onus_truth *truth; /* NULL: not said */
  const char *left_out;    /* why it was not judged; NULL: it was; static */
  onus_features features;  /* empty when it was left out */
  const double *p, *ln_lr; /* [n_candidates + 1], UNKNOWN last; [n_candidates] */
  const uint32_t *right;   /* [n_right] places among the candidates */
  size_t n_right;
  bool is_unknown; /* the label, as of then */
  uint32_t group;
} onus_judged;

typedef struct onus_metrics_of_kind {
  const char *kind;
  onus_metrics metrics;
} onus_metrics_of_kind;

typedef struct onus_evaluation {
  onus_arena *arena; /* everything hangs on it */
  const onus_engine *engine;
  onus_fit_mode fit;
  uint64_t seed;
  onus_judged *judged; /* in the order of the incidents */
  size_t n_judged, n_left_out;
  size_t n_truths;  /* of those judged whose actor is known; the metrics are about them. 0: no metrics */
  uint32_t *actors; /* [n_actors]: candidates of any incident, ascending */
  size_t n_actors;
  onus_scored *scored; /* [n_truths], over `actors` */
  onus_metrics metrics;
  onus_metrics_of_kind *kinds; /* where there are several; by name */
  size_t n_kinds;
  const char *provenance; /* of the weights, when they were not fitted here; else NULL */
} onus_evaluation;

/* `truths` are by incident (NULL where nothing is said of one) or NULL; folds and rolling need them. What is given must
 * outlive the evaluation. Free with onus_evaluation_free. */
ONUS_MUST_CHECK onus_status onus_evaluate(const onus_reference *reference, const onus_engine *engine,
                                          const onus_incident *incidents, const onus_truth *const *truths,
                                          size_t n_incidents, const onus_evaluate_options *options,
                                          onus_evaluation **ret_evaluation, onus_error *error);
void onus_evaluation_free(onus_evaluation *evaluation);

/* Weights fitted to all incidents that an evaluation judged, for later ones, with their bootstrap. `about` begins the
 * provenance ("incidents.jsonl"). */
ONUS_MUST_CHECK onus_status onus_calibrate(const onus_evaluation *evaluation, const char *about,
                                           onus_weights *ret_weights, onus_error *error);

/* incident_id, actor (upstream id), probability, log10LR: a line for each candidate and UNKNOWN of each incident
 * judged, behind a line of headers. ONUS_BAD_INPUT if an id has a tab or a line end in it. */
ONUS_MUST_CHECK onus_status onus_evaluation_tsv(const onus_evaluation *evaluation, const onus_catalogue *catalogue,
                                                onus_buffer *out, onus_error *error);

#endif
