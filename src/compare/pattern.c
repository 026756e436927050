#include "compare/pattern.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct sink {
  onus_take_pattern *take;
  void *context;
  onus_error *error;
} sink;

static onus_status put(const sink *s, onus_pattern_kind kind, const char *text, size_t length) {
  char copy[ONUS_PATTERN_BYTES];
  if (length >= sizeof copy)
    length = sizeof copy - 1;
  memcpy(copy, text, length);
  copy[length] = '\0';
  return s->take(s->context, kind, copy, s->error);
}

static onus_status put_number(const sink *s, onus_pattern_kind kind, size_t number) {
  char text[24];
  snprintf(text, sizeof text, "%zu", number);
  return put(s, kind, text, strlen(text));
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

static bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* --- the traces that are looked up -------------------------------------------------------------------------------- */

static onus_status put_trace(void *context, const onus_trace *trace, onus_error *error) {
  (void)error;
  static const struct {
    onus_trace_kind trace;
    onus_pattern_kind pattern;
  } KINDS[] = {{ONUS_TRACE_HOST, ONUS_PATTERN_HOST},
               {ONUS_TRACE_IP, ONUS_PATTERN_IP},
               {ONUS_TRACE_IP_PORT, ONUS_PATTERN_IP_PORT},
               {ONUS_TRACE_NETWORK, ONUS_PATTERN_NETWORK},
               {ONUS_TRACE_REGISTERED, ONUS_PATTERN_REGISTERED},
               {ONUS_TRACE_PROVIDER, ONUS_PATTERN_PROVIDER},
               {ONUS_TRACE_PATH, ONUS_PATTERN_PATH},
               {ONUS_TRACE_HASH, ONUS_PATTERN_HASH},
               {ONUS_TRACE_EMAIL, ONUS_PATTERN_EMAIL},
               {ONUS_TRACE_FINGERPRINT, ONUS_PATTERN_FINGERPRINT}};
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
    if (KINDS[i].trace == trace->kind)
      return put(context, KINDS[i].pattern, trace->key, strlen(trace->key));
  return ONUS_OK;
}

/* --- names -------------------------------------------------------------------------------------------------------- */

/* Runs of letters become one "a", runs of digits one "9". */
static size_t shape_of(const char *text, size_t length, char *out, size_t out_bytes) {
  size_t n = 0;
  for (size_t i = 0; i < length && n + 1 < out_bytes; i++) {
    char c = is_letter(text[i]) ? 'a' : is_digit(text[i]) ? '9' : text[i];
    if ((c == 'a' || c == '9') && n > 0 && out[n - 1] == c)
      continue;
    out[n++] = c;
  }
  out[n] = '\0';
  return n;
}

static onus_status put_words(const sink *s, const char *label, size_t length) {
  enum { LEAST_LETTERS = 3 };
  for (size_t at = 0; at < length;) {
    size_t end = at;
    while (end < length && is_letter(label[end]))
      end++;
    if (end - at >= LEAST_LETTERS)
      ONUS_TRY(put(s, ONUS_PATTERN_WORD, label + at, end - at));
    at = end > at ? end : at + 1;
  }
  return ONUS_OK;
}

/* Pieces of `text` between two `ends`. Only the first few hundred characters count. */
static onus_status put_grams(const sink *s, onus_pattern_kind kind, size_t least_width, size_t greatest_width,
                             const char *text, size_t length, char begin, char end) {
  char framed[ONUS_PATTERN_BYTES];
  size_t n = 0;
  framed[n++] = begin;
  for (size_t i = 0; i < length && n + 1 < sizeof framed; i++)
    framed[n++] = is_digit(text[i]) ? '0' : text[i];
  framed[n++] = end;
  for (size_t width = least_width; width <= greatest_width; width++)
    for (size_t at = 0; at + width <= n; at++)
      ONUS_TRY(put(s, kind, framed + at, width));
  return ONUS_OK;
}

static onus_status put_label(const sink *s, const char *label, size_t length) {
  ONUS_TRY(put_words(s, label, length));
  return put_grams(s, ONUS_PATTERN_GRAM, 3, 4, label, length, '^', '$');
}

/* Habits that the registered name shows. */
static onus_status put_name(const sink *s, const char *name, size_t length, const char *suffix) {
  enum { SHAPE_BYTES = 13, STEPS = 14, HYPHENS = 4 };
  char shape[SHAPE_BYTES], both[ONUS_PATTERN_BYTES];
  size_t hyphens = 0;
  for (size_t i = 0; i < length; i++)
    hyphens += name[i] == '-';
  ONUS_TRY(put(s, ONUS_PATTERN_NAME, name, length));
  ONUS_TRY(put(s, ONUS_PATTERN_SHAPE, shape, shape_of(name, length, shape, sizeof shape)));
  int n = snprintf(both, sizeof both, "%s|%s", suffix, shape);
  if (n > 0)
    ONUS_TRY(put(s, ONUS_PATTERN_SUFFIX_SHAPE, both, least((size_t)n, sizeof both - 1)));
  ONUS_TRY(put_number(s, ONUS_PATTERN_LENGTH, least((size_t)lround(2 * log2((double)length + 1)), STEPS)));
  return put_number(s, ONUS_PATTERN_HYPHENS, least(hyphens, HYPHENS));
}

static onus_status put_host(const sink *s, const char *host, bool has_path) {
  enum { DEPTH = 6 };
  if (strncmp(host, "www.", 4) == 0 && onus_provider_registered(host + 4))
    host += 4;
  onus_provider_class provider = ONUS_PROVIDER_NONE;
  const char *provider_suffix = onus_provider_suffix(host, &provider);
  bool is_provided = provider_suffix && (provider == ONUS_PROVIDER_DYNAMIC_DNS || provider == ONUS_PROVIDER_HOSTING);
  const char *registered = onus_provider_registered(host), *last_dot = strrchr(host, '.');
  const char *type = is_provided ? "provided" : registered && registered > host ? "below" : "registered";
  char text[16];
  snprintf(text, sizeof text, "%s%s", type, has_path ? "/" : "");
  ONUS_TRY(put(s, ONUS_PATTERN_TYPE, text, strlen(text)));
  const char *suffix = registered ? strchr(registered, '.') + 1 : host;
  if (is_provided && last_dot)
    ONUS_TRY(put(s, ONUS_PATTERN_SUFFIX, last_dot + 1, strlen(last_dot + 1)));
  else
    ONUS_TRY(put(s, ONUS_PATTERN_SUFFIX, suffix, strlen(suffix)));
  if (!registered)
    return ONUS_OK;
  size_t name_length = (size_t)(suffix - 1 - registered), depth = 1;
  ONUS_TRY(put_name(s, registered, name_length, suffix));
  ONUS_TRY(put_label(s, registered, name_length));
  for (const char *label = host; label < registered; depth++) {
    size_t length = strcspn(label, ".");
    ONUS_TRY(put(s, ONUS_PATTERN_SUBDOMAIN, label, length));
    ONUS_TRY(put_label(s, label, length));
    label += length + 1;
  }
  return put_number(s, ONUS_PATTERN_DEPTH, least(depth, DEPTH));
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

static onus_status put_address(const sink *s, const onus_indicator *indicator) {
  const uint8_t *b = indicator->ip_bytes;
  bool is_ipv4 = indicator->ip_length_bytes == 4, has_path = indicator->path[0] || indicator->query[0];
  char text[48];
  snprintf(text, sizeof text, is_ipv4 ? "%u.%u" : "%02x%02x:%02x%02x", b[0], b[1], b[2], b[3]);
  ONUS_TRY(put(s, ONUS_PATTERN_WIDE_NETWORK, text, strlen(text)));
  snprintf(text, sizeof text, is_ipv4 ? "%u" : "%02x%02x", b[0], b[1]);
  ONUS_TRY(put(s, ONUS_PATTERN_WIDEST_NETWORK, text, strlen(text)));
  const char *type = has_path ? "address/" : "address";
  return put(s, ONUS_PATTERN_TYPE, type, strlen(type));
}

/* --- paths -------------------------------------------------------------------------------------------------------- */

static onus_status put_path(const sink *s, const char *path) {
  enum { SHAPE_BYTES = 13, DEPTH = 6 };
  const char *last = NULL;
  size_t last_length = 0, depth = 0;
  for (const char *at = path; *at;) {
    at += strspn(at, "/");
    size_t length = strcspn(at, "/");
    if (length == 0)
      break;
    ONUS_TRY(put(s, ONUS_PATTERN_SEGMENT, at, length));
    ONUS_TRY(put_grams(s, ONUS_PATTERN_PATH_GRAM, 4, 4, at, length, '/', '/'));
    last = at;
    last_length = length;
    depth++;
    at += length;
  }
  if (!last)
    return ONUS_OK;
  char shape[SHAPE_BYTES];
  size_t dot = last_length;
  while (dot > 0 && last[dot - 1] != '.')
    dot--;
  ONUS_TRY(put(s, ONUS_PATTERN_EXTENSION, last + dot, dot ? last_length - dot : 0));
  ONUS_TRY(put(s, ONUS_PATTERN_SEGMENT_SHAPE, shape, shape_of(last, last_length, shape, sizeof shape)));
  return put_number(s, ONUS_PATTERN_PATH_DEPTH, least(depth, DEPTH));
}

/* Names of the values: "id" and "k" of "id=1&k=2". */
static onus_status put_query(const sink *s, const char *query) {
  for (const char *at = query; *at;) {
    size_t length = strcspn(at, "&;"), name = strcspn(at, "=&;");
    if (name > 0 && name < length)
      ONUS_TRY(put(s, ONUS_PATTERN_QUERY_KEY, at, name));
    at += length + (at[length] != '\0');
  }
  return ONUS_OK;
}

/* --- together ----------------------------------------------------------------------------------------------------- */

onus_status onus_patterns_of(const onus_indicator *indicator, onus_take_pattern *take, void *context,
                             onus_error *error) {
  sink s = {take, context, error};
  if (indicator->kind == ONUS_INDICATOR_NONE)
    return ONUS_OK;
  onus_provider_class provider = indicator->host[0] ? onus_provider_of(indicator->host) : ONUS_PROVIDER_NONE;
  if (provider == ONUS_PROVIDER_SINKHOLE || (provider == ONUS_PROVIDER_COMMON && !indicator->path[0]))
    return ONUS_OK;
  ONUS_TRY(onus_traces_of(indicator, put_trace, &s, error));
  bool has_path = indicator->path[0] || indicator->query[0];
  if (indicator->host[0])
    ONUS_TRY(put_host(&s, indicator->host, has_path));
  if (indicator->ip[0])
    ONUS_TRY(put_address(&s, indicator));
  if (indicator->port)
    ONUS_TRY(put_number(&s, ONUS_PATTERN_PORT, indicator->port));
  ONUS_TRY(put_path(&s, indicator->path));
  return put_query(&s, indicator->query);
}

void onus_pattern_of_size(size_t n_indicators, char *out) {
  size_t step = 0;
  while (step < 9 && n_indicators >> (step + 1))
    step++;
  snprintf(out, ONUS_PATTERN_BYTES, "%zu", step);
}

const char *onus_pattern_kind_name(onus_pattern_kind kind) {
  static const char *const NAMES[ONUS_PATTERN_KINDS] = {"host",
                                                        "address",
                                                        "address and port",
                                                        "network",
                                                        "registered domain",
                                                        "provider",
                                                        "path",
                                                        "hash",
                                                        "e-mail address",
                                                        "fingerprint",
                                                        "registered name",
                                                        "subdomain",
                                                        "word",
                                                        "part of a path",
                                                        "name of a query value",
                                                        "piece of a name",
                                                        "piece of a path",
                                                        "network /16",
                                                        "network /8",
                                                        "port",
                                                        "suffix",
                                                        "shape of a name",
                                                        "suffix and shape",
                                                        "length of a name",
                                                        "depth of names",
                                                        "hyphens",
                                                        "type of indicator",
                                                        "extension",
                                                        "depth of paths",
                                                        "shape of a file name",
                                                        "size of the list"};
  return (size_t)kind < ONUS_PATTERN_KINDS ? NAMES[kind] : "";
}
