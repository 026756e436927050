#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/validation.h"

static const char *const description[] = {
    "Ranks many incidents by a reference and, where it is known who did them, measures how well: how often the right actor "
    "comes first or among the first 3 and 10, mean reciprocal rank, Brier score, log loss, calibration error, Cllr and "
    "Cllr_min of the likelihood ratios, and how well known actors are told from unknown ones. docs/CALIBRATION.md says "
    "what each is.",
    "Each incident is judged by the reference less what rests on the reports that the incident leaves out. --fit says by "
    "which weights: own are those that count in the reference; folds fits them to the other incidents, in ten folds that "
    "keep each actor's incidents together; rolling fits them to the incidents of earlier years, and judges by what was "
    "public at the end of the year before. Figures by weights that were fitted to the same incidents flatter.",
    NULL,
};

static const onus_cli_argument arguments[] = {{.name = NULL}};

static const onus_cli_option options[] = {
    {.name = "reference",
     .letter = 'r',
     .argument = "REF",
     .is_file = true,
     .is_required = true,
     .help = "The reference: a folder, or clickhouses://HOST:PORT,.../DATABASE."},
    ONUS_CLI_OPTIONS_VALIDATION,
    {.name = "fit",
     .argument = "own|folds|rolling",
     .is_choice = true,
     .help = "By which weights incidents are judged; own is the default."},
    ONUS_CLI_OPTIONS_VALIDATION_RESULT,
};

static const onus_cli_example examples[] = {
    {"onus reference import --into ref examples/reference/apt_*.txt && onus evaluate --reference ref --incidents "
     "examples/incidents/incidents.jsonl --truth examples/incidents/truth.jsonl --predictions answers.tsv",
     "How well incidents are ascribed whose actors are known."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The incidents were judged, however well."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "A file, the reference or the command line is wrong; standard error says where."},
    ONUS_CLI_EXIT_INTERRUPTED,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  const char *fit = onus_cli_options_get(invocation, "fit");
  onus_fit_mode mode = fit == NULL || strcmp(fit, "own") == 0 ? ONUS_FIT_OWN
                       : strcmp(fit, "folds") == 0            ? ONUS_FIT_FOLDS
                                                              : ONUS_FIT_ROLLING;
  return onus_cli_validation_run(invocation, onus_cli_options_get(invocation, "reference"), mode,
                                 onus_reference_evaluate);
}

const onus_cli_command onus_cli_evaluate = {
    .name = "evaluate",
    .summary = "measure how well a reference tells who did it",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
