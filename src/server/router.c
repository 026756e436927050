#include "server/router.h"

#include <stdlib.h>
#include <string.h>

#include "server/reply.h"

enum { STEPS = 10 };

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place. False for what is no percent-encoding and for control characters, encoded slashes among them. */
static bool decode(char *step) {
  char *out = step;
  for (const char *at = step; *at != '\0'; at++) {
    int c = (unsigned char)*at;
    if (c == '%') {
      int high = hex_digit(at[1]), low = high >= 0 ? hex_digit(at[2]) : -1;
      if (low < 0)
        return false;
      c = high * 16 + low;
      at += 2;
    }
    if (c < 0x20 || c == 0x7F || c == '/')
      return false;
    *out++ = (char)c;
  }
  *out = '\0';
  return true;
}

/* "/a/b" gives a, b; "/" gives one empty step, and "/a/" gives a and an empty one. */
static bool split(char *path, char *steps[STEPS], size_t *ret_count) {
  size_t count = 0;
  if (path[0] != '/')
    return false;
  for (char *at = path; at != NULL;) {
    char *step = at + 1;
    at = strchr(step, '/');
    if (at != NULL)
      *at = '\0';
    if (count == STEPS || !decode(step))
      return false;
    steps[count++] = step;
  }
  *ret_count = count;
  return true;
}

static bool fits(const char *pattern, char *const steps[STEPS], size_t n_steps,
                 const char *place[ONUS_REQUEST_PLACES]) {
  size_t n_places = 0, i = 0;
  for (const char *at = pattern; at != NULL; i++) {
    const char *word = at + 1, *end = strchr(word, '/');
    size_t length = end != NULL ? (size_t)(end - word) : strlen(word);
    if (i == n_steps)
      return false;
    if (word[0] == '{') {
      if (steps[i][0] == '\0')
        return false;
      place[n_places++] = steps[i];
    } else if (strncmp(word, steps[i], length) != 0 || steps[i][length] != '\0') {
      return false;
    }
    at = end;
  }
  return i == n_steps;
}

static bool is_method(const char *method, const char *asked) {
  return strcmp(method, asked) == 0 || (strcmp(method, "GET") == 0 && strcmp(asked, "HEAD") == 0);
}

/* "GET, PUT": what there is at the path of `route`, in the table's order. */
static void allowed_methods(const char *pattern, char *out, size_t out_bytes) {
  out[0] = '\0';
  for (const onus_route *route = onus_routes; route->method != NULL; route++)
    if (strcmp(route->pattern, pattern) == 0 && strlen(out) + strlen(route->method) + 3 < out_bytes) {
      strcat(out, out[0] != '\0' ? ", " : "");
      strcat(out, route->method);
    }
}

bool onus_router_find(onus_request *request) {
  char *steps[STEPS];
  size_t n_steps = 0;
  const char *elsewhere = NULL;
  request->path = strndup(request->uri, strcspn(request->uri, "?"));
  if (request->path == NULL) {
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
    return false;
  }
  if (!split(request->path, steps, &n_steps)) {
    onus_reply_refusal(request, 400, "bad-argument", "that is no path of this server");
    return false;
  }
  for (const onus_route *route = onus_routes; route->method != NULL; route++) {
    const char *place[ONUS_REQUEST_PLACES] = {0};
    if (!fits(route->pattern, steps, n_steps, place))
      continue;
    if (is_method(route->method, request->method)) {
      request->route = route;
      memcpy(request->place, place, sizeof place);
      return true;
    }
    elsewhere = elsewhere != NULL ? elsewhere : route->pattern;
  }
  if (elsewhere == NULL) {
    onus_reply_refusal(request, 404, "not-found", "there is nothing at this path");
  } else {
    char methods[64];
    allowed_methods(elsewhere, methods, sizeof methods);
    onus_reply_refusal(request, 405, "bad-argument", "this path takes %s", methods);
    onus_reply_header(request, "Allow", methods);
  }
  return false;
}
