#include "exchange/taxii_protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "document/quote.h"
#include "document/text_internal.h"
#include "exchange/bundle.h"

#define FAIL_NODE(node, ...) ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, (node)->line, (node)->column, __VA_ARGS__)

/* --- media types ----------------------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *at) {
  return at + strspn(at, " \t");
}

/* Whether `at` begins with `word`, in whatever case, and ends there or goes on with a blank or semicolon. */
static bool begins_with(const char *at, const char *word) {
  size_t length = strlen(word);
  return strncasecmp(at, word, length) == 0 && strchr(" \t;", at[length]) != NULL;
}

bool onus_taxii_is_media_type(const char *content_type) {
  const char *at = skip_blanks(content_type);
  if (!begins_with(at, "application/taxii+json"))
    return false;
  while ((at = strchr(at, ';')) != NULL) {
    at = skip_blanks(at + 1);
    if (strncasecmp(at, "version=", 8) == 0 && !begins_with(at + 8, "2.1") && !begins_with(at + 8, "\"2.1\""))
      return false;
  }
  return true;
}

/* --- parts of answers ------------------------------------------------------------------------------------------ */

static onus_status expect_map(const char *path, const onus_node *node, const char *what, onus_error *error) {
  return node->kind == ONUS_NODE_MAP
             ? ONUS_OK
             : FAIL_NODE(node, "%s; %s of TAXII is a map", onus_node_kind_name(node->kind), what);
}

/* The text under `key`; *ret_text is NULL when there is none and it is not required. */
static onus_status take_text(const char *path, const onus_node *map, const char *key, bool is_required,
                             const char **ret_text, onus_error *error) {
  const onus_node *node = onus_node_get(map, key);
  if (!node && !is_required) {
    *ret_text = NULL;
    return ONUS_OK;
  }
  if (!node || node->kind != ONUS_NODE_STRING || (is_required && node->text[0] == '\0'))
    return FAIL_NODE(node ? node : map, "`%s` is not a text%s; TAXII 2.1 wants one", key, node ? "" : ", or missing");
  *ret_text = node->text;
  return ONUS_OK;
}

static onus_status take_boolean(const char *path, const onus_node *map, const char *key, bool is_required,
                                bool *ret_value, onus_error *error) {
  const onus_node *node = onus_node_get(map, key);
  if (!node && !is_required) {
    *ret_value = false;
    return ONUS_OK;
  }
  if (!node || node->kind != ONUS_NODE_BOOLEAN)
    return FAIL_NODE(node ? node : map, "`%s` is not true or false; TAXII 2.1 wants that", key);
  *ret_value = node->boolean;
  return ONUS_OK;
}

/* A whole number from 0 to 2^53. */
static onus_status take_count(const char *path, const onus_node *map, const char *key, bool is_required,
                              uint64_t *ret_count, onus_error *error) {
  const onus_node *node = onus_node_get(map, key);
  if (!node && !is_required) {
    *ret_count = 0;
    return ONUS_OK;
  }
  if (!node || node->kind != ONUS_NODE_NUMBER || !node->is_integer || node->number < 0 ||
      node->number > 9007199254740992.0)
    return FAIL_NODE(node ? node : map, "`%s` is not a whole number from 0 on; TAXII 2.1 wants one", key);
  *ret_count = (uint64_t)node->number;
  return ONUS_OK;
}

static onus_status take_list(const char *path, const onus_node *map, const char *key, const onus_node **ret_list,
                             onus_error *error) {
  *ret_list = onus_node_get(map, key);
  if (*ret_list && (*ret_list)->kind != ONUS_NODE_LIST)
    return FAIL_NODE(*ret_list, "`%s` is not a list; TAXII 2.1 wants one", key);
  return ONUS_OK;
}

/* --- resources ------------------------------------------------------------------------------------------------- */

static onus_status read_api_roots(const char *path, const onus_node *root, onus_arena *arena, onus_taxii_resource *r,
                                  onus_error *error) {
  const onus_node *list;
  const char *first;
  ONUS_TRY(take_list(path, root, "api_roots", &list, error));
  ONUS_TRY(take_text(path, root, "default", false, &first, error));
  size_t n = list ? list->n_children : 0;
  if (n > ONUS_TAXII_MOST_COLLECTIONS)
    return FAIL_NODE(list, "more than %d API roots; give the URL of one", ONUS_TAXII_MOST_COLLECTIONS);
  r->api_roots = ONUS_ARENA_ARRAY(arena, const char *, n + 1);
  if (!r->api_roots)
    return ONUS_FAIL_NO_MEMORY(error);
  if (first)
    r->api_roots[r->n_api_roots++] = first;
  for (const onus_node *node = list ? list->first : NULL; node; node = node->next) {
    if (node->kind != ONUS_NODE_STRING)
      return FAIL_NODE(node, "%s; an API root is a URL", onus_node_kind_name(node->kind));
    if (!first || strcmp(node->text, first) != 0)
      r->api_roots[r->n_api_roots++] = node->text;
  }
  return ONUS_OK;
}

static onus_status read_collection(const char *path, const onus_node *node, onus_taxii_collection *c,
                                   onus_error *error) {
  ONUS_TRY(expect_map(path, node, "a collection", error));
  ONUS_TRY(take_text(path, node, "id", true, &c->id, error));
  ONUS_TRY(take_text(path, node, "title", false, &c->title, error));
  ONUS_TRY(take_text(path, node, "alias", false, &c->alias, error));
  ONUS_TRY(take_text(path, node, "description", false, &c->description, error));
  ONUS_TRY(take_boolean(path, node, "can_read", true, &c->can_read, error));
  ONUS_TRY(take_boolean(path, node, "can_write", true, &c->can_write, error));
  c->title = c->title ? c->title : "";
  if (strlen(c->id) >= ONUS_TAXII_ID_BYTES || strcmp(c->id, ".") == 0 || strcmp(c->id, "..") == 0)
    return FAIL_NODE(node, "%s is no identifier of a collection", onus_quote_string(c->id).text);
  return ONUS_OK;
}

static onus_status read_collections(const char *path, const onus_node *root, const onus_node *list, onus_arena *arena,
                                    onus_taxii_resource *r, onus_error *error) {
  size_t n = list ? list->n_children : 1;
  if (n > ONUS_TAXII_MOST_COLLECTIONS)
    return FAIL_NODE(list, "more than %d collections; give the URL of one", ONUS_TAXII_MOST_COLLECTIONS);
  r->collections = ONUS_ARENA_ARRAY(arena, onus_taxii_collection, n);
  if (!r->collections)
    return ONUS_FAIL_NO_MEMORY(error);
  r->is_one = list == NULL;
  if (!list)
    ONUS_TRY(read_collection(path, root, &r->collections[r->n_collections++], error));
  for (const onus_node *node = list ? list->first : NULL; node; node = node->next)
    ONUS_TRY(read_collection(path, node, &r->collections[r->n_collections++], error));
  return ONUS_OK;
}

onus_status onus_taxii_read_resource(const char *path, const onus_text *answer, onus_arena *arena,
                                     onus_taxii_resource *ret_resource, onus_error *error) {
  const onus_node *root, *list;
  ONUS_TRY(onus_document_parse_json(path, answer->bytes, answer->length, arena, &root, error));
  ONUS_TRY(expect_map(path, root, "a resource", error));
  ONUS_TRY(take_list(path, root, "collections", &list, error));
  onus_taxii_resource r = {0};
  if (list || onus_node_get(root, "can_read")) {
    r.kind = ONUS_TAXII_COLLECTIONS;
    ONUS_TRY(read_collections(path, root, list, arena, &r, error));
  } else if (onus_node_get(root, "max_content_length")) {
    r.kind = ONUS_TAXII_API_ROOT;
    ONUS_TRY(take_text(path, root, "title", false, &r.title, error));
    ONUS_TRY(take_count(path, root, "max_content_length", true, &r.most_bytes, error));
  } else if (onus_node_get(root, "api_roots") || onus_node_get(root, "default")) {
    r.kind = ONUS_TAXII_DISCOVERY;
    ONUS_TRY(take_text(path, root, "title", false, &r.title, error));
    ONUS_TRY(read_api_roots(path, root, arena, &r, error));
  } else if (root->n_children == 0) { /* how TAXII 2.1 writes an empty list of collections */
    r.kind = ONUS_TAXII_COLLECTIONS;
  } else {
    return FAIL_NODE(root,
                     "neither a discovery with API roots, nor an API root, nor a collection; give the URL of one");
  }
  *ret_resource = r;
  return ONUS_OK;
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

typedef struct page_reader {
  const char *path;
  bool has_type;
  onus_taxii_visitor *visit;
  void *context;
  onus_taxii_page page;
} page_reader;

static onus_status read_object(page_reader *r, const onus_node *node, onus_error *error) {
  const char *path = r->path, *text;
  ONUS_TRY(expect_map(path, node, "an object", error));
  ONUS_TRY(take_text(path, node, "id", true, &text, error));
  if (strlen(text) >= ONUS_TAXII_ID_BYTES)
    return FAIL_NODE(node, "an identifier of more than %d bytes", ONUS_TAXII_ID_BYTES - 1);
  if (r->has_type)
    ONUS_TRY(take_text(path, node, "type", true, &text, error));
  r->page.n_objects++;
  return r->visit(r->context, node, error);
}

static onus_status read_part(void *context, const char *key, const onus_node *node, onus_error *error) {
  page_reader *r = context;
  const char *path = r->path;
  if (!key)
    return FAIL_NODE(node, "no map; an envelope of TAXII is one");
  if (strcmp(key, "objects") == 0)
    return read_object(r, node, error);
  if (strcmp(key, "more") == 0) {
    if (node->kind != ONUS_NODE_BOOLEAN)
      return FAIL_NODE(node, "`more` is not true or false; TAXII 2.1 wants that");
    r->page.more = node->boolean;
  }
  if (strcmp(key, "next") == 0) {
    if (node->kind != ONUS_NODE_STRING || strlen(node->text) >= sizeof r->page.next)
      return FAIL_NODE(node, "`next` is not a text of at most %zu bytes", sizeof r->page.next - 1);
    snprintf(r->page.next, sizeof r->page.next, "%s", node->text);
  }
  return ONUS_OK;
}

onus_status onus_taxii_read_page(const char *path, const onus_text *answer, bool has_type, onus_taxii_visitor *visit,
                                 void *context, onus_taxii_page *ret_page, onus_error *error) {
  page_reader r = {.path = path, .has_type = has_type, .visit = visit, .context = context};
  size_t at = onus_text_mark_bytes(answer->bytes, answer->length);
  at += strspn(answer->bytes + at, " \t\r\n");
  if (at < answer->length && answer->bytes[at] != '{')
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 1, 1, "no map; an envelope of TAXII is one");
  ONUS_TRY(onus_document_each_json(path, answer->bytes, answer->length, read_part, &r, error));
  *ret_page = r.page;
  return ONUS_OK;
}

/* --- status ---------------------------------------------------------------------------------------------------- */

static onus_status read_details(const char *path, const onus_node *root, const char *key, const char *count_key,
                                bool is_required, onus_arena *arena, onus_taxii_details *d, onus_error *error) {
  const onus_node *list;
  uint64_t count;
  ONUS_TRY(take_list(path, root, key, &list, error));
  ONUS_TRY(take_count(path, root, count_key, is_required, &count, error));
  d->list = ONUS_ARENA_ARRAY(arena, onus_taxii_detail, list ? list->n_children : 0);
  if (!d->list)
    return ONUS_FAIL_NO_MEMORY(error);
  for (const onus_node *node = list ? list->first : NULL; node; node = node->next) {
    onus_taxii_detail *detail = &d->list[d->n++];
    ONUS_TRY(expect_map(path, node, "a detail of a status", error));
    ONUS_TRY(take_text(path, node, "id", true, &detail->id, error));
    ONUS_TRY(take_text(path, node, "version", false, &detail->version, error));
    ONUS_TRY(take_text(path, node, "message", false, &detail->message, error));
  }
  if (d->n > count)
    return FAIL_NODE(list, "`%s` lists %zu objects, and `%s` is %" PRIu64, key, d->n, count_key, count);
  d->count = (size_t)count;
  return ONUS_OK;
}

onus_status onus_taxii_read_status(const char *path, const onus_text *answer, size_t n_sent, onus_arena *arena,
                                   onus_taxii_status *ret_status, onus_error *error) {
  const onus_node *root;
  const char *word;
  uint64_t total;
  onus_taxii_status s = {0};
  ONUS_TRY(onus_document_parse_json(path, answer->bytes, answer->length, arena, &root, error));
  ONUS_TRY(expect_map(path, root, "a status", error));
  ONUS_TRY(take_text(path, root, "id", true, &s.id, error));
  ONUS_TRY(take_text(path, root, "status", true, &word, error));
  ONUS_TRY(take_count(path, root, "total_count", true, &total, error));
  ONUS_TRY(read_details(path, root, "successes", "success_count", true, arena, &s.successes, error));
  ONUS_TRY(read_details(path, root, "failures", "failure_count", true, arena, &s.failures, error));
  ONUS_TRY(read_details(path, root, "pendings", "pending_count", true, arena, &s.pendings, error));
  s.is_complete = strcmp(word, "complete") == 0;
  if (!s.is_complete && strcmp(word, "pending") != 0)
    return FAIL_NODE(onus_node_get(root, "status"), "`status` is %s; it is pending or complete",
                     onus_quote_string(word).text);
  if (strlen(s.id) >= ONUS_TAXII_ID_BYTES || strcmp(s.id, ".") == 0 || strcmp(s.id, "..") == 0)
    return FAIL_NODE(root, "%s is no identifier of a status", onus_quote_string(s.id).text);
  if (total != n_sent || s.successes.count > n_sent || s.failures.count > n_sent || s.pendings.count > n_sent ||
      s.successes.count + s.failures.count + s.pendings.count != n_sent)
    return FAIL_NODE(
        root, "%zu objects were sent, and the status tells of %" PRIu64 ": %zu accepted, %zu refused, %zu pending",
        n_sent, total, s.successes.count, s.failures.count, s.pendings.count);
  if (s.is_complete && s.pendings.count > 0)
    return FAIL_NODE(root, "`status` is complete while `pending_count` is %zu", s.pendings.count);
  *ret_status = s;
  return ONUS_OK;
}

/* --- reasons --------------------------------------------------------------------------------------------------- */

onus_taxii_reason onus_taxii_read_reason(const onus_text *answer) {
  onus_taxii_reason reason = {""};
  const onus_node *root;
  onus_arena *arena = onus_arena_new((size_t)1 << 20);
  if (arena && answer->length <= 65536 &&
      onus_document_parse_json("", answer->bytes, answer->length, arena, &root, NULL) == ONUS_OK) {
    const char *text = onus_node_text(root, "description");
    text = text ? text : onus_node_text(root, "title");
    if (text)
      snprintf(reason.text, sizeof reason.text, ": it says %s", onus_quote_string(text).text);
  }
  onus_arena_free(arena);
  return reason;
}

/* --- versions and times ---------------------------------------------------------------------------------------- */

const char *onus_taxii_version(const onus_node *object) {
  const char *modified = onus_node_text(object, "modified");
  return modified ? modified : onus_node_text(object, "created");
}

bool onus_taxii_is_version(const char *a, const char *b) {
  int64_t a_us = onus_stix_microseconds(a), b_us = onus_stix_microseconds(b);
  return a_us != INT64_MIN && b_us != INT64_MIN ? a_us == b_us : strcmp(a, b) == 0;
}

void onus_taxii_format_time(int64_t microseconds, char *out) {
  int64_t fraction = microseconds % 1000000;
  fraction += fraction < 0 ? 1000000 : 0;
  char text[ONUS_MOMENT_TEXT_BYTES];
  onus_moment_format((onus_moment){.seconds_utc = (microseconds - fraction) / 1000000}, text);
  snprintf(out, 32, "%.19s.%06dZ", text, (int)fraction);
}

/* --- URLs ------------------------------------------------------------------------------------------------------ */

/* The unreserved characters of RFC 3986 as they are, all others as %HH. */
static void put_encoded(onus_buffer *url, const char *text) {
  static const char HEX[] = "0123456789ABCDEF";
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-._~", c);
    if (is_plain)
      onus_buffer_character(url, *text);
    else
      onus_buffer_append(url, (const char[3]){'%', HEX[c >> 4], HEX[c & 15]}, 3);
  }
}

void onus_taxii_put_parameter(onus_buffer *url, const char *name, const char *value) {
  if (!value)
    return;
  bool has_some = url->length_bytes > 0 && memchr(url->bytes, '?', url->length_bytes) != NULL;
  onus_buffer_character(url, has_some ? '&' : '?');
  put_encoded(url, name);
  onus_buffer_character(url, '=');
  put_encoded(url, value);
}

void onus_taxii_put_segment(onus_buffer *url, const char *segment) {
  put_encoded(url, segment);
  onus_buffer_character(url, '/');
}
