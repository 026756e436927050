/* What is kept in collections: the export of a case brought up to date, and objects added one by one. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"
#include "server/fail.h"
#include "server/handles.h"
#include "server/server_internal.h"
#include "server/taxii.h"
#include "server/work.h"

enum { BUNDLE_BYTES = 256 << 20, EXPORT_S = 120 };

/* --- adding ---------------------------------------------------------------------------------------------------- */

/* The time of the next object: now, and behind the last one whatever the clock says. */
static onus_status next_time(onus_db *db, const char *collection, int64_t *ret_us, onus_error *error) {
  int64_t last = 0, now = onus_clock_now_us();
  SERVER_TRY(
      onus_db_number(db, 0, &last, error, "SELECT max(added) FROM taxii_objects WHERE collection=?", "t", collection));
  *ret_us = now > last ? now : last + 1;
  return ONUS_OK;
}

/* Whether that version is there; an object without versions is there as soon as one of its id is. */
static onus_status find_object(onus_db *db, const onus_collection *collection, const onus_stix_object *object,
                               int64_t *ret_added_us, onus_error *error) {
  if (object->key[0] == '\0')
    return onus_db_number(db, 0, ret_added_us, error,
                          "SELECT min(added) FROM taxii_objects WHERE collection=? AND object=?", "tt", collection->id,
                          object->id);
  return onus_db_number(db, 0, ret_added_us, error,
                        "SELECT added FROM taxii_objects WHERE collection=? AND object=? AND spec=? AND key=?", "tttt",
                        collection->id, object->id, object->spec, object->key);
}

/* Why a member may not add it. */
static onus_status check_room(onus_db *db, const onus_collection *collection, const onus_stix_object *object,
                              const char **ret_refusal, onus_error *error) {
  int64_t n_own = 0, n = 0, bytes = 0;
  SERVER_TRY(onus_db_number(db, 0, &n_own, error,
                            "SELECT count(*) FROM taxii_objects WHERE collection=? AND object=? AND account IS NULL",
                            "tt", collection->id, object->id));
  SERVER_TRY(
      onus_db_number(db, 0, &n, error, "SELECT n FROM taxii_collections WHERE collection=?", "t", collection->id));
  SERVER_TRY(onus_db_number(db, 0, &bytes, error, "SELECT bytes FROM taxii_collections WHERE collection=?", "t",
                            collection->id));
  if (n_own > 0)
    *ret_refusal = "the object is the case's own; change the case instead";
  else if (n >= ONUS_TAXII_ADDED || bytes + (int64_t)object->length > ONUS_TAXII_ADDED_BYTES)
    *ret_refusal = "the collection takes no more objects";
  return ONUS_OK;
}

onus_status onus_collection_add(onus_db *db, const onus_collection *collection, const onus_stix_object *object,
                                const char *account, int64_t mark, int64_t *ret_added_us, const char **ret_refusal,
                                onus_error *error) {
  char version[ONUS_TIME_TEXT_BYTES], key[ONUS_TAXII_KEY_BYTES];
  *ret_refusal = NULL;
  SERVER_TRY(find_object(db, collection, object, ret_added_us, error));
  if (*ret_added_us > 0)
    return account != NULL
               ? ONUS_OK
               : onus_db_run(db, error, "UPDATE taxii_objects SET mark=?3 WHERE collection=?1 AND object=?2", "tti",
                             collection->id, object->id, mark);
  if (account != NULL)
    SERVER_TRY(check_room(db, collection, object, ret_refusal, error));
  if (*ret_refusal != NULL)
    return ONUS_OK;
  SERVER_TRY(next_time(db, collection->id, ret_added_us, error));
  onus_clock_text(*ret_added_us, version);
  if (!onus_taxii_key(version, key))
    return SERVER_FAIL(error, ONUS_INTERNAL, NULL, "the clock says %s", version);
  bool has_version = object->key[0] != '\0'; /* otherwise it is when it was added */
  SERVER_TRY(onus_db_run(
      db, error,
      "INSERT INTO taxii_objects(collection, added, object, type, spec, key, version, account, mark, bytes) "
      "VALUES(?,?,?,?,?,?,?,?,?,?)",
      "tittttttib", collection->id, *ret_added_us, object->id, object->type, object->spec,
      has_version ? object->key : key, has_version ? object->version : version, account, mark, object->bytes,
      object->length));
  if (account == NULL)
    return ONUS_OK;
  return onus_db_run(db, error, "UPDATE taxii_collections SET n=n+1, bytes=bytes+?2 WHERE collection=?1", "ti",
                     collection->id, (int64_t)object->length);
}

/* --- the export of a case -------------------------------------------------------------------------------------- */

static bool go_on(void *context, double share_done) {
  const int64_t *until_us = context;
  (void)share_done;
  return onus_clock_steady_us() < *until_us;
}

static onus_status known_version(onus_server *server, const onus_collection *collection, int64_t *ret_version,
                                 onus_error *error) {
  onus_db *db = NULL;
  SERVER_TRY(onus_data_begin_read(server->data, &db, error));
  onus_status status = onus_db_number(db, 0, ret_version, error,
                                      "SELECT version FROM taxii_collections WHERE collection=?", "t", collection->id);
  onus_data_end_read(server->data, db);
  return status;
}

/* Writes the last export into the folder, so that objects keep their identifiers. */
static onus_status write_previous(onus_server *server, const onus_collection *collection, const char *folder,
                                  onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *row = NULL;
  bool has_row = false;
  SERVER_TRY(onus_data_begin_read(server->data, &db, error));
  onus_status status =
      onus_db_query(db, &row, error, "SELECT bundle FROM taxii_collections WHERE collection=? AND bundle IS NOT NULL",
                    "t", collection->id);
  if (status == ONUS_OK)
    status = onus_db_step(db, row, &has_row, error);
  if (status == ONUS_OK && has_row) {
    status = onus_work_write(folder, "previous.json", sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0),
                             error);
    onus_db_done(row);
  }
  onus_data_end_read(server->data, db);
  return status;
}

/* As everybody may see it: nothing that was opened to somebody, nothing that is behind a seal. */
static onus_status export_case(onus_server *server, const onus_collection *collection, onus_text *ret_text,
                               onus_error *error) {
  onus_access access = {.role = ONUS_ROLE_READER, .head = collection->head};
  char folder[ONUS_WORK_NAME_BYTES], path[ONUS_WORK_NAME_BYTES + 16];
  onus_handle *handle = NULL;
  int64_t until_us = onus_clock_steady_us() + EXPORT_S * 1000000LL;
  SERVER_TRY(onus_handles_take(server, collection->alias, collection->head, &access, &handle, error));
  onus_status status = onus_work_make(folder, error);
  if (status == ONUS_OK)
    status = write_previous(server, collection, folder, error);
  snprintf(path, sizeof path, "%s/previous.json", folder);
  if (status == ONUS_OK) {
    onus_options options = {.progress = go_on, .progress_context = &until_us};
    onus_stix_options stix = {.previous = path, .may_be_missing = true};
    status = onus_case_export_stix(onus_handle_case(handle), &options, &stix, ret_text, error);
  }
  onus_work_remove(folder);
  onus_handles_give_back(server, handle);
  return status;
}

/* The list of objects in a bundle that the library wrote; NULL: there is none. */
static const char *objects_of(const onus_text *bundle) {
  static const char NAME[] = "\"objects\":[";
  const char *at = strstr(bundle->bytes, NAME);
  return at != NULL ? at + sizeof NAME - 2 : NULL;
}

/* Everybody with an account may read it. */
static onus_status export_reference(onus_server *server, const onus_collection *collection, onus_text *ret_text,
                                    onus_error *error) {
  char folder[ONUS_WORK_NAME_BYTES], path[ONUS_WORK_NAME_BYTES + 16];
  onus_reference *reference = NULL;
  onus_status status = onus_work_make(folder, error);
  if (status == ONUS_OK)
    status = write_previous(server, collection, folder, error);
  if (status == ONUS_OK)
    status = onus_reference_open(server->reference, &reference, error);
  snprintf(path, sizeof path, "%s/previous.json", folder);
  if (status == ONUS_OK)
    status = onus_reference_export_stix(reference, &(onus_stix_options){.previous = path, .may_be_missing = true},
                                        ret_text, error);
  onus_reference_close(reference);
  onus_work_remove(folder);
  return status;
}

/* Whether what is kept since the version `known` will do. */
static bool is_fresh(const onus_collection *collection, int64_t known) {
  return collection->is_reference ? collection->head - known < ONUS_TAXII_REFERENCE_US && known <= collection->head
                                  : known >= collection->head;
}

static onus_status keep_export(onus_db *db, const onus_collection *collection, const onus_text *bundle,
                               onus_error *error) {
  int64_t known = 0, added_us = 0;
  const char *at = objects_of(bundle), *bytes = NULL, *refusal = NULL;
  size_t length = 0;
  SERVER_TRY(onus_db_number(db, 0, &known, error, "SELECT version FROM taxii_collections WHERE collection=?", "t",
                            collection->id));
  if (is_fresh(collection, known))
    return ONUS_OK; /* somebody else was faster */
  SERVER_TRY(onus_db_run(db, error,
                         "INSERT INTO taxii_collections(collection, case_id, version, n, bytes) VALUES(?,?,0,0,0) "
                         "ON CONFLICT(collection) DO NOTHING",
                         "tt", collection->id, collection->is_reference ? NULL : collection->alias));
  while (at != NULL && onus_json_list_next(&at, &bytes, &length)) {
    onus_stix_object object;
    const char *wrong = onus_stix_object_read(bytes, length, &object);
    if (wrong != NULL) /* an object of others that was handed on */
      continue;
    SERVER_TRY(onus_collection_add(db, collection, &object, NULL, collection->head, &added_us, &refusal, error));
  }
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM taxii_objects WHERE collection=? AND account IS NULL AND mark<>?",
                         "ti", collection->id, collection->head));
  return onus_db_run(db, error, "UPDATE taxii_collections SET version=?2, bundle=?3 WHERE collection=?1", "tib",
                     collection->id, collection->head, bundle->bytes, bundle->length);
}

onus_status onus_collection_refresh(onus_server *server, const onus_collection *collection, onus_error *error) {
  onus_text bundle = {0};
  onus_db *db = NULL;
  int64_t known = 0;
  SERVER_TRY(known_version(server, collection, &known, error));
  if (is_fresh(collection, known))
    return ONUS_OK;
  SERVER_TRY((collection->is_reference ? export_reference : export_case)(server, collection, &bundle, error));
  onus_status status = onus_data_begin_change(server->data, &db, error);
  if (status == ONUS_OK) {
    status = keep_export(db, collection, &bundle, error);
    status = onus_data_end_change(server->data, db, status, error);
  }
  onus_text_free(&bundle);
  return status;
}
