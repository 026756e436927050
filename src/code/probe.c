#include "code/probe.h"

#include <math.h>
#include <string.h>

static uint8_t squeeze_rarity(float rarity) {
  float squeezed = rarity * 16 + 0.5f;
  return (uint8_t)(squeezed < 1 ? 1 : squeezed > 255 ? 255 : squeezed);
}

void onus_probe_set(onus_probe *probe, const onus_function_fingerprint *print, const float *rarity) {
  probe->print = print;
  for (size_t kind = 0; kind < ONUS_COUNT_KINDS; kind++)
    probe->counts[kind] = onus_signature_squeeze(print->counts[kind]);
  for (uint32_t i = 0; i < print->n_tokens; i++)
    probe->rarity[print->tokens[i].hash & 0xffff] = squeeze_rarity(rarity[i]);
}

void onus_probe_clear(onus_probe *probe) {
  for (uint32_t i = 0; probe->print && i < probe->print->n_tokens; i++)
    probe->rarity[probe->print->tokens[i].hash & 0xffff] = 0;
  probe->print = NULL;
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
      unsigned rare = probe->rarity[*token++];
      n_shared += rare > 0;
      rarity += rare;
    }
    if (b < (float)n)
      b = (float)n;
    float held = n > 0 ? (float)n_shared / (float)n : 0;
    float shared = held * b < a ? held * b : a, all = a + b - shared, least = a < b ? a : b;
    ret_feature[ONUS_MATCH_LIKE + kind] = all > 0 ? shared / all : 0;
    ret_feature[ONUS_MATCH_SHARED + kind] = log1pf((float)rarity / 16);
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
