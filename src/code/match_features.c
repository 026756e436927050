/* Tokens as numbers with weights, and how alike two bags are. */
#include <math.h>
#include <stdlib.h>

#include "code/match_internal.h"

enum { COMMON_MIN = 24, COMMON_MAX = 256 };
static const double common_part = 0.03; /* tokens in more of the functions than this propose no candidates */

static uint64_t token_key(const onus_token *token) {
  return (uint64_t)token->kind << 32 | token->hash;
}

static int compare_keys(const void *first, const void *second) {
  uint64_t a = *(const uint64_t *)first, b = *(const uint64_t *)second;
  return a < b ? -1 : a > b;
}

/* A number for each token: a hash table of keys; at first a number counts the functions that have it. */
typedef struct token_table {
  uint64_t *keys; /* 0: free; kept plus one */
  uint32_t *numbers;
  size_t mask;
} token_table;

static size_t find_place(const token_table *table, uint64_t key) {
  size_t at = (size_t)onus_mix(key) & table->mask;
  while (table->keys[at] != 0 && table->keys[at] != key + 1)
    at = (at + 1) & table->mask;
  return at;
}

static float times_weight(unsigned times) {
  return times <= 1 ? 1.0f : 1.0f + log2f((float)(times > 32 ? 32 : times)) * 0.5f;
}

static size_t count_tokens(const onus_match_side *side) {
  size_t n = 0;
  for (size_t i = 0; i < side->count; i++)
    if (!side->items[i].print->is_thunk)
      n += side->items[i].print->n_tokens;
  return n;
}

static void count_keys(const onus_match_side *side, token_table *table) {
  for (size_t i = 0; i < side->count; i++) {
    const onus_function_fingerprint *print = side->items[i].print;
    for (uint32_t k = 0; !print->is_thunk && k < print->n_tokens; k++) {
      uint64_t key = token_key(&print->tokens[k]);
      size_t at = find_place(table, key);
      table->keys[at] = key + 1;
      table->numbers[at]++;
    }
  }
}

static onus_status make_table(const onus_matcher *matcher, token_table *table, onus_error *error) {
  size_t n = count_tokens(&matcher->query) + count_tokens(&matcher->targets), size = 1024;
  while (size < n + n / 2)
    size *= 2;
  table->mask = size - 1;
  table->keys = calloc(size, sizeof table->keys[0]);
  table->numbers = calloc(size, sizeof table->numbers[0]);
  return table->keys == NULL || table->numbers == NULL ? ONUS_FAIL_NO_MEMORY(error) : ONUS_OK;
}

/* [K-1] rarity of a token = ln((N + 1) / (n + 1/2)) over the functions of both sides. Leaves the table with numbers in
 * the order of the keys. */
static onus_status weigh_keys(onus_matcher *matcher, token_table *table, onus_error *error) {
  double n_functions = (double)(matcher->query.count + matcher->targets.count);
  ONUS_TRY(make_table(matcher, table, error));
  count_keys(&matcher->query, table);
  count_keys(&matcher->targets, table);
  size_t n = 0;
  for (size_t i = 0; i <= table->mask; i++)
    n += table->keys[i] != 0;
  uint64_t *keys = malloc((n + 1) * sizeof keys[0]);
  float *rarity = ONUS_ARENA_ARRAY(matcher->arena, float, n);
  if (keys == NULL || rarity == NULL) {
    free(keys);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  n = 0;
  for (size_t i = 0; i <= table->mask; i++)
    if (table->keys[i] != 0)
      keys[n++] = table->keys[i] - 1;
  qsort(keys, n, sizeof keys[0], compare_keys);
  for (size_t id = 0; id < n; id++) {
    size_t at = find_place(table, keys[id]);
    double rare = log((n_functions + 1) / ((double)table->numbers[at] + 0.5));
    rarity[id] = rare > 0 ? (float)rare : 0.0f;
    table->numbers[at] = (uint32_t)id;
  }
  free(keys);
  matcher->index.rarity = rarity;
  matcher->index.n_ids = n;
  return ONUS_OK;
}

static onus_status weigh_side(onus_matcher *matcher, onus_match_side *side, const token_table *table,
                              onus_error *error) {
  for (size_t i = 0; i < side->count; i++) {
    onus_match_function *function = &side->items[i];
    const onus_function_fingerprint *print = function->print;
    uint32_t n = print->is_thunk ? 0 : print->n_tokens;
    onus_term_weight *terms = ONUS_ARENA_ARRAY(matcher->arena, onus_term_weight, n);
    if (terms == NULL)
      return ONUS_FAIL_NO_MEMORY(error);
    for (uint32_t k = 0; k < n; k++) {
      uint32_t id = table->numbers[find_place(table, token_key(&print->tokens[k]))];
      terms[k] =
          (onus_term_weight){.id = id, .weight = matcher->index.rarity[id] * times_weight(print->tokens[k].times)};
      function->mass[print->tokens[k].kind] += terms[k].weight;
    }
    for (unsigned kind = 0; kind < ONUS_TOKEN_KINDS; kind++)
      function->all_mass += function->mass[kind];
    function->terms = terms;
    function->n_terms = n;
    for (unsigned kind = 0; kind <= ONUS_TOKEN_KINDS; kind++)
      function->first_of_kind[kind] = n == 0 ? 0 : print->first_of_kind[kind];
  }
  return ONUS_OK;
}

static onus_status make_postings(onus_matcher *matcher, onus_error *error) {
  onus_match_index *index = &matcher->index;
  const onus_match_side *targets = &matcher->targets;
  size_t most = (size_t)(common_part * (double)targets->count);
  if (most < COMMON_MIN)
    most = COMMON_MIN;
  if (most > COMMON_MAX)
    most = COMMON_MAX;
  index->first = ONUS_ARENA_ARRAY(matcher->arena, uint32_t, index->n_ids + 2);
  if (index->first == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  uint32_t *first = index->first;
  for (size_t i = 0; i < targets->count; i++)
    for (uint32_t k = 0; k < targets->items[i].n_terms; k++)
      first[targets->items[i].terms[k].id + 1]++;
  for (size_t id = 0; id < index->n_ids; id++)
    first[id + 1] = first[id] + (first[id + 1] > most ? 0 : first[id + 1]);
  index->functions = ONUS_ARENA_ARRAY(matcher->arena, uint32_t, first[index->n_ids]);
  uint32_t *next = malloc((index->n_ids + 1) * sizeof next[0]);
  if (index->functions == NULL || next == NULL) {
    free(next);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  memcpy(next, first, index->n_ids * sizeof next[0]);
  for (size_t i = 0; i < targets->count; i++)
    for (uint32_t k = 0; k < targets->items[i].n_terms; k++) {
      uint32_t id = targets->items[i].terms[k].id;
      if (first[id] != first[id + 1])
        index->functions[next[id]++] = (uint32_t)i;
    }
  free(next);
  return ONUS_OK;
}

void onus_match_side_add(onus_match_side *side, const onus_fingerprints *prints, uint32_t program) {
  uint32_t first = (uint32_t)side->count;
  for (size_t i = 0; i < prints->count; i++) {
    onus_match_function *function = &side->items[side->count++];
    function->print = &prints->items[i];
    for (unsigned kind = 0; kind < ONUS_COUNT_KINDS; kind++)
      function->ln_count[kind] = log1pf((float)prints->items[i].counts[kind]);
    function->program = program;
    function->index = (uint32_t)i;
    function->first = first;
    function->program_count = (uint32_t)prints->count;
  }
}

onus_status onus_matcher_index(onus_matcher *matcher, const onus_fingerprints *query,
                               const onus_fingerprints *const *targets, size_t n_targets, onus_error *error) {
  size_t n = 0;
  for (size_t i = 0; i < n_targets; i++)
    n += targets[i]->count;
  if (n > UINT32_MAX / 4 || query->count > UINT32_MAX / 4)
    return ONUS_FAIL(error, ONUS_LIMIT, "the programs have more than %u functions", UINT32_MAX / 4);
  matcher->n_programs = n_targets;
  matcher->query.items = ONUS_ARENA_ARRAY(matcher->arena, onus_match_function, query->count);
  matcher->targets.items = ONUS_ARENA_ARRAY(matcher->arena, onus_match_function, n);
  matcher->rows = ONUS_ARENA_ARRAY(matcher->arena, onus_match_row, query->count);
  matcher->share = ONUS_ARENA_ARRAY(matcher->arena, float, n_targets);
  matcher->lead = ONUS_ARENA_ARRAY(matcher->arena, float, n_targets);
  matcher->seen = ONUS_ARENA_ARRAY(matcher->arena, uint32_t, n);
  if (matcher->query.items == NULL || matcher->targets.items == NULL || matcher->rows == NULL ||
      matcher->share == NULL || matcher->lead == NULL || matcher->seen == NULL)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_match_side_add(&matcher->query, query, 0);
  for (size_t i = 0; i < n_targets; i++)
    onus_match_side_add(&matcher->targets, targets[i], (uint32_t)i);
  token_table table = {0};
  onus_status status = weigh_keys(matcher, &table, error);
  if (status == ONUS_OK)
    status = weigh_side(matcher, &matcher->query, &table, error);
  if (status == ONUS_OK)
    status = weigh_side(matcher, &matcher->targets, &table, error);
  free(table.keys);
  free(table.numbers);
  return status == ONUS_OK ? make_postings(matcher, error) : status;
}

void onus_match_own_features(const onus_match_function *query, const onus_match_function *target, float *ret_feature) {
  for (unsigned kind = 0; kind < ONUS_TOKEN_KINDS; kind++) {
    uint32_t a = query->first_of_kind[kind], a_end = query->first_of_kind[kind + 1];
    uint32_t b = target->first_of_kind[kind], b_end = target->first_of_kind[kind + 1];
    float shared = 0;
    while (a < a_end && b < b_end) {
      const onus_term_weight *x = &query->terms[a], *y = &target->terms[b];
      if (x->id == y->id)
        shared += x->weight < y->weight ? x->weight : y->weight;
      a += x->id <= y->id;
      b += y->id <= x->id;
    }
    float first = query->mass[kind], second = target->mass[kind], all = first + second - shared;
    float least = first < second ? first : second;
    ret_feature[ONUS_MATCH_LIKE + kind] = all > 0 ? shared / all : 0;
    ret_feature[ONUS_MATCH_SHARED + kind] = log1pf(shared);
    ret_feature[ONUS_MATCH_HELD + kind] = least > 0 ? shared / least : 0;
    ret_feature[ONUS_MATCH_EMPTY + kind] = first <= 0 && second <= 0 ? 1.0f : 0.0f;
  }
  const onus_function_fingerprint *x = query->print, *y = target->print;
  for (unsigned kind = 0; kind < ONUS_COUNT_KINDS; kind++)
    ret_feature[ONUS_MATCH_COUNT + kind] = fabsf(query->ln_count[kind] - target->ln_count[kind]);
  ret_feature[ONUS_MATCH_EXACT] = x->exact == y->exact ? 1.0f : 0.0f;
  float first_size = query->ln_count[ONUS_COUNT_INSTRUCTIONS], second_size = target->ln_count[ONUS_COUNT_INSTRUCTIONS];
  ret_feature[ONUS_MATCH_SIZE] = first_size < second_size ? first_size : second_size;
}
