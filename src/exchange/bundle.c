#include "exchange/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/file.h"
#include "document/quote.h"
#include "document/text_internal.h"

onus_status onus_exchange_now(const char *now, onus_moment *ret_moment, onus_error *error) {
  onus_moment moment = {.seconds_utc = (int64_t)time(NULL)};
  if (now && !onus_moment_parse(now, &moment))
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "%s is no time; write it like 2014-12-19T15:04:05Z",
                     onus_quote_string(now).text);
  *ret_moment = moment;
  return ONUS_OK;
}

void onus_stix_format_time(onus_moment moment, char *out) {
  char text[ONUS_MOMENT_TEXT_BYTES];
  onus_moment_format((onus_moment){.seconds_utc = moment.seconds_utc}, text);
  snprintf(out, 32, "%.19s.000Z", text);
}

int64_t onus_stix_microseconds(const char *text) {
  onus_moment moment;
  if (!text || !onus_moment_parse(text, &moment))
    return INT64_MIN;
  const char *at = strchr(text, '.');
  int64_t fraction = 0, scale = 1000000;
  for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9' && scale > 1; at++) {
    scale /= 10;
    fraction += (*at - '0') * scale;
  }
  return moment.seconds_utc * 1000000 + fraction;
}

/* --- a bundle ---------------------------------------------------------------------------------------------------- */

typedef struct bundle_reader {
  const char *path;
  onus_bundle_visitor *visit;
  void *context;
  bool is_bundle;
  size_t n_objects;
} bundle_reader;

static onus_status visit_object(bundle_reader *r, const onus_node *object, onus_error *error) {
  if (object->kind != ONUS_NODE_MAP)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->path, object->line, object->column, "%s; a STIX object is a map",
                        onus_node_kind_name(object->kind));
  const onus_node *type = onus_node_get(object, "type");
  if (!type || type->kind != ONUS_NODE_STRING)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, r->path, object->line, object->column,
                        "an object without a `type`; every STIX object has one");
  if (++r->n_objects > ONUS_BUNDLE_OBJECTS)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, r->path, object->line, object->column,
                        "holds more than %zu objects; split it", ONUS_BUNDLE_OBJECTS);
  return r->visit(r->context, object, error);
}

static onus_status visit_piece(void *context, const char *key, const onus_node *value, onus_error *error) {
  bundle_reader *r = context;
  if (key && strcmp(key, "type") == 0)
    r->is_bundle = value->kind == ONUS_NODE_STRING && strcmp(value->text, "bundle") == 0;
  return key && strcmp(key, "objects") == 0 ? visit_object(r, value, error) : ONUS_OK;
}

onus_status onus_bundle_read(const char *path, const onus_text *bytes, onus_bundle_visitor *visit, void *context,
                             onus_error *error) {
  bundle_reader r = {.path = path, .visit = visit, .context = context};
  onus_text text = {0};
  if (!bytes)
    ONUS_TRY(onus_file_read(path, ONUS_BUNDLE_BYTES, &text, error));
  const onus_text *all = bytes ? bytes : &text;
  onus_status status = onus_document_each_json(path, all->bytes, all->length, visit_piece, &r, error);
  if (status == ONUS_OK && !r.is_bundle)
    status =
        ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 1, 1, "no STIX bundle; a map with \"type\": \"bundle\" was expected");
  onus_text_free(&text);
  return status;
}

/* --- the folder `imported` --------------------------------------------------------------------------------------- */

enum { KEY_BYTES = 32, HEAD_BYTES = 1 << 20 };

/* Looks for keys at the top of a JSON text, or at the top of the members of a list, without reading it in earnest: what
 * is wrong with it is said by those who do. */
typedef struct top_keys {
  bool has_type, is_bundle, has_event, has_response, has_objects;
} top_keys;

static bool is_word(const char *bytes, size_t length, const char *word) {
  return strlen(word) == length && memcmp(bytes, word, length) == 0;
}

static void note_text(top_keys *keys, const char *text, size_t length, bool is_key, bool after_type) {
  if (is_key) {
    keys->has_type |= is_word(text, length, "type");
    keys->has_event |= is_word(text, length, "Event");
    keys->has_response |= is_word(text, length, "response");
    keys->has_objects |= is_word(text, length, "objects");
  } else if (after_type) {
    keys->is_bundle |= is_word(text, length, "bundle");
  }
}

static top_keys find_top_keys(const char *bytes, size_t length) {
  top_keys keys = {0};
  size_t depth = 0, base = 1;
  bool after_type = false;
  for (size_t at = 0; at < length; at++) {
    char c = bytes[at];
    if (c == '{' || c == '[') {
      base = depth == 0 && c == '[' ? 2 : base;
      depth++;
    } else if ((c == '}' || c == ']') && depth > 0) {
      depth--;
    } else if (c == '"') {
      size_t start = ++at;
      while (at < length && bytes[at] != '"')
        at += bytes[at] == '\\' ? 2 : 1;
      size_t end = at < length ? at : length, next = end + 1;
      while (next < length && strchr(" \t\r\n", bytes[next]))
        next++;
      bool is_key = next < length && bytes[next] == ':';
      if (depth == base)
        note_text(&keys, bytes + start, end - start, is_key, after_type);
      after_type = depth == base && is_key && is_word(bytes + start, end - start, "type");
    }
  }
  return keys;
}

onus_status onus_imported_recognise(const char *path, const onus_text *text, onus_imported_kind *ret_kind,
                                    onus_error *error) {
  size_t at = onus_text_mark_bytes(text->bytes, text->length);
  while (at < text->length && text->bytes[at] && strchr(" \t\r\n", text->bytes[at]))
    at++;
  if (at == text->length)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 1, 1,
                        "nothing stands in the file; a STIX bundle, MISP events or statements as CSV were expected");
  if (text->bytes[at] != '{' && text->bytes[at] != '[') {
    *ret_kind = ONUS_IMPORTED_CSV;
    return ONUS_OK;
  }
  top_keys keys = find_top_keys(text->bytes, text->length);
  bool is_misp = keys.has_event || keys.has_response;
  if (keys.is_bundle && is_misp)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 1, 1,
                        "both a STIX bundle and a MISP event; split it, so that it is clear which is meant");
  if (!keys.is_bundle && !is_misp)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 1, 1,
                        "neither a STIX bundle (\"type\": \"bundle\") nor a MISP event (\"Event\" or \"response\")");
  *ret_kind = is_misp ? ONUS_IMPORTED_MISP : ONUS_IMPORTED_STIX;
  return ONUS_OK;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

enum { MOST_IMPORTED = 1000 };

static onus_status list_folder(const char *folder, DIR *directory, char **names, size_t *ret_n, onus_error *error) {
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (entry->d_name[0] == '.')
      continue;
    if (*ret_n == MOST_IMPORTED)
      return ONUS_FAIL_AT(error, ONUS_LIMIT, folder, 0, 0, "holds more than %d files; at most so many are handed on",
                          MOST_IMPORTED);
    names[*ret_n] = strdup(entry->d_name);
    if (!names[*ret_n])
      return ONUS_FAIL_NO_MEMORY(error);
    ++*ret_n;
  }
  return ONUS_OK;
}

onus_status onus_imported_walk(const char *case_directory, onus_imported_visitor *visit, void *context,
                               onus_error *error) {
  char folder[PATH_MAX], path[PATH_MAX];
  if (!case_directory || snprintf(folder, sizeof folder, "%s/imported", case_directory) >= (int)sizeof folder)
    return ONUS_OK;
  DIR *directory = opendir(folder);
  if (!directory) {
    int number = errno;
    return number == ENOENT || number == ENOTDIR
               ? ONUS_OK
               : ONUS_FAIL_AT(error, ONUS_IO, folder, 0, 0, "cannot be opened: %s", strerror(number));
  }
  char **names = calloc(MOST_IMPORTED, sizeof *names);
  size_t n = 0;
  onus_status status = names ? list_folder(folder, directory, names, &n, error) : ONUS_FAIL_NO_MEMORY(error);
  closedir(directory);
  if (n > 0)
    qsort(names, n, sizeof *names, by_name);
  for (size_t i = 0; i < n && status == ONUS_OK; i++)
    status = snprintf(path, sizeof path, "%s/%s", folder, names[i]) < (int)sizeof path
                 ? visit(context, path, error)
                 : ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "holds a name that is too long; shorten it");
  for (size_t i = 0; i < n; i++)
    free(names[i]);
  free(names);
  return status;
}
