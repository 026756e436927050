#include "cli/command.h"
#include "cli/list.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Compares what was found in an incident with what is publicly said about actors, and says for each actor how probable "
    "it is that the incident is its work, and for somebody who is not in the reference. Two engines do so: the one for "
    "infrastructure takes indicators and fingerprints, the one for techniques takes techniques and software of ATT&CK. "
    "Each is used when the incident has something for it.",
    "Beside the probability stands a likelihood ratio, which is what a case takes as evidence: how much more probable the "
    "findings are if this actor did it than if somebody did who is not in the reference. What an actor shares with the "
    "incident is listed, strongest first, each with its report.",
    "The incident is a file: a map of JSON, or one on each line of a .jsonl; text or CSV of indicators or techniques; a "
    "STIX bundle; a layer of the ATT&CK Navigator; a MISP event.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "INCIDENT", .is_file = true, .help = "What was found."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "reference",
     .letter = 'r',
     .argument = "REF",
     .is_file = true,
     .is_required = true,
     .help = "The reference: a folder, or clickhouses://HOST:PORT,.../DATABASE."},
    {.name = "engine",
     .letter = 'e',
     .argument = "infrastructure|techniques",
     .is_choice = true,
     .help = "Use this engine only."},
    {.name = "incident", .letter = 'i', .argument = "ID", .help = "Which incident, where the file holds several."},
    {.name = "as-of", .letter = 'd', .argument = "DAY", .help = "Use only what was public at the end of DAY."},
    {.name = "leave-out",
     .argument = "REPORT,...",
     .help = "Do without what rests on these reports (URLs or names) and campaigns (ids) alone, such as the incident's "
             "own report."},
    {.name = "top", .letter = 'n', .argument = "N", .help = "How many actors to show; 10 is the default."},
    {.name = "format",
     .letter = 'f',
     .argument = "text|json",
     .is_choice = true,
     .help = "How to show the result: text, the default, or json as in docs/ranking.schema.json."},
    ONUS_CLI_OPTION_OUTPUT,
    ONUS_CLI_OPTION_COLOUR,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus reference import --into ref examples/reference/apt_*.txt && onus rank --reference ref "
     "examples/incidents/phishing.json",
     "Who works like this."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "It was ranked."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "The incident, the reference or the command line is wrong; standard error says where."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  const char *file = onus_cli_options_get(invocation, "output");
  onus_style style = onus_cli_terminal_style(invocation, file);
  uint64_t n_shown = 0;
  onus_cli_list leave_out;
  onus_rank_options chosen = {.engine = onus_cli_options_get(invocation, "engine"),
                              .incident = onus_cli_options_get(invocation, "incident"),
                              .as_of = onus_cli_options_get(invocation, "as-of")};
  if (!onus_cli_list_read(onus_cli_options_get(invocation, "leave-out"), "--leave-out", &leave_out) ||
      !onus_cli_options_number(invocation, "top", "a whole number", 1, 1000000, &n_shown))
    return ONUS_CLI_BAD_INPUT;
  chosen.n_shown = (size_t)n_shown;
  chosen.leave_out = leave_out.words;
  chosen.n_leave_out = leave_out.count;
  onus_ranked *ranked = NULL;
  onus_error error = {0};
  onus_text text = {0};
  onus_status status = onus_reference_rank(onus_cli_options_get(invocation, "reference"), invocation->operand[0],
                                           &chosen, &ranked, &error);
  if (status == ONUS_OK)
    status = onus_ranked_render(ranked, onus_cli_options_format(invocation), &style, &text, &error);
  onus_ranked_free(ranked);
  return onus_cli_output_text(file, status, &text, &error);
}

const onus_cli_command onus_cli_rank = {
    .name = "rank",
    .summary = "say who works like this, and how surely",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
