/* What a verification found, on standard output. */
#ifndef ONUS_CLI_FINDINGS_H
#define ONUS_CLI_FINDINGS_H

#include "onus.h"

/* Prints and frees it, as JSON of that kind or as text (`kind` NULL). When something is refused, complains in the words
 * of `complaint`. Gives the exit status. */
int onus_cli_findings_end(onus_verification *verification, const char *kind, const char *complaint);

#endif
