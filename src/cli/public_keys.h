/* The public keys that an option names: one as text, or a file with one on each line. */
#ifndef ONUS_CLI_PUBLIC_KEYS_H
#define ONUS_CLI_PUBLIC_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/command.h"

#define ONUS_CLI_OPTION_PUBLIC_KEY                                                                                     \
  {                                                                                                                    \
    .name = "key", .letter = 'k', .argument = "KEY", .is_file = true,                                                  \
    .help = "A public key that you know to be who it says, as \"onus key show\" prints it, or a file with one on "     \
            "each line. Without it the keys that came with the case are used, and nothing proves whose they are."      \
  }

enum { ONUS_CLI_PUBLIC_KEYS = 64 };

typedef struct onus_cli_public_keys {
  const char *keys[ONUS_CLI_PUBLIC_KEYS];
  size_t count;
  char text[32768];
} onus_cli_public_keys;

/* `given` is the value of the option, NULL: no keys. False, after a complaint, when the file cannot be read. */
bool onus_cli_public_keys_read(const char *given, onus_cli_public_keys *ret_keys);

/* Prints the public half of the private key in a file. Gives the exit status. */
int onus_cli_public_keys_show(const char *path, bool is_json);

#endif
