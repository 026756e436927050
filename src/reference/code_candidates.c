/* Which functions of the reference may be those of the query, and how like them they are.
 *
 * All keys of all functions are looked up at once. A function then follows its rarest keys first, adds up the rarity
 * of those that each function of the reference has, and takes the signatures of the best. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/select.h"
#include "reference/code_internal.h"

enum { ASKED_MAX = 40, LEAST_KEYS = 2, LOGS = 1024 };

/* How far a function is followed. Quickly: as far as two thousand functions may in a few milliseconds. */
typedef struct effort {
  uint32_t cap;      /* a key that more functions have is followed no further */
  uint32_t followed; /* numbers that one function follows, but LEAST_KEYS keys whatever they have */
  uint32_t asked;    /* keys of a function, the first in the order of samples: others are hardly keys of the same one */
  uint32_t candidates;
  unsigned log2_slots; /* of a table with room for all that a function follows */
} effort;

static const effort quick = {256, 200, 24, 10, 11}, thorough = {1000, 2000, ASKED_MAX, ONUS_CODE_CANDIDATES, 13};
_Static_assert(2 * (200 + LEAST_KEYS * 256) < 1 << 11 && 2 * (2000 + LEAST_KEYS * 1000) < 1 << 13, "half stays free");

static const double rarest = 9.0; /* no token is rarer, however large the reference: fitted in small ones */

typedef struct seen_row {
  uint32_t row, mark;
  float score;
} seen_row;

typedef struct asked_key {
  uint32_t token, key; /* which one of the function's tokens; place in `keys` */
} asked_key;

typedef struct finding {
  onus_code_asking *asking;
  uint32_t *keys; /* of all functions, each once */
  size_t n_keys;
  onus_store_numbers found;
  float *key_rarity;
  const effort *effort;
  asked_key *asked; /* ASKED_MAX of each function */
  uint8_t *n_asked;
  uint64_t *orders; /* of one function's tokens */
  uint8_t *rarity;  /* of one function's tokens, squeezed */
  seen_row *slots;
  uint32_t *used; /* slots */
  uint32_t mark;
  uint8_t *signatures;
} finding;

/* --- keys --------------------------------------------------------------------------------------------------------- */

/* Tokens of a function by their order in samples, as one number: the order, and behind it which token it is. The order
 * of a token has 43 bits. */
enum { INDEX_BITS = 20 };

/* The first tokens of a function in the order of samples, to the front of `room`. Returns how many. */
static size_t choose_tokens(const onus_function_fingerprint *print, size_t n_wanted, uint64_t *room) {
  size_t n = print->n_tokens < (1u << INDEX_BITS) ? print->n_tokens : 1u << INDEX_BITS;
  onus_signature_orders(print, n, room);
  for (size_t k = 0; k < n; k++)
    room[k] = room[k] << INDEX_BITS | k;
  if (n <= n_wanted)
    return n;
  onus_select_least(room, n, n_wanted);
  return n_wanted;
}

/* The place of a key among those of all functions. `slots`: 1 + place, or 0. */
static uint32_t enter_key(finding *f, uint32_t *slots, size_t mask, uint32_t key) {
  size_t at = key & mask;
  while (slots[at] != 0 && f->keys[slots[at] - 1] != key)
    at = (at + 1) & mask;
  if (slots[at] == 0) {
    f->keys[f->n_keys++] = key;
    slots[at] = (uint32_t)f->n_keys;
  }
  return slots[at] - 1;
}

static onus_status collect_keys(finding *f, onus_error *error) {
  const onus_fingerprints *prints = f->asking->query->prints;
  size_t most_tokens = 0, n_slots = 1024;
  for (size_t i = 0; i < prints->count; i++)
    most_tokens = prints->items[i].n_tokens > most_tokens ? prints->items[i].n_tokens : most_tokens;
  while (n_slots < 2 * prints->count * f->effort->asked)
    n_slots *= 2;
  uint32_t *slots = calloc(n_slots, sizeof *slots);
  f->keys = malloc((prints->count + 1) * ASKED_MAX * sizeof *f->keys);
  f->asked = malloc((prints->count + 1) * ASKED_MAX * sizeof *f->asked);
  f->n_asked = calloc(prints->count + 1, 1);
  f->orders = malloc((most_tokens + 1) * sizeof *f->orders);
  f->rarity = malloc(most_tokens + 1);
  bool has_all = slots && f->keys && f->asked && f->n_asked && f->orders && f->rarity;
  for (size_t i = 0; has_all && i < prints->count; i++) {
    size_t n = prints->items[i].is_thunk ? 0 : choose_tokens(&prints->items[i], f->effort->asked, f->orders);
    for (size_t k = 0; k < n; k++) {
      uint32_t token = f->orders[k] & ((1u << INDEX_BITS) - 1);
      f->asked[i * ASKED_MAX + k] =
          (asked_key){token, enter_key(f, slots, n_slots - 1, prints->items[i].tokens[token].hash)};
    }
    f->n_asked[i] = (uint8_t)n;
  }
  free(slots);
  return has_all ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

/* [K-1] with the numbers of the reference. */
static double rarity_of(const finding *f, uint64_t n_there) {
  double n = (double)f->asking->n_visible, rare = log((n + 1) / ((double)n_there + 0.5));
  return rare < 0 ? 0 : rare < rarest ? rare : rarest;
}

/* What is hidden is taken out of the answer, as if it had never been imported. Of a key that was cut we know only how
 * many functions have it in all: as many of them are hidden as of all functions. */
static void take_out_hidden(finding *f) {
  const onus_code_asking *asking = f->asking;
  onus_store_numbers *found = &f->found;
  double part = (double)asking->n_visible / (double)asking->catalogue->n_functions;
  size_t n = 0, begin = 0;
  for (size_t i = 0; i < found->n_keys; i++) {
    size_t end = found->first[i + 1], first = n;
    for (size_t k = begin; k < end; k++)
      if (found->numbers[k] < asking->catalogue->n_functions &&
          asking->is_visible[onus_code_program_of(asking, found->numbers[k])])
        found->numbers[n++] = found->numbers[k];
    bool is_cut = found->n_there[i] > f->effort->cap;
    found->n_there[i] = is_cut ? (uint64_t)(part * (double)found->n_there[i]) : n - first;
    if (found->n_there[i] < n - first)
      found->n_there[i] = n - first;
    found->first[i] = first;
    begin = end;
  }
  found->first[found->n_keys] = n;
}

static onus_status look_up(finding *f, onus_error *error) {
  onus_code_asking *asking = f->asking;
  onus_store_pair_query query = {ONUS_REFERENCE_KEYS, f->keys, f->n_keys, f->effort->cap};
  ONUS_TRY(onus_store_look_up_pairs(asking->store, &query, &f->found, error));
  asking->n_keys = f->n_keys;
  if (asking->n_visible < asking->catalogue->n_functions)
    take_out_hidden(f);
  f->key_rarity = malloc((f->n_keys + 1) * sizeof *f->key_rarity);
  if (!f->key_rarity)
    return ONUS_FAIL_NO_MEMORY(error);
  float few[LOGS];
  for (size_t i = 0; i < LOGS; i++)
    few[i] = (float)rarity_of(f, i);
  for (size_t i = 0; i < f->n_keys; i++) {
    asking->n_keys_cut += f->found.n_there[i] > f->effort->cap;
    f->key_rarity[i] = f->found.n_there[i] < LOGS ? few[f->found.n_there[i]] : (float)rarity_of(f, f->found.n_there[i]);
  }
  return ONUS_OK;
}

/* Tokens that were not asked for count as those that were, on average. */
static void set_probe(finding *f, size_t function) {
  const onus_function_fingerprint *print = &f->asking->query->prints->items[function];
  const asked_key *asked = f->asked + function * ASKED_MAX;
  float sum = 0;
  for (size_t k = 0; k < f->n_asked[function]; k++)
    sum += f->key_rarity[asked[k].key];
  float mean = f->n_asked[function] > 0 ? sum / (float)f->n_asked[function] : 0;
  memset(f->rarity, onus_probe_squeeze(mean), print->n_tokens);
  for (size_t k = 0; k < f->n_asked[function]; k++)
    f->rarity[asked[k].token] = onus_probe_squeeze(f->key_rarity[asked[k].key]);
  f->asking->mass[function] = mean * (float)print->first_of_kind[ONUS_TOKEN_NEAR];
  onus_probe_set(&f->asking->probes.items[function], f->rarity);
}

/* --- candidates --------------------------------------------------------------------------------------------------- */

static void add_score(finding *f, uint32_t row, float rarity, size_t *n_used) {
  size_t at = (row * 2654435761u) >> (32 - f->effort->log2_slots), mask = ((size_t)1 << f->effort->log2_slots) - 1;
  while (f->slots[at].mark == f->mark && f->slots[at].row != row)
    at = (at + 1) & mask;
  if (f->slots[at].mark != f->mark) {
    f->slots[at] = (seen_row){row, f->mark, 0};
    f->used[(*n_used)++] = (uint32_t)at;
  }
  f->slots[at].score += rarity;
}

/* The keys of a function that the reference has: how many functions have each, and behind it which key it is. */
static size_t take_keys(const finding *f, size_t function, uint64_t *out) {
  size_t n = 0;
  const asked_key *asked = f->asked + function * ASKED_MAX;
  for (size_t k = 0; k < f->n_asked[function]; k++) {
    uint64_t n_there = f->found.n_there[asked[k].key];
    out[n] = (n_there < UINT32_MAX ? n_there : UINT32_MAX) << 32 | asked[k].key;
    n += n_there > 0;
  }
  return n;
}

/* Takes the rarest one out. */
static uint32_t take_rarest(uint64_t *keys, size_t n) {
  uint64_t least = keys[0];
  size_t at = 0;
  for (size_t i = 1; i < n; i++) {
    bool is_less = keys[i] < least;
    least = is_less ? keys[i] : least;
    at = is_less ? i : at;
  }
  keys[at] = keys[n - 1];
  return (uint32_t)least;
}

static bool is_before(const onus_code_candidate *a, const onus_code_candidate *b) {
  return a->score != b->score ? a->score > b->score : a->row < b->row;
}

static void keep_best(const onus_code_asking *asking, uint32_t n_kept, onus_code_row *row, const seen_row *seen) {
  onus_code_candidate one = {.row = seen->row, .score = seen->score};
  size_t at = row->count;
  if (at == n_kept && !is_before(&one, &row->items[at - 1]))
    return;
  one.program = onus_code_program_of(asking, one.row);
  if (at < n_kept)
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
  uint64_t keys[ASKED_MAX];
  size_t n = take_keys(f, function, keys), n_used = 0, n_followed = 0;
  f->mark++;
  for (size_t i = 0; i < n; i++) {
    uint32_t key = take_rarest(keys, n - i);
    const uint32_t *numbers = f->found.numbers + f->found.first[key];
    size_t count = f->found.first[key + 1] - f->found.first[key];
    float rarity = f->key_rarity[key];
    if (i >= LEAST_KEYS && n_followed + count > f->effort->followed)
      break;
    n_followed += count;
    for (size_t k = 0; k < count; k++)
      if (numbers[k] < asking->catalogue->n_functions)
        add_score(f, numbers[k], rarity, &n_used);
  }
  for (size_t i = 0; i < n_used; i++)
    keep_best(asking, f->effort->candidates, row, &f->slots[f->used[i]]);
  row->is_full = row->count == f->effort->candidates;
}

/* --- likeness ----------------------------------------------------------------------------------------------------- */

/* Few are out of order: what shares most is most alike, as a rule. */
static void sort_by_log_odds(onus_code_row *row) {
  for (uint32_t i = 1; i < row->count; i++) {
    onus_code_candidate moved = row->items[i];
    uint32_t at = i;
    for (; at > 0 && onus_code_is_better(&moved, &row->items[at - 1]); at--)
      row->items[at] = row->items[at - 1];
    row->items[at] = moved;
  }
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
  float weights[ONUS_MATCH_OWN_FEATURES], feature[ONUS_MATCH_FEATURES];
  for (size_t i = 0; i < ONUS_MATCH_OWN_FEATURES; i++)
    weights[i] = (float)asking->weights->weight[0][i];
  const uint8_t *bytes = f->signatures;
  for (size_t i = 0; i < prints->count; i++) {
    onus_code_row *row = &asking->rows[i];
    set_probe(f, i);
    for (uint32_t k = 0; k < row->count; k++, bytes += ONUS_SIGNATURE_BYTES) {
      onus_signature signature;
      if (!onus_signature_read(bytes, &signature))
        return ONUS_FAIL(error, ONUS_BAD_INPUT,
                         "the signature of function %u is damaged; restore the reference or import again",
                         (unsigned)row->items[k].row);
      onus_probe_features(&asking->probes.items[i], &signature, feature);
      float sum = (float)asking->weights->constant[0];
      for (size_t x = 0; x < ONUS_MATCH_OWN_FEATURES; x++)
        sum += weights[x] * feature[x];
      row->items[k].offset_bytes = signature.offset_bytes;
      row->items[k].own = row->items[k].log_odds = sum;
    }
    sort_by_log_odds(row);
  }
  return ONUS_OK;
}

static onus_status find_all(finding *f, onus_error *error) {
  const onus_fingerprints *prints = f->asking->query->prints;
  f->slots = calloc((size_t)1 << f->effort->log2_slots, sizeof *f->slots);
  f->used = malloc(((size_t)1 << f->effort->log2_slots) * sizeof *f->used);
  if (!f->slots || !f->used)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < prints->count; i++)
    find_one(f, i);
  return ONUS_OK;
}

onus_status onus_code_find_candidates(onus_code_asking *asking, onus_error *error) {
  finding f = {.asking = asking, .effort = asking->query->is_quick ? &quick : &thorough};
  onus_status status = collect_keys(&f, error);
  if (status == ONUS_OK)
    status = look_up(&f, error);
  if (status == ONUS_OK)
    status = find_all(&f, error);
  if (status == ONUS_OK)
    status = fetch_signatures(&f, error);
  if (status == ONUS_OK)
    status = onus_probes_begin(asking->query->prints, asking->query->is_quick, &asking->probes, error);
  if (status == ONUS_OK)
    status = weigh_all(&f, error);
  onus_store_numbers_free(&f.found);
  free(f.keys);
  free(f.key_rarity);
  free(f.asked);
  free(f.n_asked);
  free(f.orders);
  free(f.rarity);
  free(f.slots);
  free(f.used);
  free(f.signatures);
  return status;
}
