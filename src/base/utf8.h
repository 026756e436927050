#ifndef ONUS_BASE_UTF8_H
#define ONUS_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The first character of `bytes` and how many bytes it takes; 0 when it is not UTF-8 (overlong forms, surrogates and
 * what lies beyond U+10FFFF included) or when there are none. */
size_t onus_text_decode(const char *bytes, size_t length_bytes, uint32_t *ret_character);

#endif
