#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Puts a reference in a folder into a cluster of ClickHouse, which is made a reference if it is none: only what the "
    "cluster lacks is sent, and becomes visible all at once. What every command says of the cluster then is what it "
    "says of the folder, to the byte. Interrupted, nothing has changed.",
    "For a reference that was built in a folder, or to give a cluster that was lost what a copy of it has. When the "
    "cluster holds what the folder lacks, nothing is pushed, and it is said what differs first. If the cluster has only gone "
    "on, there is nothing to push. If the two have gone different ways, import into the cluster what the folder was made "
    "of: importing twice changes nothing. A calibration in the folder takes the place of the cluster's.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "FOLDER", .is_file = true, .help = "The reference in a folder."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "into",
     .letter = 'i',
     .argument = "REF",
     .is_required = true,
     .help = "The reference in the cluster: clickhouses://HOST:PORT,.../DATABASE; made if it is not there."},
    {.name = "format",
     .letter = 'f',
     .argument = "text|json",
     .is_choice = true,
     .help = "How to show the result: text, the default; or json as in docs/reference-push.schema.json."},
    ONUS_CLI_OPTION_COLOUR,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus reference push ref --into clickhouses://db1:8443,db2:8443,db3:8443/onus", "What the cluster lacks."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The cluster has all that the folder has."},
    {.status = ONUS_CLI_FAILED,
     .meaning = "The cluster failed, or another process writes to it. Nothing was changed; push again."},
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "The command line or the folder is wrong, or the cluster holds what the folder lacks. Nothing was "
                "changed."},
    {.status = ONUS_CLI_INTERRUPTED, .meaning = "It was interrupted; nothing was changed."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_style style = onus_cli_terminal_style(invocation, NULL);
  onus_cli_progress progress;
  onus_copied *copied = NULL;
  onus_error error = {0};
  onus_text text = {0};
  onus_cli_progress_begin(&progress);
  onus_status status = onus_reference_push(invocation->operand[0], onus_cli_options_get(invocation, "into"),
                                           onus_cli_progress_step, &progress, &copied, &error);
  onus_cli_progress_end(&progress);
  if (status == ONUS_OK)
    status = onus_copied_render(copied, onus_cli_options_format(invocation), &style, &text, &error);
  onus_copied_free(copied);
  return onus_cli_output_text(NULL, status, &text, &error);
}

const onus_cli_command onus_cli_reference_push = {
    .name = "reference push",
    .summary = "put a reference in a folder into a cluster, or what that lacks",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
