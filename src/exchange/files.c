#include "exchange/files.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

onus_status onus_case_file_path(const onus_case *c, const char *name, char *out, size_t out_bytes, onus_error *error) {
  const char *directory = c->directory ? c->directory : ".";
  if (snprintf(out, out_bytes, "%s/%s", directory, name) >= (int)out_bytes)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, name, 0, 0, "the path is too long; use a shorter one");
  return ONUS_OK;
}

onus_status onus_exchange_file_read(const onus_case *c, const char *name, onus_text *ret_text, onus_error *error) {
  char path[PATH_MAX];
  ONUS_TRY(onus_case_file_path(c, name, path, sizeof path, error));
  return onus_file_read(path, ONUS_CASE_FILE_BYTES, ret_text, error);
}

onus_status onus_indicators_in(const char *bytes, size_t length_bytes, onus_indicator_visitor *visit, void *context,
                               onus_error *error) {
  for (size_t at = 0; at < length_bytes;) {
    size_t end = at, field = at;
    while (end < length_bytes && bytes[end] != '\n')
      end++;
    while (field < end && !strchr(",;\t #\r", bytes[field]))
      field++;
    onus_indicator indicator = {.kind = ONUS_INDICATOR_NONE};
    if (field > at)
      ONUS_TRY(onus_indicator_parse(bytes + at, field - at, &indicator, error));
    if (indicator.kind != ONUS_INDICATOR_NONE)
      ONUS_TRY(visit(context, &indicator, error));
    at = end + 1;
  }
  return ONUS_OK;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_of_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t digits_at(const char *bytes, size_t length, size_t at) {
  size_t n = 0;
  while (at + n < length && is_digit(bytes[at + n]))
    n++;
  return n;
}

void onus_techniques_in(const char *bytes, size_t length_bytes, onus_technique_visitor *visit, void *context) {
  for (size_t at = 0; at + 5 <= length_bytes; at++) {
    if (bytes[at] != 'T' || (at > 0 && is_of_word(bytes[at - 1])) || digits_at(bytes, length_bytes, at + 1) != 4)
      continue;
    size_t end = at + 5;
    if (end < length_bytes && bytes[end] == '.' && digits_at(bytes, length_bytes, end + 1) == 3)
      end += 4;
    if (end < length_bytes && is_of_word(bytes[end]))
      continue;
    char technique[16];
    snprintf(technique, sizeof technique, "%.*s", (int)(end - at), bytes + at);
    if (!visit(context, technique))
      return;
    at = end - 1;
  }
}

void onus_indicator_url(const onus_indicator *i, char out[ONUS_INDICATOR_URL_BYTES]) {
  char port[16] = "";
  if (i->port)
    snprintf(port, sizeof port, ":%u", i->port);
  snprintf(out, ONUS_INDICATOR_URL_BYTES, "http://%s%s%s%s%s", i->host[0] ? i->host : i->ip, port,
           i->path[0] ? i->path : "/", i->query[0] ? "?" : "", i->query);
}
