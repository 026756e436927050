/* A command of the program: one file command_<name>.c, one constant entry of this type.
 *
 * Help, manual pages, shell completion and the reader of options all come from the entry, so none of them can say
 * anything that the others do not. Text in an entry is ASCII; paragraphs are not wrapped.
 */
#ifndef ONUS_CLI_COMMAND_H
#define ONUS_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* How the program ends. */
enum { ONUS_CLI_OK = 0, ONUS_CLI_FAILED = 1, ONUS_CLI_BAD_INPUT = 2, ONUS_CLI_INTERRUPTED = 130 };

enum { ONUS_CLI_OPTIONS_MAX = 16, ONUS_CLI_NAME_BYTES = 32 };

typedef struct onus_cli_option {
  const char *name;     /* without its dashes; NULL ends a list */
  const char *alias;    /* another spelling, not shown; may be NULL */
  char letter;          /* 0: none */
  const char *argument; /* name of its value, or the values it can have, "text|json"; NULL: it takes none */
  bool is_choice;       /* the value is one of those named in `argument` */
  bool is_file;         /* the value is a file, for completion */
  bool is_required;
  const char *help;
} onus_cli_option;

typedef struct onus_cli_argument {
  const char *name; /* NULL ends a list */
  bool is_file;     /* for completion */
  bool is_optional;
  bool is_repeated;    /* the last one: any number of them, at least one unless it is optional */
  const char *choices; /* "bash|zsh|fish"; NULL: anything */
  const char *help;
} onus_cli_argument;

/* A command line that works where the folder `examples` is, and what it is good for. */
typedef struct onus_cli_example {
  const char *line; /* NULL ends a list */
  const char *use;
} onus_cli_example;

typedef struct onus_cli_exit {
  int status;
  const char *meaning; /* NULL ends a list */
} onus_cli_exit;

typedef struct onus_cli_command onus_cli_command;

/* What the user asked of a command. Points into argv, whose operands come to stand first, and the command's entry. */
typedef struct onus_cli_invocation {
  const onus_cli_command *command;
  const char *value[ONUS_CLI_OPTIONS_MAX]; /* by place in command->options; NULL: not given; "" for those without one */
  char *const *operand;
  size_t n_operands;
} onus_cli_invocation;

struct onus_cli_command {
  const char *name;               /* one word, or a word that several share and its own: "reference import" */
  const char *summary;            /* one line, no full stop */
  const char *const *description; /* paragraphs, NULL at the end */
  const onus_cli_argument *arguments;
  const onus_cli_option *options;
  const onus_cli_example *examples;
  const onus_cli_exit *exits;
  int (*run)(const onus_cli_invocation *invocation); /* gives the exit status */
};

/* Options that several commands share. */
#define ONUS_CLI_OPTION_HELP                                                                                           \
  { .name = "help", .letter = 'h', .help = "Show this help and do nothing else." }
#define ONUS_CLI_OPTION_COLOUR                                                                                         \
  {                                                                                                                    \
    .name = "colour", .alias = "color", .argument = "auto|always|never", .is_choice = true,                            \
    .help = "When to colour the text. auto, the default, does so on a terminal unless NO_COLOR is set."                \
  }
#define ONUS_CLI_OPTION_FORMAT                                                                                         \
  {                                                                                                                    \
    .name = "format", .letter = 'f', .argument = "text|json|html", .is_choice = true,                                  \
    .help = "How to show the result: text, the default; json as in docs/assessment.schema.json; or html, one "         \
            "page that needs no other file."                                                                           \
  }
#define ONUS_CLI_OPTION_OUTPUT                                                                                         \
  {                                                                                                                    \
    .name = "output", .letter = 'o', .argument = "FILE", .is_file = true,                                              \
    .help = "Write the result to FILE, whole or not at all, rather than to standard output."                           \
  }
#define ONUS_CLI_OPTION_POSITION                                                                                       \
  {                                                                                                                    \
    .name = "position", .letter = 'p', .argument = "ID",                                                               \
    .help = "Take the view of the position ID. The first position of the case is the default."                         \
  }
#define ONUS_CLI_OPTION_AS_OF                                                                                          \
  {                                                                                                                    \
    .name = "as-of", .letter = 'd', .argument = "DAY",                                                                 \
    .help = "Use only what was known at the end of DAY (2014-12-22, or an instant such as 2014-12-22T15:04:05Z). "     \
            "Without it all evidence counts as known, and every retraction as made."                                   \
  }
#define ONUS_CLI_OPTION_ABOUT                                                                                          \
  {                                                                                                                    \
    .name = "about", .letter = 'a', .argument = "ID",                                                                  \
    .help = "Give the verdict about the hypothesis or proposition ID. The default is what the case says, else the "    \
            "most probable hypothesis."                                                                                \
  }
#define ONUS_CLI_OPTION_SEED                                                                                           \
  {                                                                                                                    \
    .name = "seed", .letter = 's', .argument = "N",                                                                    \
    .help = "Seed of the sample over the ranges of the inputs. The same seed gives the same figures everywhere; it "   \
            "is printed with the result."                                                                              \
  }
#define ONUS_CLI_OPTIONS_END                                                                                           \
  { .name = NULL }

#define ONUS_CLI_ARGUMENT_CASE                                                                                         \
  {                                                                                                                    \
    .name = "CASE", .is_file = true,                                                                                   \
    .help = "The case: a folder that holds case.yaml or case.json, or such a file itself."                             \
  }

#define ONUS_CLI_EXIT_OK                                                                                               \
  { .status = ONUS_CLI_OK, .meaning = "It was done, whatever the verdict." }
#define ONUS_CLI_EXIT_FAILED                                                                                           \
  { .status = ONUS_CLI_FAILED, .meaning = "The system could not do it, for example read or write a file." }
#define ONUS_CLI_EXIT_BAD_INPUT                                                                                        \
  { .status = ONUS_CLI_BAD_INPUT, .meaning = "The case or the command line is wrong; standard error says where." }
#define ONUS_CLI_EXIT_INTERRUPTED                                                                                      \
  { .status = ONUS_CLI_INTERRUPTED, .meaning = "It was interrupted; nothing was written." }

extern const onus_cli_command onus_cli_assess, onus_cli_check, onus_cli_compare, onus_cli_completion, onus_cli_compute,
    onus_cli_evaluate, onus_cli_explain, onus_cli_export, onus_cli_functions, onus_cli_help, onus_cli_import,
    onus_cli_init, onus_cli_pull, onus_cli_push, onus_cli_rank, onus_cli_reference_calibrate, onus_cli_reference_import,
    onus_cli_reference_info, onus_cli_reference_names, onus_cli_reference_pull, onus_cli_reference_push,
    onus_cli_timeline;
extern const onus_cli_command onus_cli_match;
extern const onus_cli_command onus_cli_record, onus_cli_replay, onus_cli_cosign, onus_cli_key_new, onus_cli_key_show,
    onus_cli_open, onus_cli_pack, onus_cli_reveal, onus_cli_seal, onus_cli_sign, onus_cli_unpack, onus_cli_verify;
extern const onus_cli_command onus_cli_serve, onus_cli_server_account, onus_cli_server_audit, onus_cli_server_backup;

/* All commands, in the order of the help; NULL at the end. */
extern const onus_cli_command *const onus_cli_commands[];

/* The command that `words` begin with, and how many of them are its name; NULL if there is none. */
const onus_cli_command *onus_cli_command_find(char *const *words, size_t n_words, size_t *ret_n_used);

/* The own word of a command whose name begins with `group`; NULL if its name does not. */
const char *onus_cli_command_in_group(const onus_cli_command *command, const char *group);

/* Whether several commands share this first word. */
bool onus_cli_command_is_group(const char *word);

/* The command nearest to a misspelt name; NULL if none is near. */
const char *onus_cli_command_nearest(const char *name);

#endif
