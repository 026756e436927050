#include "report/html_parts.h"

#include <math.h>
#include <stdio.h>

const char onus_html_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri "
    "'none'; form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n";

void onus_html_begin_page(onus_buffer *out, const char *raw, const char *own, const char *style) {
  onus_buffer_printf(out, "%s<title>", onus_html_head);
  onus_markup_escape(out, raw);
  onus_buffer_printf(out, "%s</title>\n<style>\n%s%s</style>\n</head>\n<body>\n", own, onus_html_style, style);
}

void onus_html_begin_section(onus_buffer *out, const char *id, const char *heading, const char *lead) {
  onus_buffer_printf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, heading);
  if (lead)
    onus_buffer_printf(out, "<p class=\"lead\">%s</p>\n", lead);
}

void onus_html_end_section(onus_buffer *out) {
  onus_buffer_string(out, "</section>\n");
}

void onus_html_begin_table(onus_buffer *out, const char *classes, const char *caption) {
  onus_buffer_printf(out,
                     "<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table class=\"%s\">\n"
                     "<caption>%s</caption>\n",
                     caption, classes, caption);
}

void onus_html_end_table(onus_buffer *out) {
  onus_buffer_string(out, "</tbody></table></div>\n");
}

void onus_html_heads(onus_buffer *out, const char *const *heads, size_t count) {
  onus_buffer_string(out, "<thead><tr>");
  for (size_t i = 0; i < count; i++)
    onus_buffer_printf(out, "<th scope=\"col\">%s</th>", heads[i]);
  onus_buffer_string(out, "</tr></thead>\n<tbody>\n");
}

void onus_html_figure(onus_buffer *out, const char *figure) {
  onus_buffer_string(out, "<td class=\"n\">");
  onus_markup_escape(out, figure);
  onus_buffer_string(out, "</td>");
}

void onus_html_probability_cell(onus_buffer *out, double p) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_html_figure(out, onus_report_probability(text, p, (double)NAN));
}

void onus_html_probability(onus_buffer *out, const onus_probability *p, double standard) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_report_probability_range(text, p, standard, &onus_glyphs_utf8);
  onus_buffer_string(out, "<span class=\"figures\"><i>P</i>");
  onus_markup_escape(out, onus_report_equals(text));
  onus_markup_escape(out, onus_report_after_sign(text));
  onus_buffer_printf(out, "</span>, %s", onus_probability_word(p->posterior));
}

void onus_html_standard(onus_buffer *out, const onus_position *position) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_markup_case(out, position->standard_id);
  onus_buffer_string(out, position->standard_exclusive ? " (above " : " (");
  onus_markup_escape(out, onus_report_plain(text, position->standard));
  onus_buffer_string(out, ")");
}

void onus_html_verdict(onus_buffer *out, onus_verdict verdict) {
  onus_buffer_printf(out, "<span class=\"verdict %s\">%s</span>", onus_verdict_name(verdict),
                     onus_report_verdict_words(verdict));
}

void onus_html_weight_cell(onus_buffer *out, double weight_log_odds, double full, double standard_error) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(out, "<td class=\"n weight\"><span class=\"figures\">");
  onus_markup_escape(out, onus_report_signed(text, weight_log_odds, &onus_glyphs_utf8));
  if (standard_error >= 0.005) {
    onus_buffer_string(out, " <small>\u00b1");
    onus_buffer_string(out, onus_report_fixed(text, standard_error, 2));
    onus_buffer_string(out, "</small>");
  }
  double share = full > 0 && isfinite(weight_log_odds) ? fmin(fabs(weight_log_odds) / full, 1) * 50 : 0;
  onus_buffer_printf(out, "</span><span class=\"bar\" aria-hidden=\"true\"><span class=\"%s\" style=\"width:",
                     weight_log_odds < 0 ? "against" : "for");
  onus_report_put_fixed(out, share, 1);
  onus_buffer_string(out, "%\"></span></span></td>");
  onus_html_figure(out, onus_report_factor(text, weight_log_odds, &onus_glyphs_utf8));
}

void onus_html_item_marks(onus_buffer *out, const onus_assessment *assessment, size_t item) {
  const onus_view_item *seen = assessment->items[item].item;
  if (seen->seal != ONUS_SEAL_NONE)
    onus_buffer_printf(out, " <span class=\"mark\">%s</span>", onus_report_seal_words(seen->seal));
  if (seen->state == ONUS_ITEM_COUNTS)
    return;
  onus_buffer_printf(out, " <span class=\"mark\">%s", onus_report_state_words(seen->state));
  size_t repeated = assessment->c->items[item].repeats;
  if (seen->state == ONUS_ITEM_REPEAT && repeated != ONUS_NONE) {
    onus_buffer_string(out, " of ");
    onus_markup_case(out, assessment->c->items[repeated].id);
  }
  onus_buffer_string(out, "</span>");
}

void onus_html_take(onus_buffer *out, onus_buffer *raw) {
  if (raw->status != ONUS_OK && out->status == ONUS_OK)
    out->status = raw->status;
  onus_markup_case(out, raw->bytes ? raw->bytes : "");
  onus_buffer_free(raw);
}
