/* Figures as people read them. Each is written into `text`, which holds ONUS_REPORT_FIGURE_BYTES, and returned. */
#ifndef ONUS_REPORT_FIGURES_H
#define ONUS_REPORT_FIGURES_H

#include "report/characters.h"
#include "verdict/verdict.h"

/* What the sign of a negative number and the like are written with. */
typedef struct onus_glyphs {
  const char *minus, *dash, *times, *arrow, *at_most, *plus_minus;
} onus_glyphs;

extern const onus_glyphs onus_glyphs_utf8, onus_glyphs_ascii;

/* A probability with two decimals, or as many more as it takes to be told from 0, from 1, and from `standard` (NAN: no
 * standard): 0.7496 never looks as if it reached 0.75. */
const char *onus_report_probability(char *text, double p, double standard);

/* "0.93 (0.89–0.95)"; "<0.001" where the whole range is below that. */
const char *onus_report_probability_range(char *text, const onus_probability *p, double standard,
                                          const onus_glyphs *glyphs);

/* How to say "P = figure" when the figure may be "<0.001": the sign between, and what stands behind it. */
const char *onus_report_equals(const char *figure);
const char *onus_report_after_sign(const char *figure);

/* A difference of log-odds: "+1.56", "−0.35", "0.00". */
const char *onus_report_signed(char *text, double value, const onus_glyphs *glyphs);

/* A positive number with about two significant digits: "0.013", "4.8", "160", "1.6e7". */
const char *onus_report_ratio(char *text, double value);

/* exp(log_odds) as a factor on the odds: "×4.8". */
const char *onus_report_factor(char *text, double log_odds, const onus_glyphs *glyphs);

/* A plain setting, without zeros that say nothing: "0.75". */
const char *onus_report_plain(char *text, double value);

#endif
