#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/terminal.h"

static const char *const description[] = {
    "Reads executable files, ELF, PE or Mach-O for x86 and x86-64, and lists their functions. Symbols of a debugger are not "
    "used, so a stripped file gives the same list. Shown with it is what the file says about its origin: when, with "
    "what and from which folder it was built, languages of its resources, what stands behind its end; and whether its "
    "code is packed or encrypted, so that little of it can be seen. All of that is easily forged.",
    "Each file is read in a process of its own, without files and network and with limits of time and memory. One that "
    "crashes its reader or takes too long is named on standard error, and the others are shown.",
    "A line for each function: its address, bytes up to its last instruction, instructions, blocks, calls, how it is "
    "known (the system calls it, it is exported, an unwind table begins there, it is called, jumped to, its address is "
    "taken, or it fills a gap between functions), and its name where an export or import gives one.",
    NULL,
};

static const onus_cli_argument arguments[] = {
    {.name = "FILE", .is_file = true, .is_repeated = true, .help = "Executable files."},
    {.name = NULL},
};

static const onus_cli_option options[] = {
    {.name = "format",
     .letter = 'f',
     .argument = "text|json",
     .is_choice = true,
     .help = "How to show the result: text, the default, or json as in docs/functions.schema.json."},
    {.name = "time-limit",
     .argument = "SECONDS",
     .help = "Give a file up that takes longer to read than SECONDS. The default is 60."},
    ONUS_CLI_OPTION_COLOUR,
    ONUS_CLI_OPTION_OUTPUT,
    ONUS_CLI_OPTION_HELP,
    ONUS_CLI_OPTIONS_END,
};

static const onus_cli_example examples[] = {
    {"onus functions /bin/ls", "What a program is, and its functions."},
    {"onus functions --format json /bin/cat", "The same for other programs."},
    {NULL, NULL},
};

static const onus_cli_exit exits[] = {
    {.status = ONUS_CLI_OK, .meaning = "All files were read."},
    {.status = ONUS_CLI_FAILED, .meaning = "A file could not be read, or was given up; the others are shown."},
    {.status = ONUS_CLI_BAD_INPUT,
     .meaning = "A file is none of those that are read here, or the command line is wrong; the other files are shown."},
    {.meaning = NULL},
};

static int run(const onus_cli_invocation *invocation) {
  const char *file = onus_cli_options_get(invocation, "output");
  onus_style style = onus_cli_terminal_style(invocation, file);
  onus_code_options limits = {0};
  if (!onus_cli_options_real(invocation, "time-limit", "a number of seconds, more than 0 and at most 86400", 86400,
                             &limits.seconds_per_file))
    return ONUS_CLI_BAD_INPUT;
  onus_code *code = NULL;
  onus_error error = {0};
  onus_text text = {0};
  onus_status status =
      onus_code_read((const char *const *)invocation->operand, invocation->n_operands, &limits, &code, &error);
  if (status == ONUS_OK)
    status = onus_code_render(code, onus_cli_options_format(invocation), &style, &text, &error);
  int exit_status = onus_cli_output_text(file, status, &text, &error);
  const onus_error *why = NULL;
  for (size_t i = 0; status == ONUS_OK && (why = onus_code_refusal(code, i)) != NULL; i++) {
    int refused = onus_cli_fail(why->status, why);
    exit_status = exit_status == ONUS_CLI_OK ? refused : exit_status;
  }
  onus_code_free(code);
  return exit_status;
}

const onus_cli_command onus_cli_functions = {
    .name = "functions",
    .summary = "list the functions of executable files",
    .description = description,
    .arguments = arguments,
    .options = options,
    .examples = examples,
    .exits = exits,
    .run = run,
};
