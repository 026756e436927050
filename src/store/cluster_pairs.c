/* Pairs as a row of a bucket holds them: their number, two widths, and for each pair the distance of its key from the
 * one before and its number, in so many bits. Half as many bytes, and next to nothing for a server to unpack. */
#include <string.h>

#include "base/little_endian.h"
#include "store/cluster_internal.h"

enum { WIDTH_MOST = 32 };

static unsigned width_of(uint32_t value) {
  return value == 0 ? 0 : 32 - (unsigned)__builtin_clz(value);
}

typedef struct bits {
  uint8_t *at;
  uint64_t waiting;
  unsigned n_waiting; /* below 32 */
} bits;

static void append(bits *out, uint32_t value, unsigned width) {
  out->waiting |= (uint64_t)value << out->n_waiting;
  out->n_waiting += width;
  if (out->n_waiting >= 32) {
    onus_store_le32(out->at, (uint32_t)out->waiting);
    out->at += 4;
    out->waiting >>= 32;
    out->n_waiting -= 32;
  }
}

size_t onus_pairs_pack(const uint8_t *pairs, size_t n_pairs, uint64_t begin, uint8_t *out) {
  uint32_t keys = 0, numbers = 0, before = (uint32_t)(begin >> 32);
  for (size_t i = 0; i < n_pairs; i++) {
    uint64_t pair = onus_load_u64(pairs + i * ONUS_PAIR_BYTES);
    keys |= (uint32_t)(pair >> 32) - before;
    numbers |= (uint32_t)pair;
    before = (uint32_t)(pair >> 32);
  }
  unsigned key_width = width_of(keys), number_width = width_of(numbers);
  onus_store_le16(out, (uint16_t)n_pairs);
  out[2] = (uint8_t)key_width;
  out[3] = (uint8_t)number_width;
  bits b = {.at = out + ONUS_PACKED_HEAD_BYTES};
  before = (uint32_t)(begin >> 32);
  for (size_t i = 0; i < n_pairs; i++) {
    uint64_t pair = onus_load_u64(pairs + i * ONUS_PAIR_BYTES);
    append(&b, (uint32_t)(pair >> 32) - before, key_width);
    append(&b, (uint32_t)pair, number_width);
    before = (uint32_t)(pair >> 32);
  }
  for (; b.n_waiting > 0; b.n_waiting -= b.n_waiting < 8 ? b.n_waiting : 8) {
    *b.at++ = (uint8_t)b.waiting;
    b.waiting >>= 8;
  }
  return (size_t)(b.at - out);
}

size_t onus_pairs_unpacked_bytes(const uint8_t *packed, size_t n_bytes) {
  if (n_bytes < ONUS_PACKED_HEAD_BYTES)
    return SIZE_MAX;
  size_t n_pairs = onus_load_le16(packed), width = (size_t)packed[2] + packed[3];
  if (n_pairs > ONUS_CLUSTER_ROW_BYTES / ONUS_PAIR_BYTES || packed[2] > WIDTH_MOST || packed[3] > WIDTH_MOST ||
      n_bytes - ONUS_PACKED_HEAD_BYTES != (n_pairs * width + 7) / 8)
    return SIZE_MAX;
  return n_pairs * ONUS_PAIR_BYTES;
}

/* Up to 32 bits at a bit of `bytes`, of which there are `n_bytes`. */
static uint32_t bits_at(const uint8_t *bytes, size_t n_bytes, size_t bit, uint32_t mask) {
  uint64_t word = 0;
  size_t at = bit / 8;
  if (n_bytes - at >= sizeof word)
    memcpy(&word, bytes + at, sizeof word);
  else
    memcpy(&word, bytes + at, n_bytes - at);
  return (uint32_t)(word >> (bit & 7)) & mask;
}

bool onus_pairs_unpack(const uint8_t *packed, size_t n_bytes, uint64_t begin, uint8_t *out) {
  size_t n_pairs = onus_load_le16(packed), bit = 8 * (size_t)ONUS_PACKED_HEAD_BYTES;
  unsigned key_width = packed[2], number_width = packed[3];
  uint32_t key_mask = (uint32_t)((UINT64_C(1) << key_width) - 1), mask = (uint32_t)((UINT64_C(1) << number_width) - 1);
  uint64_t key = begin >> 32, before = 0;
  bool is_ascending = true;
  for (size_t i = 0; i < n_pairs; i++) {
    key += bits_at(packed, n_bytes, bit, key_mask);
    uint64_t pair = key << 32 | bits_at(packed, n_bytes, bit + key_width, mask);
    bit += key_width + number_width;
    is_ascending &= (i == 0 || pair > before) && key <= UINT32_MAX;
    memcpy(out + i * ONUS_PAIR_BYTES, &pair, sizeof pair);
    before = pair;
  }
  return is_ascending;
}
