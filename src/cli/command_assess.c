#include "cli/command.h"
#include "cli/work.h"

static const char *const description[] = {
    "Weighs the evidence of a case as one position sees it, and says whether it is enough for that position's "
    "standard of proof. The verdict is \"enough\" if the 5 % quantile of the probability reaches the standard, \"not "
    "enough\" if the 95 % quantile stays below it, and \"it depends\" otherwise; then the inputs whose ranges decide "
    "it are named.",
    "The result shows what carries the verdict: the weight of every item and source, what would remain without it, "
    "and the values at which the verdict would change.",
    "With --format html the result is a page on the whole case: the assessment, all positions side by side, and how "
    "the verdict grew over time.",
    NULL,
};

static const onus_cli_argument arguments[] = {ONUS_CLI_ARGUMENT_CASE, {.name = NULL}};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_POSITION, ONUS_CLI_OPTION_AS_OF, ONUS_CLI_OPTION_ABOUT,
    ONUS_CLI_OPTION_FORMAT,   ONUS_CLI_OPTION_SEED,  ONUS_CLI_OPTION_OUTPUT,
    ONUS_CLI_OPTION_COLOUR,   ONUS_CLI_OPTION_HELP,  ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus assess examples/sony-2014", "The verdict of the first position, with all that is known today."},
    {"onus assess examples/sony-2014 --as-of 2014-12-19", "The verdict as it could be given on that day."},
    {"onus assess examples/sony-2014 --format html --output sony.html", "A page to send to someone."},
    {"onus assess examples/sony-2014 --format json", "The same for a program."},
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
  if (work.format == ONUS_FORMAT_HTML)
    return onus_cli_work_end(&work, onus_case_page(work.c, &work.options, &text, &work.error), &text);
  onus_assessment *assessment = NULL;
  onus_status status = onus_case_assess(work.c, &work.options, &assessment, &work.error);
  if (status == ONUS_OK)
    status = onus_assessment_render(assessment, work.format, &work.style, &text, &work.error);
  onus_assessment_free(assessment);
  return onus_cli_work_end(&work, status, &text);
}

const onus_cli_command onus_cli_assess = {
    .name = "assess",
    .summary = "say whether the evidence is enough",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
