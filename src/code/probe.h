/* Functions that are looked for, made ready to be compared with signatures. */
#ifndef ONUS_CODE_PROBE_H
#define ONUS_CODE_PROBE_H

#include "code/match.h"
#include "code/signature.h"

typedef struct onus_probe {
  const onus_function_fingerprint *print;
  uint8_t counts[ONUS_COUNT_KINDS]; /* squeezed */
  float sizes[ONUS_TOKEN_KINDS];    /* how many tokens it has of each kind */
  /* A hash table of its tokens in buckets of four, filled from the front: the lower halves of their hashes, 16 bits
   * each, which are compared at once; and the squeezed rarity of each, 0: free. */
  uint64_t *buckets;
  uint8_t *rarity;
  uint32_t mask;          /* of buckets */
  const float *ln_rarity; /* ln(1 + rarity / 16) of each squeezed rarity that a sample may add up to */
} onus_probe;

typedef struct onus_probes {
  onus_probe *items; /* of each function */
  uint64_t *room;
  float *ln_rarity;
} onus_probes;

/* Room for probes of all functions; those of thunks stay empty. `is_one_by_one`: all use the same room, so each holds
 * until the next one is set. Each is to be set before it is compared. */
ONUS_MUST_CHECK onus_status onus_probes_begin(const onus_fingerprints *fingerprints, bool is_one_by_one,
                                              onus_probes *ret_probes, onus_error *error);
void onus_probes_free(onus_probes *probes);

/* A rarity in 8 bits, at least 1. */
uint8_t onus_probe_squeeze(float rarity);

/* `rarity`: squeezed, of each token of the function. */
void onus_probe_set(onus_probe *probe, const uint8_t *rarity);

/* [K-8] The features of [K-2], ONUS_MATCH_OWN_FEATURES of them, as far as a signature tells. */
void onus_probe_features(const onus_probe *probe, const onus_signature *signature, float *ret_feature);

#endif
