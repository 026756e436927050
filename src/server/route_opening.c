/* Sealed items are opened by proofs. What a proof discloses is kept for the position of whoever brought it; handles.c
 * puts it into that position's folders and no other. */
#include <stdio.h>
#include <string.h>

#include "server/asked.h"
#include "server/audit.h"
#include "server/clock.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/route_case.h"
#include "server/rows.h"
#include "server/server_internal.h"
#include "server/work.h"

enum { POSITIONS = 64 };

static json_t *opening_json(sqlite3_stmt *row) {
  return json_pack("{s:s,s:s,s:s,s:o}", "item", onus_db_text(row, 0), "position", onus_db_text(row, 1), "user",
                   onus_db_text(row, 2), "time", onus_row_time(row, 3));
}

void onus_route_openings_get(onus_request *request) {
  onus_rows_reply(
      request, "openings", opening_json,
      "SELECT DISTINCT item, position, account, time FROM openings WHERE case_id=?2 AND (position=?1 OR ?1='" ONUS_POSITION_ALL
      "') AND ?1<>'' ORDER BY time",
      request->access.position, request->place[0]);
}

/* What one proof opened. */
typedef struct opening {
  const char *position;
  onus_text item;
  onus_case_files files; /* of the folder `opened` */
} opening;

static onus_status keep(onus_request *request, onus_db *db, void *context, onus_error *error) {
  const opening *o = context;
  const char *account = request->identity.account;
  int64_t now_us = onus_clock_now_us(), last_us = 0;
  /* Of what is opened twice the later is shown, whatever the clock says. */
  SERVER_TRY(onus_db_number(db, 0, &last_us, error, "SELECT coalesce(max(time), 0) FROM openings WHERE case_id=?", "t",
                            request->place[0]));
  if (now_us <= last_us)
    now_us = last_us + 1;
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM openings WHERE case_id=? AND position=? AND item=?", "ttt",
                         request->place[0], o->position, o->item.bytes));
  for (size_t i = 0; i < o->files.count; i++)
    SERVER_TRY(onus_db_run(db, error,
                           "INSERT INTO openings(case_id, position, item, path, bytes, account, time) "
                           "VALUES(?,?,?,?,?,?,?)",
                           "ttttbti", request->place[0], o->position, o->item.bytes, o->files.files[i].path,
                           o->files.files[i].bytes, o->files.files[i].length, account, now_us));
  SERVER_TRY(onus_case_touch(db, request->place[0], error));
  return onus_audit_add(db, account, "opened", request->place[0], error, "%.100s to %s", o->item.bytes, o->position);
}

/* The only user of a local server is at every position: an item that is open to one stays so when it is opened to
 * another. */
static onus_status other_positions(onus_request *request, const opening *o, char text[POSITIONS][ONUS_NAME_BYTES],
                                   const char *positions[POSITIONS], size_t *ret_count, onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *rows = NULL;
  bool has_row = true;
  size_t count = 0;
  positions[count++] = o->position;
  SERVER_TRY(onus_data_begin_read(request->server->data, &db, error));
  onus_status status = onus_db_query(
      db, &rows, error, "SELECT DISTINCT position FROM openings WHERE case_id=? AND item=? AND position<>? LIMIT 63",
      "ttt", request->place[0], o->item.bytes, o->position);
  while (status == ONUS_OK && has_row) {
    status = onus_db_step(db, rows, &has_row, error);
    if (status == ONUS_OK && has_row) {
      snprintf(text[count], ONUS_NAME_BYTES, "%s", onus_db_text(rows, 0));
      positions[count] = text[count];
      count++;
    }
  }
  onus_data_end_read(request->server->data, db);
  *ret_count = count;
  return status;
}

static onus_status unseal(onus_request *request, opening *o, const char *inside, const char *proof, onus_error *error) {
  char text[POSITIONS][ONUS_NAME_BYTES];
  const char *positions[POSITIONS] = {o->position};
  onus_unseal_options options = {.proof = proof, .positions = positions, .n_positions = 1};
  SERVER_TRY(onus_case_unseal(inside, &options, &o->item, error));
  if (!request->identity.is_local)
    return ONUS_OK;
  SERVER_TRY(other_positions(request, o, text, positions, &options.n_positions, error));
  if (options.n_positions == 1)
    return ONUS_OK;
  onus_text_free(&o->item);
  return onus_case_unseal(inside, &options, &o->item, error);
}

/* In a folder of its own with the newest version, as nobody sees it yet. */
static onus_status open_proof(onus_request *request, opening *o, char folder[ONUS_WORK_NAME_BYTES], onus_error *error) {
  onus_db *db = NULL;
  onus_case_version version = {0};
  onus_case_files files = {0};
  char proof[ONUS_WORK_NAME_BYTES + 16], inside[ONUS_WORK_NAME_BYTES + 16];
  SERVER_TRY(onus_work_make(folder, error));
  SERVER_TRY(onus_data_begin_read(request->server->data, &db, error));
  onus_status status = onus_version_read(db, request->place[0], 0, &version, error);
  if (status == ONUS_OK)
    status = onus_case_files_read(db, version.set_id, &files, error);
  onus_data_end_read(request->server->data, db);
  snprintf(inside, sizeof inside, "%s/case", folder);
  snprintf(proof, sizeof proof, "%s/proof", folder);
  if (status == ONUS_OK)
    status = onus_work_write(inside, version.path, version.text, version.text_bytes, error);
  if (status == ONUS_OK)
    status = onus_work_write_files(inside, &files, error);
  if (status == ONUS_OK)
    status = onus_work_write(folder, "proof", request->body, request->body_bytes, error);
  if (status == ONUS_OK)
    status = unseal(request, o, inside, proof, error);
  if (status == ONUS_OK)
    status = onus_work_read_files(inside, "opened", true, &o->files, NULL, error);
  onus_version_free(&version);
  onus_case_files_free(&files);
  return status;
}

void onus_route_openings_post(onus_request *request) {
  const char *asked = onus_request_query(request, "position"), *own = request->access.position;
  opening o = {.position = request->identity.is_local ? asked : own};
  char folder[ONUS_WORK_NAME_BYTES] = "";
  onus_error error = {0};
  if (o.position == NULL || o.position[0] == '\0') {
    onus_reply_refusal(request, 400, "bad-argument", "an item is opened to a position, and you are at none");
    return;
  }
  if (asked != NULL && strcmp(asked, o.position) != 0) {
    onus_reply_refusal(request, 403, "forbidden", "you are at the position %s; only those at another open items to it",
                       o.position);
    return;
  }
  if (request->body_bytes == 0)
    onus_reply_refusal(request, 422, "bad-input", "the body must be a proof, as \"onus reveal\" writes it");
  else if (open_proof(request, &o, folder, &error) != ONUS_OK)
    onus_reply_error(request, &error, NULL);
  else if (onus_change_make(request, keep, &o))
    onus_reply_json(request, 201, json_pack("{s:s,s:s}", "item", o.item.bytes, "position", o.position));
  onus_work_remove(folder);
  onus_case_files_free(&o.files);
  onus_text_free(&o.item);
}
