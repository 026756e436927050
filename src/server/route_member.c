#include <stdio.h>
#include <string.h>

#include "server/account.h"
#include "server/asked.h"
#include "server/audit.h"
#include "server/body.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/route_case.h"
#include "server/rows.h"
#include "server/server_internal.h"

static json_t *member_json(sqlite3_stmt *row) {
  const char *position = onus_db_text(row, 2);
  onus_role role = (onus_role)sqlite3_column_int(row, 1);
  return json_pack("{s:s,s:s,s:s?}", "user", onus_db_text(row, 0), "role", onus_role_word(role), "position",
                   position[0] != '\0' ? position : NULL);
}

void onus_route_members_get(onus_request *request) {
  onus_rows_reply(request, "members", member_json,
                  "SELECT account, role, position FROM members WHERE case_id=? ORDER BY account", request->place[0],
                  NULL);
}

typedef struct membership {
  onus_role role;
  const char *word, *position; /* "" without one */
  bool is_there;
} membership;

/* Who is at a position reads what was opened to it. So once something was, those at the position alone say who joins
 * them: an owner of the case who is not among them cannot, for himself or for anybody else. */
static onus_status check_joining(onus_request *request, onus_db *db, const char *account, const char *position,
                                 onus_error *error) {
  int64_t n_opened = 0, is_there = 0;
  if (position[0] == '\0')
    return ONUS_OK;
  /* Who opened an item has seen it, and everybody on the machine had while the server was local. */
  SERVER_TRY(onus_db_number(
      db, 0, &n_opened, error,
      "SELECT count(*) FROM openings WHERE case_id=? AND position=? AND account NOT IN (?, '" ONUS_ACCOUNT_LOCAL "')",
      "ttt", request->place[0], position, request->identity.account));
  SERVER_TRY(onus_db_number(db, 0, &is_there, error,
                            "SELECT count(*) FROM members WHERE case_id=? AND position=? AND (account=? OR account=?)",
                            "tttt", request->place[0], position, account, request->identity.account));
  if (n_opened > 0 && is_there == 0)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL,
                       "sealed items were opened to the position %s: only somebody who is at it may add to it",
                       position);
  return ONUS_OK;
}

static onus_status keep_an_owner(onus_request *request, onus_db *db, onus_error *error) {
  int64_t n = 0;
  SERVER_TRY(onus_db_number(db, 0, &n, error, "SELECT count(*) FROM members WHERE case_id=? AND role=?", "ti",
                            request->place[0], (int64_t)ONUS_ROLE_OWNER));
  return n > 0 ? ONUS_OK : SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "a case must have an owner");
}

static onus_status put(onus_request *request, onus_db *db, void *context, onus_error *error) {
  membership *m = context;
  const char *account = request->place[1];
  int64_t n = 0;
  SERVER_TRY(onus_db_number(db, 0, &n, error, "SELECT count(*) FROM accounts WHERE name=?", "t", account));
  m->is_there = n > 0;
  if (n == 0)
    return ONUS_OK;
  SERVER_TRY(check_joining(request, db, account, m->position, error));
  SERVER_TRY(onus_db_run(db, error,
                         "INSERT INTO members(case_id, account, role, position) VALUES(?,?,?,?) ON CONFLICT(case_id, "
                         "account) DO UPDATE SET role=excluded.role, position=excluded.position",
                         "ttit", request->place[0], account, (int64_t)m->role, m->position));
  SERVER_TRY(keep_an_owner(request, db, error));
  return onus_audit_add(db, request->identity.account, "member", request->place[0], error, "%s: %s%s%s", account,
                        m->word, m->position[0] != '\0' ? " at " : "", m->position);
}

/* A position that the case has; one is needed by whoever is to open sealed items. */
static bool check_position(onus_request *request, const char *position) {
  onus_handle *handle = NULL;
  onus_error error = {0};
  if (position[0] == '\0')
    return true;
  if (strlen(position) >= ONUS_NAME_BYTES || strcmp(position, ONUS_POSITION_ALL) == 0) {
    onus_reply_refusal(request, 422, "bad-input", "the case has no such position");
    return false;
  }
  if (onus_handles_take(request->server, request->place[0], 0, &request->access, &handle, &error) != ONUS_OK) {
    onus_reply_error(request, &error, NULL);
    return false;
  }
  bool is_there = onus_case_has_position(onus_handle_case(handle), position);
  onus_handles_give_back(request->server, handle);
  if (!is_there)
    onus_reply_refusal(request, 422, "bad-input", "the case has no position \"%.60s\"", position);
  return is_there;
}

static void put_member(onus_request *request, membership *m) {
  m->role = strcmp(m->word, "owner") == 0   ? ONUS_ROLE_OWNER
            : strcmp(m->word, "party") == 0 ? ONUS_ROLE_PARTY
                                            : ONUS_ROLE_READER;
  if (m->role == ONUS_ROLE_READER && strcmp(m->word, "reader") != 0) {
    onus_reply_refusal(request, 422, "bad-input", "\"role\" is owner, party or reader");
    return;
  }
  if (m->role == ONUS_ROLE_READER && m->position[0] != '\0') {
    onus_reply_refusal(request, 422, "bad-input", "a reader has no position");
    return;
  }
  if (!check_position(request, m->position) || !onus_change_make(request, put, m))
    return;
  if (!m->is_there) {
    onus_reply_refusal(request, 404, "not-found", "there is no account of that name");
    return;
  }
  onus_events_end(request->server, request->place[0], request->place[1], NULL);
  onus_reply_nothing(request);
}

void onus_route_member_put(onus_request *request) {
  json_t *body = onus_body_object(request, "role position");
  membership m = {0};
  m.word = body != NULL ? onus_body_text(request, body, "role", true) : NULL;
  m.position = m.word != NULL ? onus_body_text(request, body, "position", false) : NULL;
  if (m.position == NULL)
    m.position = "";
  if (m.word != NULL && !onus_body_is_refused(request))
    put_member(request, &m);
  json_decref(body);
}

static onus_status drop(onus_request *request, onus_db *db, void *context, onus_error *error) {
  bool *ret_is_there = context;
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM members WHERE case_id=? AND account=?", "tt", request->place[0],
                         request->place[1]));
  *ret_is_there = onus_db_changes(db) > 0;
  if (!*ret_is_there)
    return ONUS_OK;
  SERVER_TRY(keep_an_owner(request, db, error));
  return onus_audit_add(db, request->identity.account, "member-removed", request->place[0], error, "%s",
                        request->place[1]);
}

void onus_route_member_delete(onus_request *request) {
  bool is_there = false;
  if (!onus_change_make(request, drop, &is_there))
    return;
  onus_events_end(request->server, request->place[0], request->place[1], NULL);
  if (is_there)
    onus_reply_nothing(request);
  else
    onus_reply_refusal(request, 404, "not-found", "there is no such member");
}
