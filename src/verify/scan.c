#include "verify/scan.h"

#include <sodium.h>
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

bool onus_scan_base64(const char *text, size_t length, void *out, size_t cap_bytes, size_t *ret_bytes) {
  return sodium_base642bin(out, cap_bytes, text, length, NULL, ret_bytes, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
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
