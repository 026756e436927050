/* What the evidence would say if one input stood at either end of its range, from derivatives alone.
 *
 * P(E) is linear in each entry of a table. So with A(x) = derivative · value as in marginals.c,
 *   - moving undercutter k to 0 or 1 leaves the derivative of its entry "does not hold" or "holds";
 *   - giving item e other rows L' makes Σ_x A(x) · L'(x) / L(x) over the entries of its blocks. */
#include "inference/batch_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What onus_batch_ends fills, and room for one item's row at factor 0. */
typedef struct ends_room {
  onus_batch *batch;
  const bool *about;
  double *silent_row;  /* [n_items][n_hypotheses] rows at factor 0 */
  double *silent_mean; /* [n_items] Σ_s π(s) of it */
} ends_room;

/* The row at factor 0: the hypotheses in about lose all likelihood, and who imitates one of them loses that part. */
static void fill_silent_row(const ends_room *room, size_t item) {
  const onus_network *n = room->batch->network;
  const row_program *program = &n->items[item].row;
  size_t lanes = room->batch->lanes, width = n->n_hypotheses;
  const double *row = room->batch->row + item * width * lanes;
  double *out = room->silent_row + item * width, open = row[n->open * lanes], mean = 0;
  for (size_t h = 0; h < width; h++)
    out[h] = room->about[h] ? 0 : row[h * lanes];
  for (size_t i = 0; i < n->n_imitators; i++) {
    size_t h = n->imitators[i];
    if (program->cells[h].kind != CELL_IMITATE || room->about[h])
      continue;
    double phi = room->batch->value[program->forgeable * lanes];
    out[h] = phi * out[n->imitates[h]] + (1 - phi) * open;
  }
  for (size_t h = 0; h < width; h++)
    mean += room->batch->prior[h * lanes] * out[h];
  room->silent_mean[item] = mean;
}

/* An item's row at a level, as derive_levels (batch.c) makes it. */
static double level_value(uint8_t level, double x, double mean, double q, double unseen) {
  if (level == LEVEL_SOURCE)
    return x;
  return q * mean + (1 - q) * (level == LEVEL_UNDERCUT ? x : unseen * mean + (1 - unseen) * x);
}

static double *side(onus_ends *ends, bool is_about) {
  return is_about ? ends->about : ends->all;
}

/* Adds what one entry x of one item's level row contributes to the six ends. `per_value` is A(x) / L(x). */
static void add_entry(const ends_room *room, const contribution *from, size_t h, double per_value, bool is_about,
                      onus_item_ends *out) {
  const onus_batch *batch = room->batch;
  size_t lanes = batch->lanes, n = batch->network->n_hypotheses, i = from->item;
  double x = batch->row[(i * n + h) * lanes], mean = batch->room->story_mean[i * lanes];
  double q = batch->credibility[i * lanes], unseen = batch->unseen[i * lanes];
  double silent = room->silent_row[i * n + h], silent_mean = room->silent_mean[i];
  for (int end = 0; end < 2; end++) {
    side(&out->credibility, is_about)[end] += per_value * level_value(from->level, x, mean, end, unseen);
    side(&out->unseen, is_about)[end] += per_value * level_value(from->level, x, mean, q, end);
  }
  side(&out->factor, is_about)[0] += per_value * level_value(from->level, silent, silent_mean, q, unseen);
  side(&out->factor, is_about)[1] += per_value * level_value(from->level, x, mean, q, unseen);
}

static void add_component(const ends_room *room, size_t index, bool is_about, onus_ends *undercutters,
                          onus_item_ends *items) {
  const onus_batch *batch = room->batch;
  const component *c = &batch->network->components[index];
  size_t lanes = batch->lanes, n = batch->network->n_hypotheses;
  bool logs = batch->room->in_logs[index];
  for (size_t k = 0; k < c->n_undercutters; k++)
    for (int end = 0; end < 2; end++) {
      double derivative = batch->room->adjoints[index][(c->undercutter_table[k] + (size_t)end) * lanes];
      side(&undercutters[c->undercutters[k]], is_about)[end] = logs ? exp(fmin(derivative, 690)) : derivative;
    }
  for (size_t b = 0; b < c->n_blocks; b++)
    for (size_t h = 0; h < n; h++) {
      double mass = onus_mass_at(batch, index, (c->blocks[b].offset + h) * lanes);
      for (uint32_t i = 0; i < c->blocks[b].n_contributions; i++) {
        const contribution *from = &c->contributions[c->blocks[b].first_contribution + i];
        double value = batch->room->level_row[from->level][(from->item * n + h) * lanes];
        add_entry(room, from, h, mass / value, is_about, &items[from->item]);
      }
    }
}

bool onus_batch_ends(onus_batch *batch, const bool *about, onus_ends *undercutters, onus_item_ends *items) {
  const onus_network *n = batch->network;
  size_t n_items = n->shape.n_items;
  ends_room room = {batch, about, malloc((n_items * n->n_hypotheses + 1) * sizeof(double)),
                    malloc((n_items + 1) * sizeof(double))};
  bool ok = room.silent_row && room.silent_mean;
  for (size_t i = 0; ok && i < n_items; i++) {
    items[i] = (onus_item_ends){0};
    fill_silent_row(&room, i);
  }
  for (size_t c = 0; ok && c < n->shape.n_components; c++)
    for (int is_about = 0; is_about < 2; is_about++) {
      onus_seed_component(batch, c, is_about ? about : NULL);
      onus_differentiate_component(batch, c, batch->room->seed);
      add_component(&room, c, is_about, undercutters, items);
    }
  free(room.silent_row);
  free(room.silent_mean);
  return ok;
}
