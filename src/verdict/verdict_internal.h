/* What the files of verdict share: one position's network, solved at the points, and what is asked of it. */
#ifndef ONUS_VERDICT_VERDICT_INTERNAL_H
#define ONUS_VERDICT_VERDICT_INTERNAL_H

#include "inference/network.h"
#include "verdict/verdict.h"

/* Everything that the parts of an assessment are computed from. */
typedef struct onus_solver {
  const onus_case *c;
  const onus_view *view;
  onus_network *network;
  const onus_network_shape *shape;
  onus_batch *batch; /* shape->lanes lanes; derived and solved at the points, every user leaves it so */
  double *full_row;  /* copy of the batch's rows at the points */
  const bool *about; /* [n_hypotheses], once it is known */
  double standard;
  bool standard_exclusive;
  const onus_options *options;
} onus_solver;

/* The solver of a view; free with onus_solver_close also after a failure. */
ONUS_MUST_CHECK onus_status onus_solver_open(onus_solver *solver, const onus_view *view, bool with_questions,
                                             const onus_options *options, onus_error *error);
void onus_solver_close(onus_solver *solver);

/* Puts the batch back to the points, solved. */
void onus_solver_reset(onus_solver *solver);

/* ln(P(about) / P(not about)) from unnormalised ln P(h, E), `stride` apart. */
double onus_log_odds(const double *log_joint, size_t stride, const bool *about, size_t n_hypotheses);
/* Σ_{h in about} p[h · stride]. */
double onus_set_probability(const double *p, size_t stride, const bool *about, size_t n_hypotheses);

/* Verdict of a range, or (low == high) of a point [M-11]; tolerance 1e-12 against rounding. */
onus_verdict onus_verdict_of(double low, double high, double standard, bool exclusive);

/* 5 %, 50 %, 95 % quantiles (linear between order statistics) of values[0 … count), which it reorders. */
void onus_quantiles(double *values, size_t count, double *ret_low, double *ret_median, double *ret_high);

/* Says how far long work is; ONUS_CANCELLED when the caller's callback says stop. */
ONUS_MUST_CHECK onus_status onus_progress_report(const onus_options *options, double share_done, onus_error *error);

/* Options of a part of the work: its progress is shown as from … to of the whole. `part` must outlive the result. */
typedef struct onus_progress_part {
  const onus_options *whole;
  double from, to;
} onus_progress_part;
onus_options onus_options_part(onus_progress_part *part);

/* One sample of the posterior [M-10]: columns of `n_samples` values. */
typedef struct onus_samples {
  size_t n_samples;
  double *hypothesis; /* [n_hypotheses][n_samples] */
  double *log_odds;   /* [n_samples] of about */
} onus_samples;
void onus_samples_free(onus_samples *samples);

/* Fills the samples (free with onus_samples_free), and, with an assessment, its leave-one-out results, outcomes of
 * questions and shares of inputs. */
ONUS_MUST_CHECK onus_status onus_sample(onus_solver *solver, onus_assessment *full, onus_samples *ret_samples,
                                        onus_error *error);

/* An assessment with nothing in it yet; free with onus_assessment_free. */
ONUS_MUST_CHECK onus_status onus_assessment_new(const onus_case *c, onus_detail detail,
                                                onus_assessment **ret_assessment, onus_error *error);
/* Parts of every assessment, in this order: what it is about (as the options say, else the case, else the most probable
 * hypothesis); point values; undercutters [M-8], from the first three arrays of the marginals; ranges, from
 * ONUS_SAMPLES values or (without ranges) fewer. */
ONUS_MUST_CHECK onus_status onus_assess_about(onus_assessment *a, const onus_solver *solver, onus_error *error);
ONUS_MUST_CHECK onus_status onus_assess_points(onus_assessment *a, const onus_solver *solver, onus_error *error);
ONUS_MUST_CHECK onus_status onus_assess_undercutters(onus_assessment *a, const onus_solver *solver,
                                                     const onus_marginals *marginals, onus_error *error);
ONUS_MUST_CHECK onus_status onus_assess_ranges(onus_assessment *a, const onus_solver *solver,
                                               const onus_samples *samples, onus_error *error);

/* One position through the days of a timeline [course.c]. */
typedef struct onus_course {
  onus_arena *arena; /* the caller's; all but solver and scratch lies in it */
  onus_options options;
  onus_view *view; /* in which every item counts that does on some day */
  onus_solver solver;
  bool *speaking;          /* [network items] scratch */
  const onus_moment *days; /* [n_days] "as of", ascending */
  size_t n_days;
  onus_change **changes; /* [n_days] from the day before; NULL: none */
  bool *has_ranges;      /* [n_days] something that is drawn counts */
  onus_marginals marginals;
} onus_course;

/* `as_of`: NULL, or the last moment. ONUS_LIMIT when the items of all days together are too entangled. Close also after
 * a failure; arena and days must outlive the course. */
ONUS_MUST_CHECK onus_status onus_course_open(onus_course *course, const onus_case *c, const onus_options *options,
                                             const onus_moment *as_of, const onus_moment *days, size_t n_days,
                                             onus_arena *arena, onus_error *error);
/* What the last day is about; the id lies in the case. */
ONUS_MUST_CHECK onus_status onus_course_about(onus_course *course, const char **ret_about, onus_error *error);
/* The assessment of every day, about what the options name, into ret_assessments[0 … n_days), which were NULL and are
 * the caller's also after a failure. */
ONUS_MUST_CHECK onus_status onus_course_assess(onus_course *course, onus_assessment **ret_assessments,
                                               onus_error *error);
void onus_course_close(onus_course *course);

/* A Shapley player: items of one component that come and go together. */
typedef struct onus_player {
  const size_t *items; /* network items */
  size_t n_items, component;
} onus_player;

typedef struct onus_weights {
  double *value, *standard_error; /* [n_players] */
  bool is_exact;
  size_t n_permutations;
} onus_weights;

/* Shapley values of the players on the log-odds of about [M-13]; the arrays of `out` are the caller's. */
ONUS_MUST_CHECK onus_status onus_shapley(onus_solver *solver, const onus_player *players, size_t n_players,
                                         onus_weights *out, onus_error *error);

/* Weights of items and sources into the assessment. */
ONUS_MUST_CHECK onus_status onus_assess_weights(onus_solver *solver, onus_assessment *a, onus_error *error);
/* What each item says alone [M-21]; its rows are there. */
ONUS_MUST_CHECK onus_status onus_assess_alone(onus_solver *solver, onus_assessment *a, onus_error *error);
/* Tipping points [M-15]. */
ONUS_MUST_CHECK onus_status onus_assess_tipping(onus_solver *solver, onus_assessment *a, onus_error *error);
/* Questions at the points [M-16]; onus_sample adds the ranges, then onus_finish_questions the verdicts and the order.
 */
ONUS_MUST_CHECK onus_status onus_assess_questions(onus_solver *solver, onus_assessment *a, onus_error *error);
void onus_finish_questions(onus_solver *solver, onus_assessment *a);

/* The rows of one question's outcomes in every lane, made to sum to 1 for each hypothesis. `first_outcome` is counted
 * over all questions; `rows`: [n_outcomes][n_hypotheses][lanes]. */
void onus_outcome_rows(const onus_batch *batch, size_t first_outcome, size_t n_outcomes, double *rows);

#endif
