/* A value that is several words with commas between them. */
#ifndef ONUS_CLI_LIST_H
#define ONUS_CLI_LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { ONUS_CLI_LIST_WORDS = 256, ONUS_CLI_LIST_BYTES = 16384 };

typedef struct onus_cli_list {
  const char *words[ONUS_CLI_LIST_WORDS];
  size_t count;
  char text[ONUS_CLI_LIST_BYTES];
} onus_cli_list;

/* `value` NULL: an empty list. False, after a complaint about the option, when there is too much of it. */
bool onus_cli_list_read(const char *value, const char *option, onus_cli_list *ret_list);

#endif
