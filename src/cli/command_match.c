#include "cli/command.h"
#include "cli/list.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Says which functions of an executable file are in others too, whoever compiled them. The files are ELF, PE or Mach-O "
    "for x86 or x86-64; symbols are not needed and never read. A function is known by what survives compilers: "
    "its constants, text and imports, slices of what it computes, and by the functions around it: those it calls, those "
    "that call it, those beside it in tables and in the file.",
    "With --reference it says whose code is in FILE and in each OTHER: in which programs of the reference, of which family "
    "and actor, its functions are. A function counts the less, the more families of the reference have it, so that "
    "libraries and what compilers put into every program do not count as somebody's own. A file that crashes its reader "
    "or takes too long is named on standard error, and the others are shown.",
    "Each pair has a probability that both come from one source function, and the reasons that make it up. Rare code "
    "is weighed by how few functions of these files have it, or how few families of the reference. That functions are shared does not say who wrote them: "
    "libraries, leaked sources and tools that are sold are shared by many.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "FILE", .is_file = true, .help = "The program to be explained."},
    {.name = "OTHER",
     .is_file = true,
     .is_optional = true,
     .is_repeated = true,
     .help = "A program that may share functions with it; with --reference, one more to be explained."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "threshold",
     .letter = 't',
     .argument = "P",
     .help = "Call a pair a match from this probability on. The default is that of docs/CODE.md."},
    {.name = "top",
     .letter = 'n',
     .argument = "N",
     .help =
         "How many pairs to show in text or html; 40 is the default. With --reference, how many functions, programs, "
         "families and actors."},
    {.name = "reference",
     .letter = 'r',
     .argument = "REF",
     .is_file = true,
     .help =
         "Ask this reference, a folder or clickhouses://HOST:PORT,.../DATABASE, into which programs were imported by "
         "\"onus reference import --code\"."},
    {.name = "as-of",
     .letter = 'd',
     .argument = "DAY",
     .help = "With --reference: use only what was public at the end of DAY."},
    {.name = "leave-out",
     .argument = "REPORT,...",
     .help = "With --reference: do without programs that rest on these reports (URLs or names) alone, such as the one "
             "about FILE itself."},
    {.name = "format",
     .letter = 'f',
     .argument = "text|json|html",
     .is_choice = true,
     .help =
         "How to show the result: text, the default; json as in docs/match.schema.json or, with --reference, "
         "docs/lineage.schema.json; or html, one page, which shows the instructions of a pair of files side by side."},
    ONUS_CLI_OPTION_OUTPUT,
    ONUS_CLI_OPTION_COLOUR,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus match /bin/true /bin/false --top 5", "What two small programs share."},
    {"onus match /bin/true /bin/false /bin/cat --format html > shared.html", "With several, side by side."},
    {"mkdir -p known/sh && cp /bin/sh known/sh && onus reference import --into ref --code known --actor \"Example Group\" "
     "--report https://example.org/report --day 2024-05-02 && onus match /bin/true --reference ref",
     "Whose code is in it."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "They were compared, whether they share anything or not."},
    {.status = ONUS_CLI_FAILED,
     .meaning = "A file could not be read, or was given up; with --reference the others are shown."},
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "A file is no program that can be read, or the reference or the command line is wrong; standard error "
                "says which. With --reference the other files are shown."},
    {.meaning = NULL},
};

/* What only means something with a reference, and the other way round. */
static bool check_options(const onus_cli_invocation *invocation) {
  if (onus_cli_options_get(invocation, "reference") != NULL)
    return true;
  if (onus_cli_options_get(invocation, "as-of") != NULL || onus_cli_options_get(invocation, "leave-out") != NULL) {
    onus_cli_complain("--as-of and --leave-out are about a reference; name it by --reference");
    return false;
  }
  if (invocation->n_operands < 2) {
    onus_cli_complain("name an OTHER program that FILE may share functions with, or a reference by --reference");
    return false;
  }
  return true;
}

static bool read_options(const onus_cli_invocation *invocation, onus_match_file_options *chosen) {
  uint64_t n_shown = 0;
  if (!onus_cli_options_number(invocation, "top", "a whole number", 1, 1000000, &n_shown) ||
      !onus_cli_options_real(invocation, "threshold", "a probability above 0, at most 1, such as 0.9", 1,
                             &chosen->threshold))
    return false;
  chosen->n_shown = (size_t)n_shown;
  return true;
}

static int explain(const onus_cli_invocation *invocation, const onus_match_file_options *chosen) {
  const char *file = onus_cli_options_get(invocation, "output");
  onus_style style = onus_cli_terminal_style(invocation, file);
  onus_cli_list leave_out;
  onus_lineage_options asked = {
      .as_of = onus_cli_options_get(invocation, "as-of"), .threshold = chosen->threshold, .n_shown = chosen->n_shown};
  if (!onus_cli_list_read(onus_cli_options_get(invocation, "leave-out"), "--leave-out", &leave_out))
    return ONUS_CLI_BAD_INPUT;
  asked.leave_out = leave_out.words;
  asked.n_leave_out = leave_out.count;
  onus_lineages *lineages = NULL;
  onus_error error = {0};
  onus_text text = {0};
  onus_status status =
      onus_reference_lineages(onus_cli_options_get(invocation, "reference"), (const char *const *)invocation->operand,
                              invocation->n_operands, &asked, &lineages, &error);
  if (status == ONUS_OK)
    status = onus_lineages_render(lineages, onus_cli_options_format(invocation), &style, &text, &error);
  int exit_status = onus_cli_output_text(file, status, &text, &error);
  const onus_error *why = NULL;
  for (size_t i = 0; status == ONUS_OK && (why = onus_lineages_refusal(lineages, i)) != NULL; i++) {
    int refused = onus_cli_fail(why->status, why);
    exit_status = exit_status == ONUS_CLI_OK ? refused : exit_status;
  }
  onus_lineages_free(lineages);
  return exit_status;
}

static int run(const onus_cli_invocation *invocation) {
  const char *file = onus_cli_options_get(invocation, "output");
  onus_style style = onus_cli_terminal_style(invocation, file);
  onus_match_file_options chosen = {0};
  if (!check_options(invocation) || !read_options(invocation, &chosen))
    return ONUS_CLI_BAD_INPUT;
  onus_error error = {0};
  onus_text text = {0};
  if (onus_cli_options_get(invocation, "reference") != NULL)
    return explain(invocation, &chosen);
  onus_status status =
      onus_match_files(invocation->operand[0], (const char *const *)invocation->operand + 1, invocation->n_operands - 1,
                       &chosen, onus_cli_options_format(invocation), &style, &text, &error);
  return onus_cli_output_text(file, status, &text, &error);
}

const onus_cli_command onus_cli_match = {
    .name = "match",
    .summary = "say which functions of a program are in others, and whose they are",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
