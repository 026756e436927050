#include "cli/command.h"

#include <string.h>

#include "cli/options.h"

const onus_cli_command *const onus_cli_commands[] = {
    &onus_cli_init,     &onus_cli_check,  &onus_cli_assess, &onus_cli_explain,    &onus_cli_compare,
    &onus_cli_timeline, &onus_cli_export, &onus_cli_help,   &onus_cli_completion, NULL,
};

const onus_cli_command *onus_cli_command_find(const char *name) {
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++)
    if (strcmp(onus_cli_commands[i]->name, name) == 0)
      return onus_cli_commands[i];
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
