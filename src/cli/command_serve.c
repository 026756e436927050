#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/passphrase.h"
#include "cli/server_data.h"
#include "server/server.h"

static const char *const description[] = {
    "Serves cases over HTTP: a page in which several parties look at one case, each from its own position, and an "
    "interface for programs under /api/v1 (docs/SERVER.md). Every change of a case is a version with its author and "
    "time; whoever edits at the same time as others is shown what conflicts, item by item.",
    "As long as there are no accounts the server answers to this machine only, and everybody on it is the same user. "
    "To be reached by others it needs a certificate and an administrator: \"onus server account\" makes one.",
    "The server stops at SIGTERM or Ctrl-C, when what it has accepted is done. One folder of data belongs to one running "
    "server.",
    NULL,
};

static const onus_cli_argument arguments[] = {{.name = NULL}};

static const onus_cli_option options[] = {
    {.name = "listen",
     .letter = 'l',
     .argument = "ADDRESS:PORT",
     .help = "Where to listen; 127.0.0.1:8080 is the default. Port 0 takes a free one, which the log names."},
    ONUS_CLI_OPTION_DATA,
    {.name = "reference",
     .letter = 'r',
     .argument = "REF",
     .is_file = true,
     .help = "A reference to search and rank by: a folder, or clickhouses://HOST:PORT,.../DATABASE."},
    {.name = "tls-cert", .argument = "FILE", .is_file = true, .help = "The certificate with its chain (PEM)."},
    {.name = "tls-key", .argument = "FILE", .is_file = true, .help = "Its private key (PEM)."},
    {.name = "key",
     .letter = 'k',
     .argument = "FILE",
     .is_file = true,
     .help = "A key of \"onus key new\", with which signed records are made when an owner asks for one."},
    ONUS_CLI_OPTION_PASSPHRASE,
    {.name = "host",
     .argument = "NAME",
     .help = "Another name than localhost by which a server without accounts may be asked for."},
    {.name = "workers", .argument = "N", .help = "Threads that compute; one for each processor is the default."},
    {.name = "connections", .argument = "N", .help = "At most so many connections of one address; 256 is the default."},
    {.name = "log", .argument = "text|json", .is_choice = true, .help = "How to write the log to standard error."},
    {.name = "log-requests", .help = "Log every request too."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus serve --data cases", "Serve this machine, at http://127.0.0.1:8080."},
    {"onus serve --data cases --log json --log-requests", "The same, with a log for programs that says what is asked."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "It was stopped, and had finished what it had accepted."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "The command line is wrong, or it would be open to others without TLS and accounts."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  const char *listen = onus_cli_options_get(invocation, "listen"), *log = onus_cli_options_get(invocation, "log");
  char data[4096];
  uint64_t n_workers = 0, n_connections = 0;
  onus_key *key = NULL;
  onus_error error = {0};
  onus_server_config config = {
      .listen = listen != NULL ? listen : "127.0.0.1:8080",
      .data = data,
      .reference = onus_cli_options_get(invocation, "reference"),
      .certificate_file = onus_cli_options_get(invocation, "tls-cert"),
      .certificate_key_file = onus_cli_options_get(invocation, "tls-key"),
      .allowed_host = onus_cli_options_get(invocation, "host"),
      .log_is_json = log != NULL && strcmp(log, "json") == 0,
      .log_requests = onus_cli_options_get(invocation, "log-requests") != NULL,
  };
  if (!onus_cli_server_data(invocation, data, sizeof data) ||
      !onus_cli_options_number(invocation, "workers", "a whole number", 1, 256, &n_workers) ||
      !onus_cli_options_number(invocation, "connections", "a whole number", 1, 4096, &n_connections))
    return ONUS_CLI_BAD_INPUT;
  config.n_workers = (size_t)n_workers;
  config.connections_per_address = (size_t)n_connections;
  if (onus_cli_options_get(invocation, "key") != NULL) {
    int exit_status = onus_cli_open_key(invocation, &key);
    if (exit_status != ONUS_CLI_OK)
      return exit_status;
  }
  config.signing_key = key;
  onus_status status = onus_server_run(&config, &error);
  onus_key_free(key);
  return status == ONUS_OK ? ONUS_CLI_OK : onus_cli_fail(status, &error);
}

const onus_cli_command onus_cli_serve = {
    .name = "serve",
    .summary = "serve cases over HTTP, with a page",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
