/* From nothing to a running server, and back. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/account.h"
#include "server/clock.h"
#include "server/fail.h"
#include "server/http.h"
#include "server/json_read.h"
#include "server/openapi.h"
#include "server/route_page.h"
#include "server/work.h"

enum { CACHE_BYTES = 96 << 20, PEM_BYTES = 1 << 20, STOP_S = 30 };
enum { HANDLES = 128, HANDLES_BYTES = 512 << 20 };

typedef struct serving {
  onus_server server;
  onus_place place;
  int lock;       /* of the data folder; -1: none */
  int started_in; /* the folder that the program was in */
  bool is_at_work;
  char data[PATH_MAX], reference[PATH_MAX];
  char *certificate, *certificate_key;
} serving;

static onus_status read_pem(const char *path, char **ret_text, onus_error *error) {
  if (path == NULL)
    return ONUS_OK;
  FILE *file = fopen(path, "re");
  char *text = file != NULL ? malloc(PEM_BYTES) : NULL;
  size_t length = text != NULL ? fread(text, 1, PEM_BYTES, file) : 0;
  int number = errno;
  if (file != NULL)
    (void)fclose(file);
  if (text == NULL || length == 0 || length == PEM_BYTES) {
    free(text);
    return SERVER_FAIL(error, ONUS_IO, path, "cannot be read as a PEM file: %s",
                       file == NULL ? strerror(number) : "it is empty or too large");
  }
  text[length] = '\0';
  *ret_text = text;
  return ONUS_OK;
}

/* Two servers would each keep answers of what the other changes. */
static onus_status lock_data(serving *s, const char *data, onus_error *error) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.*s/lock", PATH_MAX - 8, data);
  s->lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (s->lock < 0)
    return SERVER_FAIL(error, ONUS_IO, path, "cannot be opened: %s", strerror(errno));
  if (flock(s->lock, LOCK_EX | LOCK_NB) != 0)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, data, "another server serves this folder");
  return ONUS_OK;
}

static onus_status check_exposure(serving *s, onus_error *error) {
  onus_db *db = NULL;
  int64_t n_administrators = 0;
  if (s->server.is_loopback)
    return ONUS_OK;
  if (!s->server.is_tls)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL,
                       "%s can be reached from other machines: give --tls-cert and --tls-key, or listen on 127.0.0.1",
                       s->place.text);
  SERVER_TRY(onus_data_begin_read(s->server.data, &db, error));
  onus_status status = onus_db_number(db, 0, &n_administrators, error,
                                      "SELECT count(*) FROM accounts WHERE is_administrator AND NOT is_disabled", "");
  onus_data_end_read(s->server.data, db);
  if (status == ONUS_OK && n_administrators == 0)
    status = SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL,
                         "%s can be reached from other machines, and there is no account: make one with \"onus server "
                         "account NAME --administrator\"",
                         s->place.text);
  return status;
}

static onus_status make_parts(serving *s, onus_error *error) {
  onus_server *server = &s->server;
  unsigned char digest[ONUS_DIGEST_BYTES];
  long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
  size_t n_workers = server->config->n_workers > 0 ? server->config->n_workers
                     : n_processors > 1            ? (size_t)n_processors
                                                   : 2;
  onus_secret_new_hex(server->local_csrf, digest);
  pthread_mutex_init(&server->keeping, NULL);
  server->connections = onus_connections_new();
  server->metrics = onus_metrics_new();
  server->auth = onus_auth_new();
  server->cache = onus_cache_new(CACHE_BYTES);
  server->handles = onus_handles_new(HANDLES, HANDLES_BYTES);
  server->events = onus_events_new();
  server->pages = onus_pages_new(server);
  server->openapi = onus_openapi_make();
  if (!server->connections || !server->metrics || !server->auth || !server->cache || !server->handles ||
      !server->events || !server->pages || !server->openapi)
    return SERVER_NO_MEMORY(error);
  SERVER_TRY(onus_pool_new(n_workers, onus_http_work, &server->quick_pool, error));
  return onus_pool_new(n_workers, onus_http_work, &server->pool, error);
}

/* The server goes to a folder of its own, so paths of others must not depend on where it is. */
static onus_status find_reference(serving *s, onus_error *error) {
  const char *given = s->server.config->reference;
  if (given == NULL)
    return ONUS_OK;
  const char *folder = strncmp(given, "file:", 5) == 0 ? given + 5 : given;
  if (realpath(folder, s->reference) == NULL)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, given, "is no reference: %s", strerror(errno));
  onus_reference *reference = NULL;
  onus_status status = onus_reference_open(s->reference, &reference, error);
  onus_reference_close(reference);
  s->server.reference = s->reference;
  return status;
}

static onus_status go_to_work(serving *s, onus_error *error) {
  if (realpath(s->server.config->data, s->data) == NULL)
    return SERVER_FAIL(error, ONUS_IO, s->server.config->data, "cannot be found: %s", strerror(errno));
  s->started_in = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (s->started_in < 0)
    return SERVER_FAIL(error, ONUS_IO, ".", "cannot be opened: %s", strerror(errno));
  SERVER_TRY(onus_work_begin(s->data, error));
  s->is_at_work = true;
  if (s->server.reference != NULL && symlink(s->reference, ONUS_WORK_REFERENCE) == 0)
    s->server.reference = ONUS_WORK_REFERENCE; /* answers say where it is */
  return ONUS_OK;
}

static onus_status start(serving *s, onus_error *error) {
  const onus_server_config *config = s->server.config;
  if ((config->certificate_file == NULL) != (config->certificate_key_file == NULL))
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "--tls-cert and --tls-key go together");
  SERVER_TRY(onus_place_read(config->listen, &s->place, error));
  s->server.is_tls = config->certificate_file != NULL;
  s->server.is_loopback = onus_place_is_loopback(&s->place);
  SERVER_TRY(read_pem(config->certificate_file, &s->certificate, error));
  SERVER_TRY(read_pem(config->certificate_key_file, &s->certificate_key, error));
  SERVER_TRY(onus_data_open(config->data, true, &s->server.data, error));
  SERVER_TRY(lock_data(s, config->data, error));
  SERVER_TRY(check_exposure(s, error));
  SERVER_TRY(find_reference(s, error));
  SERVER_TRY(go_to_work(s, error));
  SERVER_TRY(make_parts(s, error));
  return onus_http_start(&s->server, &s->place, s->certificate, s->certificate_key, error);
}

/* What was accepted is finished, for at most STOP_S. */
static void stop(serving *s) {
  onus_server *server = &s->server;
  onus_http_quiesce(server);
  onus_events_end(server, NULL, NULL, NULL);
  int64_t until = onus_clock_steady_us() + STOP_S * 1000000LL;
  while (server->connections != NULL && onus_connections_busy(server->connections) > 0 &&
         onus_clock_steady_us() < until) {
    (void)onus_connections_sweep(server->connections); /* who has gone does not finish */
    usleep(20000);
  }
  onus_pool_end(server->pool);
  onus_pool_end(server->quick_pool);
  onus_http_stop(server);
  onus_pool_free(server->pool); /* a body that came late has asked it for a place */
  onus_pool_free(server->quick_pool);
}

static void free_parts(serving *s) {
  onus_cache_free(s->server.cache);
  onus_handles_free(s->server.handles);
  onus_events_free(s->server.events);
  onus_pages_free(s->server.pages);
  free(s->server.openapi);
  if (s->started_in >= 0) {
    if (s->is_at_work)
      onus_work_end();
    (void)fchdir(s->started_in);
    (void)close(s->started_in);
  }
  onus_auth_free(s->server.auth);
  onus_connections_free(s->server.connections);
  onus_metrics_free(s->server.metrics);
  onus_data_close(s->server.data);
  free(s->certificate);
  if (s->certificate_key != NULL)
    sodium_memzero(s->certificate_key, strlen(s->certificate_key));
  free(s->certificate_key);
  if (s->lock >= 0)
    (void)close(s->lock);
}

static void wait_for_end(onus_server *server, const sigset_t *signals) {
  const struct timespec second = {.tv_sec = 1};
  for (;;) {
    int number = sigtimedwait(signals, NULL, &second);
    if (number == SIGTERM || number == SIGINT)
      return;
    (void)onus_connections_sweep(server->connections);
    onus_events_tick(server);
  }
}

onus_status onus_server_run(const onus_server_config *config, onus_error *error) {
  serving s = {.server = {.config = config}, .lock = -1, .started_in = -1};
  sigset_t signals;
  if (sodium_init() < 0)
    return SERVER_FAIL(error, ONUS_INTERNAL, NULL, "libsodium cannot be used");
  onus_json_begin();
  onus_log_begin(config->log_is_json);
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL); /* for good: who asks twice must not be told that the server was killed */
  onus_status status = start(&s, error);
  if (status == ONUS_OK) {
    onus_log("listening", "address", s.place.text, "tls", s.server.is_tls ? "yes" : "no", "data", config->data,
             (const char *)NULL);
    wait_for_end(&s.server, &signals);
    onus_log("stopping", (const char *)NULL);
  }
  stop(&s);
  free_parts(&s);
  if (status == ONUS_OK)
    onus_log("stopped", (const char *)NULL);
  return status;
}
