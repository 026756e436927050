/* The drawings of a page. Each is drawn twice, for wide and for narrow windows, and the style sheet shows one of the
 * two; so labels keep their size on a phone. `id` begins the ids inside the image. */
#ifndef ONUS_REPORT_CHARTS_H
#define ONUS_REPORT_CHARTS_H

#include "base/buffer.h"
#include "verdict/verdict.h"

#define ONUS_CHART_WIDE 760.0
#define ONUS_CHART_NARROW 340.0

/* Every hypothesis and proposition from 0 to 1: prior, range, point value, and the standard on what the verdict is
 * about. */
void onus_chart_posterior(onus_buffer *out, const onus_assessment *assessment);
/* From prior to posterior in log-odds, item by item in `order`. */
void onus_chart_waterfall(onus_buffer *out, const onus_assessment *assessment, const size_t *order);
/* A panel for each position: line, range and standard over the days. */
void onus_chart_timeline(onus_buffer *out, const onus_timeline *timeline);

#endif
