#include "cli/command.h"
#include "cli/json.h"
#include "cli/public_keys.h"
#include "onus.h"

static const char *const description[] = {
    "Prints the public half of a key: as one that signs, as one that cosigns, and its fingerprint in digits and in "
    "words, to be compared over another way than the one by which the case came. The passphrase is not needed.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "FILE", .is_file = true, .help = "The file of the private key."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_CUSTODY_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus key show examples/custody/fbi-example.key", "The public half of a key, and its fingerprint."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "It was done."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "The file is no key, or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  return onus_cli_public_keys_show(invocation->operand[0], onus_cli_wants_json(invocation));
}

const onus_cli_command onus_cli_key_show = {
    .name = "key show",
    .summary = "print the public half of a key and its fingerprint",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
