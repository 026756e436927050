#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/passphrase.h"
#include "cli/public_keys.h"
#include "onus.h"

static const char *const description[] = {
    "Makes a key (Ed25519) to sign cases with and writes it to the file that --output names: readable by its owner only "
    "and encrypted under a passphrase (Argon2id). NAME has no blanks and no plus; an address without its scheme, as "
    "fbi.example/sony, keeps it apart from other people's.",
    "Whoever loses the passphrase loses the key. Whoever has both file and passphrase can sign.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "NAME", .help = "The name of the key, which every signature shows."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .is_file = true,
     .is_required = true,
     .help = "The file of the new key. One that is there already is left alone."},
    ONUS_CLI_OPTION_PASSPHRASE,
    ONUS_CLI_OPTION_CUSTODY_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"ONUS_PASSPHRASE=example onus key new fbi.example/sony --output fbi.key", "Make a key."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The key was made."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "The file is there already, or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  const char *output = onus_cli_options_get(invocation, "output");
  onus_key *key = NULL;
  onus_secret *passphrase = NULL;
  onus_error error = {0};
  onus_status status = onus_key_new(invocation->operand[0], &key, &error);
  int exit_status =
      status == ONUS_OK ? onus_cli_passphrase(invocation, output, true, &passphrase) : onus_cli_fail(status, &error);
  if (exit_status == ONUS_CLI_OK) {
    status = onus_key_write(key, output, passphrase, &error);
    exit_status = status == ONUS_OK ? onus_cli_public_keys_show(output, onus_cli_wants_json(invocation))
                                    : onus_cli_fail(status, &error);
  }
  onus_secret_free(passphrase);
  onus_key_free(key);
  return exit_status;
}

const onus_cli_command onus_cli_key_new = {
    .name = "key new",
    .summary = "make a key to sign with",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
