/* What was read of the database is kept for some seconds in tables of fixed size, so that a cached answer costs no
 * statement. Every change of this server makes all of it stale at once; what another process changes (an account is
 * added by the program) counts after FRESH_US.
 */
#include "server/auth.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/account.h"
#include "server/clock.h"
#include "server/data.h"
#include "server/fail.h"
#include "server/rate.h"
#include "server/reply.h"
#include "server/server_internal.h"

enum { PLACES = 4096, FRESH_US = 5000000, BASIC_FRESH_US = 60000000 };
/* A clock that was set back must not make a session live on, but one that is mended must not end them all. */
static const int64_t AHEAD_US = 2 * 3600 * 1000000LL;
enum { TRIES_PAIR = 5, TRIES_ACCOUNT = 50, TRIES_ADDRESS = 50, TRY_WINDOW_S = 300 };

typedef struct known_identity {
  onus_identity identity;
  uint64_t generation;
  int64_t read_us, fresh_us, expires_us, created_us;
} known_identity;

typedef struct known_access {
  char account[ONUS_NAME_BYTES], case_id[ONUS_NAME_BYTES];
  onus_access access;
  uint64_t generation;
  int64_t read_us;
} known_access;

struct onus_auth {
  pthread_mutex_t mutex;
  _Atomic uint64_t generation;
  onus_rate *rate;
  known_identity identities[PLACES];
  known_access accesses[PLACES];
  _Atomic int64_t local_until_us; /* is_local holds until then */
  _Atomic uint64_t local_generation;
  atomic_bool is_local;
};

onus_auth *onus_auth_new(void) {
  onus_auth *auth = calloc(1, sizeof *auth);
  if (auth == NULL)
    return NULL;
  pthread_mutex_init(&auth->mutex, NULL);
  auth->generation = 1;
  auth->rate = onus_rate_new();
  if (auth->rate == NULL) {
    onus_auth_free(auth);
    return NULL;
  }
  return auth;
}

void onus_auth_free(onus_auth *auth) {
  if (auth == NULL)
    return;
  onus_rate_free(auth->rate);
  pthread_mutex_destroy(&auth->mutex);
  free(auth);
}

void onus_auth_forget(onus_server *server) {
  atomic_fetch_add(&server->auth->generation, 1);
}

static void refuse_error(onus_request *request, const onus_error *error) {
  onus_reply_error(request, error, NULL);
}

static bool refuse_unknown(onus_request *request, const char *text) {
  onus_reply_refusal(request, 401, "unauthorised", "%s", text);
  onus_reply_header(request, "WWW-Authenticate",
                    request->route->flags & ONUS_ROUTE_BASIC ? "Basic realm=\"onus\", charset=\"UTF-8\"" : "Bearer");
  return false;
}

/* --- identities ------------------------------------------------------------------------------------------------ */

onus_status onus_auth_is_local(onus_server *server, bool *ret_is_local, onus_error *error) {
  onus_auth *auth = server->auth;
  uint64_t generation = atomic_load(&auth->generation);
  int64_t now = onus_clock_steady_us();
  if (!server->is_loopback) {
    *ret_is_local = false;
    return ONUS_OK;
  }
  if (atomic_load(&auth->local_generation) != generation || now > atomic_load(&auth->local_until_us)) {
    onus_db *db = NULL;
    int64_t n_accounts = 0;
    SERVER_TRY(onus_data_begin_read(server->data, &db, error));
    onus_status status = onus_db_number(db, 0, &n_accounts, error, "SELECT count(*) FROM accounts", "");
    onus_data_end_read(server->data, db);
    SERVER_TRY(status);
    atomic_store(&auth->is_local, n_accounts == 0);
    atomic_store(&auth->local_until_us, now + FRESH_US);
    atomic_store(&auth->local_generation, generation);
  }
  *ret_is_local = atomic_load(&auth->is_local);
  return ONUS_OK;
}

static known_identity *place_of(onus_auth *auth, const unsigned char credential[ONUS_DIGEST_BYTES]) {
  uint32_t index;
  memcpy(&index, credential, sizeof index);
  return &auth->identities[index % PLACES];
}

static bool recall_identity(onus_auth *auth, onus_identity *identity) {
  int64_t now = onus_clock_steady_us(), wall = onus_clock_now_us();
  pthread_mutex_lock(&auth->mutex);
  const known_identity *known = place_of(auth, identity->credential);
  bool is_known = known->generation == atomic_load(&auth->generation) && now - known->read_us < known->fresh_us &&
                  wall < known->expires_us && wall >= known->created_us - AHEAD_US &&
                  memcmp(known->identity.credential, identity->credential, ONUS_DIGEST_BYTES) == 0;
  if (is_known) {
    bool is_session = identity->is_session;
    *identity = known->identity;
    identity->is_session = is_session;
  }
  pthread_mutex_unlock(&auth->mutex);
  return is_known;
}

static void keep_identity(onus_auth *auth, const onus_identity *identity, uint64_t generation, int64_t fresh_us,
                          int64_t created_us, int64_t expires_us) {
  pthread_mutex_lock(&auth->mutex);
  *place_of(auth, identity->credential) =
      (known_identity){*identity, generation, onus_clock_steady_us(), fresh_us, expires_us, created_us};
  pthread_mutex_unlock(&auth->mutex);
}

static onus_status look_up_identity(onus_server *server, const char *sql, onus_identity *identity, onus_error *error) {
  uint64_t generation = atomic_load(&server->auth->generation);
  onus_db *db = NULL;
  sqlite3_stmt *row = NULL;
  bool has_row = false;
  SERVER_TRY(onus_data_begin_read(server->data, &db, error));
  onus_status status = onus_db_query(db, &row, error, sql, "b", identity->credential, (size_t)ONUS_DIGEST_BYTES);
  if (status == ONUS_OK)
    status = onus_db_step(db, row, &has_row, error);
  if (status == ONUS_OK && has_row) {
    int64_t created = sqlite3_column_int64(row, 1), expires = sqlite3_column_int64(row, 2);
    int64_t now = onus_clock_now_us();
    if (now < expires && now >= created - AHEAD_US) {
      snprintf(identity->account, sizeof identity->account, "%s", onus_db_text(row, 0));
      identity->is_administrator = sqlite3_column_int(row, 3) != 0;
      keep_identity(server->auth, identity, generation, FRESH_US, created, expires);
    }
    onus_db_done(row);
  }
  onus_data_end_read(server->data, db);
  return status;
}

static const char SESSION_SQL[] =
    "SELECT s.account, s.created, s.expires, a.is_administrator FROM sessions s JOIN accounts a ON a.name=s.account "
    "WHERE s.digest=? AND a.is_disabled=0";
/* Those of a local server have no account. */
static const char TOKEN_SQL[] =
    "SELECT t.account, t.created, t.expires, coalesce(a.is_administrator, 1) FROM tokens t LEFT JOIN accounts a ON "
    "a.name=t.account WHERE t.digest=? AND (a.is_disabled=0 OR (t.account='" ONUS_ACCOUNT_LOCAL
    "' AND NOT EXISTS(SELECT 1 FROM accounts)))";

static bool identify(onus_request *request, const char *secret, const char *sql, onus_identity *identity) {
  onus_error error = {0};
  if (strlen(secret) < 32 || strlen(secret) > 128)
    return true;
  onus_secret_digest(secret, identity->credential);
  if (identity->is_session)
    onus_session_csrf(secret, identity->csrf);
  if (recall_identity(request->server->auth, identity))
    return true;
  if (look_up_identity(request->server, sql, identity, &error) == ONUS_OK)
    return true;
  refuse_error(request, &error);
  return false;
}

/* --- the only user of a local server --------------------------------------------------------------------------- */

static bool is_host(const char *host, size_t length, const char *name) {
  return name != NULL && strlen(name) == length && strncasecmp(host, name, length) == 0;
}

/* A page of another site can make its own name mean this machine; then the browser sends that name. */
static bool is_local_host(const onus_request *request) {
  const char *host = onus_request_header(request, "Host");
  if (host == NULL)
    return false;
  const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
  size_t length = end != NULL ? (size_t)(end - host) + 1 : strcspn(host, ":");
  return is_host(host, length, "localhost") || is_host(host, length, "127.0.0.1") || is_host(host, length, "[::1]") ||
         is_host(host, length, request->server->config->allowed_host);
}

static bool be_local(onus_request *request) {
  onus_identity *identity = &request->identity;
  if (!is_local_host(request)) {
    onus_reply_refusal(request, 403, "forbidden",
                       "without accounts this server answers to localhost only; ask for it by that name");
    return false;
  }
  snprintf(identity->account, sizeof identity->account, ONUS_ACCOUNT_LOCAL);
  memcpy(identity->csrf, request->server->local_csrf, sizeof identity->csrf);
  identity->is_administrator = identity->is_local = identity->is_session = true;
  return true;
}

/* --- names and passwords in the request (TAXII) ---------------------------------------------------------------- */

bool onus_auth_is_pending(const onus_request *request) {
  return request->identity.is_pending;
}

static bool split_basic(const onus_request *request, char out[2048], char **ret_password) {
  const char *header = onus_request_header(request, "Authorization");
  size_t length = 0;
  if (header == NULL || strncasecmp(header, "Basic ", 6) != 0 ||
      sodium_base642bin((unsigned char *)out, 2047, header + 6, strlen(header + 6), NULL, &length, NULL,
                        sodium_base64_VARIANT_ORIGINAL) != 0)
    return false;
  out[length] = '\0';
  *ret_password = strchr(out, ':');
  if (*ret_password == NULL || strlen(out) != length)
    return false;
  *(*ret_password)++ = '\0';
  return true;
}

static void find_basic(onus_request *request) {
  char text[2048], *password = NULL;
  if (!split_basic(request, text, &password))
    return;
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, (const unsigned char *)"basic", 6);
  crypto_hash_sha256_update(&state, (const unsigned char *)text, strlen(text) + 1);
  crypto_hash_sha256_update(&state, (const unsigned char *)password, strlen(password));
  crypto_hash_sha256_final(&state, request->identity.credential);
  sodium_memzero(text, sizeof text);
  request->identity.is_pending = !recall_identity(request->server->auth, &request->identity);
}

static bool check_access(onus_request *request);

bool onus_auth_admit_slowly(onus_request *request) {
  onus_server *server = request->server;
  char text[2048], *password = NULL, hash[128];
  onus_error error = {0};
  bool is_administrator = false;
  uint64_t generation = atomic_load(&server->auth->generation);
  request->identity.is_pending = false;
  if (!split_basic(request, text, &password) || !onus_auth_try(request, text))
    return false;
  onus_status status = onus_auth_account(server, text, hash, &is_administrator, &error);
  bool is_right = status == ONUS_OK && onus_password_is(hash, password);
  if (status != ONUS_OK)
    onus_password_pretend(password);
  if (is_right) {
    onus_auth_tried_well(request, text);
    snprintf(request->identity.account, sizeof request->identity.account, "%.64s", text);
    request->identity.is_administrator = is_administrator;
    keep_identity(server->auth, &request->identity, generation, BASIC_FRESH_US, 0, INT64_MAX);
  }
  sodium_memzero(text, sizeof text);
  if (status != ONUS_OK && status != ONUS_BAD_ARGUMENT) {
    refuse_error(request, &error);
    return false;
  }
  return is_right ? check_access(request) : refuse_unknown(request, "there is no such account, or another password");
}

/* --- access ---------------------------------------------------------------------------------------------------- */

static uint32_t hash_of(const char *account, const char *case_id) {
  uint32_t hash = 2166136261u;
  for (const char *at = account; *at != '\0'; at++)
    hash = (hash ^ (unsigned char)*at) * 16777619u;
  for (const char *at = case_id; *at != '\0'; at++)
    hash = (hash ^ (unsigned char)*at) * 16777619u;
  return hash;
}

static onus_status read_access(onus_server *server, const onus_identity *identity, const char *case_id,
                               onus_access *access, onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *row = NULL;
  bool has_row = false;
  SERVER_TRY(onus_data_begin_read(server->data, &db, error));
  onus_status status =
      onus_db_query(db, &row, error,
                    "SELECT m.role, m.position, c.stamp, (SELECT max(number) FROM versions v WHERE v.case_id=c.id) "
                    "FROM members m JOIN cases c ON c.id=m.case_id WHERE m.case_id=? AND m.account=?",
                    "tt", case_id, identity->account);
  if (status == ONUS_OK)
    status = onus_db_step(db, row, &has_row, error);
  if (status == ONUS_OK && has_row) {
    access->role = (onus_role)sqlite3_column_int(row, 0);
    snprintf(access->position, sizeof access->position, "%s",
             identity->is_local ? ONUS_POSITION_ALL : onus_db_text(row, 1));
    access->stamp = sqlite3_column_int64(row, 2);
    access->head = sqlite3_column_int64(row, 3);
    onus_db_done(row);
  }
  onus_data_end_read(server->data, db);
  return status;
}

onus_status onus_auth_access(onus_server *server, const onus_identity *identity, const char *case_id,
                             onus_access *access, onus_error *error) {
  onus_auth *auth = server->auth;
  uint64_t generation = atomic_load(&auth->generation);
  int64_t now = onus_clock_steady_us();
  if (strlen(case_id) >= ONUS_NAME_BYTES)
    return ONUS_OK;
  pthread_mutex_lock(&auth->mutex);
  known_access *known = &auth->accesses[hash_of(identity->account, case_id) % PLACES];
  bool is_known = known->generation == generation && now - known->read_us < FRESH_US &&
                  strcmp(known->case_id, case_id) == 0 && strcmp(known->account, identity->account) == 0;
  if (is_known)
    *access = known->access;
  pthread_mutex_unlock(&auth->mutex);
  if (is_known)
    return ONUS_OK;
  SERVER_TRY(read_access(server, identity, case_id, access, error));
  pthread_mutex_lock(&auth->mutex);
  known->access = *access;
  known->generation = generation;
  known->read_us = now;
  snprintf(known->account, sizeof known->account, "%s", identity->account);
  snprintf(known->case_id, sizeof known->case_id, "%s", case_id);
  pthread_mutex_unlock(&auth->mutex);
  return ONUS_OK;
}

static const char *role_name(onus_role role) {
  return role == ONUS_ROLE_OWNER ? "an owner" : role == ONUS_ROLE_PARTY ? "a party" : "a reader";
}

/* Whether somebody has a case of that name says nothing to who is not in it. */
static bool check_access(onus_request *request) {
  const onus_route *route = request->route;
  const onus_identity *identity = &request->identity;
  onus_error error = {0};
  if (route->role == ONUS_ROLE_ANYONE)
    return true;
  if (identity->account[0] == '\0')
    return refuse_unknown(request, "log in, or show a token");
  if (route->role == ONUS_ROLE_ADMINISTRATOR && !identity->is_administrator) {
    onus_reply_refusal(request, 403, "forbidden", "only an administrator may do this");
    return false;
  }
  if (route->role < ONUS_ROLE_READER)
    return true;
  if (onus_auth_access(request->server, identity, request->place[0], &request->access, &error) != ONUS_OK) {
    refuse_error(request, &error);
    return false;
  }
  if (request->access.role == ONUS_ROLE_ANYONE) {
    onus_reply_refusal(request, 404, "not-found", "there is no such case, or it is not yours to see");
    return false;
  }
  if (request->access.role < route->role) {
    onus_reply_refusal(request, 403, "forbidden", "only %s of the case may do this; you are %s", role_name(route->role),
                       role_name(request->access.role));
    return false;
  }
  return true;
}

/* Browsers send cookies, and reach the loopback, for pages of other sites too. */
static bool check_csrf(onus_request *request) {
  const onus_identity *identity = &request->identity;
  const char *shown = onus_request_header(request, "X-Onus-CSRF");
  bool is_read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
  if (is_read || !identity->is_session || (request->route->flags & ONUS_ROUTE_NO_CSRF))
    return true;
  if (shown != NULL && strlen(shown) == strlen(identity->csrf) &&
      sodium_memcmp(shown, identity->csrf, strlen(shown)) == 0)
    return true;
  onus_reply_refusal(request, 403, "forbidden",
                     "the header X-Onus-CSRF must have the value that GET /api/v1/session gives");
  return false;
}

static const char *cookie_of(const onus_request *request) {
  return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, "onus_session");
}

bool onus_auth_admit(onus_request *request) {
  onus_identity *identity = &request->identity;
  const char *header = onus_request_header(request, "Authorization"), *cookie = cookie_of(request);
  onus_error error = {0};
  bool is_local = false;
  if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0) {
    if (!identify(request, header + 7, TOKEN_SQL, identity))
      return false;
    if (identity->account[0] == '\0')
      return refuse_unknown(request, "the token is not known here, or its time is over");
    identity->is_local = strcmp(identity->account, ONUS_ACCOUNT_LOCAL) == 0;
    return check_access(request);
  }
  if (header != NULL && (request->route->flags & ONUS_ROUTE_BASIC)) {
    find_basic(request);
    return onus_auth_is_pending(request) || check_access(request);
  }
  if (onus_auth_is_local(request->server, &is_local, &error) != ONUS_OK) {
    refuse_error(request, &error);
    return false;
  }
  if (is_local) {
    if (!be_local(request))
      return false;
  } else if (cookie != NULL) {
    identity->is_session = true;
    if (!identify(request, cookie, SESSION_SQL, identity))
      return false;
  }
  return check_access(request) && check_csrf(request);
}

/* --- logging in ------------------------------------------------------------------------------------------------ */

static void write_address(const onus_request *request, char text[INET6_ADDRSTRLEN]) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  snprintf(text, INET6_ADDRSTRLEN, "?");
  if (info != NULL && info->client_addr->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)info->client_addr)->sin6_addr, text,
              INET6_ADDRSTRLEN);
  else if (info != NULL)
    inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr, text,
              INET6_ADDRSTRLEN);
}

void onus_auth_caller(const onus_request *request, char caller[ONUS_CALLER_BYTES]) {
  static_assert(sizeof request->identity.account <= ONUS_CALLER_BYTES && INET6_ADDRSTRLEN <= (int)ONUS_CALLER_BYTES,
                "either fits");
  if (request->identity.account[0] != '\0')
    snprintf(caller, ONUS_CALLER_BYTES, "%s", request->identity.account);
  else
    write_address(request, caller);
}

static void name_tries(const onus_request *request, const char *account, char pair[200], char of_account[96],
                       char address[64]) {
  char text[INET6_ADDRSTRLEN];
  write_address(request, text);
  snprintf(pair, 200, "%s %.80s", text, account);
  snprintf(of_account, 96, "account %.80s", account);
  snprintf(address, 64, "address %s", text);
}

bool onus_auth_try(onus_request *request, const char *account) {
  onus_rate *rate = request->server->auth->rate;
  char pair[200], of_account[96], address[64];
  name_tries(request, account, pair, of_account, address);
  if (onus_rate_take(rate, pair, TRIES_PAIR, TRY_WINDOW_S) &&
      onus_rate_take(rate, of_account, TRIES_ACCOUNT, TRY_WINDOW_S) &&
      onus_rate_take(rate, address, TRIES_ADDRESS, TRY_WINDOW_S))
    return true;
  onus_log("login-limited", "account", account, "from", address, (const char *)NULL);
  onus_reply_refusal(request, 429, "limit", "too many tries; wait some minutes");
  onus_reply_header(request, "Retry-After", "300");
  return false;
}

void onus_auth_tried_well(onus_request *request, const char *account) {
  onus_rate *rate = request->server->auth->rate;
  char pair[200], of_account[96], address[64];
  name_tries(request, account, pair, of_account, address);
  onus_rate_give_back(rate, pair);
  onus_rate_give_back(rate, of_account);
  onus_rate_give_back(rate, address);
}

onus_status onus_auth_account(onus_server *server, const char *name, char hash[128], bool *ret_is_administrator,
                              onus_error *error) {
  onus_db *db = NULL;
  sqlite3_stmt *row = NULL;
  bool has_row = false;
  SERVER_TRY(onus_data_begin_read(server->data, &db, error));
  onus_status status = onus_db_query(
      db, &row, error, "SELECT password, is_administrator FROM accounts WHERE name=? AND is_disabled=0", "t", name);
  if (status == ONUS_OK)
    status = onus_db_step(db, row, &has_row, error);
  if (status == ONUS_OK && has_row) {
    snprintf(hash, 128, "%s", onus_db_text(row, 0));
    *ret_is_administrator = sqlite3_column_int(row, 1) != 0;
    onus_db_done(row);
  }
  onus_data_end_read(server->data, db);
  if (status == ONUS_OK && !has_row)
    status = SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "there is no account \"%.80s\"", name);
  return status;
}
