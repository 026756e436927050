/* UTF-8 and places in it. */
#ifndef ONUS_DOCUMENT_TEXT_INTERNAL_H
#define ONUS_DOCUMENT_TEXT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/utf8.h"

/* A place that moves forward through a text. Lines end with LF, CR LF or CR; columns count characters. */
typedef struct onus_text_place {
  size_t at; /* byte */
  unsigned line, column;
} onus_text_place;

/* Moves `place` on to the byte `to`, which is not before it. */
void onus_text_move(onus_text_place *place, const char *bytes, size_t to);

/* Checks that the text is UTF-8 without NUL and, for YAML, holds no character that YAML forbids or that libyaml would
 * take for a line end while nobody's editor does (U+0085, U+2028, U+2029). */
ONUS_MUST_CHECK onus_status onus_text_check(const char *path, const char *bytes, size_t length_bytes, bool is_yaml,
                                            onus_error *error);
/* Checks that the first character, which stands at `place`, is UTF-8 and not NUL. `length_bytes` is not 0. */
ONUS_MUST_CHECK onus_status onus_text_check_character(const char *path, const char *bytes, size_t length_bytes,
                                                      const onus_text_place *place, onus_error *error);

/* Bytes of the byte order mark that the text begins with: 3 or 0. */
size_t onus_text_mark_bytes(const char *bytes, size_t length_bytes);

#endif
