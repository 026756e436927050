/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014) applied to the three words in turn. */
#include "base/random.h"

static uint64_t mix(uint64_t x) {
  x += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
  return x ^ (x >> 31);
}

uint64_t onus_random_bits(uint64_t seed, uint64_t stream, uint64_t counter) {
  return mix(mix(mix(seed) ^ stream) ^ counter);
}

/* Below `bound`, without bias: draws that fall into the incomplete last block are drawn again. */
static uint32_t below(uint64_t seed, uint64_t stream, uint64_t *counter, uint32_t bound) {
  uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    uint64_t bits = onus_random_bits(seed, stream, (*counter)++);
    if (bits < limit)
      return (uint32_t)(bits % bound);
  }
}

void onus_random_permutation(uint64_t seed, uint64_t stream, size_t count, uint32_t *out) {
  uint64_t counter = 0;
  for (size_t i = 0; i < count; i++)
    out[i] = (uint32_t)i;
  for (size_t i = count; i > 1; i--) {
    uint32_t j = below(seed, stream, &counter, (uint32_t)i);
    uint32_t swapped = out[i - 1];
    out[i - 1] = out[j];
    out[j] = swapped;
  }
}
