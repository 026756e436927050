/* Text of a stranger inside a message: in quotes, shortened, nothing in it that a terminal would obey. */
#ifndef ONUS_DOCUMENT_QUOTE_H
#define ONUS_DOCUMENT_QUOTE_H

#include <stddef.h>

#define ONUS_QUOTE_BYTES 400

typedef struct onus_quote {
  char text[ONUS_QUOTE_BYTES];
} onus_quote;

/* `length_bytes` bytes in double quotes; after 60 characters "…" stands for the rest. Control characters, invisible
 * ones and bytes that are not UTF-8 are written \x1B or \u202E, line ends \n. Use as onus_quote_bytes(…).text. */
onus_quote onus_quote_bytes(const char *bytes, size_t length_bytes);
onus_quote onus_quote_string(const char *string);

#endif
