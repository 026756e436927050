/* What a plain scalar is, by the core schema of YAML 1.2: the tag resolution of its chapter 10.3. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/tree_internal.h"

static bool is_one_of(const char *text, const char *const *words) {
  for (; *words; words++)
    if (strcmp(text, *words) == 0)
      return true;
  return false;
}

static size_t skip_digits(const char **at) {
  const char *start = *at;
  while (**at >= '0' && **at <= '9')
    (*at)++;
  return (size_t)(*at - start);
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal(const char *text, bool *ret_is_integer) {
  const char *at = text;
  if (*at == '-' || *at == '+')
    at++;
  bool is_integer = true;
  size_t before = skip_digits(&at);
  if (*at == '.') {
    at++;
    is_integer = false;
    if (skip_digits(&at) == 0 && before == 0)
      return false;
  } else if (before == 0) {
    return false;
  }
  if (*at == 'e' || *at == 'E') {
    at++;
    is_integer = false;
    if (*at == '-' || *at == '+')
      at++;
    if (skip_digits(&at) == 0)
      return false;
  }
  *ret_is_integer = is_integer;
  return *at == '\0';
}

/* 0x… and 0o…; false when it is neither. */
static bool take_based(const char *text, double *ret_value) {
  if (text[0] != '0' || (text[1] != 'x' && text[1] != 'o') || text[2] == '\0')
    return false;
  unsigned base = text[1] == 'x' ? 16 : 8;
  double value = 0;
  for (const char *at = text + 2; *at; at++) {
    unsigned digit = *at >= '0' && *at <= '9'   ? (unsigned)(*at - '0')
                     : *at >= 'a' && *at <= 'f' ? (unsigned)(*at - 'a') + 10
                     : *at >= 'A' && *at <= 'F' ? (unsigned)(*at - 'A') + 10
                                                : 16;
    if (digit >= base)
      return false;
    value = value * base + digit;
  }
  *ret_value = value;
  return true;
}

onus_status onus_scalar_decimal(const char *text, double *ret_value, onus_error *error) {
  locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!plain)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_value = strtod_l(text, NULL, plain) + 0.0; /* no negative zero */
  freelocale(plain);
  return ONUS_OK;
}

onus_status onus_scalar_resolve(onus_node *node, onus_error *error) {
  static const char *const NULLS[] = {"", "~", "null", "Null", "NULL", NULL};
  static const char *const TRUES[] = {"true", "True", "TRUE", NULL};
  static const char *const FALSES[] = {"false", "False", "FALSE", NULL};
  double value = 0;
  bool is_integer = true;
  if (is_one_of(node->text, NULLS)) {
    node->kind = ONUS_NODE_NULL;
    return ONUS_OK;
  }
  if (is_one_of(node->text, TRUES) || is_one_of(node->text, FALSES)) {
    node->kind = ONUS_NODE_BOOLEAN;
    node->boolean = is_one_of(node->text, TRUES);
    return ONUS_OK;
  }
  if (!take_based(node->text, &value)) {
    if (!is_decimal(node->text, &is_integer))
      return ONUS_OK;
    ONUS_TRY(onus_scalar_decimal(node->text, &value, error));
  }
  if (isfinite(value)) {
    node->kind = ONUS_NODE_NUMBER;
    node->number = value;
    node->is_integer = is_integer;
  }
  return ONUS_OK;
}
