#include "server/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 4096 };

/* Set once, before the first thread starts. */
static bool is_json_wanted;

void onus_log_begin(bool is_json) {
  is_json_wanted = is_json;
}

typedef struct line {
  char bytes[LINE_BYTES];
  size_t length;
} line;

static void put(line *l, const char *text, size_t length) {
  size_t room = sizeof l->bytes - 2 - l->length; /* a line end always fits */
  length = length < room ? length : room;
  memcpy(l->bytes + l->length, text, length);
  l->length += length;
}

static void put_text(line *l, const char *text) {
  put(l, text, strlen(text));
}

/* In quotes; bytes that are not printable ASCII as \u00XX, so that the line is JSON and no terminal obeys it. */
static void put_quoted(line *l, const char *text) {
  put_text(l, "\"");
  for (const unsigned char *at = (const unsigned char *)text; *at != '\0' && l->length + 16 < sizeof l->bytes; at++) {
    char escaped[8];
    if (*at == '"' || *at == '\\')
      snprintf(escaped, sizeof escaped, "\\%c", *at);
    else if (*at < 0x20 || *at >= 0x7F)
      snprintf(escaped, sizeof escaped, "\\u%04x", *at);
    else
      snprintf(escaped, sizeof escaped, "%c", *at);
    put_text(l, escaped);
  }
  put_text(l, "\"");
}

static bool is_word(const char *text) {
  for (; *text != '\0'; text++)
    if (*text <= ' ' || *text >= 0x7F || *text == '"' || *text == '\\' || *text == '=')
      return false;
  return true;
}

void onus_log(const char *event, ...) {
  line l = {.length = 0};
  struct timespec now;
  struct tm utc;
  char moment[40], instant[64];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  strftime(moment, sizeof moment, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(instant, sizeof instant, "%s.%03ldZ", moment, now.tv_nsec / 1000000);
  put_text(&l, is_json_wanted ? "{\"time\":\"" : "");
  put_text(&l, instant);
  put_text(&l, is_json_wanted ? "\",\"event\":" : " ");
  if (is_json_wanted)
    put_quoted(&l, event);
  else
    put_text(&l, event);
  va_list arguments;
  va_start(arguments, event);
  for (const char *name = va_arg(arguments, const char *); name != NULL; name = va_arg(arguments, const char *)) {
    const char *value = va_arg(arguments, const char *);
    if (value == NULL || l.length + strlen(name) + 24 > sizeof l.bytes)
      continue;
    put_text(&l, is_json_wanted ? "," : " ");
    if (is_json_wanted)
      put_quoted(&l, name);
    else
      put_text(&l, name);
    put_text(&l, is_json_wanted ? ":" : "=");
    if (is_json_wanted || !is_word(value))
      put_quoted(&l, value);
    else
      put_text(&l, value);
  }
  va_end(arguments);
  put_text(&l, is_json_wanted ? "}" : "");
  l.bytes[l.length++] = '\n';
  /* One write, so that lines of several threads do not mix; there is nobody to tell when it fails. */
  if (write(STDERR_FILENO, l.bytes, l.length) < 0)
    return;
}
