/* The evidence of one view as a network that can be solved again and again with other numbers [M-1]–[M-8].
 *
 * Glossary
 *   value       one number of the case; ranged values have a distribution [M-9], the others never change
 *   row         L_e(h) of one item, one entry a hypothesis
 *   undercutter here: one that several items may share (a source, a named one). An item's own undercutters
 * (credibility, unseen) are summed inside its row and never enter the network component   undercutters and items
 * connected with each other; given h, components are independent, so P(E | h) is a product over them lane        one of
 * up to ONUS_LANES settings of the numbers that are solved side by side batch       the numbers of all lanes, and the
 * room to solve them in
 *
 * Work goes values → inputs (prior, undercutters, rows) → likelihoods of components → posterior. A caller may change
 * the inputs between the steps: silence an item, set an undercutter to 1, scale a row.
 *
 * Invariants
 *   1. Rows are scaled so that their largest point value is 1: only ratios matter, and products stay near 1.
 *   2. A component is solved with plain products when no product of its entries can leave the range of a double
 * (checked on every batch, from the smallest and largest entry of each row), and in log space otherwise. Both give the
 * same.
 *   3. All arrays of a batch are [...][lanes], the lane innermost.
 */
#ifndef ONUS_INFERENCE_NETWORK_H
#define ONUS_INFERENCE_NETWORK_H

#include "case/view.h"
#include "inference/sobol.h"

/* One vector of AVX2, two of SSE2. Eight were no quicker: the tables of a large case then leave the cache. */
enum { ONUS_LANES = 4 };

/* No elimination may need more table entries than this. */
#define ONUS_TABLE_ENTRIES ((size_t)1 << 24)

typedef struct onus_value {
  const char *name; /* "evidence.wiper-lines.likelihood.dprk"; ranged values only, else NULL */
  onus_number range;
  onus_scale scale;
  bool is_ranged, cut_at_one;    /* likelihoods sampled above 1 are cut at 1 */
  double point, mean, deviation; /* mean and deviation on the scale, of ranged values */
  size_t coordinate;             /* of the sample; ranged values only */
  int64_t since_utc;             /* when the first item became known that needs it; INT64_MIN for priors */
} onus_value;

typedef struct onus_network onus_network;
typedef struct onus_network_item {
  size_t item;      /* in the case */
  size_t view_item; /* in the view */
  size_t component;
} onus_network_item;

typedef struct onus_network_undercutter {
  bool is_source;
  size_t index; /* of the source or undercutter in the case */
  size_t component;
} onus_network_undercutter;

/* What can be asked of a network without solving it. */
typedef struct onus_network_shape {
  size_t n_hypotheses, n_values, n_ranged, n_coordinates, n_items, n_undercutters, n_components, n_table_entries;
  const onus_value *values;
  const size_t *ranged;                         /* [n_ranged] indices of values, in the order of their coordinates */
  const onus_network_item *items;               /* those that count, sorted by id */
  const onus_network_undercutter *undercutters; /* those that a counting item has; sources first, each sorted by id */
  size_t lanes; /* lanes that a batch of this network has: ONUS_LANES, or 1 when large */
} onus_network_shape;

/* Compiles a view, which must outlive the network; `with_questions`: the rows of the case's questions too, whose values
 * take the coordinates after all others, so that they change no sample of the evidence. ONUS_LIMIT names the component
 * whose elimination would need more than ONUS_TABLE_ENTRIES; ONUS_BAD_ARGUMENT an item whose row has not been computed.
 * Free with onus_network_free. */
ONUS_MUST_CHECK onus_status onus_network_make(const onus_view *view, bool with_questions, onus_network **ret_network,
                                              onus_error *error);
void onus_network_free(onus_network *network);

/* ln(L(h) / L(open)) of an item's row at the points, and the 5 % and 95 % quantiles of L(h) / L(open). */
double onus_network_log_ratio(const onus_network *network, size_t item, size_t hypothesis, onus_number *ret_range);

/* Whether one of the item's own numbers is a range. */
bool onus_network_item_is_ranged(const onus_network *network, size_t item);

const onus_network_shape *onus_network_describe(const onus_network *network);

typedef struct onus_batch {
  const onus_network *network;
  size_t lanes;
  bool *speaks; /* [n_items] whose rows count; NULL: all (onus_batch_set_speaking) */
  /* values */
  double *value; /* [n_values] */
  /* inputs */
  double *prior;       /* [n_hypotheses] normalised */
  double *undercutter; /* [n_undercutters] P(it holds) */
  double *credibility; /* [n_items] P(the item is not credible), 0 without a grade */
  double *unseen;      /* [n_items] P(it does not show what is said), 0 when not sealed */
  double *row;         /* [n_items][n_hypotheses] */
  /* results */
  double *log_likelihood; /* [n_components][n_hypotheses] ln P(E_c | h), the largest of each lane shifted to 0 */
  double *log_joint;      /* [n_hypotheses] ln P(h, E), up to a constant of the lane */
  double *posterior;      /* [n_hypotheses] P(h | E) */
  struct onus_batch_room *room;
} onus_batch;

/* A batch with all values at their points. `lanes`: 1 or shape->lanes; `with_marginals`: onus_batch_marginals may be
 * called. NULL without memory. */
onus_batch *onus_batch_new(const onus_network *network, size_t lanes, bool with_marginals);
void onus_batch_free(onus_batch *batch);

void onus_batch_set_points(onus_batch *batch);
/* Values of the points `first` … first + lanes − 1 of the sample. */
void onus_batch_set_sample(onus_batch *batch, const onus_sobol *sobol, size_t first);
/* A ranged value from its normal score. */
double onus_value_at(const onus_value *value, double score);

/* values → inputs. */
void onus_batch_derive(onus_batch *batch);
/* The item's row becomes all ones in this lane: it says nothing. */
void onus_batch_silence(onus_batch *batch, size_t item, size_t lane);
/* The row of an outcome, counted over all questions of the case, from the values: [n_hypotheses][lanes] into `out`. */
void onus_batch_outcome(const onus_batch *batch, size_t outcome, double *out);

/* inputs → log_likelihood of every component and from them the posterior; or of one component alone. */
void onus_batch_solve(onus_batch *batch);
void onus_batch_solve_component(onus_batch *batch, size_t component);

/* Only the items of `speaks` ([n_items]) count from the next solve on. False without memory. */
bool onus_batch_set_speaking(onus_batch *batch, const bool *speaks);

/* Some items begin to speak and others fall silent: what has to be done again, worked out once for all samples. A batch
 * that was solved with `before` becomes the same, to rounding, as one that is solved with `after`. Lies in `arena`. */
typedef struct onus_change onus_change;
ONUS_MUST_CHECK onus_status onus_change_make(const onus_network *network, const bool *before, const bool *after,
                                             onus_arena *arena, onus_change **ret_change, onus_error *error);
void onus_batch_apply(onus_batch *batch, const onus_change *change);

/* After onus_batch_solve of all: what follows from the solved tables, for every lane at once. */
typedef struct onus_marginals {
  double *undercutter;    /* [n_undercutters] P(it holds | E) [M-8] */
  double *credibility;    /* [n_items] P(the item is not credible | E) */
  double *unseen;         /* [n_items] */
  double *without_item;   /* [n_items] P(about | E without the item) [M-14] */
  double *without_source; /* [n_undercutters] P(about | E without the source's items); sources only */
} onus_marginals;

/* `about`: [n_hypotheses]. The first three arrays of `out` may be NULL together, and so may the two after the first and
 * the last two: then they are not computed. */
void onus_batch_marginals(onus_batch *batch, const bool *about, const onus_marginals *out);

/* P(E) and P(about, E), relative to P(E) as it stands, when one input of the network is moved to either end. Both are
 * linear in between [M-7], which is what tipping points are read from [M-15]. */
typedef struct onus_ends {
  double all[2], about[2];
} onus_ends;

typedef struct onus_item_ends {
  onus_ends credibility, unseen; /* P(not credible), P(unseen holds) at 0 and at 1 */
  onus_ends factor;              /* factor on the likelihoods of the hypotheses in about, imitators following [M-2] */
} onus_item_ends;

/* After onus_batch_solve, of lane 0. `undercutters`: [n_undercutters] probability 0 and 1; `items`: [n_items]. False
 * without memory. */
bool onus_batch_ends(onus_batch *batch, const bool *about, onus_ends *undercutters, onus_item_ends *items);

#endif
