/* Small parts of every parser here. */
#ifndef ONUS_VERIFY_SCAN_H
#define ONUS_VERIFY_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text that is read line by line. */
typedef struct onus_lines {
  const char *at;
  size_t rest_bytes;
  unsigned line; /* of what onus_lines_next gives next */
} onus_lines;

/* The next line; false at the end, and where the last line does not end. */
bool onus_lines_next(onus_lines *lines, const char **ret_line, size_t *ret_bytes);

/* Takes `literal` off the front of a text; false when it does not begin so. */
bool onus_scan_literal(const char **at, size_t *length, const char *literal);

/* Whether two texts, of which the second ends with NUL, are the same. */
bool onus_scan_is(const char *text, size_t length, const char *whole);

/* A decimal number without leading zeros, below 10^18. */
bool onus_decimal_parse(const char *text, size_t length, uint64_t *ret_value);

/* Base64 to the letter (padded, without blanks, no bits behind the last byte) of at most `cap_bytes`. */
bool onus_scan_base64(const char *text, size_t length, void *out, size_t cap_bytes, size_t *ret_bytes);

/* How many bytes of a text are UTF-8 without what such a text must not have: all of them when it is good. */
typedef enum onus_scan_kind {
  ONUS_SCAN_TEXT, /* no control characters of ASCII but DEL */
  ONUS_SCAN_PATH, /* no control characters */
  ONUS_SCAN_NAME  /* no control characters, blanks and plus */
} onus_scan_kind;
size_t onus_scan_characters(const char *text, size_t length, onus_scan_kind kind);

/* `array`, with room for one more than `count`: its capacity is the power of two that holds them. NULL without memory;
 * the array is there still. */
void *onus_scan_grow(void *array, size_t count, size_t item_bytes);

#endif
