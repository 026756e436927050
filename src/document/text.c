#include <limits.h>
#include <string.h>

#include "document/text_internal.h"

void onus_text_move(onus_text_place *place, const char *bytes, size_t to) {
  for (; place->at < to; place->at++) {
    unsigned char byte = (unsigned char)bytes[place->at];
    bool ends_line = byte == '\n' || (byte == '\r' && (place->at + 1 == to || bytes[place->at + 1] != '\n'));
    if (ends_line) {
      place->line += place->line < UINT_MAX;
      place->column = 1;
    } else if ((byte & 0xC0) != 0x80 && byte != '\r') {
      place->column += place->column < UINT_MAX;
    }
  }
}

size_t onus_text_mark_bytes(const char *bytes, size_t length_bytes) {
  return length_bytes >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static onus_text_place place_of(const char *bytes, size_t at) {
  onus_text_place place = {onus_text_mark_bytes(bytes, at), 1, 1};
  onus_text_move(&place, bytes, at);
  return place;
}

static bool is_forbidden_in_yaml(uint32_t character) {
  return (character < 0x20 && character != '\t' && character != '\n' && character != '\r') ||
         (character >= 0x7F && character < 0xA0) || character == 0x2028 || character == 0x2029 || character == 0xFFFE ||
         character == 0xFFFF || character == 0xFEFF;
}

static onus_status fail_forbidden(const char *path, const onus_text_place *place, uint32_t character,
                                  onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, place->line, place->column,
                      "the character U+%04X is not allowed here; remove it, or write it as an escape in double "
                      "quotes if it is meant",
                      (unsigned)character);
}

onus_status onus_text_check_character(const char *path, const char *bytes, size_t length_bytes,
                                      const onus_text_place *place, onus_error *error) {
  uint32_t character;
  size_t width = onus_text_decode(bytes, length_bytes, &character);
  if (width == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, place->line, place->column,
                        "the byte 0x%02X is not UTF-8; save the file as UTF-8", (unsigned)(unsigned char)bytes[0]);
  return character != 0 ? ONUS_OK : fail_forbidden(path, place, character, error);
}

onus_status onus_text_check(const char *path, const char *bytes, size_t length_bytes, bool is_yaml, onus_error *error) {
  for (size_t at = onus_text_mark_bytes(bytes, length_bytes); at < length_bytes;) {
    uint32_t character;
    size_t width = onus_text_decode(bytes + at, length_bytes - at, &character);
    if (width > 0 && character != 0 && !(is_yaml && is_forbidden_in_yaml(character))) {
      at += width;
      continue;
    }
    onus_text_place place = place_of(bytes, at);
    ONUS_TRY(onus_text_check_character(path, bytes + at, length_bytes - at, &place, error));
    return fail_forbidden(path, &place, character, error);
  }
  return ONUS_OK;
}
