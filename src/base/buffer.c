#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

onus_buffer onus_buffer_new(size_t cap_bytes) {
  return (onus_buffer){.cap_bytes = cap_bytes};
}

void onus_buffer_free(onus_buffer *buffer) {
  free(buffer->bytes);
  *buffer = onus_buffer_new(buffer->cap_bytes);
}

/* Room for `extra_bytes` more and a NUL; false when that fails, now or before. */
static bool reserve(onus_buffer *buffer, size_t extra_bytes) {
  if (buffer->status != ONUS_OK)
    return false;
  if (extra_bytes > buffer->cap_bytes - buffer->length_bytes) {
    buffer->status = ONUS_LIMIT;
    return false;
  }
  size_t needed = buffer->length_bytes + extra_bytes + 1;
  if (needed <= buffer->capacity_bytes)
    return true;
  size_t capacity = buffer->capacity_bytes < 128 ? 256 : buffer->capacity_bytes * 2;
  if (capacity < needed)
    capacity = needed;
  char *grown = realloc(buffer->bytes, capacity);
  if (!grown) {
    buffer->status = ONUS_NO_MEMORY;
    return false;
  }
  buffer->bytes = grown;
  buffer->capacity_bytes = capacity;
  return true;
}

void onus_buffer_reserve(onus_buffer *buffer, size_t bytes) {
  size_t wanted = bytes < buffer->cap_bytes ? bytes : buffer->cap_bytes;
  if (buffer->status != ONUS_OK || wanted + 1 <= buffer->capacity_bytes)
    return;
  char *grown = realloc(buffer->bytes, wanted + 1);
  if (!grown) {
    buffer->status = ONUS_NO_MEMORY;
    return;
  }
  buffer->bytes = grown;
  buffer->capacity_bytes = wanted + 1;
}

void onus_buffer_append(onus_buffer *buffer, const char *bytes, size_t length_bytes) {
  if (length_bytes == 0 || !reserve(buffer, length_bytes))
    return;
  memcpy(buffer->bytes + buffer->length_bytes, bytes, length_bytes);
  buffer->length_bytes += length_bytes;
  buffer->bytes[buffer->length_bytes] = '\0';
}

void onus_buffer_string(onus_buffer *buffer, const char *string) {
  onus_buffer_append(buffer, string, strlen(string));
}

void onus_buffer_character(onus_buffer *buffer, char character) {
  onus_buffer_append(buffer, &character, 1);
}

void onus_buffer_repeat(onus_buffer *buffer, const char *string, size_t times) {
  size_t length = strlen(string);
  for (size_t i = 0; i < times && buffer->status == ONUS_OK; i++)
    onus_buffer_append(buffer, string, length);
}

void onus_buffer_vprintf(onus_buffer *buffer, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  if (length < 0)
    buffer->status = buffer->status == ONUS_OK ? ONUS_INTERNAL : buffer->status;
  else if (length > 0 && reserve(buffer, (size_t)length)) {
    vsnprintf(buffer->bytes + buffer->length_bytes, (size_t)length + 1, format, again);
    buffer->length_bytes += (size_t)length;
  }
  va_end(again);
}

void onus_buffer_printf(onus_buffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  onus_buffer_vprintf(buffer, format, arguments);
  va_end(arguments);
}

onus_status onus_buffer_take(onus_buffer *buffer, onus_text *ret_text, onus_error *error) {
  if (buffer->status == ONUS_OK)
    reserve(buffer, 0);
  onus_status status = buffer->status;
  if (status == ONUS_OK) {
    buffer->bytes[buffer->length_bytes] = '\0';
    *ret_text = (onus_text){buffer->bytes, buffer->length_bytes};
    *buffer = onus_buffer_new(buffer->cap_bytes);
    return ONUS_OK;
  }
  onus_buffer_free(buffer);
  buffer->status = ONUS_OK;
  if (status == ONUS_NO_MEMORY)
    return ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_LIMIT)
    return ONUS_FAIL(error, ONUS_LIMIT, "the text would be larger than %zu bytes", buffer->cap_bytes);
  return ONUS_FAIL(error, status, "text could not be formatted");
}

void onus_text_free(onus_text *text) {
  if (!text)
    return;
  free(text->bytes);
  *text = (onus_text){0};
}
