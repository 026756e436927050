#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Adds files to a reference: what is publicly said about actors, their names, reports, indicators, techniques and "
    "software. The reference is a folder, or in a cluster, and made if it is not there. The files are read as they come from upstream, plain "
    "or packed with gzip or Zstandard: STIX 2 bundles such as ATT&CK's, clusters of MISP galaxies, MISP events, "
    "maltrail's lists, CSV, and plain lists. What a file is, is recognised; --as says it where several would fit.",
    "With --code it adds programs instead: the executable files (ELF, PE and Mach-O for x86 and x86-64) in a folder, which --report "
    "says are of --actor. A folder in it is a family, such as the name of a malware; a file that lies in it directly is a "
    "family of its own. Of each function a signature is kept, by which \"onus match --reference\" finds it again; no code "
    "is kept. Each file is read in a process of its own, without files and network and with limits of time and memory. "
    "What is no program, is packed, crashes its reader or takes too long is listed and skipped, and the rest is "
    "imported. Interrupted, what was sealed stays, and the same command goes on from there.",
    "Every statement keeps its report and, where it can be told, the report's day. Names are kept as claims of their "
    "source: two sources that mean different actors by one name stay two claims, see \"onus reference names\".",
    "All files are imported or, if one of them cannot be read, none. Importing a file again changes nothing. The result "
    "says what was taken of each file, and lists what was not, with its place and the reason.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "FILE",
     .is_file = true,
     .is_optional = true,
     .is_repeated = true,
     .help = "A file to import; at least one unless --code names a folder."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "into",
     .letter = 'i',
     .argument = "REF",
     .is_file = true,
     .is_required = true,
     .help = "The reference: a folder, or clickhouses://HOST:PORT,.../DATABASE; made if it is not there."},
    {.name = "code",
     .argument = "DIR",
     .is_file = true,
     .help = "Import the programs in this folder, with --actor and --report, rather than files."},
    {.name = "as",
     .argument = "NAME",
     .help = "Read the files as this format: stix, galaxy, misp, maltrail, csv or list. Needed only where a file could "
             "be several."},
    {.name = "source",
     .argument = "ID",
     .help =
         "Say that ID says it. The default is the format's own source, such as mitre-attack, else the name of the file "
         "or folder."},
    {.name = "actor", .argument = "NAME", .help = "Of plain lists, CSV and programs: the actor whose they are."},
    {.name = "report",
     .argument = "URL",
     .help = "Of plain lists, CSV and programs: the report they were published in, a URL or a name."},
    {.name = "day",
     .argument = "DAY",
     .help = "Of plain lists, CSV and programs: when the report was published, as 2014-12-22."},
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
    {"mkdir -p known/sh && cp /bin/sh known/sh && onus reference import --into ref --code known --actor \"Example Group\" "
     "--report https://example.org/report --day 2024-05-02",
     "A folder of programs, with one family."},
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

/* --code takes the place of files. */
static bool check_operands(const onus_cli_invocation *invocation) {
  bool has_code = onus_cli_options_get(invocation, "code") != NULL;
  if (!has_code && invocation->n_operands == 0) {
    onus_cli_complain("name a FILE to import, or a folder of programs by --code");
    return false;
  }
  if (has_code && (invocation->n_operands > 0 || onus_cli_options_get(invocation, "as") != NULL)) {
    onus_cli_complain("--code imports the programs of its folder and no other files; leave FILE and --as out");
    return false;
  }
  return true;
}

static onus_status import_code(const onus_cli_invocation *invocation, const onus_import_options *chosen,
                               onus_format format, const onus_style *style, onus_text *ret_text, onus_error *error) {
  onus_code_imported *imported = NULL;
  onus_status status = onus_reference_import_code(onus_cli_options_get(invocation, "into"),
                                                  onus_cli_options_get(invocation, "code"), chosen, &imported, error);
  onus_cli_progress_end(chosen->progress_context);
  if (status == ONUS_OK)
    status = onus_code_imported_render(imported, format, style, ret_text, error);
  onus_code_imported_free(imported);
  return status;
}

static onus_status import_files(const onus_cli_invocation *invocation, const onus_import_options *chosen,
                                onus_format format, const onus_style *style, onus_text *ret_text, onus_error *error) {
  onus_imported *imported = NULL;
  onus_status status =
      onus_reference_import(onus_cli_options_get(invocation, "into"), (const char *const *)invocation->operand,
                            invocation->n_operands, chosen, &imported, error);
  onus_cli_progress_end(chosen->progress_context);
  if (status == ONUS_OK)
    status = onus_imported_render(imported, format, style, ret_text, error);
  onus_imported_free(imported);
  return status;
}

static int run(const onus_cli_invocation *invocation) {
  onus_style style = onus_cli_terminal_style(invocation, NULL);
  uint64_t memory_mib = 0;
  onus_cli_progress progress;
  onus_import_options chosen = {.format = onus_cli_options_get(invocation, "as"),
                                .source = onus_cli_options_get(invocation, "source"),
                                .actor = onus_cli_options_get(invocation, "actor"),
                                .report = onus_cli_options_get(invocation, "report"),
                                .day = onus_cli_options_get(invocation, "day"),
                                .progress = onus_cli_progress_step,
                                .progress_context = &progress};
  if (!check_operands(invocation) ||
      !onus_cli_options_number(invocation, "memory", "a whole number of MiB", 1, 1 << 20, &memory_mib))
    return ONUS_CLI_BAD_INPUT;
  chosen.memory_bytes = (size_t)memory_mib << 20;
  onus_error error = {0};
  onus_text text = {0};
  bool has_code = onus_cli_options_get(invocation, "code") != NULL;
  onus_format as = onus_cli_options_format(invocation);
  onus_cli_progress_begin(&progress);
  onus_status status = (has_code ? import_code : import_files)(invocation, &chosen, as, &style, &text, &error);
  if (status == ONUS_CANCELLED && has_code) { /* what was sealed before is there */
    onus_cli_complain(error.text);
    return ONUS_CLI_INTERRUPTED;
  }
  return onus_cli_output_text(NULL, status, &text, &error);
}

const onus_cli_command onus_cli_reference_import = {
    .name = "reference import",
    .summary = "add what is publicly said about actors, or their programs, to a reference",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
