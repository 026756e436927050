/* Functions that are looked for, made ready to be compared with signatures. */
#ifndef ONUS_CODE_PROBE_H
#define ONUS_CODE_PROBE_H

#include "code/match.h"
#include "code/signature.h"

typedef struct onus_probe {
  const onus_function_fingerprint *print;
  uint8_t counts[ONUS_COUNT_KINDS]; /* squeezed */
  const uint32_t *slots; /* a hash table of its tokens: the lower half of the hash << 8 | squeezed rarity; 0: free */
  uint32_t mask;
  const float *ln_rarity; /* ln(1 + rarity / 16) of each squeezed rarity that a sample may add up to */
} onus_probe;

typedef struct onus_probes {
  onus_probe *items; /* of each function */
  uint32_t *slots;
  float *ln_rarity;
} onus_probes;

/* `rarity`: of each token of each function, one function after the other. Thunks get empty ones. */
ONUS_MUST_CHECK onus_status onus_probes_make(const onus_fingerprints *fingerprints, const float *rarity,
                                             onus_probes *ret_probes, onus_error *error);
void onus_probes_free(onus_probes *probes);

/* [K-8] The features of [K-2], ONUS_MATCH_OWN_FEATURES of them, as far as a signature tells. */
void onus_probe_features(const onus_probe *probe, const onus_signature *signature, float *ret_feature);

#endif
