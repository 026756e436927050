/* Where results go. */
#ifndef ONUS_CLI_OUTPUT_H
#define ONUS_CLI_OUTPUT_H

#include "onus.h"

/* Standard streams that the caller closed are replaced by ones on which using them fails, so that no file opened later
 * is mistaken for one of them. A closed pipe becomes an error like any other. */
void onus_cli_output_begin(void);

/* Writes to `file`, or to standard output when it is NULL or "-". Gives the exit status, having said what went wrong.
 */
int onus_cli_output_write(const char *file, const char *bytes, size_t length_bytes);

/* Writes `text` when `status` is ONUS_OK, or says what went wrong; frees the text. Gives the exit status. */
int onus_cli_output_text(const char *file, onus_status status, onus_text *text, const onus_error *error);

/* Makes sure that what was printed to standard output got there; otherwise says so. Gives `status`, or
 * ONUS_CLI_FAILED. */
int onus_cli_output_end(int status);

#endif
