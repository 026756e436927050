#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "onus.h"

static const char *const description[] = {
    "Unpacks a case from the file that \"onus pack\" made, or from a bag (RFC 8493) that another program put into a zip or "
    "tar.zst. The folder appears whole or not at all.",
    "Refused, with the name of the member: what is not as the bag's manifests say; paths that lead out of the folder; "
    "links and devices; names that are not the same everywhere; more than 262144 members, 4 GiB in one or 16 GiB in "
    "all; what has more than 200 times its packed size, beyond 16 MiB; and, in a file by \"onus pack\", any byte that "
    "has changed.",
    "Signatures are not checked: run \"onus verify\" on the file or on the folder.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "FILE", .is_file = true, .help = "The packed case."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "to",
     .letter = 't',
     .argument = "DIR",
     .is_file = true,
     .help = "The folder to make, which must not be there. Without it, one called as FILE without .zip or .tar.zst, "
             "where you are."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus pack examples/sony-2014 -o sony.zip && onus unpack sony.zip && onus verify sony", "There and back."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The case is unpacked."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "The file or the command line is wrong; nothing was unpacked."},
    ONUS_CLI_EXIT_INTERRUPTED,
    {.meaning = NULL},
};

/* The name of the file without its folder and ending; false when nothing would be left or taken off. */
static bool name_folder(const char *file, char *out, size_t out_bytes) {
  static const char *const ENDINGS[] = {".zip", ".tar.zst"};
  const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
  for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
    size_t length = strlen(name), ending = strlen(ENDINGS[i]);
    if (length > ending && length - ending < out_bytes && strcmp(name + length - ending, ENDINGS[i]) == 0) {
      snprintf(out, out_bytes, "%.*s", (int)(length - ending), name);
      return true;
    }
  }
  return false;
}

static int run(const onus_cli_invocation *invocation) {
  const char *file = invocation->operand[0], *to = onus_cli_options_get(invocation, "to");
  char folder[256];
  if (to == NULL && !name_folder(file, folder, sizeof folder)) {
    onus_cli_complain("unpack: the name of FILE does not end in .zip or .tar.zst; say with --to which folder to make");
    return ONUS_CLI_BAD_INPUT;
  }
  onus_cli_progress progress;
  onus_cli_progress_begin(&progress);
  onus_package_summary summary;
  onus_error error = {0};
  onus_status status =
      onus_package_unpack(file, to != NULL ? to : folder, onus_cli_progress_step, &progress, &summary, &error);
  onus_cli_progress_end(&progress);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  printf("Unpacked: %zu files of %llu bytes into ", summary.n_files, (unsigned long long)summary.case_bytes);
  onus_cli_print_safely(stdout, to != NULL ? to : folder);
  puts(". No signature was checked; \"onus verify\" does that.");
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_unpack = {
    .name = "unpack",
    .summary = "make the folder of a packed case again",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
