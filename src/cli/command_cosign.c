#include <stdio.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "onus.h"

static const char *const description[] = {
    "Adds to the last checkpoint of a case what another party says of it. With --key, its signature that the checkpoint "
    "was there now and continues those before (c2sp.org/tlog-cosignature); the case is verified first, and one in which "
    "anything is refused is not cosigned.",
    "With --request, a request for a time stamp (RFC 3161) of the last checkpoint is written, to be sent to an "
    "authority; --stamp puts the answer beside the checkpoint. What it stamps is checked; whether the authority signed "
    "it is not: \"openssl ts -verify\" does that.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "CASE", .is_file = true, .help = "The folder of the case."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "key", .letter = 'k', .argument = "FILE", .is_file = true, .help = "The private key of who cosigns."},
    {.name = "request",
     .argument = "FILE",
     .is_file = true,
     .help = "Write a request for a time stamp to FILE; nothing else is done."},
    {.name = "stamp", .argument = "FILE", .is_file = true, .help = "Add the time stamp in FILE."},
    ONUS_CLI_OPTION_PASSPHRASE,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"cp -r examples/sony-2014 mine && ONUS_PASSPHRASE=example onus cosign mine --key "
     "examples/custody/reviewer-example.key",
     "Say that the case was there today."},
    {"onus cosign examples/sony-2014 --request stamp.tsq", "Ask for a time stamp."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "It was done."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "The case is not as it was signed, was cosigned with the key already, or the command line is wrong."},
    {.meaning = NULL},
};

static int cosign(const onus_cli_invocation *invocation) {
  onus_key *key;
  int exit_status = onus_cli_open_key(invocation, &key);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_error error = {0};
  onus_status status = onus_case_cosign(invocation->operand[0], key, 0, &error);
  onus_key_free(key);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  puts("Cosigned.");
  return ONUS_CLI_OK;
}

static int request(const char *folder, const char *file) {
  onus_text text = {0};
  onus_error error = {0};
  onus_status status = onus_case_stamp_request(folder, &text, &error);
  return onus_cli_output_text(file, status, &text, &error);
}

static int run(const onus_cli_invocation *invocation) {
  const char *key = onus_cli_options_get(invocation, "key"), *file = onus_cli_options_get(invocation, "request"),
             *stamp = onus_cli_options_get(invocation, "stamp");
  if ((key != NULL) + (file != NULL) + (stamp != NULL) != 1) {
    onus_cli_complain("cosign: give one of --key, --request and --stamp");
    return ONUS_CLI_BAD_INPUT;
  }
  if (key != NULL)
    return cosign(invocation);
  if (file != NULL)
    return request(invocation->operand[0], file);
  onus_error error = {0};
  onus_status status = onus_case_stamp(invocation->operand[0], stamp, &error);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  puts("The time stamp stands beside its checkpoint.");
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_cosign = {
    .name = "cosign",
    .summary = "add another party's word to a signed case",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
