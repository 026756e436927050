#include <stdlib.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/findings.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/public_keys.h"
#include "onus.h"

static const char *const description[] = {
    "Checks a signed case: the signatures, that each checkpoint continues the one before, every file, and every sealed "
    "item that was opened here. Says what is proven, what is not, and what is refused.",
    "What is not proven is part of the answer: who holds a key that came with the case, when it was signed if nobody "
    "cosigned it, what a sealed item holds. No signature makes evidence true.",
    "A packed case is unpacked to a private folder in TMPDIR, or /tmp, checked and removed.",
    "The small program \"onus-verify\" does the same without reading the case itself.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "CASE", .is_file = true, .help = "The folder of the case, or the file that it was packed into."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    ONUS_CLI_OPTION_PUBLIC_KEY,
    {.name = "since",
     .argument = "FILE",
     .is_file = true,
     .help = "A checkpoint of the case that you kept from earlier; the case must continue it."},
    ONUS_CLI_OPTION_CUSTODY_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus verify examples/sony-2014", "What is proven of the example, and what is not."},
    {"onus verify examples/sony-2014 --key examples/custody/public-keys", "The same, with keys from elsewhere."},
    {"onus pack examples/sony-2014 -o sony.zip && onus verify sony.zip", "A packed case."},
    {"onus verify examples/sony-2014 --format json", "The same for a script."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "Nothing is refused."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "Something is refused, or the command line is wrong."},
    ONUS_CLI_EXIT_INTERRUPTED,
    {.meaning = NULL},
};

static bool is_file(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static int run(const onus_cli_invocation *invocation) {
  onus_cli_public_keys keys;
  if (!onus_cli_public_keys_read(onus_cli_options_get(invocation, "key"), &keys))
    return ONUS_CLI_BAD_INPUT;
  onus_cli_progress progress;
  onus_cli_progress_begin(&progress);
  onus_verify_options chosen = {.keys = keys.keys,
                                .n_keys = keys.count,
                                .since = onus_cli_options_get(invocation, "since"),
                                .progress = onus_cli_progress_step,
                                .progress_context = &progress};
  onus_verification *verification = NULL;
  onus_error error = {0};
  const char *path = invocation->operand[0];
  onus_status status = is_file(path) ? onus_package_verify(path, getenv("TMPDIR"), &chosen, &verification, &error)
                                     : onus_case_verify(path, &chosen, &verification, &error);
  onus_cli_progress_end(&progress);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  return onus_cli_findings_end(verification, onus_cli_wants_json(invocation) ? "verification" : NULL,
                               "the case is not as it was signed");
}

const onus_cli_command onus_cli_verify = {
    .name = "verify",
    .summary = "check who signed a case and that nothing was changed",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
