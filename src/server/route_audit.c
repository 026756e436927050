#include "server/route_audit.h"

#include <sodium.h>
#include <string.h>

#include "server/audit.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/rows.h"
#include "server/server_internal.h"

enum { ENTRIES = 200, ENTRIES_MOST = 1000 };

static json_t *entry_json(sqlite3_stmt *row) {
  char hash[2 * ONUS_AUDIT_HASH_BYTES + 1] = "";
  const char *case_id = onus_db_text(row, 4), *detail = onus_db_text(row, 5);
  if (sqlite3_column_bytes(row, 6) == ONUS_AUDIT_HASH_BYTES)
    sodium_bin2hex(hash, sizeof hash, sqlite3_column_blob(row, 6), ONUS_AUDIT_HASH_BYTES);
  return json_pack("{s:I,s:o,s:s,s:s,s:s?,s:s?,s:s}", "n", (json_int_t)sqlite3_column_int64(row, 0), "time",
                   onus_row_time(row, 1), "user", onus_db_text(row, 2), "action", onus_db_text(row, 3), "case",
                   case_id[0] != '\0' ? case_id : NULL, "detail", detail[0] != '\0' ? detail : NULL, "hash", hash);
}

static onus_status collect(onus_request *request, const char *case_id, int64_t before, int64_t limit, json_t *list,
                           onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *rows = NULL;
  bool has_row = true;
  SERVER_TRY(onus_data_begin_read(request->server->data, &db, error));
  onus_status status =
      case_id != NULL
          ? onus_db_query(db, &rows, error,
                          "SELECT number, time, account, action, case_id, detail, hash FROM audit WHERE number<? AND "
                          "case_id=? ORDER BY number DESC LIMIT ?",
                          "iti", before, case_id, limit)
          : onus_db_query(db, &rows, error,
                          "SELECT number, time, account, action, case_id, detail, hash FROM audit WHERE number<? ORDER "
                          "BY number DESC LIMIT ?",
                          "ii", before, limit);
  while (status == ONUS_OK && has_row) {
    status = onus_db_step(db, rows, &has_row, error);
    if (status == ONUS_OK && has_row)
      json_array_append_new(list, entry_json(rows));
  }
  onus_data_end_read(request->server->data, db);
  return status;
}

/* null: nobody asked. */
static json_t *check_chain(onus_request *request, bool is_asked, onus_error *error) {
  onus_db *db = NULL;
  onus_audit_place head;
  if (!is_asked || onus_data_begin_read(request->server->data, &db, error) != ONUS_OK)
    return json_null();
  onus_status status = onus_audit_check(db, NULL, &head, error);
  onus_data_end_read(request->server->data, db);
  return json_boolean(status == ONUS_OK);
}

static void reply_entries(onus_request *request, const char *case_id) {
  uint64_t before = INT64_MAX, limit = ENTRIES, check = 0;
  onus_error error = {0};
  if (!onus_request_query_number(request, "before", 1, INT64_MAX, &before) ||
      !onus_request_query_number(request, "limit", 1, ENTRIES_MOST, &limit) ||
      !onus_request_query_number(request, "check", 0, 1, &check))
    return;
  json_t *list = json_array();
  if (collect(request, case_id, (int64_t)before, (int64_t)limit, list, &error) != ONUS_OK) {
    json_decref(list);
    onus_reply_error(request, &error, NULL);
    return;
  }
  onus_reply_json(request, 200,
                  json_pack("{s:o,s:o}", "entries", list, "holds", check_chain(request, check == 1, &error)));
  onus_reply_header(request, "Cache-Control", "no-store");
}

void onus_route_audit(onus_request *request) {
  reply_entries(request, NULL);
}

void onus_route_case_audit(onus_request *request) {
  reply_entries(request, request->place[0]);
}

void onus_route_openapi(onus_request *request) {
  const char *text = request->server->openapi;
  onus_reply_response(request, 200, onus_reply_make_static(request->server, ONUS_TYPE_JSON, text, strlen(text)));
  onus_reply_header(request, "Cache-Control", "no-cache");
}
