#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/message.h"

void onus_cli_output_begin(void) {
  /* open gives the lowest free number, so these fill the gaps in order. Read-only: writing there fails. */
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
    if (fcntl(stream, F_GETFD) == -1 && open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) == -1)
      return;
  signal(SIGPIPE, SIG_IGN);
}

static int fail_writing(void) {
  char text[256];
  snprintf(text, sizeof text, "cannot write to standard output: %s", errno != 0 ? strerror(errno) : "write error");
  onus_cli_complain(text);
  return ONUS_CLI_FAILED;
}

int onus_cli_output_write(const char *file, const char *bytes, size_t length_bytes) {
  if (file != NULL && strcmp(file, "-") != 0) {
    onus_error error = {0};
    onus_status status = onus_file_write(file, bytes, length_bytes, &error);
    return status == ONUS_OK ? ONUS_CLI_OK : onus_cli_fail(status, &error);
  }
  errno = 0;
  if (fwrite(bytes, 1, length_bytes, stdout) != length_bytes || fflush(stdout) != 0)
    return fail_writing();
  return ONUS_CLI_OK;
}

int onus_cli_output_text(const char *file, onus_status status, onus_text *text, const onus_error *error) {
  int exit_status =
      status == ONUS_OK ? onus_cli_output_write(file, text->bytes, text->length) : onus_cli_fail(status, error);
  onus_text_free(text);
  return exit_status;
}

int onus_cli_output_end(int status) {
  if (status == ONUS_CLI_FAILED)
    return status; /* told already */
  errno = 0;
  return fflush(stdout) != 0 || ferror(stdout) ? fail_writing() : status;
}
