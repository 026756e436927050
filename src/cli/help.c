#include "cli/help.h"

#include <string.h>

#include "cli/terminal.h"

enum { INDENT = 2, HELP_INDENT = 6, WIDTH_MOST = 100, PART_BYTES = 64 };

const char *const onus_cli_about[] = {
    "onus weighs the evidence for who is behind a cyber attack. A case is a folder with the hypotheses, the evidence, "
    "its sources and the positions of the parties; onus says for each position whether the evidence is enough for its "
    "standard of proof, what carries the verdict, what would change it, and where the parties differ.",
    "It keeps nothing but the files it is asked to write, and uses no network but for \"onus pull\", \"onus push\", "
    "\"onus serve\" and a reference in a cluster.",
    NULL,
};

const char *const onus_cli_environment[][2] = {
    {"ONUS_PASSPHRASE", "The passphrase of a private key or a store of sealed items, when no file with it is given."},
    {"ONUS_TAXII_PASSWORD", "The password of --user on a TAXII server, when no file with it is given."},
    {"ONUS_TAXII_TOKEN", "The token for a TAXII server, when neither --user nor a file with a token is given."},
    {"ONUS_CLICKHOUSE_USER", "Who asks for a reference in a cluster; \"default\" when it is not set."},
    {"ONUS_CLICKHOUSE_PASSWORD, ONUS_CLICKHOUSE_PASSWORD_FILE",
     "The password for that, or a file whose only line it is."},
    {"ONUS_CLICKHOUSE_CA_FILE", "Certificates (PEM) of those who may vouch for the cluster, in place of the system's."},
    {"ONUS_CLICKHOUSE_TIMEOUT_S, ONUS_CLICKHOUSE_PATIENCE_S",
     "How long one call to a cluster may take, 120 s when it is not set, and how long one that fails is tried again, "
     "60 s."},
    {"XDG_DATA_HOME", "In its folder onus a server keeps its data when --data is not given."},
    {"TMPDIR", "Where packages are unpacked to be verified, and what is on its way into a cluster waits."},
    {"COLUMNS", "Width of text, in columns, rather than that of the terminal."},
    {"NO_COLOR", "When set, text is not coloured."},
    {"LC_ALL, LC_CTYPE, LANG", "Where the character set is not UTF-8, bars and rules are drawn in ASCII."},
    {NULL, NULL},
};

const onus_cli_example onus_cli_about_examples[] = {
    {"onus assess examples/sony-2014", "Assess a case."},
    {"onus help assess", "All about one command."},
    {NULL, NULL},
};

bool onus_cli_synopsis_part(const onus_cli_command *command, size_t index, char *out, size_t out_bytes) {
  size_t at = 0;
  for (const onus_cli_option *option = command->options; option->name != NULL; option++)
    if (option->is_required && at++ == index) {
      snprintf(out, out_bytes, "--%s %s", option->name, option->argument);
      return true;
    }
  for (const onus_cli_argument *argument = command->arguments; argument->name != NULL; argument++)
    if (at++ == index) {
      snprintf(out, out_bytes, argument->is_optional ? "[%s%s]" : "%s%s", argument->name,
               argument->is_repeated ? " ..." : "");
      return true;
    }
  for (const onus_cli_option *option = command->options; option->name != NULL; option++)
    if (!option->is_required && at++ == index) {
      const char *between = option->argument != NULL ? " " : "", *argument = option->argument;
      snprintf(out, out_bytes, "[--%s%s%s]", option->name, between, argument != NULL ? argument : "");
      return true;
    }
  return false;
}

static size_t width(void) {
  size_t columns = onus_cli_terminal_width();
  return columns > WIDTH_MOST ? WIDTH_MOST : columns;
}

static void spaces(FILE *stream, size_t count) {
  fprintf(stream, "%*s", (int)count, "");
}

/* Words between blanks, wrapped; every line begins after `indent` columns. */
static void wrap(FILE *stream, const char *text, size_t indent) {
  size_t most = width(), column = indent;
  spaces(stream, indent);
  while (*text != '\0') {
    size_t length = strcspn(text, " ");
    if (column > indent && column + 1 + length > most) {
      fputc('\n', stream);
      spaces(stream, indent);
      column = indent;
    }
    if (column > indent) {
      fputc(' ', stream);
      column++;
    }
    fwrite(text, 1, length, stream);
    column += length;
    text += length;
    text += strspn(text, " ");
  }
  fputc('\n', stream);
}

static void usage(FILE *stream, const onus_cli_command *command) {
  char part[PART_BYTES];
  size_t indent = strlen("Usage: onus ") + strlen(command->name), column = indent, most = width();
  fprintf(stream, "Usage: onus %s", command->name);
  for (size_t i = 0; onus_cli_synopsis_part(command, i, part, sizeof part); i++) {
    size_t length = strlen(part);
    if (column + 1 + length > most) {
      fputc('\n', stream);
      spaces(stream, indent);
      column = indent;
    }
    fprintf(stream, " %s", part);
    column += 1 + length;
  }
  fputc('\n', stream);
}

static void arguments(FILE *stream, const onus_cli_command *command) {
  if (command->arguments[0].name == NULL)
    return;
  fputs("\nArguments:\n", stream);
  for (const onus_cli_argument *argument = command->arguments; argument->name != NULL; argument++) {
    fprintf(stream, "%*s%s\n", INDENT, "", argument->name);
    wrap(stream, argument->help, HELP_INDENT);
  }
}

static void options(FILE *stream, const onus_cli_command *command) {
  fputs("\nOptions:\n", stream);
  for (const onus_cli_option *option = command->options; option->name != NULL; option++) {
    spaces(stream, INDENT);
    if (option->letter != 0)
      fprintf(stream, "-%c, ", option->letter);
    fprintf(stream, "--%s", option->name);
    fprintf(stream, option->argument != NULL ? " %s\n" : "%s\n", option->argument != NULL ? option->argument : "");
    wrap(stream, option->help, HELP_INDENT);
  }
}

static void examples(FILE *stream, const onus_cli_example *example) {
  fputs("\nExamples:\n", stream);
  for (; example->line != NULL; example++) {
    fprintf(stream, "%*s%s\n", INDENT, "", example->line);
    wrap(stream, example->use, HELP_INDENT);
  }
}

void onus_cli_help_command(FILE *stream, const onus_cli_command *command) {
  fprintf(stream, "onus %s - %s\n\n", command->name, command->summary);
  usage(stream, command);
  for (const char *const *paragraph = command->description; *paragraph != NULL; paragraph++) {
    fputc('\n', stream);
    wrap(stream, *paragraph, 0);
  }
  arguments(stream, command);
  options(stream, command);
  examples(stream, command->examples);
  fputs("\nExit status:\n", stream);
  for (const onus_cli_exit *exit = command->exits; exit->meaning != NULL; exit++) {
    fprintf(stream, "%*s%d\n", INDENT, "", exit->status);
    wrap(stream, exit->meaning, HELP_INDENT);
  }
}

/* Those of the group, or all when it is NULL. */
static void commands(FILE *stream, const char *group) {
  size_t longest = 0;
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++)
    if (strlen(onus_cli_commands[i]->name) > longest)
      longest = strlen(onus_cli_commands[i]->name);
  fputs("\nCommands:\n", stream);
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    const onus_cli_command *command = onus_cli_commands[i];
    if (group == NULL || onus_cli_command_in_group(command, group) != NULL)
      fprintf(stream, "%*s%-*s  %s\n", INDENT, "", (int)longest, command->name, command->summary);
  }
}

void onus_cli_help_group(FILE *stream, const char *group) {
  fprintf(stream, "Usage: onus %s COMMAND [ARGUMENTS] [OPTIONS]\n       onus help %s COMMAND\n", group, group);
  commands(stream, group);
}

void onus_cli_help_overview(FILE *stream) {
  fputs("onus - weigh the evidence for who is behind a cyber attack\n\n"
        "Usage: onus COMMAND [ARGUMENTS] [OPTIONS]\n"
        "       onus help COMMAND\n"
        "       onus --version\n",
        stream);
  for (const char *const *paragraph = onus_cli_about; *paragraph != NULL; paragraph++) {
    fputc('\n', stream);
    wrap(stream, *paragraph, 0);
  }
  commands(stream, NULL);
  examples(stream, onus_cli_about_examples);
  fputs("\nEnvironment:\n", stream);
  for (size_t i = 0; onus_cli_environment[i][0] != NULL; i++) {
    fprintf(stream, "%*s%s\n", INDENT, "", onus_cli_environment[i][0]);
    wrap(stream, onus_cli_environment[i][1], HELP_INDENT);
  }
}
