/* How one component is summed: tables and the order of operations on them, fixed before any number is known.
 *
 * Variables of a component with K undercutters, in their canonical order: u_0 … u_{K−1} (two states: does not hold,
 * holds), the stories S_0 … S_{K−1} [M-6] and H (one state a hypothesis). An item with undercutters k_0, k_1, … [M-5]
 * falls apart into one factor for each that may govern it:
 *     level j:  L_e(S_{k_j}) where u_{k_0} … u_{k_{j−1}} do not hold and u_{k_j} does, else 1
 *     truth:    L_e(H)       where none holds, else 1
 * Exactly one of them is not 1, so their product is what governs the item [M-7]. Factors with the same story and the
 * same undercutters share a table, in which the rows of all their items multiply: a block.
 *
 * The variables but H are summed out one by one, always the one whose clique has the fewest entries (min-fill counts
 * edges; states differ here, two for u and one a hypothesis for S, so we count entries; ties go to the first).
 */
#include "inference/network_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct table {
  uint32_t *scope; /* sorted variables */
  size_t n_scope, offset, n_entries;
  uint32_t block, step; /* what it is filled by, or UINT32_MAX */
  bool is_used_up;
} table;

typedef struct index_list {
  uint32_t *at;
  size_t count, capacity;
} index_list;

typedef struct planner {
  onus_network *network;
  component *c;
  onus_arena *scratch;
  size_t n_variables; /* 2K + 1 */
  table *tables;
  size_t n_tables, tables_capacity;
  index_list *tables_of;  /* [n_variables] tables whose scope has it, used up or not */
  index_list *neighbours; /* [n_variables] sorted */
  size_t *cost;           /* [n_variables] entries of its clique */
  size_t steps_capacity;
} planner;

static size_t size_of(const planner *p, uint32_t variable) {
  return variable < p->c->n_undercutters ? 2 : p->network->n_hypotheses;
}

static bool list_reserve(planner *p, index_list *list) {
  return onus_arena_room_for_one(p->scratch, &list->at, list->count, &list->capacity, sizeof *list->at);
}

static bool list_append(planner *p, index_list *list, uint32_t value) {
  if (!list_reserve(p, list))
    return false;
  list->at[list->count++] = value;
  return true;
}

/* The place of `value` in a sorted list, or where it would go. */
static size_t list_find(const index_list *list, uint32_t value) {
  size_t low = 0, high = list->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (list->at[middle] < value)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool list_insert(planner *p, index_list *list, uint32_t value) {
  size_t at = list_find(list, value);
  if (at < list->count && list->at[at] == value)
    return true;
  if (!list_reserve(p, list))
    return false;
  memmove(list->at + at + 1, list->at + at, (list->count - at) * sizeof *list->at);
  list->at[at] = value;
  list->count++;
  return true;
}

static void list_remove(index_list *list, uint32_t value) {
  size_t at = list_find(list, value);
  if (at < list->count && list->at[at] == value)
    memmove(list->at + at, list->at + at + 1, (--list->count - at) * sizeof *list->at);
}

/* --- tables -------------------------------------------------------------------------------------------------- */

static const char *undercutter_id(const onus_network *n, uint32_t k) {
  const onus_network_undercutter *u = &n->described_undercutters[k];
  return u->is_source ? n->view->c->sources[u->index].id : n->view->c->undercutters[u->index].id;
}

static onus_status fail_too_large(const planner *p, onus_error *error) {
  const onus_case *c = p->network->view->c;
  uint32_t last = p->c->undercutters[p->c->n_undercutters - 1];
  return ONUS_FAIL(
      error, ONUS_LIMIT,
      "the component of item \"%s\" (%zu items under %zu undercutters, \"%s\" to \"%s\") is too entangled: summing it "
      "exactly needs more than %zu table entries; give its items fewer shared undercutters",
      c->items[p->network->described_items[p->c->items[0]].item].id, p->c->n_items, p->c->n_undercutters,
      undercutter_id(p->network, p->c->undercutters[0]), undercutter_id(p->network, last), ONUS_TABLE_ENTRIES);
}

/* Adds a table over `scope` (copied) with room of its own, or, with `offset` given, over entries that exist. */
static onus_status add_table(planner *p, const uint32_t *scope, size_t n_scope, const size_t *offset,
                             uint32_t *ret_table, onus_error *error) {
  if (p->n_tables == p->tables_capacity) {
    size_t capacity = p->tables_capacity ? p->tables_capacity * 2 : 64;
    table *grown = ONUS_ARENA_ARRAY(p->scratch, table, capacity);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    if (p->n_tables)
      memcpy(grown, p->tables, p->n_tables * sizeof *grown);
    p->tables = grown;
    p->tables_capacity = capacity;
  }
  table t = {.n_scope = n_scope,
             .n_entries = 1,
             .block = UINT32_MAX,
             .step = UINT32_MAX,
             .scope = ONUS_ARENA_ARRAY(p->scratch, uint32_t, n_scope)};
  if (!t.scope)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < n_scope; i++) {
    t.scope[i] = scope[i];
    t.n_entries *= size_of(p, scope[i]);
    if (t.n_entries > ONUS_TABLE_ENTRIES)
      return fail_too_large(p, error);
  }
  if (!offset && t.n_entries > ONUS_TABLE_ENTRIES - p->c->n_entries)
    return fail_too_large(p, error);
  t.offset = offset ? *offset : p->c->n_entries;
  if (!offset)
    p->c->n_entries += t.n_entries;
  for (size_t i = 0; i < n_scope; i++)
    if (!list_append(p, &p->tables_of[scope[i]], (uint32_t)p->n_tables))
      return ONUS_FAIL_NO_MEMORY(error);
  *ret_table = (uint32_t)p->n_tables;
  p->tables[p->n_tables++] = t;
  return ONUS_OK;
}

/* --- factors --------------------------------------------------------------------------------------------------- */

/* One factor of one item: its story (K: the truth) and the undercutters whose states decide it. */
typedef struct factor {
  uint32_t story;
  uint32_t *scope; /* sorted, with the story's undercutter */
  size_t n_scope;
  contribution from;
} factor;

static int compare_factors(const void *a, const void *b) {
  const factor *x = a, *y = b;
  if (x->story != y->story)
    return x->story < y->story ? -1 : 1;
  if (x->n_scope != y->n_scope)
    return x->n_scope < y->n_scope ? -1 : 1;
  for (size_t i = 0; i < x->n_scope; i++)
    if (x->scope[i] != y->scope[i])
      return x->scope[i] < y->scope[i] ? -1 : 1;
  if (x->from.item != y->from.item)
    return x->from.item < y->from.item ? -1 : 1;
  return 0;
}

static bool same_table(const factor *a, const factor *b) {
  return a->story == b->story && a->n_scope == b->n_scope &&
         memcmp(a->scope, b->scope, a->n_scope * sizeof *a->scope) == 0;
}

static uint32_t local_index(const component *c, uint32_t undercutter) {
  index_list all = {c->undercutters, c->n_undercutters, c->n_undercutters};
  return (uint32_t)list_find(&all, undercutter);
}

static onus_status list_factors(planner *p, factor **ret_factors, size_t *ret_count, onus_error *error) {
  component *c = p->c;
  size_t count = 0;
  for (size_t i = 0; i < c->n_items; i++)
    count += p->network->items[c->items[i]].n_undercutters + 1;
  factor *all = ONUS_ARENA_ARRAY(p->scratch, factor, count);
  if (!all)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t at = 0;
  for (size_t i = 0; i < c->n_items; i++) {
    const compiled_item *item = &p->network->items[c->items[i]];
    if (item->n_undercutters > 24)
      return fail_too_large(p, error);
    index_list scope = {0};
    for (size_t j = 0; j <= item->n_undercutters; j++) {
      factor *f = &all[at++];
      bool is_truth = j == item->n_undercutters;
      f->story = is_truth ? (uint32_t)c->n_undercutters : local_index(c, item->undercutters[j]);
      if (!is_truth && !list_insert(p, &scope, f->story))
        return ONUS_FAIL_NO_MEMORY(error);
      f->n_scope = scope.count;
      f->scope = ONUS_ARENA_ARRAY(p->scratch, uint32_t, scope.count);
      if (!f->scope)
        return ONUS_FAIL_NO_MEMORY(error);
      memcpy(f->scope, scope.at, scope.count * sizeof *f->scope);
      f->from.item = c->items[i];
      f->from.level = is_truth ? LEVEL_TRUTH : j == 0 ? LEVEL_SOURCE : LEVEL_UNDERCUT;
    }
  }
  qsort(all, count, sizeof *all, compare_factors);
  *ret_factors = all;
  *ret_count = count;
  return ONUS_OK;
}

/* Makes the table of factors[0 … count), which share it, and its block. */
static onus_status add_block(planner *p, const factor *factors, size_t count, onus_error *error) {
  component *c = p->c;
  const factor *f = &factors[0];
  bool is_truth = f->story == c->n_undercutters;
  uint32_t scope[32];
  memcpy(scope, f->scope, f->n_scope * sizeof *scope);
  scope[f->n_scope] = (uint32_t)(c->n_undercutters + f->story); /* S_story, or H when the story is K */
  uint32_t made;
  ONUS_TRY(add_table(p, scope, f->n_scope + 1, NULL, &made, error));
  size_t offset = p->tables[made].offset;
  if (!is_truth)
    for (size_t i = 0; i < f->n_scope; i++)
      if (f->scope[i] == f->story)
        offset += p->network->n_hypotheses << (f->n_scope - 1 - i);
  p->tables[made].block = (uint32_t)c->n_blocks;
  block *b = &c->blocks[c->n_blocks++];
  *b = (block){.offset = offset,
               .next_step = UINT32_MAX,
               .first_contribution = (uint32_t)c->n_contributions,
               .n_contributions = (uint32_t)count,
               .is_truth = is_truth,
               .source = UINT32_MAX};
  if (f->from.level == LEVEL_SOURCE)
    b->source = c->undercutters[f->story];
  for (size_t i = 0; i < count; i++)
    c->contributions[c->n_contributions++] = factors[i].from;
  return ONUS_OK;
}

static onus_status add_factors(planner *p, onus_error *error) {
  component *c = p->c;
  factor *factors = NULL;
  size_t count = 0;
  ONUS_TRY(list_factors(p, &factors, &count, error));
  c->blocks = ONUS_ARENA_ARRAY(p->network->arena, block, count);
  c->contributions = ONUS_ARENA_ARRAY(p->network->arena, contribution, count);
  c->undercutter_table = ONUS_ARENA_ARRAY(p->network->arena, size_t, c->n_undercutters);
  if (!c->blocks || !c->contributions || !c->undercutter_table)
    return ONUS_FAIL_NO_MEMORY(error);
  c->prior_table = c->n_entries;
  c->n_entries += p->network->n_hypotheses;
  for (uint32_t k = 0; k < c->n_undercutters; k++) {
    uint32_t made, story = (uint32_t)c->n_undercutters + k;
    ONUS_TRY(add_table(p, &story, 1, &c->prior_table, &made, error));
    ONUS_TRY(add_table(p, &k, 1, NULL, &made, error));
    c->undercutter_table[k] = p->tables[made].offset;
  }
  for (size_t first = 0, last; first < count; first = last) {
    for (last = first + 1; last < count && same_table(&factors[first], &factors[last]);)
      last++;
    ONUS_TRY(add_block(p, factors + first, last - first, error));
  }
  return ONUS_OK;
}

/* --- operations -------------------------------------------------------------------------------------------------- */

static onus_status add_step(planner *p, step **ret_step, onus_error *error) {
  component *c = p->c;
  if (c->n_steps == p->steps_capacity) {
    size_t capacity = p->steps_capacity ? p->steps_capacity * 2 : 16;
    step *grown = ONUS_ARENA_ARRAY(p->network->arena, step, capacity);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    if (c->n_steps)
      memcpy(grown, c->steps, c->n_steps * sizeof *grown);
    c->steps = grown;
    p->steps_capacity = capacity;
  }
  *ret_step = &c->steps[c->n_steps++];
  return ONUS_OK;
}

/* The newest step takes the table: each is taken once, so that whatever fills it knows what to do again. */
static void use_up(planner *p, uint32_t index) {
  table *t = &p->tables[index];
  uint32_t by = (uint32_t)(p->c->n_steps - 1);
  t->is_used_up = true;
  if (t->block != UINT32_MAX)
    p->c->blocks[t->block].next_step = by;
  if (t->step != UINT32_MAX)
    p->c->steps[t->step].next_step = by;
}

/* The newest step fills the table. */
static void fill_by_step(planner *p, uint32_t index, step *s) {
  p->tables[index].step = (uint32_t)(p->c->n_steps - 1);
  s->out = p->tables[index].offset;
}

static size_t merge_scopes(const table *a, const table *b, uint32_t *out) {
  size_t i = 0, j = 0, n = 0;
  while (i < a->n_scope || j < b->n_scope) {
    if (j == b->n_scope || (i < a->n_scope && a->scope[i] < b->scope[j]))
      out[n++] = a->scope[i++];
    else if (i == a->n_scope || b->scope[j] < a->scope[i])
      out[n++] = b->scope[j++];
    else {
      out[n++] = a->scope[i++];
      j++;
    }
  }
  return n;
}

static bool in_scope(const table *t, uint32_t variable) {
  for (size_t i = 0; i < t->n_scope; i++)
    if (t->scope[i] == variable)
      return true;
  return false;
}

/* Fills `map` with the entry of `t` that each run of a table over `scope` starts at; the runs are the entries of the
 * first n_outer variables. */
static void fill_map(const planner *p, const table *t, const uint32_t *scope, size_t n_outer, size_t n_runs,
                     uint32_t *map) {
  size_t stride[64], digit[64] = {0}, size[64];
  for (size_t i = 0; i < n_outer; i++) {
    size[i] = size_of(p, scope[i]);
    stride[i] = in_scope(t, scope[i]) ? 1 : 0;
    for (size_t j = 0; stride[i] && j < t->n_scope; j++)
      if (t->scope[j] > scope[i])
        stride[i] *= size_of(p, t->scope[j]);
  }
  size_t entry = 0;
  for (size_t r = 0; r < n_runs; r++) {
    map[r] = (uint32_t)(t->offset + entry);
    for (size_t i = n_outer; i-- > 0;) {
      entry += stride[i];
      if (++digit[i] < size[i])
        break;
      entry -= stride[i] * size[i];
      digit[i] = 0;
    }
  }
}

/* The step of two operands over the union `scope` of theirs: the one that has the last variable becomes a, and the run
 * is as long as it can be without crossing `barrier` (a variable, or UINT32_MAX), which stays outside unless it is
 * last. */
static onus_status add_product(planner *p, uint32_t left, uint32_t right, const uint32_t *scope, size_t n_scope,
                               uint32_t barrier, step **ret_step, size_t *ret_outer, onus_error *error) {
  step *s;
  ONUS_TRY(add_step(p, &s, error));
  if (n_scope && !in_scope(&p->tables[left], scope[n_scope - 1])) {
    uint32_t swapped = left;
    left = right;
    right = swapped;
  }
  table *a = &p->tables[left], *b = &p->tables[right];
  bool in_b = n_scope && in_scope(b, scope[n_scope - 1]);
  size_t n_outer = n_scope, run = 1, n_runs = 1;
  while (n_outer > 0 && in_scope(a, scope[n_outer - 1]) && in_scope(b, scope[n_outer - 1]) == in_b) {
    if (scope[n_outer - 1] == barrier && n_outer < n_scope)
      break;
    run *= size_of(p, scope[--n_outer]);
    if (scope[n_outer] == barrier)
      break;
  }
  for (size_t i = 0; i < n_outer; i++)
    n_runs *= size_of(p, scope[i]);
  *s = (step){.b_is_constant = !in_b,
              .n_runs = (uint32_t)n_runs,
              .run = (uint32_t)run,
              .next_step = UINT32_MAX,
              .a = a->offset,
              .b = b->offset};
  s->map_a = ONUS_ARENA_ARRAY(p->network->arena, uint32_t, n_runs);
  s->map_b = ONUS_ARENA_ARRAY(p->network->arena, uint32_t, n_runs);
  if (!s->map_a || !s->map_b)
    return ONUS_FAIL_NO_MEMORY(error);
  fill_map(p, a, scope, n_outer, n_runs, s->map_a);
  fill_map(p, b, scope, n_outer, n_runs, s->map_b);
  use_up(p, left);
  use_up(p, right);
  *ret_step = s;
  *ret_outer = n_outer;
  return ONUS_OK;
}

static onus_status merge_for_product(const planner *p, uint32_t left, uint32_t right, uint32_t *scope, size_t *ret_n,
                                     onus_error *error) {
  if (p->tables[left].n_scope + p->tables[right].n_scope > 60)
    return fail_too_large(p, error);
  *ret_n = merge_scopes(&p->tables[left], &p->tables[right], scope);
  return ONUS_OK;
}

static onus_status multiply(planner *p, uint32_t left, uint32_t right, uint32_t *ret_table, onus_error *error) {
  uint32_t scope[64], made;
  size_t n_scope = 0, n_outer;
  step *s;
  ONUS_TRY(merge_for_product(p, left, right, scope, &n_scope, error));
  ONUS_TRY(add_table(p, scope, n_scope, NULL, &made, error));
  ONUS_TRY(add_product(p, left, right, scope, n_scope, UINT32_MAX, &s, &n_outer, error));
  s->kind = STEP_MULTIPLY;
  fill_by_step(p, made, s);
  *ret_table = made;
  return ONUS_OK;
}

/* Multiplies the last two tables over `variable` and sums it out at once. */
static onus_status contract(planner *p, uint32_t left, uint32_t right, uint32_t variable, onus_error *error) {
  uint32_t scope[64], kept[64], made;
  size_t n_scope = 0, n_outer, n_kept = 0;
  step *s;
  ONUS_TRY(merge_for_product(p, left, right, scope, &n_scope, error));
  for (size_t i = 0; i < n_scope; i++)
    if (scope[i] != variable)
      kept[n_kept++] = scope[i];
  ONUS_TRY(add_table(p, kept, n_kept, NULL, &made, error));
  ONUS_TRY(add_product(p, left, right, scope, n_scope, variable, &s, &n_outer, error));
  s->kind = STEP_CONTRACT;
  s->out_is_constant = scope[n_scope - 1] == variable;
  fill_by_step(p, made, s);
  s->n_out = p->tables[made].n_entries;
  s->map_out = ONUS_ARENA_ARRAY(p->network->arena, uint32_t, s->n_runs);
  if (!s->map_out)
    return ONUS_FAIL_NO_MEMORY(error);
  fill_map(p, &p->tables[made], scope, n_outer, s->n_runs, s->map_out);
  return ONUS_OK;
}

static onus_status sum_out(planner *p, uint32_t from, uint32_t variable, onus_error *error) {
  uint32_t scope[64], made;
  size_t n = 0, run = 1, n_runs = 1;
  for (size_t i = 0; i < p->tables[from].n_scope; i++) {
    uint32_t v = p->tables[from].scope[i];
    if (v == variable)
      continue;
    scope[n++] = v;
    if (v < variable)
      n_runs *= size_of(p, v);
    else
      run *= size_of(p, v);
  }
  ONUS_TRY(add_table(p, scope, n, NULL, &made, error));
  step *s;
  ONUS_TRY(add_step(p, &s, error));
  *s = (step){.kind = STEP_SUM,
              .n_runs = (uint32_t)n_runs,
              .run = (uint32_t)run,
              .n_summed = (uint32_t)size_of(p, variable),
              .next_step = UINT32_MAX,
              .a = p->tables[from].offset};
  fill_by_step(p, made, s);
  use_up(p, from);
  return ONUS_OK;
}

static size_t merged_entries(const planner *p, uint32_t a, uint32_t b) {
  uint32_t scope[128];
  if (p->tables[a].n_scope + p->tables[b].n_scope > 64)
    return SIZE_MAX;
  size_t n = merge_scopes(&p->tables[a], &p->tables[b], scope), entries = 1;
  for (size_t i = 0; i < n && entries <= ONUS_TABLE_ENTRIES; i++)
    entries *= size_of(p, scope[i]);
  return entries;
}

static int compare_scopes(const table *x, const table *y) {
  if (x->n_scope != y->n_scope)
    return x->n_scope < y->n_scope ? -1 : 1;
  for (size_t i = 0; i < x->n_scope; i++)
    if (x->scope[i] != y->scope[i])
      return x->scope[i] < y->scope[i] ? -1 : 1;
  return 0;
}

/* The pair of tables whose product is smallest; beyond a few dozen, the first two: then nearly all have one scope. */
static void choose_pair(const planner *p, const uint32_t *list, size_t count, size_t *ret_i, size_t *ret_j) {
  size_t best = SIZE_MAX;
  *ret_i = 0;
  *ret_j = 1;
  if (count > 24)
    return;
  for (size_t i = 0; i < count; i++)
    for (size_t j = i + 1; j < count; j++) {
      size_t entries = merged_entries(p, list[i], list[j]);
      if (entries < best) {
        best = entries;
        *ret_i = i;
        *ret_j = j;
      }
    }
}

/* Multiplies `list` until `wanted` tables are left, smallest products first. */
static onus_status multiply_down(planner *p, uint32_t *list, size_t *count, size_t wanted, onus_error *error) {
  /* Insertion sort by scope: buckets are small, or made of tables that mostly come in order. */
  for (size_t i = 1; i < *count; i++)
    for (size_t j = i; j > 0 && compare_scopes(&p->tables[list[j - 1]], &p->tables[list[j]]) > 0; j--) {
      uint32_t swapped = list[j];
      list[j] = list[j - 1];
      list[j - 1] = swapped;
    }
  size_t kept = 0;
  for (size_t i = 0; i < *count; i++) {
    bool same = kept && compare_scopes(&p->tables[list[kept - 1]], &p->tables[list[i]]) == 0;
    if (same && kept + (*count - i) > wanted)
      ONUS_TRY(multiply(p, list[kept - 1], list[i], &list[kept - 1], error));
    else
      list[kept++] = list[i];
  }
  while (kept > wanted) {
    size_t i, j;
    choose_pair(p, list, kept, &i, &j);
    ONUS_TRY(multiply(p, list[i], list[j], &list[i], error));
    memmove(list + j, list + j + 1, (--kept - j) * sizeof *list);
  }
  *count = kept;
  return ONUS_OK;
}

/* --- elimination ------------------------------------------------------------------------------------------------- */

static onus_status connect(planner *p, const uint32_t *scope, size_t n_scope, onus_error *error) {
  for (size_t i = 0; i < n_scope; i++)
    for (size_t j = 0; j < n_scope; j++)
      if (i != j && !list_insert(p, &p->neighbours[scope[i]], scope[j]))
        return ONUS_FAIL_NO_MEMORY(error);
  return ONUS_OK;
}

static size_t clique_entries(const planner *p, uint32_t variable) {
  size_t entries = size_of(p, variable);
  const index_list *near = &p->neighbours[variable];
  for (size_t i = 0; i < near->count; i++) {
    entries *= size_of(p, near->at[i]);
    if (entries > ONUS_TABLE_ENTRIES)
      return SIZE_MAX;
  }
  return entries;
}

/* The unused tables over a variable, in `list`. */
static onus_status live_tables(planner *p, uint32_t variable, index_list *list, onus_error *error) {
  list->count = 0;
  const index_list *all = &p->tables_of[variable];
  for (size_t i = 0; i < all->count; i++)
    if (!p->tables[all->at[i]].is_used_up && !list_append(p, list, all->at[i]))
      return ONUS_FAIL_NO_MEMORY(error);
  return ONUS_OK;
}

static onus_status eliminate_one(planner *p, uint32_t variable, index_list *list, onus_error *error) {
  ONUS_TRY(live_tables(p, variable, list, error));
  ONUS_TRY(multiply_down(p, list->at, &list->count, 2, error));
  if (list->count == 2)
    ONUS_TRY(contract(p, list->at[0], list->at[1], variable, error));
  else
    ONUS_TRY(sum_out(p, list->at[0], variable, error));
  index_list *near = &p->neighbours[variable];
  for (size_t i = 0; i < near->count; i++)
    list_remove(&p->neighbours[near->at[i]], variable);
  ONUS_TRY(connect(p, near->at, near->count, error));
  for (size_t i = 0; i < near->count; i++)
    p->cost[near->at[i]] = clique_entries(p, near->at[i]);
  return ONUS_OK;
}

static onus_status eliminate(planner *p, onus_error *error) {
  uint32_t truth = (uint32_t)(p->n_variables - 1);
  index_list list = {0};
  uint32_t *left = ONUS_ARENA_ARRAY(p->scratch, uint32_t, p->n_variables);
  p->cost = ONUS_ARENA_ARRAY(p->scratch, size_t, p->n_variables);
  if (!left || !p->cost)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t t = 0; t < p->n_tables; t++)
    ONUS_TRY(connect(p, p->tables[t].scope, p->tables[t].n_scope, error));
  for (uint32_t v = 0; v < p->n_variables; v++) {
    left[v] = v;
    p->cost[v] = clique_entries(p, v);
  }
  for (size_t n_left = truth; n_left > 0; n_left--) {
    size_t best = 0;
    for (size_t i = 1; i < n_left; i++)
      if (p->cost[left[i]] < p->cost[left[best]])
        best = i;
    uint32_t variable = left[best];
    if (p->cost[variable] > ONUS_TABLE_ENTRIES)
      return fail_too_large(p, error);
    memmove(left + best, left + best + 1, (n_left - 1 - best) * sizeof *left);
    ONUS_TRY(eliminate_one(p, variable, &list, error));
  }
  ONUS_TRY(live_tables(p, truth, &list, error));
  ONUS_TRY(multiply_down(p, list.at, &list.count, 1, error));
  p->c->result = p->tables[list.at[0]].offset;
  return ONUS_OK;
}

onus_status onus_plan_component(onus_network *network, component *c, onus_error *error) {
  planner p = {.network = network, .c = c, .n_variables = 2 * c->n_undercutters + 1};
  p.scratch = onus_arena_new((size_t)1 << 30);
  onus_status status = ONUS_OK;
  if (p.scratch) {
    p.tables_of = ONUS_ARENA_ARRAY(p.scratch, index_list, p.n_variables);
    p.neighbours = ONUS_ARENA_ARRAY(p.scratch, index_list, p.n_variables);
  }
  if (!p.scratch || !p.tables_of || !p.neighbours)
    status = ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = add_factors(&p, error);
  if (status == ONUS_OK)
    status = eliminate(&p, error);
  onus_arena_free(p.scratch);
  return status;
}
