#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Keeps the end of a long path: the file's name says more than the root. */
static void copy_path(char *out, size_t out_bytes, const char *path) {
  size_t length = strlen(path);
  if (length < out_bytes) {
    memcpy(out, path, length + 1);
    return;
  }
  snprintf(out, out_bytes, "...%s", path + length - (out_bytes - 4));
}

void onus_error_set(onus_error *error, const char *code_file, int code_line, onus_status status, const char *path,
                    unsigned line, unsigned column, const char *format, ...) {
  if (!error)
    return;
  error->status = status;
  error->code_file = code_file;
  error->code_line = code_line;
  error->line = line;
  error->column = column;
  error->path[0] = '\0';
  if (path)
    copy_path(error->path, sizeof error->path, path);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
}

onus_status onus_error_set_io(onus_error *error, const char *code_file, int code_line, const char *path,
                              const char *what) {
  int number = errno;
  onus_status status = number == ENOMEM ? ONUS_NO_MEMORY : ONUS_IO;
  onus_error_set(error, code_file, code_line, status, path, 0, 0, "%s: %s", what, strerror(number));
  return status;
}
