#include "reference/trace.h"

#include <stdio.h>
#include <string.h>

#include <xxhash.h>

typedef struct sink {
  onus_status (*take)(void *context, const onus_trace *trace, onus_error *error);
  void *context;
  onus_error *error;
} sink;

/* A key that is too long keeps its beginning, for people, and the hash of all of it. */
static void cut_and_hash(char *key, const char *value) {
  enum { HASH_DIGITS = 32 };
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(value, strlen(value)));
  char *at = key + ONUS_TRACE_KEY_BYTES - 1 - HASH_DIGITS - 1;
  while (((unsigned char)*at & 0xC0) == 0x80) /* not inside a character */
    at--;
  *at++ = '~';
  for (size_t i = 0; i < HASH_DIGITS / 2; i++)
    snprintf(at + 2 * i, 3, "%02x", hash.digest[i]);
}

static onus_status put(const sink *s, onus_trace_kind kind, const char *value) {
  onus_trace trace = {.kind = kind};
  int length = snprintf(trace.key, sizeof trace.key, "%c%s", (char)kind, value);
  if (length < 0)
    return ONUS_FAIL(s->error, ONUS_INTERNAL, "a trace cannot be written");
  if ((size_t)length >= sizeof trace.key)
    cut_and_hash(trace.key, value);
  return s->take(s->context, &trace, s->error);
}

static onus_status put_host(const sink *s, const char *host) {
  const char *bare = strncmp(host, "www.", 4) == 0 && onus_provider_registered(host + 4) ? host + 4 : host;
  const char *registered = onus_provider_registered(host);
  ONUS_TRY(put(s, ONUS_TRACE_HOST, bare));
  if (registered)
    ONUS_TRY(put(s, ONUS_TRACE_REGISTERED, registered));
  onus_provider_class provider;
  const char *suffix = onus_provider_suffix(host, &provider);
  if (suffix && (provider == ONUS_PROVIDER_DYNAMIC_DNS || provider == ONUS_PROVIDER_HOSTING))
    ONUS_TRY(put(s, ONUS_TRACE_PROVIDER, suffix));
  return ONUS_OK;
}

static onus_status put_address(const sink *s, const onus_indicator *indicator) {
  char text[80];
  const uint8_t *b = indicator->ip_bytes;
  bool is_ipv4 = indicator->ip_length_bytes == 4;
  ONUS_TRY(put(s, ONUS_TRACE_IP, indicator->ip));
  if (is_ipv4)
    snprintf(text, sizeof text, "%u.%u.%u.0/24", b[0], b[1], b[2]);
  else
    snprintf(text, sizeof text, "%x:%x:%x::/48", (unsigned)(b[0] << 8 | b[1]), (unsigned)(b[2] << 8 | b[3]),
             (unsigned)(b[4] << 8 | b[5]));
  ONUS_TRY(put(s, ONUS_TRACE_NETWORK, text));
  if (!indicator->port)
    return ONUS_OK;
  snprintf(text, sizeof text, is_ipv4 ? "%s:%u" : "[%s]:%u", indicator->ip, indicator->port);
  return put(s, ONUS_TRACE_IP_PORT, text);
}

static onus_status put_path(const sink *s, const onus_indicator *indicator) {
  if (indicator->path[0])
    return put(s, ONUS_TRACE_PATH, indicator->path);
  if (!indicator->query[0])
    return ONUS_OK;
  char text[ONUS_INDICATOR_BYTES + 3];
  snprintf(text, sizeof text, "/?%s", indicator->query);
  return put(s, ONUS_TRACE_PATH, text);
}

onus_status onus_traces_of(const onus_indicator *indicator,
                           onus_status (*take)(void *context, const onus_trace *trace, onus_error *error),
                           void *context, onus_error *error) {
  const sink s = {take, context, error};
  switch (indicator->kind) {
  case ONUS_INDICATOR_NONE:
    return ONUS_OK;
  case ONUS_INDICATOR_HASH:
    return put(&s, ONUS_TRACE_HASH, indicator->value);
  case ONUS_INDICATOR_FINGERPRINT:
    return put(&s, ONUS_TRACE_FINGERPRINT, indicator->value);
  case ONUS_INDICATOR_EMAIL:
    ONUS_TRY(put(&s, ONUS_TRACE_EMAIL, indicator->value));
    break;
  case ONUS_INDICATOR_HOST:
  case ONUS_INDICATOR_IPV4:
  case ONUS_INDICATOR_IPV6:
  case ONUS_INDICATOR_URL:
  case ONUS_INDICATOR_PATH:
    break;
  }
  if (indicator->host[0])
    ONUS_TRY(put_host(&s, indicator->host));
  if (indicator->ip[0])
    ONUS_TRY(put_address(&s, indicator));
  return put_path(&s, indicator);
}
