#include "report/markup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_escaped(onus_buffer *out, uint32_t c) {
  switch (c) {
  case '&':
    onus_buffer_string(out, "&amp;");
    return;
  case '<':
    onus_buffer_string(out, "&lt;");
    return;
  case '>':
    onus_buffer_string(out, "&gt;");
    return;
  case '"':
    onus_buffer_string(out, "&quot;");
    return;
  case '\'':
    onus_buffer_string(out, "&#39;");
    return;
  default:
    if (c == '\n' || c == '\t')
      onus_buffer_character(out, (char)c);
    else if (onus_report_character_is_hidden(c))
      onus_buffer_printf(out, "\u27e8U+%04" PRIX32 "\u27e9", c);
    else
      onus_report_put_character(out, c);
  }
}

void onus_markup_escape(onus_buffer *out, const char *raw) {
  for (uint32_t c; (c = onus_report_next_character(&raw)) != 0;)
    put_escaped(out, c);
}

void onus_markup_case(onus_buffer *out, const char *raw) {
  onus_buffer_string(out, "<bdi>");
  onus_markup_escape(out, raw);
  onus_buffer_string(out, "</bdi>");
}

static bool is_plain_address(const char *url) {
  if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
    return false;
  for (const char *at = url; *at; at++)
    if (*at <= ' ' || *at == 0x7F || strchr("\"'<>\\^`{|}", *at)) /* also everything beyond ASCII, which is negative */
      return false;
  return true;
}

void onus_markup_url(onus_buffer *out, const char *url) {
  if (!is_plain_address(url)) {
    onus_markup_case(out, url);
    return;
  }
  onus_buffer_string(out, "<a rel=\"noopener noreferrer nofollow\" href=\"");
  onus_markup_escape(out, url);
  onus_buffer_string(out, "\">");
  onus_markup_escape(out, url);
  onus_buffer_string(out, "</a>");
}

/* --- SVG ------------------------------------------------------------------------------------------------------- */

static void put_number(onus_buffer *out, const char *name, double value) {
  onus_buffer_character(out, ' ');
  onus_buffer_string(out, name);
  onus_buffer_string(out, "=\"");
  onus_report_put_fixed(out, value, 1);
  onus_buffer_character(out, '"');
}

static void open_shape(onus_buffer *out, const char *shape, const char *classes) {
  onus_buffer_printf(out, "<%s class=\"%s\"", shape, classes);
}

/* `more`: further attributes of the image. */
static void begin_image(onus_buffer *out, const char *id, const char *more, double width, double height,
                        const char *title, const char *desc) {
  onus_buffer_printf(out, "<svg role=\"img\" aria-labelledby=\"%s-title %s-desc\" %s", id, id, more);
  put_number(out, "width", width);
  put_number(out, "height", height);
  onus_buffer_string(out, " viewBox=\"0 0 ");
  onus_report_put_fixed(out, width, 1);
  onus_buffer_character(out, ' ');
  onus_report_put_fixed(out, height, 1);
  onus_buffer_printf(out, "\">\n<title id=\"%s-title\">", id);
  onus_markup_escape(out, title);
  onus_buffer_printf(out, "</title>\n<desc id=\"%s-desc\">", id);
  onus_markup_escape(out, desc);
  onus_buffer_string(out, "</desc>\n");
}

void onus_svg_begin(onus_buffer *out, const char *id, const char *classes, double width, double height,
                    const char *title, const char *desc) {
  char more[128];
  snprintf(more, sizeof more, "class=\"%s\"", classes);
  begin_image(out, id, more, width, height, title, desc);
}

void onus_svg_begin_file(onus_buffer *out, const char *id, const char *style, double width, double height,
                         const char *title, const char *desc) {
  begin_image(out, id, "xmlns=\"http://www.w3.org/2000/svg\"", width, height, title, desc);
  onus_buffer_string(out, "<style>");
  onus_buffer_string(out, style);
  onus_buffer_string(out, "</style>\n");
}

void onus_svg_end(onus_buffer *out) {
  onus_buffer_string(out, "</svg>\n");
}

void onus_svg_line(onus_buffer *out, const char *classes, double x1, double y1, double x2, double y2) {
  open_shape(out, "line", classes);
  put_number(out, "x1", x1);
  put_number(out, "y1", y1);
  put_number(out, "x2", x2);
  put_number(out, "y2", y2);
  onus_buffer_string(out, "/>\n");
}

void onus_svg_rectangle(onus_buffer *out, const char *classes, double x, double y, double width, double height) {
  open_shape(out, "rect", classes);
  put_number(out, "x", width < 0 ? x + width : x);
  put_number(out, "y", y);
  put_number(out, "width", width < 0 ? -width : width);
  put_number(out, "height", height);
  onus_buffer_string(out, "/>\n");
}

void onus_svg_circle(onus_buffer *out, const char *classes, double x, double y, double radius) {
  open_shape(out, "circle", classes);
  put_number(out, "cx", x);
  put_number(out, "cy", y);
  put_number(out, "r", radius);
  onus_buffer_string(out, "/>\n");
}

void onus_svg_text(onus_buffer *out, const char *classes, double x, double y, const char *anchor, const char *raw) {
  open_shape(out, "text", classes);
  put_number(out, "x", x);
  put_number(out, "y", y);
  if (strcmp(anchor, "start") != 0)
    onus_buffer_printf(out, " text-anchor=\"%s\"", anchor);
  onus_buffer_character(out, '>');
  onus_markup_escape(out, raw);
  onus_buffer_string(out, "</text>\n");
}

/* Pixels that a character takes at 13 px in a usual sans-serif face, rounded up. */
static double pixels_of(uint32_t c) {
  if (onus_report_character_is_hidden(c))
    return 72;
  if (c > 0x2E7F)
    return 14;
  if (c < 0x80 && strchr("ijl.,:;'|!ft()[]I ", (char)c))
    return 4.8;
  if (c < 0x80 && strchr("mwMW@%", (char)c))
    return 12.5;
  return c >= 'A' && c <= 'Z' ? 9.6 : 7.6;
}

/* How many bytes of `raw` fit into `width`: whole words where there are any. */
static size_t bytes_that_fit(const char *raw, double width) {
  const char *at = raw, *word_end = raw;
  double used = 0;
  for (;;) {
    const char *next = at;
    uint32_t c = onus_report_next_character(&next);
    if (c == 0)
      return (size_t)(at - raw);
    if (c == ' ' || c == '\n')
      word_end = at;
    used += pixels_of(c);
    if (used > width)
      return (size_t)((word_end > raw ? word_end : at) - raw);
    at = next;
  }
}

unsigned onus_svg_label(onus_buffer *out, const char *classes, double x, double y, double width, unsigned lines,
                        const char *raw) {
  unsigned line = 0;
  if (strstr(classes, "strong"))
    width *= 0.87; /* bold characters are wider */
  while (*raw && line < lines) {
    bool is_last = line + 1 == lines;
    size_t length = bytes_that_fit(raw, width), rest = strlen(raw) - length;
    if (is_last && rest > 0)
      length = bytes_that_fit(raw, width - 12);
    if (length == 0)
      break;
    if (out) {
      open_shape(out, "text", classes);
      put_number(out, "x", x);
      put_number(out, "y", y + line * ONUS_SVG_LINE);
      onus_buffer_character(out, '>');
      const char *at = raw;
      while (at < raw + length)
        put_escaped(out, onus_report_next_character(&at));
      onus_buffer_string(out, is_last && rest > 0 ? "\u2026</text>\n" : "</text>\n");
    }
    raw += length;
    raw += strspn(raw, " \n");
    line++;
  }
  return line > 0 ? line : 1;
}
