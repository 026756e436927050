#include <stdio.h>
#include <time.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Copies a reference out of a cluster of ClickHouse into a folder, from which it answers as fast as any other, and "
    "without the cluster. What every command says of the copy is what it says of the reference in the cluster, to the "
    "byte. Asked again, it fetches only what the copy lacks; what is no longer needed goes.",
    "The cluster stays the record: nothing else is written to a copy. A folder that has imports of its own, or is a "
    "copy of another store, is refused; import into the cluster, or pull into another folder.",
    "Who reads the folder meanwhile has what it held before, and then all that is new at once. Whatever ends a pull, "
    "the same command goes on from there, within a segment too.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "REF", .help = "The reference: clickhouses://HOST:PORT,.../DATABASE."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "into",
     .letter = 'i',
     .argument = "FOLDER",
     .is_file = true,
     .is_required = true,
     .help = "The folder; made if it is not there."},
    {.name = "follow",
     .argument = "SECONDS",
     .help = "Stay, and ask for what is new so many seconds after each pull, until interrupted. A result is shown each "
             "time that something came. When the cluster fails, it is said, and asked again."},
    {.name = "format",
     .letter = 'f',
     .argument = "text|json",
     .is_choice = true,
     .help = "How to show the result: text, the default; or json as in docs/reference-pull.schema.json."},
    ONUS_CLI_OPTION_COLOUR,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus reference pull clickhouses://db1:8443,db2:8443,db3:8443/onus --into ref", "A copy, or what it lacks."},
    {"onus reference pull clickhouses://db1:8443,db2:8443,db3:8443/onus --into ref --follow 30",
     "A copy that is never more than half a minute behind."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The copy is up to date; or, with --follow, it was interrupted while waiting."},
    {.status = ONUS_CLI_FAILED,
     .meaning = "The cluster or the disk failed, or another process writes to the folder. The same command goes on "
                "from where it stood."},
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "The command line is wrong, there is no reference at this place, or the folder is none for this copy."},
    {.status = ONUS_CLI_INTERRUPTED, .meaning = "It was interrupted. The same command goes on from where it stood."},
    {.meaning = NULL},
};

/* False when it was interrupted. */
static bool wait_seconds(uint64_t seconds) {
  for (uint64_t tenth = 0; tenth < 10 * seconds && !onus_cli_progress_is_interrupted(); tenth++)
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
  return !onus_cli_progress_is_interrupted();
}

static int show(const onus_cli_invocation *invocation, const onus_copied *copied) {
  onus_style style = onus_cli_terminal_style(invocation, NULL);
  onus_error error = {0};
  onus_text text = {0};
  onus_status status = onus_copied_render(copied, onus_cli_options_format(invocation), &style, &text, &error);
  int exit_status = onus_cli_output_text(NULL, status, &text, &error);
  if (exit_status == ONUS_CLI_OK && fflush(stdout) != 0)
    exit_status = ONUS_CLI_FAILED; /* said when the program ends */
  return exit_status;
}

static int run(const onus_cli_invocation *invocation) {
  uint64_t follow_s = 0;
  if (!onus_cli_options_number(invocation, "follow", "a whole number of seconds", 1, 86400, &follow_s))
    return ONUS_CLI_BAD_INPUT;
  int exit_status = ONUS_CLI_OK;
  for (bool has_pulled = false;;) {
    onus_cli_progress progress;
    onus_copied *copied = NULL;
    onus_error error = {0};
    onus_cli_progress_begin(&progress);
    onus_status status = onus_reference_pull(invocation->operand[0], onus_cli_options_get(invocation, "into"),
                                             onus_cli_progress_step, &progress, &copied, &error);
    onus_cli_progress_end(&progress);
    if (status == ONUS_OK && (!has_pulled || onus_copied_has_changed(copied)))
      exit_status = show(invocation, copied);
    else if (status == ONUS_CANCELLED)
      onus_cli_complain("interrupted; the same command goes on from here");
    else if (status != ONUS_OK)
      exit_status = onus_cli_fail(status, &error);
    onus_copied_free(copied);
    if (status == ONUS_CANCELLED)
      return ONUS_CLI_INTERRUPTED;
    has_pulled |= status == ONUS_OK;
    bool goes_on = follow_s > 0 && has_pulled && (exit_status == ONUS_CLI_OK || status == ONUS_IO);
    if (!goes_on)
      return exit_status;
    if (!wait_seconds(follow_s))
      return ONUS_CLI_OK;
    exit_status = ONUS_CLI_OK;
  }
}

const onus_cli_command onus_cli_reference_pull = {
    .name = "reference pull",
    .summary = "copy a reference out of a cluster, or what a copy lacks",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
