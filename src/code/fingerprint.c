#include "code/fingerprint.h"

#include <stdlib.h>
#include <xxhash.h>

#include "code/fingerprint_internal.h"

enum {
  BAG_FIRST_SLOTS = 1024,
  BATCH = 1024,
  NEAR_DEPTH = 2,
  NEAR_CALLEES_MAX = 16,
  NEAR_TOKENS_MAX = 1024,
  BESIDE_MAX = 8,
  CALLS_MAX = 1 << 24,
};
static const size_t arena_cap_bytes = (size_t)4 << 30;

const char *onus_token_kind_name(onus_token_kind kind) {
  static const char *const names[ONUS_TOKEN_KINDS] = {"constants", "offsets", "text",  "data",          "imports",
                                                      "steps",     "slices",  "shape", "table entries", "surroundings"};
  return names[kind];
}

/* --- the bag ------------------------------------------------------------------------------------------------------ */

/* A token as one number: its order is that of tokens. */
static uint64_t number_of(const onus_token *token) {
  return (uint64_t)token->kind << 40 | (uint64_t)token->hash << 8 | token->times;
}

static onus_token token_of(uint64_t number) {
  return (onus_token){.hash = (uint32_t)(number >> 8), .kind = (uint8_t)(number >> 40), .times = (uint8_t)number};
}

void onus_token_bag_clear(onus_token_bag *bag) {
  for (size_t i = 0; i < bag->n_used; i++)
    bag->slots[bag->used[i]].times = 0;
  bag->n_used = 0;
  bag->n_slots = BAG_FIRST_SLOTS;
  bag->is_cut = false;
}

/* The slot of a token, or the free one where it belongs. */
static inline size_t slot_of(const onus_token_bag *bag, uint8_t kind, uint32_t hash) {
  size_t at = onus_mix2(kind, hash) & (bag->n_slots - 1);
  while (bag->slots[at].times != 0 && (bag->slots[at].hash != hash || bag->slots[at].kind != kind))
    at = (at + 1) & (bag->n_slots - 1);
  return at;
}

/* Four times the slots; what is in them is put in again. */
static void spread_bag(onus_token_bag *bag) {
  for (size_t i = 0; i < bag->n_used; i++) {
    bag->numbers[i] = number_of(&bag->slots[bag->used[i]]);
    bag->slots[bag->used[i]].times = 0;
  }
  bag->n_slots *= 4;
  for (size_t i = 0; i < bag->n_used; i++) {
    onus_token token = token_of(bag->numbers[i]);
    size_t at = slot_of(bag, token.kind, token.hash);
    bag->slots[at] = token;
    bag->used[i] = (uint16_t)at;
  }
}

void onus_token_bag_add(onus_token_bag *bag, onus_token_kind kind, uint32_t hash) {
  size_t at = slot_of(bag, (uint8_t)kind, hash);
  if (bag->slots[at].times != 0) {
    if (bag->slots[at].times < UINT8_MAX)
      bag->slots[at].times++;
    return;
  }
  if (bag->n_used == ONUS_BAG_TOKENS_MAX) {
    bag->is_cut = true;
    return;
  }
  if (bag->n_used == bag->n_slots / 2) {
    spread_bag(bag);
    at = slot_of(bag, (uint8_t)kind, hash);
  }
  bag->slots[at] = (onus_token){.hash = hash, .kind = (uint8_t)kind, .times = 1};
  bag->used[bag->n_used++] = (uint16_t)at;
}

/* Merge sort between two arrays of `n`; the result is in `numbers`. */
static void sort_numbers(uint64_t *numbers, uint64_t *room, size_t n) {
  for (size_t i = 0; i < n; i += 8) /* runs of eight by insertion */
    for (size_t k = i + 1; k < n && k < i + 8; k++) {
      uint64_t number = numbers[k];
      size_t at = k;
      for (; at > i && numbers[at - 1] > number; at--)
        numbers[at] = numbers[at - 1];
      numbers[at] = number;
    }
  uint64_t *from = numbers, *to = room;
  for (size_t width = 8; width < n; width *= 2) {
    for (size_t i = 0; i < n; i += 2 * width) {
      size_t a = i, a_end = i + width < n ? i + width : n, b = a_end, b_end = b + width < n ? b + width : n, at = i;
      while (a < a_end && b < b_end)
        to[at++] = from[b] < from[a] ? from[b++] : from[a++];
      while (a < a_end)
        to[at++] = from[a++];
      while (b < b_end)
        to[at++] = from[b++];
    }
    uint64_t *swap = from;
    from = to;
    to = swap;
  }
  if (from != numbers)
    memcpy(numbers, from, n * sizeof numbers[0]);
}

void onus_fingerprint_find_kinds(onus_function_fingerprint *item) {
  uint32_t at = 0;
  for (unsigned kind = 0; kind <= ONUS_TOKEN_KINDS; kind++) {
    while (at < item->n_tokens && item->tokens[at].kind < kind)
      at++;
    item->first_of_kind[kind] = at;
  }
}

/* The bag's tokens as numbers in order. Hashes are spread evenly, so that a token's place is nearly known from its hash
 * and from how many there are of its kind; where they are not (a file may be made so), numbers are merged. */
static void sort_bag(onus_token_bag *bag) {
  size_t n = bag->n_used;
  uint32_t of_kind[ONUS_TOKEN_KINDS] = {0}, first_of_kind[ONUS_TOKEN_KINDS] = {0};
  for (size_t i = 0; i < n; i++) {
    const onus_token *token = &bag->slots[bag->used[i]];
    bag->room[i] = number_of(token);
    of_kind[token->kind]++;
  }
  for (size_t i = 1; i < ONUS_TOKEN_KINDS; i++)
    first_of_kind[i] = first_of_kind[i - 1] + of_kind[i - 1];
  memset(bag->places, 0, (n + 1) * sizeof bag->places[0]);
  for (size_t i = 0; i < n; i++) {
    uint64_t kind = bag->room[i] >> 40, hash = bag->room[i] >> 8 & UINT32_MAX;
    bag->buckets[i] = (uint16_t)(first_of_kind[kind] + (hash * of_kind[kind] >> 32));
    bag->places[bag->buckets[i] + 1]++;
  }
  for (size_t i = 1; i < n; i++)
    bag->places[i] = (uint16_t)(bag->places[i] + bag->places[i - 1]);
  for (size_t i = 0; i < n; i++)
    bag->numbers[bag->places[bag->buckets[i]]++] = bag->room[i];
  size_t n_moves = 0;
  for (size_t i = 1; i < n && n_moves <= 8 * n; i++) {
    uint64_t number = bag->numbers[i];
    size_t at = i;
    for (; at > 0 && bag->numbers[at - 1] > number; at--)
      bag->numbers[at] = bag->numbers[at - 1];
    bag->numbers[at] = number;
    n_moves += i - at;
  }
  if (n_moves > 8 * n)
    sort_numbers(bag->numbers, bag->room, n);
}

/* Puts the bag's tokens, in order, behind those that the item has, which are of earlier kinds. */
static onus_status take_tokens(onus_fingerprints *all, onus_arena *arena, onus_token_bag *bag,
                               onus_function_fingerprint *item, onus_error *error) {
  size_t n = item->n_tokens + bag->n_used;
  onus_token *tokens = ONUS_ARENA_ARRAY(arena, onus_token, n);
  if (tokens == NULL)
    return onus_arena_is_at_cap(arena) ? ONUS_FAIL(error, ONUS_LIMIT, "the program's functions have too many parts")
                                       : ONUS_FAIL_NO_MEMORY(error);
  sort_bag(bag);
  for (size_t i = 0; i < item->n_tokens; i++)
    tokens[i] = item->tokens[i];
  for (size_t i = 0; i < bag->n_used; i++)
    tokens[item->n_tokens + i] = token_of(bag->numbers[i]);
  item->tokens = tokens;
  item->n_tokens = (uint32_t)n;
  onus_fingerprint_find_kinds(item);
  all->is_cut = all->is_cut || bag->is_cut;
  return ONUS_OK;
}

/* --- one function ------------------------------------------------------------------------------------------------- */

/* The instruction's bytes without what depends on where things lie. */
static uint64_t exact_step(const onus_walk *walk, const onus_operation *instruction, const uint8_t *code,
                           uint64_t seed) {
  uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
  memcpy(bytes, code, instruction->length_bytes);
  const onus_field *displacement = &instruction->displacement;
  for (unsigned i = 0; displacement->length_bytes >= 4 && i < instruction->n_visible; i++) {
    const onus_operand *operand = &instruction->operands[i];
    if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
        (operand->base == ONUS_REGISTER_HERE || onus_walk_is_address(walk, (int64_t)(uint32_t)operand->value)))
      memset(bytes + displacement->offset, 0, displacement->length_bytes);
  }
  for (unsigned i = 0; i < 2; i++) {
    const onus_field *number = &instruction->numbers[i];
    if (number->is_relative ||
        (number->length_bytes == 4 && onus_walk_is_address(walk, (int64_t)onus_load_le32(code + number->offset))))
      memset(bytes + number->offset, 0, number->length_bytes);
  }
  return XXH3_64bits_withSeed(bytes, instruction->length_bytes, seed);
}

static uint32_t shape_of(const onus_operation *instruction) {
  uint32_t shape = instruction->mnemonic;
  for (unsigned i = 0; i < instruction->n_visible; i++)
    shape = shape * 5 + instruction->operands[i].type;
  return onus_mix(shape);
}

/* How many ways lead into each block of a function, but for the one from the block before it. */
static void count_ways_in(const onus_functions *functions, const onus_function *function, uint32_t *ways) {
  for (uint32_t i = 0; i < function->n_blocks; i++)
    ways[i] = function->first_block + i == function->entry_block;
  for (uint32_t i = 0; i < function->n_blocks; i++) {
    const onus_block *block = &functions->blocks[function->first_block + i];
    for (uint32_t k = 0; k < block->n_edges; k++) {
      uint32_t to = functions->edges[block->first_edge + k] - function->first_block;
      if (to < function->n_blocks && (to != i + 1 || functions->blocks[function->first_block + to].address !=
                                                         block->address + block->length_bytes))
        ways[to]++;
    }
  }
}

static void count_flow(const onus_functions *functions, const onus_function *function, uint32_t *counts) {
  counts[ONUS_COUNT_INSTRUCTIONS] = function->n_instructions;
  counts[ONUS_COUNT_BLOCKS] = function->n_blocks;
  for (uint32_t i = 0; i < function->n_blocks; i++) {
    const onus_block *block = &functions->blocks[function->first_block + i];
    counts[ONUS_COUNT_EDGES] += block->n_edges;
    for (uint32_t k = 0; k < block->n_edges; k++)
      if (functions->edges[block->first_edge + k] <= function->first_block + i)
        counts[ONUS_COUNT_LOOPS]++;
  }
}

static void walk_block(onus_walk *walk, const onus_block *block, const onus_call **next_call,
                       const onus_call *end_call) {
  onus_operation instruction;
  uint64_t left = 0, address = block->address, end = block->address + block->length_bytes;
  const uint8_t *code = onus_program_rest(walk->program, address, &left);
  uint32_t before = 0, last = 0;
  while (code != NULL && address < end && onus_decode_operation(walk->decoder, code, left, address, &instruction)) {
    while (*next_call < end_call && (*next_call)->from < instruction.address)
      ++*next_call;
    bool is_call = *next_call < end_call && (*next_call)->from == instruction.address;
    walk->exact = exact_step(walk, &instruction, code, walk->exact);
    uint32_t shape = shape_of(&instruction);
    if (before != 0)
      onus_token_bag_add(&walk->bag, ONUS_TOKEN_SHAPE, onus_mix2(before, onus_mix2(last, shape)));
    before = last;
    last = shape;
    onus_walk_step(walk, &instruction, is_call ? *next_call : NULL);
    code += instruction.length_bytes;
    left -= instruction.length_bytes;
    address += instruction.length_bytes;
  }
}

static void walk_function(onus_walk *walk, const onus_function *function, uint32_t *ways) {
  const onus_functions *functions = walk->functions;
  onus_walk_begin_function(walk);
  count_ways_in(functions, function, ways);
  count_flow(functions, function, walk->counts);
  const onus_call *next_call = function->n_calls == 0 ? NULL : functions->calls + function->first_call;
  const onus_call *end_call = next_call == NULL ? NULL : next_call + function->n_calls;
  for (uint32_t i = 0; i < function->n_blocks; i++) {
    const onus_block *block = &functions->blocks[function->first_block + i];
    bool is_continued = i > 0 && ways[i] == 0 && block[-1].address + block[-1].length_bytes == block->address;
    onus_walk_begin_block(walk, is_continued);
    walk_block(walk, block, &next_call, end_call);
  }
  onus_walk_begin_block(walk, false);
}

/* --- relations ---------------------------------------------------------------------------------------------------- */

static uint32_t pass_thunks(const onus_functions *functions, uint32_t index) {
  for (int i = 0; i < 8 && functions->functions[index].thunk_of != 0; i++) {
    const onus_function *next = onus_functions_at(functions, functions->functions[index].thunk_of);
    if (next == NULL)
      break;
    index = (uint32_t)(next - functions->functions);
  }
  return index;
}

/* Those called, each once, in the order of the first time. `seen` holds a mark per function. */
static onus_status take_callees(onus_fingerprints *all, const onus_list *called, uint32_t self, uint32_t *seen,
                                onus_error *error) {
  onus_function_fingerprint *item = &all->items[self];
  uint32_t *callees = ONUS_ARENA_ARRAY(all->arena, uint32_t, called->count);
  if (callees == NULL || called->status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < called->count; i++) {
    uint32_t index = pass_thunks(all->functions, ONUS_LIST(called, uint32_t)[i]);
    const onus_function *function = &all->functions->functions[index];
    if (index == self || seen[index] == self + 1 || function->import != ONUS_IMPORT_NONE)
      continue;
    seen[index] = self + 1;
    callees[item->n_callees++] = index;
  }
  item->callees = callees;
  item->counts[ONUS_COUNT_CALLEES] = item->n_callees;
  return ONUS_OK;
}

onus_status onus_fingerprints_take_callers(onus_fingerprints *all, onus_error *error) {
  for (size_t i = 0; i < all->count; i++)
    for (uint32_t k = 0; k < all->items[i].n_callees; k++)
      all->items[all->items[i].callees[k]].n_callers++;
  uint32_t **ends = calloc(all->count + 1, sizeof ends[0]);
  if (ends == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < all->count; i++) {
    ends[i] = ONUS_ARENA_ARRAY(all->arena, uint32_t, all->items[i].n_callers);
    if (ends[i] == NULL) {
      free((void *)ends);
      return ONUS_FAIL_NO_MEMORY(error);
    }
    all->items[i].callers = ends[i];
    all->items[i].counts[ONUS_COUNT_CALLERS] = all->items[i].n_callers;
  }
  for (size_t i = 0; i < all->count; i++)
    for (uint32_t k = 0; k < all->items[i].n_callees; k++)
      *ends[all->items[i].callees[k]]++ = (uint32_t)i;
  free((void *)ends);
  return ONUS_OK;
}

static bool add_beside(onus_function_fingerprint *item, uint32_t *beside, uint32_t other) {
  if (other == UINT32_MAX || item->n_beside == BESIDE_MAX)
    return false;
  for (uint32_t i = 0; i < item->n_beside; i++)
    if (beside[i] == other)
      return false;
  beside[item->n_beside++] = other;
  return true;
}

/* Tokens of text in tables come after the other tokens of their function, so they are added in a second pass. */
static void add_near(const onus_fingerprints *all, uint32_t self, unsigned depth, onus_token_bag *bag) {
  const onus_function_fingerprint *item = &all->items[self];
  for (uint32_t i = item->first_of_kind[ONUS_TOKEN_CONSTANT]; i < item->first_of_kind[ONUS_TOKEN_STEP]; i++)
    if (item->tokens[i].kind != ONUS_TOKEN_OFFSET && bag->n_used < NEAR_TOKENS_MAX)
      onus_token_bag_add(bag, ONUS_TOKEN_NEAR, item->tokens[i].hash);
  for (uint32_t i = 0; depth > 0 && i < item->n_callees && i < NEAR_CALLEES_MAX && bag->n_used < NEAR_TOKENS_MAX; i++)
    add_near(all, item->callees[i], depth - 1, bag);
}

static onus_status join_near(onus_fingerprints *all, onus_token_bag *bag, onus_list *places, onus_arena **batches,
                             onus_error *error) {
  uint32_t(*beside)[BESIDE_MAX] = calloc(all->count + 1, sizeof beside[0]);
  size_t *next = malloc((places->count + 1) * sizeof next[0]), *first = malloc((all->count + 1) * sizeof first[0]);
  onus_status status = ONUS_OK;
  if (beside == NULL || next == NULL || first == NULL) {
    status = ONUS_FAIL_NO_MEMORY(error);
    goto done;
  }
  for (size_t i = 0; i < all->count; i++)
    first[i] = SIZE_MAX;
  for (size_t i = places->count; i-- > 0;) {
    uint32_t function = ONUS_LIST(places, onus_table_place)[i].function;
    next[i] = first[function];
    first[function] = i;
  }
  for (uint32_t i = 0; i < all->count && status == ONUS_OK; i++) {
    onus_function_fingerprint *item = &all->items[i];
    onus_token_bag_clear(bag);
    add_near(all, i, NEAR_DEPTH, bag);
    for (size_t k = first[i]; k != SIZE_MAX; k = next[k]) {
      const onus_table_place *place = &ONUS_LIST(places, onus_table_place)[k];
      if (place->text_before != 0)
        onus_token_bag_add(bag, ONUS_TOKEN_TABLE, onus_mix2(1, place->text_before));
      if (place->text_after != 0)
        onus_token_bag_add(bag, ONUS_TOKEN_TABLE, onus_mix2(2, place->text_after));
      add_beside(item, beside[i], place->before);
      add_beside(item, beside[i], place->after);
    }
    status = take_tokens(all, all->arena, bag, item, error);
    if (i % BATCH == BATCH - 1) { /* their tokens have been moved */
      onus_arena_free(batches[i / BATCH]);
      batches[i / BATCH] = NULL;
    }
    uint32_t *kept = ONUS_ARENA_ARRAY(all->arena, uint32_t, item->n_beside);
    if (kept == NULL && status == ONUS_OK)
      status = ONUS_FAIL_NO_MEMORY(error);
    else if (kept != NULL)
      memcpy(kept, beside[i], item->n_beside * sizeof kept[0]);
    item->beside = kept;
  }
done:
  free(beside);
  free(next);
  free(first);
  return status;
}

/* --- all functions ------------------------------------------------------------------------------------------------ */

typedef struct maker {
  onus_fingerprints *all;
  onus_walk *walk;
  onus_list called;
  uint32_t *ways, *seen;
  onus_arena **batches; /* the tokens of BATCH functions each, as they were found */
  size_t n_batches;
} maker;

static onus_status walk_all(maker *m, onus_error *error) {
  onus_fingerprints *all = m->all;
  const onus_functions *functions = all->functions;
  for (size_t i = 0; i < all->count; i++) {
    const onus_function *function = &functions->functions[i];
    onus_function_fingerprint *item = &all->items[i];
    onus_arena **batch = &m->batches[i / BATCH];
    if (*batch == NULL && (*batch = onus_arena_new(arena_cap_bytes)) == NULL)
      return ONUS_FAIL_NO_MEMORY(error);
    item->address = function->address;
    item->is_thunk = function->is_thunk || function->import != ONUS_IMPORT_NONE;
    m->walk->counts = item->counts;
    m->called.count = 0;
    walk_function(m->walk, function, m->ways);
    item->exact = m->walk->exact;
    ONUS_TRY(take_tokens(all, *batch, &m->walk->bag, item, error));
    ONUS_TRY(take_callees(all, &m->called, (uint32_t)i, m->seen, error));
  }
  ONUS_TRY(onus_fingerprints_take_callers(all, error));
  onus_list places = {0};
  onus_status status = onus_tables_find(functions, &places, error);
  if (status == ONUS_OK)
    status = join_near(all, &m->walk->bag, &places, m->batches, error);
  onus_list_free(&places);
  return status;
}

static onus_status make_room(maker *m, const onus_functions *functions, onus_error *error) {
  size_t n = functions->n_functions, most_blocks = 0;
  for (size_t i = 0; i < n; i++)
    if (functions->functions[i].n_blocks > most_blocks)
      most_blocks = functions->functions[i].n_blocks;
  m->n_batches = n / BATCH + 1;
  m->called = onus_list_new(sizeof(uint32_t), CALLS_MAX);
  m->all = calloc(1, sizeof *m->all);
  m->walk = calloc(1, sizeof *m->walk);
  m->ways = calloc(most_blocks + 1, sizeof m->ways[0]);
  m->seen = calloc(n + 1, sizeof m->seen[0]);
  m->batches = calloc(m->n_batches, sizeof(onus_arena *));
  if (m->all == NULL || m->walk == NULL || m->ways == NULL || m->seen == NULL || m->batches == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  *m->walk = (onus_walk){.functions = functions, .program = functions->program, .called = &m->called};
  m->walk->decoder = onus_decoder_new(functions->program->is_64_bit);
  m->all->functions = functions;
  m->all->count = n;
  m->all->arena = onus_arena_new(arena_cap_bytes);
  m->all->items = m->all->arena == NULL ? NULL : ONUS_ARENA_ARRAY(m->all->arena, onus_function_fingerprint, n);
  return m->walk->decoder == NULL || m->all->items == NULL ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

onus_status onus_fingerprints_make(const onus_functions *functions, onus_fingerprints **ret_fingerprints,
                                   onus_error *error) {
  maker m = {0};
  onus_status status = make_room(&m, functions, error);
  if (status == ONUS_OK)
    status = walk_all(&m, error);
  for (size_t i = 0; m.batches != NULL && i < m.n_batches; i++)
    onus_arena_free(m.batches[i]);
  free((void *)m.batches);
  onus_list_free(&m.called);
  if (m.walk != NULL)
    onus_decoder_free(m.walk->decoder);
  free(m.walk);
  free(m.ways);
  free(m.seen);
  if (status == ONUS_OK)
    *ret_fingerprints = m.all;
  else
    onus_fingerprints_free(m.all);
  return status;
}

void onus_fingerprints_free(onus_fingerprints *fingerprints) {
  if (fingerprints == NULL)
    return;
  onus_arena_free(fingerprints->arena);
  free(fingerprints);
}
