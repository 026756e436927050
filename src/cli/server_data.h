/* The data folder that a server and the commands beside it work on. */
#ifndef ONUS_CLI_SERVER_DATA_H
#define ONUS_CLI_SERVER_DATA_H

#include "cli/command.h"

#define ONUS_CLI_OPTION_DATA                                                                                           \
  {                                                                                                                    \
    .name = "data", .argument = "DIR", .is_file = true,                                                                \
    .help = "The folder of the server's data; the default is onus in XDG_DATA_HOME, or in ~/.local/share."             \
  }

/* The value of --data or its default. False, after a complaint, when there is neither. */
bool onus_cli_server_data(const onus_cli_invocation *invocation, char *out, size_t out_bytes);

#endif
