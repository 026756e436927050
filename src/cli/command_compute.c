#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"

static const char *const description[] = {
    "Computes the rows of those items of a case that say `compute`: the file that such an item names in `from` is compared "
    "with a reference, as of the day on which the item became known, and each hypothesis that lists `actors` gets a "
    "likelihood ratio against somebody whom the reference does not know, with its range. The file holds indicators "
    "(`infrastructure`), techniques and software (`techniques`), or is a program (`code`), which is read in a process of "
    "its own, without files and network.",
    "The rows, the links that carry them, and what they were computed from go into the folder computed/ of the case, all "
    "of them or none. From then on the case is assessed without the reference, and a change of anything that a row was "
    "computed from is an error until it is computed again. The result has a line about each row; `onus explain` "
    "shows one in full.",
    NULL,
};

static const onus_cli_argument arguments[] = {ONUS_CLI_ARGUMENT_CASE, {.name = NULL}};

static const onus_cli_option options[] = {
    {.name = "reference",
     .letter = 'r',
     .argument = "REF",
     .is_file = true,
     .is_required = true,
     .help = "The reference: a folder, or clickhouses://HOST:PORT,.../DATABASE."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus reference import --into ref data/reference/attack-enterprise.json.zst "
     "data/reference/maltrail/apt_lazarus.txt.zst && cp -r examples/sony-2014 sony && onus compute sony --reference ref",
     "Did anybody's reports name the addresses that were used against Sony?"},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "All rows are computed and written."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning =
         "The case, the reference or the command line is wrong; standard error says where. Nothing was written."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_problems *problems = NULL;
  onus_error error = {0};
  onus_text lines = {0};
  onus_status status = onus_case_compute(invocation->operand[0], onus_cli_options_get(invocation, "reference"), &lines,
                                         &problems, &error);
  int exit_status = ONUS_CLI_OK;
  if (status == ONUS_OK)
    exit_status = onus_cli_output_write(NULL, lines.bytes, lines.length);
  else if (problems != NULL) {
    onus_cli_print_problems(stderr, problems);
    exit_status = ONUS_CLI_BAD_INPUT;
  } else
    exit_status = onus_cli_fail(status, &error);
  onus_problems_free(problems);
  onus_text_free(&lines);
  return exit_status;
}

const onus_cli_command onus_cli_compute = {
    .name = "compute",
    .summary = "compute rows of a case from artefacts, with a reference",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
