#include "cli/transfer.h"

#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "cli/terminal.h"

static int read_credentials(const onus_cli_invocation *invocation, onus_cli_transfer *t) {
  const char *user = onus_cli_options_get(invocation, "user");
  const char *password_file = onus_cli_options_get(invocation, "password-file");
  const char *token_file = onus_cli_options_get(invocation, "token-file");
  if (token_file != NULL && (user != NULL || password_file != NULL)) {
    onus_cli_complain("--token-file stands for itself; give it without --user and --password-file");
    return ONUS_CLI_BAD_INPUT;
  }
  if (password_file != NULL && user == NULL) {
    onus_cli_complain("--password-file needs --user NAME");
    return ONUS_CLI_BAD_INPUT;
  }
  if (user == NULL)
    return onus_cli_secret(token_file, "ONUS_TAXII_TOKEN", "token", &t->token);
  int exit_status = onus_cli_secret(password_file, "ONUS_TAXII_PASSWORD", "password", &t->password);
  if (exit_status == ONUS_CLI_OK && t->password == NULL) {
    onus_cli_complain("no password: give --password-file or set ONUS_TAXII_PASSWORD");
    exit_status = ONUS_CLI_BAD_INPUT;
  }
  return exit_status;
}

int onus_cli_transfer_begin(const onus_cli_invocation *invocation, onus_cli_transfer *t) {
  uint64_t timeout_s = 0, n_retries = 5, n_page = 0;
  *t = (onus_cli_transfer){.options = {.user = onus_cli_options_get(invocation, "user"),
                                       .ca_file = onus_cli_options_get(invocation, "ca-file"),
                                       .progress = onus_cli_progress_objects}};
  if (!onus_cli_options_number(invocation, "timeout", "a whole number", 1, 3600, &timeout_s) ||
      !onus_cli_options_number(invocation, "retries", "a whole number", 0, 100, &n_retries) ||
      !onus_cli_options_number(invocation, "page-size", "a whole number", 1, 100000, &n_page))
    return ONUS_CLI_BAD_INPUT;
  int exit_status = read_credentials(invocation, t);
  if (exit_status != ONUS_CLI_OK) {
    onus_secret_free(t->password);
    onus_secret_free(t->token);
    return exit_status;
  }
  t->options.timeout_s = (unsigned)timeout_s;
  t->options.n_attempts = (unsigned)n_retries + 1;
  t->options.n_page = (size_t)n_page;
  t->options.password = t->password;
  t->options.token = t->token;
  t->options.progress_context = &t->progress;
  onus_cli_progress_begin(&t->progress);
  return ONUS_CLI_OK;
}

static int show(const onus_cli_invocation *invocation, const onus_transfer *made) {
  onus_style style = onus_cli_terminal_style(invocation, NULL);
  onus_error error = {0};
  onus_text text = {0};
  onus_status status = onus_transfer_render(made, onus_cli_options_format(invocation), &style, &text, &error);
  int exit_status = onus_cli_output_text(NULL, status, &text, &error);
  return exit_status == ONUS_CLI_OK && !onus_transfer_is_complete(made) ? ONUS_CLI_FAILED : exit_status;
}

int onus_cli_transfer_end(const onus_cli_invocation *invocation, onus_cli_transfer *t, onus_status status,
                          onus_transfer *made, const onus_error *error) {
  int exit_status = ONUS_CLI_INTERRUPTED;
  onus_cli_progress_end(&t->progress);
  if (status == ONUS_OK)
    exit_status = show(invocation, made);
  else if (status == ONUS_CANCELLED)
    onus_cli_complain("interrupted; the same command goes on from here");
  else
    exit_status = onus_cli_fail(status, error);
  onus_transfer_free(made);
  onus_secret_free(t->password);
  onus_secret_free(t->token);
  return exit_status;
}
