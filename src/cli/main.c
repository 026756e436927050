/* onus, the program: finds the command, reads its options by its entry, runs it. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "onus.h"

static int run_command(const onus_cli_command *command, int argc, char **argv) {
  onus_cli_invocation invocation;
  char reason[ONUS_CLI_REASON_BYTES], text[ONUS_CLI_REASON_BYTES + 32];
  if (!onus_cli_options_read(command, argc, argv, &invocation, reason)) {
    snprintf(text, sizeof text, "%s: %s", command->name, reason);
    onus_cli_complain(text);
    return ONUS_CLI_BAD_INPUT;
  }
  if (onus_cli_options_get(&invocation, "help") != NULL) {
    onus_cli_help_command(stdout, command);
    return ONUS_CLI_OK;
  }
  return command->run(&invocation);
}

static int run(int argc, char **argv) {
  if (argc < 2) {
    onus_cli_help_overview(stderr);
    return ONUS_CLI_BAD_INPUT;
  }
  const char *word = argv[1];
  if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
    printf("onus %s\n", onus_version());
    return ONUS_CLI_OK;
  }
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
    onus_cli_help_overview(stdout);
    return ONUS_CLI_OK;
  }
  size_t n_used = 0;
  const onus_cli_command *command = onus_cli_command_find(argv + 1, (size_t)argc - 1, &n_used);
  if (command != NULL)
    return run_command(command, argc - 1 - (int)n_used, argv + 1 + n_used);
  const char *next = argc > 2 ? argv[2] : NULL;
  if (onus_cli_command_is_group(word) && next != NULL && (strcmp(next, "--help") == 0 || strcmp(next, "-h") == 0)) {
    onus_cli_help_group(stdout, word);
    return ONUS_CLI_OK;
  }
  onus_cli_complain_command(word, next);
  return ONUS_CLI_BAD_INPUT;
}

int main(int argc, char **argv) {
  onus_cli_output_begin();
  /* The character set only: numbers are written the same everywhere. */
  setlocale(LC_CTYPE, "");
  return onus_cli_output_end(run(argc, argv));
}
