/* Headline, weights, sources, what would turn the verdict, questions, method. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/charts.h"
#include "report/html_parts.h"

void onus_html_headline(onus_buffer *out, const onus_assessment *a) {
  const onus_position *position = a->view->position;
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_html_begin_section(out, "verdict", "Verdict", NULL);
  onus_buffer_printf(out, "<div class=\"headline %s\"><p class=\"answer\">", onus_verdict_name(a->verdict));
  onus_buffer_string(out, onus_report_verdict_words(a->verdict));
  onus_buffer_string(out, "</p>\n<p>");
  onus_buffer_string(out, a->verdict == ONUS_ENOUGH    ? "The evidence meets the standard for \u201c"
                          : a->verdict == ONUS_DEPENDS ? "The standard lies inside the range for \u201c"
                                                       : "The evidence does not meet the standard for \u201c");
  onus_markup_case(out, a->about_name);
  onus_buffer_string(out, "\u201d.</p>\n<p class=\"big\">");
  onus_html_probability(out, &a->about, position->standard);
  onus_buffer_string(out, "</p>\n<p>Standard of ");
  onus_markup_case(out, position->name);
  onus_buffer_string(out, ": ");
  onus_html_standard(out, position);
  onus_buffer_string(out, ".");
  if (a->verdict == ONUS_DEPENDS)
    onus_buffer_printf(out, " At the point values alone: %s.",
                       a->point_verdict == ONUS_ENOUGH ? "enough" : "not enough");
  onus_buffer_string(out, "</p>\n");
  if (position->standard_origin && position->standard_origin[0]) {
    onus_buffer_string(out, "<p class=\"quiet\">Where ");
    onus_markup_escape(out, onus_report_plain(text, position->standard));
    onus_buffer_string(out, " comes from: ");
    onus_markup_case(out, position->standard_origin);
    onus_buffer_string(out, "</p>\n");
  }
  onus_buffer_string(out, "</div>\n<h3>Probabilities</h3>\n<p class=\"key\">");
  onus_buffer_string(out, "<span class=\"sign s-range\"></span> from the 5 % to the 95 % quantile "
                          "<span class=\"sign s-point\"></span> at the point values "
                          "<span class=\"sign s-prior\"></span> prior "
                          "<span class=\"sign s-standard\"></span> standard</p>\n");
  onus_chart_posterior(out, a);
  onus_html_end_section(out);
}

void onus_html_weights(onus_buffer *out, const onus_assessment *a, const size_t *order) {
  onus_html_begin_section(out, "weights", "What carries the verdict",
                          "The weight of an item in natural log-odds, from the prior to the posterior. Weights add up. "
                          "Below the scale stand the probabilities that the log-odds come to.");
  onus_chart_waterfall(out, a, order);
  bool has_silent = false;
  for (size_t i = 0; i < a->c->n_items; i++)
    has_silent |= !a->items[i].counts && onus_report_is_shown(a, i);
  if (has_silent) {
    onus_buffer_string(out, "<h3>Without weight</h3>\n<ul>\n");
    for (size_t k = 0; k < a->c->n_items; k++)
      if (!a->items[order[k]].counts && onus_report_is_shown(a, order[k])) {
        onus_buffer_printf(out, "<li><a href=\"#item-%zu\">", order[k] + 1);
        onus_markup_case(out, a->c->items[order[k]].title);
        onus_buffer_string(out, "</a>");
        onus_html_item_marks(out, a, order[k]);
        onus_buffer_string(out, "</li>\n");
      }
    onus_buffer_string(out, "</ul>\n");
  }
  size_t n_later = onus_report_count_later(a);
  if (n_later > 0)
    onus_buffer_printf(out, "<p>Items that became known later and are left out [M-19]: %zu.</p>\n", n_later);
  onus_html_end_section(out);
}

static void put_source(onus_buffer *out, const onus_assessment *a, size_t s, double full) {
  const onus_source *source = &a->c->sources[s];
  const onus_source_result *result = &a->sources[s];
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(out, "<tr><th scope=\"row\">");
  onus_markup_case(out, source->name);
  if (source->url) {
    onus_buffer_string(out, "<br><small>");
    onus_markup_url(out, source->url);
    onus_buffer_string(out, "</small>");
  }
  onus_buffer_printf(out, "</th><td class=\"n\">%zu</td>", result->n_items);
  onus_html_probability_cell(out, result->reliability);
  onus_html_probability_cell(out, result->reliability_posterior);
  onus_html_weight_cell(out, result->weight_log_odds, full, result->weight_standard_error);
  onus_html_figure(out, isfinite(result->bound_log_odds)
                            ? onus_report_signed(text, result->bound_log_odds, &onus_glyphs_utf8)
                            : "–");
  onus_buffer_string(out, "</tr>\n");
}

void onus_html_sources(onus_buffer *out, const onus_assessment *a) {
  static const char *const source_heads[] = {"Source", "Items",  "Reliability", "Given all evidence",
                                             "Weight", "Factor", "At most"};
  static const char *const undercutter_heads[] = {"What would cut items loose", "Before", "Given all evidence"};
  size_t *order = onus_report_order_sources(out, a);
  if (!order || (a->c->n_sources == 0 && a->n_undercutters == 0)) {
    free(order);
    return;
  }
  onus_html_begin_section(out, "sources", "Sources and undercutters",
                          "Items of one source cannot make that source more credible; only agreement with other "
                          "sources can. \u201cAt most\u201d is as far up as all items of a source can move the "
                          "log-odds; it is told where they hang on nothing but the source.");
  double full = 0;
  for (size_t s = 0; s < a->c->n_sources; s++)
    full = fmax(full, fabs(a->sources[s].weight_log_odds));
  onus_html_begin_table(out, "plain", "Sources");
  onus_html_heads(out, source_heads, sizeof source_heads / sizeof source_heads[0]);
  for (size_t s = 0; s < a->c->n_sources; s++)
    put_source(out, a, order[s], full);
  onus_html_end_table(out);
  free(order);
  if (onus_report_has_further_undercutters(a)) {
    onus_html_begin_table(out, "plain", "Undercutters beside unreliable sources");
    onus_html_heads(out, undercutter_heads, 3);
    for (size_t k = 0; k < a->n_undercutters; k++) {
      if (a->undercutters[k].kind == ONUS_UNDERCUT_SOURCE)
        continue;
      onus_buffer words = onus_buffer_new(out->cap_bytes);
      onus_report_undercutter_words(&words, a->c, &a->undercutters[k]);
      onus_buffer_string(out, "<tr><th scope=\"row\">");
      onus_html_take(out, &words);
      onus_buffer_string(out, "</th>");
      onus_html_probability_cell(out, a->undercutters[k].prior);
      onus_html_probability_cell(out, a->undercutters[k].posterior);
      onus_buffer_string(out, "</tr>\n");
    }
    onus_html_end_table(out);
  }
  onus_html_end_section(out);
}

const char *const onus_html_tipping_heads[3] = {"Input", "Now", "Turns at"};

static void put_tipping_value(onus_buffer *out, const onus_tipping *tipping, double value) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  if (strncmp(tipping->input, "item:", 5) != 0) {
    onus_html_probability_cell(out, value);
    return;
  }
  onus_buffer_string(out, "<td class=\"n\">\u00d7");
  onus_buffer_string(out, onus_report_ratio(text, value));
  onus_buffer_string(out, "</td>");
}

void onus_html_tipping_row(onus_buffer *out, const onus_case *c, const onus_tipping *tipping) {
  onus_buffer words = onus_buffer_new(out->cap_bytes);
  onus_report_input_words(&words, c, tipping->input);
  onus_buffer_string(out, "<tr><th scope=\"row\">");
  onus_html_take(out, &words);
  onus_buffer_string(out, "</th>");
  put_tipping_value(out, tipping, tipping->value);
  if (tipping->exists)
    put_tipping_value(out, tipping, tipping->tips_at);
  else
    onus_buffer_string(out, "<td class=\"n quiet\">none</td>");
  onus_buffer_string(out, "</tr>\n");
}

/* The inputs for which a value that turns the verdict exists, or those for which none does. */
static void put_tipping_table(onus_buffer *out, const onus_assessment *a, bool exists) {
  onus_html_begin_table(out, "plain",
                        exists ? "Where the verdict at the point values changes"
                               : "Inputs that no value of their own makes turn the verdict");
  onus_html_heads(out, onus_html_tipping_heads, 3);
  for (size_t t = 0; t < a->n_tipping; t++)
    if (a->tipping[t].exists == exists)
      onus_html_tipping_row(out, a->c, &a->tipping[t]);
  onus_html_end_table(out);
}

static void put_tipping(onus_buffer *out, const onus_assessment *a) {
  size_t n_none = 0;
  for (size_t t = 0; t < a->n_tipping; t++)
    n_none += !a->tipping[t].exists;
  if (n_none < a->n_tipping)
    put_tipping_table(out, a, true);
  else
    onus_buffer_string(out, "<p>No single input turns the verdict, whatever its value.</p>\n");
  if (n_none == 0)
    return;
  onus_buffer_printf(
      out, "<details><summary>Inputs that turn nothing on their own: %zu</summary>\n<div class=\"body\">\n", n_none);
  put_tipping_table(out, a, false);
  onus_buffer_string(out, "</div></details>\n");
}

static bool put_changed(onus_buffer *out, const onus_assessment *a, const char *what, const char *name,
                        onus_without without) {
  if (without.verdict == a->verdict)
    return false;
  onus_buffer_printf(out, "<li>Without %s\u201c", what);
  onus_markup_case(out, name);
  onus_buffer_string(out, "\u201d: ");
  onus_html_verdict(out, without.verdict);
  onus_buffer_string(out, ", ");
  onus_html_probability(out, &without.probability, a->view->position->standard);
  onus_buffer_string(out, "</li>\n");
  return true;
}

static void put_deciding(onus_buffer *out, const onus_assessment *a) {
  static const char *const heads[] = {"Number in the case", "Range", "<i>P</i> at its low end",
                                      "<i>P</i> at its high end", "Share"};
  if (a->verdict != ONUS_DEPENDS || a->n_deciding == 0)
    return;
  double standard = a->view->position->standard;
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(out, "<h3>What it depends on</h3>\n");
  onus_html_begin_table(out, "plain", "Ranges that decide the verdict, largest share of the variance first");
  onus_html_heads(out, heads, 5);
  size_t shown = onus_report_deciding_shown(a);
  for (size_t d = 0; d < shown; d++) {
    const onus_deciding_input *input = &a->deciding[d];
    onus_buffer_string(out, "<tr><th scope=\"row\"><code>");
    onus_markup_case(out, input->input);
    onus_buffer_string(out, "</code></th><td class=\"n\">");
    onus_buffer_string(out, onus_report_plain(text, input->range.low));
    onus_buffer_string(out, "\u2013");
    onus_buffer_string(out, onus_report_plain(text, input->range.high));
    onus_buffer_string(out, "</td>");
    onus_html_figure(out, onus_report_probability(text, input->at_low, standard));
    onus_html_figure(out, onus_report_probability(text, input->at_high, standard));
    onus_buffer_string(out, "<td class=\"n\">");
    onus_buffer_string(out, onus_report_fixed(text, input->share * 100, 0));
    onus_buffer_string(out, " %</td></tr>\n");
  }
  onus_html_end_table(out);
  if (shown < a->n_deciding)
    onus_buffer_printf(out, "<p class=\"quiet\">%zu further ranges explain less than half a per cent each.</p>\n",
                       a->n_deciding - shown);
}

void onus_html_turns(onus_buffer *out, const onus_assessment *a, const size_t *order) {
  onus_html_begin_section(out, "turns", "What would turn it", NULL);
  put_deciding(out, a);
  onus_buffer_string(out, "<h3>Without one item or source</h3>\n<ul>\n");
  bool has_any = false;
  for (size_t k = 0; k < a->c->n_items; k++)
    has_any |= put_changed(out, a, "", a->c->items[order[k]].title, onus_report_without_item(a, order[k]));
  for (size_t s = 0; s < a->c->n_sources; s++)
    has_any |= put_changed(out, a, "all of ", a->c->sources[s].name, onus_report_without_source(a, s));
  if (!has_any)
    onus_buffer_string(out, "<li>No single item or source changes the verdict.</li>\n");
  onus_buffer_string(out, "</ul>\n");
  if (a->n_tipping > 0) {
    onus_buffer_string(out, "<h3>Tipping points</h3>\n");
    put_tipping(out, a);
  }
  onus_html_end_section(out);
}

void onus_html_questions(onus_buffer *out, const onus_assessment *a) {
  static const char *const heads[] = {"Answer", "How likely", "Then"};
  if (a->c->n_questions == 0 || !a->questions)
    return;
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_html_begin_section(out, "questions", "Questions worth asking",
                          "Evidence that could be sought, most informative first.");
  for (size_t q = 0; q < a->c->n_questions; q++) {
    const onus_question_result *result = &a->questions[q];
    onus_buffer_string(out, "<h3>");
    onus_markup_case(out, result->question->name);
    onus_buffer_string(out, "</h3>\n<p>Takes ");
    onus_buffer_string(out, onus_report_ratio(text, result->expected_drop_bits));
    onus_buffer_string(out, " of ");
    onus_buffer_string(out, onus_report_ratio(text, result->entropy_bits));
    onus_buffer_string(out, " bits of uncertainty in the mean; the verdict is then \u201cenough\u201d with <i>P</i>");
    onus_report_probability(text, result->p_enough, (double)NAN);
    onus_markup_escape(out, onus_report_equals(text));
    onus_markup_escape(out, onus_report_after_sign(text));
    onus_buffer_string(out, ".</p>\n");
    onus_html_begin_table(out, "plain", "Its possible answers");
    onus_html_heads(out, heads, 3);
    for (size_t o = 0; o < result->question->n_outcomes; o++) {
      const onus_outcome_result *outcome = &result->outcomes[o];
      onus_buffer_string(out, "<tr><th scope=\"row\">");
      onus_markup_case(out, outcome->name);
      onus_buffer_string(out, "</th>");
      onus_html_probability_cell(out, outcome->probability);
      onus_buffer_string(out, "<td class=\"n\">");
      onus_markup_escape(
          out, onus_report_probability_range(text, &outcome->about, a->view->position->standard, &onus_glyphs_utf8));
      onus_buffer_string(out, "<br>");
      onus_html_verdict(out, outcome->verdict);
      onus_buffer_string(out, "</td></tr>\n");
    }
    onus_html_end_table(out);
  }
  onus_html_end_section(out);
}

static void put_seal_notes(onus_buffer *out, const onus_assessment *a) {
  size_t seals[4] = {0};
  for (size_t i = 0; i < a->view->n_items; i++)
    seals[a->view->items[i].seal]++;
  if (seals[ONUS_SEAL_UNSEEN] > 0)
    onus_buffer_printf(out,
                       "<li>Sealed items that this position cannot open: %zu. What the holder says stands in, "
                       "undercut by the holder\u2019s unreliability and by <code>unseen</code> [M-20].</li>\n",
                       seals[ONUS_SEAL_UNSEEN]);
  if (seals[ONUS_SEAL_ACCESS] > 0)
    onus_buffer_printf(out,
                       "<li>Sealed items that this position can open but that are not in this file: %zu. What the "
                       "holder says stands in [M-20].</li>\n",
                       seals[ONUS_SEAL_ACCESS]);
}

void onus_html_method(onus_buffer *out, const onus_assessment *a) {
  onus_html_begin_section(out, "method", "Method", NULL);
  onus_buffer_string(
      out,
      "<ul>\n<li>Items give ratios of likelihoods [M-1]; imitators share what is forgeable [M-2]; repeats and what "
      "would "
      "be said anyway have no weight [M-3] [M-4].</li>\n"
      "<li>Undercutters that hold cut items loose from the truth and let them tell one story [M-5] [M-6] [M-7]; their "
      "probability given the evidence comes from the same sum [M-8].</li>\n"
      "<li>Ranges are 90 % ranges of the inputs [M-9], sampled together [M-10]. A probability that stands before a "
      "range is at the point values.</li>\n"
      "<li>Enough: the 5 % quantile reaches the standard; not enough: the 95 % quantile stays below it; otherwise it "
      "depends [M-11]. Words for probabilities are those of ICD 203 [M-12]. Law fixes no number for a standard: it is "
      "a setting of the position.</li>\n"
      "<li>Weights are Shapley values on the natural log-odds [M-13]; leaving out [M-14], tipping points [M-15] and "
      "questions [M-16] are each computed anew; disagreement is split by Shapley values [M-17] and its crux searched "
      "[M-18]; a day sees nothing later than itself [M-19].</li>\n");
  if (onus_report_prior_is_uniform(a))
    onus_buffer_string(out, "<li>No priors are given, so every hypothesis begins alike.</li>\n");
  if (a->about_is_default)
    onus_buffer_string(out,
                       "<li>Nobody named what the verdict is about: it is about the most probable hypothesis.</li>\n");
  if (a->n_permutations > 0 && (!a->weights_exact_items || !a->weights_exact_sources))
    onus_buffer_printf(out,
                       "<li>Weights of %s are sampled from %zu permutations; their standard error stands beside "
                       "them.</li>\n",
                       a->weights_exact_sources ? "items" : "items and sources", a->n_permutations);
  put_seal_notes(out, a);
  onus_buffer_printf(out,
                     "<li>Seed %" PRIu64 ", %zu samples, onus %s. The same case and seed give the same figures.</li>\n",
                     a->seed, a->n_samples, onus_version());
  onus_buffer_string(out, "</ul>\n");
  onus_html_end_section(out);
}
