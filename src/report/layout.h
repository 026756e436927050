/* Text for a terminal, made paragraph by paragraph: a line is composed, then wrapped by display columns.
 *
 * Two kinds of text, kept apart by the two calls that put them in: onus_layout_own takes what this program says and
 * passes it on; onus_layout_case takes what stands in a case and shows hidden characters as codes, so that no case can
 * move the cursor, change colours or turn the direction of writing. Styles travel inside the composed line as bytes
 * 01–06, which no text of a case can hold once it is clean.
 */
#ifndef ONUS_REPORT_LAYOUT_H
#define ONUS_REPORT_LAYOUT_H

#include "report/figures.h"

typedef struct onus_layout {
  onus_buffer *out;
  onus_buffer line;
  unsigned width;
  bool colour, ascii;
  const onus_glyphs *glyphs;
} onus_layout;

typedef enum onus_ink {
  ONUS_INK_BOLD = 1,
  ONUS_INK_DIM,
  ONUS_INK_FOR,     /* speaks for the hypothesis */
  ONUS_INK_AGAINST, /* speaks against it */
  ONUS_INK_OPEN,    /* undecided */
  ONUS_INK_PLAIN
} onus_ink;

/* `style` may be NULL. Widths are brought into 40–200. Free with onus_layout_free. */
onus_layout onus_layout_new(onus_buffer *out, const onus_style *style);
void onus_layout_free(onus_layout *layout);

void onus_layout_own(onus_layout *layout, const char *own);
void onus_layout_printf(onus_layout *layout, const char *format, ...) ONUS_PRINTF(2, 3); /* own text too */
/* "1 actor", "3 actors": own text. */
void onus_layout_count(onus_layout *layout, uint64_t count, const char *one, const char *many);
void onus_layout_case(onus_layout *layout, const char *raw);
/* The same, between quotation marks. */
void onus_layout_quote(onus_layout *layout, const char *raw);
void onus_layout_ink(onus_layout *layout, onus_ink ink);
/* Spaces up to `column` of the line. */
void onus_layout_pad(onus_layout *layout, unsigned column);
/* `own` at the right end of a field of `columns`. */
void onus_layout_right(onus_layout *layout, const char *own, unsigned columns);
unsigned onus_layout_column(const onus_layout *layout);

/* Writes the line: the first one as composed, further ones behind `indent` spaces. */
void onus_layout_end(onus_layout *layout, unsigned indent);
/* An empty line. */
void onus_layout_gap(onus_layout *layout);
/* An empty line, a heading and, if not NULL, a dim remark. */
void onus_layout_heading(onus_layout *layout, const char *heading, const char *remark);

/* A probability from 0 to 1 in `columns` columns: solid up to the 5 % quantile, shaded to the 95 %, a mark at the point
 * value and, unless `standard` is NAN, one at the standard. */
void onus_layout_probability_bar(onus_layout *layout, const onus_probability *p, double standard, unsigned columns);
/* The signs of that bar, in words. */
void onus_layout_legend(onus_layout *layout, bool has_standard);
/* A signed bar of 2 × `half` + 1 columns around its axis; `full` is the value that fills one half. */
void onus_layout_signed_bar(onus_layout *layout, double value, double full, unsigned half);

#endif
