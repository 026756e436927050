/* HTML and SVG out of text that is not trusted.
 *
 * Own markup goes straight into the buffer; every text of a case goes through one of the calls below, which escape
 * what is markup and show hidden characters as codes. The result is correct in text and in quoted attributes alike.
 */
#ifndef ONUS_REPORT_MARKUP_H
#define ONUS_REPORT_MARKUP_H

#include "report/characters.h"

void onus_markup_escape(onus_buffer *out, const char *raw);
/* Escaped inside <bdi>, so that a name written from right to left does not turn the sentence around it. */
void onus_markup_case(onus_buffer *out, const char *raw);
/* A link when `url` is a plain http or https address; otherwise its text alone. */
void onus_markup_url(onus_buffer *out, const char *url);

/* --- SVG ------------------------------------------------------------------------------------------------------- */

/* Opens an image of that size in pixels. `title` and `desc` are raw; `id` is unique on the page. */
void onus_svg_begin(onus_buffer *out, const char *id, const char *classes, double width, double height,
                    const char *title, const char *desc);
/* The same as a file of its own, with the style sheet that it needs. */
void onus_svg_begin_file(onus_buffer *out, const char *id, const char *style, double width, double height,
                         const char *title, const char *desc);
void onus_svg_end(onus_buffer *out);
void onus_svg_line(onus_buffer *out, const char *classes, double x1, double y1, double x2, double y2);
/* A rectangle; negative widths extend to the left. */
void onus_svg_rectangle(onus_buffer *out, const char *classes, double x, double y, double width, double height);
void onus_svg_circle(onus_buffer *out, const char *classes, double x, double y, double radius);
/* `anchor` is "start", "middle" or "end". */
void onus_svg_text(onus_buffer *out, const char *classes, double x, double y, const char *anchor, const char *raw);

/* A label wrapped into at most `lines` lines (up to 3) of `width` pixels, the rest cut with an ellipsis, the first
 * baseline at `y`. Gives the number of lines; `out` NULL: counts only. Widths are estimates on the safe side. */
#define ONUS_SVG_LINE 16.0
unsigned onus_svg_label(onus_buffer *out, const char *classes, double x, double y, double width, unsigned lines,
                        const char *raw);

#endif
