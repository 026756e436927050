#include "cli/command.h"
#include "cli/validation.h"

static const char *const description[] = {
    "Fits the weights of an engine to incidents whose actors are known, and keeps them in the reference, where they count "
    "from then on. Without it the weights count that come with onus, which were fitted to public reports on other people's "
    "incidents: your own sources, and what you see of incidents, may differ.",
    "Shows how well the incidents are ascribed by weights fitted to the others, in ten folds that keep each actor's "
    "incidents together; the weights that are kept are fitted to all of them. Without --incidents the reference's own "
    "reports are the incidents, each judged by what all the others say.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "REF", .is_file = true, .help = "The reference: a folder, or clickhouses://HOST:PORT,.../DATABASE."},
    {.name = NULL},
};

static const onus_cli_option options[] = {ONUS_CLI_OPTIONS_VALIDATION, ONUS_CLI_OPTIONS_VALIDATION_RESULT};

static const onus_cli_example examples[] = {
    {"onus reference import --into ref examples/reference/apt_*.txt && onus reference calibrate ref --incidents "
     "examples/incidents/incidents.jsonl --truth examples/incidents/truth.jsonl",
     "Weights for your own reference and incidents."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The weights are kept."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "A file, the reference or the command line is wrong; standard error says where. Nothing was kept."},
    ONUS_CLI_EXIT_INTERRUPTED,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  return onus_cli_validation_run(invocation, invocation->operand[0], ONUS_FIT_FOLDS, onus_reference_calibrate);
}

const onus_cli_command onus_cli_reference_calibrate = {
    .name = "reference calibrate",
    .summary = "fit an engine's weights to incidents whose actors are known",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
