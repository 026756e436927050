#include "base/utf8.h"

size_t onus_text_decode(const char *bytes, size_t length_bytes, uint32_t *ret_character) {
  if (length_bytes == 0)
    return 0;
  const unsigned char *b = (const unsigned char *)bytes;
  if (b[0] < 0x80) {
    *ret_character = b[0];
    return 1;
  }
  size_t width = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
  static const uint32_t LOWEST[5] = {0, 0, 0x80, 0x800, 0x10000};
  if (b[0] < 0xC2 || b[0] > 0xF4 || length_bytes < width)
    return 0;
  uint32_t character = b[0] & (0xFFu >> (width + 1));
  for (size_t i = 1; i < width; i++) {
    if ((b[i] & 0xC0) != 0x80)
      return 0;
    character = character << 6 | (b[i] & 0x3Fu);
  }
  if (character < LOWEST[width] || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
    return 0;
  *ret_character = character;
  return width;
}
