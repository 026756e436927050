/* From pieces to the result: functions by address, their blocks, where each block goes on, what is called. */
#include "code/discover_internal.h"
#include "code/search.h"

#include <stdlib.h>

typedef struct part { /* a piece, whose owner is known from its place */
  uint32_t position, length, n_instructions;
} part;

typedef struct assembly {
  onus_discovery *d;
  part *pieces;                /* by owner's rank, then position */
  uint32_t *rank_of, *by_rank; /* start -> its place among the starts by address, and back */
  size_t *first_piece;         /* by rank, and one more */
  onus_list blocks, edges, calls, functions;
  size_t next_block; /* of the function at hand: the one after that which is connected */
} assembly;

static int by_position(const void *a, const void *b) {
  const part *x = a, *y = b;
  return x->position < y->position ? -1 : x->position > y->position;
}

typedef struct ranked {
  uint32_t position, start;
} ranked;

static int by_start(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  return x->position < y->position ? -1 : x->position > y->position;
}

/* Places starts by position and pieces by start. */
static onus_status arrange(assembly *a, onus_error *error) {
  const onus_discovery *d = a->d;
  size_t n_starts = d->starts.count, n_pieces = d->pieces.count;
  const onus_piece *found = ONUS_LIST(&d->pieces, onus_piece);
  ranked *order = malloc((n_starts + 1) * sizeof *order);
  a->rank_of = malloc((n_starts + 1) * sizeof *a->rank_of);
  a->by_rank = malloc((n_starts + 1) * sizeof *a->by_rank);
  a->first_piece = calloc(n_starts + 2, sizeof *a->first_piece);
  a->pieces = malloc((n_pieces + 1) * sizeof *a->pieces);
  if (!order || !a->rank_of || !a->by_rank || !a->first_piece || !a->pieces) {
    free(order);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t i = 0; i < n_starts; i++)
    order[i] = (ranked){ONUS_LIST(&d->starts, onus_start)[i].position, (uint32_t)i};
  qsort(order, n_starts, sizeof *order, by_start);
  for (size_t i = 0; i < n_starts; i++) {
    a->rank_of[order[i].start] = (uint32_t)i;
    a->by_rank[i] = order[i].start;
  }
  free(order);
  for (size_t i = 0; i < n_pieces; i++)
    a->first_piece[a->rank_of[found[i].owner] + 2]++;
  for (size_t i = 2; i < n_starts + 2; i++)
    a->first_piece[i] += a->first_piece[i - 1];
  for (size_t i = 0; i < n_pieces; i++)
    a->pieces[a->first_piece[a->rank_of[found[i].owner] + 1]++] =
        (part){found[i].position, found[i].length, found[i].n_instructions};
  onus_list_free(&a->d->pieces); /* they are in a->pieces now */
  for (size_t i = 0; i < n_starts; i++)
    qsort(a->pieces + a->first_piece[i], a->first_piece[i + 1] - a->first_piece[i], sizeof *a->pieces, by_position);
  return ONUS_OK;
}

static uint32_t last_instruction(const onus_discovery *d, uint32_t position, uint32_t length) {
  uint32_t last = position + length - 1;
  while (last > position && !(d->state[last] & ONUS_AT_START))
    last--;
  return last;
}

/* --- one function ------------------------------------------------------------------------------------------------- */

static void add_blocks(assembly *a, size_t rank) {
  const part *pieces = a->pieces + a->first_piece[rank];
  size_t n_pieces = a->first_piece[rank + 1] - a->first_piece[rank];
  for (size_t i = 0; i < n_pieces;) {
    const part *first = &pieces[i];
    uint32_t end = first->position + first->length, n_instructions = first->n_instructions;
    /* What waited for a call to return is one block with it. */
    for (i++; i < n_pieces && pieces[i].position == end && !(a->d->state[end] & ONUS_AT_LEADER); i++) {
      const onus_record *r = onus_record_at(a->d, last_instruction(a->d, first->position, end - first->position));
      if (!r || r->kind != ONUS_RECORD_CALL)
        break;
      end += pieces[i].length;
      n_instructions += pieces[i].n_instructions;
    }
    onus_block *block = onus_list_add(&a->blocks);
    if (!block)
      return;
    /* The address is a position until the function is whole. */
    *block = (onus_block){first->position, end - first->position, n_instructions, 0, 0};
  }
}

static void add_edge(assembly *a, const onus_function *f, uint32_t target) {
  const onus_block *blocks = ONUS_LIST(&a->blocks, onus_block) + f->first_block;
  size_t low = a->next_block; /* most go on with that */
  if (low >= f->n_blocks || blocks[low].address != target)
    low = ONUS_COUNT_BELOW(blocks, f->n_blocks, address, target);
  if (low == f->n_blocks || blocks[low].address != target)
    return;
  uint32_t *edge = onus_list_add(&a->edges);
  if (edge)
    *edge = f->first_block + (uint32_t)low;
}

static void add_call(assembly *a, uint32_t from, onus_call_kind kind, uint32_t target, int32_t import) {
  onus_call *call = onus_list_add(&a->calls);
  if (call)
    *call = (onus_call){onus_address_of(a->d, from), target != ONUS_NOWHERE ? onus_address_of(a->d, target) : 0, import,
                        (uint8_t)kind};
}

/* Where a block goes on: an edge inside the function, a call when it is another function. */
static void go_on(assembly *a, const onus_function *f, uint32_t own, uint32_t from, uint32_t target) {
  if (target == ONUS_NOWHERE || target >= a->d->n_positions)
    return;
  if (a->d->state[target] & ONUS_AT_FUNCTION && target != own)
    add_call(a, from, ONUS_CALL_TAIL, target, ONUS_IMPORT_NONE);
  else
    add_edge(a, f, target);
}

static void add_calls(assembly *a, uint32_t position, uint32_t length) {
  for (uint32_t at = position, end = position + length; at < end; at++) {
    while (at + 8 <= end && (onus_eight_states(a->d->state + at) & ONUS_EACH_OF_8(ONUS_AT_RECORD)) == 0)
      at += 8;
    if (at >= end || !(a->d->state[at] & ONUS_AT_RECORD))
      continue;
    const onus_record *r = onus_record_at(a->d, at);
    if (r && r->kind == ONUS_RECORD_CALL && r->to != ONUS_NOWHERE)
      add_call(a, at, ONUS_CALL_DIRECT, r->to, ONUS_IMPORT_NONE);
    else if (r && r->kind == ONUS_RECORD_CALL_IMPORT)
      add_call(a, at, ONUS_CALL_INDIRECT, ONUS_NOWHERE, (int32_t)r->to);
    else if (r && r->kind == ONUS_RECORD_JUMP_IMPORT)
      add_call(a, at, ONUS_CALL_TAIL, ONUS_NOWHERE, (int32_t)r->to);
  }
}

static void connect(assembly *a, const onus_function *f, uint32_t own, onus_block *block) {
  onus_discovery *d = a->d;
  uint32_t position = (uint32_t)block->address, next = position + block->length_bytes;
  block->first_edge = (uint32_t)a->edges.count;
  add_calls(a, position, block->length_bytes);
  uint32_t last = last_instruction(d, position, block->length_bytes);
  const onus_record *r = onus_record_at(d, last);
  if (r && (r->kind == ONUS_RECORD_JUMP || r->kind == ONUS_RECORD_JUMP_PART || r->kind == ONUS_RECORD_BRANCH))
    go_on(a, f, own, last, r->to);
  if (r && r->kind == ONUS_RECORD_TABLE) {
    const onus_jump_table *t = &ONUS_LIST(&d->tables, onus_jump_table)[r->to];
    for (uint32_t i = 0; i < t->n_entries; i++)
      go_on(a, f, own, last, ONUS_LIST(&d->targets, uint32_t)[t->first_target + i]);
  }
  if (!(d->state[last] & ONUS_AT_END))
    go_on(a, f, own, last, next); /* after a call that does not return there is no block of this function */
  block->n_edges = (uint32_t)(a->edges.count - block->first_edge);
}

/* A function that is nothing but one jump elsewhere. */
static void see_thunk(const assembly *a, onus_function *f) {
  if (f->n_blocks != 1 || f->n_instructions > 2 || f->n_calls != 1)
    return;
  const onus_call *call = &ONUS_LIST(&a->calls, onus_call)[f->first_call];
  if (call->kind != ONUS_CALL_TAIL)
    return;
  f->is_thunk = true;
  f->thunk_of = call->target;
  f->import = call->import;
}

static void add_function(assembly *a, size_t rank) {
  const onus_discovery *d = a->d;
  const onus_start *start = &ONUS_LIST(&d->starts, onus_start)[a->by_rank[rank]];
  onus_function f = {.address = onus_address_of(d, start->position),
                     .first_block = (uint32_t)a->blocks.count,
                     .first_call = (uint32_t)a->calls.count,
                     .evidence = start->evidence,
                     .never_returns = start->returns == 0,
                     .import = ONUS_IMPORT_NONE};
  add_blocks(a, rank);
  f.n_blocks = (uint32_t)(a->blocks.count - f.first_block);
  if (f.n_blocks == 0)
    return;
  uint32_t limit = d->n_positions, end = start->position;
  if (rank + 1 < d->starts.count)
    limit = ONUS_LIST(&d->starts, onus_start)[a->by_rank[rank + 1]].position;
  onus_block *blocks = ONUS_LIST(&a->blocks, onus_block) + f.first_block;
  for (uint32_t i = 0; i < f.n_blocks; i++) {
    uint32_t position = (uint32_t)blocks[i].address;
    a->next_block = i + 1;
    connect(a, &f, start->position, &blocks[i]);
    f.n_instructions += blocks[i].n_instructions;
    f.entry_block = position == start->position ? f.first_block + i : f.entry_block;
    if (position >= start->position && position < limit)
      end = position + blocks[i].length_bytes;
  }
  for (uint32_t i = 0; i < f.n_blocks; i++)
    blocks[i].address = onus_address_of(d, (uint32_t)blocks[i].address);
  f.extent_bytes = end - start->position;
  f.n_calls = (uint32_t)(a->calls.count - f.first_call);
  see_thunk(a, &f);
  onus_function *added = onus_list_add(&a->functions);
  if (added)
    *added = f;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

/* The import that is reached through thunks; each is followed a few steps, since they may go round in circles. */
static int32_t import_behind(const onus_functions *r, uint64_t target) {
  for (unsigned i = 0; i < 4 && target != 0; i++) {
    int32_t import = onus_program_import_at(r->program, target);
    const onus_function *f = import == ONUS_IMPORT_NONE ? onus_functions_at(r, target) : NULL;
    if (import != ONUS_IMPORT_NONE)
      return import;
    if (!f || !f->is_thunk)
      return ONUS_IMPORT_NONE;
    if (f->import != ONUS_IMPORT_NONE)
      return f->import;
    target = f->thunk_of;
  }
  return ONUS_IMPORT_NONE;
}

static onus_status take(onus_list *list, void *ret_items, size_t *ret_count, bool *is_cut, onus_error *error) {
  if (list->status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  *is_cut = *is_cut || list->status == ONUS_LIMIT;
  *ret_count = list->count;
  void *items = onus_list_take(list);
  memcpy(ret_items, &items, sizeof items);
  return ONUS_OK;
}

static onus_status take_all(assembly *a, onus_functions *r, onus_error *error) {
  ONUS_TRY(take(&a->functions, &r->functions, &r->n_functions, &r->is_cut, error));
  ONUS_TRY(take(&a->blocks, &r->blocks, &r->n_blocks, &r->is_cut, error));
  ONUS_TRY(take(&a->edges, &r->edges, &r->n_edges, &r->is_cut, error));
  ONUS_TRY(take(&a->calls, &r->calls, &r->n_calls, &r->is_cut, error));
  for (size_t i = 0; i < r->n_calls; i++)
    if (r->calls[i].import == ONUS_IMPORT_NONE)
      r->calls[i].import = import_behind(r, r->calls[i].target);
  return ONUS_OK;
}

onus_status onus_assemble(onus_discovery *d, onus_functions *functions, onus_error *error) {
  size_t most = UINT32_MAX / 2;
  assembly a = {.d = d,
                .blocks = onus_list_new(sizeof(onus_block), most),
                .edges = onus_list_new(sizeof(uint32_t), most),
                .calls = onus_list_new(sizeof(onus_call), most),
                .functions = onus_list_new(sizeof(onus_function), most)};
  onus_status status = arrange(&a, error);
  for (size_t i = 0; status == ONUS_OK && i < d->starts.count; i++)
    add_function(&a, i);
  if (status == ONUS_OK)
    status = take_all(&a, functions, error);
  free(a.pieces);
  free(a.rank_of);
  free(a.by_rank);
  free(a.first_piece);
  onus_list_free(&a.blocks);
  onus_list_free(&a.edges);
  onus_list_free(&a.calls);
  onus_list_free(&a.functions);
  return status;
}
