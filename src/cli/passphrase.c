#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/options.h"

enum { PASSPHRASE_BYTES = 1024 };

/* Reads up to a line end into the secret; false when there is nothing, or too much. */
static bool read_line(int fd, onus_secret *secret) {
  char *bytes = onus_secret_bytes(secret);
  size_t length = 0, capacity = onus_secret_capacity(secret);
  for (;;) {
    ssize_t got = read(fd, bytes + length, 1);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0 || bytes[length] == '\n')
      break;
    if (++length == capacity)
      return false;
  }
  if (length > 0 && bytes[length - 1] == '\r')
    length--;
  bytes[length] = '\0';
  onus_secret_set_length(secret, length);
  return length > 0;
}

static bool ask(const char *question, const char *what, onus_secret *secret) {
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  struct termios as_it_was, silent;
  if (terminal < 0 || tcgetattr(terminal, &as_it_was) != 0) {
    if (terminal >= 0)
      close(terminal);
    onus_cli_complain("no passphrase: there is no terminal to ask on; give --passphrase-file or set ONUS_PASSPHRASE");
    return false;
  }
  fprintf(stderr, "%s ", question);
  onus_cli_print_safely(stderr, what);
  fputs(": ", stderr);
  fflush(stderr);
  silent = as_it_was;
  silent.c_lflag &= (tcflag_t)~ECHO;
  tcsetattr(terminal, TCSAFLUSH, &silent);
  bool is_good = read_line(terminal, secret);
  tcsetattr(terminal, TCSAFLUSH, &as_it_was);
  fputc('\n', stderr);
  close(terminal);
  if (!is_good)
    onus_cli_complain("no passphrase was given");
  return is_good;
}

static bool ask_twice(const char *what, onus_secret *secret) {
  onus_secret *again = NULL;
  onus_error error = {0};
  if (onus_secret_new(PASSPHRASE_BYTES, &again, &error) != ONUS_OK) {
    onus_cli_complain(error.text);
    return false;
  }
  bool is_good = ask("New passphrase for", what, secret) && ask("The same again for", what, again);
  if (is_good && strcmp(onus_secret_bytes(secret), onus_secret_bytes(again)) != 0) {
    onus_cli_complain("the two passphrases differ; nothing was written");
    is_good = false;
  }
  onus_secret_free(again);
  return is_good;
}

static bool read_file(const char *path, const char *what, onus_secret *secret) {
  char text[512];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    snprintf(text, sizeof text, "%.300s: cannot be opened: %s", path, strerror(errno));
    onus_cli_complain(text);
    return false;
  }
  bool is_good = read_line(fd, secret);
  close(fd);
  if (!is_good) {
    snprintf(text, sizeof text, "%.300s: its first line is no %s of 1 to %d bytes", path, what, PASSPHRASE_BYTES - 1);
    onus_cli_complain(text);
  }
  return is_good;
}

static bool copy_environment(const char *variable, onus_secret *secret) {
  const char *value = getenv(variable);
  size_t length = strlen(value);
  if (length == 0 || length >= onus_secret_capacity(secret)) {
    char text[128];
    snprintf(text, sizeof text, "%s is empty or too long", variable);
    onus_cli_complain(text);
    return false;
  }
  memcpy(onus_secret_bytes(secret), value, length + 1);
  onus_secret_set_length(secret, length);
  return true;
}

int onus_cli_passphrase(const onus_cli_invocation *invocation, const char *what, bool is_new,
                        onus_secret **ret_passphrase) {
  onus_secret *secret = NULL;
  onus_error error = {0};
  onus_status status = onus_secret_new(PASSPHRASE_BYTES, &secret, &error);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  const char *file = onus_cli_options_get(invocation, "passphrase-file"), *variable = getenv("ONUS_PASSPHRASE");
  bool is_good = file                    ? read_file(file, "passphrase", secret)
                 : variable && *variable ? copy_environment("ONUS_PASSPHRASE", secret)
                 : is_new                ? ask_twice(what, secret)
                                         : ask("Passphrase for", what, secret);
  if (!is_good) {
    onus_secret_free(secret);
    return ONUS_CLI_BAD_INPUT;
  }
  *ret_passphrase = secret;
  return ONUS_CLI_OK;
}

int onus_cli_secret(const char *file, const char *variable, const char *what, onus_secret **ret_secret) {
  const char *value = getenv(variable);
  if (!file && !(value && *value))
    return ONUS_CLI_OK;
  onus_secret *secret = NULL;
  onus_error error = {0};
  onus_status status = onus_secret_new(PASSPHRASE_BYTES, &secret, &error);
  if (status != ONUS_OK)
    return onus_cli_fail(status, &error);
  if (!(file ? read_file(file, what, secret) : copy_environment(variable, secret))) {
    onus_secret_free(secret);
    return ONUS_CLI_BAD_INPUT;
  }
  *ret_secret = secret;
  return ONUS_CLI_OK;
}

int onus_cli_open_key(const onus_cli_invocation *invocation, onus_key **ret_key) {
  const char *path = onus_cli_options_get(invocation, "key");
  onus_secret *passphrase = NULL;
  int exit_status = onus_cli_passphrase(invocation, path, false, &passphrase);
  if (exit_status != ONUS_CLI_OK)
    return exit_status;
  onus_error error = {0};
  onus_status status = onus_key_read(path, passphrase, ret_key, &error);
  onus_secret_free(passphrase);
  return status == ONUS_OK ? ONUS_CLI_OK : onus_cli_fail(status, &error);
}
