#include "inference/network_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* z of the 95 % quantile: what makes [lo, hi] a 90 % range [M-9]. */
static const double RANGE_SCORE = 1.6448536269514722;

enum { NAME_BYTES = 256 };

static size_t value_limit(const onus_case *c) {
  return (size_t)UINT32_MAX / 4 / (c->n_hypotheses + 4);
}

/* --- values -------------------------------------------------------------------------------------------------- */

static double logit(double p) {
  return log(p) - log1p(-p);
}

static double to_scale(double x, onus_scale scale) {
  return scale == ONUS_SCALE_LOG ? log(x) : logit(x);
}

double onus_value_at(const onus_value *value, double score) {
  double x = value->mean + value->deviation * score;
  if (value->scale == ONUS_SCALE_LOGIT)
    return 1 / (1 + exp(-x));
  double y = exp(x);
  return value->cut_at_one && y > 1 ? 1 : y;
}

static onus_value describe_value(onus_number number, onus_scale scale, bool cut_at_one) {
  onus_value v = {.range = number, .scale = scale, .cut_at_one = cut_at_one};
  v.is_ranged = number.low < number.high;
  v.point = onus_number_point(number, scale);
  if (v.is_ranged) {
    double low = to_scale(number.low, scale), high = to_scale(number.high, scale);
    v.mean = (low + high) / 2;
    v.deviation = (high - low) / (2 * RANGE_SCORE);
  }
  return v;
}

static bool grow_values(onus_network *n) {
  size_t capacity = n->values_capacity ? n->values_capacity * 2 : 64;
  onus_value *grown = ONUS_ARENA_ARRAY(n->arena, onus_value, capacity);
  if (!grown)
    return false;
  if (n->n_values)
    memcpy(grown, n->values, n->n_values * sizeof *grown);
  n->values = grown;
  n->values_capacity = capacity;
  return true;
}

/* Adds a value; its name (for ranged ones) is made from the parts, joined with full stops, NULL parts left out. */
static onus_status add_value(onus_network *n, onus_number number, onus_scale scale, bool cut_at_one,
                             const char *const parts[4], uint32_t *ret_value, onus_error *error) {
  if (n->n_values == n->values_capacity && !grow_values(n))
    return ONUS_FAIL_NO_MEMORY(error);
  onus_value v = describe_value(number, scale, cut_at_one);
  v.since_utc = n->since_utc;
  if (v.is_ranged) {
    char name[NAME_BYTES * 2];
    size_t length = 0;
    for (int i = 0; i < 4 && parts[i]; i++)
      length += (size_t)snprintf(name + length, sizeof name - length, "%s%.*s", i ? "." : "", NAME_BYTES / 3, parts[i]);
    v.name = onus_arena_copy(n->arena, name, length);
    if (!v.name)
      return ONUS_FAIL_NO_MEMORY(error);
  }
  n->values[n->n_values] = v;
  *ret_value = (uint32_t)n->n_values++;
  return ONUS_OK;
}

typedef struct named_value {
  int64_t since_utc;
  const char *name;
  size_t value;
} named_value;

static int compare_named(const void *a, const void *b) {
  const named_value *x = a, *y = b;
  if (x->since_utc != y->since_utc)
    return x->since_utc < y->since_utc ? -1 : 1;
  return strcmp(x->name, y->name);
}

/* Gives the ranged values from `first` on their coordinates, in the order in which they came in and then of their
 * names: neither the order of a file nor what became known later changes a sample [M-10]. Values from `end_of_used` on
 * keep their place, and nothing is drawn for them. */
static onus_status give_coordinates(onus_network *n, size_t first, size_t end_of_used, onus_error *error) {
  size_t count = 0, n_before = n->n_ranged;
  named_value *named = ONUS_ARENA_ARRAY(n->arena, named_value, n->n_values - first);
  size_t *ranged = ONUS_ARENA_ARRAY(n->arena, size_t, n_before + n->n_values - first);
  if (!named || !ranged)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t v = first; v < n->n_values; v++)
    if (n->values[v].is_ranged)
      named[count++] = (named_value){n->values[v].since_utc, n->values[v].name, v};
  qsort(named, count, sizeof *named, compare_named);
  if (n_before)
    memcpy(ranged, n->ranged, n_before * sizeof *ranged);
  n->ranged = ranged;
  for (size_t i = 0; i < count; i++) {
    n->values[named[i].value].coordinate = n->n_coordinates++;
    if (named[i].value < end_of_used)
      ranged[n->n_ranged++] = named[i].value;
  }
  return ONUS_OK;
}

/* --- rows ---------------------------------------------------------------------------------------------------- */

static const char *row_word(onus_row_kind kind) {
  switch (kind) {
  case ONUS_ROW_LIKELIHOOD:
    return "likelihood";
  case ONUS_ROW_RATIO:
    return "ratio";
  case ONUS_ROW_STRENGTH:
    return "strength";
  case ONUS_ROW_SAYS:
    return "says";
  case ONUS_ROW_COMPUTE:
    return "compute";
  case ONUS_ROW_NONE:
    break;
  }
  return "row";
}

static onus_status compile_statement(onus_network *n, const onus_row *row, const char *group, const char *id,
                                     row_program *out, onus_error *error) {
  uint32_t if_true, if_false;
  ONUS_TRY(add_value(n, row->if_true, ONUS_SCALE_LOG, true, (const char *const[4]){group, id, "says", "if_true"},
                     &if_true, error));
  ONUS_TRY(add_value(n, row->if_false, ONUS_SCALE_LOG, true, (const char *const[4]){group, id, "says", "if_false"},
                     &if_false, error));
  for (size_t h = 0; h < n->n_hypotheses; h++)
    out->cells[h] = (cell){CELL_VALUE, row->is_true[h] ? if_true : if_false};
  return ONUS_OK;
}

/* [M-1], [M-2]: stated entries, then the open hypothesis' value for the others, or the imitation of a target. */
static onus_status compile_stated(onus_network *n, const onus_row *row, bool imitation, const char *group,
                                  const char *id, row_program *out, onus_error *error) {
  bool is_likelihood = row->kind == ONUS_ROW_LIKELIHOOD;
  for (size_t h = 0; h < n->n_hypotheses; h++) {
    cell *entry = &out->cells[h];
    if (row->is_stated[h]) {
      entry->kind = CELL_VALUE;
      ONUS_TRY(add_value(n, row->value[h], ONUS_SCALE_LOG, is_likelihood,
                         (const char *const[4]){group, id, row_word(row->kind), n->view->c->hypotheses[h].id},
                         &entry->value, error));
    } else if (h == n->open)
      entry->kind = CELL_ONE;
    else
      entry->kind = imitation && n->imitates[h] != ONUS_NONE ? CELL_IMITATE : CELL_OPEN;
  }
  return ONUS_OK;
}

static onus_status compile_row(onus_network *n, const onus_row *row, bool imitation, const char *group, const char *id,
                               row_program *out, onus_error *error) {
  out->scale = 1;
  out->cells = ONUS_ARENA_ARRAY(n->arena, cell, n->n_hypotheses);
  if (!out->cells)
    return ONUS_FAIL_NO_MEMORY(error);
  if (row->kind == ONUS_ROW_COMPUTE && !row->computed)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the row of item \"%s\" has not been computed; run `onus compute`", id);
  if (row->kind == ONUS_ROW_NONE)
    return ONUS_FAIL(error, ONUS_INTERNAL, "item \"%s\" counts but states nothing", id);
  if (row->kind == ONUS_ROW_SAYS)
    return compile_statement(n, row, group, id, out, error);
  return compile_stated(n, row, imitation, group, id, out, error);
}

/* --- undercutters -------------------------------------------------------------------------------------------- */

typedef struct undercutter_name {
  bool is_source;
  const char *id;
  size_t index;
} undercutter_name;

static int compare_undercutters(const void *a, const void *b) {
  const undercutter_name *x = a, *y = b;
  if (x->is_source != y->is_source)
    return x->is_source ? -1 : 1;
  return strcmp(x->id, y->id);
}

/* Where each source and each named undercutter of the case stands in the network, for those that an item uses. */
typedef struct undercutter_map {
  size_t *source, *named;
  bool *source_is_used, *named_is_used;
} undercutter_map;

static int64_t known_utc(const onus_network *n, const onus_view_item *item) {
  return n->view->c->items[item->item].known.seconds_utc;
}

/* When the first item became known that has each of them and is drawn; INT64_MAX without one. */
static onus_status date_undercutters(onus_network *n, onus_error *error) {
  const onus_case *c = n->view->c;
  n->source_since_utc = ONUS_ARENA_ARRAY(n->arena, int64_t, c->n_sources);
  n->named_since_utc = ONUS_ARENA_ARRAY(n->arena, int64_t, c->n_undercutters);
  if (!n->source_since_utc || !n->named_since_utc)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t s = 0; s < c->n_sources; s++)
    n->source_since_utc[s] = INT64_MAX;
  for (size_t u = 0; u < c->n_undercutters; u++)
    n->named_since_utc[u] = INT64_MAX;
  for (size_t i = 0; i < n->view->n_items; i++) {
    const onus_view_item *item = &n->view->items[i];
    int64_t known = known_utc(n, item);
    if (!item->is_drawn)
      continue;
    if (known < n->source_since_utc[item->source])
      n->source_since_utc[item->source] = known;
    for (size_t u = 0; u < item->n_undercut; u++)
      if (known < n->named_since_utc[item->undercut[u]])
        n->named_since_utc[item->undercut[u]] = known;
  }
  return ONUS_OK;
}

static onus_status add_undercutter(onus_network *n, bool is_source, size_t index, uint32_t *ret_value,
                                   onus_error *error) {
  const onus_case *c = n->view->c;
  onus_number number = is_source ? n->view->reliability[index] : n->view->probability[index];
  const char *const parts[4] = {is_source ? "sources" : "undercutters",
                                is_source ? c->sources[index].id : c->undercutters[index].id,
                                is_source ? "reliability" : "probability"};
  n->since_utc = is_source ? n->source_since_utc[index] : n->named_since_utc[index];
  return add_value(n, number, ONUS_SCALE_LOGIT, false, parts, ret_value, error);
}

static onus_status list_undercutters(onus_network *n, undercutter_map *map, onus_error *error) {
  const onus_case *c = n->view->c;
  map->source = ONUS_ARENA_ARRAY(n->arena, size_t, c->n_sources);
  map->named = ONUS_ARENA_ARRAY(n->arena, size_t, c->n_undercutters);
  map->source_is_used = ONUS_ARENA_ARRAY(n->arena, bool, c->n_sources);
  map->named_is_used = ONUS_ARENA_ARRAY(n->arena, bool, c->n_undercutters);
  undercutter_name *used = ONUS_ARENA_ARRAY(n->arena, undercutter_name, c->n_sources + c->n_undercutters);
  if (!map->source || !map->named || !map->source_is_used || !map->named_is_used || !used)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n->view->n_items; i++) {
    const onus_view_item *item = &n->view->items[i];
    if (item->state != ONUS_ITEM_COUNTS)
      continue;
    map->source_is_used[item->source] = true;
    for (size_t u = 0; u < item->n_undercut; u++)
      map->named_is_used[item->undercut[u]] = true;
  }
  size_t count = 0;
  for (size_t s = 0; s < c->n_sources; s++)
    if (map->source_is_used[s])
      used[count++] = (undercutter_name){true, c->sources[s].id, s};
  for (size_t u = 0; u < c->n_undercutters; u++)
    if (map->named_is_used[u])
      used[count++] = (undercutter_name){false, c->undercutters[u].id, u};
  qsort(used, count, sizeof *used, compare_undercutters);
  n->shape.n_undercutters = count;
  n->undercutter = ONUS_ARENA_ARRAY(n->arena, uint32_t, count);
  n->described_undercutters = ONUS_ARENA_ARRAY(n->arena, onus_network_undercutter, count);
  if (!n->undercutter || !n->described_undercutters)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t k = 0; k < count; k++) {
    size_t index = used[k].index;
    (used[k].is_source ? map->source : map->named)[index] = k;
    n->described_undercutters[k] = (onus_network_undercutter){used[k].is_source, index, 0};
    ONUS_TRY(add_undercutter(n, used[k].is_source, index, &n->undercutter[k], error));
  }
  return ONUS_OK;
}

/* --- items ----------------------------------------------------------------------------------------------------- */

/* The item's own numbers. */
static onus_status compile_numbers(onus_network *n, const onus_view_item *seen, compiled_item *out, onus_error *error) {
  const char *id = n->view->c->items[seen->item].id;
  bool says = seen->row->kind == ONUS_ROW_SAYS;
  n->since_utc = known_utc(n, seen);
  ONUS_TRY(compile_row(n, seen->row, true, "evidence", id, &out->row, error));
  onus_number forgeable = says || n->n_imitators == 0 ? (onus_number){0, 0} : seen->forgeable;
  ONUS_TRY(add_value(n, forgeable, ONUS_SCALE_LOGIT, false, (const char *const[4]){"evidence", id, "forgeable"},
                     &out->row.forgeable, error));
  out->has_credibility = seen->has_credibility;
  if (seen->has_credibility)
    ONUS_TRY(add_value(n, seen->credibility, ONUS_SCALE_LOGIT, false,
                       (const char *const[4]){"evidence", id, "credibility"}, &out->credibility, error));
  out->has_unseen = seen->has_unseen;
  if (seen->has_unseen)
    ONUS_TRY(add_value(n, seen->unseen, ONUS_SCALE_LOGIT, false, (const char *const[4]){"evidence", id, "unseen"},
                       &out->unseen, error));
  return ONUS_OK;
}

static onus_status compile_item(onus_network *n, const onus_view_item *seen, const undercutter_map *map,
                                compiled_item *out, onus_error *error) {
  ONUS_TRY(compile_numbers(n, seen, out, error));
  out->n_undercutters = 1 + seen->n_undercut;
  out->undercutters = ONUS_ARENA_ARRAY(n->arena, uint32_t, out->n_undercutters);
  if (!out->undercutters)
    return ONUS_FAIL_NO_MEMORY(error);
  out->undercutters[0] = (uint32_t)map->source[seen->source];
  for (size_t u = 0; u < seen->n_undercut; u++)
    out->undercutters[u + 1] = (uint32_t)map->named[seen->undercut[u]];
  return ONUS_OK;
}

static onus_status compile_items(onus_network *n, const undercutter_map *map, onus_error *error) {
  const onus_view *view = n->view;
  size_t count = 0;
  for (size_t i = 0; i < view->n_items; i++)
    count += view->items[i].state == ONUS_ITEM_COUNTS;
  n->shape.n_items = count;
  n->items = ONUS_ARENA_ARRAY(n->arena, compiled_item, count);
  n->described_items = ONUS_ARENA_ARRAY(n->arena, onus_network_item, count);
  if (!n->items || !n->described_items)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t at = 0;
  for (size_t i = 0; i < view->n_items; i++) {
    if (view->items[i].state != ONUS_ITEM_COUNTS)
      continue;
    if (n->n_values > value_limit(view->c))
      return ONUS_FAIL(error, ONUS_LIMIT, "the case has more numbers than one network can hold");
    n->described_items[at] = (onus_network_item){view->items[i].item, i, 0};
    ONUS_TRY(compile_item(n, &view->items[i], map, &n->items[at++], error));
  }
  return ONUS_OK;
}

/* Values of retracted items, and of sources and undercutters that only such items have: they keep their coordinates, so
 * that a retraction changes no sample of the rest. */
static onus_status reserve_retracted(onus_network *n, const undercutter_map *map, onus_error *error) {
  const onus_view *view = n->view;
  uint32_t unused;
  for (size_t i = 0; i < view->n_items; i++) {
    compiled_item item = {0};
    if (view->items[i].is_drawn && view->items[i].state != ONUS_ITEM_COUNTS)
      ONUS_TRY(compile_numbers(n, &view->items[i], &item, error));
  }
  for (size_t s = 0; s < view->c->n_sources; s++)
    if (n->source_since_utc[s] < INT64_MAX && !map->source_is_used[s])
      ONUS_TRY(add_undercutter(n, true, s, &unused, error));
  for (size_t u = 0; u < view->c->n_undercutters; u++)
    if (n->named_since_utc[u] < INT64_MAX && !map->named_is_used[u])
      ONUS_TRY(add_undercutter(n, false, u, &unused, error));
  return ONUS_OK;
}

static onus_status compile_questions(onus_network *n, onus_error *error) {
  const onus_case *c = n->view->c;
  size_t count = 0, at = 0;
  for (size_t q = 0; q < c->n_questions; q++)
    count += c->questions[q].n_outcomes;
  n->outcomes = ONUS_ARENA_ARRAY(n->arena, row_program, count);
  if (!n->outcomes)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t q = 0; q < c->n_questions; q++)
    for (size_t o = 0; o < c->questions[q].n_outcomes; o++) {
      char id[NAME_BYTES];
      snprintf(id, sizeof id, "%.100s.%zu", c->questions[q].id, o + 1);
      ONUS_TRY(compile_row(n, &c->questions[q].outcomes[o].row, false, "questions", id, &n->outcomes[at++], error));
    }
  n->n_outcomes = count;
  return ONUS_OK;
}

/* --- components -------------------------------------------------------------------------------------------------- */

static uint32_t root_of(uint32_t *parent, uint32_t k) {
  while (parent[k] != k) {
    parent[k] = parent[parent[k]];
    k = parent[k];
  }
  return k;
}

/* Splits undercutters and items into connected components, in the order of their first undercutter. */
static onus_status split_components(onus_network *n, onus_error *error) {
  size_t n_undercutters = n->shape.n_undercutters;
  uint32_t *parent = ONUS_ARENA_ARRAY(n->arena, uint32_t, n_undercutters);
  size_t *number = ONUS_ARENA_ARRAY(n->arena, size_t, n_undercutters);
  if (!parent || !number)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t k = 0; k < n_undercutters; k++)
    parent[k] = k;
  for (size_t i = 0; i < n->shape.n_items; i++)
    for (size_t u = 1; u < n->items[i].n_undercutters; u++)
      parent[root_of(parent, n->items[i].undercutters[u])] = root_of(parent, n->items[i].undercutters[0]);
  size_t count = 0;
  for (uint32_t k = 0; k < n_undercutters; k++)
    if (root_of(parent, k) == k)
      number[k] = count++;
  n->shape.n_components = count;
  n->components = ONUS_ARENA_ARRAY(n->arena, component, count);
  if (!n->components)
    return ONUS_FAIL_NO_MEMORY(error);
  for (uint32_t k = 0; k < n_undercutters; k++) {
    n->described_undercutters[k].component = number[root_of(parent, k)];
    n->components[n->described_undercutters[k].component].n_undercutters++;
  }
  for (size_t i = 0; i < n->shape.n_items; i++) {
    n->described_items[i].component = n->described_undercutters[n->items[i].undercutters[0]].component;
    n->components[n->described_items[i].component].n_items++;
  }
  return ONUS_OK;
}

static onus_status fill_components(onus_network *n, onus_error *error) {
  for (size_t i = 0; i < n->shape.n_components; i++) {
    component *c = &n->components[i];
    c->undercutters = ONUS_ARENA_ARRAY(n->arena, uint32_t, c->n_undercutters);
    c->items = ONUS_ARENA_ARRAY(n->arena, uint32_t, c->n_items);
    if (!c->undercutters || !c->items)
      return ONUS_FAIL_NO_MEMORY(error);
    c->n_undercutters = c->n_items = 0;
  }
  for (uint32_t k = 0; k < n->shape.n_undercutters; k++) {
    component *c = &n->components[n->described_undercutters[k].component];
    c->undercutters[c->n_undercutters++] = k;
  }
  for (uint32_t i = 0; i < n->shape.n_items; i++) {
    component *c = &n->components[n->described_items[i].component];
    c->items[c->n_items++] = i;
  }
  for (size_t i = 0; i < n->shape.n_components; i++)
    ONUS_TRY(onus_plan_component(n, &n->components[i], error));
  return ONUS_OK;
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

/* Imitators in an order in which every target comes first; the reader has refused cycles. */
static onus_status order_imitators(onus_network *n, onus_error *error) {
  const onus_case *c = n->view->c;
  n->imitates = ONUS_ARENA_ARRAY(n->arena, size_t, n->n_hypotheses);
  n->imitators = ONUS_ARENA_ARRAY(n->arena, size_t, n->n_hypotheses);
  bool *placed = ONUS_ARENA_ARRAY(n->arena, bool, n->n_hypotheses);
  if (!n->imitates || !n->imitators || !placed)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t h = 0; h < n->n_hypotheses; h++) {
    n->imitates[h] = c->hypotheses[h].imitates;
    placed[h] = n->imitates[h] == ONUS_NONE;
  }
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t h = 0; h < n->n_hypotheses; h++)
      if (!placed[h] && placed[n->imitates[h]]) {
        placed[h] = moved = true;
        n->imitators[n->n_imitators++] = h;
      }
  }
  return ONUS_OK;
}

static onus_status add_priors(onus_network *n, onus_error *error) {
  n->since_utc = INT64_MIN;
  n->prior = ONUS_ARENA_ARRAY(n->arena, uint32_t, n->n_hypotheses);
  if (!n->prior)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t h = 0; h < n->n_hypotheses; h++) {
    const char *const parts[4] = {"hypotheses", n->view->c->hypotheses[h].id, "prior"};
    ONUS_TRY(add_value(n, n->view->prior[h], ONUS_SCALE_LOGIT, false, parts, &n->prior[h], error));
  }
  return ONUS_OK;
}

/* Invariant 1: the largest entry of every row is 1 at the points. */
static onus_status scale_rows(onus_network *n, onus_error *error) {
  onus_batch *batch = onus_batch_new(n, 1, false);
  if (!batch)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_batch_derive(batch);
  for (size_t i = 0; i < n->shape.n_items; i++) {
    double largest = 0;
    for (size_t h = 0; h < n->n_hypotheses; h++)
      largest = fmax(largest, batch->row[i * n->n_hypotheses + h]);
    n->items[i].row.scale = 1 / largest;
  }
  onus_batch_free(batch);
  return ONUS_OK;
}

static void describe(onus_network *n) {
  onus_network_shape *shape = &n->shape;
  shape->n_hypotheses = n->n_hypotheses;
  shape->n_values = n->n_values;
  shape->n_ranged = n->n_ranged;
  shape->n_coordinates = n->n_coordinates;
  shape->values = n->values;
  shape->ranged = n->ranged;
  shape->items = n->described_items;
  shape->undercutters = n->described_undercutters;
  for (size_t i = 0; i < shape->n_components; i++)
    shape->n_table_entries += n->components[i].n_entries;
  /* Rows count too: the lanes of a large case would not fit the cache, and at worst not the memory. */
  size_t entries = shape->n_table_entries + shape->n_items * n->n_hypotheses;
  shape->lanes = entries > (size_t)1 << 20 ? 1 : ONUS_LANES;
}

static onus_status make(onus_network *n, bool with_questions, onus_error *error) {
  undercutter_map map;
  ONUS_TRY(order_imitators(n, error));
  ONUS_TRY(add_priors(n, error));
  ONUS_TRY(date_undercutters(n, error));
  ONUS_TRY(list_undercutters(n, &map, error));
  ONUS_TRY(compile_items(n, &map, error));
  size_t n_used = n->n_values;
  ONUS_TRY(reserve_retracted(n, &map, error));
  ONUS_TRY(give_coordinates(n, 0, n_used, error));
  n->n_values = n_used;
  if (with_questions)
    ONUS_TRY(compile_questions(n, error));
  ONUS_TRY(give_coordinates(n, n_used, n->n_values, error));
  ONUS_TRY(split_components(n, error));
  ONUS_TRY(fill_components(n, error));
  describe(n);
  return scale_rows(n, error);
}

onus_status onus_network_make(const onus_view *view, bool with_questions, onus_network **ret_network,
                              onus_error *error) {
  onus_network *n = ONUS_ARENA_HANDLE(onus_network, (size_t)2 << 30);
  if (!n)
    return ONUS_FAIL_NO_MEMORY(error);
  n->view = view;
  n->n_hypotheses = view->c->n_hypotheses;
  n->open = view->c->open_hypothesis;
  onus_status status = make(n, with_questions, error);
  if (status != ONUS_OK) {
    onus_network_free(n);
    return status;
  }
  *ret_network = n;
  return ONUS_OK;
}

void onus_network_free(onus_network *network) {
  if (network)
    onus_arena_free(network->arena);
}

/* ln of a cell's value on the log scale: mean (the point) and deviation; cutting at 1 is left out. */
static void cell_distribution(const onus_network *n, const row_program *row, size_t h, double *ret_mean,
                              double *ret_deviation, uint32_t *ret_value) {
  const cell *entry = &row->cells[row->cells[h].kind == CELL_OPEN ? n->open : h];
  const onus_value *value = entry->kind == CELL_VALUE ? &n->values[entry->value] : NULL;
  *ret_value = value ? entry->value : UINT32_MAX;
  *ret_mean = value ? log(value->point) : 0;
  *ret_deviation = value && value->is_ranged ? value->deviation : 0;
}

double onus_network_log_ratio(const onus_network *n, size_t item, size_t h, onus_number *ret_range) {
  const row_program *row = &n->items[item].row;
  if (row->cells[h].kind == CELL_IMITATE) { /* its target's, weakened [M-2] */
    onus_number range;
    double phi = n->values[row->forgeable].point;
    double point = exp(onus_network_log_ratio(n, item, n->imitates[h], &range));
    *ret_range = (onus_number){phi * range.low + 1 - phi, phi * range.high + 1 - phi};
    return log(phi * point + 1 - phi);
  }
  double mean, deviation, open_mean, open_deviation;
  uint32_t value, open_value;
  cell_distribution(n, row, h, &mean, &deviation, &value);
  cell_distribution(n, row, n->open, &open_mean, &open_deviation, &open_value);
  double spread = value == open_value ? 0 : RANGE_SCORE * sqrt(deviation * deviation + open_deviation * open_deviation);
  *ret_range = (onus_number){exp(mean - open_mean - spread), exp(mean - open_mean + spread)};
  return mean - open_mean;
}

bool onus_network_item_is_ranged(const onus_network *n, size_t item) {
  const compiled_item *of = &n->items[item];
  bool is_ranged = n->values[of->row.forgeable].is_ranged;
  for (size_t h = 0; h < n->n_hypotheses; h++)
    is_ranged = is_ranged || (of->row.cells[h].kind == CELL_VALUE && n->values[of->row.cells[h].value].is_ranged);
  is_ranged = is_ranged || (of->has_credibility && n->values[of->credibility].is_ranged);
  return is_ranged || (of->has_unseen && n->values[of->unseen].is_ranged);
}

const onus_network_shape *onus_network_describe(const onus_network *network) {
  return &network->shape;
}
