/* What the terminal can show. */
#ifndef ONUS_CLI_TERMINAL_H
#define ONUS_CLI_TERMINAL_H

#include "cli/command.h"
#include "onus.h"

/* Columns of standard output: what COLUMNS says, else what the terminal says, else 80. */
unsigned onus_cli_terminal_width(void);

/* The style, as --colour says, of text that goes to `file`, or to standard output when that is NULL or "-". */
onus_style onus_cli_terminal_style(const onus_cli_invocation *invocation, const char *file);

#endif
