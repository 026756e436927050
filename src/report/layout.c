#include "report/layout.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define NARROWEST 40u
#define WIDEST 200u

onus_layout onus_layout_new(onus_buffer *out, const onus_style *style) {
  unsigned width = style && style->width > 0 ? style->width : 80;
  bool ascii = style && style->ascii;
  return (onus_layout){.out = out,
                       .line = onus_buffer_new(out->cap_bytes),
                       .width = width < NARROWEST ? NARROWEST
                                : width > WIDEST  ? WIDEST
                                                  : width,
                       .colour = style && style->colour,
                       .ascii = ascii,
                       .glyphs = ascii ? &onus_glyphs_ascii : &onus_glyphs_utf8};
}

void onus_layout_free(onus_layout *layout) {
  onus_buffer_free(&layout->line);
}

void onus_layout_own(onus_layout *layout, const char *own) {
  onus_buffer_string(&layout->line, own);
}

void onus_layout_printf(onus_layout *layout, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  onus_buffer_vprintf(&layout->line, format, arguments);
  va_end(arguments);
}

void onus_layout_count(onus_layout *layout, uint64_t count, const char *one, const char *many) {
  onus_layout_printf(layout, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

/* Dashes and quotation marks as ASCII has them; NULL for every other character. */
static const char *plain_mark(uint32_t character) {
  switch (character) {
  case 0x2010:
  case 0x2011:
  case 0x2012:
  case 0x2013:
  case 0x2014:
  case 0x2212:
    return "-";
  case 0x2018:
  case 0x2019:
    return "'";
  case 0x201C:
  case 0x201D:
    return "\"";
  case 0x2026:
    return "...";
  case 0xA0:
  case 0x202F:
    return " ";
  default:
    return NULL;
  }
}

void onus_layout_case(onus_layout *layout, const char *raw) {
  for (uint32_t c; (c = onus_report_next_character(&raw)) != 0;) {
    const char *plain = layout->ascii ? plain_mark(c) : NULL;
    if (plain)
      onus_layout_own(layout, plain);
    else if (c == '\n' || c == '\t')
      onus_buffer_character(&layout->line, ' ');
    else if (onus_report_character_is_hidden(c))
      onus_buffer_printf(&layout->line, layout->ascii ? "<U+%04" PRIX32 ">" : "\u27e8U+%04" PRIX32 "\u27e9", c);
    else
      onus_report_put_character(&layout->line, c);
  }
}

void onus_layout_quote(onus_layout *layout, const char *raw) {
  onus_layout_own(layout, layout->ascii ? "\"" : "\u201c");
  onus_layout_case(layout, raw);
  onus_layout_own(layout, layout->ascii ? "\"" : "\u201d");
}

void onus_layout_ink(onus_layout *layout, onus_ink ink) {
  if (layout->colour)
    onus_buffer_character(&layout->line, (char)ink);
}

/* Columns of the character; 0 for an ink. */
static unsigned columns_of(uint32_t character) {
  return character <= ONUS_INK_PLAIN ? 0 : onus_report_character_columns(character);
}

static unsigned columns_until(const char *from, const char *end) {
  unsigned columns = 0;
  while (from < end)
    columns += columns_of(onus_report_next_character(&from));
  return columns;
}

unsigned onus_layout_column(const onus_layout *layout) {
  return layout->line.bytes ? columns_until(layout->line.bytes, layout->line.bytes + layout->line.length_bytes) : 0;
}

void onus_layout_pad(onus_layout *layout, unsigned column) {
  unsigned now = layout->line.length_bytes > 0 ? onus_layout_column(layout) : 0;
  if (now < column)
    onus_buffer_repeat(&layout->line, " ", column - now);
}

void onus_layout_right(onus_layout *layout, const char *own, unsigned columns) {
  unsigned wide = columns_until(own, own + strlen(own));
  if (wide < columns)
    onus_buffer_repeat(&layout->line, " ", columns - wide);
  onus_layout_own(layout, own);
}

static void put_ink_or_character(onus_layout *layout, uint32_t character) {
  static const char *const codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[34m", "\x1b[31m", "\x1b[33m", "\x1b[0m"};
  if (character <= ONUS_INK_PLAIN)
    onus_buffer_string(layout->out, codes[character]);
  else
    onus_report_put_character(layout->out, character);
}

static unsigned new_line(onus_layout *layout, unsigned indent) {
  onus_buffer_character(layout->out, '\n');
  onus_buffer_repeat(layout->out, " ", indent);
  return indent;
}

/* One word, broken only where it is wider than a whole line. Gives the column behind it. */
static unsigned put_word(onus_layout *layout, const char *word, const char *end, unsigned column, unsigned indent) {
  while (word < end) {
    uint32_t character = onus_report_next_character(&word);
    unsigned columns = columns_of(character);
    if (column + columns > layout->width && columns > 0)
      column = new_line(layout, indent);
    put_ink_or_character(layout, character);
    column += columns;
  }
  return column;
}

void onus_layout_end(onus_layout *layout, unsigned indent) {
  if (indent > layout->width / 2)
    indent = layout->width / 2 - 8;
  unsigned column = 0, spaces = 0;
  bool at_start = true;
  if (layout->line.length_bytes == 0)
    onus_buffer_append(&layout->line, " ", 1);
  for (const char *at = layout->line.bytes; at && *at;) {
    if (*at == ' ') {
      spaces++;
      at++;
      continue;
    }
    const char *end = at + strcspn(at, " ");
    unsigned columns = columns_until(at, end);
    if (!at_start && columns > 0 && column + spaces + columns > layout->width) {
      column = new_line(layout, indent);
    } else {
      onus_buffer_repeat(layout->out, " ", spaces);
      column += spaces;
    }
    column = put_word(layout, at, end, column, indent);
    at_start = at_start && columns == 0;
    spaces = 0;
    at = end;
  }
  onus_buffer_character(layout->out, '\n');
  if (layout->line.status != ONUS_OK && layout->out->status == ONUS_OK)
    layout->out->status = layout->line.status;
  layout->line.length_bytes = 0;
  if (layout->line.bytes)
    layout->line.bytes[0] = '\0';
}

void onus_layout_gap(onus_layout *layout) {
  onus_buffer_character(layout->out, '\n');
}

void onus_layout_heading(onus_layout *layout, const char *heading, const char *remark) {
  onus_layout_gap(layout);
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_own(layout, heading);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, 0);
  if (!remark)
    return;
  onus_layout_ink(layout, ONUS_INK_DIM);
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, remark);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, 2);
}

/* --- bars ------------------------------------------------------------------------------------------------------ */

typedef struct bar_signs {
  const char *solid, *shaded, *track, *point, *standard, *axis;
} bar_signs;

static const bar_signs signs_utf8 = {"\u2588", "\u2592", "\u00b7", "\u25c6", "\u2503", "\u2502"};
static const bar_signs signs_ascii = {"#", "=", ".", "o", "|", "|"};

static const bar_signs *signs_of(const onus_layout *layout) {
  return layout->ascii ? &signs_ascii : &signs_utf8;
}

/* The column that holds `value`; ONUS_NONE-like for what is no number. */
static unsigned cell_of(double value, unsigned columns) {
  if (isnan(value))
    return columns;
  double cell = floor(value * columns);
  return cell <= 0 ? 0 : cell >= columns ? columns - 1 : (unsigned)cell;
}

void onus_layout_probability_bar(onus_layout *layout, const onus_probability *p, double standard, unsigned columns) {
  const bar_signs *signs = signs_of(layout);
  unsigned low = cell_of(p->low, columns), high = cell_of(p->high, columns), point = cell_of(p->posterior, columns),
           mark = cell_of(standard, columns);
  for (unsigned i = 0; i < columns; i++) {
    onus_layout_ink(layout, i == mark ? ONUS_INK_BOLD : i <= high ? ONUS_INK_FOR : ONUS_INK_DIM);
    onus_layout_own(layout, i == mark    ? signs->standard
                            : i == point ? signs->point
                            : i < low    ? signs->solid
                            : i <= high  ? signs->shaded
                                         : signs->track);
    onus_layout_ink(layout, ONUS_INK_PLAIN);
  }
}

void onus_layout_legend(onus_layout *layout, bool has_standard) {
  const bar_signs *signs = signs_of(layout);
  onus_layout_ink(layout, ONUS_INK_DIM);
  onus_layout_own(layout, "  ");
  onus_layout_own(layout, signs->solid);
  onus_layout_own(layout, " up to the 5 % quantile, ");
  onus_layout_own(layout, signs->shaded);
  onus_layout_own(layout, " up to the 95 %, ");
  onus_layout_own(layout, signs->point);
  onus_layout_own(layout, " point value");
  if (has_standard) {
    onus_layout_own(layout, ", ");
    onus_layout_own(layout, signs->standard);
    onus_layout_own(layout, " standard");
  }
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_end(layout, 2);
}

void onus_layout_signed_bar(onus_layout *layout, double value, double full, unsigned half) {
  const bar_signs *signs = signs_of(layout);
  double share = full > 0 && isfinite(value) ? fabs(value) / full : 0;
  unsigned filled = share >= 1 ? half : (unsigned)(share * half + 0.5);
  unsigned left = value < 0 ? filled : 0, right = value < 0 ? 0 : filled;
  onus_layout_ink(layout, ONUS_INK_AGAINST);
  for (unsigned i = 0; i < half; i++)
    onus_layout_own(layout, half - i <= left ? signs->solid : signs->track);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_own(layout, signs->axis);
  onus_layout_ink(layout, ONUS_INK_FOR);
  for (unsigned i = 0; i < half; i++)
    onus_layout_own(layout, i < right ? signs->solid : signs->track);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
}
