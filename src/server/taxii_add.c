/* Adding and removing objects, and the status of what was added. Everything is done before the answer, so that a status
 * is complete from the beginning; it is kept for those who ask again. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/audit.h"
#include "server/body.h"
#include "server/clock.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/rows.h"
#include "server/server_internal.h"
#include "server/taxii.h"

enum { STATUS_DAYS = 7 };

/* --- adding ---------------------------------------------------------------------------------------------------- */

typedef struct adding {
  onus_collection collection;
  const char *objects; /* the JSON list, as it came */
  json_t *successes, *failures;
  char *status; /* JSON */
  char id[ONUS_TAXII_ID_BYTES];
} adding;

static void new_uuid(char id[ONUS_TAXII_ID_BYTES]) {
  unsigned char h[16];
  randombytes_buf(h, sizeof h);
  h[6] = (unsigned char)((h[6] & 0x0F) | 0x40);
  h[8] = (unsigned char)((h[8] & 0x3F) | 0x80);
  snprintf(id, ONUS_TAXII_ID_BYTES, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1],
           h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14], h[15]);
}

static void note(adding *a, const onus_stix_object *object, int64_t added_us, const char *refusal) {
  char added[ONUS_TIME_TEXT_BYTES];
  onus_clock_text(added_us > 0 ? added_us : onus_clock_now_us(), added);
  const char *id = object->id[0] != '\0' ? object->id : "unknown--00000000-0000-4000-8000-000000000000";
  json_t *detail = json_pack("{s:s,s:s}", "id", id, "version", object->version[0] != '\0' ? object->version : added);
  if (refusal != NULL)
    json_object_set_new(detail, "message", json_string(refusal));
  json_array_append_new(refusal == NULL ? a->successes : a->failures, detail);
}

static onus_status add_objects(onus_request *request, onus_db *db, adding *a, onus_error *error) {
  const char *at = a->objects, *bytes = NULL;
  size_t length = 0;
  while (onus_json_list_next(&at, &bytes, &length)) {
    onus_stix_object object;
    int64_t added_us = 0;
    const char *refusal = onus_stix_object_read(bytes, length, &object);
    if (refusal == NULL)
      SERVER_TRY(onus_collection_add(db, &a->collection, &object, request->identity.account, INT64_MAX, &added_us,
                                     &refusal, error));
    note(a, &object, added_us, refusal);
  }
  return ONUS_OK;
}

static char *make_status(adding *a) {
  char now[ONUS_TIME_TEXT_BYTES];
  size_t n_good = json_array_size(a->successes), n_bad = json_array_size(a->failures);
  onus_clock_text(onus_clock_now_us(), now);
  new_uuid(a->id);
  json_t *json = json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:i}", "id", a->id, "status", "complete", "request_timestamp", now,
                           "total_count", (json_int_t)(n_good + n_bad), "success_count", (json_int_t)n_good,
                           "failure_count", (json_int_t)n_bad, "pending_count", 0);
  if (n_good > 0)
    json_object_set(json, "successes", a->successes);
  if (n_bad > 0)
    json_object_set(json, "failures", a->failures);
  char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
  json_decref(json);
  return text;
}

static onus_status add(onus_request *request, onus_db *db, void *context, onus_error *error) {
  adding *a = context;
  int64_t now = onus_clock_now_us();
  SERVER_TRY(add_objects(request, db, a, error));
  a->status = make_status(a);
  if (a->status == NULL)
    return SERVER_NO_MEMORY(error);
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM taxii_statuses WHERE time<?", "i",
                         now - STATUS_DAYS * (int64_t)86400 * 1000000));
  SERVER_TRY(onus_db_run(db, error, "INSERT INTO taxii_statuses(id, account, time, status) VALUES(?,?,?,?)", "ttit",
                         a->id, request->identity.account, now, a->status));
  return onus_audit_add(db, request->identity.account, "taxii-add", a->collection.alias, error,
                        "%zu objects, %zu refused", json_array_size(a->successes), json_array_size(a->failures));
}

static bool is_taxii_body(onus_request *request) {
  const char *type = onus_request_header(request, "Content-Type");
  static const char TYPE[] = "application/taxii+json";
  size_t length = sizeof TYPE - 1;
  const char *rest = type != NULL && strncasecmp(type, TYPE, length) == 0 ? type + length : NULL;
  if (rest != NULL && (rest[0] == '\0' || strstr(rest, "2.1") != NULL))
    return true;
  onus_reply_refusal(request, 415, "bad-argument", "this path takes a body of the type " ONUS_TAXII_TYPE);
  return false;
}

/* The list of the envelope; NULL after refusing the request. */
static const char *read_envelope(onus_request *request) {
  json_t *body = onus_body_object(request, "objects more next");
  size_t length = 0;
  if (body == NULL)
    return NULL;
  bool has_objects = json_array_size(json_object_get(body, "objects")) > 0;
  const char *list = has_objects ? onus_body_raw(request, "objects", &length) : NULL;
  json_decref(body);
  if (list == NULL)
    onus_reply_refusal(request, 422, "bad-input", "the envelope has no list \"objects\" with something in it");
  return list;
}

static bool may_write(onus_request *request, const onus_collection *collection) {
  if (!collection->can_write)
    onus_reply_refusal(request, 403, "forbidden", "only a party or an owner of a case may change its collection");
  return collection->can_write;
}

void onus_route_taxii_add(onus_request *request) {
  adding a = {0};
  onus_error error = {0};
  if (!onus_taxii_accepts(request) || !is_taxii_body(request) ||
      !onus_collection_find(request, request->place[0], &a.collection) || !may_write(request, &a.collection))
    return;
  a.objects = read_envelope(request);
  if (a.objects == NULL)
    return;
  if (onus_collection_refresh(request->server, &a.collection, &error) != ONUS_OK) { /* what is the case's own */
    onus_reply_error(request, &error, NULL);
    return;
  }
  a.successes = json_array();
  a.failures = json_array();
  if (onus_change_make(request, add, &a))
    onus_taxii_reply(request, 202, a.status, strlen(a.status));
  else
    free(a.status);
  json_decref(a.successes);
  json_decref(a.failures);
}

/* --- status ---------------------------------------------------------------------------------------------------- */

static onus_status read_status(onus_request *request, char **ret_status, onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *row = NULL;
  bool has_row = false;
  SERVER_TRY(onus_data_begin_read(request->server->data, &db, error));
  onus_status status = onus_db_query(db, &row, error, "SELECT status FROM taxii_statuses WHERE id=? AND account=?",
                                     "tt", request->place[0], request->identity.account);
  if (status == ONUS_OK)
    status = onus_db_step(db, row, &has_row, error);
  if (status == ONUS_OK && has_row) {
    *ret_status = strdup(onus_db_text(row, 0));
    onus_db_done(row);
    status = *ret_status != NULL ? ONUS_OK : SERVER_NO_MEMORY(error);
  }
  onus_data_end_read(request->server->data, db);
  return status;
}

/* Whoever added something alone may ask what became of it. */
void onus_route_taxii_status(onus_request *request) {
  char *status = NULL;
  onus_error error = {0};
  if (!onus_taxii_accepts(request))
    return;
  if (read_status(request, &status, &error) != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  else if (status == NULL)
    onus_reply_refusal(request, 404, "not-found", "there is no such status, or it is not yours to see");
  else
    onus_taxii_reply(request, 200, status, strlen(status));
}

/* --- removing -------------------------------------------------------------------------------------------------- */

typedef struct removing {
  onus_collection collection;
  int64_t n_added, n_own; /* versions that members added, and that the case has itself */
} removing;

static onus_status remove_object(onus_request *request, onus_db *db, void *context, onus_error *error) {
  removing *r = context;
  const char *collection = r->collection.id, *object = request->place[1];
  int64_t bytes = 0;
  SERVER_TRY(onus_db_number(db, 0, &r->n_own, error,
                            "SELECT count(*) FROM taxii_objects WHERE collection=? AND object=? AND account IS NULL",
                            "tt", collection, object));
  SERVER_TRY(onus_db_number(db, 0, &bytes, error,
                            "SELECT sum(length(bytes)) FROM taxii_objects WHERE collection=? AND object=? AND account "
                            "IS NOT NULL",
                            "tt", collection, object));
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM taxii_objects WHERE collection=? AND object=? AND account IS NOT NULL",
                         "tt", collection, object));
  r->n_added = onus_db_changes(db);
  if (r->n_added == 0)
    return ONUS_OK;
  SERVER_TRY(onus_db_run(db, error, "UPDATE taxii_collections SET n=n-?, bytes=bytes-? WHERE collection=?", "iit",
                         r->n_added, bytes, collection));
  return onus_audit_add(db, request->identity.account, "taxii-remove", r->collection.alias, error, "%s", object);
}

void onus_route_taxii_remove(onus_request *request) {
  removing r = {0};
  if (!onus_taxii_accepts(request) || !onus_collection_find(request, request->place[0], &r.collection) ||
      !may_write(request, &r.collection) || !onus_change_make(request, remove_object, &r))
    return;
  char *empty = strdup("{}");
  if (r.n_added > 0)
    onus_taxii_reply(request, 200, empty, 2);
  else if (r.n_own > 0)
    onus_reply_refusal(request, 403, "forbidden", "the object is the case's own; change the case instead");
  else
    onus_reply_refusal(request, 404, "not-found", "the collection has no object \"%.200s\"", request->place[1]);
  if (r.n_added == 0)
    free(empty);
}
