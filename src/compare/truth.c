#include "compare/truth.h"

#include <stdlib.h>
#include <string.h>

#include "base/packed.h"
#include "base/table.h"
#include "document/document.h"
#include "document/quote.h"

/* Where a line of the file is read. */
typedef struct place {
  const char *path;
  unsigned line;
  onus_error *error;
} place;

#define WRONG(at, node, ...)                                                                                           \
  ONUS_FAIL_AT((at)->error, ONUS_BAD_INPUT, (at)->path, (at)->line, (node)->column, __VA_ARGS__)

/* A text of the map; *ret_text stays what it is when there is none and it may be missing. */
static onus_status get_text(const place *at, const onus_node *map, const char *key, bool is_required,
                            const char **ret_text) {
  const onus_node *node = onus_node_get(map, key);
  if (!node && !is_required)
    return ONUS_OK;
  if (!node)
    return WRONG(at, map, "\"%s\" is missing", key);
  if (node->kind != ONUS_NODE_STRING || node->text_bytes == 0)
    return WRONG(at, node, "\"%s\" should be a text that is not empty", key);
  *ret_text = node->text;
  return ONUS_OK;
}

static onus_status get_labels(const place *at, const onus_node *map, onus_arena *arena, onus_truth *truth) {
  const onus_node *node = onus_node_get(map, "label");
  if (!node)
    return WRONG(at, map, "\"label\" is missing");
  bool is_list = node->kind == ONUS_NODE_LIST;
  size_t n = is_list ? node->n_children : 1;
  const char **labels = ONUS_ARENA_ARRAY(arena, const char *, n);
  if (!labels)
    return ONUS_FAIL_NO_MEMORY(at->error);
  if (n == 0)
    return WRONG(at, node, "\"label\" is empty; somebody whom the reference has not is \"" ONUS_UNKNOWN "\"");
  const onus_node *one = is_list ? node->first : node;
  for (size_t k = 0; k < n; k++, one = one->next) {
    if (one->kind != ONUS_NODE_STRING || one->text_bytes == 0)
      return WRONG(at, one, "\"label\" should be a text or a list of texts that are not empty");
    if (n > 1 && strcmp(one->text, ONUS_UNKNOWN) == 0)
      return WRONG(at, one, "\"" ONUS_UNKNOWN "\" stands alone or not at all");
    labels[k] = one->text;
  }
  truth->labels = labels;
  truth->n_labels = n;
  return ONUS_OK;
}

static onus_status get_truth(const place *at, const onus_node *map, onus_arena *arena, onus_truth *truth) {
  if (map->kind != ONUS_NODE_MAP)
    return WRONG(at, map, "this is %s; a line should be a map with \"id\" and \"label\"",
                 onus_node_kind_name(map->kind));
  *truth = (onus_truth){.kind = "", .line = at->line};
  ONUS_TRY(get_text(at, map, "id", true, &truth->id));
  ONUS_TRY(get_text(at, map, "kind", false, &truth->kind));
  ONUS_TRY(get_labels(at, map, arena, truth));
  truth->actor = truth->labels[0];
  return get_text(at, map, "true_actor", false, &truth->actor);
}

static bool is_blank(const char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!strchr(" \t\r", bytes[i]))
      return false;
  return true;
}

static size_t count_lines(const char *bytes, size_t n) {
  size_t lines = 1;
  for (size_t i = 0; i < n; i++)
    lines += bytes[i] == '\n';
  return lines;
}

onus_status onus_truths_parse(const char *path, const char *bytes, size_t length_bytes, onus_arena *arena,
                              const onus_truth **ret_truths, size_t *ret_n, onus_error *error) {
  place at = {.path = path, .error = error};
  onus_truth *truths = ONUS_ARENA_ARRAY(arena, onus_truth, count_lines(bytes, length_bytes));
  size_t n = 0;
  if (!truths)
    return ONUS_FAIL_NO_MEMORY(error);
  for (const char *line = bytes, *end = bytes + length_bytes; line < end;) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    size_t line_bytes = (size_t)((next ? next : end) - line);
    at.line++;
    if (!is_blank(line, line_bytes)) {
      const onus_node *map = NULL;
      onus_status status = onus_document_parse_json(path, line, line_bytes, arena, &map, error);
      if (status != ONUS_OK) {
        if (error && error->line > 0)
          error->line = at.line;
        return status;
      }
      ONUS_TRY(get_truth(&at, map, arena, &truths[n++]));
    }
    line = next ? next + 1 : end;
  }
  *ret_truths = truths;
  *ret_n = n;
  return ONUS_OK;
}

onus_status onus_truths_read(const char *path, onus_arena *arena, const onus_truth **ret_truths, size_t *ret_n,
                             onus_error *error) {
  onus_text text = {0};
  ONUS_TRY(onus_packed_read(path, ONUS_TRUTH_FILE_BYTES, &text, error));
  onus_status status = onus_truths_parse(path, text.bytes, text.length, arena, ret_truths, ret_n, error);
  onus_text_free(&text);
  return status;
}

static onus_status match(onus_table *ids, const onus_truth *truths, size_t n_truths, const onus_incident *incidents,
                         size_t n_incidents, const onus_truth **matched, onus_error *error) {
  for (size_t i = 0; i < n_incidents; i++) {
    if (onus_table_get(ids, incidents[i].id) != ONUS_NONE)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "two incidents have the id %s", onus_quote_string(incidents[i].id).text);
    if (!onus_table_put(ids, incidents[i].id, i))
      return ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t t = 0; t < n_truths; t++) {
    size_t i = onus_table_get(ids, truths[t].id);
    if (i == ONUS_NONE)
      continue;
    if (matched[i])
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "lines %u and %u of the truth are both about the incident %s",
                       matched[i]->line, truths[t].line, onus_quote_string(truths[t].id).text);
    matched[i] = &truths[t];
  }
  return ONUS_OK;
}

onus_status onus_truths_match(const onus_truth *truths, size_t n_truths, const onus_incident *incidents,
                              size_t n_incidents, onus_arena *arena, const onus_truth *const **ret_matched,
                              onus_error *error) {
  const onus_truth **matched = ONUS_ARENA_ARRAY(arena, const onus_truth *, n_incidents);
  onus_table *ids = onus_table_new();
  onus_status status = matched && ids ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK)
    status = match(ids, truths, n_truths, incidents, n_incidents, matched, error);
  onus_table_free(ids);
  if (status == ONUS_OK)
    *ret_matched = matched;
  return status;
}
