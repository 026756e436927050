/* A pattern is read as a row of words: `object : path = 'text'` is what is looked for; brackets, AND, OR, FOLLOWEDBY
 * and qualifiers stand between and say nothing about which observables there are. */
#include "reference/stix_pattern.h"

#include <string.h>

/* What of an observable is compared: "value" of most, a hash of files and certificates. */
static const struct {
  const char *type, *path;
} OBSERVABLES[] = {
    {"ipv4-addr", "value"},  {"ipv6-addr", "value"}, {"domain-name", "value"},       {"url", "value"},
    {"email-addr", "value"}, {"file", "hashes"},     {"x509-certificate", "hashes"},
};
enum { N_OBSERVABLES = sizeof OBSERVABLES / sizeof *OBSERVABLES };

static const char *path_of(const char *type, size_t type_bytes) {
  for (size_t i = 0; i < N_OBSERVABLES; i++)
    if (strlen(OBSERVABLES[i].type) == type_bytes && memcmp(OBSERVABLES[i].type, type, type_bytes) == 0)
      return OBSERVABLES[i].path;
  return NULL;
}

bool onus_stix_is_observable(const char *type, size_t type_bytes) {
  const char *path = path_of(type, type_bytes);
  return path != NULL && strcmp(path, "value") == 0;
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* The text in quotes that begins at `at`, unescaped into `out` ("" when it is too long); gives what follows it. */
static const char *take_text(const char *at, char *out) {
  size_t length = 0;
  bool fits = true;
  for (at++; *at != '\0' && *at != '\''; at++) {
    if (*at == '\\' && at[1] != '\0')
      at++;
    fits = fits && length + 1 < ONUS_STIX_VALUE_BYTES;
    if (fits)
      out[length++] = *at;
  }
  out[fits && *at == '\'' ? length : 0] = '\0';
  return *at == '\'' ? at + 1 : at;
}

static const char *skip_blanks(const char *at) {
  return at + strspn(at, " \t\r\n");
}

/* The path behind the colon: words, dots, brackets and quoted keys. */
static const char *skip_path(const char *at) {
  char key[ONUS_STIX_VALUE_BYTES];
  while (is_word(*at) || *at == '.' || *at == '[' || *at == ']' || *at == '*' || *at == '\'')
    at = *at == '\'' ? take_text(at, key) : at + 1;
  return at;
}

onus_status onus_stix_pattern_each(const char *pattern,
                                   onus_status (*take)(void *context, const char *value, onus_error *error),
                                   void *context, size_t *ret_n_taken, onus_error *error) {
  char value[ONUS_STIX_VALUE_BYTES];
  size_t n_taken = 0;
  for (const char *at = pattern; *at != '\0';) {
    if (*at == '\'') {
      at = take_text(at, value);
      continue;
    }
    size_t length = 0;
    while (is_word(at[length]))
      length++;
    const char *path = length > 0 && at[length] == ':' ? path_of(at, length) : NULL;
    if (path == NULL) {
      at += length > 0 ? length : 1;
      continue;
    }
    at += length + 1;
    bool is_wanted = strncmp(at, path, strlen(path)) == 0;
    at = skip_blanks(skip_path(at));
    if (*at != '=')
      continue;
    at = skip_blanks(at + 1);
    if (*at != '\'')
      continue;
    at = take_text(at, value);
    if (is_wanted && value[0] != '\0') {
      ONUS_TRY(take(context, value, error));
      n_taken++;
    }
  }
  *ret_n_taken = n_taken;
  return ONUS_OK;
}
