/* The two plots of an evaluation, each an SVG file that needs no other. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/share.h"
#include "report/figures.h"
#include "report/markup.h"
#include "report/ranking.h"

#define WIDTH 640.0
#define HEIGHT 470.0
#define LEFT 64.0
#define RIGHT 20.0
#define TOP 44.0
#define BOTTOM 60.0
#define PLOT_WIDTH (WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT (HEIGHT - TOP - BOTTOM)

static const char *const style =
    "text{font:13px system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",\"Liberation Sans\",Arial,sans-serif;"
    "fill:#1b1b1b}.strong{font-weight:650}.tick-label{font-size:12px;fill:#5a5a5a}.paper{fill:#fff}"
    ".grid{stroke:#ddd;stroke-width:1}.axis{stroke:#5a5a5a;stroke-width:1}.guide{stroke:#888;stroke-width:1;"
    "stroke-dasharray:5 3}.same{fill:none;stroke:#1c62ab;stroke-width:2.5}.different{fill:none;stroke:#b4530a;"
    "stroke-width:2.5}text.same{fill:#1c62ab;stroke:none}text.different{fill:#b4530a;stroke:none}"
    ".point{fill:#1c62ab}.range{stroke:#1c62ab;stroke-width:1.5}.count{fill:#c9d9ea}";

typedef struct frame {
  double low, high; /* of x */
} frame;

static double x_of(const frame *at, double x) {
  return LEFT + PLOT_WIDTH * (x - at->low) / (at->high - at->low);
}

static double y_of(double share) {
  return TOP + PLOT_HEIGHT * (1 - share);
}

static void begin(onus_buffer *out, const char *id, const char *title, const char *desc) {
  onus_svg_begin_file(out, id, style, WIDTH, HEIGHT, title, desc);
  onus_svg_rectangle(out, "paper", 0, 0, WIDTH, HEIGHT);
  onus_svg_text(out, "strong", LEFT, 22, "start", title);
}

/* Shares from 0 to 1 on the left; `label` along the bottom. */
static void put_axes(onus_buffer *out, const char *label) {
  char text[ONUS_REPORT_FIGURE_BYTES];
  for (int tick = 0; tick <= 10; tick += 2) {
    double y = y_of(tick / 10.0);
    onus_svg_line(out, "grid", LEFT, y, LEFT + PLOT_WIDTH, y);
    onus_svg_text(out, "tick-label", LEFT - 8, y + 4, "end", onus_report_fixed(text, tick / 10.0, 1));
  }
  onus_svg_line(out, "axis", LEFT, y_of(0), LEFT + PLOT_WIDTH, y_of(0));
  onus_svg_line(out, "axis", LEFT, y_of(0), LEFT, y_of(1));
  onus_svg_text(out, "", LEFT + PLOT_WIDTH / 2, HEIGHT - 14, "middle", label);
}

/* --- Tippett --------------------------------------------------------------------------------------------------- */

/* How many of the ascending values are at least `from`. */
static size_t at_least(const double *values, size_t n, double from) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (values[middle] < from)
      low = middle + 1;
    else
      high = middle;
  }
  return n - low;
}

static void put_course(onus_buffer *out, const frame *at, const char *classes, const double *values, size_t n) {
  enum { STEPS = 560 };
  onus_buffer_printf(out, "<polyline class=\"%s\" points=\"", classes);
  for (int step = 0; step <= STEPS; step++) {
    double x = at->low + (at->high - at->low) * step / STEPS;
    onus_report_put_fixed(out, x_of(at, x), 1);
    onus_buffer_character(out, ',');
    onus_report_put_fixed(out, y_of((double)at_least(values, n, x * log(10)) / (double)n), 2);
    onus_buffer_character(out, ' ');
  }
  onus_buffer_string(out, "\"/>\n");
}

const onus_tippett_words onus_tippett_of_incidents = {"Likelihood ratios of right and of wrong actors (Tippett plot)",
                                                      "the right actor", "another actor"};

static void put_tippett(onus_buffer *out, const onus_tippett_words *words, const double *same, size_t n_same,
                        const double *different, size_t n_different) {
  char text[240];
  double low = fmin(same[0], different[0]) / log(10),
         high = fmax(same[n_same - 1], different[n_different - 1]) / log(10);
  frame at = {fmin(floor(low), -1), fmax(ceil(high), 1)};
  snprintf(text, sizeof text,
           "Pairs: %zu with %s, %zu with %s; of each the share whose likelihood ratio is at least so great", n_same,
           words->same, n_different, words->different);
  begin(out, "tippett", words->title, text);
  put_axes(out, "log10 of the likelihood ratio");
  double step = at.high - at.low > 16 ? 4 : at.high - at.low > 8 ? 2 : 1;
  for (double tick = ceil(at.low / step) * step; tick <= at.high; tick += step) {
    char figure[ONUS_REPORT_FIGURE_BYTES];
    onus_svg_line(out, "grid", x_of(&at, tick), TOP, x_of(&at, tick), y_of(0));
    onus_svg_text(out, "tick-label", x_of(&at, tick), y_of(0) + 18, "middle", onus_report_fixed(figure, tick, 0));
  }
  onus_svg_line(out, "guide", x_of(&at, 0), TOP, x_of(&at, 0), y_of(0));
  put_course(out, &at, "different", different, n_different);
  put_course(out, &at, "same", same, n_same);
  snprintf(text, sizeof text, "%s (%zu)", words->same, n_same);
  onus_svg_text(out, "same", WIDTH - RIGHT - 6, TOP + 16, "end", text);
  snprintf(text, sizeof text, "%s (%zu)", words->different, n_different);
  onus_svg_text(out, "different", WIDTH - RIGHT - 6, TOP + 34, "end", text);
  onus_svg_end(out);
}

onus_status onus_chart_tippett(onus_buffer *out, const onus_tippett_words *words, const onus_evaluation *evaluation,
                               onus_error *error) {
  double *same = NULL, *different = NULL;
  size_t n_same = 0, n_different = 0;
  ONUS_TRY(onus_metrics_pairs(evaluation->scored, evaluation->n_truths, evaluation->n_actors, &same, &n_same,
                              &different, &n_different, error));
  onus_status status = ONUS_OK;
  if (n_same > 0 && n_different > 0)
    put_tippett(out, words, same, n_same, different, n_different);
  else
    status = ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                       "a Tippett plot needs an incident whose actor is in the reference, and another actor beside");
  free(different);
  free(same);
  return status;
}

/* --- reliability ----------------------------------------------------------------------------------------------- */

static const double Z_95 = 1.959964;

static size_t most_of(const onus_metrics *m) {
  size_t most = 1;
  for (size_t b = 0; b < ONUS_METRICS_BINS; b++)
    most = m->bins[b].n > most ? m->bins[b].n : most;
  return most;
}

void onus_chart_reliability(onus_buffer *out, const onus_evaluation *evaluation) {
  const onus_metrics *m = &evaluation->metrics;
  const frame at = {0, 1};
  char text[160], figure[ONUS_REPORT_FIGURE_BYTES];
  snprintf(text, sizeof text, "%zu incidents by the probability of their most probable answer: how often it was right",
           m->n);
  begin(out, "reliability", "Was the most probable answer right as often as was said?", text);
  for (size_t b = 0; b < ONUS_METRICS_BINS; b++) { /* how many, as bars up to a quarter of the height */
    double from = (double)b / ONUS_METRICS_BINS, share = 0.25 * (double)m->bins[b].n / (double)most_of(m);
    onus_svg_rectangle(out, "count", x_of(&at, from) + 2, y_of(share), PLOT_WIDTH / ONUS_METRICS_BINS - 4,
                       y_of(0) - y_of(share));
  }
  put_axes(out, "probability of the most probable answer");
  for (int tick = 0; tick <= 10; tick += 2)
    onus_svg_text(out, "tick-label", x_of(&at, tick / 10.0), y_of(0) + 18, "middle",
                  onus_report_fixed(figure, tick / 10.0, 1));
  onus_svg_line(out, "guide", x_of(&at, 0), y_of(0), x_of(&at, 1), y_of(1));
  for (size_t b = 0; b < ONUS_METRICS_BINS; b++) {
    const onus_metrics_bin *bin = &m->bins[b];
    if (bin->n == 0)
      continue;
    double low, high, x = x_of(&at, bin->mean_confidence);
    onus_share_interval(bin->correct * (double)bin->n, (double)bin->n, Z_95, &low, &high);
    onus_svg_line(out, "range", x, y_of(low), x, y_of(high));
    onus_svg_circle(out, "point", x, y_of(bin->correct), 5);
    snprintf(text, sizeof text, "%zu", bin->n);
    onus_svg_text(out, "tick-label", x_of(&at, ((double)b + 0.5) / ONUS_METRICS_BINS), y_of(0) - 6, "middle", text);
  }
  onus_svg_text(out, "tick-label", LEFT, 38, "start",
                "Points: share that was right, with its 95 % interval. Bars and figures: how many incidents.");
  onus_svg_end(out);
}
