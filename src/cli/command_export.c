#include "cli/command.h"
#include "cli/work.h"

static const char *const description[] = {
    "Writes the case in a format that other programs read.",
    "bif: the Bayesian network of one position at the point values of its inputs, in the Bayesian network interchange "
    "format 0.15. Every node item_... is to be observed in its state \"found\"; the node of the hypotheses then has "
    "the same posterior as \"onus assess\" gives.",
    NULL,
};

static const onus_cli_argument arguments[] = {ONUS_CLI_ARGUMENT_CASE, {.name = NULL}};

static const onus_cli_option options[] = {
    {.name = "to", .letter = 't', .argument = "bif", .is_choice = true, .is_required = true, .help = "The format."},
    ONUS_CLI_OPTION_POSITION,
    ONUS_CLI_OPTION_AS_OF,
    ONUS_CLI_OPTION_OUTPUT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus export examples/sony-2014 --to bif --output sony.bif", "A network for GeNIe, pgmpy, pyAgrum and others."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    ONUS_CLI_EXIT_OK,
    ONUS_CLI_EXIT_FAILED,
    ONUS_CLI_EXIT_BAD_INPUT,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_cli_work work;
  int exit_status = onus_cli_work_begin(invocation, &work);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_text text = {0};
  onus_status status = onus_case_export_bif(work.c, &work.options, &text, &work.error);
  return onus_cli_work_end(&work, status, &text);
}

const onus_cli_command onus_cli_export = {
    .name = "export",
    .summary = "write a case for other programs",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
