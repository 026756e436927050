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

static void print_command_names(void) {
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++)
    printf("%s%s", i > 0 ? " " : "", onus_cli_commands[i]->name);
}

/* The words that may follow: `options` of one command, and what else can stand there. */
static void print_bash_command(const onus_cli_command *command) {
  printf("  %s)\n    options='", command->name);
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
       "  local options='' files='' words=''\n"
       "  COMPREPLY=()\n"
       "  # bash cuts --option=value at the sign.\n"
       "  if [ \"$current\" = '=' ]; then\n"
       "    current=''\n"
       "  elif [ \"$previous\" = '=' ]; then\n"
       "    previous=${COMP_WORDS[COMP_CWORD-2]}\n"
       "  fi\n"
       "  if [ \"$COMP_CWORD\" -eq 1 ]; then");
  fputs("    COMPREPLY=($(compgen -W '", stdout);
  print_command_names();
  puts(" --help --version' -- \"$current\"))\n"
       "    return\n"
       "  fi\n"
       "  case ${COMP_WORDS[1]} in");
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    if (strcmp(onus_cli_commands[i]->name, "help") == 0) {
      fputs("  help)\n    options='--man --help' words='", stdout);
      print_command_names();
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

static void print_zsh(void) {
  puts("#compdef onus\n"
       "# Completion of onus for zsh; made by \"onus completion zsh\".\n"
       "_onus() {\n"
       "  local -a commands=(");
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    printf("    '%s:", onus_cli_commands[i]->name);
    print_quoted(onus_cli_commands[i]->summary, ":");
    puts("'");
  }
  puts("  )\n"
       "  if (( CURRENT == 2 )); then\n"
       "    _describe command commands\n"
       "    return\n"
       "  fi\n"
       "  local command=$words[2]\n"
       "  shift words\n"
       "  (( CURRENT-- ))\n"
       "  case $command in");
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    const onus_cli_command *command = onus_cli_commands[i];
    printf("  %s)\n    _arguments -s", command->name);
    for (const onus_cli_option *option = command->options; option->name != NULL; option++)
      print_zsh_option(option);
    for (const onus_cli_argument *argument = command->arguments; argument->name != NULL; argument++) {
      printf(" \\\n      '%s:%s:", argument->is_optional ? ":" : "", argument->name);
      if (argument->choices != NULL) {
        putchar('(');
        print_choices(argument->choices);
        putchar(')');
      } else if (strcmp(argument->name, "COMMAND") == 0) {
        putchar('(');
        print_command_names();
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

static void print_fish_option(const onus_cli_command *command, const onus_cli_option *option) {
  printf("complete -c onus -n '__fish_seen_subcommand_from %s' -l %s", command->name, option->name);
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
    printf("complete -c onus -n __fish_use_subcommand -f -a %s -d '", command->name);
    print_quoted(command->summary, "\\");
    puts("'");
    for (const onus_cli_option *option = command->options; option->name != NULL; option++)
      print_fish_option(command, option);
    bool is_help = strcmp(command->name, "help") == 0;
    if (operand_choices(command) == NULL && !is_help)
      continue;
    printf("complete -c onus -n '__fish_seen_subcommand_from %s' -f -a '", command->name);
    if (is_help)
      print_command_names();
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
