#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/list.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/passphrase.h"
#include "onus.h"

static const char *const description[] = {
    "Writes a proof of a sealed item: what was sealed, its place in the signed tree, and the signed checkpoint, in one file (c2sp.org/tlog-proof). Whoever is given that file sees the content and can check with \"onus open\" that it is what the case has been committed to; whoever is not learns nothing by it.",
    "Attachments are shown one by one: none, unless --attachments says so.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "CASE", .is_file = true, .help = "The folder of the case."},
    {.name = "ITEM", .help = "The id of the sealed item."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "store",
     .letter = 's',
     .argument = "FILE",
     .is_file = true,
     .is_required = true,
     .help = "The store of sealed items that \"onus seal\" wrote."},
    {.name = "to",
     .argument = "FILE",
     .is_file = true,
     .is_required = true,
     .help = "The file of the proof, readable by its owner only."},
    {.name = "attachments",
     .argument = "PATHS",
     .help = "Attachments to be shown: their paths with commas between them, or \"all\"."},
    ONUS_CLI_OPTION_PASSPHRASE,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"ONUS_PASSPHRASE=example onus reveal examples/sony-2014 sensitive-sources --store examples/custody/fbi-example.sealed "
     "--to for-the-reviewer.tlog-proof",
     "Disclose a sealed item."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "It was done."},
    ONUS_CLI_EXIT_FAILED,
    ONUS_CLI_EXIT_BAD_INPUT,
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  onus_cli_list paths;
  const char *attachments = onus_cli_options_get(invocation, "attachments");
  bool all = attachments != NULL && strcmp(attachments, "all") == 0;
  if (!onus_cli_list_read(all ? NULL : attachments, "--attachments", &paths))
    return ONUS_CLI_BAD_INPUT;
  onus_reveal_options chosen = {.item = invocation->operand[1],
                                .store = onus_cli_options_get(invocation, "store"),
                                .all_attachments = all,
                                .attachments = paths.words,
                                .n_attachments = paths.count,
                                .to = onus_cli_options_get(invocation, "to")};
  onus_secret *passphrase;
  int exit_status = onus_cli_passphrase(invocation, chosen.store, false, &passphrase);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_error error = {0};
  onus_status status = onus_case_reveal(invocation->operand[0], &chosen, passphrase, &error);
  onus_secret_free(passphrase);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  fputs("The proof is in ", stdout);
  onus_cli_print_safely(stdout, chosen.to);
  puts(". Give it only to those who are to see the content.");
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_reveal = {
    .name = "reveal",
    .summary = "disclose a sealed item to somebody",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
