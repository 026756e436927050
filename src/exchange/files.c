#include "exchange/files.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "compare/incident.h"

#define INCIDENT_ARENA_BYTES ((size_t)512 << 20)

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

onus_status onus_indicators_in(const char *name, const onus_text *text, onus_indicator_visitor *visit, void *context,
                               onus_error *error) {
  const onus_incident *incidents = NULL;
  size_t n_incidents = 0;
  onus_arena *arena = onus_arena_new(INCIDENT_ARENA_BYTES);
  if (!arena)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status =
      onus_incidents_parse(name, text->bytes, text->length, arena, NULL, &incidents, &n_incidents, error);
  for (size_t i = 0; i < n_incidents && status == ONUS_OK; i++)
    for (size_t k = 0; k < incidents[i].n_indicators && status == ONUS_OK; k++) {
      const char *written = incidents[i].indicators[k];
      onus_indicator indicator = {.kind = ONUS_INDICATOR_NONE};
      status = onus_indicator_parse(written, strlen(written), &indicator, error);
      if (status == ONUS_OK && indicator.kind != ONUS_INDICATOR_NONE)
        status = visit(context, &indicator, error);
    }
  onus_arena_free(arena);
  return status;
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
