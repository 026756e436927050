#include "server/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

onus_status onus_server_fail(onus_error *error, const char *code_file, int code_line, onus_status status,
                             const char *path, const char *format, ...) {
  if (error == NULL)
    return status;
  *error = (onus_error){.status = status, .code_file = code_file, .code_line = code_line};
  if (path != NULL) {
    size_t length = strlen(path);
    snprintf(error->path, sizeof error->path, "%s",
             length < sizeof error->path ? path : path + length - sizeof error->path + 1);
  }
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  return status;
}
