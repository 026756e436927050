/* What the files of inference share: the compiled form of a view. */
#ifndef ONUS_INFERENCE_NETWORK_INTERNAL_H
#define ONUS_INFERENCE_NETWORK_INTERNAL_H

#include "inference/network.h"

/* How one entry of a row comes about. */
typedef enum cell_kind {
  CELL_VALUE,  /* a value */
  CELL_ONE,    /* 1: the open hypothesis of a ratio */
  CELL_OPEN,   /* that of the open hypothesis [M-1] */
  CELL_IMITATE /* forgeable · target + (1 − forgeable) · open [M-2] */
} cell_kind;

typedef struct cell {
  cell_kind kind;
  uint32_t value; /* VALUE */
} cell;

typedef struct row_program {
  cell *cells;        /* [n_hypotheses] */
  uint32_t forgeable; /* value */
  double scale;
} row_program;

/* Which of an item's three rows a block multiplies: own undercutters come between source and the others [M-5]. */
typedef enum row_level {
  LEVEL_SOURCE,   /* governed by its source */
  LEVEL_UNDERCUT, /* by an undercutter after its credibility */
  LEVEL_TRUTH,    /* by H, if its own undercutters do not hold */
  N_LEVELS
} row_level;

typedef struct contribution {
  uint32_t item;
  uint8_t level;
} contribution;

/* A place in a table where the rows of several items multiply. */
typedef struct block {
  size_t offset; /* entry in the component's tables */
  uint32_t first_contribution, n_contributions;
  bool is_truth;      /* its entries are hypotheses under H, not stories */
  uint32_t source;    /* of a source's own block: its undercutter in the network; else UINT32_MAX */
  uint32_t next_step; /* the step that takes its table; UINT32_MAX: none, it is the result */
} block;

typedef enum step_kind { STEP_MULTIPLY, STEP_CONTRACT, STEP_SUM } step_kind;

/* One operation on tables. Entries of a table lie in the order of its variables, the last one fastest. A run is a
 * stretch of entries over which every operand either moves along or stands still; r counts runs, v the entries inside
 * one. MULTIPLY  out[r][v] = a[map_a[r] + v] · b[map_b[r] + (v or 0)] CONTRACT  out[map_out[r] + (v or 0)] +=
 * a[map_a[r] + v] · b[map_b[r] + (v or 0)], from zero: multiplies and sums out a variable without ever holding the
 * product SUM       out[r][v] = Σ_k a[r][k][v] */
typedef struct step {
  step_kind kind;
  bool b_is_constant;   /* b stands still inside a run */
  bool out_is_constant; /* CONTRACT: the run is the variable that is summed out */
  uint32_t n_runs, run, n_summed;
  uint32_t next_step;      /* that takes its result; UINT32_MAX for the last */
  size_t a, b, out, n_out; /* entries; n_out (CONTRACT): how many the result has */
  uint32_t *map_a, *map_b, *map_out;
} step;

typedef struct component {
  size_t n_entries;          /* of all tables */
  size_t prior_table;        /* entry of the story prior, [n_hypotheses] */
  size_t result;             /* entry of P(E_c | h), [n_hypotheses] */
  size_t *undercutter_table; /* [n_undercutters] entry of (1 − q, q) */
  uint32_t *undercutters;
  size_t n_undercutters;
  uint32_t *items;
  size_t n_items;
  block *blocks;
  size_t n_blocks;
  contribution *contributions;
  size_t n_contributions;
  step *steps;
  size_t n_steps;
} component;

typedef struct compiled_item {
  row_program row;
  bool has_credibility, has_unseen;
  uint32_t credibility, unseen; /* values */
  uint32_t *undercutters;       /* source first, then as written [M-5]; indices in the network */
  size_t n_undercutters;
} compiled_item;

struct onus_network {
  onus_arena *arena;
  const onus_view *view;
  size_t n_hypotheses, open;
  size_t *imitates;  /* [n_hypotheses] */
  size_t *imitators; /* [n_imitators] every target before those that imitate it */
  size_t n_imitators;
  onus_value *values;
  size_t n_values, values_capacity;
  size_t *ranged;
  size_t n_ranged, n_coordinates;
  int64_t since_utc;                           /* of the values that are being added */
  int64_t *source_since_utc, *named_since_utc; /* [sources, undercutters of the case] */
  uint32_t *prior;                             /* [n_hypotheses] values */
  uint32_t *undercutter; /* [n_undercutters] values: reliability of sources, probability of others */
  compiled_item *items;
  component *components;
  row_program *outcomes; /* of all questions, in the order of the case */
  size_t n_outcomes;
  onus_network_item *described_items;
  onus_network_undercutter *described_undercutters;
  onus_network_shape shape;
};

/* Makes the tables and steps of a component whose undercutters and items are set [plan.c]. */
ONUS_MUST_CHECK onus_status onus_plan_component(onus_network *network, component *c, onus_error *error);

#endif
