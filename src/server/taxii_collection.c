/* Discovery, the API root and its collections. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/clock.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/server_internal.h"
#include "server/taxii.h"

/* --- answers --------------------------------------------------------------------------------------------------- */

static bool is_taxii_type(const char *text, size_t length) {
  static const char *const TYPES[] = {"application/taxii+json;version=2.1", "application/taxii+json", "application/*",
                                      "*/*"};
  char plain[64];
  size_t n = 0;
  for (size_t i = 0; i < length && n + 1 < sizeof plain; i++)
    if (text[i] != ' ' && text[i] != '"' && text[i] != '\t')
      plain[n++] = text[i];
  plain[n] = '\0';
  char *quality = strstr(plain, ";q=");
  if (quality != NULL)
    *quality = '\0';
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
    if (strcasecmp(plain, TYPES[i]) == 0)
      return true;
  return false;
}

bool onus_taxii_accepts(onus_request *request) {
  const char *accept = onus_request_header(request, "Accept");
  for (const char *at = accept; at != NULL && *at != '\0';) {
    size_t length = strcspn(at, ",");
    if (is_taxii_type(at, length))
      return true;
    at += length + (at[length] == ',');
  }
  onus_reply_refusal(request, 406, "bad-argument", "this path answers in " ONUS_TAXII_TYPE "; ask with Accept");
  return false;
}

void onus_taxii_reply(onus_request *request, unsigned status, char *bytes, size_t length) {
  if (bytes == NULL) {
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
    return;
  }
  onus_reply_bytes(request, status, ONUS_TAXII_TYPE, bytes, length);
  onus_reply_header(request, "Cache-Control", "no-store");
}

/* Takes the reference. */
static void reply_json(onus_request *request, json_t *json) {
  char *bytes = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
  json_decref(json);
  onus_taxii_reply(request, 200, bytes, bytes != NULL ? strlen(bytes) : 0);
}

void onus_route_taxii_discovery(onus_request *request) {
  if (onus_taxii_accepts(request))
    reply_json(request, json_pack("{s:s,s:s,s:s,s:[s]}", "title", "onus", "description",
                                  "Cases and what is publicly said about actors, as STIX 2.1", "default",
                                  ONUS_TAXII_ROOT, "api_roots", ONUS_TAXII_ROOT));
}

void onus_route_taxii_root(onus_request *request) {
  if (onus_taxii_accepts(request))
    reply_json(request, json_pack("{s:s,s:s,s:[s],s:I}", "title", "Cases", "description",
                                  "A collection of each case that the asker is a member of", "versions",
                                  ONUS_TAXII_TYPE, "max_content_length", (json_int_t)ONUS_TAXII_BODY_BYTES));
}

/* --- collections ----------------------------------------------------------------------------------------------- */

/* A UUID of version 4, as TAXII asks for, that is always the same for one case on one server. */
static void make_id(const char *kind, const char *name, int64_t created_us, char id[ONUS_TAXII_ID_BYTES]) {
  char text[256];
  unsigned char h[32];
  snprintf(text, sizeof text, "onus collection %s %s %lld", kind, name, (long long)created_us);
  crypto_hash_sha256(h, (const unsigned char *)text, strlen(text));
  h[6] = (unsigned char)((h[6] & 0x0F) | 0x40);
  h[8] = (unsigned char)((h[8] & 0x3F) | 0x80);
  snprintf(id, ONUS_TAXII_ID_BYTES, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1],
           h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14], h[15]);
}

static void read_collection(sqlite3_stmt *row, onus_collection *out) {
  *out = (onus_collection){.head = sqlite3_column_int64(row, 3),
                           .can_write = sqlite3_column_int(row, 2) >= (int)ONUS_ROLE_PARTY};
  snprintf(out->alias, sizeof out->alias, "%s", onus_db_text(row, 0));
  snprintf(out->title, sizeof out->title, "%.500s", onus_db_text(row, 4));
  make_id("case", out->alias, sqlite3_column_int64(row, 1), out->id);
}

/* What to do with a collection; false: no more of them. */
typedef bool each_collection(void *context, const onus_collection *collection);

static onus_status visit(onus_request *request, each_collection *each, void *context, onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *rows = NULL;
  bool has_row = true, goes_on = true;
  onus_collection collection;
  SERVER_TRY(onus_data_begin_read(request->server->data, &db, error));
  onus_status status = onus_db_query(
      db, &rows, error,
      "SELECT c.id, c.created, m.role, v.number, v.title FROM members m JOIN cases c ON c.id=m.case_id JOIN versions v "
      "ON v.case_id=c.id AND v.number=(SELECT max(number) FROM versions WHERE case_id=c.id) WHERE m.account=? "
      "ORDER BY c.id",
      "t", request->identity.account);
  while (status == ONUS_OK && has_row && goes_on) {
    status = onus_db_step(db, rows, &has_row, error);
    if (status != ONUS_OK || !has_row)
      break;
    read_collection(rows, &collection);
    goes_on = each(context, &collection);
    if (!goes_on)
      onus_db_done(rows);
  }
  onus_data_end_read(request->server->data, db);
  if (status == ONUS_OK && goes_on && request->server->reference != NULL) {
    collection = (onus_collection){.alias = "reference",
                                   .title = "What is publicly said about actors",
                                   .is_reference = true,
                                   .head = onus_clock_now_us()};
    make_id("reference", "", 0, collection.id);
    (void)each(context, &collection);
  }
  return status;
}

static json_t *describe(const onus_collection *collection) {
  json_t *title = json_string(collection->title);
  if (title == NULL) /* cut inside a character */
    title = json_string(collection->alias);
  return json_pack("{s:s,s:s,s:o,s:b,s:b,s:[s]}", "id", collection->id, "alias", collection->alias, "title", title,
                   "can_read", 1, "can_write", (int)collection->can_write, "media_types", ONUS_STIX_TYPE);
}

static bool add_to_list(void *context, const onus_collection *collection) {
  json_array_append_new(context, describe(collection));
  return true;
}

void onus_route_taxii_collections(onus_request *request) {
  json_t *list = json_array();
  onus_error error = {0};
  if (!onus_taxii_accepts(request)) {
    json_decref(list);
  } else if (visit(request, add_to_list, list, &error) != ONUS_OK) {
    json_decref(list);
    onus_reply_error(request, &error, NULL);
  } else if (json_array_size(list) == 0) { /* as TAXII has it, an empty list is no list */
    json_decref(list);
    reply_json(request, json_object());
  } else {
    reply_json(request, json_pack("{s:o}", "collections", list));
  }
}

typedef struct search {
  const char *name;
  onus_collection *found;
  bool is_found;
} search;

static bool is_it(void *context, const onus_collection *collection) {
  search *s = context;
  if (strcasecmp(s->name, collection->id) != 0 && strcmp(s->name, collection->alias) != 0)
    return true;
  *s->found = *collection;
  s->is_found = true;
  return false;
}

bool onus_collection_find(onus_request *request, const char *name, onus_collection *ret_collection) {
  search s = {name, ret_collection, false};
  onus_error error = {0};
  if (visit(request, is_it, &s, &error) != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  else if (!s.is_found)
    onus_reply_refusal(request, 404, "not-found", "there is no such collection, or it is not yours to see");
  return s.is_found;
}

void onus_route_taxii_collection(onus_request *request) {
  onus_collection collection;
  if (onus_taxii_accepts(request) && onus_collection_find(request, request->place[0], &collection))
    reply_json(request, describe(&collection));
}
