#include "cli/command.h"

#include <string.h>

#include "cli/options.h"

const onus_cli_command *const onus_cli_commands[] = {
    &onus_cli_init,
    &onus_cli_check,
    &onus_cli_assess,
    &onus_cli_explain,
    &onus_cli_compare,
    &onus_cli_timeline,
    &onus_cli_compute,
    &onus_cli_export,
    &onus_cli_rank,
    &onus_cli_evaluate,
    &onus_cli_functions,
    &onus_cli_match,
    &onus_cli_import,
    &onus_cli_pull,
    &onus_cli_push,
    &onus_cli_reference_import,
    &onus_cli_reference_names,
    &onus_cli_reference_info,
    &onus_cli_reference_calibrate,
    &onus_cli_reference_pull,
    &onus_cli_reference_push,
    &onus_cli_key_new,
    &onus_cli_key_show,
    &onus_cli_seal,
    &onus_cli_sign,
    &onus_cli_reveal,
    &onus_cli_open,
    &onus_cli_cosign,
    &onus_cli_verify,
    &onus_cli_pack,
    &onus_cli_unpack,
    &onus_cli_record,
    &onus_cli_replay,
    &onus_cli_serve,
    &onus_cli_server_account,
    &onus_cli_server_audit,
    &onus_cli_server_backup,
    &onus_cli_help,
    &onus_cli_completion,
    NULL,
};

const char *onus_cli_command_in_group(const onus_cli_command *command, const char *group) {
  size_t length = strlen(group);
  bool is_in = strncmp(command->name, group, length) == 0 && command->name[length] == ' ';
  return is_in ? command->name + length + 1 : NULL;
}

bool onus_cli_command_is_group(const char *word) {
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++)
    if (onus_cli_command_in_group(onus_cli_commands[i], word) != NULL)
      return true;
  return false;
}

const onus_cli_command *onus_cli_command_find(char *const *words, size_t n_words, size_t *ret_n_used) {
  for (size_t i = 0; n_words > 0 && onus_cli_commands[i] != NULL; i++) {
    const onus_cli_command *command = onus_cli_commands[i];
    const char *own = onus_cli_command_in_group(command, words[0]);
    bool is_it = own != NULL ? n_words > 1 && strcmp(own, words[1]) == 0 : strcmp(command->name, words[0]) == 0;
    if (is_it) {
      *ret_n_used = own != NULL ? 2 : 1;
      return command;
    }
  }
  return NULL;
}

const char *onus_cli_command_nearest(const char *name) {
  const char *nearest = NULL;
  size_t least = ONUS_CLI_NOT_NEAR;
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    size_t distance = onus_cli_distance(name, onus_cli_commands[i]->name);
    if (distance < least) {
      least = distance;
      nearest = onus_cli_commands[i]->name;
    }
  }
  return nearest;
}
