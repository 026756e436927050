/* The characters of a case, which are hostile until shown otherwise: what each is, how wide, and whether it hides.
 *
 * A hidden character is one that a reader does not see but a terminal or browser obeys: C0 and C1 controls, DEL,
 * bidirectional controls, zero-width ones, line separators, interlinear marks, tags. No report prints one raw.
 */
#ifndef ONUS_REPORT_CHARACTERS_H
#define ONUS_REPORT_CHARACTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* The character at *cursor, which moves behind it; U+FFFD for each byte that is not UTF-8; 0, without moving, at the
 * end. */
uint32_t onus_report_next_character(const char **cursor);

bool onus_report_character_is_hidden(uint32_t character);

/* Columns that it takes in a terminal: 0 (combining), 1 or 2 (East Asian wide, emoji). */
unsigned onus_report_character_columns(uint32_t character);

void onus_report_put_character(onus_buffer *out, uint32_t character);

/* A finite double with so many digits after the point, the same in every locale, never "-0". */
void onus_report_put_fixed(onus_buffer *out, double value, int decimals);
/* The same into `text`, which holds ONUS_REPORT_FIGURE_BYTES; returns it. */
#define ONUS_REPORT_FIGURE_BYTES 352
const char *onus_report_fixed(char *text, double value, int decimals);
/* The shortest text of at most `digits` significant digits that is read back as the same double when 17. */
const char *onus_report_general(char *text, double value, int digits);

#endif
