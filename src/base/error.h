/* How a failure is said: minted at the line that finds it, with its place in the input where it has one. */
#ifndef ONUS_BASE_ERROR_H
#define ONUS_BASE_ERROR_H

#include "onus.h"

#if defined(__GNUC__)
#define ONUS_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#else
#define ONUS_PRINTF(format_index, first_argument)
#endif

/* Fills `error` (may be NULL). Use the macros below, whose value is the status. */
void onus_error_set(onus_error *error, const char *code_file, int code_line, onus_status status, const char *path,
                    unsigned line, unsigned column, const char *format, ...) ONUS_PRINTF(8, 9);

/* The status is repeated outside the call, so that the compiler sees that a failing path never returns ONUS_OK. */
#define ONUS_FAIL(error, status, ...)                                                                                  \
  (onus_error_set(error, __FILE__, __LINE__, status, NULL, 0, 0, __VA_ARGS__), (onus_status)(status))
#define ONUS_FAIL_AT(error, status, path, line, column, ...)                                                           \
  (onus_error_set(error, __FILE__, __LINE__, status, path, line, column, __VA_ARGS__), (onus_status)(status))
/* That a system call failed for `path`: what could not be done, such as "cannot be read", and why by errno. ONUS_IO, or
 * ONUS_NO_MEMORY when that is why. */
onus_status onus_error_set_io(onus_error *error, const char *code_file, int code_line, const char *path,
                              const char *what);
#define ONUS_FAIL_IO(error, path, what)                                                                                \
  (onus_error_set_io(error, __FILE__, __LINE__, path, what) == ONUS_NO_MEMORY ? ONUS_NO_MEMORY : ONUS_IO)

#define ONUS_FAIL_NO_MEMORY(error) ONUS_FAIL(error, ONUS_NO_MEMORY, "no memory left")

/* Returns from the calling function when `call` does not give ONUS_OK. */
#define ONUS_TRY(call)                                                                                                 \
  do {                                                                                                                 \
    onus_status try_status_ = (call);                                                                                  \
    if (try_status_ != ONUS_OK)                                                                                        \
      return try_status_;                                                                                              \
  } while (0)

#endif
