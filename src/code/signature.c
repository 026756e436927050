#include "code/signature.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "code/fingerprint_internal.h"

/* Where things stand in a row. */
enum {
  EXACT_AT = 0,
  OFFSET_AT = 8,
  COUNTS_AT = 12,
  SIZES_AT = 20,
  SAMPLED_AT = 25,
  CALLEES_AT = 30,
  TOKENS_AT = 36,
};
_Static_assert(TOKENS_AT + 2 * ONUS_SIGNATURE_TOKENS == ONUS_SIGNATURE_BYTES, "a row is filled");
_Static_assert(ONUS_COUNT_KINDS == 16 && ONUS_TOKEN_KINDS == 10, "four bits for each");

/* How much sooner a kind is taken into the sample, in eighths: 2 to the first, or three times that. */
static const struct {
  uint8_t shift, is_three_times;
} kind_weights[ONUS_TOKEN_KINDS] = {
    [ONUS_TOKEN_CONSTANT] = {4, 0}, [ONUS_TOKEN_OFFSET] = {1, 1}, [ONUS_TOKEN_STRING] = {4, 1},
    [ONUS_TOKEN_DATA] = {5, 0},     [ONUS_TOKEN_IMPORT] = {4, 0}, [ONUS_TOKEN_STEP] = {2, 0},
    [ONUS_TOKEN_SLICE] = {3, 0},    [ONUS_TOKEN_SHAPE] = {0, 1},  [ONUS_TOKEN_TABLE] = {4, 1},
    [ONUS_TOKEN_NEAR] = {2, 1},
};

uint8_t onus_signature_squeeze(uint32_t count) {
  double squeezed = 1.5 * log2(1.0 + (double)count);
  return (uint8_t)(squeezed < 15 ? squeezed + 0.5 : 15);
}

/* --- making ------------------------------------------------------------------------------------------------------- */

typedef struct ranked {
  uint64_t order; /* least first */
  const onus_token *token;
} ranked;

static int by_order(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  if (x->order != y->order)
    return x->order < y->order ? -1 : 1;
  return x->token->hash < y->token->hash ? -1 : x->token->hash > y->token->hash;
}

static int by_kind(const void *a, const void *b) {
  const onus_token *x = ((const ranked *)a)->token, *y = ((const ranked *)b)->token;
  if (x->kind != y->kind)
    return x->kind < y->kind ? -1 : 1;
  return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* −log2 of its hash, taken as a number from 0 to 1, over the weight of its kind. Whole numbers, so that it is the same
 * everywhere; between powers of two the logarithm is a straight line. */
static uint64_t order_of(const onus_token *token) {
  uint32_t number = onus_mix((uint64_t)token->hash << 8 | 0x5a) | 1;
  unsigned zeros = (unsigned)__builtin_clz(number);
  uint64_t minus_log2 = ((uint64_t)(zeros + 2) << 31) - (uint64_t)(number << zeros);
  uint64_t order = minus_log2 << 8 >> kind_weights[token->kind].shift, third = order / 3;
  return kind_weights[token->kind].is_three_times ? third : order;
}

void onus_signature_orders(const onus_function_fingerprint *print, size_t n, uint64_t *ret_orders) {
  for (size_t i = 0; i < n; i++)
    ret_orders[i] = order_of(&print->tokens[i]);
}

static void put_nibble(uint8_t *at, size_t index, uint8_t value) {
  at[index / 2] |= (uint8_t)(value << (index % 2 * 4));
}

static uint8_t get_nibble(const uint8_t *at, size_t index) {
  return at[index / 2] >> (index % 2 * 4) & 15;
}

/* Fills the sample; the tokens of `list` are in their order. */
static void put_tokens(ranked *list, size_t n, uint8_t *row) {
  uint8_t n_sampled[ONUS_TOKEN_KINDS] = {0};
  size_t kept = 0;
  for (size_t i = 0; i < n && kept < ONUS_SIGNATURE_TOKENS; i++)
    if (n_sampled[list[i].token->kind] < 15) {
      n_sampled[list[i].token->kind]++;
      list[kept++] = list[i];
    }
  qsort(list, kept, sizeof list[0], by_kind);
  for (size_t i = 0; i < kept; i++)
    onus_store_le16(row + TOKENS_AT + 2 * i, (uint16_t)list[i].token->hash);
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++)
    put_nibble(row + SAMPLED_AT, kind, n_sampled[kind]);
}

typedef struct making {
  const onus_fingerprints *prints;
  onus_signatures *out;
  ranked *room;
  uint32_t *numbers; /* of functions among those that are no thunks */
} making;

static void put_callees(const making *m, const onus_function_fingerprint *print, uint32_t number, uint8_t *row) {
  int16_t kept[ONUS_SIGNATURE_CALLEES] = {0};
  uint32_t callers[ONUS_SIGNATURE_CALLEES] = {0};
  size_t n = 0;
  /* Those that fewest call, since they say most. */
  for (uint32_t i = 0; i < print->n_callees; i++) {
    const onus_function_fingerprint *callee = &m->prints->items[print->callees[i]];
    int64_t distance = (int64_t)m->numbers[print->callees[i]] - number;
    if (callee->is_thunk || distance == 0 || distance < INT16_MIN || distance > INT16_MAX)
      continue;
    size_t at = n < ONUS_SIGNATURE_CALLEES ? n++ : ONUS_SIGNATURE_CALLEES;
    for (; at > 0 && callers[at - 1] > callee->n_callers; at--)
      if (at < ONUS_SIGNATURE_CALLEES) {
        callers[at] = callers[at - 1];
        kept[at] = kept[at - 1];
      }
    if (at < ONUS_SIGNATURE_CALLEES) {
      callers[at] = callee->n_callers;
      kept[at] = (int16_t)distance;
    }
  }
  for (size_t i = 0; i < n; i++)
    onus_store_le16(row + CALLEES_AT + 2 * i, (uint16_t)kept[i]);
}

static void make_one(making *m, const onus_function_fingerprint *print, uint32_t number) {
  onus_signatures *out = m->out;
  uint8_t *row = out->rows + (size_t)number * ONUS_SIGNATURE_BYTES;
  uint64_t offset = print->address - out->base;
  onus_store_le64(row + EXACT_AT, print->exact);
  onus_store_le32(row + OFFSET_AT, offset < UINT32_MAX ? (uint32_t)offset : UINT32_MAX);
  for (size_t kind = 0; kind < ONUS_COUNT_KINDS; kind++)
    put_nibble(row + COUNTS_AT, kind, onus_signature_squeeze(print->counts[kind]));
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++)
    put_nibble(row + SIZES_AT, kind,
               onus_signature_squeeze(print->first_of_kind[kind + 1] - print->first_of_kind[kind]));
  for (uint32_t i = 0; i < print->n_tokens; i++)
    m->room[i] = (ranked){order_of(&print->tokens[i]), &print->tokens[i]};
  qsort(m->room, print->n_tokens, sizeof m->room[0], by_order);
  uint32_t n_keys = 0, *keys = out->keys + out->first_key[number];
  for (; n_keys < print->n_tokens && n_keys < ONUS_SIGNATURE_KEYS_MAX; n_keys++)
    keys[n_keys] = m->room[n_keys].token->hash;
  out->first_key[number + 1] = out->first_key[number] + n_keys;
  put_tokens(m->room, print->n_tokens, row);
  put_callees(m, print, number, row);
}

static onus_signatures *new_signatures(size_t count) {
  onus_signatures *made = calloc(1, sizeof *made);
  if (made == NULL)
    return NULL;
  made->count = count;
  made->rows = calloc(count + 1, ONUS_SIGNATURE_BYTES);
  made->first_key = calloc(count + 1, sizeof made->first_key[0]);
  made->keys = calloc(count + 1, ONUS_SIGNATURE_KEYS_MAX * sizeof made->keys[0]);
  if (made->rows != NULL && made->first_key != NULL && made->keys != NULL)
    return made;
  onus_signatures_free(made);
  return NULL;
}

void onus_signatures_free(onus_signatures *signatures) {
  if (signatures == NULL)
    return;
  free(signatures->rows);
  free(signatures->first_key);
  free(signatures->keys);
  free(signatures);
}

onus_status onus_signatures_make(const onus_fingerprints *fingerprints, onus_signatures **ret_signatures,
                                 onus_error *error) {
  size_t count = 0, most_tokens = 0;
  uint64_t base = 0;
  making m = {.prints = fingerprints, .numbers = calloc(fingerprints->count + 1, sizeof m.numbers[0])};
  for (size_t i = 0; m.numbers != NULL && i < fingerprints->count; i++) {
    const onus_function_fingerprint *print = &fingerprints->items[i];
    m.numbers[i] = (uint32_t)count;
    if (count == 0) /* functions come by address */
      base = print->address;
    count += !print->is_thunk;
    if (print->n_tokens > most_tokens)
      most_tokens = print->n_tokens;
  }
  m.room = malloc((most_tokens + 1) * sizeof m.room[0]);
  m.out = new_signatures(count);
  onus_status status = m.numbers && m.room && m.out ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK) {
    const onus_program *program = fingerprints->functions->program;
    m.out->format = program->format;
    m.out->is_64_bit = program->is_64_bit;
    m.out->base = base;
    for (size_t i = 0; i < fingerprints->count; i++)
      if (!fingerprints->items[i].is_thunk)
        make_one(&m, &fingerprints->items[i], m.numbers[i]);
    *ret_signatures = m.out;
  } else {
    onus_signatures_free(m.out);
  }
  free(m.room);
  free(m.numbers);
  return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

bool onus_signature_read(const uint8_t *row, onus_signature *ret_signature) {
  onus_signature *s = ret_signature;
  size_t n = 0;
  s->exact = onus_load_le64(row + EXACT_AT);
  s->offset_bytes = onus_load_le32(row + OFFSET_AT);
  for (size_t kind = 0; kind < ONUS_COUNT_KINDS; kind++)
    s->counts[kind] = get_nibble(row + COUNTS_AT, kind);
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++) {
    s->sizes[kind] = get_nibble(row + SIZES_AT, kind);
    s->n_sampled[kind] = get_nibble(row + SAMPLED_AT, kind);
    n += s->n_sampled[kind];
  }
  if (n > ONUS_SIGNATURE_TOKENS)
    return false;
  for (size_t i = 0; i < n; i++)
    s->tokens[i] = onus_load_le16(row + TOKENS_AT + 2 * i);
  for (size_t i = 0; i < ONUS_SIGNATURE_CALLEES; i++)
    s->callees[i] = (int16_t)onus_load_le16(row + CALLEES_AT + 2 * i);
  return true;
}
