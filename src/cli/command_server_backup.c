#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/server_data.h"
#include "server/server.h"

static const char *const description[] = {
    "Copies all that a server keeps into one file, as it is at one moment, while the server runs and others write. To go "
    "back to it, stop the server, put the copy in place of onus.sqlite in the folder of its data, and remove "
    "onus.sqlite-wal and onus.sqlite-shm beside it.",
    "The copy holds everything, also what was opened of sealed items: keep it as you keep the server.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "TO", .is_file = true, .help = "The file of the copy. One that is there already is left alone."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_DATA,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"ONUS_PASSPHRASE=an-example-only onus server account ada --administrator --data cases && onus server backup "
     "copy.sqlite --data cases",
     "Make an account, and a copy of all there is."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The copy is whole and on the disk."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "The file is there already, or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  char data[4096];
  onus_error error = {0};
  if (!onus_cli_server_data(invocation, data, sizeof data))
    return ONUS_CLI_BAD_INPUT;
  onus_status status = onus_server_backup(data, invocation->operand[0], &error);
  return status == ONUS_OK ? ONUS_CLI_OK : onus_cli_fail(status, &error);
}

const onus_cli_command onus_cli_server_backup = {
    .name = "server backup",
    .summary = "copy the data of a server while it runs",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
