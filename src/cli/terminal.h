/* What the terminal can show. */
#ifndef ONUS_CLI_TERMINAL_H
#define ONUS_CLI_TERMINAL_H

#include "onus.h"

/* Columns of standard output: what COLUMNS says, else what the terminal says, else 80. */
unsigned onus_cli_terminal_width(void);

/* The style of text. `colour` is auto, always, never or NULL (auto); `to_file`: the text goes to a file. */
onus_style onus_cli_terminal_style(const char *colour, bool to_file);

#endif
