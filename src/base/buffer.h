/* Text that grows. Writing calls cannot fail one by one: the first failure sticks, and onus_buffer_take tells it. */
#ifndef ONUS_BASE_BUFFER_H
#define ONUS_BASE_BUFFER_H

#include <stdarg.h>

#include "base/error.h"

typedef struct onus_buffer {
  char *bytes; /* NUL-terminated when length_bytes > 0 */
  size_t length_bytes, capacity_bytes, cap_bytes;
  onus_status status;
} onus_buffer;

/* An empty buffer that never holds more than `cap_bytes`. */
onus_buffer onus_buffer_new(size_t cap_bytes);
void onus_buffer_free(onus_buffer *buffer);

/* Room for so many bytes in all, so that filling them moves nothing. */
void onus_buffer_reserve(onus_buffer *buffer, size_t bytes);
void onus_buffer_append(onus_buffer *buffer, const char *bytes, size_t length_bytes);
void onus_buffer_string(onus_buffer *buffer, const char *string);
void onus_buffer_character(onus_buffer *buffer, char character);
void onus_buffer_repeat(onus_buffer *buffer, const char *string, size_t times);
void onus_buffer_printf(onus_buffer *buffer, const char *format, ...) ONUS_PRINTF(2, 3);
void onus_buffer_vprintf(onus_buffer *buffer, const char *format, va_list arguments) ONUS_PRINTF(2, 0);

/* Moves the text out and leaves the buffer empty; on failure frees it and says why. */
ONUS_MUST_CHECK onus_status onus_buffer_take(onus_buffer *buffer, onus_text *ret_text, onus_error *error);

#endif
