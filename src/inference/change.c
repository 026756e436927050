/* Days on which items come and go, on a network of them all.
 *
 * An item that begins to speak multiplies its rows into its blocks, and the steps behind those blocks run again: every
 * table is taken by one step, so they lie on one path a block. An item that falls silent cannot be divided out (rows
 * may be 0), so its component is filled anew. */
#include "inference/batch_internal.h"

#include <stdlib.h>
#include <string.h>

struct onus_change {
  component_change *components;
  size_t n_components;
  uint32_t *toggled; /* items */
  size_t n_toggled;
};

static size_t count_added(const component *c, const bool *begins) {
  size_t count = 0;
  for (size_t i = 0; i < c->n_contributions; i++)
    count += begins[c->contributions[i].item];
  return count;
}

/* The steps behind the blocks that were added to, each once. */
static onus_status list_steps(const component *c, component_change *out, onus_arena *arena, onus_error *error) {
  bool *is_marked = calloc(c->n_steps + 1, sizeof *is_marked);
  if (!is_marked)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t count = 0;
  for (size_t i = 0; i < out->n_added; i++)
    for (uint32_t s = c->blocks[out->added_block[i]].next_step; s != UINT32_MAX && !is_marked[s];
         s = c->steps[s].next_step) {
      is_marked[s] = true;
      count++;
    }
  out->steps = ONUS_ARENA_ARRAY(arena, uint32_t, count);
  for (uint32_t s = 0; out->steps && s < c->n_steps; s++)
    if (is_marked[s])
      out->steps[out->n_steps++] = s;
  free(is_marked);
  return out->steps ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status list_added(const component *c, const bool *begins, component_change *out, onus_arena *arena,
                              onus_error *error) {
  size_t count = count_added(c, begins), n_items = 0;
  for (size_t i = 0; i < c->n_items; i++)
    n_items += begins[c->items[i]];
  out->added = ONUS_ARENA_ARRAY(arena, contribution, count);
  out->added_block = ONUS_ARENA_ARRAY(arena, uint32_t, count);
  out->items = ONUS_ARENA_ARRAY(arena, uint32_t, n_items);
  if (!out->added || !out->added_block || !out->items)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t b = 0; b < c->n_blocks; b++)
    for (uint32_t i = 0; i < c->blocks[b].n_contributions; i++) {
      contribution from = c->contributions[c->blocks[b].first_contribution + i];
      if (!begins[from.item])
        continue;
      out->added[out->n_added] = from;
      out->added_block[out->n_added++] = b;
    }
  for (size_t i = 0; i < c->n_items; i++)
    if (begins[c->items[i]])
      out->items[out->n_items++] = c->items[i];
  return list_steps(c, out, arena, error);
}

/* What a change is worked out with. */
typedef struct marks {
  bool *begins;                   /* [n_items] */
  bool *is_touched, *is_whole;    /* [n_components] */
  size_t n_toggled, n_components; /* that are touched */
} marks;

static void mark(const onus_network *network, const bool *before, const bool *after, marks *out) {
  for (size_t i = 0; i < network->shape.n_items; i++) {
    size_t c = network->described_items[i].component;
    if (before[i] == after[i])
      continue;
    out->begins[i] = after[i];
    out->is_whole[c] = out->is_whole[c] || before[i];
    out->n_components += !out->is_touched[c];
    out->is_touched[c] = true;
    out->n_toggled++;
  }
}

static onus_status fill_change(const onus_network *network, const marks *from, const bool *before, const bool *after,
                               onus_arena *arena, onus_change *out, onus_error *error) {
  out->components = ONUS_ARENA_ARRAY(arena, component_change, from->n_components);
  out->toggled = ONUS_ARENA_ARRAY(arena, uint32_t, from->n_toggled);
  if (!out->components || !out->toggled)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t i = 0; i < network->shape.n_items; i++)
    if (before[i] != after[i])
      out->toggled[out->n_toggled++] = i;
  for (uint32_t c = 0; c < network->shape.n_components; c++) {
    if (!from->is_touched[c])
      continue;
    component_change *change = &out->components[out->n_components++];
    *change = (component_change){.component = c, .is_whole = from->is_whole[c]};
    if (!change->is_whole)
      ONUS_TRY(list_added(&network->components[c], from->begins, change, arena, error));
  }
  return ONUS_OK;
}

onus_status onus_change_make(const onus_network *network, const bool *before, const bool *after, onus_arena *arena,
                             onus_change **ret_change, onus_error *error) {
  onus_change *change = ONUS_ARENA_ARRAY(arena, onus_change, 1);
  marks marked = {.begins = calloc(network->shape.n_items + 1, sizeof(bool)),
                  .is_touched = calloc(network->shape.n_components + 1, sizeof(bool)),
                  .is_whole = calloc(network->shape.n_components + 1, sizeof(bool))};
  onus_status status = ONUS_OK;
  if (!change || !marked.begins || !marked.is_touched || !marked.is_whole)
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    mark(network, before, after, &marked);
    status = fill_change(network, &marked, before, after, arena, change, error);
  }
  free(marked.begins);
  free(marked.is_touched);
  free(marked.is_whole);
  if (status == ONUS_OK)
    *ret_change = change;
  return status;
}

bool onus_batch_set_speaking(onus_batch *batch, const bool *speaks) {
  size_t n_items = batch->network->shape.n_items;
  if (!batch->speaks)
    batch->speaks = malloc(n_items + 1);
  if (!batch->speaks)
    return false;
  memcpy(batch->speaks, speaks, n_items * sizeof *speaks);
  return true;
}

/* Items that come only widen what products may be, so that what is in logs stays there. */
static void change_component(onus_batch *batch, const component_change *change) {
  size_t index = change->component;
  bool is_plain = !change->is_whole && !batch->room->in_logs[index];
  for (size_t i = 0; is_plain && i < change->n_items; i++)
    onus_component_widen(batch, index, change->items[i]);
  if (change->is_whole || (is_plain && !onus_component_fits_plain(batch, index)))
    onus_batch_solve_component(batch, index);
  else
    onus_advance_component(batch, change);
}

void onus_batch_apply(onus_batch *batch, const onus_change *change) {
  for (size_t i = 0; i < change->n_toggled; i++)
    batch->speaks[change->toggled[i]] = !batch->speaks[change->toggled[i]];
  for (size_t i = 0; i < change->n_components; i++)
    change_component(batch, &change->components[i]);
  for (size_t i = 0; i < change->n_components; i++) {
    size_t group = change->components[i].component / ONUS_COMPONENTS_A_GROUP;
    if (i == 0 || group != change->components[i - 1].component / ONUS_COMPONENTS_A_GROUP)
      onus_add_group(batch, group);
  }
  onus_combine_groups(batch);
}
