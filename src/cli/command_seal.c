#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/passphrase.h"
#include "onus.h"

static const char *const description[] = {
    "Moves what an item of evidence shows (its row, its reasons, the day on which it was observed, its attachments) out of the case into a store that its holder keeps. In the case stays a commitment, to which the holder is bound and which tells nothing, with the row that the holder vouches for: that is what counts for positions that cannot open it.",
    "Id, title, source, dates, circumstances and credibility stay public; --title replaces a title that says too much. The store is one file, encrypted under a passphrase. Run \"onus sign\" next: until then nobody is bound to anything.",
    "What was public in an earlier signed state of the case, or in a version kept elsewhere, stays known to those who have that.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "CASE", .is_file = true, .help = "The folder of the case."},
    {.name = "ITEM", .is_repeated = true, .help = "The id of an item to be sealed."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "store",
     .letter = 's',
     .argument = "FILE",
     .is_file = true,
     .is_required = true,
     .help = "The store of sealed items. Made when it is not there; keep it, and keep it out of the case."},
    {.name = "vouch",
     .argument = "ROW",
     .help =
         "The row that the holder vouches for, as '{ratio: {dprk: [5, 50]}}'. Not needed when the item has `vouched` "
         "already."},
    {.name = "title", .argument = "TEXT", .help = "The title that the item is to have from now on."},
    ONUS_CLI_OPTION_PASSPHRASE,
    ONUS_CLI_OPTION_CUSTODY_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"cp -r examples/sony-2014 mine && ONUS_PASSPHRASE=example onus seal mine fbi-tools --store fbi.sealed --vouch "
     "'{ratio: {dprk: [1.5, 3]}}'",
     "Seal an item of a copy of the example."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "It was done."},
    ONUS_CLI_EXIT_FAILED,
    ONUS_CLI_EXIT_BAD_INPUT,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_seal_options chosen = {.items = (const char *const *)(invocation->operand + 1),
                              .n_items = invocation->n_operands - 1,
                              .vouch = onus_cli_options_get(invocation, "vouch"),
                              .title = onus_cli_options_get(invocation, "title"),
                              .store = onus_cli_options_get(invocation, "store")};
  onus_secret *passphrase;
  int exit_status = onus_cli_passphrase(invocation, chosen.store, false, &passphrase);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_seal_summary summary;
  onus_error error = {0};
  onus_status status = onus_case_seal(invocation->operand[0], &chosen, passphrase, &summary, &error);
  onus_secret_free(passphrase);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  if (onus_cli_wants_json(invocation)) {
    onus_cli_json_begin("sealing");
    onus_cli_json_count("items", summary.n_sealed);
    onus_cli_json_count("attachments", summary.n_attachments);
    onus_cli_json_count("attachments_kept", summary.n_attachments_kept);
    onus_cli_json_end();
    return ONUS_CLI_OK;
  }
  printf("Sealed: %zu item%s, with %zu attachment%s.\n", summary.n_sealed, summary.n_sealed == 1 ? "" : "s",
         summary.n_attachments, summary.n_attachments == 1 ? "" : "s");
  if (summary.n_attachments_kept > 0)
    printf("%zu of the attachments stay public: other items name them.\n", summary.n_attachments_kept);
  puts("Run \"onus sign\" on the case next.");
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_seal = {
    .name = "seal",
    .summary = "take what an item shows out of a case, and commit to it",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
