/* Which functions of the reference may be those of the query, and how like them they are.
 *
 * All keys of all functions are looked up at once. A function then follows its rarest keys first, adds up the rarity
 * of those that each function of the reference has, and takes the signatures of the best. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference/code_internal.h"

enum {
  CAP = 1000,        /* a key that more functions have is followed no further */
  FOLLOWED = 3000,   /* numbers that one function follows */
  LEAST_KEYS = 3,    /* … but at least so many keys */
  TABLE_SLOTS = 8192 /* more than FOLLOWED + LEAST_KEYS * CAP numbers are never in it */
};

typedef struct seen_row {
  uint32_t row, mark;
  float score;
} seen_row;

typedef struct finding {
  onus_code_asking *asking;
  uint32_t *keys; /* of all functions, ascending, each once */
  size_t n_keys;
  onus_store_numbers found;
  uint32_t *key_of_token; /* of all tokens of all functions, in their order: place in `keys`; UINT32_MAX: no key */
  size_t *first_token;    /* of each function */
  float *rarity;          /* of all tokens, in their order */
  uint32_t *order;        /* room for the keys of one function */
  seen_row *slots;
  uint32_t *used; /* slots */
  uint32_t mark;
  uint8_t *signatures;
} finding;

static const float rarity_of_others = 1.0f; /* of tokens that are never keys */

/* --- keys --------------------------------------------------------------------------------------------------------- */

/* By the lower 8 bits first, four times. */
static void sort_keys(uint32_t *keys, uint32_t *room, size_t count) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    size_t begin[257] = {0};
    for (size_t i = 0; i < count; i++)
      begin[(keys[i] >> shift & 255) + 1]++;
    for (unsigned d = 0; d < 256; d++)
      begin[d + 1] += begin[d];
    for (size_t i = 0; i < count; i++)
      room[begin[keys[i] >> shift & 255]++] = keys[i];
    uint32_t *kept = keys;
    keys = room;
    room = kept;
  }
}

static size_t find_key(const finding *f, uint32_t key) {
  size_t low = 0, n = f->n_keys;
  while (n > 1) {
    size_t half = n / 2;
    low = f->keys[low + half] <= key ? low + half : low;
    n -= half;
  }
  return low;
}

static onus_status collect_keys(finding *f, onus_error *error) {
  const onus_fingerprints *prints = f->asking->query->prints;
  size_t n_tokens = 0, n = 0;
  for (size_t i = 0; i < prints->count; i++)
    n_tokens += prints->items[i].n_tokens;
  f->keys = malloc((n_tokens + 1) * sizeof *f->keys);
  f->key_of_token = malloc((n_tokens + 1) * sizeof *f->key_of_token);
  f->first_token = malloc((prints->count + 1) * sizeof *f->first_token);
  f->rarity = malloc((n_tokens + 1) * sizeof *f->rarity);
  if (!f->keys || !f->key_of_token || !f->first_token || !f->rarity)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0, at = 0; i < prints->count; at += prints->items[i++].n_tokens) {
    const onus_function_fingerprint *print = &prints->items[i];
    f->first_token[i] = at;
    for (uint32_t k = 0; !print->is_thunk && k < print->n_tokens; k++)
      if (onus_signature_is_key_kind((onus_token_kind)print->tokens[k].kind))
        f->keys[n++] = print->tokens[k].hash;
  }
  sort_keys(f->keys, f->key_of_token, n); /* an even number of passes: the result lies where it was */
  for (size_t i = 0; i < n; i++)
    if (f->n_keys == 0 || f->keys[f->n_keys - 1] != f->keys[i])
      f->keys[f->n_keys++] = f->keys[i];
  return ONUS_OK;
}

/* [K-1] with the numbers of the reference. */
static float rarity_of(const finding *f, uint64_t n_there) {
  double n = (double)f->asking->catalogue->n_functions, rare = log((n + 1) / ((double)n_there + 0.5));
  return rare > 0 ? (float)rare : 0;
}

static onus_status look_up(finding *f, onus_error *error) {
  onus_code_asking *asking = f->asking;
  const onus_fingerprints *prints = asking->query->prints;
  onus_store_pair_query query = {ONUS_REFERENCE_KEYS, f->keys, f->n_keys, CAP};
  ONUS_TRY(onus_store_look_up_pairs(asking->store, &query, &f->found, error));
  asking->n_keys = f->n_keys;
  for (size_t i = 0; i < f->n_keys; i++)
    asking->n_keys_cut += f->found.n_there[i] > CAP;
  for (size_t i = 0; i < prints->count; i++) {
    const onus_function_fingerprint *print = &prints->items[i];
    for (uint32_t k = 0; !print->is_thunk && k < print->n_tokens; k++) {
      const onus_token *token = &print->tokens[k];
      size_t at = f->first_token[i] + k;
      f->key_of_token[at] = UINT32_MAX;
      f->rarity[at] = rarity_of_others;
      if (onus_signature_is_key_kind((onus_token_kind)token->kind)) {
        size_t key = find_key(f, token->hash);
        f->key_of_token[at] = (uint32_t)key;
        f->rarity[at] = rarity_of(f, f->found.n_there[key]);
      }
      if (token->kind != ONUS_TOKEN_NEAR)
        asking->mass[i] += f->rarity[at];
    }
  }
  return ONUS_OK;
}

/* --- candidates --------------------------------------------------------------------------------------------------- */

static void add_score(finding *f, uint32_t row, float rarity, size_t *n_used) {
  size_t at = (row * 2654435761u) >> 19 & (TABLE_SLOTS - 1);
  while (f->slots[at].mark == f->mark && f->slots[at].row != row)
    at = (at + 1) & (TABLE_SLOTS - 1);
  if (f->slots[at].mark != f->mark) {
    f->slots[at] = (seen_row){row, f->mark, 0};
    f->used[(*n_used)++] = (uint32_t)at;
  }
  f->slots[at].score += rarity;
}

/* The keys of a function that the reference has, the rarest first. */
static size_t order_keys(finding *f, size_t function) {
  const onus_function_fingerprint *print = &f->asking->query->prints->items[function];
  size_t n = 0;
  for (uint32_t k = 0; k < print->n_tokens; k++) {
    uint32_t key = f->key_of_token[f->first_token[function] + k];
    if (key == UINT32_MAX || f->found.n_there[key] == 0)
      continue;
    size_t at = n++;
    for (; at > 0 && f->found.n_there[f->order[at - 1]] > f->found.n_there[key]; at--)
      f->order[at] = f->order[at - 1];
    f->order[at] = key;
  }
  return n;
}

static bool is_before(const onus_code_candidate *a, const onus_code_candidate *b) {
  return a->score != b->score ? a->score > b->score : a->row < b->row;
}

static void keep_best(onus_code_asking *asking, onus_code_row *row, const seen_row *seen) {
  onus_code_candidate one = {.row = seen->row, .score = seen->score};
  size_t at = row->count;
  if (at == ONUS_CODE_CANDIDATES && !is_before(&one, &row->items[at - 1]))
    return;
  one.program = onus_code_program_of(asking, one.row);
  if (!asking->is_visible[one.program])
    return;
  if (at < ONUS_CODE_CANDIDATES)
    row->count++;
  else
    at--;
  for (; at > 0 && is_before(&one, &row->items[at - 1]); at--)
    row->items[at] = row->items[at - 1];
  row->items[at] = one;
}

static void find_one(finding *f, size_t function) {
  onus_code_asking *asking = f->asking;
  onus_code_row *row = &asking->rows[function];
  size_t n = order_keys(f, function), n_used = 0, n_followed = 0;
  f->mark++;
  for (size_t i = 0; i < n; i++) {
    uint32_t key = f->order[i];
    const uint32_t *numbers = f->found.numbers + f->found.first[key];
    size_t count = f->found.first[key + 1] - f->found.first[key];
    row->is_cut |= f->found.n_there[key] > count;
    if (i >= LEAST_KEYS && n_followed + count > FOLLOWED) {
      row->is_cut = true;
      break;
    }
    n_followed += count;
    for (size_t k = 0; k < count; k++)
      if (numbers[k] < asking->catalogue->n_functions)
        add_score(f, numbers[k], rarity_of(f, f->found.n_there[key]), &n_used);
  }
  for (size_t i = 0; i < n_used; i++)
    keep_best(asking, row, &f->slots[f->used[i]]);
}

/* --- likeness ----------------------------------------------------------------------------------------------------- */

static int by_log_odds(const void *a, const void *b) {
  const onus_code_candidate *x = a, *y = b;
  if (x->log_odds != y->log_odds)
    return x->log_odds > y->log_odds ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

static onus_status fetch_signatures(finding *f, onus_error *error) {
  onus_code_asking *asking = f->asking;
  size_t n = 0, count = asking->query->prints->count;
  for (size_t i = 0; i < count; i++)
    n += asking->rows[i].count;
  f->signatures = malloc((n + 1) * ONUS_SIGNATURE_BYTES);
  uint32_t *numbers = malloc((n + 1) * sizeof *numbers);
  onus_status status = f->signatures && numbers ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    n = 0;
    for (size_t i = 0; i < count; i++)
      for (uint32_t k = 0; k < asking->rows[i].count; k++)
        numbers[n++] = asking->rows[i].items[k].row;
    status = onus_store_rows(asking->store, ONUS_REFERENCE_FUNCTIONS, ONUS_SIGNATURE_BYTES, numbers, n, f->signatures,
                             error);
  }
  free(numbers);
  return status;
}

static onus_status weigh_all(finding *f, onus_error *error) {
  onus_code_asking *asking = f->asking;
  const onus_fingerprints *prints = asking->query->prints;
  const onus_match_weights *weights = asking->weights;
  const uint8_t *bytes = f->signatures;
  for (size_t i = 0; i < prints->count; i++) {
    onus_code_row *row = &asking->rows[i];
    if (row->count == 0)
      continue;
    for (uint32_t k = 0; k < row->count; k++, bytes += ONUS_SIGNATURE_BYTES) {
      onus_signature signature;
      if (!onus_signature_read(bytes, &signature))
        return ONUS_FAIL(error, ONUS_BAD_INPUT,
                         "the signature of function %u is damaged; restore the reference or import again",
                         (unsigned)row->items[k].row);
      float feature[ONUS_MATCH_FEATURES] = {0};
      onus_probe_features(&asking->probes.items[i], &signature, feature);
      double sum = weights->constant[0];
      for (size_t x = 0; x < ONUS_MATCH_OWN_FEATURES; x++)
        sum += weights->weight[0][x] * (double)feature[x];
      row->items[k].offset_bytes = signature.offset_bytes;
      row->items[k].own = row->items[k].log_odds = (float)sum;
    }
    qsort(row->items, row->count, sizeof row->items[0], by_log_odds);
  }
  return ONUS_OK;
}

static onus_status make_tables(finding *f, onus_error *error) {
  const onus_fingerprints *prints = f->asking->query->prints;
  size_t most = 0;
  for (size_t i = 0; i < prints->count; i++)
    most = prints->items[i].n_tokens > most ? prints->items[i].n_tokens : most;
  f->order = malloc((most + 1) * sizeof *f->order);
  f->slots = calloc(TABLE_SLOTS, sizeof *f->slots);
  f->used = malloc(TABLE_SLOTS * sizeof *f->used);
  return f->order && f->slots && f->used ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

onus_status onus_code_find_candidates(onus_code_asking *asking, onus_error *error) {
  finding f = {.asking = asking};
  onus_status status = collect_keys(&f, error);
  if (status == ONUS_OK)
    status = look_up(&f, error);
  if (status == ONUS_OK)
    status = make_tables(&f, error);
  for (size_t i = 0; status == ONUS_OK && i < asking->query->prints->count; i++)
    if (!asking->query->prints->items[i].is_thunk)
      find_one(&f, i);
  if (status == ONUS_OK)
    status = onus_probes_make(asking->query->prints, f.rarity, &asking->probes, error);
  if (status == ONUS_OK)
    status = fetch_signatures(&f, error);
  if (status == ONUS_OK)
    status = weigh_all(&f, error);
  onus_store_numbers_free(&f.found);
  free(f.keys);
  free(f.key_of_token);
  free(f.first_token);
  free(f.rarity);
  free(f.order);
  free(f.slots);
  free(f.used);
  free(f.signatures);
  return status;
}
