/* Errors of the server are minted where they are found, like the library's. */
#ifndef ONUS_SERVER_FAIL_H
#define ONUS_SERVER_FAIL_H

#include "onus.h"

/* Fills `error`, which may be NULL, and gives `status`. `path` may be NULL. */
onus_status onus_server_fail(onus_error *error, const char *code_file, int code_line, onus_status status,
                             const char *path, const char *format, ...) __attribute__((format(printf, 6, 7)));

#define SERVER_FAIL(error, status, path, ...) onus_server_fail(error, __FILE__, __LINE__, status, path, __VA_ARGS__)
#define SERVER_NO_MEMORY(error) SERVER_FAIL(error, ONUS_NO_MEMORY, NULL, "no memory is left")
#define SERVER_TRY(call)                                                                                               \
  do {                                                                                                                 \
    onus_status try_status = (call);                                                                                   \
    if (try_status != ONUS_OK)                                                                                         \
      return try_status;                                                                                               \
  } while (0)

#endif
