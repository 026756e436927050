#include "code/probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  SLOTS = 4,                  /* of a bucket */
  LN_RARITIES = 15 * 255 + 1, /* of a kind, a sample has 15 tokens at most */
};

static const onus_function_fingerprint nothing;

uint8_t onus_probe_squeeze(float rarity) {
  float squeezed = rarity * 16 + 0.5f;
  return (uint8_t)(squeezed < 1 ? 1 : squeezed > 255 ? 255 : squeezed);
}

/* At least half of the slots stay free. */
static size_t slots_of(const onus_function_fingerprint *print) {
  size_t n = 2 * SLOTS;
  while (n < 2 * (size_t)print->n_tokens)
    n *= 2;
  return n;
}

/* What the slots of a probe take of the room: two bytes each, and one. */
static size_t words_of(size_t n_slots) {
  return n_slots / 4 + n_slots / 8;
}

onus_status onus_probes_begin(const onus_fingerprints *fingerprints, bool is_one_by_one, onus_probes *ret_probes,
                              onus_error *error) {
  size_t n_words = 0;
  for (size_t i = 0; i < fingerprints->count; i++) {
    size_t n = words_of(slots_of(fingerprints->items[i].is_thunk ? &nothing : &fingerprints->items[i]));
    n_words = !is_one_by_one ? n_words + n : n > n_words ? n : n_words;
  }
  onus_probes made = {calloc(fingerprints->count + 1, sizeof *made.items), calloc(n_words + 1, sizeof *made.room),
                      malloc(LN_RARITIES * sizeof *made.ln_rarity)};
  if (made.items == NULL || made.room == NULL || made.ln_rarity == NULL) {
    onus_probes_free(&made);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t i = 0; i < LN_RARITIES; i++)
    made.ln_rarity[i] = log1pf((float)i / 16);
  uint64_t *room = made.room;
  for (size_t i = 0; i < fingerprints->count; i++) {
    const onus_function_fingerprint *print = &fingerprints->items[i];
    onus_probe *probe = &made.items[i];
    size_t n = slots_of(print->is_thunk ? &nothing : print);
    probe->print = print;
    probe->buckets = room;
    probe->rarity = (uint8_t *)(room + n / 4);
    probe->mask = (uint32_t)(n / SLOTS - 1);
    probe->ln_rarity = made.ln_rarity;
    if (!is_one_by_one)
      room += words_of(n);
  }
  *ret_probes = made;
  return ONUS_OK;
}

void onus_probes_free(onus_probes *probes) {
  free(probes->items);
  free(probes->room);
  free(probes->ln_rarity);
  *probes = (onus_probes){0};
}

/* --- tokens ------------------------------------------------------------------------------------------------------- */

/* The highest bit of the first 16 that equal `token`, 0 when there are none. (Bits after it may be set wrongly.) */
static uint64_t find_equal(uint64_t bucket, uint32_t token) {
  const uint64_t ones = 0x0001000100010001u;
  uint64_t differ = bucket ^ (token & 0xffff) * ones;
  return (differ - ones) & ~differ & ones << 15;
}

static unsigned slot_of(uint64_t bit) {
  return (unsigned)__builtin_ctzll(bit) / 16;
}

static void put(onus_probe *probe, uint32_t token, uint8_t rarity) {
  for (uint32_t at = token & probe->mask;; at = (at + 1) & probe->mask) {
    uint8_t *slots = probe->rarity + (size_t)at * SLOTS;
    uint64_t equal = find_equal(probe->buckets[at], token);
    unsigned slot = slot_of(equal | (uint64_t)1 << 63);
    if (equal == 0 || slots[slot] == 0) { /* the first that is free, by adding, not by branching */
      slot = (unsigned)(slots[0] != 0) + (slots[1] != 0) + (slots[2] != 0) + (slots[3] != 0);
      if (slot == SLOTS)
        continue;
    }
    probe->buckets[at] |= (uint64_t)(token & 0xffff) << 16 * slot;
    slots[slot] = slots[slot] < rarity ? rarity : slots[slot];
    return;
  }
}

/* 0: it is none of its tokens. */
static inline unsigned get(const onus_probe *probe, uint32_t token) {
  for (uint32_t at = token & probe->mask;; at = (at + 1) & probe->mask) {
    const uint8_t *slots = probe->rarity + (size_t)at * SLOTS;
    uint64_t equal = find_equal(probe->buckets[at], token);
    unsigned rarity = slots[slot_of(equal | (uint64_t)1 << 63)] & (0u - (equal != 0)); /* without a branch */
    if (rarity != 0 || slots[SLOTS - 1] == 0)
      return rarity;
  }
}

void onus_probe_set(onus_probe *probe, const uint8_t *rarity) {
  const onus_function_fingerprint *print = probe->print;
  for (size_t kind = 0; kind < ONUS_COUNT_KINDS; kind++)
    probe->counts[kind] = onus_signature_squeeze(print->counts[kind]);
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++)
    probe->sizes[kind] = (float)(print->first_of_kind[kind + 1] - print->first_of_kind[kind]);
  memset(probe->buckets, 0, words_of(((size_t)probe->mask + 1) * SLOTS) * sizeof *probe->buckets);
  for (uint32_t k = 0; !print->is_thunk && k < print->n_tokens; k++)
    put(probe, print->tokens[k].hash, rarity[k]);
}

/* --- features ----------------------------------------------------------------------------------------------------- */

/* What onus_signature_squeeze has taken. */
static float unsqueeze(uint8_t squeezed) {
  static const float counts[16] = {0,      0.587f, 1.520f, 3.0f,   5.350f, 9.079f, 15.0f,  24.40f,
                                   39.32f, 63.0f,  100.6f, 160.3f, 255.0f, 405.4f, 644.1f, 1023.0f};
  return counts[squeezed & 15];
}

/* What tokens of a sample up to each of its places the probe has. */
typedef struct shared {
  uint16_t n[ONUS_SIGNATURE_TOKENS + 1], rarity[ONUS_SIGNATURE_TOKENS + 1];
} shared;

static void find_shared(const onus_probe *probe, const onus_signature *signature, unsigned n, shared *out) {
  unsigned n_shared = 0, rarity = 0;
  out->n[0] = out->rarity[0] = 0;
  for (unsigned i = 0; i < n; i++) {
    unsigned rare = get(probe, signature->tokens[i]);
    n_shared += rare > 0;
    rarity += rare;
    out->n[i + 1] = (uint16_t)n_shared;
    out->rarity[i + 1] = (uint16_t)rarity;
  }
}

void onus_probe_features(const onus_probe *probe, const onus_signature *signature, float *ret_feature) {
  unsigned end = 0, begin = 0;
  shared found;
  float held[ONUS_TOKEN_KINDS], size[ONUS_TOKEN_KINDS];
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++)
    end += signature->n_sampled[kind];
  find_shared(probe, signature, end, &found);
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++, begin = end) {
    end = begin + signature->n_sampled[kind];
    float n = (float)(end - begin), b = unsqueeze(signature->sizes[kind]);
    size[kind] = b < n ? n : b;
    held[kind] = (float)(found.n[end] - found.n[begin]) / (n > 0 ? n : 1);
    ret_feature[ONUS_MATCH_SHARED + kind] = probe->ln_rarity[found.rarity[end] - found.rarity[begin]];
  }
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++) {
    float a = probe->sizes[kind], b = size[kind], both = held[kind] * b < a ? held[kind] * b : a;
    float all = a + b - both, least = a < b ? a : b; /* nothing is shared where one of them is 0 */
    ret_feature[ONUS_MATCH_LIKE + kind] = both / (all > 0 ? all : 1);
    ret_feature[ONUS_MATCH_HELD + kind] = both / (least > 0 ? least : 1);
    ret_feature[ONUS_MATCH_EMPTY + kind] = a <= 0 && b <= 0 ? 1.0f : 0.0f;
  }
  for (size_t kind = 0; kind < ONUS_COUNT_KINDS; kind++) {
    int difference = (int)probe->counts[kind] - (int)signature->counts[kind];
    ret_feature[ONUS_MATCH_COUNT + kind] =
        (float)(difference < 0 ? -difference : difference) * 0.46209812f; /* ln 2 / 1.5 */
  }
  ret_feature[ONUS_MATCH_EXACT] = probe->print->exact != 0 && probe->print->exact == signature->exact ? 1.0f : 0.0f;
  uint8_t first = probe->counts[ONUS_COUNT_INSTRUCTIONS], second = signature->counts[ONUS_COUNT_INSTRUCTIONS];
  ret_feature[ONUS_MATCH_SIZE] = (float)(first < second ? first : second) * 0.46209812f;
}
