#include "verify/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

bool onus_lines_next(onus_lines *lines, const char **ret_line, size_t *ret_bytes) {
  const char *end = lines->rest_bytes ? memchr(lines->at, '\n', lines->rest_bytes) : NULL;
  if (!end)
    return false;
  *ret_line = lines->at;
  *ret_bytes = (size_t)(end - lines->at);
  lines->rest_bytes -= *ret_bytes + 1;
  lines->at = end + 1;
  lines->line++;
  return true;
}

bool onus_scan_literal(const char **at, size_t *length, const char *literal) {
  size_t n = strlen(literal);
  if (*length < n || memcmp(*at, literal, n) != 0)
    return false;
  *at += n;
  *length -= n;
  return true;
}

bool onus_scan_is(const char *text, size_t length, const char *whole) {
  return strlen(whole) == length && memcmp(text, whole, length) == 0;
}

bool onus_decimal_parse(const char *text, size_t length, uint64_t *ret_value) {
  if (length == 0 || length > 18 || (text[0] == '0' && length > 1))
    return false;
  uint64_t value = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    value = value * 10 + (uint64_t)(text[i] - '0');
  }
  *ret_value = value;
  return true;
}

static const signed char BASE64_VALUES[128] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63, 52, 53, 54, 55,
    56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1, -1, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1, -1, 26, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
};

/* Not libsodium's: that of 1.0.18 takes bytes from 0x80 on for digits, so that a signature could be written in more
 * ways than one; and it takes the same time for all bytes, four times ours, which what is public does not need. */
bool onus_scan_base64(const char *text, size_t length, void *out, size_t cap_bytes, size_t *ret_bytes) {
  unsigned char *to = out;
  size_t n = 0, padding = 0;
  uint32_t bits = 0;
  while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
    padding++;
  for (size_t i = 0; i < length - padding; i++) {
    unsigned char c = (unsigned char)text[i];
    int value = c < sizeof BASE64_VALUES ? BASE64_VALUES[c] : -1;
    if (value < 0 || (i % 4 && n == cap_bytes))
      return false;
    bits = bits << 6 | (uint32_t)value;
    if (i % 4)
      to[n++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
  }
  *ret_bytes = n;
  return length % 4 == 0 && (bits & ((1u << 2 * padding) - 1)) == 0;
}

static bool is_blank(uint32_t c) {
  return c == ' ' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
         c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

size_t onus_scan_characters(const char *text, size_t length, onus_scan_kind kind) {
  size_t at = 0;
  for (size_t width; at < length; at += width) {
    uint32_t c = 0;
    width = onus_text_decode(text + at, length - at, &c);
    if (width == 0 || c < 0x20 || (kind >= ONUS_SCAN_PATH && c >= 0x7F && c < 0xA0) ||
        (kind == ONUS_SCAN_NAME && (c == '+' || is_blank(c))))
      break;
  }
  return at;
}

void *onus_scan_grow(void *array, size_t count, size_t item_bytes) {
  return count & (count - 1) ? array : realloc(array, (count ? 2 * count : 1) * item_bytes);
}
