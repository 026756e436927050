#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Adds files to a reference: what is publicly said about actors, their names, reports, indicators, techniques and "
    "software. The reference is a folder, made if it is not there. The files are read as they come from upstream, plain "
    "or packed with gzip or Zstandard: STIX 2 bundles such as ATT&CK's, clusters of MISP galaxies, MISP events, "
    "maltrail's lists, CSV, and plain lists. What a file is, is recognised; --as says it where several would fit.",
    "Every statement keeps its report and, where it can be told, the report's day. Names are kept as claims of their "
    "source: two sources that mean different actors by one name stay two claims, see \"onus reference names\".",
    "All files are imported or, if one of them cannot be read, none. Importing a file again changes nothing. The result "
    "says what was taken of each file, and lists what was not, with its place and the reason.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "FILE", .is_file = true, .is_repeated = true, .help = "A file to import."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "into",
     .letter = 'i',
     .argument = "REF",
     .is_file = true,
     .is_required = true,
     .help = "The reference: a folder, made if it is not there."},
    {.name = "as",
     .argument = "NAME",
     .help = "Read the files as this format: stix, galaxy, misp, maltrail, csv or list. Needed only where a file could "
             "be several."},
    {.name = "source",
     .argument = "ID",
     .help =
         "Say that ID says it. The default is the format's own source, such as mitre-attack, else the file's name."},
    {.name = "actor", .argument = "NAME", .help = "Of plain lists: the actor whose indicators they are."},
    {.name = "report",
     .argument = "URL",
     .help = "Of plain lists: the report they were published in, a URL or a name."},
    {.name = "day", .argument = "DAY", .help = "Of plain lists: when the report was published, as 2014-12-22."},
    {.name = "memory",
     .argument = "MIB",
     .help =
         "Hold at most so many MiB in memory; 256 is the default. What is more waits on the disk. To this come up to "
         "48 MiB that every import needs, the catalogue of names and reports, and the ids of a STIX bundle's "
         "objects."},
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
    {"onus reference import --into ref examples/reference/cluster.json", "A galaxy of MISP."},
    {"onus reference import --into ref examples/reference/cluster.json examples/reference/bundle.json --format json",
     "A STIX bundle too, and what was taken of both for a program."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The files are in the reference."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "A file or the command line is wrong; standard error says where. Nothing was imported."},
    ONUS_CLI_EXIT_INTERRUPTED,
    {.meaning = NULL},
};

static bool read_memory(const char *text, size_t *ret_bytes) {
  if (text == NULL)
    return true;
  char *end = NULL;
  errno = 0;
  unsigned long mib = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
  if (end == NULL || *end != '\0' || errno != 0 || mib == 0 || mib > 1 << 20) {
    onus_cli_complain("--memory must be a whole number of MiB from 1 to 1048576");
    return false;
  }
  *ret_bytes = (size_t)mib << 20;
  return true;
}

static int run(const onus_cli_invocation *invocation) {
  const char *format = onus_cli_options_get(invocation, "format");
  onus_style style = onus_cli_terminal_style(onus_cli_options_get(invocation, "colour"), false);
  onus_cli_progress progress;
  onus_import_options chosen = {.format = onus_cli_options_get(invocation, "as"),
                                .source = onus_cli_options_get(invocation, "source"),
                                .actor = onus_cli_options_get(invocation, "actor"),
                                .report = onus_cli_options_get(invocation, "report"),
                                .day = onus_cli_options_get(invocation, "day"),
                                .progress = onus_cli_progress_step,
                                .progress_context = &progress};
  if (!read_memory(onus_cli_options_get(invocation, "memory"), &chosen.memory_bytes))
    return ONUS_CLI_BAD_INPUT;
  onus_imported *imported = NULL;
  onus_error error = {0};
  onus_cli_progress_begin(&progress);
  onus_status status =
      onus_reference_import(onus_cli_options_get(invocation, "into"), (const char *const *)invocation->operand,
                            invocation->n_operands, &chosen, &imported, &error);
  onus_cli_progress_end(&progress);
  onus_text text = {0};
  bool is_json = format != NULL && strcmp(format, "json") == 0;
  if (status == ONUS_OK)
    status = onus_imported_render(imported, is_json ? ONUS_FORMAT_JSON : ONUS_FORMAT_TEXT, &style, &text, &error);
  onus_imported_free(imported);
  return onus_cli_output_text(NULL, status, &text, &error);
}

const onus_cli_command onus_cli_reference_import = {
    .name = "reference import",
    .summary = "add what is publicly said about actors to a reference",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
