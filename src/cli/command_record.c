#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/passphrase.h"
#include "cli/progress.h"
#include "cli/work.h"
#include "onus.h"

static const char *const description[] = {
    "Computes the verdict of every position and writes a signed record: all values, the digest of every file that they "
    "come from, the reference snapshot and engine that computed rows name, the version of onus, and the seed. Whoever "
    "has the case can compute it again with \"onus replay\" and compare.",
    "The record goes into the folder `records` of the case, which is no input itself; run \"onus sign\" afterwards to "
    "have it in the signed case.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "CASE", .is_file = true, .help = "The folder of the case."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "key",
     .letter = 'k',
     .argument = "FILE",
     .is_file = true,
     .is_required = true,
     .help = "The private key that signs the record."},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .is_file = true,
     .help = "The file of the record, in place of the next free name in the folder `records` of the case."},
    ONUS_CLI_OPTION_AS_OF,
    ONUS_CLI_OPTION_ABOUT,
    ONUS_CLI_OPTION_SEED,
    ONUS_CLI_OPTION_PASSPHRASE,
    ONUS_CLI_OPTION_CUSTODY_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"cp -r examples/sony-2014 mine && ONUS_PASSPHRASE=example onus record mine --key examples/custody/fbi-example.key",
     "Record the verdicts of a copy of the example."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The record was written."},
    ONUS_CLI_EXIT_FAILED,
    ONUS_CLI_EXIT_BAD_INPUT,
    ONUS_CLI_EXIT_INTERRUPTED,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_cli_progress progress;
  onus_options chosen = {.as_of = onus_cli_options_get(invocation, "as-of"),
                         .about = onus_cli_options_get(invocation, "about"),
                         .progress = onus_cli_progress_step,
                         .progress_context = &progress};
  if (!onus_cli_read_seed(invocation, &chosen.seed))
    return ONUS_CLI_BAD_INPUT;
  onus_key *key;
  int exit_status = onus_cli_open_key(invocation, &key);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_text path = {0};
  onus_error error = {0};
  onus_cli_progress_begin(&progress);
  onus_status status =
      onus_case_record(invocation->operand[0], &chosen, key, onus_cli_options_get(invocation, "output"), &path, &error);
  onus_cli_progress_end(&progress);
  onus_key_free(key);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  if (onus_cli_wants_json(invocation)) {
    onus_cli_json_begin("record");
    onus_cli_json_text("path", path.bytes);
    onus_cli_json_end();
  } else {
    fputs("Recorded in ", stdout);
    onus_cli_print_safely(stdout, path.bytes);
    puts(".");
  }
  onus_text_free(&path);
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_record = {
    .name = "record",
    .summary = "write down the verdicts so that others can compute them again",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
