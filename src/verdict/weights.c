/* Shapley values on the log-odds of `about` [M-13].
 *
 * A coalition is a set of players whose items speak while all others are silent. ln P(E | h) of a coalition is a sum
 * over components, so each component is solved once for each of its own subsets (exact), or once for each step that
 * touches it (sampled permutations, each used forwards and backwards: the two errors partly cancel).
 */
#include "verdict/verdict_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { EXACT_PLAYERS = 14, MAX_PERMUTATIONS = 256, MIN_PERMUTATIONS = 2 };

/* Entries that sampling may touch in all before it makes do with fewer permutations. */
static const double WORK_LIMIT = 1e9;

static const uint64_t PERMUTATION_STREAM = UINT64_C(0x73686170);

/* Makes a player's items speak or fall silent in one lane. */
static void set_player(onus_solver *solver, const onus_player *player, bool speaks, size_t lane) {
  size_t n = solver->shape->n_hypotheses, lanes = solver->shape->lanes;
  for (size_t i = 0; i < player->n_items; i++) {
    size_t item = player->items[i];
    if (!speaks) {
      onus_batch_silence(solver->batch, item, lane);
      continue;
    }
    for (size_t h = 0; h < n; h++) {
      size_t x = (item * n + h) * lanes + lane;
      solver->batch->row[x] = solver->full_row[x];
    }
  }
}

static void log_prior(const onus_solver *solver, double *out) {
  for (size_t h = 0; h < solver->shape->n_hypotheses; h++)
    out[h] = log(solver->batch->prior[h * solver->shape->lanes]);
}

/* --- exact ---------------------------------------------------------------------------------------------------- */

/* The players of one component and ln P(E_c | h) of every subset of them. */
typedef struct subset_table {
  size_t players[EXACT_PLAYERS], n_players;
  double *log_likelihood; /* [2^n_players][n_hypotheses] */
} subset_table;

static bool solve_subsets(onus_solver *solver, const onus_player *players, size_t index, subset_table *table) {
  size_t n = solver->shape->n_hypotheses, lanes = solver->shape->lanes, count = (size_t)1 << table->n_players;
  table->log_likelihood = malloc(count * n * sizeof *table->log_likelihood);
  if (!table->log_likelihood)
    return false;
  for (size_t first = 0; first < count; first += lanes) {
    for (size_t l = 0; l < lanes; l++)
      for (size_t p = 0; p < table->n_players; p++)
        set_player(solver, &players[table->players[p]], (first + l) >> p & 1, l);
    onus_batch_solve_component(solver->batch, index);
    for (size_t l = 0; l < lanes && first + l < count; l++)
      for (size_t h = 0; h < n; h++)
        table->log_likelihood[(first + l) * n + h] = solver->batch->log_likelihood[(index * n + h) * lanes + l];
  }
  return true;
}

/* The log-odds of every coalition, from the tables of the components. */
static void coalition_values(const onus_solver *solver, const subset_table *tables, size_t n_tables, size_t n_players,
                             const double *prior, double *joint, double *value) {
  size_t n = solver->shape->n_hypotheses;
  for (size_t coalition = 0; coalition < (size_t)1 << n_players; coalition++) {
    memcpy(joint, prior, n * sizeof *joint);
    for (size_t t = 0; t < n_tables; t++) {
      size_t subset = 0;
      for (size_t p = 0; p < tables[t].n_players; p++)
        subset |= (coalition >> tables[t].players[p] & 1) << p;
      for (size_t h = 0; h < n; h++)
        joint[h] += tables[t].log_likelihood[subset * n + h];
    }
    value[coalition] = onus_log_odds(joint, 1, solver->about, n);
  }
}

/* φ_i = Σ_S |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S)). */
static void shapley_sums(const double *value, size_t n_players, double *out) {
  double weight[EXACT_PLAYERS]; /* of a coalition by its size */
  weight[0] = 1.0 / (double)(n_players ? n_players : 1);
  for (size_t size = 1; size < n_players; size++)
    weight[size] = weight[size - 1] * (double)size / (double)(n_players - size);
  for (size_t i = 0; i < n_players; i++) {
    double sum = 0;
    for (size_t coalition = 0; coalition < (size_t)1 << n_players; coalition++)
      if (!(coalition >> i & 1))
        sum += weight[__builtin_popcountll(coalition)] * (value[coalition | (size_t)1 << i] - value[coalition]);
    out[i] = sum;
  }
}

static bool shapley_exact(onus_solver *solver, const onus_player *players, size_t n_players, onus_weights *out) {
  size_t n = solver->shape->n_hypotheses, n_tables = 0;
  subset_table *tables = calloc(n_players + 1, sizeof *tables);
  double *room = malloc((2 * n + ((size_t)1 << n_players)) * sizeof *room);
  bool ok = tables && room;
  for (size_t c = 0; ok && c < solver->shape->n_components; c++) {
    subset_table *table = &tables[n_tables];
    for (size_t p = 0; p < n_players; p++)
      if (players[p].component == c)
        table->players[table->n_players++] = p;
    if (table->n_players == 0)
      continue;
    n_tables++;
    ok = solve_subsets(solver, players, c, table);
  }
  if (ok) {
    log_prior(solver, room);
    coalition_values(solver, tables, n_tables, n_players, room, room + n, room + 2 * n);
    shapley_sums(room + 2 * n, n_players, out->value);
    memset(out->standard_error, 0, n_players * sizeof *out->standard_error);
  }
  for (size_t t = 0; tables && t < n_tables; t++)
    free(tables[t].log_likelihood);
  free(tables);
  free(room);
  return ok;
}

/* --- sampled ---------------------------------------------------------------------------------------------------- */

typedef struct walk {
  uint32_t *order; /* [lanes][n_players]: lanes 0, 1 walk one permutation both ways, and so on */
  double *joint;   /* [n_hypotheses][lanes] ln P(h, coalition) */
  double *last;    /* [lanes] log-odds before the step */
  double *gain;    /* [lanes][n_players] */
  bool *touched;   /* [n_components] */
} walk;

static void walk_free(walk *w) {
  free(w->order);
  free(w->joint);
  free(w->last);
  free(w->gain);
  free(w->touched);
}

static bool walk_make(walk *w, const onus_solver *solver, size_t n_players) {
  size_t lanes = solver->shape->lanes;
  *w = (walk){malloc(lanes * n_players * sizeof *w->order),
              malloc(solver->shape->n_hypotheses * lanes * sizeof *w->joint), malloc(lanes * sizeof *w->last),
              malloc(lanes * n_players * sizeof *w->gain), calloc(solver->shape->n_components + 1, sizeof *w->touched)};
  return w->order && w->joint && w->last && w->gain && w->touched;
}

static void walk_orders(walk *w, uint64_t seed, size_t first, size_t lanes, size_t n_players) {
  for (size_t l = 0; l < lanes; l++) {
    uint32_t *order = w->order + l * n_players;
    onus_random_permutation(seed ^ PERMUTATION_STREAM, (first + l) / 2, n_players, order);
    if ((first + l) % 2)
      for (size_t i = 0; i < n_players / 2; i++) {
        uint32_t swapped = order[i];
        order[i] = order[n_players - 1 - i];
        order[n_players - 1 - i] = swapped;
      }
  }
}

/* Solves the components that the step touches and moves the running sums by what changed. */
static void walk_step(onus_solver *solver, const onus_player *players, size_t n_players, size_t step, walk *w) {
  size_t n = solver->shape->n_hypotheses, lanes = solver->shape->lanes;
  for (size_t l = 0; l < lanes; l++) {
    const onus_player *player = &players[w->order[l * n_players + step]];
    set_player(solver, player, true, l);
    w->touched[player->component] = true;
  }
  for (size_t l = 0; l < lanes; l++) {
    size_t c = players[w->order[l * n_players + step]].component;
    if (!w->touched[c])
      continue;
    w->touched[c] = false;
    double *likelihood = solver->batch->log_likelihood + c * n * lanes;
    for (size_t x = 0; x < n * lanes; x++)
      w->joint[x] -= likelihood[x];
    onus_batch_solve_component(solver->batch, c);
    for (size_t x = 0; x < n * lanes; x++)
      w->joint[x] += likelihood[x];
  }
  for (size_t l = 0; l < lanes; l++) {
    double now = onus_log_odds(w->joint + l, lanes, solver->about, n);
    w->gain[l * n_players + w->order[l * n_players + step]] = now - w->last[l];
    w->last[l] = now;
  }
}

static void walk_start(onus_solver *solver, const onus_player *players, size_t n_players, walk *w) {
  size_t n = solver->shape->n_hypotheses, lanes = solver->shape->lanes;
  for (size_t p = 0; p < n_players; p++)
    for (size_t l = 0; l < lanes; l++)
      set_player(solver, &players[p], false, l);
  onus_batch_solve(solver->batch);
  memcpy(w->joint, solver->batch->log_joint, n * lanes * sizeof *w->joint);
  for (size_t l = 0; l < lanes; l++)
    w->last[l] = onus_log_odds(w->joint + l, lanes, solver->about, n);
}

/* How many permutations the work limit allows: an even number, a step costing what its component costs. */
static size_t count_permutations(const onus_solver *solver, const onus_player *players, size_t n_players) {
  const onus_network_shape *shape = solver->shape;
  double *cost = calloc(shape->n_components + 1, sizeof *cost);
  if (!cost)
    return MIN_PERMUTATIONS;
  for (size_t i = 0; i < shape->n_items; i++)
    cost[shape->items[i].component] += 3.0 * (double)shape->n_hypotheses;
  double each = (double)shape->n_table_entries; /* at least once through all tables */
  double mean_entries = (double)shape->n_table_entries / (double)(shape->n_components ? shape->n_components : 1);
  for (size_t p = 0; p < n_players; p++)
    each += cost[players[p].component] + mean_entries;
  free(cost);
  size_t count = each * MAX_PERMUTATIONS < WORK_LIMIT ? MAX_PERMUTATIONS : (size_t)(WORK_LIMIT / each) / 2 * 2;
  return count < MIN_PERMUTATIONS ? MIN_PERMUTATIONS : count;
}

/* Takes the mean of the pair numbered `count` (from 1) into the running mean and sum of squared deviations (Welford: no
 * difference of two large squares, which would show an error where there is none). */
static void take_pair(onus_weights *out, size_t player, double pair, size_t count) {
  double off = pair - out->value[player];
  out->value[player] += off / (double)count;
  out->standard_error[player] += off * (pair - out->value[player]);
}

/* Sums of squared deviations over pairs of permutations become standard errors of the means. */
static void finish_errors(onus_weights *out, size_t n_players, size_t n_pairs) {
  for (size_t p = 0; p < n_players; p++)
    out->standard_error[p] =
        n_pairs > 1 ? sqrt(fmax(0, out->standard_error[p]) / (double)n_pairs / (double)(n_pairs - 1)) : 0;
}

static onus_status shapley_sampled(onus_solver *solver, const onus_player *players, size_t n_players, onus_weights *out,
                                   onus_error *error) {
  size_t lanes = solver->shape->lanes;
  walk w;
  onus_status status = ONUS_OK;
  if (!walk_make(&w, solver, n_players)) {
    walk_free(&w);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  size_t n_permutations = count_permutations(solver, players, n_players);
  n_permutations = (n_permutations + lanes - 1) / lanes * lanes;
  memset(out->value, 0, n_players * sizeof *out->value);
  memset(out->standard_error, 0, n_players * sizeof *out->standard_error);
  double *pair = calloc(n_players, sizeof *pair); /* sum of a permutation and its reverse */
  if (!pair)
    status = ONUS_FAIL_NO_MEMORY(error);
  for (size_t first = 0; status == ONUS_OK && first < n_permutations; first += lanes) {
    walk_orders(&w, solver->options->seed, first, lanes, n_players);
    walk_start(solver, players, n_players, &w);
    for (size_t step = 0; step < n_players; step++)
      walk_step(solver, players, n_players, step, &w);
    for (size_t l = 0; l < lanes; l++)
      for (size_t p = 0; p < n_players; p++) {
        pair[p] += w.gain[l * n_players + p] / 2;
        if ((first + l) % 2 == 0)
          continue;
        take_pair(out, p, pair[p], (first + l + 1) / 2);
        pair[p] = 0;
      }
    status = onus_progress_report(solver->options, 0.5 + 0.4 * (double)first / (double)n_permutations, error);
  }
  free(pair);
  walk_free(&w);
  finish_errors(out, n_players, n_permutations / 2);
  out->n_permutations = n_permutations;
  return status;
}

onus_status onus_shapley(onus_solver *solver, const onus_player *players, size_t n_players, onus_weights *out,
                         onus_error *error) {
  out->is_exact = n_players <= EXACT_PLAYERS;
  out->n_permutations = 0;
  if (n_players == 0)
    return ONUS_OK;
  onus_status status = ONUS_OK;
  if (!out->is_exact)
    status = shapley_sampled(solver, players, n_players, out, error);
  else if (!shapley_exact(solver, players, n_players, out))
    status = ONUS_FAIL_NO_MEMORY(error);
  onus_solver_reset(solver);
  return status;
}

/* --- an assessment's items and sources ---------------------------------------------------------------------------- */

/* Players of the items (by_source false) or of the sources; `owner` gets the index in the case of each. */
static size_t make_players(const onus_solver *solver, bool by_source, size_t *item_room, onus_player *players,
                           size_t *owner) {
  const onus_network_shape *shape = solver->shape;
  size_t count = 0;
  for (size_t i = 0; !by_source && i < shape->n_items; i++) {
    item_room[i] = i;
    owner[count] = shape->items[i].item;
    players[count++] = (onus_player){&item_room[i], 1, shape->items[i].component};
  }
  for (size_t k = 0, used = 0; by_source && k < shape->n_undercutters; k++) {
    const onus_network_undercutter *source = &shape->undercutters[k];
    if (!source->is_source)
      continue;
    size_t first = used;
    for (size_t i = 0; i < shape->n_items; i++)
      if (solver->c->items[shape->items[i].item].source == source->index)
        item_room[used++] = i;
    owner[count] = source->index;
    players[count++] = (onus_player){item_room + first, used - first, source->component};
  }
  return count;
}

static onus_status weigh(onus_solver *solver, onus_assessment *a, bool by_source, onus_error *error) {
  size_t most = solver->shape->n_items;
  onus_player *players = ONUS_ARENA_ARRAY(a->arena, onus_player, most);
  size_t *items = ONUS_ARENA_ARRAY(a->arena, size_t, most), *owner = ONUS_ARENA_ARRAY(a->arena, size_t, most);
  onus_weights weights = {.value = ONUS_ARENA_ARRAY(a->arena, double, most),
                          .standard_error = ONUS_ARENA_ARRAY(a->arena, double, most)};
  if (!players || !items || !owner || !weights.value || !weights.standard_error)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t count = make_players(solver, by_source, items, players, owner);
  ONUS_TRY(onus_shapley(solver, players, count, &weights, error));
  for (size_t p = 0; p < count; p++) {
    if (by_source) {
      a->sources[owner[p]].weight_log_odds = weights.value[p];
      a->sources[owner[p]].weight_standard_error = weights.standard_error[p];
    } else {
      a->items[owner[p]].weight_log_odds = weights.value[p];
      a->items[owner[p]].weight_standard_error = weights.standard_error[p];
    }
  }
  *(by_source ? &a->weights_exact_sources : &a->weights_exact_items) = weights.is_exact;
  if (weights.n_permutations > a->n_permutations)
    a->n_permutations = weights.n_permutations;
  return ONUS_OK;
}

onus_status onus_assess_weights(onus_solver *solver, onus_assessment *a, onus_error *error) {
  ONUS_TRY(weigh(solver, a, false, error));
  return weigh(solver, a, true, error);
}
