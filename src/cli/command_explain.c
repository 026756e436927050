#include "cli/command.h"
#include "cli/work.h"

static const char *const description[] = {
    "Shows all about one item of evidence or one source: what it says about each hypothesis and why, what undercuts "
    "it, its weight, what the verdict would be without it, and the value at which the verdict would change.",
    "Where one id names both an item and a source, write item:ID or source:ID.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    ONUS_CLI_ARGUMENT_CASE, {.name = "ITEM|SOURCE", .help = "The id of an item or a source."}, {.name = NULL}};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_POSITION, ONUS_CLI_OPTION_AS_OF, ONUS_CLI_OPTION_ABOUT,
    ONUS_CLI_OPTION_FORMAT,   ONUS_CLI_OPTION_SEED,  ONUS_CLI_OPTION_OUTPUT,
    ONUS_CLI_OPTION_COLOUR,   ONUS_CLI_OPTION_HELP,  ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus explain examples/sony-2014 fbi", "What rests on one source."},
    {"onus explain examples/sony-2014 source:fbi --as-of 2014-12-31", "The same as of a day."},
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
  onus_explanation *explanation = NULL;
  onus_status status = onus_case_explain(work.c, invocation->operand[1], &work.options, &explanation, &work.error);
  if (status == ONUS_OK)
    status = onus_explanation_render(explanation, work.format, &work.style, &text, &work.error);
  onus_explanation_free(explanation);
  return onus_cli_work_end(&work, status, &text);
}

const onus_cli_command onus_cli_explain = {
    .name = "explain",
    .summary = "show one item or source in full",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
