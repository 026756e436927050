/* The one door to the bytes of an executable file: every read says where it starts and how long it is, and is checked.
 *
 * Offsets come from the file itself, so any of them may be wrong, huge, or chosen to make a sum wrap around. */
#ifndef ONUS_CODE_BYTES_H
#define ONUS_CODE_BYTES_H

#include "base/little_endian.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct onus_bytes {
  const uint8_t *start;
  uint64_t length_bytes;
  bool is_big_endian; /* how onus_bytes_u16 … read */
} onus_bytes;

/* `length_bytes` bytes at `offset`, or NULL when not all of them are there. */
static inline const uint8_t *onus_bytes_at(const onus_bytes *bytes, uint64_t offset, uint64_t length_bytes) {
  if (offset > bytes->length_bytes || length_bytes > bytes->length_bytes - offset)
    return NULL;
  return bytes->start + offset;
}

static inline uint16_t onus_swap_u16(uint16_t value) {
  return (uint16_t)(value << 8 | value >> 8);
}

/* A number at `offset`. False, and *ret_value untouched, when it is not all there. */
bool onus_bytes_u8(const onus_bytes *bytes, uint64_t offset, uint8_t *ret_value);
bool onus_bytes_u16(const onus_bytes *bytes, uint64_t offset, uint16_t *ret_value);
bool onus_bytes_u32(const onus_bytes *bytes, uint64_t offset, uint32_t *ret_value);
bool onus_bytes_u64(const onus_bytes *bytes, uint64_t offset, uint64_t *ret_value);

/* The length of the NUL-terminated text at `offset`, at most `cap_bytes`; false when no NUL comes within them. */
bool onus_bytes_text(const onus_bytes *bytes, uint64_t offset, size_t cap_bytes, const char **ret_text,
                     size_t *ret_length_bytes);

/* DWARF's variable-length numbers. They move *offset; at most 10 bytes; false when they are longer or cut off. */
bool onus_bytes_uleb(const onus_bytes *bytes, uint64_t *offset, uint64_t *ret_value);
bool onus_bytes_sleb(const onus_bytes *bytes, uint64_t *offset, int64_t *ret_value);

#endif
