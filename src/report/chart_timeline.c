/* The timeline: a panel for each position, its days evenly spaced, because what matters is their order and most cases
 * crowd their news into a few weeks. A probability holds until the next day on which something changes, so the line
 * is a staircase. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/charts.h"
#include "report/figures.h"
#include "report/markup.h"

#define PANEL 150.0
#define PANEL_TOP 26.0
#define PLOT 104.0
#define LEFT 34.0
#define RIGHT 8.0

typedef struct panel {
  const onus_timeline *timeline;
  size_t shown; /* index into timeline->positions */
  double top, step, width;
} panel;

static double x_of(const panel *at, size_t day) {
  return LEFT + at->step * (double)day;
}

static double y_of(const panel *at, double p) {
  return at->top + PANEL_TOP + PLOT * (1 - (isfinite(p) ? p : 0));
}

static const onus_probability *value_of(const panel *at, size_t day) {
  return &at->timeline->points[day].assessments[at->shown]->about;
}

static void put_pair(onus_buffer *out, double x, double y) {
  onus_report_put_fixed(out, x, 1);
  onus_buffer_character(out, ',');
  onus_report_put_fixed(out, y, 1);
  onus_buffer_character(out, ' ');
}

static void put_band(onus_buffer *out, const panel *at) {
  size_t days = at->timeline->n_points;
  onus_buffer_string(out, "<polygon class=\"band\" points=\"");
  for (size_t d = 0; d < days; d++) {
    put_pair(out, x_of(at, d), y_of(at, value_of(at, d)->high));
    put_pair(out, x_of(at, d + 1), y_of(at, value_of(at, d)->high));
  }
  for (size_t d = days; d-- > 0;) {
    put_pair(out, x_of(at, d + 1), y_of(at, value_of(at, d)->low));
    put_pair(out, x_of(at, d), y_of(at, value_of(at, d)->low));
  }
  onus_buffer_string(out, "\"/>\n<polyline class=\"course\" points=\"");
  for (size_t d = 0; d < days; d++) {
    put_pair(out, x_of(at, d), y_of(at, value_of(at, d)->posterior));
    put_pair(out, x_of(at, d + 1), y_of(at, value_of(at, d)->posterior));
  }
  onus_buffer_string(out, "\"/>\n");
  for (size_t d = 0; d < days; d++)
    onus_svg_circle(out, "point", x_of(at, d), y_of(at, value_of(at, d)->posterior), days > 40 ? 1.5 : 3);
}

static void put_panel(onus_buffer *out, const panel *at) {
  const onus_position *position = &at->timeline->c->positions[at->timeline->positions[at->shown]];
  char text[ONUS_REPORT_FIGURE_BYTES], words[ONUS_REPORT_FIGURE_BYTES + 16];
  onus_svg_label(out, "label strong", 2, at->top + 14, at->width - 120, 1, position->name);
  snprintf(words, sizeof words, "standard %s", onus_report_plain(text, position->standard));
  onus_svg_text(out, "tick-label", at->width - RIGHT, at->top + 14, "end", words);
  for (int tick = 0; tick <= 2; tick++) {
    double y = y_of(at, tick / 2.0);
    onus_svg_line(out, "grid", LEFT, y, at->width - RIGHT, y);
    onus_svg_text(out, "tick-label", LEFT - 6, y + 4, "end", onus_report_plain(text, tick / 2.0));
  }
  put_band(out, at);
  double y = y_of(at, position->standard);
  onus_svg_line(out, "standard", LEFT, y, at->width - RIGHT, y);
}

/* Days below the last panel, as many as have room. */
static void put_days(onus_buffer *out, const panel *at) {
  double behind = -1000;
  for (size_t d = 0; d < at->timeline->n_points; d++) {
    double x = x_of(at, d);
    onus_svg_line(out, "tick", x, at->top, x, at->top + 5);
    if (x < behind + 76 || x > at->width - 66)
      continue;
    char day[ONUS_MOMENT_TEXT_BYTES];
    onus_moment_format(at->timeline->points[d].day, day);
    day[10] = '\0';
    onus_svg_text(out, "tick-label", x, at->top + 19, "start", day);
    behind = x;
  }
}

static void put_timeline(onus_buffer *out, const onus_timeline *timeline, double width) {
  bool is_wide = width > 500;
  double height = PANEL * (double)timeline->n_shown + 26;
  double step = (width - LEFT - RIGHT) / (double)timeline->n_points;
  onus_buffer desc = onus_buffer_new(out->cap_bytes);
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(&desc, "Days are evenly spaced. ");
  for (size_t p = 0; p < timeline->n_shown; p++) {
    const onus_assessment *first = timeline->points[0].assessments[p],
                          *last = timeline->points[timeline->n_points - 1].assessments[p];
    onus_buffer_string(&desc, timeline->c->positions[timeline->positions[p]].name);
    onus_buffer_string(&desc, ": from ");
    onus_buffer_string(&desc, onus_report_probability_range(text, &first->about, (double)NAN, &onus_glyphs_utf8));
    onus_buffer_string(&desc, " to ");
    onus_buffer_string(&desc, onus_report_probability_range(text, &last->about, (double)NAN, &onus_glyphs_utf8));
    onus_buffer_string(&desc, ". ");
  }
  onus_svg_begin(out, is_wide ? "timeline-wide" : "timeline-narrow", is_wide ? "chart wide" : "chart narrow", width,
                 height, "Probability over time, one panel for each position", desc.bytes ? desc.bytes : "");
  onus_buffer_free(&desc);
  panel at = {.timeline = timeline, .step = step, .width = width};
  for (; at.shown < timeline->n_shown; at.shown++, at.top += PANEL)
    put_panel(out, &at);
  put_days(out, &at);
  onus_svg_end(out);
}

void onus_chart_timeline(onus_buffer *out, const onus_timeline *timeline) {
  put_timeline(out, timeline, ONUS_CHART_WIDE);
  put_timeline(out, timeline, ONUS_CHART_NARROW);
}
