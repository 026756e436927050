#include <stdio.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "onus.h"

static const char *const description[] = {
    "Packs a case into one file to hand over: a bag (BagIt, RFC 8493) with the digest of every file, in a zip or in a "
    "tar packed by Zstandard. Other programs open it; \"onus unpack\" and \"onus verify\" check it.",
    "The same case always gives the same file. A zip is stored without compression and the same on every machine; a "
    ".tar.zst is smaller, and the same with the same version of Zstandard.",
    "Packed is what \"onus sign\" signs, and the folder `custody`. The folder `opened` and what begins with .git stay "
    "out. When a private key, a store of sealed items or a proof lies in the case, nothing is packed. The digests tell "
    "of damage; that nobody forged the case only its signatures tell.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "CASE", .is_file = true, .help = "The folder of the case."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .is_file = true,
     .is_required = true,
     .help = "The file to write, whole or not at all; its name ends in .zip or .tar.zst."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus pack examples/sony-2014 --output sony.zip", "The example in one file."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The case is packed."},
    ONUS_CLI_EXIT_FAILED,
    ONUS_CLI_EXIT_BAD_INPUT,
    ONUS_CLI_EXIT_INTERRUPTED,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  const char *output = onus_cli_options_get(invocation, "output");
  onus_cli_progress progress;
  onus_cli_progress_begin(&progress);
  onus_package_summary summary;
  onus_error error = {0};
  onus_status status =
      onus_case_pack(invocation->operand[0], output, onus_cli_progress_step, &progress, &summary, &error);
  onus_cli_progress_end(&progress);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  printf("Packed: %zu files of %llu bytes into %llu.\n", summary.n_files, (unsigned long long)summary.case_bytes,
         (unsigned long long)summary.package_bytes);
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_pack = {
    .name = "pack",
    .summary = "put a case into one file to hand over",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
