#include "cli/command.h"
#include "cli/findings.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/public_keys.h"
#include "onus.h"

static const char *const description[] = {
    "Computes again what \"onus record\" wrote down and compares every value, to 1e-9. Says which inputs have changed, "
    "whether it was another version of onus, and which value is the first that differs.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "RECORD", .is_file = true, .help = "The file of the record."},
    {.name = "CASE",
     .is_file = true,
     .is_optional = true,
     .help = "The folder of the case. Not needed when the record lies in its folder `records`."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_PUBLIC_KEY,
    ONUS_CLI_OPTION_CUSTODY_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"cp -r examples/sony-2014 mine && ONUS_PASSPHRASE=example onus record mine --key examples/custody/fbi-example.key "
     "&& onus replay mine/records/0001.record",
     "Record, and compute again."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "Every value agrees."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "Something differs, the record was changed, or the command line is wrong."},
    ONUS_CLI_EXIT_INTERRUPTED,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_cli_public_keys keys;
  if (!onus_cli_public_keys_read(onus_cli_options_get(invocation, "key"), &keys))
    return ONUS_CLI_BAD_INPUT;
  onus_cli_progress progress;
  onus_cli_progress_begin(&progress);
  onus_verify_options chosen = {
      .keys = keys.keys, .n_keys = keys.count, .progress = onus_cli_progress_step, .progress_context = &progress};
  onus_verification *verification = NULL;
  onus_error error = {0};
  onus_status status =
      onus_record_replay(invocation->operand[0], invocation->n_operands > 1 ? invocation->operand[1] : NULL, &chosen,
                         &verification, &error);
  onus_cli_progress_end(&progress);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  return onus_cli_findings_end(verification, onus_cli_wants_json(invocation) ? "replay" : NULL,
                               "it is not what was recorded");
}

const onus_cli_command onus_cli_replay = {
    .name = "replay",
    .summary = "compute recorded verdicts again and compare",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
