#include <stdio.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/options.h"

static const char *const description[] = {
    "Shows what onus does and which commands it has, or all about one command. The same is shown by the option --help "
    "of every command.",
    "With --man it prints the manual page instead, in man(7) macros.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "COMMAND",
     .is_optional = true,
     .is_repeated = true,
     .help = "The command to explain: its one or two words."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "man", .help = "Print the manual page."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus help assess", "All about \"onus assess\"."},
    {"onus help --man > onus.1", "The manual page of the program."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    ONUS_CLI_EXIT_OK,
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "There is no such command, or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  bool as_manual = onus_cli_options_get(invocation, "man") != NULL;
  if (invocation->n_operands == 0) {
    (as_manual ? onus_cli_manual_overview : onus_cli_help_overview)(stdout);
    return ONUS_CLI_OK;
  }
  size_t n_used = 0;
  const char *name = invocation->operand[0], *next = invocation->n_operands > 1 ? invocation->operand[1] : NULL;
  const onus_cli_command *command = onus_cli_command_find(invocation->operand, invocation->n_operands, &n_used);
  if (command == NULL && next == NULL && !as_manual && onus_cli_command_is_group(name)) {
    onus_cli_help_group(stdout, name);
    return ONUS_CLI_OK;
  }
  if (command == NULL || n_used < invocation->n_operands) {
    if (command == NULL)
      onus_cli_complain_command(name, next);
    else
      onus_cli_complain("help: there are words after the command; give its name alone");
    return ONUS_CLI_BAD_INPUT;
  }
  (as_manual ? onus_cli_manual_command : onus_cli_help_command)(stdout, command);
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_help = {
    .name = "help",
    .summary = "explain a command",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
