/* Manual pages in man(7) macros, which every man program reads. The pages of the commands are onus-<command>.1. */
#include <string.h>

#include "cli/help.h"
#include "onus.h"

/* Day on which the texts in the commands' entries last changed. */
#define MANUAL_DAY "2026-11-23"

enum { PART_BYTES = 64 };

/* Text with nothing left that roff would take as its own. */
static void roff(FILE *stream, const char *text) {
  if (*text == '.' || *text == '\'')
    fputs("\\&", stream);
  for (; *text != '\0'; text++) {
    if (*text == '\\')
      fputs("\\e", stream);
    else if (*text == '-')
      fputs("\\-", stream);
    else if (*text == '\'')
      fputs("\\(aq", stream);
    else
      fputc(*text, stream);
  }
}

/* Prose begins every sentence on a line of its own, as man pages do. */
static void prose(FILE *stream, const char *text) {
  for (;;) {
    const char *end = strstr(text, ". ");
    if (end == NULL)
      break;
    char sentence[1024];
    size_t length = (size_t)(end - text) + 1;
    if (length >= sizeof sentence)
      break;
    memcpy(sentence, text, length);
    sentence[length] = '\0';
    roff(stream, sentence);
    fputc('\n', stream);
    text = end + 2;
  }
  roff(stream, text);
  fputc('\n', stream);
}

static void title(FILE *stream, const char *name, const char *summary) {
  fprintf(stream, ".TH %s 1 %s \"onus %s\" \"User Commands\"\n.SH NAME\n", name, MANUAL_DAY, onus_version());
  roff(stream, name);
  fputs(" \\- ", stream);
  roff(stream, summary);
  fputs("\n.SH SYNOPSIS\n", stream);
}

static void paragraphs(FILE *stream, const char *const *paragraph) {
  fputs(".SH DESCRIPTION\n", stream);
  for (size_t i = 0; paragraph[i] != NULL; i++) {
    if (i > 0)
      fputs(".PP\n", stream);
    prose(stream, paragraph[i]);
  }
}

static void examples(FILE *stream, const onus_cli_example *example) {
  fputs(".SH EXAMPLES\n", stream);
  for (; example->line != NULL; example++) {
    fputs(".TP\n.B ", stream);
    roff(stream, example->line);
    fputc('\n', stream);
    prose(stream, example->use);
  }
}

static void options(FILE *stream, const onus_cli_command *command) {
  fputs(".SH OPTIONS\n", stream);
  for (const onus_cli_argument *argument = command->arguments; argument->name != NULL; argument++) {
    fputs(".TP\n.I ", stream);
    roff(stream, argument->name);
    fputc('\n', stream);
    prose(stream, argument->help);
  }
  for (const onus_cli_option *option = command->options; option->name != NULL; option++) {
    fputs(".TP\n", stream);
    if (option->letter != 0)
      fprintf(stream, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", stream);
    roff(stream, option->name);
    fputs("\\fR", stream);
    if (option->argument != NULL) {
      fputs(" \\fI", stream);
      roff(stream, option->argument);
      fputs("\\fR", stream);
    }
    fputc('\n', stream);
    prose(stream, option->help);
  }
}

void onus_cli_manual_name(const onus_cli_command *command, char *out) {
  snprintf(out, ONUS_CLI_NAME_BYTES, "onus-%s", command->name);
  for (; *out != '\0'; out++)
    if (*out == ' ')
      *out = '-';
}

/* A reference to the page of a command. */
static void see(FILE *stream, const onus_cli_command *command, const char *after) {
  char name[ONUS_CLI_NAME_BYTES];
  onus_cli_manual_name(command, name);
  fputs(".BR ", stream);
  roff(stream, name);
  fprintf(stream, " (1)%s\n", after);
}

void onus_cli_manual_command(FILE *stream, const onus_cli_command *command) {
  char name[ONUS_CLI_NAME_BYTES], part[PART_BYTES];
  onus_cli_manual_name(command, name);
  title(stream, name, command->summary);
  fprintf(stream, "\\fBonus %s\\fR", command->name);
  for (size_t i = 0; onus_cli_synopsis_part(command, i, part, sizeof part); i++) {
    fputc('\n', stream);
    roff(stream, part);
  }
  fputc('\n', stream);
  paragraphs(stream, command->description);
  options(stream, command);
  examples(stream, command->examples);
  fputs(".SH EXIT STATUS\n", stream);
  for (const onus_cli_exit *exit = command->exits; exit->meaning != NULL; exit++) {
    fprintf(stream, ".TP\n%d\n", exit->status);
    prose(stream, exit->meaning);
  }
  fputs(".SH SEE ALSO\n.BR onus (1)\n", stream);
}

void onus_cli_manual_overview(FILE *stream) {
  title(stream, "onus", "weigh the evidence for who is behind a cyber attack");
  fputs("\\fBonus\\fR\n\\fICOMMAND\\fR\n[\\fIARGUMENTS\\fR]\n[\\fIOPTIONS\\fR]\n.br\n\\fBonus\\fR\n\\-\\-version\n",
        stream);
  paragraphs(stream, onus_cli_about);
  fputs(".SH COMMANDS\n", stream);
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++) {
    fputs(".TP\n", stream);
    see(stream, onus_cli_commands[i], "");
    prose(stream, onus_cli_commands[i]->summary);
  }
  fputs(".SH ENVIRONMENT\n", stream);
  for (size_t i = 0; onus_cli_environment[i][0] != NULL; i++) {
    fputs(".TP\n.B ", stream);
    roff(stream, onus_cli_environment[i][0]);
    fputc('\n', stream);
    prose(stream, onus_cli_environment[i][1]);
  }
  examples(stream, onus_cli_about_examples);
  fputs(".SH SEE ALSO\n", stream);
  for (size_t i = 0; onus_cli_commands[i] != NULL; i++)
    see(stream, onus_cli_commands[i], onus_cli_commands[i + 1] != NULL ? "," : "");
}
