/* Objects, manifests and versions: one question to the database with the filters of TAXII, one page of answers.
 *
 * Filters are of one kind each and all have to hold. `match[version]` is about all versions in the collection that are
 * of a specification asked for; without `match[spec_version]` that is the newest one that an object is in.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"
#include "server/reply.h"
#include "server/server_internal.h"
#include "server/taxii.h"

typedef struct filter {
  int64_t after_us; /* -1: from the first on */
  uint64_t limit;
  char *ids, *types, *specs, *keys; /* JSON lists; NULL: all, and of `keys` none */
  bool all, first, last;            /* versions */
} filter;

static void filter_free(filter *f) {
  free(f->ids);
  free(f->types);
  free(f->specs);
  free(f->keys);
}

/* --- the question ---------------------------------------------------------------------------------------------- */

/* "a,b" as a JSON list; NULL without memory. */
static char *list_of(const char *text) {
  json_t *list = json_array();
  while (text != NULL) {
    size_t length = strcspn(text, ",");
    json_array_append_new(list, json_stringn(text, length));
    text = text[length] == ',' ? text + length + 1 : NULL;
  }
  char *out = list != NULL ? json_dumps(list, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
  json_decref(list);
  return out;
}

/* False after refusing the request. */
static bool read_list(onus_request *request, const char *text, char **ret_list) {
  if (text == NULL)
    return true;
  *ret_list = list_of(text);
  if (*ret_list == NULL)
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
  return *ret_list != NULL;
}

static bool read_version(onus_request *request, const char *word, size_t length, filter *f, json_t *keys) {
  char text[64], key[ONUS_TAXII_KEY_BYTES];
  snprintf(text, sizeof text, "%.*s", (int)(length < 63 ? length : 63), word);
  if (strcmp(text, "all") == 0)
    f->all = true;
  else if (strcmp(text, "first") == 0)
    f->first = true;
  else if (strcmp(text, "last") == 0)
    f->last = true;
  else if (onus_taxii_key(text, key))
    json_array_append_new(keys, json_string(key));
  else
    onus_reply_refusal(request, 400, "bad-argument",
                       "match[version] takes last, first, all and times as 2020-01-02T03:04:05.678Z, not \"%.60s\"",
                       text);
  return request->response == NULL;
}

static bool read_versions(onus_request *request, filter *f) {
  const char *text = onus_request_query(request, "match[version]");
  json_t *keys = json_array();
  bool is_good = true;
  f->last = text == NULL;
  while (text != NULL && is_good) {
    size_t length = strcspn(text, ",");
    is_good = read_version(request, text, length, f, keys);
    text = text[length] == ',' ? text + length + 1 : NULL;
  }
  f->keys = keys != NULL ? json_dumps(keys, JSON_COMPACT) : NULL;
  json_decref(keys);
  if (is_good && f->keys == NULL)
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
  return is_good && f->keys != NULL;
}

/* `next` is when the last object of the page before was added. */
static bool read_place(onus_request *request, filter *f) {
  const char *after = onus_request_query(request, "added_after");
  uint64_t next = 0;
  f->after_us = -1;
  f->limit = ONUS_TAXII_PAGE;
  if (after != NULL && !onus_taxii_time(after, &f->after_us)) {
    onus_reply_refusal(request, 400, "bad-argument",
                       "added_after takes a time as 2020-01-02T03:04:05.678Z, not \"%.60s\"", after);
    return false;
  }
  if (!onus_request_query_number(request, "limit", 1, UINT32_MAX, &f->limit) ||
      !onus_request_query_number(request, "next", 1, INT64_MAX, &next))
    return false;
  f->limit = f->limit < ONUS_TAXII_PAGE ? f->limit : ONUS_TAXII_PAGE;
  f->after_us = (int64_t)next > f->after_us ? (int64_t)next : f->after_us;
  return true;
}

/* `object`: the only one that is asked for; NULL: whichever. */
static bool filter_read(onus_request *request, const char *object, filter *f) {
  *f = (filter){0};
  const char *ids = object != NULL ? object : onus_request_query(request, "match[id]");
  return read_place(request, f) && read_versions(request, f) && read_list(request, ids, &f->ids) &&
         read_list(request, onus_request_query(request, "match[type]"), &f->types) &&
         read_list(request, onus_request_query(request, "match[spec_version]"), &f->specs);
}

/* --- the rows -------------------------------------------------------------------------------------------------- */

#define AMONG(list) "(SELECT value FROM json_each(" list "))"
/* Of another row: whether it is of a specification that counts for this one. */
#define COUNTS(row) "(CASE WHEN ?5 IS NULL THEN " row ".spec=t.spec ELSE " row ".spec IN " AMONG("?5") " END)"
#define OTHER(row, order)                                                                                              \
  "EXISTS(SELECT 1 FROM taxii_objects " row " WHERE " row ".collection=t.collection AND " row                          \
  ".object=t.object AND " row ".key" order "t.key AND " COUNTS(row) ")"

static const char OBJECTS[] =
    "SELECT t.added, t.object, t.version, t.bytes FROM taxii_objects t WHERE t.collection=?1 AND t.added>?2"
    " AND (?3 IS NULL OR t.object IN " AMONG(
        "?3") ")"
              " AND (?4 IS NULL OR t.type IN " AMONG(
                  "?4") ")"
                        " AND CASE WHEN ?5 IS NULL THEN NOT EXISTS(SELECT 1 FROM taxii_objects s WHERE s.collection=t.collection AND"
                        " s.object=t.object AND s.spec>t.spec) ELSE t.spec IN " AMONG(
                            "?5") " END"
                                  " AND (?6 OR (?7 AND NOT " OTHER("o", ">") ") OR (?8 AND NOT " OTHER(
                                      "p", "<") ") OR t.key IN " AMONG("?9") ")"
                                                                             " ORDER BY t.added LIMIT ?10";

/* Writes what the answer says of one row. */
typedef void put_row(FILE *out, sqlite3_stmt *row);

static void put_object(FILE *out, sqlite3_stmt *row) {
  fwrite(sqlite3_column_blob(row, 3), 1, (size_t)sqlite3_column_bytes(row, 3), out);
}

/* Of what an identifier or a time is made needs no escapes. */
static void put_record(FILE *out, sqlite3_stmt *row) {
  char added[ONUS_TIME_TEXT_BYTES];
  onus_clock_text(sqlite3_column_int64(row, 0), added);
  fprintf(out, "{\"id\":\"%s\",\"date_added\":\"%s\",\"version\":\"%s\",\"media_type\":\"" ONUS_STIX_TYPE "\"}",
          onus_db_text(row, 1), added, onus_db_text(row, 2));
}

static void put_version(FILE *out, sqlite3_stmt *row) {
  fprintf(out, "\"%s\"", onus_db_text(row, 2));
}

/* One answer while it is made. */
typedef struct page {
  put_row *put;
  const char *list; /* the name of what it lists */
  char *bytes;
  size_t length;
  uint64_t n;
  int64_t first_us, last_us;
  bool has_more;
} page;

static onus_status read_rows(onus_db *db, sqlite3_stmt *rows, const filter *f, page *p, FILE *out, onus_error *error) {
  bool has_row = true;
  size_t bytes = 0;
  onus_status status = ONUS_OK;
  while (status == ONUS_OK) {
    status = onus_db_step(db, rows, &has_row, error);
    if (status != ONUS_OK || !has_row)
      return status;
    if (p->n == f->limit || bytes >= ONUS_TAXII_PAGE_BYTES) {
      p->has_more = true;
      onus_db_done(rows);
      return ONUS_OK;
    }
    p->last_us = sqlite3_column_int64(rows, 0);
    if (p->n++ == 0) {
      p->first_us = p->last_us;
      fprintf(out, "{\"%s\":[", p->list);
    } else {
      fputc(',', out);
    }
    p->put(out, rows);
    bytes += (size_t)sqlite3_column_bytes(rows, 3);
  }
  return status;
}

/* An answer without anything is an empty object. */
static void put_end(const page *p, FILE *out) {
  if (p->n == 0)
    fputs("{", out);
  else if (p->has_more)
    fprintf(out, "],\"more\":true,\"next\":\"%lld\"", (long long)p->last_us);
  else
    fputs("],\"more\":false", out);
  fputs("}", out);
}

static onus_status fill(onus_server *server, const onus_collection *collection, const filter *f, page *p,
                        onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *rows = NULL;
  FILE *out = open_memstream(&p->bytes, &p->length);
  if (out == NULL)
    return ONUS_OK; /* answered as a lack of memory */
  onus_status status = onus_data_begin_read(server->data, &db, error);
  if (status == ONUS_OK) {
    status =
        onus_db_query(db, &rows, error, OBJECTS, "titttiiiti", collection->id, f->after_us, f->ids, f->types, f->specs,
                      (int64_t)f->all, (int64_t)f->last, (int64_t)f->first, f->keys, (int64_t)f->limit + 1);
    if (status == ONUS_OK)
      status = read_rows(db, rows, f, p, out, error);
    onus_data_end_read(server->data, db);
  }
  put_end(p, out);
  if (fclose(out) != 0) {
    free(p->bytes);
    p->bytes = NULL;
  }
  return status;
}

static void reply_page(onus_request *request, page *p) {
  char text[ONUS_TIME_TEXT_BYTES];
  onus_taxii_reply(request, 200, p->bytes, p->length);
  if (p->n == 0)
    return;
  onus_clock_text(p->first_us, text);
  onus_reply_header(request, "X-TAXII-Date-Added-First", text);
  onus_clock_text(p->last_us, text);
  onus_reply_header(request, "X-TAXII-Date-Added-Last", text);
}

/* --- routes ---------------------------------------------------------------------------------------------------- */

/* Whether the collection has an object of that id at all. */
static bool has_object(onus_request *request, const onus_collection *collection, const char *object) {
  onus_db *db = NULL;
  onus_error error = {0};
  int64_t n = 0;
  onus_status status = onus_data_begin_read(request->server->data, &db, &error);
  if (status == ONUS_OK) {
    status = onus_db_number(db, 0, &n, &error, "SELECT count(*) FROM taxii_objects WHERE collection=? AND object=?",
                            "tt", collection->id, object);
    onus_data_end_read(request->server->data, db);
  }
  if (status != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  else if (n == 0)
    onus_reply_refusal(request, 404, "not-found", "the collection has no object \"%.200s\"", object);
  return status == ONUS_OK && n > 0;
}

static void answer(onus_request *request, const char *object, const char *list, put_row *put, bool all_versions) {
  onus_collection collection;
  onus_error error = {0};
  page p = {.put = put, .list = list};
  filter f;
  if (!onus_taxii_accepts(request) || !onus_collection_find(request, request->place[0], &collection))
    return;
  if (onus_collection_refresh(request->server, &collection, &error) != ONUS_OK) {
    onus_reply_error(request, &error, NULL);
    return;
  }
  if (object != NULL && !has_object(request, &collection, object))
    return;
  if (filter_read(request, object, &f)) {
    f.all = f.all || all_versions;
    if (fill(request->server, &collection, &f, &p, &error) == ONUS_OK) {
      reply_page(request, &p);
    } else {
      free(p.bytes);
      onus_reply_error(request, &error, NULL);
    }
  }
  filter_free(&f);
}

void onus_route_taxii_objects(onus_request *request) {
  answer(request, NULL, "objects", put_object, false);
}

void onus_route_taxii_object(onus_request *request) {
  answer(request, request->place[1], "objects", put_object, false);
}

void onus_route_taxii_versions(onus_request *request) {
  answer(request, request->place[1], "versions", put_version, true);
}

void onus_route_taxii_manifest(onus_request *request) {
  answer(request, NULL, "objects", put_record, false);
}
