/* The canonical form of a tree: JSON by RFC 8785 (JCS). Equal data has equal bytes, whoever writes it. */
#ifndef ONUS_DOCUMENT_CANONICAL_H
#define ONUS_DOCUMENT_CANONICAL_H

#include "base/buffer.h"
#include "document/document.h"

/* Keys sorted by UTF-16 code units, no blanks, texts with the fewest escapes, numbers as ECMAScript writes doubles: a
 * number of more digits than a double has is rounded to one. Failures stick in `out`. */
void onus_document_canonical(onus_buffer *out, const onus_node *node);

/* A finite number as ECMAScript writes it, in `out`. */
#define ONUS_CANONICAL_NUMBER_BYTES 64
void onus_canonical_number(double value, char out[ONUS_CANONICAL_NUMBER_BYTES]);

#endif
