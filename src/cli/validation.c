#include "cli/validation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/work.h"

enum { PATH_BYTES = 4096 };

static int write_predictions(const onus_evaluated *evaluated, const char *file) {
  onus_error error = {0};
  onus_text text = {0};
  onus_status status = onus_evaluated_predictions(evaluated, &text, &error);
  return onus_cli_output_text(file, status, &text, &error);
}

static int write_plots(const onus_evaluated *evaluated, const char *folder) {
  static const struct {
    onus_plot plot;
    const char *name;
  } plots[] = {{ONUS_PLOT_TIPPETT, "tippett.svg"}, {ONUS_PLOT_RELIABILITY, "reliability.svg"}};
  char path[PATH_BYTES], complaint[PATH_BYTES + 64];
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
    snprintf(complaint, sizeof complaint, "cannot make the folder %.400s: %s", folder, strerror(errno));
    onus_cli_complain(complaint);
    return ONUS_CLI_FAILED;
  }
  for (size_t i = 0; i < sizeof plots / sizeof plots[0]; i++) {
    onus_error error = {0};
    onus_text text = {0};
    if (snprintf(path, sizeof path, "%s/%s", folder, plots[i].name) >= (int)sizeof path) {
      onus_cli_complain("the path of --plots is too long");
      return ONUS_CLI_BAD_INPUT;
    }
    onus_status status = onus_evaluated_plot(evaluated, plots[i].plot, &text, &error);
    if (status == ONUS_OK)
      status = onus_file_write(path, text.bytes, text.length, &error);
    onus_text_free(&text);
    if (status != ONUS_OK)
      return onus_cli_fail(status, &error);
  }
  return ONUS_CLI_OK;
}

static int write_report(const onus_cli_invocation *invocation, const onus_evaluated *evaluated) {
  const char *file = onus_cli_options_get(invocation, "output");
  onus_style style = onus_cli_terminal_style(invocation, file);
  onus_error error = {0};
  onus_text text = {0};
  onus_status status = onus_evaluated_render(evaluated, onus_cli_options_format(invocation), &style, &text, &error);
  return onus_cli_output_text(file, status, &text, &error);
}

int onus_cli_validation_run(const onus_cli_invocation *invocation, const char *location, onus_fit_mode fit,
                            onus_cli_validate *validate) {
  const char *predictions = onus_cli_options_get(invocation, "predictions");
  const char *plots = onus_cli_options_get(invocation, "plots");
  onus_cli_progress progress;
  onus_validation_options chosen = {.engine = onus_cli_options_get(invocation, "engine"),
                                    .incidents = onus_cli_options_get(invocation, "incidents"),
                                    .truth = onus_cli_options_get(invocation, "truth"),
                                    .fit = fit,
                                    .progress = onus_cli_progress_step,
                                    .progress_context = &progress};
  if (!onus_cli_read_seed(invocation, &chosen.seed))
    return ONUS_CLI_BAD_INPUT;
  if (chosen.truth != NULL && chosen.incidents == NULL) {
    onus_cli_complain("--truth needs --incidents: the reference's own reports say who did them");
    return ONUS_CLI_BAD_INPUT;
  }
  onus_evaluated *evaluated = NULL;
  onus_error error = {0};
  onus_cli_progress_begin(&progress);
  onus_status status = validate(location, &chosen, &evaluated, &error);
  onus_cli_progress_end(&progress);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  int exit_status = predictions != NULL ? write_predictions(evaluated, predictions) : ONUS_CLI_OK;
  if (exit_status == ONUS_CLI_OK && plots != NULL)
    exit_status = write_plots(evaluated, plots);
  if (exit_status == ONUS_CLI_OK)
    exit_status = write_report(invocation, evaluated);
  onus_evaluated_free(evaluated);
  return exit_status;
}
