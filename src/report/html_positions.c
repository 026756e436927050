/* What spans positions: the timeline with its days, and positions side by side with what parts them. */
#include <math.h>
#include <stdlib.h>

#include "report/charts.h"
#include "report/html_parts.h"

/* --- timeline --------------------------------------------------------------------------------------------------- */

static void put_events(onus_buffer *out, const onus_timeline *timeline, const onus_timeline_point *point) {
  for (size_t e = 0; e < point->n_events; e++) {
    onus_buffer_string(out, e > 0 ? "<br>" : "");
    onus_buffer_string(out, point->events[e].is_retraction ? "<span class=\"mark\">retracted</span> " : "");
    onus_markup_case(out, timeline->c->items[point->events[e].item].title);
  }
}

void onus_html_timeline(onus_buffer *out, const onus_timeline *timeline) {
  if (timeline->n_points == 0 || timeline->n_shown == 0)
    return;
  const onus_assessment *last = timeline->points[timeline->n_points - 1].assessments[0];
  char text[ONUS_REPORT_FIGURE_BYTES], day[ONUS_MOMENT_TEXT_BYTES];
  onus_html_begin_section(out, "timeline", "Over time", NULL);
  onus_buffer_string(out, "<p class=\"lead\">Probability of \u201c");
  onus_markup_case(out, last->about_name);
  onus_buffer_string(out,
                     "\u201d on every day on which something became known or was retracted. Days are evenly spaced. "
                     "<span class=\"sign s-band\"></span> from the 5 % to the 95 % quantile "
                     "<span class=\"sign s-level\"></span> standard</p>\n");
  onus_chart_timeline(out, timeline);
  onus_html_begin_table(out, "plain days", "The days");
  onus_buffer_string(out, "<thead><tr><th scope=\"col\">Day</th><th scope=\"col\">What became known</th>");
  for (size_t p = 0; p < timeline->n_shown; p++) {
    onus_buffer_string(out, "<th scope=\"col\">");
    onus_markup_case(out, timeline->c->positions[timeline->positions[p]].name);
    onus_buffer_string(out, "</th>");
  }
  onus_buffer_string(out, "</tr></thead>\n<tbody>\n");
  for (size_t t = 0; t < timeline->n_points; t++) {
    const onus_timeline_point *point = &timeline->points[t];
    onus_moment_format(point->day, day);
    onus_buffer_printf(out, "<tr><th scope=\"row\"><time datetime=\"%s\">%s</time></th><td class=\"events\">", day,
                       day);
    put_events(out, timeline, point);
    onus_buffer_string(out, "</td>");
    for (size_t p = 0; p < timeline->n_shown; p++) {
      const onus_assessment *a = point->assessments[p];
      onus_buffer_string(out, "<td class=\"n\">");
      onus_markup_escape(
          out, onus_report_probability_range(text, &a->about, a->view->position->standard, &onus_glyphs_utf8));
      onus_buffer_string(out, "<br>");
      onus_html_verdict(out, a->verdict);
      onus_buffer_string(out, "</td>");
    }
    onus_buffer_string(out, "</tr>\n");
  }
  onus_html_end_table(out);
  onus_html_end_section(out);
}

/* --- positions -------------------------------------------------------------------------------------------------- */

static void begin_position_row(onus_buffer *out, const char *name, bool is_case) {
  onus_buffer_string(out, "<tr><th scope=\"row\">");
  if (is_case)
    onus_markup_case(out, name);
  else
    onus_buffer_string(out, name);
  onus_buffer_string(out, "</th>");
}

static void put_side_by_side(onus_buffer *out, const onus_comparison *comparison) {
  const onus_case *c = comparison->c;
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_html_begin_table(out, "plain", "Positions side by side");
  onus_buffer_string(out, "<thead><tr><td></td>");
  for (size_t p = 0; p < c->n_positions; p++) {
    onus_buffer_string(out, "<th scope=\"col\">");
    onus_markup_case(out, c->positions[p].name);
    onus_buffer_string(out, "</th>");
  }
  onus_buffer_string(out, "</tr></thead>\n<tbody>\n");
  begin_position_row(out, "Verdict", false);
  for (size_t p = 0; p < c->n_positions; p++) {
    onus_buffer_string(out, "<td>");
    onus_html_verdict(out, comparison->assessments[p]->verdict);
    onus_buffer_string(out, "</td>");
  }
  onus_buffer_string(out, "</tr>\n");
  begin_position_row(out, "Standard", false);
  for (size_t p = 0; p < c->n_positions; p++) {
    onus_buffer_string(out, "<td>");
    onus_html_standard(out, &c->positions[p]);
    onus_buffer_string(out, "</td>");
  }
  onus_buffer_string(out, "</tr>\n");
  begin_position_row(out, "Prior", false);
  for (size_t p = 0; p < c->n_positions; p++)
    onus_html_probability_cell(out, comparison->assessments[p]->about.prior);
  onus_buffer_string(out, "</tr>\n");
  for (size_t h = 0; h < c->n_hypotheses + c->n_propositions; h++) {
    bool is_hypothesis = h < c->n_hypotheses;
    begin_position_row(out, is_hypothesis ? c->hypotheses[h].name : c->propositions[h - c->n_hypotheses].name, true);
    for (size_t p = 0; p < c->n_positions; p++) {
      const onus_assessment *a = comparison->assessments[p];
      bool is_about = is_hypothesis ? h == a->about_hypothesis : h - c->n_hypotheses == a->about_proposition;
      onus_buffer_printf(out, "<td class=\"n%s\">", is_about ? " about" : "");
      onus_markup_escape(out, onus_report_probability_range(
                                  text, is_hypothesis ? &a->hypotheses[h] : &a->propositions[h - c->n_hypotheses],
                                  is_about ? a->view->position->standard : (double)NAN, &onus_glyphs_utf8));
      onus_buffer_string(out, "</td>");
    }
    onus_buffer_string(out, "</tr>\n");
  }
  onus_html_end_table(out);
}

static void put_part_words(onus_buffer *out, const onus_case *c, const onus_difference_part *part) {
  onus_buffer words = onus_buffer_new(out->cap_bytes);
  onus_report_difference_words(&words, c, &part->difference);
  onus_html_take(out, &words);
}

static void put_parts(onus_buffer *out, const onus_case *c, const onus_disagreement *d) {
  size_t *order = onus_report_order_parts(out, d);
  if (!order)
    return;
  double full = 0;
  for (size_t p = 0; p < d->n_parts; p++)
    full = fmax(full, fabs(d->parts[p].part_log_odds));
  onus_html_begin_table(out, "plain", "The difference, split over the ways in which they differ");
  onus_buffer_string(out, "<thead><tr><th scope=\"col\">They differ in</th><th scope=\"col\">");
  onus_markup_case(out, c->positions[d->position_a].name);
  onus_buffer_string(out, "</th><th scope=\"col\">");
  onus_markup_case(out, c->positions[d->position_b].name);
  onus_buffer_string(out, "</th><th scope=\"col\">Part</th><th scope=\"col\">Factor</th></tr></thead>\n<tbody>\n");
  for (size_t k = 0; k < d->n_parts; k++) {
    const onus_difference_part *part = &d->parts[order[k]];
    onus_buffer_string(out, "<tr><th scope=\"row\">");
    put_part_words(out, c, part);
    onus_buffer_string(out, "</th><td>");
    onus_markup_case(out, part->value_a ? part->value_a : "");
    onus_buffer_string(out, "</td><td>");
    onus_markup_case(out, part->value_b ? part->value_b : "");
    onus_buffer_string(out, "</td>");
    if (part->difference.kind == ONUS_DIFFERS_STANDARD)
      onus_buffer_string(out, "<td class=\"quiet\" colspan=\"2\">moves the verdict only</td>");
    else
      onus_html_weight_cell(out, part->part_log_odds, full, 0);
    onus_buffer_string(out, "</tr>\n");
  }
  onus_html_end_table(out);
  free(order);
}

static void put_crux(onus_buffer *out, const onus_case *c, const onus_disagreement *d) {
  onus_buffer_string(out, "<p class=\"crux\">");
  if (d->same_verdict) {
    onus_buffer_string(out, "Both come to the same verdict, so there is no crux.");
  } else if (!d->crux_searched) {
    onus_buffer_string(out, "They differ in too many ways to search for the crux.");
  } else if (d->n_cruxes == 0) {
    onus_buffer_string(out, "No set of these differences accounts for the two verdicts.");
  } else {
    onus_buffer_string(out, "<strong>Crux:</strong> ");
    onus_markup_case(out, c->positions[d->position_b].name);
    onus_buffer_string(out, " would come to the verdict of ");
    onus_markup_case(out, c->positions[d->position_a].name);
    onus_buffer_string(out, " by taking over its view of ");
    for (size_t x = 0; x < d->n_cruxes; x++) {
      onus_buffer_string(out, x > 0 ? "; or of " : "");
      for (size_t p = 0; p < d->cruxes[x].n_parts; p++) {
        onus_buffer_string(out, p > 0 ? " <em>and</em> " : "");
        put_part_words(out, c, &d->parts[d->cruxes[x].parts[p]]);
      }
    }
    onus_buffer_string(out, ".");
  }
  onus_buffer_string(out, "</p>\n");
}

void onus_html_comparison(onus_buffer *out, const onus_comparison *comparison) {
  const onus_case *c = comparison->c;
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_html_begin_section(out, "positions", "Positions side by side", NULL);
  onus_buffer_string(out, "<p class=\"lead\">All verdicts are about \u201c");
  onus_markup_case(out, comparison->assessments[0]->about_name);
  onus_buffer_string(out, "\u201d.</p>\n");
  put_side_by_side(out, comparison);
  for (size_t i = 0; i < comparison->n_disagreements; i++) {
    const onus_disagreement *d = &comparison->disagreements[i];
    onus_buffer_string(out, "<h3>");
    onus_markup_case(out, c->positions[d->position_a].name);
    onus_buffer_string(out, " and ");
    onus_markup_case(out, c->positions[d->position_b].name);
    onus_buffer_string(out, "</h3>\n<p>Log-odds ");
    onus_markup_escape(out, onus_report_signed(text, d->log_odds_a, &onus_glyphs_utf8));
    onus_buffer_string(out, " and ");
    onus_markup_escape(out, onus_report_signed(text, d->log_odds_b, &onus_glyphs_utf8));
    onus_buffer_string(out, ", apart by ");
    onus_markup_escape(out, onus_report_signed(text, d->log_odds_b - d->log_odds_a, &onus_glyphs_utf8));
    onus_buffer_string(out, ".</p>\n");
    put_crux(out, c, d);
    if (d->n_parts > 0)
      put_parts(out, c, d);
    else
      onus_buffer_string(out, "<p>They do not differ in any number.</p>\n");
  }
  onus_html_end_section(out);
}
