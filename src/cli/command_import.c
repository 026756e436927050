#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "onus.h"

static const char *const description[] = {
    "Makes a case of what others wrote: STIX 2.1 bundles, MISP events as JSON, or statements as CSV with the columns "
    "source, actor and date, and as needed says (that or not), reliability, credibility, title, reasons and url.",
    "A bundle that \"onus export\" wrote gives the same case back. Opinions of others in it or beside it become positions, "
    "and their opinions on the attribution itself statements too.",
    "Anything else gives a draft: whoever is named is a hypothesis, every attribution a statement by its source, never a "
    "fact; confidence becomes an Admiralty digit, opinions become positions. What could not be carried over is listed on "
    "standard error. It is kept all the same: the files go into the folder \"imported\" of the case, from which \"onus "
    "export\" hands their objects on as they came.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "FILE",
     .is_file = true,
     .is_repeated = true,
     .help = "A STIX bundle, a MISP event or a list of statements."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "output",
     .letter = 'o',
     .argument = "DIR",
     .is_file = true,
     .help = "Make the folder DIR, whole or not at all, with the case and what it was made of. Without it the case is "
             "written to standard output."},
    {.name = "subject",
     .argument = "NAME",
     .help = "STIX: take only attributions of what has this name or identifier, such as a campaign."},
    {.name = "now",
     .argument = "TIME",
     .help = "The time of import, which stands for dates that are missing or lie ahead. The clock's is the default."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus import examples/statements.csv --output draft", "A draft of a case, to be worked on."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    ONUS_CLI_EXIT_OK,
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "A file or the command line is wrong; standard error says where."},
    {.meaning = NULL},
};

static void print_notes(const onus_case_imported *import) {
  const char *note;
  for (size_t i = 0; (note = onus_case_imported_note(import, i)) != NULL; i++) {
    onus_cli_print_safely(stderr, note);
    fputc('\n', stderr);
  }
}

static int run(const onus_cli_invocation *invocation) {
  const char *output = onus_cli_options_get(invocation, "output");
  onus_case_import_options wanted = {.subject = onus_cli_options_get(invocation, "subject"),
                                     .now = onus_cli_options_get(invocation, "now")};
  onus_case_imported *import = NULL;
  onus_error error = {0};
  onus_status status =
      onus_case_import((const char *const *)invocation->operand, invocation->n_operands, &wanted, &import, &error);
  if (status == ONUS_OK && output != NULL)
    status = onus_case_imported_write(import, output, &error);
  int exit_status = ONUS_CLI_OK;
  if (status != ONUS_OK) {
    exit_status = onus_cli_fail(status, &error);
  } else {
    print_notes(import);
    const char *text = onus_case_imported_text(import);
    if (output == NULL)
      exit_status = onus_cli_output_write(NULL, text, strlen(text));
  }
  onus_case_imported_free(import);
  return exit_status;
}

const onus_cli_command onus_cli_import = {
    .name = "import",
    .summary = "make a case of what others wrote",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
