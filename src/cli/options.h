/* Reads a command line by the table of its command. */
#ifndef ONUS_CLI_OPTIONS_H
#define ONUS_CLI_OPTIONS_H

#include "cli/command.h"
#include "onus.h"

enum { ONUS_CLI_REASON_BYTES = 512 };

/* Reads what stands after the command's name. Takes --name=value, --name value, -n value, -nvalue, and -- after which
 * nothing is an option. False when it is wrong; `reason` (ONUS_CLI_REASON_BYTES) then says how, and what would be
 * right. When --help is among the options nothing else has to be complete. */
bool onus_cli_options_read(const onus_cli_command *command, int argc, char **argv, onus_cli_invocation *ret_invocation,
                           char *reason);

/* The value of an option of the command; NULL when it was not given. */
const char *onus_cli_options_get(const onus_cli_invocation *invocation, const char *name);

/* The value of an option that is a number from `least` to `most`, unchanged when it was not given; false after a
 * complaint that it must be `what`, such as "a whole number of MiB". */
bool onus_cli_options_number(const onus_cli_invocation *invocation, const char *name, const char *what, uint64_t least,
                             uint64_t most, uint64_t *number);

/* The same of one that need not be whole, above 0 and at most `most`; `what` says so. */
bool onus_cli_options_real(const onus_cli_invocation *invocation, const char *name, const char *what, double most,
                           double *number);

/* What --format says; text when it was not given. */
onus_format onus_cli_options_format(const onus_cli_invocation *invocation);

/* True if `value` is one of the choices "a|b|c". */
bool onus_cli_is_choice(const char *choices, const char *value);

enum { ONUS_CLI_NOT_NEAR = 3 };

/* Changes of one letter (or swaps of two neighbours) between two words, ONUS_CLI_NOT_NEAR if they are too many for one
 * to be meant by the other. */
size_t onus_cli_distance(const char *a, const char *b);

#endif
