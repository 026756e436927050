/* What the commands that assess a case have in common: open it, work under a progress line, write the result. */
#ifndef ONUS_CLI_WORK_H
#define ONUS_CLI_WORK_H

#include "cli/command.h"
#include "cli/progress.h"

typedef struct onus_cli_work {
  const onus_cli_invocation *invocation;
  onus_case *c;
  onus_options options; /* as the command line says */
  onus_format format;
  onus_style style;
  onus_cli_progress progress;
  onus_error error; /* for the calls of the command */
} onus_cli_work;

/* Opens the case at `path`. Gives the exit status; everything wrong with the case has been told on standard error. */
int onus_cli_open_case(const char *path, onus_case **ret_case);

/* The value of --seed, unchanged when it was not given; false after a complaint. */
bool onus_cli_read_seed(const onus_cli_invocation *invocation, uint64_t *seed);

/* Opens the first operand and reads the shared options. On any exit status but ONUS_CLI_OK nothing is to be ended. */
int onus_cli_work_begin(const onus_cli_invocation *invocation, onus_cli_work *ret_work);

/* Writes `text` when `status` is ONUS_OK, or says what went wrong; frees both. Gives the exit status. */
int onus_cli_work_end(onus_cli_work *work, onus_status status, onus_text *text);

#endif
