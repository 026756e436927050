#include "document/quote.h"

#include <stdio.h>
#include <string.h>

#include "document/text_internal.h"

enum { SHOWN_CHARACTERS = 60 };

onus_quote onus_quote_bytes(const char *bytes, size_t length_bytes) {
  onus_quote quote;
  char *out = quote.text;
  size_t at = 0;
  *out++ = '"';
  for (unsigned shown = 0; at < length_bytes && shown < SHOWN_CHARACTERS; shown++) {
    uint32_t character;
    size_t width = onus_text_decode(bytes + at, length_bytes - at, &character);
    if (width == 0) {
      out += snprintf(out, 5, "\\x%02X", (unsigned)(unsigned char)bytes[at]);
      width = 1;
    } else if (character == '\n') {
      out += snprintf(out, 5, "\\n");
    } else if (character < 0x20 || character == 0x7F) {
      out += snprintf(out, 5, "\\x%02X", (unsigned)character);
    } else if (character < 0xA0 && character >= 0x80) { /* C1: a terminal may obey them */
      out += snprintf(out, 5, "\\x%02X", (unsigned)character);
    } else if ((character >= 0x200B && character <= 0x200F) || (character >= 0x2028 && character <= 0x202E) ||
               (character >= 0x2060 && character <= 0x2069) || character == 0xFEFF) {
      /* Invisible, or turns the direction of the text around it. */
      out += snprintf(out, 7, "\\u%04X", (unsigned)character);
    } else {
      memcpy(out, bytes + at, width);
      out += width;
    }
    at += width;
  }
  snprintf(out, sizeof quote.text - (size_t)(out - quote.text), "%s", at < length_bytes ? "…\"" : "\"");
  return quote;
}

onus_quote onus_quote_string(const char *string) {
  return onus_quote_bytes(string, strlen(string));
}
