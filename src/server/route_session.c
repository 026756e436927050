#include "server/route_session.h"

#include <stdio.h>
#include <string.h>

#include "server/account.h"
#include "server/audit.h"
#include "server/body.h"
#include "server/clock.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/server_internal.h"

enum { SESSION_S = 12 * 3600 };

static json_t *session_json(const onus_identity *identity) {
  bool is_known = identity->account[0] != '\0';
  return json_pack("{s:s?,s:s?,s:b,s:b}", "user", is_known ? identity->account : NULL, "csrf",
                   identity->csrf[0] != '\0' ? identity->csrf : NULL, "is_local", identity->is_local,
                   "is_administrator", identity->is_administrator);
}

void onus_route_session_get(onus_request *request) {
  onus_reply_json(request, 200, session_json(&request->identity));
  onus_reply_header(request, "Cache-Control", "no-store");
}

static void set_cookie(onus_request *request, const char *secret, int seconds) {
  char cookie[256];
  snprintf(cookie, sizeof cookie, "onus_session=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", secret, seconds,
           request->server->is_tls ? "; Secure" : "");
  onus_reply_header(request, "Set-Cookie", cookie);
  onus_reply_header(request, "Cache-Control", "no-store");
}

static onus_status add_session(onus_server *server, const char *account, const unsigned char *digest,
                               onus_error *error) {
  onus_db *db = NULL;
  int64_t now = onus_clock_now_us();
  SERVER_TRY(onus_data_begin_change(server->data, &db, error));
  onus_status status = onus_db_run(db, error, "DELETE FROM sessions WHERE expires<?", "i", now);
  if (status == ONUS_OK)
    status = onus_db_run(db, error, "INSERT INTO sessions(digest, account, created, expires) VALUES(?,?,?,?)", "btii",
                         digest, (size_t)ONUS_DIGEST_BYTES, account, now, now + SESSION_S * 1000000LL);
  if (status == ONUS_OK)
    status = onus_audit_add(db, account, "login", NULL, error, NULL);
  return onus_data_end_change(server->data, db, status, error);
}

static void log_in(onus_request *request, const char *account, bool is_administrator) {
  char secret[ONUS_SECRET_HEX_BYTES];
  onus_identity identity = {.is_administrator = is_administrator, .is_session = true};
  onus_error error = {0};
  onus_secret_new_hex(secret, identity.credential);
  snprintf(identity.account, sizeof identity.account, "%.64s", account);
  onus_session_csrf(secret, identity.csrf);
  if (add_session(request->server, account, identity.credential, &error) != ONUS_OK) {
    onus_reply_error(request, &error, NULL);
    return;
  }
  onus_reply_json(request, 201, session_json(&identity));
  set_cookie(request, secret, SESSION_S);
}

static void check_password(onus_request *request, const char *account, const char *password) {
  char hash[128];
  bool is_administrator = false;
  onus_error error = {0};
  if (!onus_auth_try(request, account))
    return;
  onus_status status = onus_auth_account(request->server, account, hash, &is_administrator, &error);
  if (status != ONUS_OK && status != ONUS_BAD_ARGUMENT) {
    onus_reply_error(request, &error, NULL);
    return;
  }
  bool is_right = status == ONUS_OK && onus_password_is(hash, password);
  if (status != ONUS_OK)
    onus_password_pretend(password);
  if (!is_right) {
    onus_log("login-refused", "account", account, (const char *)NULL);
    onus_reply_refusal(request, 401, "unauthorised", "there is no such account, or another password");
    return;
  }
  onus_auth_tried_well(request, account);
  log_in(request, account, is_administrator);
}

void onus_route_session_post(onus_request *request) {
  json_t *body = onus_body_object(request, "user password");
  const char *account = body != NULL ? onus_body_text(request, body, "user", true) : NULL;
  const char *password = account != NULL ? onus_body_text(request, body, "password", true) : NULL;
  if (password != NULL)
    check_password(request, account, password);
  json_decref(body);
}

void onus_route_session_delete(onus_request *request) {
  onus_server *server = request->server;
  onus_db *db = NULL;
  onus_error error = {0};
  onus_status status = onus_data_begin_change(server->data, &db, &error);
  if (status == ONUS_OK) {
    status = onus_db_run(db, &error, "DELETE FROM sessions WHERE digest=?", "b", request->identity.credential,
                         (size_t)ONUS_DIGEST_BYTES);
    if (status == ONUS_OK && onus_db_changes(db) > 0)
      status = onus_audit_add(db, request->identity.account, "logout", NULL, &error, NULL);
    status = onus_data_end_change(server->data, db, status, &error);
  }
  if (status != ONUS_OK) {
    onus_reply_error(request, &error, NULL);
    return;
  }
  onus_auth_forget(server);
  if (!request->identity.is_local)
    onus_events_end(server, NULL, NULL, request->identity.credential);
  onus_reply_nothing(request);
  set_cookie(request, "", 0);
}
