/* What the derivatives of a solved network say [M-8], [M-14].
 *
 * With A(x) = derivative · value of a table's entry x, seeded so that Σ_h seed(h) P(E_c | h) = P(E), A(x) / P(E) is the
 * posterior probability that entry x is the one that governs. So, from one pass backwards:
 *   - P(undercutter k holds | E) is A of its entry "holds".
 *   - An item's own undercutters share the entries of the item's blocks; within an entry their parts are known.
 *   - P(E without item e) = Σ_x A(x) / L_e(x) over the entries of e's blocks: e is governed by exactly one of them.
 *   - P(E without the items of source s) is the derivative of s's entry "holds", up to a constant: when s is
 * unreliable, its items hang on a story that touches nothing else, as if they had not been said. The last two are taken
 * once for all hypotheses and once for `about` alone; their quotient is a posterior.
 */
#include "inference/batch_internal.h"

#include <math.h>
#include <string.h>

void onus_seed_component(onus_batch *batch, size_t index, const bool *about) {
  size_t n = batch->network->n_hypotheses, lanes = batch->lanes;
  bool logs = batch->room->in_logs[index];
  const double *result = batch->room->tables[index] + batch->network->components[index].result * lanes;
  for (size_t h = 0; h < n; h++)
    for (size_t l = 0; l < lanes; l++) {
      size_t x = h * lanes + l;
      double p = about && !about[h] ? 0 : batch->posterior[x];
      if (logs)
        batch->room->seed[x] = p > 0 ? log(p) - result[x] : -INFINITY;
      else
        batch->room->seed[x] = p > 0 ? p / result[x] : 0;
    }
}

double onus_mass_at(const onus_batch *batch, size_t index, size_t entry_lane) {
  double adjoint = batch->room->adjoints[index][entry_lane], value = batch->room->tables[index][entry_lane];
  return batch->room->in_logs[index] ? exp(adjoint + value) : adjoint * value;
}

/* Adds Σ_x A(x) / L_e(x) to `mass` of every item e of the component. */
static void add_item_masses(const onus_batch *batch, size_t index, double *mass) {
  const component *c = &batch->network->components[index];
  size_t lanes = batch->lanes, n = batch->network->n_hypotheses;
  double *here = batch->room->block_mass;
  for (size_t i = 0; i < c->n_items; i++)
    memset(mass + c->items[i] * lanes, 0, lanes * sizeof *mass);
  for (size_t b = 0; b < c->n_blocks; b++) {
    const block *at = &c->blocks[b];
    for (size_t x = 0; x < n * lanes; x++)
      here[x] = onus_mass_at(batch, index, at->offset * lanes + x);
    for (uint32_t i = 0; i < at->n_contributions; i++) {
      const contribution *from = &c->contributions[at->first_contribution + i];
      const double *row = batch->room->level_row[from->level] + from->item * n * lanes;
      double *sum = mass + from->item * lanes;
      for (size_t h = 0; h < n; h++)
        for (size_t l = 0; l < lanes; l++)
          sum[l] += here[h * lanes + l] / row[h * lanes + l];
    }
  }
}

/* P(credibility does not hold, unseen holds | E) of the items that have them. Entries governed by the source leave both
 * at their priors; later ones share their value as derive_levels (batch.c) adds it up. */
static void add_own_undercutters(const onus_batch *batch, size_t index, const onus_marginals *out) {
  const onus_network *n = batch->network;
  const component *c = &n->components[index];
  size_t lanes = batch->lanes, width = n->n_hypotheses * lanes;
  for (size_t i = 0; i < c->n_items; i++) {
    memset(out->credibility + c->items[i] * lanes, 0, lanes * sizeof(double));
    memset(out->unseen + c->items[i] * lanes, 0, lanes * sizeof(double));
  }
  for (size_t b = 0; b < c->n_blocks; b++)
    for (uint32_t i = 0; i < c->blocks[b].n_contributions; i++) {
      const contribution *from = &c->contributions[c->blocks[b].first_contribution + i];
      if (!n->items[from->item].has_credibility && !n->items[from->item].has_unseen)
        continue;
      const double *row = batch->room->level_row[from->level] + from->item * width;
      for (size_t x = 0; x < width; x++) {
        size_t own = from->item * lanes + x % lanes;
        double here = onus_mass_at(batch, index, c->blocks[b].offset * lanes + x);
        double q = batch->credibility[own], unseen = batch->unseen[own], mean = batch->room->story_mean[own];
        out->credibility[own] += from->level == LEVEL_SOURCE ? here * q : here * q * mean / row[x];
        out->unseen[own] += from->level == LEVEL_TRUTH ? here * unseen * mean / row[x] : here * unseen;
      }
    }
}

static void read_undercutters(const onus_batch *batch, size_t index, const onus_marginals *out) {
  const component *c = &batch->network->components[index];
  size_t lanes = batch->lanes;
  for (size_t k = 0; k < c->n_undercutters; k++)
    for (size_t l = 0; l < lanes; l++)
      out->undercutter[c->undercutters[k] * lanes + l] =
          onus_mass_at(batch, index, (c->undercutter_table[k] + 1) * lanes + l);
}

/* Derivatives of the entries "holds", in `out` by undercutter. */
static void read_derivatives(const onus_batch *batch, size_t index, double *out) {
  const component *c = &batch->network->components[index];
  size_t lanes = batch->lanes;
  for (size_t k = 0; k < c->n_undercutters; k++)
    memcpy(out + c->undercutters[k] * lanes, batch->room->adjoints[index] + (c->undercutter_table[k] + 1) * lanes,
           lanes * sizeof *out);
}

/* Turns what read_derivatives left of all hypotheses into quotients with those of `about`. */
static void divide_derivatives(const onus_batch *batch, size_t index, double *out) {
  const component *c = &batch->network->components[index];
  size_t lanes = batch->lanes;
  bool logs = batch->room->in_logs[index];
  for (size_t k = 0; k < c->n_undercutters; k++)
    for (size_t l = 0; l < lanes; l++) {
      double *all = &out[c->undercutters[k] * lanes + l];
      double about = batch->room->adjoints[index][(c->undercutter_table[k] + 1) * lanes + l];
      *all = logs ? exp(about - *all) : about / *all;
    }
}

void onus_batch_marginals(onus_batch *batch, const bool *about, const onus_marginals *out) {
  struct onus_batch_room *room = batch->room;
  size_t lanes = batch->lanes;
  for (size_t index = 0; index < batch->network->shape.n_components; index++) {
    const component *c = &batch->network->components[index];
    onus_seed_component(batch, index, NULL);
    onus_differentiate_component(batch, index, room->seed);
    if (out->undercutter)
      read_undercutters(batch, index, out);
    if (out->credibility)
      add_own_undercutters(batch, index, out);
    if (!out->without_item)
      continue;
    add_item_masses(batch, index, room->mass_all);
    read_derivatives(batch, index, out->without_source);
    onus_seed_component(batch, index, about);
    onus_differentiate_component(batch, index, room->seed);
    add_item_masses(batch, index, room->mass_about);
    divide_derivatives(batch, index, out->without_source);
    for (size_t i = 0; i < c->n_items; i++)
      for (size_t l = 0; l < lanes; l++) {
        size_t x = c->items[i] * lanes + l;
        out->without_item[x] = room->mass_about[x] / room->mass_all[x];
      }
  }
}
