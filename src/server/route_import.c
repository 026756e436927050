#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/asked.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/route_assess.h"
#include "server/save.h"
#include "server/server_internal.h"
#include "server/work.h"

/* Lists of a document whose entries have ids, which a draft adds to. */
static const char *const LISTS[] = {"hypotheses", "sources", "undercutters", "evidence"};
enum { DIGITS = 16 };

/* The body as a file whose name ends as the sender said, because formats are recognised by that too. */
static onus_status import_body(onus_request *request, const char *folder, onus_case_imported **ret_imported,
                               onus_error *error) {
  const char *name = onus_request_query(request, "name"), *suffix = name != NULL ? strrchr(name, '.') : NULL;
  char inside[32] = "file", path[ONUS_WORK_NAME_BYTES + 40];
  if (suffix != NULL && strlen(suffix) < 8 &&
      strspn(suffix + 1, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(suffix + 1))
    snprintf(inside, sizeof inside, "file%.8s", suffix);
  snprintf(path, sizeof path, "%s/%s", folder, inside);
  const char *paths[] = {path};
  onus_case_import_options options = {.subject = onus_request_query(request, "subject")};
  SERVER_TRY(onus_work_write(folder, inside, request->body, request->body_bytes, error));
  return onus_case_import(paths, 1, &options, ret_imported, error);
}

static json_t *notes_json(const onus_case_imported *imported) {
  json_t *notes = json_array();
  const char *note;
  for (size_t i = 0; (note = onus_case_imported_note(imported, i)) != NULL; i++) {
    json_t *text = json_string(note);
    json_array_append_new(notes, text != NULL ? text : json_string("(a note that is not UTF-8)"));
  }
  return notes;
}

static bool has_id(const json_t *list, const char *id) {
  size_t i;
  json_t *entry;
  json_array_foreach(list, i, entry) {
    const char *other = json_string_value(json_object_get(entry, "id"));
    if (other != NULL && strcmp(other, id) == 0)
      return true;
  }
  return false;
}

/* Adds what the draft has and the case has not, by id. Gives the ids of new items. */
static json_t *add_draft(json_t *document, const json_t *draft) {
  json_t *items = json_array(), *entry;
  for (size_t k = 0; k < sizeof LISTS / sizeof *LISTS; k++) {
    json_t *list = json_object_get(document, LISTS[k]);
    size_t i;
    if (list == NULL && json_object_set_new(document, LISTS[k], json_array()) == 0)
      list = json_object_get(document, LISTS[k]);
    json_array_foreach(json_object_get(draft, LISTS[k]), i, entry) {
      const char *id = json_string_value(json_object_get(entry, "id"));
      if (id == NULL || has_id(list, id))
        continue;
      json_array_append(list, entry);
      if (strcmp(LISTS[k], "evidence") == 0)
        json_array_append_new(items, json_string(id));
    }
    if (json_array_size(list) == 0)
      json_object_del(document, LISTS[k]);
  }
  return items;
}

static onus_status document_of(const onus_case *c, json_t **ret_document, onus_error *error) {
  onus_text text = {0};
  SERVER_TRY(onus_case_document(c, NULL, &text, error));
  json_t *document = json_loadb(text.bytes, text.length, 0, NULL);
  onus_text_free(&text);
  if (document == NULL)
    return SERVER_NO_MEMORY(error);
  *ret_document = document;
  return ONUS_OK;
}

static onus_status draft_of(const onus_case_imported *imported, json_t **ret_draft, onus_error *error) {
  const char *text = onus_case_imported_text(imported);
  onus_case *c = NULL;
  onus_status status = onus_case_parse("draft", NULL, text, strlen(text), false, &c, NULL, error);
  if (status == ONUS_OK)
    status = document_of(c, ret_draft, error);
  onus_case_free(c);
  return status;
}

static void reply_draft(onus_request *request, const onus_asked *asked, const onus_case_imported *imported) {
  json_t *document = NULL, *draft = NULL;
  onus_error error = {0};
  onus_status status = document_of(onus_handle_case(asked->handle), &document, &error);
  if (status == ONUS_OK)
    status = draft_of(imported, &draft, &error);
  if (status == ONUS_OK) {
    json_t *items = add_draft(document, draft);
    json_t *json = json_pack("{s:O,s:o,s:o,s:I}", "document", document, "items", items, "notes", notes_json(imported),
                             "version", (json_int_t)onus_handle_number(asked->handle));
    char *bytes =
        json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(DIGITS)) : NULL;
    json_decref(json);
    if (bytes != NULL)
      onus_reply_bytes(request, 200, ONUS_TYPE_JSON, bytes, strlen(bytes));
    else
      onus_reply_refusal(request, 503, "no-memory", "no memory is left");
  } else {
    onus_reply_error(request, &error, NULL);
  }
  json_decref(document);
  json_decref(draft);
}

void onus_route_import(onus_request *request) {
  char folder[ONUS_WORK_NAME_BYTES];
  onus_asked asked;
  onus_case_imported *imported = NULL;
  onus_error error = {0};
  if (!onus_asked_begin(request, &asked))
    return;
  onus_status status = onus_work_make(folder, &error);
  if (status == ONUS_OK)
    status = import_body(request, folder, &imported, &error);
  if (status == ONUS_OK)
    reply_draft(request, &asked, imported);
  else
    onus_reply_error(request, &error, NULL);
  onus_case_imported_free(imported);
  onus_work_remove(folder);
  onus_asked_end(request, &asked);
}

static void save_imported(onus_request *request, const char *id, const char *folder,
                          const onus_case_imported *imported) {
  char inside[ONUS_WORK_NAME_BYTES + 16], path[16] = "", whole[ONUS_WORK_NAME_BYTES + 32], *text = NULL;
  size_t text_bytes = 0;
  onus_case_files files = {0};
  onus_error error = {0};
  snprintf(inside, sizeof inside, "%s/case", folder);
  onus_status status = onus_case_imported_write(imported, inside, &error);
  if (status == ONUS_OK)
    status = onus_work_read_files(inside, "", false, &files, path, &error);
  snprintf(whole, sizeof whole, "%s/%s", inside, path);
  if (status == ONUS_OK)
    status = onus_work_read(whole, ONUS_CASE_TEXT_BYTES, &text, &text_bytes, &error);
  if (status == ONUS_OK)
    onus_save_case(request, id, "imported", path, text, text_bytes, &files);
  else
    onus_reply_error(request, &error, NULL);
  free(text);
  onus_case_files_free(&files);
}

void onus_route_import_new(onus_request *request) {
  const char *id = onus_request_query(request, "id");
  char folder[ONUS_WORK_NAME_BYTES] = "";
  onus_case_imported *imported = NULL;
  onus_error error = {0};
  if (id == NULL) {
    onus_reply_refusal(request, 400, "bad-argument", "name the new case with ?id=");
    return;
  }
  onus_status status = onus_work_make(folder, &error);
  if (status == ONUS_OK)
    status = import_body(request, folder, &imported, &error);
  if (status == ONUS_OK)
    save_imported(request, id, folder, imported);
  else
    onus_reply_error(request, &error, NULL);
  onus_case_imported_free(imported);
  onus_work_remove(folder);
}
