#include "server/rows.h"

#include "server/clock.h"
#include "server/reply.h"
#include "server/server_internal.h"

static onus_status collect(onus_request *request, onus_row_json *make, const char *sql, const char *account,
                           const char *case_id, json_t *list, onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *rows = NULL;
  bool has_row = true;
  onus_status status = onus_data_begin_read(request->server->data, &db, error);
  if (status != ONUS_OK)
    return status;
  status = onus_db_query(db, &rows, error, sql, case_id != NULL ? "tt" : account != NULL ? "t" : "", account, case_id);
  while (status == ONUS_OK && has_row) {
    status = onus_db_step(db, rows, &has_row, error);
    if (status == ONUS_OK && has_row)
      json_array_append_new(list, make(rows));
  }
  onus_data_end_read(request->server->data, db);
  return status;
}

void onus_rows_reply(onus_request *request, const char *name, onus_row_json *make, const char *sql, const char *account,
                     const char *case_id) {
  json_t *list = json_array();
  onus_error error = {0};
  if (collect(request, make, sql, account, case_id, list, &error) != ONUS_OK) {
    json_decref(list);
    onus_reply_error(request, &error, NULL);
    return;
  }
  onus_reply_json(request, 200, json_pack("{s:o}", name, list));
  onus_reply_header(request, "Cache-Control", "no-store");
}

json_t *onus_row_time(sqlite3_stmt *row, int column) {
  char text[ONUS_TIME_TEXT_BYTES];
  onus_clock_text(sqlite3_column_int64(row, column), text);
  return json_string(text);
}

bool onus_change_make(onus_request *request, onus_change *make, void *context) {
  onus_server *server = request->server;
  onus_db *db = NULL;
  onus_error error = {0};
  onus_status status = onus_data_begin_change(server->data, &db, &error);
  if (status == ONUS_OK) {
    status = make(request, db, context, &error);
    status = onus_data_end_change(server->data, db, status, &error);
    onus_auth_forget(server);
  }
  if (status != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  return status == ONUS_OK;
}
