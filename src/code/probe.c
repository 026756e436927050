#include "code/probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LN_RARITIES = 15 * 255 + 1 }; /* of a kind, a sample has 15 tokens at most */

static uint32_t squeeze_rarity(float rarity) {
  float squeezed = rarity * 16 + 0.5f;
  return (uint32_t)(squeezed < 1 ? 1 : squeezed > 255 ? 255 : squeezed);
}

/* At least half of the slots stay free. */
static uint32_t slots_of(const onus_function_fingerprint *print) {
  uint32_t n = 4;
  while (n < 2 * print->n_tokens)
    n *= 2;
  return n;
}

static void put(uint32_t *slots, uint32_t mask, uint32_t token, uint32_t rarity) {
  uint32_t at = token & mask;
  while (slots[at] != 0 && slots[at] >> 8 != token)
    at = (at + 1) & mask;
  if ((slots[at] & 255) < rarity)
    slots[at] = token << 8 | rarity;
}

/* 0: it is none of its tokens. */
static uint32_t get(const onus_probe *probe, uint32_t token) {
  uint32_t at = token & probe->mask;
  while (probe->slots[at] != 0 && probe->slots[at] >> 8 != token)
    at = (at + 1) & probe->mask;
  return probe->slots[at] & 255;
}

onus_status onus_probes_make(const onus_fingerprints *fingerprints, const float *rarity, onus_probes *ret_probes,
                             onus_error *error) {
  static const onus_function_fingerprint nothing;
  size_t n_slots = 0;
  for (size_t i = 0; i < fingerprints->count; i++)
    n_slots += slots_of(fingerprints->items[i].is_thunk ? &nothing : &fingerprints->items[i]);
  onus_probes made = {calloc(fingerprints->count + 1, sizeof *made.items), calloc(n_slots + 1, sizeof *made.slots),
                      malloc(LN_RARITIES * sizeof *made.ln_rarity)};
  if (made.items == NULL || made.slots == NULL || made.ln_rarity == NULL) {
    onus_probes_free(&made);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t i = 0; i < LN_RARITIES; i++)
    made.ln_rarity[i] = log1pf((float)i / 16);
  uint32_t *slots = made.slots;
  for (size_t i = 0; i < fingerprints->count; i++) {
    const onus_function_fingerprint *print = &fingerprints->items[i];
    onus_probe *probe = &made.items[i];
    uint32_t n = slots_of(print->is_thunk ? &nothing : print);
    probe->print = print;
    probe->slots = slots;
    probe->mask = n - 1;
    probe->ln_rarity = made.ln_rarity;
    for (size_t kind = 0; kind < ONUS_COUNT_KINDS; kind++)
      probe->counts[kind] = onus_signature_squeeze(print->counts[kind]);
    for (uint32_t k = 0; !print->is_thunk && k < print->n_tokens; k++)
      put(slots, probe->mask, print->tokens[k].hash & 0xffff, squeeze_rarity(rarity[k]));
    rarity += print->n_tokens;
    slots += n;
  }
  *ret_probes = made;
  return ONUS_OK;
}

void onus_probes_free(onus_probes *probes) {
  free(probes->items);
  free(probes->slots);
  free(probes->ln_rarity);
  *probes = (onus_probes){0};
}

/* What onus_signature_squeeze has taken. */
static float unsqueeze(uint8_t squeezed) {
  static const float counts[16] = {0,      0.587f, 1.520f, 3.0f,   5.350f, 9.079f, 15.0f,  24.40f,
                                   39.32f, 63.0f,  100.6f, 160.3f, 255.0f, 405.4f, 644.1f, 1023.0f};
  return counts[squeezed & 15];
}

void onus_probe_features(const onus_probe *probe, const onus_signature *signature, float *ret_feature) {
  const onus_function_fingerprint *print = probe->print;
  const uint16_t *token = signature->tokens;
  for (size_t kind = 0; kind < ONUS_TOKEN_KINDS; kind++) {
    float a = (float)(print->first_of_kind[kind + 1] - print->first_of_kind[kind]);
    float b = unsqueeze(signature->sizes[kind]);
    unsigned n = signature->n_sampled[kind], n_shared = 0, rarity = 0;
    for (unsigned i = 0; i < n; i++) {
      unsigned rare = get(probe, *token++);
      n_shared += rare > 0;
      rarity += rare;
    }
    if (b < (float)n)
      b = (float)n;
    float held = n > 0 ? (float)n_shared / (float)n : 0;
    float shared = held * b < a ? held * b : a, all = a + b - shared, least = a < b ? a : b;
    ret_feature[ONUS_MATCH_LIKE + kind] = all > 0 ? shared / all : 0;
    ret_feature[ONUS_MATCH_SHARED + kind] = probe->ln_rarity[rarity];
    ret_feature[ONUS_MATCH_HELD + kind] = least > 0 ? shared / least : 0;
    ret_feature[ONUS_MATCH_EMPTY + kind] = a <= 0 && b <= 0 ? 1.0f : 0.0f;
  }
  for (size_t kind = 0; kind < ONUS_COUNT_KINDS; kind++) {
    int difference = (int)probe->counts[kind] - (int)signature->counts[kind];
    ret_feature[ONUS_MATCH_COUNT + kind] =
        (float)(difference < 0 ? -difference : difference) * 0.46209812f; /* ln 2 / 1.5 */
  }
  ret_feature[ONUS_MATCH_EXACT] = print->exact != 0 && print->exact == signature->exact ? 1.0f : 0.0f;
  uint8_t first = probe->counts[ONUS_COUNT_INSTRUCTIONS], second = signature->counts[ONUS_COUNT_INSTRUCTIONS];
  ret_feature[ONUS_MATCH_SIZE] = (float)(first < second ? first : second) * 0.46209812f;
}
