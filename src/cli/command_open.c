#include <stdio.h>

#include "cli/command.h"
#include "cli/list.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/public_keys.h"
#include "onus.h"

static const char *const description[] = {
    "Checks a proof that \"onus reveal\" wrote against the signed case, and adds what it discloses to this copy of the case, for the positions that --position names. From then on they use the row that was sealed rather than the one that its holder vouches for; for all other positions nothing changes.",
    "What was opened lies in the folder `opened` of the case, which is neither signed nor packed. Remove the file there to close the item again.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "CASE", .is_file = true, .help = "The folder of the case."},
    {.name = "PROOF", .is_file = true, .is_repeated = true, .help = "A file with a proof."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "position",
     .letter = 'p',
     .argument = "IDS",
     .is_required = true,
     .help = "The positions that are to use what is disclosed, with commas between them."},
    ONUS_CLI_OPTION_PUBLIC_KEY,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"cp -r examples/sony-2014 mine && onus open mine examples/custody/sensitive-sources.tlog-proof "
     "--position reviewer",
     "Open the sealed item of the example in a copy."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "It was opened."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "The proof is not one of this case, was changed, or the command line is wrong."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_cli_public_keys keys;
  onus_cli_list positions;
  if (!onus_cli_public_keys_read(onus_cli_options_get(invocation, "key"), &keys) ||
      !onus_cli_list_read(onus_cli_options_get(invocation, "position"), "--position", &positions))
    return ONUS_CLI_BAD_INPUT;
  for (size_t i = 1; i < invocation->n_operands; i++) {
    onus_unseal_options chosen = {.proof = invocation->operand[i],
                                  .positions = positions.words,
                                  .n_positions = positions.count,
                                  .keys = keys.keys,
                                  .n_keys = keys.count};
    onus_text item = {0};
    onus_error error = {0};
    onus_status status = onus_case_unseal(invocation->operand[0], &chosen, &item, &error);
    if (status != ONUS_OK)
      return onus_cli_fail(status, &error);
    fputs("Opened: ", stdout);
    onus_cli_print_safely(stdout, item.bytes);
    fputs(", for ", stdout);
    onus_cli_print_safely(stdout, onus_cli_options_get(invocation, "position"));
    puts(".");
    onus_text_free(&item);
  }
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_open = {
    .name = "open",
    .summary = "open a sealed item with the proof that its holder gave",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
