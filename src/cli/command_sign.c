#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/passphrase.h"
#include "onus.h"

static const char *const description[] = {
    "Signs a case: every file in its folder and the commitment of every sealed item becomes a leaf of a tree (RFC 6962), "
    "and the key signs the root in a checkpoint (c2sp.org/tlog-checkpoint). The result is one more file in the folder "
    "`custody` of the case.",
    "Later signatures add to the tree: what was signed once can be changed or taken out, but not without a trace. The "
    "first key that signs a case is the only one that can go on; others add their word with \"onus cosign\".",
    "Not signed are the folders `custody` and `opened` and what begins with .git. Each signature adds at least 16 "
    "hidden leaves, so that their number does not tell how many are seals.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "CASE", .is_file = true, .help = "The folder of the case."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "key",
     .letter = 'k',
     .argument = "FILE",
     .is_file = true,
     .is_required = true,
     .help = "The file of the private key, made by \"onus key new\"."},
    ONUS_CLI_OPTION_PASSPHRASE,
    ONUS_CLI_OPTION_CUSTODY_FORMAT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"cp -r examples/olympic-destroyer-2018 mine && ONUS_PASSPHRASE=example onus sign mine --key "
     "examples/custody/fbi-example.key",
     "Sign a copy of an example."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "The case is signed as it is now."},
    ONUS_CLI_EXIT_FAILED,
    ONUS_CLI_EXIT_BAD_INPUT,
    {.meaning = NULL},
};

static void print_json(const onus_signing_summary *summary) {
  onus_cli_json_begin("signing");
  onus_cli_json_count("leaves", summary->size);
  onus_cli_json_count("files_new", summary->n_added);
  onus_cli_json_count("files_changed", summary->n_changed);
  onus_cli_json_count("files_removed", summary->n_removed);
  onus_cli_json_count("commitments", summary->n_commitments);
  onus_cli_json_count("hidden_leaves", summary->n_commitments + summary->n_padding);
  onus_cli_json_end();
}

static int run(const onus_cli_invocation *invocation) {
  onus_key *key;
  int exit_status = onus_cli_open_key(invocation, &key);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_signing_summary summary;
  onus_error error = {0};
  onus_status status = onus_case_sign(invocation->operand[0], key, &summary, &error);
  onus_key_free(key);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  if (onus_cli_wants_json(invocation))
    print_json(&summary);
  else if (summary.n_padding == 0)
    printf("Nothing has changed since the last signature, over %llu leaves.\n", (unsigned long long)summary.size);
  else
    printf("Signed: %llu leaves. Files: %zu new, %zu changed, %zu taken out. Commitments: %zu new, among %zu hidden "
           "leaves.\n",
           (unsigned long long)summary.size, summary.n_added, summary.n_changed, summary.n_removed,
           summary.n_commitments, summary.n_commitments + summary.n_padding);
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_sign = {
    .name = "sign",
    .summary = "sign a case and what was sealed of it",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
