/* What pulling from and pushing to a TAXII server have in common. */
#ifndef ONUS_CLI_TRANSFER_H
#define ONUS_CLI_TRANSFER_H

#include "cli/command.h"
#include "cli/progress.h"

#define ONUS_CLI_OPTION_COLLECTION                                                                                     \
  {                                                                                                                    \
    .name = "collection", .letter = 'c', .argument = "NAME",                                                           \
    .help = "The collection: its identifier, alias or title. Not needed when URL is its own."                          \
  }
#define ONUS_CLI_OPTION_USER                                                                                           \
  {                                                                                                                    \
    .name = "user", .letter = 'u', .argument = "NAME",                                                                 \
    .help = "Log in as NAME (HTTP basic authentication). The password is the first line of --password-file, else the " \
            "value of ONUS_TAXII_PASSWORD; it is never given on the command line, where others can see it."            \
  }
#define ONUS_CLI_OPTION_PASSWORD_FILE                                                                                  \
  { .name = "password-file", .argument = "FILE", .is_file = true, .help = "The password is the first line of FILE." }
#define ONUS_CLI_OPTION_TOKEN_FILE                                                                                     \
  {                                                                                                                    \
    .name = "token-file", .argument = "FILE", .is_file = true,                                                         \
    .help = "Log in with a bearer token, the first line of FILE. Without --user and this, ONUS_TAXII_TOKEN is used "   \
            "when it is set."                                                                                          \
  }
#define ONUS_CLI_OPTION_CA_FILE                                                                                        \
  {                                                                                                                    \
    .name = "ca-file", .argument = "FILE", .is_file = true,                                                            \
    .help = "Certificates (PEM) of those who may vouch for the server, in place of the system's. There is no way to "  \
            "do without."                                                                                              \
  }
#define ONUS_CLI_OPTION_TIMEOUT                                                                                        \
  {                                                                                                                    \
    .name = "timeout", .argument = "SECONDS",                                                                          \
    .help = "How long a whole request may take, 1 to 3600; 120 is the default."                                        \
  }
#define ONUS_CLI_OPTION_RETRIES                                                                                        \
  {                                                                                                                    \
    .name = "retries", .argument = "N",                                                                                \
    .help = "Try again so often, in a row and with pauses that grow, before giving up, 0 to 100; 5 is the default. "   \
            "A server that says when to come again is obeyed up to five minutes."                                      \
  }
#define ONUS_CLI_OPTION_TRANSFER_FORMAT                                                                                \
  {                                                                                                                    \
    .name = "format", .letter = 'f', .argument = "text|json", .is_choice = true,                                       \
    .help = "How to show the summary: text, the default, or json as in docs/transfer.schema.json."                     \
  }

typedef struct onus_cli_transfer {
  onus_taxii_options options;
  onus_secret *password, *token;
  onus_cli_progress progress;
} onus_cli_transfer;

/* Reads the options above. Gives the exit status, having said what is wrong: then there is nothing to end. */
int onus_cli_transfer_begin(const onus_cli_invocation *invocation, onus_cli_transfer *transfer);

/* Shows the summary when `status` is ONUS_OK, or says what went wrong. Frees `made`. Gives the exit status. */
int onus_cli_transfer_end(const onus_cli_invocation *invocation, onus_cli_transfer *transfer, onus_status status,
                          onus_transfer *made, const onus_error *error);

#endif
