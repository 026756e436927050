#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/work.h"

static const char *const description[] = {
    "Writes the case in a format that other programs read.",
    "stix: a STIX 2.1 bundle. The attack is a campaign, each hypothesis a threat actor that it is attributed to with the "
    "probability of --position as confidence, each source an identity, each item a note, each position an opinion. What "
    "STIX has no place for is in a property extension, so that \"onus import\" gives the same case back. Identifiers "
    "stay the same from export to export; with --previous, or when the file of --output is an earlier bundle, "
    "\"modified\" moves only where something changed. What stands behind seals stays at home unless --opened is given. "
    "What was imported from other bundles goes along as it came.",
    "misp: a MISP event with analyst data. Hypotheses are attributes with galaxy tags and the tag that says how likely "
    "they are, items are objects with Admiralty tags, the probabilities and verdicts of the positions are opinions. The "
    "event itself has a galaxy tag only when the verdict of --position is \"enough\".",
    "csv: the matrix of items by hypotheses, with sources, grades, dates, likelihoods as written, ratios to the open "
    "hypothesis and weights, as --position sees them.",
    "navigator: the techniques of the case as a layer of the ATT&CK Navigator, coloured by what \"onus compute\" found "
    "them to weigh.",
    "bif: the Bayesian network of one position at the point values of its inputs, in the Bayesian network interchange "
    "format 0.15. Every node item_... is to be observed in its state \"found\"; the node of the hypotheses then has "
    "the same posterior as \"onus assess\" gives.",
    NULL,
};

static const onus_cli_argument arguments[] = {ONUS_CLI_ARGUMENT_CASE, {.name = NULL}};

static const onus_cli_option options[] = {
    {.name = "to",
     .letter = 't',
     .argument = "stix|misp|csv|navigator|bif",
     .is_choice = true,
     .is_required = true,
     .help = "The format."},
    ONUS_CLI_OPTION_POSITION,
    ONUS_CLI_OPTION_AS_OF,
    {.name = "previous",
     .argument = "FILE",
     .is_file = true,
     .help = "stix: an earlier bundle of this case, whose identifiers and dates are kept where nothing changed."},
    {.name = "opened", .help = "stix, misp, csv, navigator: what stands behind seals goes along."},
    {.name = "now",
     .argument = "TIME",
     .help = "stix, misp: the time of export, as 2014-12-22T15:04:05Z. The clock's is the default."},
    ONUS_CLI_OPTION_OUTPUT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus export examples/sony-2014 --to stix --output sony.stix.json", "A bundle for OpenCTI, MISP and others."},
    {"onus export examples/sony-2014 --to misp --output sony.misp.json", "An event for MISP."},
    {"onus export examples/sony-2014 --to csv --output sony.csv", "The matrix, for a spreadsheet."},
    {"onus export examples/sony-2014 --to navigator --output sony.layer.json", "A layer for the ATT&CK Navigator."},
    {"onus export examples/sony-2014 --to bif --output sony.bif", "A network for GeNIe, pgmpy, pyAgrum and others."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    ONUS_CLI_EXIT_OK,
    ONUS_CLI_EXIT_FAILED,
    ONUS_CLI_EXIT_BAD_INPUT,
    {.meaning = NULL},
};

static onus_status export_stix(const onus_cli_invocation *invocation, onus_cli_work *work, onus_text *ret_text) {
  const char *previous = onus_cli_options_get(invocation, "previous");
  const char *output = onus_cli_options_get(invocation, "output");
  onus_stix_options stix = {
      .previous = previous != NULL                             ? previous
                  : output != NULL && strcmp(output, "-") != 0 ? output
                                                               : NULL,
      .may_be_missing = previous == NULL,
      .now = onus_cli_options_get(invocation, "now"),
      .opened = onus_cli_options_get(invocation, "opened") != NULL,
  };
  return onus_case_export_stix(work->c, &work->options, &stix, ret_text, &work->error);
}

static onus_status export_case(const onus_cli_invocation *invocation, onus_cli_work *work, onus_text *ret_text) {
  const char *to = onus_cli_options_get(invocation, "to");
  onus_export_options wanted = {.now = onus_cli_options_get(invocation, "now"),
                                .opened = onus_cli_options_get(invocation, "opened") != NULL};
  if (strcmp(to, "misp") == 0)
    return onus_case_export_misp(work->c, &work->options, &wanted, ret_text, &work->error);
  if (strcmp(to, "csv") == 0)
    return onus_case_export_matrix(work->c, &work->options, &wanted, ret_text, &work->error);
  if (strcmp(to, "navigator") == 0)
    return onus_case_export_navigator(work->c, &work->options, &wanted, ret_text, &work->error);
  return strcmp(to, "stix") == 0 ? export_stix(invocation, work, ret_text)
                                 : onus_case_export_bif(work->c, &work->options, ret_text, &work->error);
}

static int run(const onus_cli_invocation *invocation) {
  onus_cli_work work;
  int exit_status = onus_cli_work_begin(invocation, &work);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_text text = {0};
  onus_status status = export_case(invocation, &work, &text);
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
