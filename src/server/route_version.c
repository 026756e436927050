#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/asked.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/route_case.h"
#include "server/rows.h"
#include "server/server_internal.h"

static json_t *version_json(sqlite3_stmt *row) {
  return json_pack("{s:I,s:s,s:o,s:s,s:I}", "version", (json_int_t)sqlite3_column_int64(row, 0), "author",
                   onus_db_text(row, 1), "time", onus_row_time(row, 2), "note", onus_db_text(row, 3), "bytes",
                   (json_int_t)sqlite3_column_int64(row, 4));
}

void onus_route_versions_get(onus_request *request) {
  onus_rows_reply(request, "versions", version_json,
                  "SELECT v.number, v.author, v.time, v.note, length(b.bytes) FROM versions v JOIN blobs b ON "
                  "b.digest=v.text_digest WHERE v.case_id=? ORDER BY v.number DESC",
                  request->place[0], NULL);
}

/* The version of the path, which the library has no say in: the text as it was written. */
void onus_route_version_get(onus_request *request) {
  onus_db *db = NULL;
  onus_case_version version = {0};
  onus_error error = {0};
  char *end = NULL;
  const char *place = request->place[1];
  unsigned long long number = place[0] >= '0' && place[0] <= '9' ? strtoull(place, &end, 10) : 0;
  if (end == NULL || *end != '\0' || number == 0 || number > (unsigned long long)request->access.head) {
    onus_reply_refusal(request, 404, "not-found", "the case has no version \"%.20s\"", place);
    return;
  }
  onus_status status = onus_data_begin_read(request->server->data, &db, &error);
  if (status == ONUS_OK) {
    status = onus_version_read(db, request->place[0], (int64_t)number, &version, &error);
    onus_data_end_read(request->server->data, db);
  }
  if (status != ONUS_OK) {
    onus_reply_error(request, &error, NULL);
    return;
  }
  bool is_json = strcmp(version.path, "case.json") == 0;
  onus_text text = {version.text, version.text_bytes};
  version.text = NULL;
  onus_cache_reply(request, is_json ? ONUS_TYPE_JSON : "text/yaml; charset=utf-8", &text);
  onus_version_free(&version);
}

void onus_route_document_get(onus_request *request) {
  onus_asked asked;
  onus_text text = {0};
  onus_error error = {0};
  char number[24];
  if (!onus_asked_begin(request, &asked))
    return;
  if (onus_case_document(onus_handle_case(asked.handle), NULL, &text, &error) == ONUS_OK) {
    onus_reply_text(request, ONUS_TYPE_JSON, &text);
    snprintf(number, sizeof number, "%lld", (long long)onus_handle_number(asked.handle));
    onus_reply_header(request, "X-Onus-Version", number);
    onus_reply_header(request, "Cache-Control", "no-store");
  } else {
    onus_reply_error(request, &error, NULL);
  }
  onus_asked_end(request, &asked);
}

/* --- files ----------------------------------------------------------------------------------------------------- */

static onus_status collect_files(onus_request *request, int64_t number, json_t *list, onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *rows = NULL;
  bool has_row = true;
  SERVER_TRY(onus_data_begin_read(request->server->data, &db, error));
  onus_status status =
      onus_db_query(db, &rows, error,
                    "SELECT f.path, length(b.bytes), f.digest FROM files f JOIN blobs b ON "
                    "b.digest=f.digest WHERE f.set_id=(SELECT set_id FROM versions WHERE case_id=? AND "
                    "number=?) ORDER BY f.path",
                    "ti", request->place[0], number);
  while (status == ONUS_OK && has_row) {
    status = onus_db_step(db, rows, &has_row, error);
    if (status != ONUS_OK || !has_row)
      break;
    char hex[2 * ONUS_DIGEST_BYTES + 1] = "";
    if (sqlite3_column_bytes(rows, 2) == ONUS_DIGEST_BYTES)
      sodium_bin2hex(hex, sizeof hex, sqlite3_column_blob(rows, 2), ONUS_DIGEST_BYTES);
    json_array_append_new(list, json_pack("{s:s,s:I,s:s}", "path", onus_db_text(rows, 0), "bytes",
                                          (json_int_t)sqlite3_column_int64(rows, 1), "sha256", hex));
  }
  onus_data_end_read(request->server->data, db);
  return status;
}

void onus_route_files_get(onus_request *request) {
  int64_t number = 0;
  onus_error error = {0};
  if (!onus_asked_version(request, &number))
    return;
  json_t *list = json_array();
  if (collect_files(request, number, list, &error) == ONUS_OK) {
    onus_reply_json(request, 200, json_pack("{s:o}", "files", list));
    onus_reply_header(request, "Cache-Control", "no-store");
  } else {
    json_decref(list);
    onus_reply_error(request, &error, NULL);
  }
}

static onus_status read_file(onus_request *request, const char *path, int64_t number, onus_text *ret_text,
                             onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *row = NULL;
  bool has_row = false;
  SERVER_TRY(onus_data_begin_read(request->server->data, &db, error));
  onus_status status = onus_db_query(db, &row, error,
                                     "SELECT b.bytes FROM files f JOIN blobs b ON b.digest=f.digest WHERE f.path=? AND "
                                     "f.set_id=(SELECT set_id FROM versions WHERE case_id=? AND number=?)",
                                     "tti", path, request->place[0], number);
  if (status == ONUS_OK)
    status = onus_db_step(db, row, &has_row, error);
  if (status == ONUS_OK && has_row) {
    size_t length = (size_t)sqlite3_column_bytes(row, 0);
    char *bytes = malloc(length + 1);
    if (bytes != NULL && length > 0)
      memcpy(bytes, sqlite3_column_blob(row, 0), length);
    if (bytes != NULL)
      bytes[length] = '\0';
    *ret_text = (onus_text){bytes, length};
    status = bytes != NULL ? ONUS_OK : SERVER_NO_MEMORY(error);
    onus_db_done(row);
  }
  onus_data_end_read(request->server->data, db);
  return status;
}

/* Never as something that a browser would run: a file of a case is somebody's evidence. */
void onus_route_file_get(onus_request *request) {
  const char *path = onus_request_query(request, "path");
  int64_t number = 0;
  onus_text text = {0};
  onus_error error = {0};
  if (!onus_asked_version(request, &number))
    return;
  if (path == NULL)
    onus_reply_refusal(request, 400, "bad-argument", "name the file with ?path=");
  else if (read_file(request, path, number, &text, &error) != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  else if (text.bytes == NULL)
    onus_reply_refusal(request, 404, "not-found", "the case has no such file");
  else {
    onus_reply_text(request, "application/octet-stream", &text);
    onus_reply_attachment(request, strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path);
    onus_reply_header(request, "Cache-Control", "no-store");
  }
}
