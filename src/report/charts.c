/* Posterior and waterfall. */
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/figures.h"
#include "report/markup.h"

static const char *classes_of(double width) {
  return width > 500 ? "chart wide" : "chart narrow";
}

static void put_id(char *text, size_t size, const char *name, double width) {
  snprintf(text, size, "%s-%s", name, width > 500 ? "wide" : "narrow");
}

/* --- posterior -------------------------------------------------------------------------------------------------- */

#define SCALE_LEFT 8.0
#define FIGURES 164.0

typedef struct posterior_row {
  const char *name;
  const onus_probability *p;
  bool is_about;
} posterior_row;

static posterior_row row_of(const onus_assessment *a, size_t index) {
  if (index < a->c->n_hypotheses)
    return (posterior_row){a->c->hypotheses[index].name, &a->hypotheses[index], index == a->about_hypothesis};
  index -= a->c->n_hypotheses;
  return (posterior_row){a->c->propositions[index].name, &a->propositions[index], index == a->about_proposition};
}

static const char *label_class(const posterior_row *row) {
  return row->is_about ? "label strong" : "label";
}

static double row_height(double width, const posterior_row *row) {
  return 40 + (onus_svg_label(NULL, label_class(row), 0, 0, width - 2 * SCALE_LEFT, 3, row->name) - 1) * ONUS_SVG_LINE;
}

static void put_posterior_row(onus_buffer *out, const onus_assessment *a, const posterior_row *row, double y,
                              double width) {
  double scale = width - SCALE_LEFT - FIGURES;
  unsigned lines = onus_svg_label(out, label_class(row), SCALE_LEFT, y + 12, width - 2 * SCALE_LEFT, 3, row->name);
  double top = y + lines * ONUS_SVG_LINE + 2, middle = top + 7;
  double low = SCALE_LEFT + row->p->low * scale, high = SCALE_LEFT + row->p->high * scale;
  onus_svg_line(out, "track", SCALE_LEFT, middle, SCALE_LEFT + scale, middle);
  onus_svg_rectangle(out, row->is_about ? "range about" : "range", low, top, fmax(high - low, 2), 14);
  onus_svg_line(out, "prior", SCALE_LEFT + row->p->prior * scale, top - 1, SCALE_LEFT + row->p->prior * scale,
                top + 15);
  onus_svg_circle(out, "point", SCALE_LEFT + row->p->posterior * scale, middle, 4.5);
  char text[ONUS_REPORT_FIGURE_BYTES];
  double standard = row->is_about ? a->view->position->standard : (double)NAN;
  if (row->is_about)
    onus_svg_line(out, "standard", SCALE_LEFT + standard * scale, top - 4, SCALE_LEFT + standard * scale, top + 18);
  onus_svg_text(out, "figure", width, middle + 4.5, "end",
                onus_report_probability_range(text, row->p, standard, &onus_glyphs_utf8));
}

static void put_posterior(onus_buffer *out, const onus_assessment *a, double width) {
  size_t rows = a->c->n_hypotheses + a->c->n_propositions;
  double height = 26, scale = width - SCALE_LEFT - FIGURES;
  for (size_t r = 0; r < rows; r++) {
    posterior_row row = row_of(a, r);
    height += row_height(width, &row);
  }
  onus_buffer desc = onus_buffer_new(out->cap_bytes);
  char text[ONUS_REPORT_FIGURE_BYTES], id[40];
  for (size_t r = 0; r < rows; r++) {
    posterior_row row = row_of(a, r);
    onus_buffer_string(&desc, row.name);
    onus_buffer_string(&desc, ": ");
    onus_buffer_string(&desc, onus_report_probability_range(text, row.p, (double)NAN, &onus_glyphs_utf8));
    onus_buffer_string(&desc, "; ");
  }
  onus_buffer_string(&desc, "the standard of proof stands at ");
  onus_buffer_string(&desc, onus_report_plain(text, a->view->position->standard));
  onus_buffer_string(&desc, ".");
  put_id(id, sizeof id, "posterior", width);
  onus_svg_begin(out, id, classes_of(width), width, height, "Probability of each hypothesis with its range",
                 desc.bytes ? desc.bytes : "");
  onus_buffer_free(&desc);
  double y = 0;
  for (size_t r = 0; r < rows; r++) {
    posterior_row row = row_of(a, r);
    put_posterior_row(out, a, &row, y, width);
    y += row_height(width, &row);
  }
  for (int tick = 0; tick <= 4; tick++) {
    double x = SCALE_LEFT + scale * tick / 4;
    onus_svg_line(out, "tick", x, y, x, y + 5);
    onus_svg_text(out, "tick-label", x, y + 19, tick == 0 ? "start" : "middle", onus_report_plain(text, tick / 4.0));
  }
  onus_svg_end(out);
}

void onus_chart_posterior(onus_buffer *out, const onus_assessment *assessment) {
  put_posterior(out, assessment, ONUS_CHART_WIDE);
  put_posterior(out, assessment, ONUS_CHART_NARROW);
}

/* --- waterfall -------------------------------------------------------------------------------------------------- */

#define STEPS_AT_MOST 24u
#define WEIGHT_FIGURES 62.0

static unsigned label_lines(double width) {
  return width > 500 ? 2 : 3;
}

typedef struct odds_scale {
  double low, high, left, width; /* log-odds at both ends; pixels */
} odds_scale;

static double x_of(const odds_scale *scale, double log_odds) {
  double share = (log_odds - scale->low) / (scale->high - scale->low);
  return scale->left + (share < 0 ? 0 : share > 1 ? 1 : share) * scale->width;
}

static double log_odds_of(double p) {
  return log(p) - log1p(-p);
}

static void widen(odds_scale *scale, double log_odds) {
  if (isfinite(log_odds)) {
    scale->low = fmin(scale->low, log_odds);
    scale->high = fmax(scale->high, log_odds);
  }
}

/* Items that count, at most STEPS_AT_MOST of them; the others are one step together. */
static size_t steps_of(const onus_assessment *a, const size_t *order, double *ret_rest, size_t *ret_n_rest) {
  size_t steps = 0, n_rest = 0;
  double rest = 0;
  for (size_t k = 0; k < a->c->n_items && a->items[order[k]].counts; k++) {
    if (k < STEPS_AT_MOST) {
      steps++;
    } else {
      n_rest++;
      rest += a->items[order[k]].weight_log_odds;
    }
  }
  *ret_rest = rest;
  *ret_n_rest = n_rest;
  return steps;
}

static odds_scale scale_of(const onus_assessment *a, const size_t *order, size_t steps, double width) {
  odds_scale scale = {.low = a->prior_log_odds, .high = a->prior_log_odds, .left = 4, .width = width - 8};
  if (!isfinite(scale.low))
    scale.low = scale.high = 0;
  widen(&scale, a->posterior_log_odds);
  widen(&scale, log_odds_of(a->view->position->standard));
  double at = a->prior_log_odds;
  for (size_t k = 0; k < steps; k++)
    widen(&scale, at += a->items[order[k]].weight_log_odds);
  double room = fmax(0.08 * (scale.high - scale.low), 0.5);
  scale.low -= room;
  scale.high += room;
  return scale;
}

static void put_axis(onus_buffer *out, const odds_scale *scale, double top, double bottom) {
  static const double ticks[] = {1e-9, 1e-6, 1e-4, 0.001, 0.01,   0.05,     0.2,        0.5,
                                 0.8,  0.95, 0.99, 0.999, 0.9999, 0.999999, 0.999999999};
  double behind = -1000;
  for (size_t t = 0; t < sizeof ticks / sizeof ticks[0]; t++) {
    double log_odds = log_odds_of(ticks[t]);
    if (log_odds < scale->low || log_odds > scale->high)
      continue;
    double x = x_of(scale, log_odds);
    if (x < behind + 46 || x > scale->left + scale->width - 16 || x < scale->left + 12)
      continue;
    char text[ONUS_REPORT_FIGURE_BYTES];
    onus_svg_line(out, "grid", x, top, x, bottom);
    onus_svg_text(out, "tick-label", x, bottom + 15, "middle",
                  ticks[t] < 0.5 && ticks[t] < 0.001 ? onus_report_general(text, ticks[t], 1)
                                                     : onus_report_general(text, ticks[t], 9));
    behind = x;
  }
}

static void put_step(onus_buffer *out, const odds_scale *scale, const char *name, double from, double weight, double *y,
                     double chart_width) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  double label = chart_width - 8 - WEIGHT_FIGURES;
  unsigned lines = onus_svg_label(NULL, "", 0, 0, label, label_lines(chart_width), name);
  onus_svg_rectangle(out, "mask", 0, *y, chart_width, lines * ONUS_SVG_LINE + 1); /* no line runs through a label */
  onus_svg_label(out, "label", 4, *y + 13, label, label_lines(chart_width), name);
  onus_svg_text(out, "figure", chart_width - 4, *y + 13, "end", onus_report_signed(text, weight, &onus_glyphs_utf8));
  double top = *y + lines * ONUS_SVG_LINE + 2, x = x_of(scale, from), to = x_of(scale, from + weight);
  onus_svg_rectangle(out, weight < 0 ? "against" : "for", x, top, fabs(to - x) < 1.5 ? 1.5 : to - x, 12);
  *y = top + 20;
  onus_svg_line(out, "joint", to, top + 12, to, *y + 4);
}

static void put_level(onus_buffer *out, const odds_scale *scale, const char *name, double log_odds, double *y,
                      double chart_width) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_svg_text(out, "label strong", 4, *y + 13, "start", name);
  onus_svg_text(out, "figure strong", chart_width - 4, *y + 13, "end",
                onus_report_signed(text, log_odds, &onus_glyphs_utf8));
  double x = x_of(scale, log_odds);
  onus_svg_circle(out, "point", x, *y + 25, 5);
  *y += 36;
}

static double steps_height(const onus_assessment *a, const size_t *order, size_t steps, size_t n_rest, double width) {
  double height = 36 + 36 + 44;
  for (size_t k = 0; k < steps; k++)
    height += 22 + ONUS_SVG_LINE * onus_svg_label(NULL, "", 0, 0, width - 8 - WEIGHT_FIGURES, label_lines(width),
                                                  a->c->items[order[k]].title);
  return height + (n_rest > 0 ? 22 + ONUS_SVG_LINE : 0);
}

static void begin_waterfall(onus_buffer *out, const onus_assessment *a, const size_t *order, size_t steps, double width,
                            double height) {
  onus_buffer desc = onus_buffer_new(out->cap_bytes);
  char text[ONUS_REPORT_FIGURE_BYTES], id[40];
  onus_buffer_string(&desc, "Prior ");
  onus_buffer_string(&desc, onus_report_signed(text, a->prior_log_odds, &onus_glyphs_utf8));
  for (size_t k = 0; k < steps; k++) {
    onus_buffer_string(&desc, "; ");
    onus_buffer_string(&desc, a->c->items[order[k]].title);
    onus_buffer_string(&desc, " ");
    onus_buffer_string(&desc, onus_report_signed(text, a->items[order[k]].weight_log_odds, &onus_glyphs_utf8));
  }
  onus_buffer_string(&desc, "; posterior ");
  onus_buffer_string(&desc, onus_report_signed(text, a->posterior_log_odds, &onus_glyphs_utf8));
  onus_buffer_string(&desc, ", in natural log-odds.");
  put_id(id, sizeof id, "waterfall", width);
  onus_svg_begin(out, id, classes_of(width), width, height, "From prior to posterior, item by item",
                 desc.bytes ? desc.bytes : "");
  onus_buffer_free(&desc);
}

static void put_waterfall(onus_buffer *out, const onus_assessment *a, const size_t *order, double width) {
  double rest;
  size_t n_rest, steps = steps_of(a, order, &rest, &n_rest);
  double height = steps_height(a, order, steps, n_rest, width), bottom = height - 24, y = 20;
  odds_scale scale = scale_of(a, order, steps, width);
  begin_waterfall(out, a, order, steps, width, height);
  put_axis(out, &scale, 20, bottom);
  char text[ONUS_REPORT_FIGURE_BYTES], words[ONUS_REPORT_FIGURE_BYTES + 16];
  double standard = log_odds_of(a->view->position->standard);
  if (isfinite(standard)) {
    double x = x_of(&scale, standard);
    snprintf(words, sizeof words, "standard %s", onus_report_plain(text, a->view->position->standard));
    onus_svg_line(out, "standard", x, 16, x, bottom);
    onus_svg_text(out, "tick-label strong", x, 12, x > width - 60 ? "end" : x < 60 ? "start" : "middle", words);
  }
  put_level(out, &scale, "Prior", a->prior_log_odds, &y, width);
  double at = a->prior_log_odds;
  for (size_t k = 0; k < steps; k++) {
    double weight = a->items[order[k]].weight_log_odds;
    put_step(out, &scale, a->c->items[order[k]].title, at, weight, &y, width);
    at += weight;
  }
  if (n_rest > 0) {
    snprintf(words, sizeof words, "%zu further items", n_rest);
    put_step(out, &scale, words, at, rest, &y, width);
  }
  put_level(out, &scale, "Posterior", a->posterior_log_odds, &y, width);
  onus_svg_end(out);
}

void onus_chart_waterfall(onus_buffer *out, const onus_assessment *assessment, const size_t *order) {
  put_waterfall(out, assessment, order, ONUS_CHART_WIDE);
  put_waterfall(out, assessment, order, ONUS_CHART_NARROW);
}
