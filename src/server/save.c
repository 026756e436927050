#include "server/save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/fail.h"
#include "server/reply.h"
#include "server/server_internal.h"
#include "server/work.h"

void onus_case_heading_free(onus_case_heading *heading) {
  free(heading->title);
  free(heading->question);
  *heading = (onus_case_heading){0};
}

static onus_status copy_heading(const onus_case *c, onus_case_heading *ret_heading, onus_error *error) {
  onus_case_summary summary = onus_case_summarise(c);
  onus_case_heading heading = {strdup(summary.title != NULL ? summary.title : ""),
                               strdup(summary.question != NULL ? summary.question : "")};
  if (heading.title == NULL || heading.question == NULL) {
    onus_case_heading_free(&heading);
    return SERVER_NO_MEMORY(error);
  }
  *ret_heading = heading;
  return ONUS_OK;
}

static onus_status check_sealed(const onus_case *c, onus_error *error) {
  onus_sealed_item item;
  for (size_t i = 0; onus_case_sealed_item(c, NULL, i, &item); i++)
    if (item.is_held)
      return SERVER_FAIL(
          error, ONUS_BAD_INPUT, NULL,
          "the item %.100s is sealed, and the case file holds what was sealed: whoever may read the case "
          "would read it. Take it out (onus seal does) and open it to a position by its proof",
          item.id);
  return ONUS_OK;
}

onus_status onus_save_check(const char *path, const char *text, size_t text_bytes, const onus_case_files *files,
                            onus_case_heading *ret_heading, onus_problems **ret_problems, onus_error *error) {
  char folder[ONUS_WORK_NAME_BYTES];
  onus_case *c = NULL;
  if (text_bytes > ONUS_CASE_TEXT_BYTES)
    return SERVER_FAIL(error, ONUS_LIMIT, NULL, "the case file is larger than %d bytes", ONUS_CASE_TEXT_BYTES);
  onus_status status = onus_work_make(folder, error);
  if (status == ONUS_OK)
    status = onus_work_write(folder, path, text, text_bytes, error);
  if (status == ONUS_OK)
    status = onus_work_write_files(folder, files, error);
  if (status == ONUS_OK)
    status = onus_case_open(folder, &c, ret_problems, error);
  if (status == ONUS_OK)
    status = check_sealed(c, error);
  if (status == ONUS_OK && ret_heading != NULL)
    status = copy_heading(c, ret_heading, error);
  onus_case_free(c);
  onus_work_remove(folder);
  return status;
}

/* Answers what is known of a version that was kept. */
static void reply_version(onus_request *request, unsigned status, const char *case_id, int64_t number, bool is_merged) {
  char location[160];
  snprintf(location, sizeof location, "/api/v1/cases/%s/versions/%lld", case_id, (long long)number);
  onus_reply_json(request, status,
                  json_pack("{s:s,s:I,s:b}", "id", case_id, "version", (json_int_t)number, "merged", is_merged));
  onus_reply_header(request, "Location", location);
}

void onus_save_case(onus_request *request, const char *case_id, const char *note, const char *path, const char *text,
                    size_t text_bytes, const onus_case_files *files) {
  onus_server *server = request->server;
  const char *account = request->identity.account;
  onus_case_heading heading = {0};
  onus_problems *problems = NULL;
  onus_error error = {0};
  onus_db *db = NULL;
  int64_t number = 0, time_us = 0;
  onus_status status = onus_save_check(path, text, text_bytes, files, &heading, &problems, &error);
  if (status == ONUS_OK)
    status = onus_data_begin_change(server->data, &db, &error);
  if (db != NULL) {
    onus_version_new version = {.case_id = case_id,
                                .author = account,
                                .note = note,
                                .title = heading.title,
                                .question = heading.question,
                                .path = path,
                                .text = text,
                                .text_bytes = text_bytes,
                                .files = files};
    status = onus_case_add(db, case_id, account, &error);
    if (status == ONUS_OK)
      status = onus_version_add(db, &version, &number, &time_us, &error);
    status = onus_data_end_change(server->data, db, status, &error);
    onus_auth_forget(server);
  }
  if (status == ONUS_OK)
    reply_version(request, 201, case_id, number, false);
  else
    onus_reply_error(request, &error, problems);
  onus_problems_free(problems);
  onus_case_heading_free(&heading);
}

/* --- editing --------------------------------------------------------------------------------------------------- */

/* One edit on its way. */
typedef struct editing {
  onus_request *request;
  const onus_edit *edit;
  const char *case_id;
  onus_case_version base, head;
  onus_case_files files; /* of the head, with the edit's */
  onus_text mine;        /* what the edit made of the base */
  onus_text merged;      /* and of the head */
  onus_text conflicts;   /* JSON */
  size_t n_conflicts;
  onus_case_heading heading;
  onus_problems *problems;
  bool are_files_new;
} editing;

static void forget_head(editing *e) {
  onus_version_free(&e->head);
  onus_case_files_free(&e->files);
  onus_text_free(&e->merged);
  onus_text_free(&e->conflicts);
  onus_case_heading_free(&e->heading);
  onus_problems_free(e->problems);
  e->problems = NULL;
}

static void editing_free(editing *e) {
  forget_head(e);
  onus_version_free(&e->base);
  onus_text_free(&e->mine);
}

static onus_document_text text_of(const onus_case_version *version) {
  return (onus_document_text){version->text, version->text_bytes, strcmp(version->path, "case.json") == 0};
}

/* A copy in the library's hands, so that all texts are freed alike. */
static onus_status copy_text(const char *bytes, size_t length, onus_text *ret_text, onus_error *error) {
  char *copy = malloc(length + 1);
  if (copy == NULL)
    return SERVER_NO_MEMORY(error);
  memcpy(copy, bytes, length);
  copy[length] = '\0';
  *ret_text = (onus_text){copy, length};
  return ONUS_OK;
}

static onus_status make_mine(editing *e, onus_error *error) {
  const onus_edit *edit = e->edit;
  onus_document_text base = text_of(&e->base), document = {edit->document, edit->document_bytes, true};
  if (edit->text != NULL)
    return copy_text(edit->text, edit->text_bytes, &e->mine, error);
  if (edit->document == NULL)
    return copy_text(e->base.text, e->base.text_bytes, &e->mine, error);
  if (base.is_json)
    return copy_text(edit->document, edit->document_bytes, &e->mine, error);
  return onus_document_to_yaml(&document, &base, &e->mine, error);
}

static onus_status read_head(editing *e, onus_error *error) {
  onus_server *server = e->request->server;
  onus_db *db = NULL;
  SERVER_TRY(onus_data_begin_read(server->data, &db, error));
  onus_status status = onus_version_read(db, e->case_id, 0, &e->head, error);
  if (status == ONUS_OK)
    status = onus_case_files_read(db, e->head.set_id, &e->files, error);
  if (status == ONUS_OK && e->base.text == NULL)
    status = onus_version_read(db, e->case_id, e->edit->base > 0 ? e->edit->base : e->head.number, &e->base, error);
  onus_data_end_read(server->data, db);
  return status;
}

/* Files are taken whole: the last who sends one of a path has it. */
static onus_status edit_files(editing *e, onus_error *error) {
  const onus_edit *edit = e->edit;
  e->are_files_new = edit->files.count > 0 || edit->n_removed > 0;
  for (size_t i = 0; i < edit->n_removed; i++)
    if (!onus_case_files_remove(&e->files, edit->removed[i]))
      return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "the case has no file \"%.200s\"", edit->removed[i]);
  for (size_t i = 0; i < edit->files.count; i++) {
    const onus_case_file *file = &edit->files.files[i];
    char *bytes = malloc(file->length + 1);
    (void)onus_case_files_remove(&e->files, file->path);
    if (bytes != NULL)
      memcpy(bytes, file->bytes, file->length);
    if (bytes == NULL)
      return SERVER_NO_MEMORY(error);
    SERVER_TRY(onus_case_files_add(&e->files, strdup(file->path), bytes, file->length, error));
  }
  return ONUS_OK;
}

static onus_status merge(editing *e, onus_error *error) {
  if (e->head.number == e->base.number)
    return copy_text(e->mine.bytes, e->mine.length, &e->merged, error);
  onus_document_text base = text_of(&e->base), theirs = text_of(&e->head);
  onus_document_text mine = {e->mine.bytes, e->mine.length, base.is_json};
  return onus_document_merge(&base, &mine, &theirs, &e->merged, &e->conflicts, &e->n_conflicts, error);
}

/* All but keeping it. */
static onus_status prepare(editing *e, onus_error *error) {
  forget_head(e);
  SERVER_TRY(read_head(e, error));
  if (e->mine.bytes == NULL)
    SERVER_TRY(make_mine(e, error));
  SERVER_TRY(edit_files(e, error));
  SERVER_TRY(merge(e, error));
  if (e->n_conflicts > 0)
    return ONUS_OK;
  return onus_save_check(e->head.path, e->merged.bytes, e->merged.length, &e->files, &e->heading, &e->problems, error);
}

static bool is_unchanged(const editing *e) {
  return !e->are_files_new && e->merged.length == e->head.text_bytes &&
         memcmp(e->merged.bytes, e->head.text, e->merged.length) == 0;
}

/* *ret_is_late: somebody else was first, and it has to be prepared again. */
static onus_status keep(editing *e, int64_t *ret_number, bool *ret_is_late, onus_error *error) {
  onus_server *server = e->request->server;
  onus_db *db = NULL;
  int64_t newest = 0, time_us = 0;
  const char *account = e->request->identity.account;
  onus_version_new version = {.case_id = e->case_id,
                              .author = account,
                              .note = e->edit->note != NULL ? e->edit->note : "",
                              .title = e->heading.title,
                              .question = e->heading.question,
                              .path = e->head.path,
                              .text = e->merged.bytes,
                              .text_bytes = e->merged.length,
                              .files = e->are_files_new ? &e->files : NULL,
                              .set_id = e->head.set_id};
  SERVER_TRY(onus_data_begin_change(server->data, &db, error));
  onus_status status = onus_db_number(db, 0, &newest, error,
                                      "SELECT coalesce(max(number), 0) FROM versions WHERE "
                                      "case_id=?",
                                      "t", e->case_id);
  bool is_late = status == ONUS_OK && newest != e->head.number;
  if (status == ONUS_OK && newest == 0)
    status = SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "the case is no longer there");
  else if (status == ONUS_OK && !is_late)
    status = onus_version_add(db, &version, ret_number, &time_us, error);
  status = onus_data_end_change(server->data, db, status, error);
  *ret_is_late = is_late;
  if (status == ONUS_OK && !is_late) {
    onus_auth_forget(server);
    onus_events_version(server, e->case_id, *ret_number, account, time_us);
  }
  return status;
}

static bool is_to_be_kept(const editing *e) {
  return e->n_conflicts == 0 && !is_unchanged(e);
}

/* The first try is prepared beside others'. Who was late with it prepares again while nobody else keeps an edit. */
static onus_status edit_case(editing *e, int64_t *ret_number, onus_error *error) {
  pthread_mutex_t *keeping = &e->request->server->keeping;
  bool is_late = false;
  SERVER_TRY(prepare(e, error));
  if (!is_to_be_kept(e))
    return ONUS_OK;
  pthread_mutex_lock(keeping);
  onus_status status = keep(e, ret_number, &is_late, error);
  if (status == ONUS_OK && is_late)
    status = prepare(e, error);
  if (status == ONUS_OK && is_late && is_to_be_kept(e))
    status = keep(e, ret_number, &is_late, error);
  pthread_mutex_unlock(keeping);
  return status;
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static void reply_conflicts(editing *e) {
  char *bytes = NULL;
  int length = asprintf(&bytes,
                        "{\"error\":{\"status\":\"conflict\",\"text\":\"others changed the same since version %lld\"},"
                        "\"version\":%lld,%s",
                        (long long)e->base.number, (long long)e->head.number, strchr(e->conflicts.bytes, '{') + 1);
  if (length < 0)
    onus_reply_refusal(e->request, 503, "no-memory", "no memory is left");
  else
    onus_reply_bytes(e->request, 409, ONUS_TYPE_JSON, bytes, (size_t)length);
}

/* Lines and columns of problems count in a text that whoever sent a document has not seen. */
static void reply_problems(editing *e, const onus_error *error) {
  onus_request *request = e->request;
  if (e->problems == NULL || (e->edit->document == NULL && e->head.number == e->base.number))
    onus_reply_error(request, error, e->problems);
  else
    onus_reply_error_with(request, error, e->problems, "text_checked", json_stringn(e->merged.bytes, e->merged.length));
}

void onus_save_edit(onus_request *request, const onus_edit *edit) {
  editing e = {.request = request, .edit = edit, .case_id = request->place[0]};
  onus_error error = {0};
  int64_t number = 0;
  onus_status status = edit_case(&e, &number, &error);
  if (status != ONUS_OK)
    reply_problems(&e, &error);
  else if (e.n_conflicts > 0)
    reply_conflicts(&e);
  else if (number > 0)
    reply_version(request, 201, e.case_id, number, e.head.number != e.base.number);
  else if (is_unchanged(&e))
    reply_version(request, 200, e.case_id, e.head.number, e.head.number != e.base.number);
  else
    onus_reply_refusal(request, 503, "busy", "the case was removed and made again meanwhile; read it again");
  editing_free(&e);
}

void onus_save_try(onus_request *request, const onus_edit *edit) {
  editing e = {.request = request, .edit = edit, .case_id = request->place[0]};
  onus_error error = {0};
  onus_status status = prepare(&e, &error);
  if (status != ONUS_OK)
    reply_problems(&e, &error);
  else if (e.n_conflicts > 0)
    reply_conflicts(&e);
  else
    onus_reply_json(request, 200, json_pack("{s:[]}", "problems"));
  editing_free(&e);
}
