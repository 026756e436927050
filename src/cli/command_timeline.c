#include "cli/command.h"
#include "cli/work.h"

static const char *const description[] = {
    "Assesses a case at every date on which something became known or was retracted, and shows how the probability "
    "and the verdict changed. Nothing that came later reaches an earlier date.",
    "All positions are shown, unless one is named.",
    NULL,
};

static const onus_cli_argument arguments[] = {ONUS_CLI_ARGUMENT_CASE, {.name = NULL}};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_POSITION, ONUS_CLI_OPTION_AS_OF, ONUS_CLI_OPTION_ABOUT,
    ONUS_CLI_OPTION_FORMAT,   ONUS_CLI_OPTION_SEED,  ONUS_CLI_OPTION_OUTPUT,
    ONUS_CLI_OPTION_COLOUR,   ONUS_CLI_OPTION_HELP,  ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus timeline examples/sony-2014", "When, if ever, the evidence became enough for each position."},
    {"onus timeline examples/sony-2014 --as-of 2014-12-31", "The same up to a day."},
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
  onus_timeline *timeline = NULL;
  onus_status status = onus_case_timeline(work.c, &work.options, &timeline, &work.error);
  if (status == ONUS_OK)
    status = onus_timeline_render(timeline, work.format, &work.style, &text, &work.error);
  onus_timeline_free(timeline);
  return onus_cli_work_end(&work, status, &text);
}

const onus_cli_command onus_cli_timeline = {
    .name = "timeline",
    .summary = "show how the verdict grew over time",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
