#include "cli/command.h"
#include "cli/work.h"

static const char *const description[] = {
    "Assesses a case as every position sees it and shows the verdicts side by side.",
    "For each two positions the difference in log-odds is split over the ways in which they differ: the prior, the "
    "trust in each source, each item or circumstance that they judge otherwise, and access to sealed items. The parts "
    "add up.",
    "Where two verdicts differ, the crux is named: the fewest differences on which one position would have to agree "
    "with the other in order to reach its verdict.",
    NULL,
};

static const onus_cli_argument arguments[] = {ONUS_CLI_ARGUMENT_CASE, {.name = NULL}};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_AS_OF,  ONUS_CLI_OPTION_ABOUT,  ONUS_CLI_OPTION_FORMAT, ONUS_CLI_OPTION_SEED,
    ONUS_CLI_OPTION_OUTPUT, ONUS_CLI_OPTION_COLOUR, ONUS_CLI_OPTION_HELP,   ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus compare examples/sony-2014", "Who finds the evidence enough, and why the others do not."},
    {"onus compare examples/sony-2014 --as-of 2014-12-31 --format json", "As of a day, for a program."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    ONUS_CLI_EXIT_OK, ONUS_CLI_EXIT_FAILED, ONUS_CLI_EXIT_BAD_INPUT, ONUS_CLI_EXIT_INTERRUPTED, {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_cli_work work;
  int exit_status = onus_cli_work_begin(invocation, &work);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_text text = {0};
  onus_comparison *comparison = NULL;
  onus_status status = onus_case_compare(work.c, &work.options, &comparison, &work.error);
  if (status == ONUS_OK)
    status = onus_comparison_render(comparison, work.format, &work.style, &text, &work.error);
  onus_comparison_free(comparison);
  return onus_cli_work_end(&work, status, &text);
}

const onus_cli_command onus_cli_compare = {
    .name = "compare",
    .summary = "show where the positions part",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
