#include "cli/command.h"
#include "cli/options.h"
#include "cli/transfer.h"
#include "onus.h"

static const char *const description[] = {
    "Adds the objects of a STIX bundle, as \"onus export --to stix\" writes it, to a collection of a TAXII 2.1 server. They "
    "go in envelopes no larger than the server takes. What it works on is waited for; what it refused is listed.",
    "FILE.push says what was accepted. Whatever ends the work, the same command goes on from there: nothing that was "
    "accepted is sent again. Where it is not known whether an envelope arrived, the manifest of the collection tells what "
    "is there, as far as the server lets us read it. FILE.push goes when everything has been accepted; after a refusal "
    "the same command sends what was refused again.",
    "Only https leaves this machine, certificates are always verified, and no redirect is followed.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "URL", .help = "https://HOST/taxii2/ or whatever the server's operator says."},
    {.name = "FILE", .is_file = true, .help = "The bundle."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_COLLECTION,
    {.name = "state",
     .argument = "FILE",
     .is_file = true,
     .help = "Keep what was accepted in FILE rather than beside the bundle."},
    ONUS_CLI_OPTION_USER,
    ONUS_CLI_OPTION_PASSWORD_FILE,
    ONUS_CLI_OPTION_TOKEN_FILE,
    ONUS_CLI_OPTION_CA_FILE,
    {.name = "page-size",
     .argument = "N",
     .help = "Send at most so many objects at a time, 1 to 100000; 1000 is the default."},
    ONUS_CLI_OPTION_TIMEOUT,
    ONUS_CLI_OPTION_RETRIES,
    ONUS_CLI_OPTION_TRANSFER_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus push https://taxii.example.org/taxii2/ examples/reference/bundle.json --collection drafts",
     "Add the objects of a bundle."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "All objects were accepted."},
    {.status = ONUS_CLI_FAILED,
     .meaning = "Objects were refused, or the server could not be reached, or failed; the same command goes on."},
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "The bundle or the command line is wrong, the server does not know or allow it, or its answers are not "
                "TAXII 2.1."},
    {.status = ONUS_CLI_INTERRUPTED, .meaning = "It was interrupted; the same command goes on from where it stood."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_cli_transfer transfer;
  onus_transfer *made = NULL;
  onus_error error = {0};
  int exit_status = onus_cli_transfer_begin(invocation, &transfer);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_status status =
      onus_taxii_push(invocation->operand[0], onus_cli_options_get(invocation, "collection"), invocation->operand[1],
                      onus_cli_options_get(invocation, "state"), &transfer.options, &made, &error);
  return onus_cli_transfer_end(invocation, &transfer, status, made, &error);
}

const onus_cli_command onus_cli_push = {
    .name = "push",
    .summary = "add a STIX bundle to a collection of a TAXII server",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
