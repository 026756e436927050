/* The matrix of items and hypotheses, and everything about each item. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/html_parts.h"

/* How strong a ratio is, by its logarithm to base 10: the class that colours its cell. The sign and the figure in the
 * cell say the same without colour. */
static const char *strength_of(double log10_ratio) {
  static const char *const for_it[] = {"f1", "f2", "f3", "f4"}, *const against[] = {"a1", "a2", "a3", "a4"};
  double size = fabs(log10_ratio);
  if (!(size >= 0.05))
    return "zero";
  size_t level = size < 0.5 ? 0 : size < 1 ? 1 : size < 2 ? 2 : 3;
  return log10_ratio < 0 ? against[level] : for_it[level];
}

static void put_cell(onus_buffer *out, double log_ratio) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  double log10_ratio = log_ratio / log(10), shown = isfinite(log10_ratio) ? round(log10_ratio * 10) / 10 : log10_ratio;
  onus_buffer_printf(out, "<td class=\"%s\">", strength_of(log10_ratio));
  if (!isfinite(shown))
    onus_buffer_string(out, isnan(shown) ? "?" : shown > 0 ? "+\u221e" : "\u2212\u221e");
  else if (shown == 0)
    onus_buffer_string(out, "0");
  else {
    onus_buffer_string(out, shown < 0 ? "\u2212" : "+");
    onus_buffer_string(out, onus_report_fixed(text, fabs(shown), 1));
  }
  onus_buffer_string(out, "</td>");
}

void onus_html_matrix(onus_buffer *out, const onus_assessment *a, const size_t *order) {
  if (a->c->n_items == 0)
    return;
  onus_html_begin_section(
      out, "matrix", "Evidence against hypotheses",
      "Each cell is the logarithm to base 10 of the likelihood ratio over the open hypothesis, before any undercutter: "
      "+1 means ten times as likely, \u22121 a tenth. <span class=\"sign s-for\"></span> speaks for, "
      "<span class=\"sign s-against\"></span> against the hypothesis.");
  onus_html_begin_table(out, "matrix", "Items and hypotheses");
  onus_buffer_string(out, "<thead><tr><th scope=\"col\">Item</th>");
  for (size_t h = 0; h < a->c->n_hypotheses; h++) {
    onus_buffer_printf(out, "<th scope=\"col\"%s>", a->about_set[h] ? " class=\"about\"" : "");
    onus_markup_case(out, a->c->hypotheses[h].name);
    onus_buffer_string(out, h == a->c->open_hypothesis ? " <small>(open)</small></th>" : "</th>");
  }
  onus_buffer_string(out, "</tr></thead>\n<tbody>\n");
  for (size_t k = 0; k < a->c->n_items; k++) {
    size_t i = order[k];
    if (!onus_report_is_shown(a, i))
      continue;
    onus_buffer_printf(out, "<tr%s><th scope=\"row\"><a href=\"#item-%zu\">",
                       a->items[i].counts ? "" : " class=\"silent\"", i + 1);
    onus_markup_case(out, a->c->items[i].title);
    onus_buffer_string(out, "</a>");
    onus_html_item_marks(out, a, i);
    onus_buffer_string(out, "</th>");
    for (size_t h = 0; h < a->c->n_hypotheses; h++)
      put_cell(out, a->items[i].log_ratio[h]);
    onus_buffer_string(out, "</tr>\n");
  }
  onus_html_end_table(out);
  onus_html_end_section(out);
}

static void put_fact(onus_buffer *out, const char *name, const char *raw) {
  onus_buffer_printf(out, "<dt>%s</dt><dd>", name);
  onus_markup_case(out, raw);
  onus_buffer_string(out, "</dd>\n");
}

static void put_day(onus_buffer *out, const char *name, bool has, onus_moment moment) {
  char text[ONUS_MOMENT_TEXT_BYTES];
  if (!has)
    return;
  onus_moment_format(moment, text);
  onus_buffer_printf(out, "<dt>%s</dt><dd><time datetime=\"%s\">%s</time></dd>\n", name, text, text);
}

static void put_row(onus_buffer *out, const onus_assessment *a, size_t i) {
  static const char *const heads[] = {"Hypothesis", "Ratio over open", "Range", "log<sub>10</sub>"};
  const onus_item_result *result = &a->items[i];
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_html_begin_table(out, "plain", "What it says");
  onus_html_heads(out, heads, 4);
  for (size_t h = 0; h < a->c->n_hypotheses; h++) {
    onus_number range = result->ratio_range[h];
    onus_buffer_string(out, "<tr><th scope=\"row\">");
    onus_markup_case(out, a->c->hypotheses[h].name);
    onus_buffer_string(out, "</th>");
    onus_html_figure(out, onus_report_ratio(text, exp(result->log_ratio[h])));
    onus_buffer_string(out, "<td class=\"n\">");
    if (range.low != range.high) {
      onus_buffer_string(out, onus_report_ratio(text, range.low));
      onus_buffer_string(out, "\u2013");
      onus_buffer_string(out, onus_report_ratio(text, range.high));
    }
    onus_buffer_string(out, "</td>");
    put_cell(out, result->log_ratio[h]);
    onus_buffer_string(out, "</tr>\n");
  }
  onus_html_end_table(out);
}

static void put_computed_links(onus_buffer *out, const onus_computed *computed, bool is_of_code) {
  const char *const heads[] = {"Weight", "In common", "Actor", is_of_code ? "Families with it" : "Holders",
                               "Report", "Remark"};
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_html_begin_table(out, "plain", "What the file and reports on the actors have in common, strongest first");
  onus_html_heads(out, heads, 6);
  for (size_t i = 0; i < computed->n_links; i++) {
    const onus_computed_link *link = &computed->links[i];
    onus_buffer_string(out, "<tr>");
    onus_html_figure(out, onus_report_signed(text, link->ln_weight, &onus_glyphs_utf8));
    onus_buffer_string(out, "<td>");
    onus_markup_case(out, link->kind);
    onus_buffer_string(out, " ");
    onus_markup_case(out, link->value);
    onus_buffer_string(out, "</td><td>");
    onus_markup_case(out, link->actor);
    onus_buffer_string(out, "</td>");
    snprintf(text, sizeof text, "%zu", link->n_holders);
    onus_html_figure(out, text);
    onus_buffer_string(out, "<td>");
    onus_markup_case(out, link->report);
    onus_buffer_string(out, "</td><td>");
    onus_markup_case(out, link->note);
    onus_buffer_string(out, "</td></tr>\n");
  }
  onus_html_end_table(out);
}

/* What a computed row rests on. */
static void put_computed(onus_buffer *out, const onus_case *c, const onus_row *row) {
  static const char *const heads[] = {"Actor", "Entries", "Hypothesis", "Ratio"};
  const onus_computed *computed = row->computed;
  char text[ONUS_REPORT_FIGURE_BYTES];
  if (!computed)
    return;
  onus_buffer_string(out, "<dl>\n");
  put_fact(out, "Computed from", row->from);
  put_fact(out, "Engine", computed->engine_version);
  put_fact(out, "Weights", computed->weights);
  put_fact(out, "Reference", computed->reference);
  put_fact(out, "As of", computed->as_of);
  snprintf(text, sizeof text, "%zu of %zu", computed->n_used, computed->n_used + computed->n_not_known);
  put_fact(out, "Known to the reference", text);
  if (computed->own_origin && computed->own_origin[0])
    put_fact(out, onus_report_sharing_words(row->engine), computed->own_origin);
  if (onus_report_is_of_code(row))
    put_fact(out, "What it does not say", onus_report_code_words);
  onus_buffer_string(out, "</dl>\n");
  onus_html_begin_table(out, "plain", "Actors");
  onus_html_heads(out, heads, 4);
  for (size_t i = 0; i < computed->n_actors; i++) {
    const onus_computed_actor *actor = &computed->actors[i];
    onus_buffer_string(out, "<tr><th scope=\"row\">");
    onus_markup_case(out, actor->name);
    onus_buffer_string(out, "</th><td>");
    for (size_t e = 0; e < actor->n_entries; e++) {
      onus_buffer_string(out, e ? "; " : "");
      onus_markup_case(out, actor->entries[e]);
    }
    onus_buffer_string(out, "</td><td>");
    onus_markup_case(out, c->hypotheses[actor->hypothesis].name);
    onus_buffer_string(out, "</td>");
    onus_html_figure(out, onus_report_ratio(text, onus_number_point(actor->ratio, ONUS_SCALE_LOG)));
    onus_buffer_string(out, "</tr>\n");
  }
  onus_html_end_table(out);
  if (computed->n_links > 0)
    put_computed_links(out, computed, onus_report_is_of_code(row));
}

typedef struct undercutter_context {
  onus_buffer *out;
  const onus_case *c;
} undercutter_context;

static void put_undercutter(void *context, const onus_undercutter_result *undercutter) {
  undercutter_context *into = context;
  onus_buffer words = onus_buffer_new(into->out->cap_bytes);
  onus_report_undercutter_words(&words, into->c, undercutter);
  onus_buffer_string(into->out, "<tr><th scope=\"row\">");
  onus_html_take(into->out, &words);
  onus_buffer_string(into->out, "</th>");
  onus_html_probability_cell(into->out, undercutter->prior);
  onus_html_probability_cell(into->out, undercutter->posterior);
  onus_buffer_string(into->out, "</tr>\n");
}

static void put_effect(onus_buffer *out, const onus_assessment *a, double weight, double standard_error,
                       const onus_without *without) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(out, "<p>Weight ");
  onus_markup_escape(out, onus_report_signed(text, weight, &onus_glyphs_utf8));
  if (standard_error > 0) {
    onus_buffer_string(out, " \u00b1 ");
    onus_buffer_string(out, onus_report_fixed(text, standard_error, 2));
  }
  onus_buffer_string(out, " (");
  onus_markup_escape(out, onus_report_factor(text, weight, &onus_glyphs_utf8));
  onus_buffer_string(out, " on the odds). Without it: ");
  onus_html_verdict(out, without->verdict);
  onus_buffer_string(out, ", ");
  onus_html_probability(out, &without->probability, a->view->position->standard);
  onus_buffer_string(out,
                     without->verdict == a->verdict ? "; the verdict stays.</p>\n" : "; the verdict changes.</p>\n");
}

static void put_tipping(onus_buffer *out, const onus_assessment *a, bool is_item, const char *id) {
  bool has_any = false;
  for (size_t t = 0; t < a->n_tipping; t++) {
    if (!onus_report_tipping_concerns(&a->tipping[t], is_item, id))
      continue;
    if (!has_any) {
      onus_html_begin_table(out, "plain", "Where the verdict at the point values changes");
      onus_html_heads(out, onus_html_tipping_heads, 3);
    }
    onus_html_tipping_row(out, a->c, &a->tipping[t]);
    has_any = true;
  }
  if (has_any)
    onus_html_end_table(out);
}

static void put_item_body(onus_buffer *out, const onus_assessment *a, size_t i) {
  static const char *const heads[] = {"What may cut it loose", "Before", "Given all evidence"};
  const onus_item *item = &a->c->items[i];
  const onus_item_result *result = &a->items[i];
  const char *reasons = onus_report_reasons(a, i);
  bool is_open = onus_report_is_open(a, i);
  if (reasons[0]) {
    onus_buffer_string(out, "<p class=\"reasons\">");
    onus_markup_case(out, reasons);
    onus_buffer_string(out, "</p>\n");
  }
  if (item->opened_reasons && result->item->seal == ONUS_SEAL_OPENED) {
    onus_buffer_string(out, "<p class=\"reasons\">Sealed with it: ");
    onus_markup_case(out, item->opened_reasons);
    onus_buffer_string(out, "</p>\n");
  }
  onus_buffer_string(out, "<dl>\n");
  put_fact(out, "Source", a->c->sources[item->source].name);
  put_day(out, "Known since", true, item->known);
  put_day(out, "Happened", item->has_observed && is_open, item->observed);
  put_day(out, "Retracted", item->has_retracted, item->retracted);
  if (item->repeats != ONUS_NONE)
    put_fact(out, "Repeats", a->c->items[item->repeats].title);
  if (item->is_sealed && item->commitment)
    put_fact(out, "Commitment", item->commitment);
  for (size_t f = 0; is_open && f < item->n_attachments; f++)
    put_fact(out, "File", item->attachments[f]);
  onus_buffer_string(out, "</dl>\n");
  put_row(out, a, i);
  put_computed(out, a->c, result->item->row);
  onus_html_begin_table(out, "plain", "Undercutters, in the order in which they govern the item");
  onus_html_heads(out, heads, 3);
  undercutter_context context = {out, a->c};
  onus_report_item_undercutters(a, i, put_undercutter, &context);
  onus_html_end_table(out);
  onus_without without = onus_report_without_item(a, i);
  if (result->counts)
    put_effect(out, a, result->weight_log_odds, result->weight_standard_error, &without);
  else
    onus_buffer_printf(out, "<p>It has no weight here: %s.</p>\n", onus_report_state_words(result->item->state));
  put_tipping(out, a, true, item->id);
}

void onus_html_items(onus_buffer *out, const onus_assessment *a, const size_t *order) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  if (a->c->n_items == 0)
    return;
  onus_html_begin_section(out, "items", "The items one by one", NULL);
  for (size_t k = 0; k < a->c->n_items; k++) {
    size_t i = order[k];
    if (!onus_report_is_shown(a, i))
      continue;
    onus_buffer_printf(out, "<details id=\"item-%zu\"><summary>", i + 1);
    onus_markup_case(out, a->c->items[i].title);
    onus_html_item_marks(out, a, i);
    if (a->items[i].counts) {
      onus_buffer_string(out, " <span class=\"figures quiet\">");
      onus_markup_escape(out, onus_report_signed(text, a->items[i].weight_log_odds, &onus_glyphs_utf8));
      onus_buffer_string(out, "</span>");
    }
    onus_buffer_string(out, "</summary>\n<div class=\"body\">\n");
    put_item_body(out, a, i);
    onus_buffer_string(out, "</div></details>\n");
  }
  onus_html_end_section(out);
}

static void put_source_explanation(onus_buffer *out, const onus_assessment *a, size_t s) {
  static const char *const heads[] = {"Item", "Weight", "Factor"};
  const onus_source *source = &a->c->sources[s];
  const onus_source_result *result = &a->sources[s];
  char text[ONUS_REPORT_FIGURE_BYTES];
  if (source->url) {
    onus_buffer_string(out, "<p>");
    onus_markup_url(out, source->url);
    onus_buffer_string(out, "</p>\n");
  }
  onus_buffer_string(out, "<p>Reliability ");
  onus_markup_escape(out, onus_report_probability(text, result->reliability, (double)NAN));
  onus_buffer_string(out, " before the evidence, ");
  onus_markup_escape(out, onus_report_probability(text, result->reliability_posterior, (double)NAN));
  onus_buffer_string(out, " after it. ");
  if (isfinite(result->bound_log_odds)) {
    onus_buffer_string(out, "All its items together can add at most ");
    onus_markup_escape(out, onus_report_signed(text, result->bound_log_odds, &onus_glyphs_utf8));
    onus_buffer_string(out, " to the log-odds.</p>\n");
  } else
    onus_buffer_string(
        out, "All its items together have no bound: it is taken as certain, or they have other undercutters.</p>\n");
  onus_html_begin_table(out, "plain", "Its items");
  onus_html_heads(out, heads, 3);
  double full = 0;
  for (size_t i = 0; i < a->c->n_items; i++)
    full = a->c->items[i].source == s ? fmax(full, fabs(a->items[i].weight_log_odds)) : full;
  for (size_t i = 0; i < a->c->n_items; i++) {
    if (a->c->items[i].source != s || !onus_report_is_shown(a, i))
      continue;
    onus_buffer_string(out, "<tr><th scope=\"row\">");
    onus_markup_case(out, a->c->items[i].title);
    onus_html_item_marks(out, a, i);
    onus_buffer_string(out, "</th>");
    onus_html_weight_cell(out, a->items[i].weight_log_odds, full, a->items[i].weight_standard_error);
    onus_buffer_string(out, "</tr>\n");
  }
  onus_html_end_table(out);
  onus_without without = onus_report_without_source(a, s);
  put_effect(out, a, result->weight_log_odds, result->weight_standard_error, &without);
  put_tipping(out, a, false, source->id);
}

void onus_html_explanation(onus_buffer *out, const onus_explanation *explanation) {
  const onus_assessment *a = explanation->assessment;
  bool is_item = explanation->item != ONUS_NONE;
  onus_html_begin_section(out, "explanation", is_item ? "One item" : "One source", NULL);
  onus_buffer_string(out, "<h3>");
  onus_markup_case(out, is_item ? a->c->items[explanation->item].title : a->c->sources[explanation->source].name);
  if (is_item)
    onus_html_item_marks(out, a, explanation->item);
  onus_buffer_string(out, "</h3>\n");
  if (is_item)
    put_item_body(out, a, explanation->item);
  else
    put_source_explanation(out, a, explanation->source);
  onus_html_end_section(out);
}
