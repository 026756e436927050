#include <stdio.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/passphrase.h"
#include "cli/server_data.h"
#include "server/server.h"

static const char *const description[] = {
    "Makes an account in the data of a server, which may be running; it knows the account some seconds later. The first "
    "account must be an administrator, and gets the cases that were made while there was none. From then on nobody is "
    "let in without a password or a token.",
    "Passwords are kept as Argon2id hashes; they have at least 10 bytes. Whoever lost one gets another with --reset, "
    "which ends the account's sessions.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "NAME", .help = "Small letters, digits and . _ - @, at most 64."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_DATA,
    {.name = "administrator", .help = "The account looks after the others; it sees no case by that."},
    {.name = "reset", .help = "Give the account that is there another password."},
    {.name = "passphrase-file",
     .argument = "FILE",
     .is_file = true,
     .help = "Take the password from the first line of FILE. Without it, it is that of the environment variable "
             "ONUS_PASSPHRASE, or asked for on the terminal."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"ONUS_PASSPHRASE=an-example-only onus server account ada --administrator --data cases", "The first account."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The account was made, or has the new password."},
    ONUS_CLI_EXIT_FAILED,
    ONUS_CLI_EXIT_BAD_INPUT,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  const char *name = invocation->operand[0];
  bool is_known = onus_cli_options_get(invocation, "reset") != NULL;
  bool is_administrator = onus_cli_options_get(invocation, "administrator") != NULL;
  char data[4096];
  onus_secret *password = NULL;
  onus_error error = {0};
  if (!onus_cli_server_data(invocation, data, sizeof data))
    return ONUS_CLI_BAD_INPUT;
  if (is_known && is_administrator) {
    onus_cli_complain("--reset changes the password alone; an administrator makes others so on the page");
    return ONUS_CLI_BAD_INPUT;
  }
  int exit_status = onus_cli_passphrase(invocation, name, true, &password);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_status status = onus_server_account(data, name, onus_secret_bytes(password), is_administrator, is_known, &error);
  onus_secret_free(password);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  printf("%s: %s\n", name, is_known ? "the password was changed" : "the account was made");
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_server_account = {
    .name = "server account",
    .summary = "make an account of a server",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
