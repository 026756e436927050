#include <stdio.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/server_data.h"
#include "server/server.h"

static const char *const description[] = {
    "Checks the audit log of a server, which may be running. Every row of it holds a hash over itself and the row before, "
    "so a row cannot be changed, removed or put between without changing all that follow. Prints the number of the last "
    "row and its hash.",
    "Whoever can write the file can write all of it anew. Keep what is printed somewhere else, and give it with --since "
    "the next time: then the log must still hold it.",
    NULL,
};

static const onus_cli_argument arguments[] = {{.name = NULL}};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_DATA,
    {.name = "since", .argument = "N:HASH", .help = "The last row at an earlier check."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"ONUS_PASSPHRASE=an-example-only onus server account ada --administrator --data cases && onus server audit --data "
     "cases",
     "Make an account, which is a row of the log, and check it."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The log is as it was written."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "It was changed, or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  char data[4096];
  onus_server_audit_head head;
  onus_error error = {0};
  if (!onus_cli_server_data(invocation, data, sizeof data))
    return ONUS_CLI_BAD_INPUT;
  onus_status status = onus_server_audit(data, onus_cli_options_get(invocation, "since"), &head, &error);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  printf("%lld:%s\n", (long long)head.number, head.hash);
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_server_audit = {
    .name = "server audit",
    .summary = "check the audit log of a server",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
