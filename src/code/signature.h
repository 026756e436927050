/* A function in a hundred bytes: what a reference keeps of a fingerprint, and how like a query function that is.
 *
 * A signature holds a sample of the function's tokens, 16 bits of each, its counts squeezed, the hash of its
 * instructions, and whom it calls. The sample is taken by priorities that are hashes of the tokens themselves, so that
 * two functions that share tokens share those of the sample too; rare kinds are preferred. The query has all its tokens
 * at hand, so a token of the sample is either among them or not: no two sketches are compared. The tokens that come
 * first in the sample are also keys, by which the function is found [K-7]. */
#ifndef ONUS_CODE_SIGNATURE_H
#define ONUS_CODE_SIGNATURE_H

#include "code/fingerprint.h"

enum {
  ONUS_SIGNATURE_BYTES = 104,
  ONUS_SIGNATURE_TOKENS = 34,
  ONUS_SIGNATURE_CALLEES = 3,
  ONUS_SIGNATURE_KEYS_MAX = 16,
};

/* The signatures of a program's functions, thunks left out, in the order of the file. Plain numbers: what a process
 * that reads hostile files hands back is checked by onus_signatures_parse, and means no more than what the file may
 * say. */
typedef struct onus_signatures {
  onus_program_format format;
  bool is_64_bit;
  uint64_t base; /* the first function's address, from which those of signatures count */
  size_t count;
  uint8_t *rows;       /* count * ONUS_SIGNATURE_BYTES */
  uint32_t *first_key; /* count + 1, into keys */
  uint32_t *keys;
} onus_signatures;

/* Free with onus_signatures_free. */
ONUS_MUST_CHECK onus_status onus_signatures_make(const onus_fingerprints *fingerprints,
                                                 onus_signatures **ret_signatures, onus_error *error);
void onus_signatures_free(onus_signatures *signatures);

/* A signature, taken apart. */
typedef struct onus_signature {
  uint64_t exact;
  uint32_t offset_bytes;            /* of the address, from the program's base */
  uint8_t counts[ONUS_COUNT_KINDS]; /* onus_signature_squeeze */
  uint8_t sizes[ONUS_TOKEN_KINDS];  /* how many tokens it has, squeezed */
  uint8_t n_sampled[ONUS_TOKEN_KINDS];
  uint16_t tokens[ONUS_SIGNATURE_TOKENS];  /* by kind */
  int16_t callees[ONUS_SIGNATURE_CALLEES]; /* how many functions behind (or before) this one; 0: none */
} onus_signature;

/* False: these bytes are no signature. */
bool onus_signature_read(const uint8_t *row, onus_signature *ret_signature);

/* A count in 4 bits: 1.5 log2(1 + count), rounded, at most 15. */
uint8_t onus_signature_squeeze(uint32_t count);

/* [K-7] The places of a function's first `n` tokens in the order of all samples: the least come first. 43 bits each. */
void onus_signature_orders(const onus_function_fingerprint *print, size_t n, uint64_t *ret_orders);

#endif
