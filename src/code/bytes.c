#include "code/bytes.h"

bool onus_bytes_u8(const onus_bytes *bytes, uint64_t offset, uint8_t *ret_value) {
  const uint8_t *at = onus_bytes_at(bytes, offset, 1);
  if (!at)
    return false;
  *ret_value = *at;
  return true;
}

bool onus_bytes_u16(const onus_bytes *bytes, uint64_t offset, uint16_t *ret_value) {
  const uint8_t *at = onus_bytes_at(bytes, offset, 2);
  if (!at)
    return false;
  uint16_t value = onus_load_le16(at);
  *ret_value = bytes->is_big_endian ? onus_swap_u16(value) : value;
  return true;
}

bool onus_bytes_u32(const onus_bytes *bytes, uint64_t offset, uint32_t *ret_value) {
  const uint8_t *at = onus_bytes_at(bytes, offset, 4);
  if (!at)
    return false;
  uint32_t value = onus_load_le32(at);
  *ret_value = bytes->is_big_endian ? __builtin_bswap32(value) : value;
  return true;
}

bool onus_bytes_u64(const onus_bytes *bytes, uint64_t offset, uint64_t *ret_value) {
  const uint8_t *at = onus_bytes_at(bytes, offset, 8);
  if (!at)
    return false;
  uint64_t value = onus_load_le64(at);
  *ret_value = bytes->is_big_endian ? __builtin_bswap64(value) : value;
  return true;
}

bool onus_bytes_text(const onus_bytes *bytes, uint64_t offset, size_t cap_bytes, const char **ret_text,
                     size_t *ret_length_bytes) {
  if (offset >= bytes->length_bytes)
    return false;
  uint64_t left = bytes->length_bytes - offset;
  size_t most = left < cap_bytes ? (size_t)left : cap_bytes;
  const char *text = (const char *)bytes->start + offset;
  const char *end = memchr(text, '\0', most);
  if (!end)
    return false;
  *ret_text = text;
  *ret_length_bytes = (size_t)(end - text);
  return true;
}

bool onus_bytes_uleb(const onus_bytes *bytes, uint64_t *offset, uint64_t *ret_value) {
  uint64_t value = 0;
  for (unsigned i = 0; i < 10; i++) {
    uint8_t byte = 0;
    if (!onus_bytes_u8(bytes, *offset + i, &byte))
      return false;
    value |= (uint64_t)(byte & 0x7f) << (7 * i);
    if (!(byte & 0x80)) {
      *offset += i + 1;
      *ret_value = value;
      return true;
    }
  }
  return false;
}

bool onus_bytes_sleb(const onus_bytes *bytes, uint64_t *offset, int64_t *ret_value) {
  uint64_t start = *offset, value = 0;
  if (!onus_bytes_uleb(bytes, offset, &value))
    return false;
  unsigned bits = 7 * (unsigned)(*offset - start);
  if (bits < 64 && (value >> (bits - 1) & 1))
    value |= ~UINT64_C(0) << bits;
  *ret_value = (int64_t)value;
  return true;
}
