#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static const char *const description[] = {
    "Prints a script that completes the command line of onus in a shell: commands, options, the values that an option "
    "can have, and files.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "SHELL", .choices = "bash|zsh|fish", .help = "bash, zsh or fish."},
    {.name = NULL},
};

static const onus_cli_option options[] = {ONUS_CLI_OPTION_HELP, ONUS_CLI_OPTIONS_END};

static const onus_cli_example examples[] = {
    {"onus completion bash > onus.bash && . ./onus.bash", "Complete in this shell from now on."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    ONUS_CLI_EXIT_OK,
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "The command line is wrong."},
    {.meaning = NULL},
};

/* "a|b" as "a b". */
static void print_choices(const char *choices) {
  for (; *choices != '\0'; choices++)
    putchar(*choices == '|' ? ' ' : *choices);
}

static bool takes_files(const onus_cli_command *command) {
  for (const onus_cli_argument *argument = command->arguments; argument->name != NULL; argument++)
    if (argument->is_file)
      return true;
  return false;
}

static const char *operand_choices(const onus_cli_command *command) {
  return command->arguments[0].name != NULL ? command->arguments[0].choices : NULL;
}

/* The first word of a command's name. */
static int first_word_bytes(const onus_cli_command *command) {
  return (int)strcspn(command->name, " ");
}

/* Whether it is the first in the list with its first word. */
static bool begins_group(size_t index) {
  const onus_cli_command *const *all = onus_cli_commands;
  size_t bytes = (size_t)first_word_bytes(all[index]);
  for (size_t i = 0; i < index; i++)
    if ((size_t)first_word_bytes(all[i]) == bytes && strncmp(all[i]->name, all[index]->name, bytes) == 0)
      return false;
  return true;
}

static bool is_in_group(const onus_cli_command *command) {
  return command->name[first_word_bytes(command)] != '\0';
}

/* First words, or with `group` the own words of its commands. */
static void print_words(const char *group) {
  const char *between = "";
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    const onus_cli_command *command = onus_cli_commands[i];
    const char *own = group != NULL ? onus_cli_command_in_group(command, group) : NULL;
    if (group != NULL ? own == NULL : !begins_group(i))
      continue;
    if (own != NULL)
      printf("%s%s", between, own);
    else
      printf("%s%.*s", between, first_word_bytes(command), command->name);
    between = " ";
  }
}

/* Calls `print` once for each first word that commands share. */
static void each_group(void (*print)(const char *group)) {
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    char group[ONUS_CLI_NAME_BYTES];
    if (!is_in_group(onus_cli_commands[i]) || !begins_group(i))
      continue;
    snprintf(group, sizeof group, "%.*s", first_word_bytes(onus_cli_commands[i]), onus_cli_commands[i]->name);
    print(group);
  }
}

static void print_bash_group(const char *group) {
  printf("  %s)\n    if [ \"$COMP_CWORD\" -eq 2 ]; then\n      COMPREPLY=($(compgen -W '", group);
  print_words(group);
  puts("' -- \"$current\"))\n      return\n    fi\n    command+=\" ${COMP_WORDS[2]}\" ;;");
}

/* The words that may follow: `options` of one command, and what else can stand there. */
static void print_bash_command(const onus_cli_command *command) {
  printf("  '%s')\n    options='", command->name);
  for (const onus_cli_option *option = command->options; option->name != NULL; option++)
    printf("%s--%s", option == command->options ? "" : " ", option->name);
  puts("'");
  if (takes_files(command))
    puts("    files=yes");
  if (operand_choices(command) != NULL) {
    fputs("    words='", stdout);
    print_choices(operand_choices(command));
    puts("'");
  }
  puts("    case $previous in");
  for (const onus_cli_option *option = command->options; option->name != NULL; option++) {
    if (option->argument == NULL)
      continue;
    printf("    --%s", option->name);
    if (option->letter != 0)
      printf("|-%c", option->letter);
    fputs(") options='' files='' words='", stdout);
    if (option->is_choice)
      print_choices(option->argument);
    printf("'%s ;;\n", option->is_file ? " files=yes" : "");
  }
  puts("    esac ;;");
}

static void print_bash(void) {
  puts("# Completion of onus for bash; made by \"onus completion bash\".\n"
       "_onus() {\n"
       "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
       "  local command=${COMP_WORDS[1]} options='' files='' words=''\n"
       "  COMPREPLY=()\n"
       "  # bash cuts --option=value at the sign.\n"
       "  if [ \"$current\" = '=' ]; then\n"
       "    current=''\n"
       "  elif [ \"$previous\" = '=' ]; then\n"
       "    previous=${COMP_WORDS[COMP_CWORD-2]}\n"
       "  fi\n"
       "  if [ \"$COMP_CWORD\" -eq 1 ]; then");
  fputs("    COMPREPLY=($(compgen -W '", stdout);
  print_words(NULL);
  puts(" --help --version' -- \"$current\"))\n"
       "    return\n"
       "  fi\n"
       "  case $command in\n"
       "  '') ;;");
  each_group(print_bash_group);
  puts("  esac\n"
       "  case $command in");
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    if (strcmp(onus_cli_commands[i]->name, "help") == 0) {
      fputs("  help)\n    options='--man --help' words='", stdout);
      print_words(NULL);
      puts("' ;;");
    } else {
      print_bash_command(onus_cli_commands[i]);
    }
  }
  puts("  esac\n"
       "  case $current in\n"
       "  -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
       "  *)\n"
       "    [ -z \"$words\" ] || COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
       "    [ -z \"$files\" ] || compopt -o default ;;\n"
       "  esac\n"
       "}\n"
       "complete -F _onus onus");
}

/* Text inside single quotes, for zsh and fish; `also` are characters that zsh's _arguments would take as its own. */
static void print_quoted(const char *text, const char *also) {
  for (; *text != '\0'; text++) {
    if (*text == '\'')
      fputs("'\\''", stdout);
    else if (strchr(also, *text) != NULL)
      printf("\\%c", *text);
    else
      putchar(*text);
  }
}

static void print_zsh_option(const onus_cli_option *option) {
  fputs(" \\\n      ", stdout);
  if (option->letter != 0 && option->argument == NULL)
    printf("'(-%c --%s)'{-%c,--%s}", option->letter, option->name, option->letter, option->name);
  else if (option->letter != 0)
    printf("'(-%c --%s)'{-%c+,--%s=}", option->letter, option->name, option->letter, option->name);
  else
    printf("--%s%s", option->name, option->argument != NULL ? "=" : "");
  fputs("'[", stdout);
  print_quoted(option->help, "[]:\\");
  putchar(']');
  if (option->argument != NULL && option->is_choice) {
    fputs(":value:(", stdout);
    print_choices(option->argument);
    putchar(')');
  } else if (option->argument != NULL) {
    printf(":%s:%s", option->argument, option->is_file ? "_files" : "");
  }
  putchar('\'');
}

/* "word:what it does", one a line; a first word that commands share has no words of its own. */
static void print_zsh_words(const char *group) {
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    const onus_cli_command *command = onus_cli_commands[i];
    const char *own = group != NULL ? onus_cli_command_in_group(command, group) : command->name;
    if (own == NULL || (group == NULL && !begins_group(i)))
      continue;
    printf("    '%.*s", (int)strcspn(own, " "), own);
    if (group != NULL || !is_in_group(command)) {
      putchar(':');
      print_quoted(command->summary, ":");
    }
    puts("'");
  }
}

static void print_zsh_group(const char *group) {
  printf("  %s)\n    commands=(\n", group);
  print_zsh_words(group);
  puts("    )\n"
       "    if (( CURRENT == 2 )); then\n"
       "      _describe command commands\n"
       "      return\n"
       "    fi\n"
       "    command=\"$command $words[2]\"\n"
       "    shift words\n"
       "    (( CURRENT-- )) ;;");
}

static void print_zsh(void) {
  puts("#compdef onus\n"
       "# Completion of onus for zsh; made by \"onus completion zsh\".\n"
       "_onus() {\n"
       "  local -a commands=(");
  print_zsh_words(NULL);
  puts("  )\n"
       "  if (( CURRENT == 2 )); then\n"
       "    _describe command commands\n"
       "    return\n"
       "  fi\n"
       "  local command=$words[2]\n"
       "  shift words\n"
       "  (( CURRENT-- ))\n"
       "  case $command in\n"
       "  '') ;;");
  each_group(print_zsh_group);
  puts("  esac\n"
       "  case $command in");
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    const onus_cli_command *command = onus_cli_commands[i];
    printf("  '%s')\n    _arguments -s", command->name);
    for (const onus_cli_option *option = command->options; option->name != NULL; option++)
      print_zsh_option(option);
    for (const onus_cli_argument *argument = command->arguments; argument->name != NULL; argument++) {
      printf(" \\\n      '%s%s:%s:", argument->is_repeated ? "*" : "",
             argument->is_optional && !argument->is_repeated ? ":" : "", argument->name);
      if (argument->choices != NULL) {
        putchar('(');
        print_choices(argument->choices);
        putchar(')');
      } else if (strcmp(argument->name, "COMMAND") == 0) {
        putchar('(');
        print_words(NULL);
        putchar(')');
      } else if (argument->is_file) {
        fputs("_files", stdout);
      }
      putchar('\'');
    }
    puts(" ;;");
  }
  puts("  esac\n"
       "}\n"
       "if [ \"$funcstack[1]\" = _onus ]; then _onus \"$@\"; else compdef _onus onus; fi");
}

/* That this command is being written. */
static void print_fish_condition(const onus_cli_command *command) {
  int first = first_word_bytes(command);
  printf("complete -c onus -n '__fish_seen_subcommand_from %.*s", first, command->name);
  if (is_in_group(command))
    printf("; and __fish_seen_subcommand_from %s", command->name + first + 1);
  putchar('\'');
}

static void print_fish_option(const onus_cli_command *command, const onus_cli_option *option) {
  print_fish_condition(command);
  printf(" -l %s", option->name);
  if (option->letter != 0)
    printf(" -s %c", option->letter);
  if (option->argument != NULL && option->is_choice) {
    fputs(" -x -a '", stdout);
    print_choices(option->argument);
    putchar('\'');
  } else if (option->argument != NULL) {
    fputs(option->is_file ? " -r -F" : " -x", stdout);
  }
  fputs(" -d '", stdout);
  print_quoted(option->help, "\\");
  puts("'");
}

static void print_fish(void) {
  puts("# Completion of onus for fish; made by \"onus completion fish\".\n"
       "complete -c onus -n __fish_use_subcommand -f -l version -d 'Show the version'");
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    const onus_cli_command *command = onus_cli_commands[i];
    int first = first_word_bytes(command);
    if (begins_group(i)) {
      printf("complete -c onus -n __fish_use_subcommand -f -a %.*s -d '", first, command->name);
      print_quoted(is_in_group(command) ? "" : command->summary, "\\");
      puts("'");
    }
    if (is_in_group(command)) {
      printf("complete -c onus -n '__fish_seen_subcommand_from %.*s' -f -a %s -d '", first, command->name,
             command->name + first + 1);
      print_quoted(command->summary, "\\");
      puts("'");
    }
    for (const onus_cli_option *option = command->options; option->name != NULL; option++)
      print_fish_option(command, option);
    bool is_help = strcmp(command->name, "help") == 0;
    if (operand_choices(command) == NULL && !is_help)
      continue;
    print_fish_condition(command);
    fputs(" -f -a '", stdout);
    if (is_help)
      print_words(NULL);
    else
      print_choices(operand_choices(command));
    puts("'");
  }
}

static int run(const onus_cli_invocation *invocation) {
  const char *shell = invocation->operand[0];
  if (strcmp(shell, "bash") == 0)
    print_bash();
  else if (strcmp(shell, "zsh") == 0)
    print_zsh();
  else
    print_fish();
  return ONUS_CLI_OK;
}

const onus_cli_command onus_cli_completion = {
    .name = "completion",
    .summary = "print a script for completion in a shell",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
