/* What the program says on standard error, and text from outside made harmless for a terminal. */
#ifndef ONUS_CLI_MESSAGE_H
#define ONUS_CLI_MESSAGE_H

#include <stdio.h>

#include "onus.h"

/* Prints text that came from a file or the command line. Control characters, those that turn the direction of writing,
 * and bytes that are not UTF-8 are shown escaped, so that a case cannot command the terminal of who reads it. */
void onus_cli_print_safely(FILE *stream, const char *text);

/* Prints it as a JSON string, in which the same characters are escaped. Bytes that are not UTF-8 become U+FFFD, so that
 * the whole stays JSON. */
void onus_cli_print_json(FILE *stream, const char *text);

/* "onus: …" on standard error; `text` is made safe. */
void onus_cli_complain(const char *text);

/* That there is no command of that name, and which one may have been meant. `next`: the word after it, or NULL. */
void onus_cli_complain_command(const char *name, const char *next);

/* The error with its place, and the exit status that it means. */
int onus_cli_fail(onus_status status, const onus_error *error);

/* "path:line:column: found; remedy", one line each. */
void onus_cli_print_problems(FILE *stream, const onus_problems *problems);

#endif
