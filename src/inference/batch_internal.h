/* The room of a batch: what onus_batch_solve and onus_batch_marginals work in. */
#ifndef ONUS_INFERENCE_BATCH_INTERNAL_H
#define ONUS_INFERENCE_BATCH_INTERNAL_H

#include "inference/network_internal.h"

struct onus_batch_room {
  double
      *story_mean; /* [n_items] Σ_s π(s) L_e(s): what an item contributes when an undercutter of its own governs it */
  double *level_row[N_LEVELS];   /* [n_items][n_hypotheses]; SOURCE is the batch's own row */
  double **tables;               /* [n_components] entries of all tables */
  double **adjoints;             /* [n_components] derivatives by each entry; NULL entries without marginals */
  bool *in_logs;                 /* [n_components] solved in log space this time (invariant 2) */
  bool *were_in_logs;            /* [n_components] its tables hold logs from the time before */
  double *smallest, *largest;    /* [n_components] bounds of any product of its rows (invariant 2) */
  double *log_prior;             /* [n_hypotheses] */
  double *group;                 /* [groups of components][n_hypotheses] sums of log_likelihood */
  double *seed, *block_mass;     /* [n_hypotheses] scratch of marginals */
  double *mass_all, *mass_about; /* [n_items] scratch of marginals */
};

/* Solves one component: fills its tables from the inputs and runs its steps. */
void onus_solve_component(onus_batch *batch, size_t index);

/* What is done again in a component when items begin to speak. */
typedef struct component_change {
  uint32_t component;
  bool is_whole;         /* fill and solve all of it: an item has fallen silent */
  contribution *added;   /* rows that join blocks */
  uint32_t *added_block; /* [n_added] */
  size_t n_added;
  uint32_t *items; /* that begin to speak */
  size_t n_items;
  uint32_t *steps; /* in their order */
  size_t n_steps;
} component_change;

/* Multiplies the rows into the blocks of a component that was solved in plain numbers, and runs the steps after them.
 */
void onus_advance_component(onus_batch *batch, const component_change *change);

/* Whether plain products of the component's rows stay inside the range of a double, by room->smallest and largest. */
bool onus_component_fits_plain(const onus_batch *batch, size_t index);
/* Takes the row of an item into account there. */
void onus_component_widen(onus_batch *batch, size_t index, size_t item);

/* Adds up a group of components, and combines the groups to the posterior. */
enum { ONUS_COMPONENTS_A_GROUP = 32 };
void onus_add_group(onus_batch *batch, size_t group);
void onus_combine_groups(onus_batch *batch);

/* After a solve: derivatives of Σ_h seed(h) · P(E_c | h) by every table entry, into room->adjoints[index]; in log space
 * (and `seed` in logs) when the component was solved so. `seed`: [n_hypotheses][lanes]. */
void onus_differentiate_component(onus_batch *batch, size_t index, const double *seed);

/* seed(h) = P(h | E) / P(E_c | h) for the hypotheses in `about` (NULL: all) into room->seed: so seeded, derivative
 * times value of an entry is the probability, given E, that it governs (marginals.c). */
void onus_seed_component(onus_batch *batch, size_t index, const bool *about);
/* That product, of the entry and lane at `entry_lane` of the component's tables. */
double onus_mass_at(const onus_batch *batch, size_t index, size_t entry_lane);

#endif
