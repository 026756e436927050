#include "server/route_account.h"

#include <stdio.h>
#include <string.h>

#include "server/account.h"
#include "server/audit.h"
#include "server/body.h"
#include "server/clock.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/rows.h"
#include "server/server_internal.h"

enum { LABEL_BYTES = 200, TOKENS = 100, TOKEN_DAYS = 3650 };

/* --- accounts -------------------------------------------------------------------------------------------------- */

static json_t *account_json(sqlite3_stmt *row) {
  return json_pack("{s:s,s:b,s:b,s:o}", "user", onus_db_text(row, 0), "is_administrator", sqlite3_column_int(row, 1),
                   "is_disabled", sqlite3_column_int(row, 2), "created", onus_row_time(row, 3));
}

void onus_route_accounts_get(onus_request *request) {
  onus_rows_reply(request, "accounts", account_json,
                  "SELECT name, is_administrator, is_disabled, created FROM accounts ORDER BY name", NULL, NULL);
}

/* What is asked of an account. */
typedef struct asked {
  const char *name, *password;
  char hash[128];
  bool has_administrator, is_administrator, has_disabled, is_disabled;
} asked;

static onus_status add(onus_request *request, onus_db *db, void *context, onus_error *error) {
  const asked *a = context;
  return onus_account_add(db, request->identity.account, a->name, a->hash, a->is_administrator, error);
}

void onus_route_accounts_post(onus_request *request) {
  json_t *body = onus_body_object(request, "user password is_administrator");
  asked a = {.name = body != NULL ? onus_body_text(request, body, "user", true) : NULL};
  onus_error error = {0};
  a.password = a.name != NULL ? onus_body_text(request, body, "password", true) : NULL;
  if (a.password != NULL && onus_body_boolean(request, body, "is_administrator", &a.is_administrator)) {
    if (onus_password_hash(a.password, a.hash, &error) != ONUS_OK)
      onus_reply_error(request, &error, NULL);
    else if (onus_change_make(request, add, &a))
      onus_reply_json(request, 201, json_pack("{s:s}", "user", a.name));
  }
  json_decref(body);
}

/* Nobody locks everybody out. */
static onus_status keep_an_administrator(onus_db *db, onus_error *error) {
  int64_t n = 0;
  SERVER_TRY(
      onus_db_number(db, 0, &n, error, "SELECT count(*) FROM accounts WHERE is_administrator AND NOT is_disabled", ""));
  return n > 0 ? ONUS_OK : SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "there must be an administrator");
}

static onus_status change(onus_request *request, onus_db *db, void *context, onus_error *error) {
  const asked *a = context;
  const char *by = request->identity.account;
  int64_t n_same = 0;
  SERVER_TRY(onus_db_number(db, 0, &n_same, error, "SELECT count(*) FROM accounts WHERE name=?", "t", a->name));
  if (n_same == 0)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "there is no account \"%.80s\"", a->name);
  if (a->password != NULL)
    SERVER_TRY(onus_account_set_password(db, by, a->name, a->hash, error));
  if (a->has_administrator) {
    SERVER_TRY(onus_db_run(db, error, "UPDATE accounts SET is_administrator=? WHERE name=?", "it",
                           (int64_t)a->is_administrator, a->name));
    SERVER_TRY(onus_audit_add(db, by, "account-changed", NULL, error, "%s is %san administrator", a->name,
                              a->is_administrator ? "" : "not "));
  }
  if (a->has_disabled) {
    SERVER_TRY(onus_db_run(db, error, "UPDATE accounts SET is_disabled=? WHERE name=?", "it", (int64_t)a->is_disabled,
                           a->name));
    SERVER_TRY(onus_db_run(db, error, "DELETE FROM sessions WHERE account=?", "t", a->name));
    SERVER_TRY(onus_audit_add(db, by, "account-changed", NULL, error, "%s is %s", a->name,
                              a->is_disabled ? "disabled" : "enabled"));
  }
  return keep_an_administrator(db, error);
}

static void change_account(onus_request *request, asked *a) {
  onus_error error = {0};
  if (a->password != NULL && onus_password_hash(a->password, a->hash, &error) != ONUS_OK) {
    onus_reply_error(request, &error, NULL);
    return;
  }
  if (!onus_change_make(request, change, a))
    return;
  onus_events_end(request->server, NULL, a->name, NULL);
  onus_reply_nothing(request);
}

void onus_route_account_patch(onus_request *request) {
  json_t *body = onus_body_object(request, "password is_administrator is_disabled");
  asked a = {.name = request->place[0]};
  if (body != NULL) {
    a.password = onus_body_text(request, body, "password", false);
    a.has_administrator = json_object_get(body, "is_administrator") != NULL;
    a.has_disabled = json_object_get(body, "is_disabled") != NULL;
    if (!onus_body_is_refused(request) && onus_body_boolean(request, body, "is_administrator", &a.is_administrator) &&
        onus_body_boolean(request, body, "is_disabled", &a.is_disabled))
      change_account(request, &a);
  }
  json_decref(body);
}

/* Whoever found a browser open must not be able to keep the account. */
static void change_own_password(onus_request *request, const char *old, const char *new) {
  char hash[128];
  bool is_administrator = false;
  onus_error error = {0};
  asked a = {.name = request->identity.account, .password = new};
  if (!onus_auth_try(request, a.name))
    return;
  if (onus_auth_account(request->server, a.name, hash, &is_administrator, &error) != ONUS_OK) {
    onus_reply_error(request, &error, NULL);
    return;
  }
  if (!onus_password_is(hash, old)) {
    onus_reply_refusal(request, 403, "forbidden", "the old password is another one");
    return;
  }
  onus_auth_tried_well(request, a.name);
  change_account(request, &a);
}

void onus_route_password_post(onus_request *request) {
  json_t *body = onus_body_object(request, "old new");
  const char *old = body != NULL ? onus_body_text(request, body, "old", true) : NULL;
  const char *new = old != NULL ? onus_body_text(request, body, "new", true) : NULL;
  if (new != NULL)
    change_own_password(request, old, new);
  json_decref(body);
}

/* --- tokens ---------------------------------------------------------------------------------------------------- */

static json_t *token_json(sqlite3_stmt *row) {
  return json_pack("{s:s,s:s,s:o,s:o}", "id", onus_db_text(row, 0), "name", onus_db_text(row, 1), "created",
                   onus_row_time(row, 2), "expires", onus_row_time(row, 3));
}

void onus_route_tokens_get(onus_request *request) {
  onus_rows_reply(request, "tokens", token_json,
                  "SELECT id, label, created, expires FROM tokens WHERE account=? ORDER BY created",
                  request->identity.account, NULL);
}

typedef struct new_token {
  const char *label;
  int64_t days;
  char secret[ONUS_SECRET_HEX_BYTES], id[17];
  unsigned char digest[ONUS_DIGEST_BYTES];
} new_token;

static onus_status add_token(onus_request *request, onus_db *db, void *context, onus_error *error) {
  const new_token *token = context;
  const char *account = request->identity.account;
  int64_t n = 0, now = onus_clock_now_us();
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM tokens WHERE account=? AND expires<?", "ti", account, now));
  SERVER_TRY(onus_db_number(db, 0, &n, error, "SELECT count(*) FROM tokens WHERE account=?", "t", account));
  if (n >= TOKENS)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "there are %d tokens already; remove one", TOKENS);
  SERVER_TRY(onus_db_run(db, error,
                         "INSERT INTO tokens(id, digest, account, label, created, expires) VALUES(?,?,?,?,?,?)",
                         "tbttii", token->id, token->digest, sizeof token->digest, account, token->label, now,
                         now + token->days * 86400 * 1000000LL));
  return onus_audit_add(db, account, "token-added", NULL, error, "%s", token->id);
}

void onus_route_tokens_post(onus_request *request) {
  json_t *body = onus_body_object(request, "name days");
  new_token token = {.days = 365};
  token.label = body != NULL ? onus_body_text(request, body, "name", true) : NULL;
  if (token.label != NULL && strlen(token.label) > LABEL_BYTES)
    onus_reply_refusal(request, 422, "bad-input", "\"name\" has at most %d bytes", LABEL_BYTES);
  else if (token.label != NULL && onus_body_number(request, body, "days", 1, &token.days)) {
    token.days = token.days < TOKEN_DAYS ? token.days : TOKEN_DAYS;
    char of_id[ONUS_SECRET_HEX_BYTES];
    unsigned char unused[ONUS_DIGEST_BYTES];
    onus_secret_new_hex(token.secret, token.digest);
    onus_secret_new_hex(of_id, unused);
    snprintf(token.id, sizeof token.id, "%.16s", of_id);
    if (onus_change_make(request, add_token, &token)) {
      onus_reply_json(request, 201, json_pack("{s:s,s:s}", "id", token.id, "token", token.secret));
      onus_reply_header(request, "Cache-Control", "no-store");
    }
  }
  json_decref(body);
}

static onus_status remove_token(onus_request *request, onus_db *db, void *context, onus_error *error) {
  const char *account = request->identity.account;
  bool *ret_is_there = context;
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM tokens WHERE id=? AND account=?", "tt", request->place[0], account));
  *ret_is_there = onus_db_changes(db) > 0;
  return *ret_is_there ? onus_audit_add(db, account, "token-removed", NULL, error, "%.16s", request->place[0])
                       : ONUS_OK;
}

void onus_route_token_delete(onus_request *request) {
  bool is_there = false;
  if (!onus_change_make(request, remove_token, &is_there))
    return;
  if (is_there)
    onus_reply_nothing(request);
  else
    onus_reply_refusal(request, 404, "not-found", "you have no token of that name");
}
