#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/transfer.h"
#include "onus.h"

static const char *const description[] = {
    "Fetches a collection of a TAXII 2.1 server into a file, a STIX bundle that \"onus import\" and \"onus reference "
    "import\" read. URL is that of the server's discovery, of an API root or of a collection; without --collection and "
    "--output the collections there are listed.",
    "Every page is kept in FILE.pull before the next is asked for. Whatever ends the work, the same command goes on from "
    "there: nothing is lost, and no object is in the bundle twice. FILE is written when all is there, and FILE.pull "
    "goes.",
    "Only https leaves this machine, certificates are always verified, and neither redirects nor what a discovery names "
    "lead to another server.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "URL", .help = "https://HOST/taxii2/ or whatever the server's operator says."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_COLLECTION,
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .is_file = true,
     .help = "The bundle: written whole or not at all."},
    ONUS_CLI_OPTION_USER,
    ONUS_CLI_OPTION_PASSWORD_FILE,
    ONUS_CLI_OPTION_TOKEN_FILE,
    ONUS_CLI_OPTION_CA_FILE,
    {.name = "added-after",
     .argument = "TIME",
     .help =
         "Only what was added to the collection after TIME, a day or as 2014-12-22T15:04:05Z. The summary says when "
         "the last object was added: for the next time."},
    {.name = "match-type", .argument = "TYPE,...", .help = "Only objects of these types, as report,threat-actor."},
    {.name = "match-id", .argument = "ID,...", .help = "Only these objects."},
    {.name = "match-version",
     .argument = "VERSION",
     .help =
         "Which versions of an object: last, what servers give without it, first, all, or times with commas between "
         "them."},
    {.name = "match-spec-version", .argument = "VERSION", .help = "Only objects of this version of STIX, as 2.1."},
    {.name = "page-size",
     .argument = "N",
     .help = "Ask for so many objects at a time, 1 to 100000; 1000 is the default."},
    ONUS_CLI_OPTION_TIMEOUT,
    ONUS_CLI_OPTION_RETRIES,
    ONUS_CLI_OPTION_TRANSFER_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus pull https://taxii.example.org/taxii2/", "What collections there are."},
    {"onus pull https://taxii.example.org/taxii2/ --collection reports --output reports.json", "One of them."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "All of it is there."},
    {.status = ONUS_CLI_FAILED,
     .meaning = "The server could not be reached, or failed; the same command goes on from where it stood."},
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "The command line is wrong, the server does not know or allow it, or its answers are not TAXII 2.1."},
    {.status = ONUS_CLI_INTERRUPTED, .meaning = "It was interrupted; the same command goes on from where it stood."},
    {.meaning = NULL},
};

static bool asks_for_objects(const onus_cli_invocation *invocation) {
  static const char *const NAMES[] = {"collection", "added-after",   "match-type",
                                      "match-id",   "match-version", "match-spec-version"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (onus_cli_options_get(invocation, NAMES[i]) != NULL)
      return true;
  return false;
}

static int run(const onus_cli_invocation *invocation) {
  const char *url = invocation->operand[0], *output = onus_cli_options_get(invocation, "output");
  onus_taxii_filters filters = {.added_after = onus_cli_options_get(invocation, "added-after"),
                                .type = onus_cli_options_get(invocation, "match-type"),
                                .id = onus_cli_options_get(invocation, "match-id"),
                                .version = onus_cli_options_get(invocation, "match-version"),
                                .spec_version = onus_cli_options_get(invocation, "match-spec-version")};
  if (output == NULL && asks_for_objects(invocation)) {
    onus_cli_complain("--output FILE is missing: where the objects go");
    return ONUS_CLI_BAD_INPUT;
  }
  onus_cli_transfer transfer;
  onus_transfer *made = NULL;
  onus_error error = {0};
  int exit_status = onus_cli_transfer_begin(invocation, &transfer);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_status status = output == NULL ? onus_taxii_list(url, &transfer.options, &made, &error)
                                      : onus_taxii_pull(url, onus_cli_options_get(invocation, "collection"), output,
                                                        &filters, &transfer.options, &made, &error);
  return onus_cli_transfer_end(invocation, &transfer, status, made, &error);
}

const onus_cli_command onus_cli_pull = {
    .name = "pull",
    .summary = "fetch a collection of a TAXII server",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
