#include "cli/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"

enum { WORD_MAX = 32 };

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Optimal string alignment, in a table small enough to lie on the stack: longer words are never near. */
size_t onus_cli_distance(const char *a, const char *b) {
  size_t n_a = strlen(a), n_b = strlen(b);
  if (n_a >= WORD_MAX || n_b >= WORD_MAX)
    return ONUS_CLI_NOT_NEAR;
  size_t table[WORD_MAX][WORD_MAX];
  for (size_t i = 0; i <= n_a; i++)
    table[i][0] = i;
  for (size_t j = 0; j <= n_b; j++)
    table[0][j] = j;
  for (size_t i = 1; i <= n_a; i++) {
    for (size_t j = 1; j <= n_b; j++) {
      size_t changed = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      table[i][j] = smaller(changed, smaller(table[i - 1][j], table[i][j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = smaller(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  /* A word of which more than half would change was not meant. */
  size_t distance = table[n_a][n_b];
  return distance < ONUS_CLI_NOT_NEAR && distance * 2 <= n_b ? distance : ONUS_CLI_NOT_NEAR;
}

bool onus_cli_is_choice(const char *choices, const char *value) {
  size_t length = strlen(value);
  for (const char *choice = choices; length > 0 && choice != NULL;) {
    const char *end = strchr(choice, '|');
    size_t choice_length = end != NULL ? (size_t)(end - choice) : strlen(choice);
    if (choice_length == length && memcmp(choice, value, length) == 0)
      return true;
    choice = end != NULL ? end + 1 : NULL;
  }
  return false;
}

const char *onus_cli_options_get(const onus_cli_invocation *invocation, const char *name) {
  const onus_cli_option *options = invocation->command->options;
  for (size_t i = 0; options[i].name != NULL; i++)
    if (strcmp(options[i].name, name) == 0)
      return invocation->value[i];
  return NULL;
}

bool onus_cli_options_number(const onus_cli_invocation *invocation, const char *name, const char *what, uint64_t least,
                             uint64_t most, uint64_t *number) {
  const char *text = onus_cli_options_get(invocation, name);
  char complaint[128], *end = NULL;
  if (text == NULL)
    return true;
  errno = 0;
  unsigned long long value = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
  if (end == NULL || *end != '\0' || errno != 0 || value < least || value > most) {
    snprintf(complaint, sizeof complaint, "--%s must be %s from %" PRIu64 " to %" PRIu64, name, what, least, most);
    onus_cli_complain(complaint);
    return false;
  }
  *number = value;
  return true;
}

bool onus_cli_options_real(const onus_cli_invocation *invocation, const char *name, const char *what, double most,
                           double *number) {
  const char *text = onus_cli_options_get(invocation, name);
  char complaint[128], *end = NULL;
  if (text == NULL)
    return true;
  bool is_decimal = strchr("-+e", text[0]) == NULL && text[strspn(text, "0123456789.e-+")] == '\0'; /* not 0x10 */
  double value = is_decimal ? strtod(text, &end) : 0;
  if (end == NULL || *end != '\0' || !(value > 0 && value <= most)) {
    snprintf(complaint, sizeof complaint, "--%s must be %s", name, what);
    onus_cli_complain(complaint);
    return false;
  }
  *number = value;
  return true;
}

onus_format onus_cli_options_format(const onus_cli_invocation *invocation) {
  const char *format = onus_cli_options_get(invocation, "format");
  if (format == NULL || strcmp(format, "text") == 0)
    return ONUS_FORMAT_TEXT;
  return strcmp(format, "html") == 0 ? ONUS_FORMAT_HTML : ONUS_FORMAT_JSON;
}

static size_t find_long(const onus_cli_option *options, const char *name, size_t length) {
  for (size_t i = 0; options[i].name != NULL; i++) {
    const char *spellings[] = {options[i].name, options[i].alias};
    for (size_t k = 0; k < 2; k++)
      if (spellings[k] != NULL && strlen(spellings[k]) == length && memcmp(spellings[k], name, length) == 0)
        return i;
  }
  return ONUS_CLI_OPTIONS_MAX;
}

static size_t find_letter(const onus_cli_option *options, char letter) {
  for (size_t i = 0; options[i].name != NULL; i++)
    if (options[i].letter == letter)
      return i;
  return ONUS_CLI_OPTIONS_MAX;
}

static void say_unknown(const onus_cli_command *command, const char *written, char *reason) {
  char name[WORD_MAX] = "";
  size_t length = strcspn(written, "=");
  const char *nearest = NULL;
  if (length > 2 && length - 2 < sizeof name) {
    memcpy(name, written + 2, length - 2);
    size_t least = ONUS_CLI_NOT_NEAR;
    for (const onus_cli_option *option = command->options; option->name != NULL; option++) {
      size_t distance = onus_cli_distance(name, option->name);
      if (distance < least) {
        least = distance;
        nearest = option->name;
      }
    }
  }
  if (nearest != NULL)
    snprintf(reason, ONUS_CLI_REASON_BYTES, "unknown option %.*s; did you mean --%s?", (int)smaller(length, 200),
             written, nearest);
  else
    snprintf(reason, ONUS_CLI_REASON_BYTES, "unknown option %.*s; \"onus help %s\" lists those there are",
             (int)smaller(length, 200), written, command->name);
}

/* Takes one option with its value, from the same word (`inline_value`) or from the next. */
static bool take(const onus_cli_option *option, size_t index, const char *inline_value, const char *next,
                 onus_cli_invocation *invocation, bool *ret_used_next, char *reason) {
  const char *value = inline_value != NULL ? inline_value : next;
  *ret_used_next = false;
  if (option->argument == NULL) {
    if (inline_value != NULL) {
      snprintf(reason, ONUS_CLI_REASON_BYTES, "--%s takes no value", option->name);
      return false;
    }
    invocation->value[index] = "";
    return true;
  }
  if (value == NULL) {
    snprintf(reason, ONUS_CLI_REASON_BYTES, "--%s needs a value: --%s %s", option->name, option->name,
             option->argument);
    return false;
  }
  if (option->is_choice && !onus_cli_is_choice(option->argument, value)) {
    snprintf(reason, ONUS_CLI_REASON_BYTES, "--%s cannot be \"%.100s\"; it is %s", option->name, value,
             option->argument);
    return false;
  }
  if (invocation->value[index] != NULL) {
    snprintf(reason, ONUS_CLI_REASON_BYTES, "--%s is given twice", option->name);
    return false;
  }
  if (value[0] == '\0') {
    snprintf(reason, ONUS_CLI_REASON_BYTES, "--%s is empty; it needs a value: --%s %s", option->name, option->name,
             option->argument);
    return false;
  }
  invocation->value[index] = value;
  *ret_used_next = inline_value == NULL;
  return true;
}

static bool read_long(const char *word, const char *next, onus_cli_invocation *invocation, bool *ret_used_next,
                      char *reason) {
  const onus_cli_option *options = invocation->command->options;
  const char *equals = strchr(word, '=');
  size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
  size_t index = find_long(options, word + 2, length - 2);
  if (index == ONUS_CLI_OPTIONS_MAX) {
    say_unknown(invocation->command, word, reason);
    return false;
  }
  return take(&options[index], index, equals != NULL ? equals + 1 : NULL, next, invocation, ret_used_next, reason);
}

static bool read_letters(const char *word, const char *next, onus_cli_invocation *invocation, bool *ret_used_next,
                         char *reason) {
  const onus_cli_option *options = invocation->command->options;
  *ret_used_next = false;
  for (const char *letter = word + 1; *letter != '\0'; letter++) {
    size_t index = find_letter(options, *letter);
    if (index == ONUS_CLI_OPTIONS_MAX) {
      say_unknown(invocation->command, word, reason);
      return false;
    }
    bool has_value = options[index].argument != NULL;
    const char *rest = has_value && letter[1] != '\0' ? letter + 1 : NULL;
    if (!take(&options[index], index, rest, next, invocation, ret_used_next, reason))
      return false;
    if (has_value)
      break;
  }
  return true;
}

/* The argument that the operand `index` is; NULL when it is one too many. */
static const onus_cli_argument *argument_of(const onus_cli_command *command, size_t index) {
  const onus_cli_argument *argument = command->arguments;
  for (size_t i = 0; i < index && argument->name != NULL && !argument->is_repeated; i++)
    argument++;
  return argument->name != NULL ? argument : NULL;
}

static bool add_operand(char *word, char **argv, onus_cli_invocation *invocation, char *reason) {
  const onus_cli_argument *argument = argument_of(invocation->command, invocation->n_operands);
  if (argument == NULL) {
    snprintf(reason, ONUS_CLI_REASON_BYTES, "\"%.100s\" is one argument too many; \"onus help %s\" says what it takes",
             word, invocation->command->name);
    return false;
  }
  if (argument->choices != NULL && !onus_cli_is_choice(argument->choices, word)) {
    snprintf(reason, ONUS_CLI_REASON_BYTES, "%s cannot be \"%.100s\"; it is %s", argument->name, word,
             argument->choices);
    return false;
  }
  argv[invocation->n_operands++] = word; /* never further on than where it stood */
  return true;
}

static bool is_complete(const onus_cli_invocation *invocation, char *reason) {
  const onus_cli_command *command = invocation->command;
  const onus_cli_argument *argument = argument_of(command, invocation->n_operands);
  bool is_there = argument != NULL && argument->is_repeated && argument < command->arguments + invocation->n_operands;
  if (argument != NULL && !argument->is_optional && !is_there) {
    snprintf(reason, ONUS_CLI_REASON_BYTES, "%s is missing; \"onus help %s\" says what it takes", argument->name,
             command->name);
    return false;
  }
  for (size_t i = 0; command->options[i].name != NULL; i++) {
    const onus_cli_option *option = &command->options[i];
    if (option->is_required && invocation->value[i] == NULL) {
      snprintf(reason, ONUS_CLI_REASON_BYTES, "--%s %s is missing", option->name, option->argument);
      return false;
    }
  }
  return true;
}

bool onus_cli_options_read(const onus_cli_command *command, int argc, char **argv, onus_cli_invocation *ret_invocation,
                           char *reason) {
  onus_cli_invocation invocation = {.command = command, .operand = argv};
  bool only_operands = false;
  for (int i = 0; i < argc; i++) {
    char *word = argv[i];
    const char *next = i + 1 < argc ? argv[i + 1] : NULL;
    bool used_next = false;
    if (only_operands || word[0] != '-' || word[1] == '\0') {
      if (!add_operand(word, argv, &invocation, reason))
        return false;
    } else if (strcmp(word, "--") == 0) {
      only_operands = true;
    } else if (word[1] == '-' ? !read_long(word, next, &invocation, &used_next, reason)
                              : !read_letters(word, next, &invocation, &used_next, reason)) {
      return false;
    }
    i += used_next;
  }
  if (onus_cli_options_get(&invocation, "help") == NULL && !is_complete(&invocation, reason))
    return false;
  *ret_invocation = invocation;
  return true;
}
