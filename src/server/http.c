/* A request goes through four states. HEAD: libmicrohttpd calls with the headers; who asks and what for is settled.
 * BODY: the body comes in pieces, if there is one; libmicrohttpd ends a connection that is answered before. WORK: the
 * connection sleeps and a worker has the request. ANSWER: libmicrohttpd sends.
 */
#include "server/http.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server/auth.h"
#include "server/cache.h"
#include "server/clock.h"
#include "server/fail.h"
#include "server/reply.h"
#include "server/router.h"

enum { STATE_HEAD = 0, STATE_BODY, STATE_WORK, STATE_ANSWER };

enum {
  HEADER_BYTES = 32 << 10,    /* of one connection, with libmicrohttpd's own buffers */
  DROPPED_BYTES = 8 << 20,    /* that are read only so that a refusal is heard */
  BODIES_BYTES = 256 << 20,   /* of all requests together */
  FIRST_BODY_BYTES = 4 << 10, /* memory follows what has come, not what was announced */
  CONNECTIONS = 4096,
  IDLE_S = 60
};

struct onus_http {
  struct MHD_Daemon *daemon;
  atomic_size_t body_bytes; /* of all requests that are here now */
  atomic_bool is_stopping;
};

static onus_connection *connection_of(const onus_request *request) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info != NULL ? info->socket_context : NULL;
}

static void *begin_request(void *context, const char *uri, struct MHD_Connection *connection) {
  onus_request *request = calloc(1, sizeof *request);
  if (request == NULL)
    return NULL;
  request->server = context;
  request->connection = connection;
  request->started_us = onus_clock_steady_us();
  request->uri = strdup(uri);
  if (request->uri == NULL) {
    free(request);
    return NULL;
  }
  return request;
}

static void free_body(onus_request *request) {
  atomic_fetch_sub(&request->server->http->body_bytes, request->body_capacity);
  free(request->body);
  request->body = NULL;
  request->body_bytes = request->body_capacity = 0;
}

static void log_request(const onus_request *request, int64_t took_us) {
  char status[8], took[24], path[512];
  snprintf(path, sizeof path, "%.*s", (int)strcspn(request->uri, "?"), request->uri);
  snprintf(status, sizeof status, "%u", request->status);
  snprintf(took, sizeof took, "%lld", (long long)took_us);
  onus_log("request", "method", request->method, "path", path, "status", status, "us", took, "account",
           request->identity.account, (const char *)NULL);
}

static void end_request(void *context, struct MHD_Connection *connection, void **place,
                        enum MHD_RequestTerminationCode reason) {
  onus_request *request = *place;
  (void)context, (void)connection, (void)reason;
  if (request == NULL)
    return;
  int64_t took_us = onus_clock_steady_us() - request->started_us;
  if (request->method != NULL) {
    onus_metrics_add(request->server->metrics, request, took_us);
    if (request->server->config->log_requests)
      log_request(request, took_us);
  }
  onus_connection_enter(connection_of(request), ONUS_CONNECTION_QUIET);
  if (request->response != NULL)
    MHD_destroy_response(request->response);
  free_body(request);
  free(request->path);
  free(request->uri);
  free(request);
  *place = NULL;
}

/* --- answering ---------------------------------------------------------------------------------------------------- */

static enum MHD_Result sending(onus_request *request) {
  request->state = STATE_ANSWER;
  onus_connection_enter(connection_of(request), request->is_stream ? ONUS_CONNECTION_EVENTS : ONUS_CONNECTION_ANSWER);
  return MHD_YES;
}

static enum MHD_Result answer(onus_request *request) {
  if (request->response == NULL)
    return MHD_NO; /* not even memory for a refusal */
  sending(request);
  return MHD_queue_response(request->connection, request->status, request->response);
}

void onus_http_sleep(onus_request *request) {
  request->state = STATE_WORK;
  onus_connection_enter(connection_of(request), ONUS_CONNECTION_WORK);
  MHD_suspend_connection(request->connection);
}

void onus_http_dispatch_again(onus_request *request) {
  request->state = STATE_BODY;
  MHD_resume_connection(request->connection);
}

void onus_http_work(void *job) {
  onus_request *request = job;
  if (!onus_auth_is_pending(request) || onus_auth_admit_slowly(request))
    request->route->run(request);
  onus_cache_give_up(request);
  MHD_resume_connection(request->connection);
}

/* All of the request is here. */
static enum MHD_Result dispatch(onus_request *request) {
  if (request->is_refused)
    return answer(request);
  if (request->route->flags & ONUS_ROUTE_CACHED) {
    onus_cache_found found = onus_cache_answer(request);
    if (found == ONUS_CACHE_ANSWERED)
      return request->is_queued ? sending(request) : answer(request);
    if (found == ONUS_CACHE_WAITS)
      return MHD_YES;
  }
  if (request->route->flags & ONUS_ROUTE_LIGHT) {
    request->route->run(request);
    return request->is_queued ? sending(request) : answer(request);
  }
  bool is_quick = (request->route->flags & ONUS_ROUTE_QUICK) && !onus_auth_is_pending(request);
  onus_pool *pool = is_quick ? request->server->quick_pool : request->server->pool;
  char caller[ONUS_CALLER_BYTES];
  size_t lane = 0;
  onus_auth_caller(request, caller);
  if (!onus_pool_reserve(pool, caller, &lane)) {
    onus_reply_refusal(request, 503, "busy", "the server has more to do than it can; try again soon");
    onus_cache_give_up(request);
    return answer(request);
  }
  onus_http_sleep(request);
  onus_pool_push(pool, lane, request);
  return MHD_YES;
}

/* --- the body ----------------------------------------------------------------------------------------------------- */

static bool grow(onus_request *request, size_t needed) {
  size_t capacity = request->body_capacity > 0 ? request->body_capacity : FIRST_BODY_BYTES;
  while (capacity < needed)
    capacity *= 2;
  size_t more = capacity - request->body_capacity;
  if (more == 0)
    return true;
  atomic_size_t *all = &request->server->http->body_bytes;
  if (atomic_fetch_add(all, more) + more > BODIES_BYTES) {
    atomic_fetch_sub(all, more);
    return false;
  }
  char *body = realloc(request->body, capacity);
  if (body == NULL) {
    atomic_fetch_sub(all, more);
    return false;
  }
  request->body = body;
  request->body_capacity = capacity;
  return true;
}

static void refuse_size(onus_request *request) {
  onus_reply_refusal(request, 413, "limit", "the body is larger than the %zu bytes that this path takes",
                     request->route->body_bytes);
}

static enum MHD_Result take_body(onus_request *request, const char *bytes, size_t length) {
  if (!request->is_refused) {
    request->is_refused = true;
    if (request->body_bytes + length > request->route->body_bytes) {
      refuse_size(request);
    } else if (!grow(request, request->body_bytes + length + 1)) {
      onus_reply_refusal(request, 503, "busy", "there is no memory for the body now; try again soon");
    } else {
      memcpy(request->body + request->body_bytes, bytes, length);
      request->is_refused = false;
    }
    if (request->is_refused)
      free_body(request);
  }
  request->body_bytes += length;
  if (!request->is_refused)
    request->body[request->body_bytes] = '\0';
  else if (request->body_bytes > DROPPED_BYTES)
    return MHD_NO;
  return MHD_YES;
}

/* Bytes that the headers announce; SIZE_MAX when they do not say how many. */
static size_t announced_bytes(const onus_request *request) {
  const char *length = onus_request_header(request, "Content-Length");
  if (onus_request_header(request, "Transfer-Encoding") != NULL)
    return SIZE_MAX;
  return length != NULL ? (size_t)strtoull(length, NULL, 10) : 0;
}

/* A refusal is sent after the body, so that it is heard and the connection goes on; at once when there is more than one
 * would like to read, which ends the connection. */
static enum MHD_Result refuse_head(onus_request *request, size_t announced) {
  request->is_refused = true;
  bool ends = strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0;
  if (announced > DROPPED_BYTES && announced != SIZE_MAX && ends) {
    onus_reply_header(request, "Connection", "close");
    return answer(request);
  }
  request->state = STATE_BODY;
  onus_connection_enter(connection_of(request), ONUS_CONNECTION_BODY);
  return MHD_YES;
}

/* --- the head ----------------------------------------------------------------------------------------------------- */

typedef struct query_check {
  const char *known;
  const char *unknown;
} query_check;

static bool has_word(const char *words, const char *word) {
  size_t length = strlen(word);
  for (const char *at = words; at != NULL && length > 0; at = strchr(at, ' ')) {
    at += *at == ' ';
    if (strncmp(at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
      return true;
  }
  return false;
}

static enum MHD_Result check_parameter(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
  query_check *check = context;
  (void)kind, (void)value;
  if (check->unknown == NULL && !has_word(check->known, name))
    check->unknown = name;
  return MHD_YES;
}

/* A misspelt parameter would be an answer to another question. */
static bool check_query(onus_request *request) {
  query_check check = {.known = request->route->query};
  if (strchr(request->uri, '?') == NULL)
    return true;
  (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, check_parameter, &check);
  if (check.unknown != NULL)
    onus_reply_refusal(request, 400, "bad-argument", "there is no parameter \"%.100s\" here%s%s", check.unknown,
                       check.known != NULL ? "; there are " : "", check.known != NULL ? check.known : "");
  return check.unknown == NULL;
}

static bool is_type(const char *found, const char *wanted) {
  size_t length = strlen(wanted);
  return found != NULL && strncasecmp(found, wanted, length) == 0 &&
         (found[length] == '\0' || found[length] == ';' || found[length] == ' ');
}

static bool check_body(onus_request *request, size_t announced) {
  const onus_route *route = request->route;
  if (announced > 0 && route->body_bytes == 0) {
    onus_reply_refusal(request, 400, "bad-argument", "this path takes no body");
    return false;
  }
  if (announced != SIZE_MAX && announced > route->body_bytes) {
    refuse_size(request);
    return false;
  }
  bool is_json = route->body != NULL && strncmp(route->body, "json", 4) == 0;
  if (announced > 0 && is_json && !is_type(onus_request_header(request, "Content-Type"), ONUS_TYPE_JSON)) {
    onus_reply_refusal(request, 415, "bad-argument", "this path takes a body of the type " ONUS_TYPE_JSON);
    return false;
  }
  return true;
}

static bool check_stopping(onus_request *request) {
  if (!atomic_load(&request->server->http->is_stopping))
    return true;
  onus_reply_refusal(request, 503, "stopping", "the server is being stopped");
  onus_reply_header(request, "Connection", "close");
  return false;
}

static enum MHD_Result take_head(onus_request *request, const char *method) {
  request->method = method;
  size_t announced = announced_bytes(request);
  bool is_good = check_stopping(request) && onus_router_find(request) && check_query(request) &&
                 onus_auth_admit(request) && check_body(request, announced);
  if (!is_good)
    return refuse_head(request, announced);
  request->state = STATE_BODY;
  onus_connection_enter(connection_of(request), ONUS_CONNECTION_BODY);
  return MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *bytes, size_t *length, void **place) {
  onus_request *request = *place;
  (void)context, (void)connection, (void)url, (void)version;
  if (request == NULL)
    return MHD_NO;
  if (request->state == STATE_HEAD)
    return take_head(request, method);
  if (request->state == STATE_BODY && *length > 0) {
    enum MHD_Result result = take_body(request, bytes, *length);
    *length = 0;
    return result;
  }
  return request->state == STATE_BODY ? dispatch(request) : answer(request);
}

/* --- what a route asks -------------------------------------------------------------------------------------------- */

const char *onus_request_query(const onus_request *request, const char *name) {
  return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *onus_request_header(const onus_request *request, const char *name) {
  return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool onus_request_query_number(onus_request *request, const char *name, uint64_t least, uint64_t most,
                               uint64_t *ret_value) {
  const char *text = onus_request_query(request, name);
  if (text == NULL)
    return true;
  uint64_t value = 0;
  bool is_good = text[0] != '\0';
  for (const char *at = text; *at != '\0' && is_good; at++) {
    is_good = *at >= '0' && *at <= '9' && value <= (UINT64_MAX - 9) / 10;
    value = value * 10 + (uint64_t)(*at - '0');
  }
  if (!is_good || value < least || value > most) {
    onus_reply_refusal(request, 400, "bad-argument", "%s must be a whole number from %llu to %llu", name,
                       (unsigned long long)least, (unsigned long long)most);
    return false;
  }
  *ret_value = value;
  return true;
}

/* --- the daemon --------------------------------------------------------------------------------------------------- */

static void notice_connection(void *context, struct MHD_Connection *connection, void **place,
                              enum MHD_ConnectionNotificationCode code) {
  onus_server *server = context;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *place = info != NULL ? onus_connections_add(server->connections, info->connect_fd) : NULL;
  } else {
    onus_connections_remove(server->connections, *place);
    *place = NULL;
  }
}

static void log_library(void *context, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
static void log_library(void *context, const char *format, va_list arguments) {
  const onus_server *server = context;
  char text[512];
  if (!server->config->log_requests)
    return; /* it is about what clients do wrong */
  vsnprintf(text, sizeof text, format, arguments);
  text[strcspn(text, "\r\n")] = '\0';
  onus_log("http", "text", text, (const char *)NULL);
}

onus_status onus_http_start(onus_server *server, onus_place *place, const char *certificate,
                            const char *certificate_key, onus_error *error) {
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                   (certificate != NULL ? MHD_USE_TLS : 0) | (place->address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
  size_t per_address = server->config->connections_per_address;
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)certificate_key},
      {MHD_OPTION_HTTPS_PRIORITIES, 0,
       (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:+AES-256-GCM:"
                           "+CHACHA20-POLY1305:+AES-128-GCM"},
      {MHD_OPTION_END, 0, NULL},
  };
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  struct onus_http *http = server->http = calloc(1, sizeof *server->http);
  if (http == NULL)
    return SERVER_NO_MEMORY(error);
  http->daemon = MHD_start_daemon(
      flags, 0, NULL, NULL, handle, server, MHD_OPTION_EXTERNAL_LOGGER, log_library, server, MHD_OPTION_SOCK_ADDR,
      (struct sockaddr *)&place->address, MHD_OPTION_THREAD_POOL_SIZE, 2u, MHD_OPTION_URI_LOG_CALLBACK, begin_request,
      server, MHD_OPTION_NOTIFY_COMPLETED, end_request, server, MHD_OPTION_NOTIFY_CONNECTION, notice_connection, server,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      (unsigned)(per_address > 0 ? per_address : ONUS_SERVER_CONNECTIONS_PER_ADDRESS), MHD_OPTION_CONNECTION_TIMEOUT,
      (unsigned)IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY,
      certificate != NULL ? tls : none, MHD_OPTION_END);
  if (http->daemon == NULL)
    return SERVER_FAIL(error, ONUS_IO, NULL, "cannot listen on %s: %s", place->text,
                       errno == EADDRINUSE   ? "somebody else does"
                       : certificate != NULL ? "the certificate or the key cannot be used, or the system refuses"
                                             : strerror(errno));
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
  onus_place_set_port(place, info != NULL ? info->port : 0);
  return ONUS_OK;
}

void onus_http_quiesce(onus_server *server) {
  if (server->http == NULL || server->http->daemon == NULL)
    return;
  atomic_store(&server->http->is_stopping, true);
  MHD_socket listening = MHD_quiesce_daemon(server->http->daemon);
  if (listening != MHD_INVALID_SOCKET)
    (void)close(listening);
}

void onus_http_stop(onus_server *server) {
  if (server->http != NULL && server->http->daemon != NULL)
    MHD_stop_daemon(server->http->daemon);
  free(server->http);
  server->http = NULL;
}

size_t onus_http_body_bytes(const onus_server *server) {
  return server->http != NULL ? atomic_load(&server->http->body_bytes) : 0;
}
