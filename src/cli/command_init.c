#include <stdio.h>

#include "cli/command.h"
#include "cli/message.h"
#include "onus.h"

static const char *const description[] = {
    "Writes a small case with a comment on every part into the folder DIR, which is made if it is not there. It can "
    "be assessed as it stands, and is meant to be changed into yours.",
    "A folder that holds a case already is left alone.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "DIR", .is_file = true, .help = "The folder of the new case."},
    {.name = NULL},
};

static const onus_cli_option options[] = {ONUS_CLI_OPTION_HELP, ONUS_CLI_OPTIONS_END};

static const onus_cli_example examples[] = {
    {"onus init my-case && onus assess my-case", "Start a case and assess it."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    ONUS_CLI_EXIT_OK,
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "The folder holds a case already, or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_error error = {0};
  onus_status status = onus_case_init(invocation->operand[0], &error);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  fputs("A case to start from is in ", stdout);
  onus_cli_print_safely(stdout, invocation->operand[0]);
  fputs(". Change it, then run \"onus check\" and \"onus assess\" on it.\n", stdout);
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_init = {
    .name = "init",
    .summary = "start a new case",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
