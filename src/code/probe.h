/* A function that is looked for, made ready to be compared with many signatures. */
#ifndef ONUS_CODE_PROBE_H
#define ONUS_CODE_PROBE_H

#include "code/match.h"
#include "code/signature.h"

/* Holds one function at a time; the last one must be taken out before the next is set. */
typedef struct onus_probe {
  const onus_function_fingerprint *print;
  uint8_t counts[ONUS_COUNT_KINDS]; /* squeezed */
  uint8_t rarity[65536]; /* by the lower half of a token's hash: 16 times its rarity, at least 1; 0: not its token */
} onus_probe;

/* `rarity` is of each token of the print. */
void onus_probe_set(onus_probe *probe, const onus_function_fingerprint *print, const float *rarity);
void onus_probe_clear(onus_probe *probe);

/* [K-8] The features of [K-2], ONUS_MATCH_OWN_FEATURES of them, as far as a signature tells. */
void onus_probe_features(const onus_probe *probe, const onus_signature *signature, float *ret_feature);

#endif
