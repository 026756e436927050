#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Shows what a reference holds: its sources, how many actors, names, reports, techniques, software and indicators each "
    "of them has, how many names mean several actors, and how much cannot count as evidence because a search found it "
    "from what was attributed already.",
    "The digest names the state of everything in it. Two references with one digest hold the same.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "REF", .is_file = true, .help = "The reference: a folder, or clickhouses://HOST:PORT,.../DATABASE."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "format",
     .letter = 'f',
     .argument = "text|json",
     .is_choice = true,
     .help = "How to show the result: text, the default, or json."},
    ONUS_CLI_OPTION_COLOUR,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus reference import --into ref examples/reference/cluster.json && onus reference info ref",
     "What came out of a file."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The reference is whole."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "The reference is damaged, or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_style style = onus_cli_terminal_style(invocation, NULL);
  onus_reference *reference = NULL;
  onus_error error = {0};
  onus_text text = {0};
  onus_status status = onus_reference_open(invocation->operand[0], &reference, &error);
  if (status == ONUS_OK)
    status = onus_reference_info(reference, onus_cli_options_format(invocation), &style, &text, &error);
  onus_reference_close(reference);
  return onus_cli_output_text(NULL, status, &text, &error);
}

const onus_cli_command onus_cli_reference_info = {
    .name = "reference info",
    .summary = "show what a reference holds",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
