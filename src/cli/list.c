#include "cli/list.h"

#include <stdio.h>
#include <string.h>

#include "cli/message.h"

bool onus_cli_list_read(const char *value, const char *option, onus_cli_list *ret_list) {
  ret_list->count = 0;
  if (value == NULL)
    return true;
  char text[128];
  snprintf(text, sizeof text, "%s is too long a list", option);
  if (strlen(value) >= sizeof ret_list->text) {
    onus_cli_complain(text);
    return false;
  }
  strcpy(ret_list->text, value);
  for (char *word = strtok(ret_list->text, ","); word != NULL; word = strtok(NULL, ",")) {
    if (ret_list->count == ONUS_CLI_LIST_WORDS) {
      onus_cli_complain(text);
      return false;
    }
    ret_list->words[ret_list->count++] = word;
  }
  return true;
}
