#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/options.h"
#include "onus.h"

static const char *const description[] = {
    "Reads a case and lists everything that is wrong with it, each with file, line, column, what was found and what "
    "would be right, on standard output. A case without problems gets one line that says what it holds.",
    "With --format json the result is one object: `problems` lists path, line, column, found and remedy of each; a "
    "case without problems also has its title, its question and how many of everything it holds.",
    NULL,
};

static const onus_cli_argument arguments[] = {ONUS_CLI_ARGUMENT_CASE, {.name = NULL}};

static const onus_cli_option options[] = {
    {.name = "format",
     .letter = 'f',
     .argument = "text|json",
     .is_choice = true,
     .help = "How to show the result: text, the default, or json."},
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus check examples/sony-2014", "Is the case right?"},
    {"onus check examples/sony-2014 --format json", "The same for an editor or a script."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "Nothing is wrong."},
    ONUS_CLI_EXIT_FAILED,
    {.status = ONUS_CLI_BAD_INPUT, .meaning = "The case has problems, or the command line is wrong."},
    {.meaning = NULL},
};

static void print_json_member(const char *before, const char *key, const char *value) {
  printf("%s\"%s\": ", before, key);
  onus_cli_print_json(stdout, value != NULL ? value : "");
}

static void print_json_problems(const onus_problems *problems) {
  size_t count = problems != NULL ? onus_problems_count(problems) : 0;
  fputs("\"problems\": [", stdout);
  for (size_t i = 0; i < count; i++) {
    const onus_problem *problem = onus_problems_get(problems, i);
    print_json_member(i == 0 ? "\n    {" : ",\n    {", "path", problem->path);
    printf(", \"line\": %u, \"column\": %u", problem->line, problem->column);
    print_json_member(", ", "found", problem->found);
    print_json_member(", ", "remedy", problem->remedy);
    putchar('}');
  }
  puts(count > 0 ? "\n  ]\n}" : "]\n}");
}

static void print_json_summary(const onus_case_summary *summary) {
  print_json_member("{\n  ", "title", summary->title);
  print_json_member(",\n  ", "question", summary->question);
  printf(",\n  \"hypotheses\": %zu,\n  \"propositions\": %zu,\n  \"sources\": %zu,\n  \"undercutters\": %zu,\n"
         "  \"items\": %zu,\n  \"questions\": %zu,\n  \"positions\": %zu,\n  ",
         summary->n_hypotheses, summary->n_propositions, summary->n_sources, summary->n_undercutters, summary->n_items,
         summary->n_questions, summary->n_positions);
  print_json_problems(NULL);
}

static const char *plural(size_t count) {
  return count == 1 ? "" : "s";
}

static void print_text_summary(const char *path, const onus_case_summary *summary) {
  onus_cli_print_safely(stdout, path);
  fputs(": nothing is wrong. ", stdout);
  onus_cli_print_safely(stdout, summary->title);
  printf(": %zu hypotheses, %zu item%s of evidence from %zu source%s, %zu undercutter%s, %zu position%s, %zu open "
         "question%s\n",
         summary->n_hypotheses, summary->n_items, plural(summary->n_items), summary->n_sources,
         plural(summary->n_sources), summary->n_undercutters, plural(summary->n_undercutters), summary->n_positions,
         plural(summary->n_positions), summary->n_questions, plural(summary->n_questions));
}

static int run(const onus_cli_invocation *invocation) {
  const char *path = invocation->operand[0];
  bool is_json = onus_cli_wants_json(invocation);
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  onus_status status = onus_case_open(path, &c, &problems, &error);
  int exit_status = ONUS_CLI_OK;
  if (status == ONUS_OK) {
    onus_case_summary summary = onus_case_summarise(c);
    if (is_json)
      print_json_summary(&summary);
    else
      print_text_summary(path, &summary);
  } else if (status == ONUS_BAD_INPUT && problems != NULL && onus_problems_count(problems) > 0) {
    exit_status = ONUS_CLI_BAD_INPUT;
    if (is_json) {
      fputs("{\n  ", stdout);
      print_json_problems(problems);
    } else {
      onus_cli_print_problems(stdout, problems);
    }
  } else {
    exit_status = onus_cli_fail(status, &error);
  }
  onus_problems_free(problems);
  onus_case_free(c);
  return exit_status;
}

const onus_cli_command onus_cli_check = {
    .name = "check",
    .summary = "list what is wrong with a case",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
