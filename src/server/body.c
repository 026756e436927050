#include "server/body.h"

#include <string.h>

#include "server/json_read.h"
#include "server/reply.h"

static bool is_member(const char *members, const char *name) {
  size_t length = strlen(name);
  for (const char *at = strstr(members, name); at != NULL && length > 0; at = strstr(at + 1, name))
    if ((at == members || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
      return true;
  return false;
}

json_t *onus_body_object(onus_request *request, const char *members) {
  json_error_t error;
  if (request->body_bytes > ONUS_JSON_BODY_BYTES) {
    onus_reply_refusal(request, 413, "limit", "as JSON the body has at most %d bytes", ONUS_JSON_BODY_BYTES);
    return NULL;
  }
  bool has_no_memory = false;
  json_t *body = onus_json_read(request->body != NULL ? request->body : "", request->body_bytes, JSON_REJECT_DUPLICATES,
                                &has_no_memory, &error);
  if (has_no_memory) {
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
    return NULL;
  }
  if (body == NULL) {
    onus_reply_refusal(request, 422, "bad-input", "the body is no JSON: line %d, column %d: %s", error.line,
                       error.column, error.text);
    return NULL;
  }
  if (!json_is_object(body)) {
    onus_reply_refusal(request, 422, "bad-input", "the body must be a JSON object");
    json_decref(body);
    return NULL;
  }
  const char *name;
  json_t *value;
  json_object_foreach(body, name, value) {
    if (!is_member(members, name)) {
      onus_reply_refusal(request, 422, "bad-input", "the body has a member \"%.100s\", and there are only: %s", name,
                         members);
      json_decref(body);
      return NULL;
    }
  }
  return body;
}

const char *onus_body_text(onus_request *request, const json_t *body, const char *name, bool is_required) {
  const json_t *value = json_object_get(body, name);
  if (value == NULL || json_is_null(value)) {
    if (is_required)
      onus_reply_refusal(request, 422, "bad-input", "the body has no \"%s\"", name);
    return NULL;
  }
  if (!json_is_string(value)) {
    onus_reply_refusal(request, 422, "bad-input", "\"%s\" must be text", name);
    return NULL;
  }
  return json_string_value(value);
}

bool onus_body_boolean(onus_request *request, const json_t *body, const char *name, bool *ret_value) {
  const json_t *value = json_object_get(body, name);
  if (value == NULL)
    return true;
  if (!json_is_boolean(value)) {
    onus_reply_refusal(request, 422, "bad-input", "\"%s\" must be true or false", name);
    return false;
  }
  *ret_value = json_is_true(value);
  return true;
}

bool onus_body_number(onus_request *request, const json_t *body, const char *name, int64_t least, int64_t *ret_value) {
  const json_t *value = json_object_get(body, name);
  if (value == NULL)
    return true;
  if (!json_is_integer(value) || json_integer_value(value) < least) {
    onus_reply_refusal(request, 422, "bad-input", "\"%s\" must be a whole number from %lld on", name, (long long)least);
    return false;
  }
  *ret_value = json_integer_value(value);
  return true;
}

bool onus_body_is_refused(const onus_request *request) {
  return request->response != NULL;
}

/* Beyond the string that begins at `at`. The text is known to be JSON. */
static const char *skip_string(const char *at) {
  for (at++; *at != '"'; at++)
    at += *at == '\\';
  return at + 1;
}

static const char *skip_value(const char *at) {
  size_t depth = 0;
  do {
    if (*at == '"') {
      at = skip_string(at);
      continue;
    }
    if (*at == '{' || *at == '[')
      depth++;
    else if (*at == '}' || *at == ']')
      depth--;
    at++;
  } while (depth > 0 || (*at != ',' && *at != '}' && *at != '\0'));
  return at;
}

/* Member names of an object are plain in all that is asked for here: one that is written with escapes is not found. */
const char *onus_body_raw(const onus_request *request, const char *name, size_t *ret_length) {
  static const char BLANKS[] = " \t\r\n";
  const char *at = request->body + strspn(request->body, BLANKS);
  size_t length = strlen(name);
  while (*at == '{' || *at == ',') {
    at += 1 + strspn(at + 1, BLANKS);
    if (*at != '"')
      return NULL;
    bool is_it = strncmp(at + 1, name, length) == 0 && at[length + 1] == '"';
    at = skip_string(at);
    at += strspn(at, BLANKS);
    at += 1 + strspn(at + 1, BLANKS); /* the colon */
    const char *end = skip_value(at);
    if (is_it) {
      while (end > at && strchr(BLANKS, end[-1]) != NULL)
        end--;
      *ret_length = (size_t)(end - at);
      return at;
    }
    at = end + strspn(end, BLANKS);
  }
  return NULL;
}
