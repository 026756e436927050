#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Shows whom a name may mean: each actor of the reference that some source calls so, who says it, in which report and "
    "since when, and what else the actor is called. Names are compared by their letters and digits alone, so APT-28 is "
    "apt28; an upstream id such as G0007 is a name too.",
    "A name is a claim, not a fact: sources disagree about who is called what. Entries of different sources count as one "
    "actor only when their own names are equal, when each lists the other's name, or when one gives the other's id, "
    "and nobody competes. Without NAME all names that mean several actors are listed.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "REF", .is_file = true, .help = "The reference: a folder, or clickhouses://HOST:PORT,.../DATABASE."},
    {.name = "NAME", .is_optional = true, .help = "A name of an actor, or an upstream id."},
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
    {"onus reference import --into ref examples/reference/cluster.json && onus reference names ref \"reed stalker\"",
     "A name by which two actors go."},
    {"onus reference import --into ref examples/reference/cluster.json && onus reference names ref",
     "All names that mean several actors."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "Somebody is called so."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "Nobody is called so, or the reference or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_style style = onus_cli_terminal_style(invocation, NULL);
  onus_reference *reference = NULL;
  onus_error error = {0};
  onus_text text = {0};
  onus_status status = onus_reference_open(invocation->operand[0], &reference, &error);
  if (status == ONUS_OK)
    status = onus_reference_names(reference, invocation->n_operands > 1 ? invocation->operand[1] : NULL,
                                  onus_cli_options_format(invocation), &style, &text, &error);
  onus_reference_close(reference);
  return onus_cli_output_text(NULL, status, &text, &error);
}

const onus_cli_command onus_cli_reference_names = {
    .name = "reference names",
    .summary = "show whom a name may mean, and who says so",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
