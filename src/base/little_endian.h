/* Little-endian numbers at a place that has been checked. */
#ifndef ONUS_BASE_LITTLE_ENDIAN_H
#define ONUS_BASE_LITTLE_ENDIAN_H

#include <stdint.h>

static inline uint16_t onus_load_le16(const uint8_t *at) {
  return (uint16_t)(at[0] | at[1] << 8);
}
static inline uint32_t onus_load_le32(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}
static inline uint64_t onus_load_le64(const uint8_t *at) {
  return onus_load_le32(at) | (uint64_t)onus_load_le32(at + 4) << 32;
}
static inline void onus_store_le16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
}
static inline void onus_store_le32(uint8_t *at, uint32_t value) {
  onus_store_le16(at, (uint16_t)value);
  onus_store_le16(at + 2, (uint16_t)(value >> 16));
}
static inline void onus_store_le64(uint8_t *at, uint64_t value) {
  onus_store_le32(at, (uint32_t)value);
  onus_store_le32(at + 4, (uint32_t)(value >> 32));
}

#endif
