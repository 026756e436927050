#include "inference/batch_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double *doubles(size_t count, size_t lanes, double value) {
  if (count > SIZE_MAX / sizeof(double) / lanes - 1)
    return NULL;
  double *all = malloc((count * lanes + 1) * sizeof *all);
  for (size_t i = 0; all && i < count * lanes; i++)
    all[i] = value;
  return all;
}

static bool make_room(onus_batch *batch, const onus_network *n, bool with_marginals) {
  struct onus_batch_room *room = batch->room = calloc(1, sizeof *room);
  size_t lanes = batch->lanes, n_rows = n->shape.n_items * n->n_hypotheses;
  if (!room)
    return false;
  room->story_mean = doubles(n->shape.n_items, lanes, 1);
  room->level_row[LEVEL_UNDERCUT] = doubles(n_rows, lanes, 1);
  room->level_row[LEVEL_TRUTH] = doubles(n_rows, lanes, 1);
  room->tables = calloc(n->shape.n_components + 1, sizeof *room->tables);
  room->adjoints = calloc(n->shape.n_components + 1, sizeof *room->adjoints);
  room->in_logs = calloc(n->shape.n_components + 1, sizeof *room->in_logs);
  room->were_in_logs = calloc(n->shape.n_components + 1, sizeof *room->were_in_logs);
  room->smallest = doubles(n->shape.n_components, lanes, 1);
  room->largest = doubles(n->shape.n_components, lanes, 1);
  room->log_prior = doubles(n->n_hypotheses, lanes, 0);
  room->group = doubles((n->shape.n_components / ONUS_COMPONENTS_A_GROUP + 1) * n->n_hypotheses, lanes, 0);
  room->seed = doubles(n->n_hypotheses, lanes, 0);
  room->block_mass = doubles(n->n_hypotheses, lanes, 0);
  room->mass_all = doubles(n->shape.n_items, lanes, 0);
  room->mass_about = doubles(n->shape.n_items, lanes, 0);
  if (!room->story_mean || !room->level_row[LEVEL_UNDERCUT] || !room->level_row[LEVEL_TRUTH] || !room->tables ||
      !room->adjoints || !room->in_logs || !room->were_in_logs || !room->smallest || !room->largest ||
      !room->log_prior || !room->group || !room->seed || !room->block_mass || !room->mass_all || !room->mass_about)
    return false;
  room->level_row[LEVEL_SOURCE] = batch->row;
  for (size_t i = 0; i < n->shape.n_components; i++) {
    room->tables[i] = doubles(n->components[i].n_entries, lanes, 1);
    if (with_marginals)
      room->adjoints[i] = doubles(n->components[i].n_entries, lanes, 0);
    if (!room->tables[i] || (with_marginals && !room->adjoints[i]))
      return false;
  }
  return true;
}

onus_batch *onus_batch_new(const onus_network *network, size_t lanes, bool with_marginals) {
  onus_batch *batch = calloc(1, sizeof *batch);
  if (!batch)
    return NULL;
  size_t n_items = network->shape.n_items, n = network->n_hypotheses;
  batch->network = network;
  batch->lanes = lanes;
  batch->value = doubles(network->n_values, lanes, 0);
  batch->prior = doubles(n, lanes, 0);
  batch->undercutter = doubles(network->shape.n_undercutters, lanes, 0);
  batch->credibility = doubles(n_items, lanes, 0);
  batch->unseen = doubles(n_items, lanes, 0);
  batch->row = doubles(n_items * n, lanes, 1);
  batch->log_likelihood = doubles(network->shape.n_components * n, lanes, 0);
  batch->log_joint = doubles(n, lanes, 0);
  batch->posterior = doubles(n, lanes, 0);
  if (!batch->value || !batch->prior || !batch->undercutter || !batch->credibility || !batch->unseen || !batch->row ||
      !batch->log_likelihood || !batch->log_joint || !batch->posterior || !make_room(batch, network, with_marginals)) {
    onus_batch_free(batch);
    return NULL;
  }
  onus_batch_set_points(batch);
  return batch;
}

void onus_batch_free(onus_batch *batch) {
  if (!batch)
    return;
  struct onus_batch_room *room = batch->room;
  if (room) {
    for (size_t i = 0; room->tables && i < batch->network->shape.n_components; i++)
      free(room->tables[i]);
    for (size_t i = 0; room->adjoints && i < batch->network->shape.n_components; i++)
      free(room->adjoints[i]);
    free(room->tables);
    free(room->adjoints);
    free(room->in_logs);
    free(room->story_mean);
    free(room->level_row[LEVEL_UNDERCUT]);
    free(room->level_row[LEVEL_TRUTH]);
    free(room->were_in_logs);
    free(room->smallest);
    free(room->largest);
    free(room->log_prior);
    free(room->group);
    free(room->seed);
    free(room->block_mass);
    free(room->mass_all);
    free(room->mass_about);
    free(room);
  }
  free(batch->speaks);
  free(batch->value);
  free(batch->prior);
  free(batch->undercutter);
  free(batch->credibility);
  free(batch->unseen);
  free(batch->row);
  free(batch->log_likelihood);
  free(batch->log_joint);
  free(batch->posterior);
  free(batch);
}

/* --- values ---------------------------------------------------------------------------------------------------- */

void onus_batch_set_points(onus_batch *batch) {
  const onus_network *n = batch->network;
  for (size_t v = 0; v < n->n_values; v++)
    for (size_t l = 0; l < batch->lanes; l++)
      batch->value[v * batch->lanes + l] = n->values[v].point;
}

void onus_batch_set_sample(onus_batch *batch, const onus_sobol *sobol, size_t first) {
  const onus_network *n = batch->network;
  double score[ONUS_LANES];
  for (size_t i = 0; i < n->n_ranged; i++) {
    const onus_value *value = &n->values[n->ranged[i]];
    onus_sobol_scores(sobol, value->coordinate, first, batch->lanes, score);
    double *out = batch->value + n->ranged[i] * batch->lanes;
    for (size_t l = 0; l < batch->lanes; l++)
      out[l] = onus_value_at(value, score[l]);
  }
}

/* --- inputs ---------------------------------------------------------------------------------------------------- */

static void derive_prior(onus_batch *batch) {
  const onus_network *n = batch->network;
  for (size_t l = 0; l < batch->lanes; l++) {
    double sum = 0;
    for (size_t h = 0; h < n->n_hypotheses; h++)
      sum += batch->value[n->prior[h] * batch->lanes + l];
    for (size_t h = 0; h < n->n_hypotheses; h++)
      batch->prior[h * batch->lanes + l] = batch->value[n->prior[h] * batch->lanes + l] / sum;
  }
}

/* The entries that the row states, and the open hypothesis' for those that imitate nobody [M-1]. */
static void fill_row(const onus_batch *batch, const row_program *program, double *out) {
  const onus_network *n = batch->network;
  size_t lanes = batch->lanes;
  for (size_t h = 0; h < n->n_hypotheses; h++) {
    const cell *entry = &program->cells[h];
    if (entry->kind == CELL_VALUE)
      memcpy(out + h * lanes, batch->value + entry->value * lanes, lanes * sizeof *out);
    else
      for (size_t l = 0; l < lanes; l++)
        out[h * lanes + l] = 1;
  }
  for (size_t h = 0; h < n->n_hypotheses; h++)
    if (program->cells[h].kind == CELL_OPEN)
      memcpy(out + h * lanes, out + n->open * lanes, lanes * sizeof *out);
}

/* [M-2] */
static void imitate(const onus_batch *batch, const row_program *program, double *out) {
  const onus_network *n = batch->network;
  size_t lanes = batch->lanes;
  for (size_t i = 0; i < n->n_imitators; i++) {
    size_t h = n->imitators[i], target = n->imitates[h];
    if (program->cells[h].kind != CELL_IMITATE)
      continue;
    const double *phi = batch->value + program->forgeable * lanes;
    for (size_t l = 0; l < lanes; l++)
      out[h * lanes + l] = phi[l] * out[target * lanes + l] + (1 - phi[l]) * out[n->open * lanes + l];
  }
}

void onus_batch_outcome(const onus_batch *batch, size_t outcome, double *out) {
  fill_row(batch, &batch->network->outcomes[outcome], out);
}

void onus_batch_derive(onus_batch *batch) {
  const onus_network *n = batch->network;
  size_t lanes = batch->lanes, width = n->n_hypotheses * lanes;
  derive_prior(batch);
  for (size_t k = 0; k < n->shape.n_undercutters; k++) {
    bool is_source = n->described_undercutters[k].is_source;
    const double *value = batch->value + n->undercutter[k] * lanes;
    for (size_t l = 0; l < lanes; l++)
      batch->undercutter[k * lanes + l] = is_source ? 1 - value[l] : value[l];
  }
  for (size_t i = 0; i < n->shape.n_items; i++) {
    const compiled_item *item = &n->items[i];
    double *row = batch->row + i * width;
    fill_row(batch, &item->row, row);
    imitate(batch, &item->row, row);
    for (size_t x = 0; x < width; x++)
      row[x] *= item->row.scale;
    for (size_t l = 0; item->has_credibility && l < lanes; l++)
      batch->credibility[i * lanes + l] = 1 - batch->value[item->credibility * lanes + l];
    for (size_t l = 0; item->has_unseen && l < lanes; l++)
      batch->unseen[i * lanes + l] = batch->value[item->unseen * lanes + l];
  }
}

void onus_batch_silence(onus_batch *batch, size_t item, size_t lane) {
  size_t n = batch->network->n_hypotheses, lanes = batch->lanes;
  for (size_t h = 0; h < n; h++)
    batch->row[(item * n + h) * lanes + lane] = 1;
}

/* --- levels ---------------------------------------------------------------------------------------------------- */

/* An item's own undercutters, summed inside its row [M-5]: credibility comes after the source, unseen after all others.
 * One that holds contributes the mean over its own story [M-6]. */
static void derive_levels(onus_batch *batch, size_t i) {
  const onus_network *n = batch->network;
  const compiled_item *item = &n->items[i];
  size_t lanes = batch->lanes, width = n->n_hypotheses * lanes;
  const double *row = batch->row + i * width;
  double *undercut = batch->room->level_row[LEVEL_UNDERCUT] + i * width;
  double *truth = batch->room->level_row[LEVEL_TRUTH] + i * width, *mean = batch->room->story_mean + i * lanes;
  const double *q = batch->credibility + i * lanes, *unseen = batch->unseen + i * lanes;
  if (!item->has_credibility && !item->has_unseen) {
    memcpy(undercut, row, width * sizeof *row);
    memcpy(truth, row, width * sizeof *row);
    return;
  }
  for (size_t l = 0; l < lanes; l++)
    mean[l] = 0;
  for (size_t h = 0; h < n->n_hypotheses; h++)
    for (size_t l = 0; l < lanes; l++)
      mean[l] += batch->prior[h * lanes + l] * row[h * lanes + l];
  for (size_t h = 0; h < n->n_hypotheses; h++)
    for (size_t l = 0; l < lanes; l++) {
      double x = row[h * lanes + l], lost = q[l] * mean[l];
      undercut[h * lanes + l] = lost + (1 - q[l]) * x;
      truth[h * lanes + l] = lost + (1 - q[l]) * (unseen[l] * mean[l] + (1 - unseen[l]) * x);
    }
}

void onus_component_widen(onus_batch *batch, size_t index, size_t item) {
  size_t lanes = batch->lanes, n = batch->network->n_hypotheses;
  const double *row = batch->row + item * n * lanes;
  for (size_t l = 0; l < lanes; l++) {
    double low = 1, high = 1;
    for (size_t h = 0; h < n; h++) {
      double x = row[h * lanes + l];
      low = x > 0 && x < low ? x : low; /* a zero stays a zero in any product */
      high = x > high ? x : high;
    }
    batch->room->smallest[index * lanes + l] *= low;
    batch->room->largest[index * lanes + l] *= high;
  }
}

bool onus_component_fits_plain(const onus_batch *batch, size_t index) {
  bool fits = true;
  for (size_t x = index * batch->lanes; x < (index + 1) * batch->lanes; x++)
    fits = fits && batch->room->smallest[x] > 1e-140 && batch->room->largest[x] < 1e140;
  return fits;
}

void onus_batch_solve_component(onus_batch *batch, size_t index) {
  const component *c = &batch->network->components[index];
  for (size_t l = 0; l < batch->lanes; l++)
    batch->room->smallest[index * batch->lanes + l] = batch->room->largest[index * batch->lanes + l] = 1;
  for (size_t i = 0; i < c->n_items; i++) {
    derive_levels(batch, c->items[i]);
    if (!batch->speaks || batch->speaks[c->items[i]])
      onus_component_widen(batch, index, c->items[i]);
  }
  batch->room->in_logs[index] = !onus_component_fits_plain(batch, index);
  onus_solve_component(batch, index);
}

void onus_add_group(onus_batch *batch, size_t group) {
  size_t width = batch->network->n_hypotheses * batch->lanes, first = group * ONUS_COMPONENTS_A_GROUP;
  size_t n_components = batch->network->shape.n_components;
  double *sum = batch->room->group + group * width;
  memset(sum, 0, width * sizeof *sum);
  for (size_t c = first; c < n_components && c < first + ONUS_COMPONENTS_A_GROUP; c++)
    for (size_t x = 0; x < width; x++)
      sum[x] += batch->log_likelihood[c * width + x];
}

/* P(h | E) ∝ π(h) Π_c P(E_c | h) [M-7], in logs: the components may pull far apart. They are added up in groups, so
 * that one that changes leaves most of the sums as they are. */
void onus_combine_groups(onus_batch *batch) {
  const onus_network *n = batch->network;
  size_t lanes = batch->lanes, width = n->n_hypotheses * lanes;
  double *joint = batch->log_joint, *posterior = batch->posterior;
  memcpy(joint, batch->room->log_prior, width * sizeof *joint);
  for (size_t g = 0; g * ONUS_COMPONENTS_A_GROUP < n->shape.n_components; g++)
    for (size_t x = 0; x < width; x++)
      joint[x] += batch->room->group[g * width + x];
  for (size_t l = 0; l < lanes; l++) {
    double largest = -INFINITY, sum = 0;
    for (size_t h = 0; h < n->n_hypotheses; h++)
      largest = fmax(largest, joint[h * lanes + l]);
    for (size_t h = 0; h < n->n_hypotheses; h++)
      sum += posterior[h * lanes + l] = exp(joint[h * lanes + l] - largest);
    for (size_t h = 0; h < n->n_hypotheses; h++)
      posterior[h * lanes + l] /= sum;
  }
}

void onus_batch_solve(onus_batch *batch) {
  for (size_t c = 0; c < batch->network->shape.n_components; c++)
    onus_batch_solve_component(batch, c);
  for (size_t x = 0; x < batch->network->n_hypotheses * batch->lanes; x++)
    batch->room->log_prior[x] = log(batch->prior[x]);
  for (size_t g = 0; g * ONUS_COMPONENTS_A_GROUP < batch->network->shape.n_components; g++)
    onus_add_group(batch, g);
  onus_combine_groups(batch);
}
