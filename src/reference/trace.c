#include "reference/trace.h"

#include <stdio.h>
#include <string.h>

#include <xxhash.h>

typedef struct sink {
  onus_suffixes *suffixes;
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
  onus_trace trace;
  size_t length = strlen(value), kept = length < sizeof trace.key - 1 ? length : sizeof trace.key - 2;
  trace.kind = kind;
  trace.key[0] = (char)kind;
  memcpy(trace.key + 1, value, kept);
  trace.key[1 + kept] = '\0';
  if (kept < length)
    cut_and_hash(trace.key, value);
  return s->take(s->context, &trace, s->error);
}

static onus_status put_host(const sink *s, const char *host) {
  bool has_bare = strncmp(host, "www.", 4) == 0 && onus_host_read(s->suffixes, host + 4).registered;
  onus_host reading = onus_host_read(s->suffixes, host);
  ONUS_TRY(put(s, ONUS_TRACE_HOST, has_bare ? host + 4 : host));
  if (reading.registered)
    ONUS_TRY(put(s, ONUS_TRACE_REGISTERED, reading.registered));
  if (reading.provider == ONUS_PROVIDER_DYNAMIC_DNS || reading.provider == ONUS_PROVIDER_HOSTING)
    ONUS_TRY(put(s, ONUS_TRACE_PROVIDER, reading.suffix));
  return ONUS_OK;
}

static onus_status put_address(const sink *s, const onus_indicator *indicator) {
  char text[80];
  const uint8_t *b = indicator->ip_bytes;
  bool is_ipv4 = indicator->ip_length_bytes == 4;
  ONUS_TRY(put(s, ONUS_TRACE_IP, indicator->ip));
  if (is_ipv4) { /* up to its last dot the same text */
    size_t kept = (size_t)(strrchr(indicator->ip, '.') - indicator->ip) + 1;
    memcpy(text, indicator->ip, kept);
    memcpy(text + kept, "0/24", 5);
  } else {
    snprintf(text, sizeof text, "%x:%x:%x::/48", (unsigned)(b[0] << 8 | b[1]), (unsigned)(b[2] << 8 | b[3]),
             (unsigned)(b[4] << 8 | b[5]));
  }
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

onus_status onus_traces_with(onus_suffixes *suffixes, const onus_indicator *indicator,
                             onus_status (*take)(void *context, const onus_trace *trace, onus_error *error),
                             void *context, onus_error *error) {
  const sink s = {suffixes, take, context, error};
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

onus_status onus_traces_of(const onus_indicator *indicator,
                           onus_status (*take)(void *context, const onus_trace *trace, onus_error *error),
                           void *context, onus_error *error) {
  return onus_traces_with(NULL, indicator, take, context, error);
}
