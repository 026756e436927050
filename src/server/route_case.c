#include "server/route_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/asked.h"
#include "server/body.h"
#include "server/fail.h"
#include "server/files_json.h"
#include "server/reply.h"
#include "server/rows.h"
#include "server/save.h"
#include "server/server_internal.h"
#include "server/work.h"

const char *onus_role_word(onus_role role) {
  return role == ONUS_ROLE_OWNER ? "owner" : role == ONUS_ROLE_PARTY ? "party" : "reader";
}

/* --- all cases ------------------------------------------------------------------------------------------------- */

static json_t *case_json(sqlite3_stmt *row) {
  return json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:o,s:s}", "id", onus_db_text(row, 0), "title", onus_db_text(row, 1),
                   "question", onus_db_text(row, 2), "version", (json_int_t)sqlite3_column_int64(row, 3), "role",
                   onus_role_word((onus_role)sqlite3_column_int(row, 4)), "position", onus_db_text(row, 5), "updated",
                   onus_row_time(row, 6), "author", onus_db_text(row, 7));
}

void onus_route_cases_get(onus_request *request) {
  onus_rows_reply(
      request, "cases", case_json,
      "SELECT m.case_id, v.title, v.question, v.number, m.role, m.position, v.time, v.author FROM members m "
      "JOIN versions v ON v.case_id=m.case_id AND v.number=(SELECT max(number) FROM versions w WHERE "
      "w.case_id=m.case_id) WHERE m.account=? ORDER BY v.time DESC",
      request->identity.account, NULL);
}

static const char *path_of(const char *text) {
  text += strspn(text, " \t\r\n");
  return text[0] == '{' ? "case.json" : "case.yaml";
}

static void post_text(onus_request *request) {
  json_t *body = onus_body_object(request, "id text files note");
  const char *id = body != NULL ? onus_body_text(request, body, "id", true) : NULL;
  const char *text = id != NULL ? onus_body_text(request, body, "text", true) : NULL;
  const char *note = text != NULL ? onus_body_text(request, body, "note", false) : NULL;
  onus_case_files files = {0};
  onus_error error = {0};
  if (text != NULL && !onus_body_is_refused(request)) {
    if (onus_files_of_json(json_object_get(body, "files"), &files, &error) != ONUS_OK)
      onus_reply_error(request, &error, NULL);
    else
      onus_save_case(request, id, note != NULL ? note : "", path_of(text), text, strlen(text), &files);
  }
  onus_case_files_free(&files);
  json_decref(body);
}

/* A bag is unpacked and its case kept; signatures stay with it, and GET …/verify checks them. */
static void post_package(onus_request *request, const char *id, const char *folder, const char *suffix) {
  char packed[ONUS_CASE_PATH_BYTES], unpacked[ONUS_CASE_PATH_BYTES], path[16] = "", *text = NULL;
  onus_case_files files = {0};
  onus_package_summary summary;
  onus_error error = {0};
  size_t text_bytes = 0;
  char name[16];
  snprintf(name, sizeof name, "packed%s", suffix);
  snprintf(packed, sizeof packed, "%s/%s", folder, name);
  snprintf(unpacked, sizeof unpacked, "%s/case", folder);
  onus_status status = onus_work_write(folder, name, request->body, request->body_bytes, &error);
  if (status == ONUS_OK)
    status = onus_package_unpack(packed, unpacked, NULL, NULL, &summary, &error);
  if (status == ONUS_OK)
    status = onus_work_read_files(unpacked, "", false, &files, path, &error);
  if (status == ONUS_OK && path[0] == '\0')
    status = SERVER_FAIL(&error, ONUS_BAD_INPUT, NULL, "the package has no case file");
  if (status == ONUS_OK) {
    snprintf(packed, sizeof packed, "%s/case/%s", folder, path);
    status = onus_work_read(packed, ONUS_CASE_TEXT_BYTES, &text, &text_bytes, &error);
  }
  if (status == ONUS_OK)
    onus_save_case(request, id, "from a package", path, text, text_bytes, &files);
  else
    onus_reply_error(request, &error, NULL);
  free(text);
  onus_case_files_free(&files);
}

void onus_route_cases_post(onus_request *request) {
  const char *type = onus_request_header(request, "Content-Type"), *id = onus_request_query(request, "id");
  bool is_zip = type != NULL && strncmp(type, "application/zip", 15) == 0;
  bool is_tar = type != NULL && strncmp(type, "application/zstd", 16) == 0;
  char folder[ONUS_WORK_NAME_BYTES];
  onus_error error = {0};
  if (!is_zip && !is_tar && type != NULL && strncmp(type, ONUS_TYPE_JSON, strlen(ONUS_TYPE_JSON)) == 0) {
    post_text(request);
  } else if (!is_zip && !is_tar) {
    onus_reply_refusal(request, 415, "bad-argument",
                       "this path takes " ONUS_TYPE_JSON ", or a packed case as application/zip or application/zstd");
  } else if (id == NULL || request->body_bytes == 0) {
    onus_reply_refusal(request, 400, "bad-argument", "a packed case is the body, and ?id= names it");
  } else {
    if (onus_work_make(folder, &error) == ONUS_OK)
      post_package(request, id, folder, is_zip ? ".zip" : ".tar.zst");
    else
      onus_reply_error(request, &error, NULL);
    onus_work_remove(folder);
  }
}

/* --- one case -------------------------------------------------------------------------------------------------- */

/* Ids and names of a list of the document. */
static json_t *brief_list(const json_t *document, const char *name) {
  json_t *list = json_array(), *entry;
  size_t i;
  json_array_foreach(json_object_get(document, name), i, entry) {
    json_t *id = json_object_get(entry, "id"), *title = json_object_get(entry, "name");
    json_array_append_new(list, json_pack("{s:O,s:O}", "id", id, "name", title != NULL ? title : id));
  }
  return list;
}

static onus_status read_heading(onus_request *request, int64_t number, json_t *json, onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *row = NULL;
  bool has_row = false;
  SERVER_TRY(onus_data_begin_read(request->server->data, &db, error));
  onus_status status = onus_db_query(db, &row, error, "SELECT author, time FROM versions WHERE case_id=? AND number=?",
                                     "ti", request->place[0], number);
  if (status == ONUS_OK)
    status = onus_db_step(db, row, &has_row, error);
  if (status == ONUS_OK && has_row) {
    json_object_set_new(json, "author", json_string(onus_db_text(row, 0)));
    json_object_set_new(json, "updated", onus_row_time(row, 1));
    onus_db_done(row);
  }
  onus_data_end_read(request->server->data, db);
  return status;
}

static json_t *whole_case_json(onus_request *request, const onus_case *c, const json_t *document) {
  onus_case_summary s = onus_case_summarise(c);
  const char *position = request->access.position;
  return json_pack("{s:s,s:s,s:s,s:I,s:s,s:s?,s:o,s:o,s:o,s:{s:I,s:I,s:I,s:I,s:I,s:I,s:I}}", "id", request->place[0],
                   "title", s.title, "question", s.question != NULL ? s.question : "", "head",
                   (json_int_t)request->access.head, "role", onus_role_word(request->access.role), "position",
                   position[0] != '\0' && strcmp(position, ONUS_POSITION_ALL) != 0 ? position : NULL, "positions",
                   brief_list(document, "positions"), "hypotheses", brief_list(document, "hypotheses"), "propositions",
                   brief_list(document, "propositions"), "counts", "hypotheses", (json_int_t)s.n_hypotheses,
                   "propositions", (json_int_t)s.n_propositions, "sources", (json_int_t)s.n_sources, "undercutters",
                   (json_int_t)s.n_undercutters, "items", (json_int_t)s.n_items, "questions", (json_int_t)s.n_questions,
                   "positions", (json_int_t)s.n_positions);
}

void onus_route_case_get(onus_request *request) {
  onus_asked asked;
  onus_text text = {0};
  onus_error error = {0};
  if (!onus_asked_begin(request, &asked))
    return;
  const onus_case *c = onus_handle_case(asked.handle);
  onus_status status = onus_case_document(c, asked.options.position, &text, &error);
  json_t *document = status == ONUS_OK ? json_loadb(text.bytes, text.length, 0, NULL) : NULL;
  json_t *json = status == ONUS_OK ? whole_case_json(request, c, document) : NULL;
  json_object_set_new(json, "version", json_integer(onus_handle_number(asked.handle)));
  if (status == ONUS_OK && json != NULL)
    status = read_heading(request, onus_handle_number(asked.handle), json, &error);
  if (status == ONUS_OK) {
    onus_reply_json(request, 200, json);
    onus_reply_header(request, "Cache-Control", "no-store");
  } else {
    json_decref(json);
    onus_reply_error(request, &error, NULL);
  }
  json_decref(document);
  onus_text_free(&text);
  onus_asked_end(request, &asked);
}

static onus_status remove_case(onus_request *request, onus_db *db, void *context, onus_error *error) {
  (void)context;
  return onus_case_remove(db, request->place[0], request->identity.account, error);
}

void onus_route_case_delete(onus_request *request) {
  if (!onus_change_make(request, remove_case, NULL))
    return;
  onus_events_end(request->server, request->place[0], NULL, NULL);
  onus_reply_nothing(request);
}

/* --- editing --------------------------------------------------------------------------------------------------- */

enum { REMOVED = 256 };

static bool read_removed(onus_request *request, const json_t *list, const char *removed[REMOVED], onus_edit *edit) {
  size_t i;
  json_t *entry;
  if (list == NULL)
    return true;
  if (!json_is_array(list) || json_array_size(list) > REMOVED) {
    onus_reply_refusal(request, 422, "bad-input", "\"remove_files\" must be a list of at most %d paths", REMOVED);
    return false;
  }
  json_array_foreach(list, i, entry) {
    if (!json_is_string(entry)) {
      onus_reply_refusal(request, 422, "bad-input", "\"remove_files\" must be a list of paths");
      return false;
    }
    removed[edit->n_removed++] = json_string_value(entry);
  }
  edit->removed = removed;
  return true;
}

static void edit_case(onus_request *request, void (*save)(onus_request *, const onus_edit *), bool needs_base) {
  json_t *body = onus_body_object(request, "base text document note files remove_files");
  const char *removed[REMOVED];
  onus_edit edit = {0};
  onus_error error = {0};
  if (body == NULL)
    return;
  edit.text = onus_body_text(request, body, "text", false);
  edit.text_bytes = edit.text != NULL ? strlen(edit.text) : 0;
  edit.note = onus_body_text(request, body, "note", false);
  if (json_object_get(body, "document") != NULL)
    edit.document = onus_body_raw(request, "document", &edit.document_bytes);
  bool is_good = !onus_body_is_refused(request) && onus_body_number(request, body, "base", 1, &edit.base) &&
                 read_removed(request, json_object_get(body, "remove_files"), removed, &edit);
  if (is_good && needs_base && edit.base == 0)
    onus_reply_refusal(request, 422, "bad-input", "the body has no \"base\": the version that was edited");
  else if (is_good && edit.text != NULL && edit.document != NULL)
    onus_reply_refusal(request, 422, "bad-input", "give \"text\" or \"document\", not both");
  else if (is_good && onus_files_of_json(json_object_get(body, "files"), &edit.files, &error) != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  else if (is_good)
    save(request, &edit);
  onus_case_files_free(&edit.files);
  json_decref(body);
}

void onus_route_case_put(onus_request *request) {
  edit_case(request, onus_save_edit, true);
}

void onus_route_case_check(onus_request *request) {
  edit_case(request, onus_save_try, false);
}
