/* Indicators: what is read has parts within their bounds and in lower case, and leaves traces that are no longer than
 * they may be. What a host or an address is read as, it is read as again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reference/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right) {
  if (!is_right)
    abort();
}

static onus_status take(void *context, const onus_trace *trace, onus_error *error) {
  size_t *n = context;
  (void)error;
  check(memchr(trace->key, '\0', sizeof trace->key) != NULL && trace->key[0] == (char)trace->kind && trace->key[1]);
  check(++*n < 16);
  return ONUS_OK;
}

static bool is_inside(const onus_indicator *indicator, const char *part) {
  return part[0] == '\0' ||
         (part >= indicator->storage && part + strlen(part) < indicator->storage + sizeof indicator->storage);
}

static void check_again(const char *text, const char *expected_host, const char *expected_ip) {
  onus_indicator *again = malloc(sizeof *again);
  if (again && onus_indicator_parse(text, strlen(text), again, NULL) == ONUS_OK)
    check(strcmp(again->host, expected_host) == 0 && strcmp(again->ip, expected_ip) == 0 && !again->path[0]);
  free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  onus_indicator *indicator = malloc(sizeof *indicator);
  if (!indicator)
    return 0;
  memset(indicator, 0x5A, sizeof *indicator);
  if (onus_indicator_parse((const char *)data, size, indicator, NULL) == ONUS_OK) {
    size_t n = 0;
    bool is_none = indicator->kind == ONUS_INDICATOR_NONE;
    check(is_none == (indicator->fault != NULL));
    check(onus_traces_of(indicator, take, &n, NULL) == ONUS_OK && (n == 0) == is_none);
    check(is_inside(indicator, indicator->host) && is_inside(indicator, indicator->ip) &&
          is_inside(indicator, indicator->path) && is_inside(indicator, indicator->query) &&
          is_inside(indicator, indicator->value));
    check(strlen(indicator->host) <= 253 && indicator->port <= 65535);
    if (indicator->host[0])
      check_again(indicator->host, indicator->host, "");
    if (indicator->ip[0])
      check_again(indicator->ip, "", indicator->ip);
  }
  free(indicator);
  return 0;
}
