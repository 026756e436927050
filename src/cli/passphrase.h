/* Passphrases: from a file, from the environment, or typed without an echo; never from the command line. */
#ifndef ONUS_CLI_PASSPHRASE_H
#define ONUS_CLI_PASSPHRASE_H

#include "cli/command.h"
#include "onus.h"

#define ONUS_CLI_OPTION_PASSPHRASE                                                                                     \
  {                                                                                                                    \
    .name = "passphrase-file", .argument = "FILE", .is_file = true,                                                    \
    .help = "Take the passphrase from the first line of FILE. Without it, it is that of the environment variable "     \
            "ONUS_PASSPHRASE, or asked for on the terminal."                                                           \
  }

/* What the options of the command say. `what` is what it opens ("the key fbi.key"); `is_new`: asked for twice. Gives
 * the exit status, having said what went wrong; free the passphrase with onus_secret_free. */
int onus_cli_passphrase(const onus_cli_invocation *invocation, const char *what, bool is_new,
                        onus_secret **ret_passphrase);

/* Another secret: the first line of `file`, else the value of the environment variable `variable`; *ret_secret stays as
 * it is when there is neither. `what` ("password") is for messages. */
int onus_cli_secret(const char *file, const char *variable, const char *what, onus_secret **ret_secret);

/* The private key in the file that the option --key names, opened with the passphrase. */
int onus_cli_open_key(const onus_cli_invocation *invocation, onus_key **ret_key);

#endif
