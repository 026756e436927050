/* Help and manual pages, from the commands' entries. */
#ifndef ONUS_CLI_HELP_H
#define ONUS_CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

/* What the program is and which commands it has. */
void onus_cli_help_overview(FILE *stream);

/* The commands that share a first word. */
void onus_cli_help_group(FILE *stream, const char *group);

/* All about one command. */
void onus_cli_help_command(FILE *stream, const onus_cli_command *command);

/* The manual page onus.1, or that of one command, in man(7) macros. */
void onus_cli_manual_overview(FILE *stream);
void onus_cli_manual_command(FILE *stream, const onus_cli_command *command);

/* The name of a command's manual page: "onus-reference-import". `out` holds ONUS_CLI_NAME_BYTES. */
void onus_cli_manual_name(const onus_cli_command *command, char *out);

/* What both say about the program as a whole. */
extern const char *const onus_cli_about[];               /* paragraphs, NULL at the end */
extern const char *const onus_cli_environment[][2];      /* name, meaning; NULL at the end */
extern const onus_cli_example onus_cli_about_examples[]; /* the shortest way in */

/* One word of a synopsis at a time: "CASE", "[--position ID]"; the `index`th, written into `out` of `out_bytes`. False
 * beyond the last. */
bool onus_cli_synopsis_part(const onus_cli_command *command, size_t index, char *out, size_t out_bytes);

#endif
