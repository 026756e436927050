#include "cli/work.h"

#include <stdio.h>

#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/terminal.h"

int onus_cli_open_case(const char *path, onus_case **ret_case) {
  onus_problems *problems = NULL;
  onus_error error = {0};
  onus_status status = onus_case_open(path, ret_case, &problems, &error);
  if (status == ONUS_OK)
    return ONUS_CLI_OK;
  if (status != ONUS_BAD_INPUT || problems == NULL || onus_problems_count(problems) == 0) {
    onus_problems_free(problems);
    return onus_cli_fail(status, &error);
  }
  onus_cli_print_problems(stderr, problems);
  size_t count = onus_problems_count(problems);
  char text[512];
  snprintf(text, sizeof text, "%.300s has %zu problem%s", path, count, count == 1 ? "" : "s");
  onus_cli_complain(text);
  onus_problems_free(problems);
  return ONUS_CLI_BAD_INPUT;
}

bool onus_cli_read_seed(const onus_cli_invocation *invocation, uint64_t *seed) {
  return onus_cli_options_number(invocation, "seed", "a whole number", 1, UINT64_MAX, seed);
}

int onus_cli_work_begin(const onus_cli_invocation *invocation, onus_cli_work *ret_work) {
  onus_cli_work work = {
      .invocation = invocation,
      .options = {.position = onus_cli_options_get(invocation, "position"),
                  .as_of = onus_cli_options_get(invocation, "as-of"),
                  .about = onus_cli_options_get(invocation, "about"),
                  .progress = onus_cli_progress_step},
      .format = onus_cli_options_format(invocation),
      .style = onus_cli_terminal_style(invocation, onus_cli_options_get(invocation, "output")),
  };
  if (!onus_cli_read_seed(invocation, &work.options.seed))
    return ONUS_CLI_BAD_INPUT;
  onus_cli_progress_begin(&work.progress);
  int exit_status = onus_cli_open_case(invocation->operand[0], &work.c);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  *ret_work = work;
  ret_work->options.progress_context = &ret_work->progress;
  return ONUS_CLI_OK;
}

int onus_cli_work_end(onus_cli_work *work, onus_status status, onus_text *text) {
  onus_cli_progress_end(&work->progress);
  /* Ctrl-C between the last look at it and now still means: write nothing. */
  if (status == ONUS_OK && onus_cli_progress_is_interrupted())
    status = ONUS_CANCELLED;
  int exit_status = onus_cli_output_text(onus_cli_options_get(work->invocation, "output"), status, text, &work->error);
  onus_case_free(work->c);
  return exit_status;
}
