#include "document/canonical.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers ----------------------------------------------------------------------------------------------------- */

enum { MOST_DIGITS = 17 };

/* The fewest significant decimal digits that are read back as the same double, and of those the nearest to it. */
typedef struct shortest {
  char digits[MOST_DIGITS + 1];
  int n_digits, exponent; /* d.ddd × 10^exponent */
} shortest;

/* `value` to `n` digits, as "d.ddde±xx" in the locale of the host program; strtod reads the same locale. */
static void round_to(double value, int n, char *text) {
  snprintf(text, 64, "%.*e", n - 1, value);
}

static bool is_exact(const char *text, double value) {
  return strtod(text, NULL) == value;
}

/* Adds one to the last digit before the exponent. False on a carry out of the first digit. */
static bool add_one(char *text) {
  char *end = strchr(text, 'e');
  for (char *at = end - 1; at >= text; at--) {
    if (*at < '0' || *at > '9')
      continue;
    if (*at != '9') {
      (*at)++;
      return true;
    }
    *at = '0';
  }
  return false;
}

/* Where doubles lie half as dense above a value as below (powers of two), the digits above it can be right though those
 * that are nearest are not. */
static bool try_digits(double value, int n, char *text) {
  round_to(value, n, text);
  if (is_exact(text, value))
    return true;
  return n >= 15 && add_one(text) && is_exact(text, value);
}

static shortest find_shortest(double value) {
  char text[64];
  /* A decimal of up to 15 digits survives the way to a double and back, if the double is a normal one. */
  int n = value >= 2.3e-308 ? 15 : 1;
  while (n < MOST_DIGITS && !try_digits(value, n, text))
    n++;
  if (n == MOST_DIGITS)
    round_to(value, n, text);
  shortest s = {.exponent = atoi(strchr(text, 'e') + 1)};
  for (const char *at = text; *at != 'e'; at++)
    if (*at >= '0' && *at <= '9')
      s.digits[s.n_digits++] = *at;
  while (s.n_digits > 1 && s.digits[s.n_digits - 1] == '0')
    s.n_digits--;
  s.digits[s.n_digits] = '\0';
  return s;
}

void onus_canonical_number(double value, char out[ONUS_CANONICAL_NUMBER_BYTES]) {
  if (value == 0) {
    snprintf(out, ONUS_CANONICAL_NUMBER_BYTES, "0"); /* minus zero too */
    return;
  }
  shortest s = find_shortest(fabs(value));
  const char *sign = value < 0 ? "-" : "";
  int k = s.n_digits, point = s.exponent + 1; /* the decimal point stands after so many digits */
  if (k <= point && point <= 21)
    snprintf(out, ONUS_CANONICAL_NUMBER_BYTES, "%s%s%.*s", sign, s.digits, point - k, "00000000000000000000");
  else if (point > 0 && point <= 21)
    snprintf(out, ONUS_CANONICAL_NUMBER_BYTES, "%s%.*s.%s", sign, point, s.digits, s.digits + point);
  else if (point > -6 && point <= 0)
    snprintf(out, ONUS_CANONICAL_NUMBER_BYTES, "%s0.%.*s%s", sign, -point, "00000", s.digits);
  else
    snprintf(out, ONUS_CANONICAL_NUMBER_BYTES, "%s%c%s%s%s%d", sign, s.digits[0], k > 1 ? "." : "", s.digits + 1,
             s.exponent > 0 ? "e+" : "e", s.exponent);
}

/* --- texts ------------------------------------------------------------------------------------------------------- */

static void put_text(onus_buffer *out, const char *text, size_t length_bytes) {
  static const char NAMED[] = "\b\t\n\f\r\"\\", NAMES[] = "btnfr\"\\";
  onus_buffer_character(out, '"');
  size_t run = 0;
  for (size_t at = 0; at < length_bytes; at++) {
    unsigned char c = (unsigned char)text[at];
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    onus_buffer_append(out, text + run, at - run);
    const char *named = memchr(NAMED, c, sizeof NAMED - 1);
    if (named)
      onus_buffer_printf(out, "\\%c", NAMES[named - NAMED]);
    else
      onus_buffer_printf(out, "\\u%04x", c);
    run = at + 1;
  }
  onus_buffer_append(out, text + run, length_bytes - run);
  onus_buffer_character(out, '"');
}

/* --- maps -------------------------------------------------------------------------------------------------------- */

/* By UTF-16 code units. UTF-8 sorts by characters, which differs where one of the two is beyond U+FFFF and so begins
 * with a surrogate (below U+E000), while the other is U+E000 to U+FFFF. */
static int compare_keys(const void *a, const void *b) {
  const unsigned char *x = (const unsigned char *)(*(const onus_node *const *)a)->key;
  const unsigned char *y = (const unsigned char *)(*(const onus_node *const *)b)->key;
  while (*x && *x == *y) {
    x++;
    y++;
  }
  bool x_is_pair = *x >= 0xF0, y_is_pair = *y >= 0xF0;
  if (x_is_pair != y_is_pair && *x >= 0xEE && *y >= 0xEE)
    return x_is_pair ? -1 : 1;
  return (*x > *y) - (*x < *y);
}

static void put_map(onus_buffer *out, const onus_node *map) {
  const onus_node *few[32], **children = few;
  if (map->n_children > sizeof few / sizeof *few)
    children = malloc(map->n_children * sizeof *children);
  if (!children) {
    out->status = ONUS_NO_MEMORY;
    return;
  }
  size_t n = 0;
  for (const onus_node *child = map->first; child; child = child->next)
    children[n++] = child;
  if (n > 0)
    qsort(children, n, sizeof *children, compare_keys);
  onus_buffer_character(out, '{');
  for (size_t i = 0; i < n; i++) {
    if (i > 0)
      onus_buffer_character(out, ',');
    put_text(out, children[i]->key, strlen(children[i]->key));
    onus_buffer_character(out, ':');
    onus_document_canonical(out, children[i]);
  }
  onus_buffer_character(out, '}');
  if (children != few)
    free(children);
}

/* As deep as the tree, which is at most ONUS_DOCUMENT_DEPTH. */
void onus_document_canonical(onus_buffer *out, const onus_node *node) {
  char number[ONUS_CANONICAL_NUMBER_BYTES];
  switch (node->kind) {
  case ONUS_NODE_NULL:
    onus_buffer_string(out, "null");
    break;
  case ONUS_NODE_BOOLEAN:
    onus_buffer_string(out, node->boolean ? "true" : "false");
    break;
  case ONUS_NODE_NUMBER:
    onus_canonical_number(node->number, number);
    onus_buffer_string(out, number);
    break;
  case ONUS_NODE_STRING:
    put_text(out, node->text, node->text_bytes);
    break;
  case ONUS_NODE_LIST:
    onus_buffer_character(out, '[');
    for (const onus_node *child = node->first; child; child = child->next) {
      onus_document_canonical(out, child);
      if (child->next)
        onus_buffer_character(out, ',');
    }
    onus_buffer_character(out, ']');
    break;
  case ONUS_NODE_MAP:
    put_map(out, node);
    break;
  }
}
