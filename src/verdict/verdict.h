/* From posteriors to an answer: standards, what carries the verdict, what would turn it, where positions part.
 *
 * Plain results: the report reads these structs and computes nothing. Each result lies in its own arena together with
 * everything that it points to, except the case, which must outlive it. Lists keep the order of the case unless said.
 */
#ifndef ONUS_VERDICT_VERDICT_H
#define ONUS_VERDICT_VERDICT_H

#include "case/view.h"
#include "onus.h"

/* The point value at which the verdict at the point values changes [M-15]. */
typedef struct onus_tipping {
  const char *input; /* "prior", "source:fbi" (its reliability), "leaked-toolkit", "credibility:x", "unseen:x" (their
                        probability), "item:x" (the factor on its likelihood ratio) */
  double value;      /* where it stands now; 1 for a factor */
  bool exists;       /* false: no value in (0, 1), or factor in (1e-6, 1e6), changes the verdict */
  double tips_at;    /* when it exists */
} onus_tipping;

/* The posterior of `about` and the verdict once something is left out [M-14]. */
typedef struct onus_without {
  onus_probability probability; /* prior: of the position */
  onus_verdict verdict;
} onus_without;

typedef struct onus_item_result {
  const onus_view_item *item;
  bool counts;                   /* false: the item carries no weight, item->state says why */
  double weight_log_odds;        /* Shapley value on the log-odds of `about` [M-13]; 0 when it does not count */
  double weight_standard_error;  /* 0 when exact */
  const double *log_ratio;       /* [n_hypotheses] point ln(L(h) / L(open)) of its row, before any undercutter */
  onus_number *ratio_range;      /* [n_hypotheses] 5 % and 95 % quantiles of L(h) / L(open) */
  double free_probability;       /* that nothing cuts it loose, before any evidence [M-21] */
  double diagnosticity;          /* ln, by how far it parts two hypotheses when it is alone [M-21] */
  const double *alone_log_ratio; /* [n_hypotheses] as log_ratio, when it is alone and may be cut loose [M-21] */
  onus_without leave_out;        /* when it counts; without the others nothing changes */
} onus_item_result;

typedef struct onus_source_result {
  size_t source;
  size_t n_items; /* that count */
  double weight_log_odds, weight_standard_error;
  double reliability, reliability_posterior; /* P(source is reliable) before and after [M-8] */
  double bound_log_odds;  /* items of this source cannot move the log-odds of `about` further up than this [M-7];
                             infinite  where some of them have another undercutter: then there is no such bound */
  onus_without leave_out; /* when it has items; without the others nothing changes */
} onus_source_result;

typedef enum onus_undercutter_kind {
  ONUS_UNDERCUT_SOURCE,      /* the source is unreliable */
  ONUS_UNDERCUT_CREDIBILITY, /* the item is not credible */
  ONUS_UNDERCUT_NAMED,       /* one of the case's undercutters */
  ONUS_UNDERCUT_UNSEEN       /* the sealed item does not show what its holder says */
} onus_undercutter_kind;

typedef struct onus_undercutter_result {
  const char *id; /* "source:fbi", "credibility:x", "leaked-toolkit", "unseen:x" */
  onus_undercutter_kind kind;
  size_t index;            /* of the source, item or undercutter in the case */
  double prior, posterior; /* P(it holds), P(it holds | E) [M-8], at the point values */
} onus_undercutter_result;

/* One ranged input and how far its range decides the verdict [M-11]. */
typedef struct onus_deciding_input {
  const char *input; /* "evidence.wiper-lines.likelihood.dprk", "sources.fbi.reliability", "hypotheses.dprk.prior", … */
  onus_number range;      /* as written */
  double at_low, at_high; /* posterior of `about` with this input at its ends and all others at their points */
  double share;           /* of the variance of the log-odds that it explains, 0–1 (squared correlation) */
} onus_deciding_input;

typedef struct onus_outcome_result {
  const char *name;
  double probability; /* P(outcome | E) */
  onus_probability about;
  onus_verdict verdict;
} onus_outcome_result;

typedef struct onus_question_result {
  const onus_question *question;
  onus_outcome_result *outcomes;           /* as many as question->n_outcomes */
  double entropy_bits, expected_drop_bits; /* of the hypotheses, before and in the mean after [M-16] */
  double p_enough;                         /* probability that the verdict is then "enough" */
} onus_question_result;

struct onus_assessment {
  onus_arena *arena;
  bool is_brief; /* ONUS_DETAIL_POSTERIOR */
  const onus_case *c;
  const onus_view *view;
  uint64_t seed;
  size_t n_samples;
  size_t about_hypothesis, about_proposition; /* exactly one is not ONUS_NONE */
  const char *about_id, *about_name;
  bool about_is_default; /* nobody named it: the most probable hypothesis */
  bool *about_set;       /* [n_hypotheses] */
  onus_probability about;
  onus_verdict verdict, point_verdict; /* with ranges; at the point values (never DEPENDS) */
  onus_probability *hypotheses;        /* [n_hypotheses] */
  onus_probability *propositions;      /* [n_propositions] */
  onus_undercutter_result *undercutters;
  size_t n_undercutters;
  onus_item_result *items;     /* [n_items] in the order of the case */
  onus_source_result *sources; /* [n_sources] */
  bool weights_exact_items, weights_exact_sources;
  size_t n_permutations;                     /* of sampled weights */
  double prior_log_odds, posterior_log_odds; /* the weights add up to their difference */
  onus_tipping *tipping;
  size_t n_tipping;
  onus_question_result *questions; /* [n_questions], most informative first */
  onus_deciding_input *deciding;   /* all ranged inputs, largest share first */
  size_t n_deciding;
};

/* What `detail` asks of onus_assess. */
typedef enum onus_detail {
  ONUS_DETAIL_POSTERIOR, /* probabilities with ranges, verdict, undercutters */
  ONUS_DETAIL_FULL       /* and weights, leave-one-out, tipping points, questions, deciding inputs */
} onus_detail;

typedef struct onus_difference_part {
  onus_difference difference;
  double part_log_odds;          /* Shapley part of logodds(b) − logodds(a) [M-17]; 0 for the standard */
  const char *value_a, *value_b; /* in words: "A (0.95)", "0.1–0.3", … */
} onus_difference_part;

typedef struct onus_crux {
  size_t *parts; /* indices into the parts of the pair */
  size_t n_parts;
} onus_crux;

/* Two positions and what parts them. a is the first of the two in the order of the case. */
typedef struct onus_disagreement {
  size_t position_a, position_b;
  double log_odds_a, log_odds_b;
  onus_difference_part *parts;
  size_t n_parts;
  bool same_verdict;  /* then there is no crux */
  bool crux_searched; /* false: too many differences to search them all */
  onus_crux *cruxes;  /* smallest sets of b's differences which, set to a's value, give b the verdict of a [M-18] */
  size_t n_cruxes;
} onus_disagreement;

struct onus_comparison {
  onus_arena *arena;
  const onus_case *c;
  onus_assessment **assessments; /* [n_positions], FULL */
  onus_disagreement *disagreements;
  size_t n_disagreements;
};

typedef struct onus_timeline_event {
  size_t item;
  bool is_retraction;
} onus_timeline_event;

typedef struct onus_timeline_point {
  onus_moment day;
  onus_timeline_event *events;
  size_t n_events;
  onus_assessment **assessments; /* [n_shown], POSTERIOR, all about the same hypothesis or proposition */
} onus_timeline_point;

struct onus_timeline {
  onus_arena *arena;
  const onus_case *c;
  size_t *positions; /* those shown */
  size_t n_shown;
  onus_timeline_point *points;
  size_t n_points;
};

struct onus_explanation {
  onus_arena *arena;
  onus_assessment *assessment; /* FULL */
  size_t item, source;         /* exactly one is not ONUS_NONE */
};

/* See the functions of onus.h of like name; onus_options is never NULL here. */
ONUS_MUST_CHECK onus_status onus_verdict_assess(const onus_case *c, const onus_options *options, onus_detail detail,
                                                onus_assessment **ret_assessment, onus_error *error);
ONUS_MUST_CHECK onus_status onus_verdict_compare(const onus_case *c, const onus_options *options,
                                                 onus_comparison **ret_comparison, onus_error *error);
ONUS_MUST_CHECK onus_status onus_verdict_timeline(const onus_case *c, const onus_options *options,
                                                  onus_timeline **ret_timeline, onus_error *error);
ONUS_MUST_CHECK onus_status onus_verdict_explain(const onus_case *c, const char *what, const onus_options *options,
                                                 onus_explanation **ret_explanation, onus_error *error);

/* The position and day that the options ask for: the first position when none is named; *ret_as_of is set only when
 * options->as_of is. ONUS_BAD_ARGUMENT when there is no such position, or no such day. */
ONUS_MUST_CHECK onus_status onus_choose_view(const onus_case *c, const onus_options *options,
                                             const onus_position **ret_position, onus_moment *ret_as_of,
                                             onus_error *error);

/* ICD 203's word for a probability ("very likely"), and its band ("80–95 %"); static [M-12]. */
const char *onus_probability_word(double probability);
const char *onus_probability_band(double probability);

#endif
