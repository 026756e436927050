#include "report/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const onus_glyphs onus_glyphs_utf8 = {"\u2212", "\u2013", "\u00d7", "\u2192", "\u2264", "\u00b1"};
const onus_glyphs onus_glyphs_ascii = {"-", "-", "x", "->", "<=", "+-"};

/* Whether the figure lies on the same side of `limit` as the value that it stands for. */
static bool is_faithful(double p, double figure, double limit) {
  if (isnan(limit) || fabs(p - limit) < 1e-9)
    return true;
  return p < limit ? figure < limit - 1e-12 : figure > limit + 1e-12;
}

const char *onus_report_probability(char *text, double p, double standard) {
  if (!isfinite(p))
    return strcpy(text, "?");
  if (p > 0 && p < 0.0005)
    return strcpy(text, "<0.001");
  if (p < 1 && p > 0.9995 && !(standard > 0.999))
    return strcpy(text, ">0.999");
  for (int decimals = 2; decimals <= 7; decimals++) {
    double scale = pow(10, decimals), figure = round(p * scale) / scale;
    if (is_faithful(p, figure, 0) && is_faithful(p, figure, 1) && is_faithful(p, figure, standard))
      return onus_report_fixed(text, p, decimals);
  }
  return onus_report_fixed(text, p, 7);
}

const char *onus_report_probability_range(char *text, const onus_probability *p, double standard,
                                          const onus_glyphs *glyphs) {
  char low[ONUS_REPORT_FIGURE_BYTES], high[ONUS_REPORT_FIGURE_BYTES];
  onus_report_probability(low, p->low, standard);
  onus_report_probability(high, p->high, standard);
  onus_report_probability(text, p->posterior, standard);
  bool is_beyond = strchr("<>", text[0]) != NULL;
  if (is_beyond && strcmp(low, text) == 0 && strcmp(high, text) == 0)
    return text;
  size_t length = strlen(text);
  snprintf(text + length, ONUS_REPORT_FIGURE_BYTES - length, " (%.20s%s%.20s)", low, glyphs->dash, high);
  return text;
}

const char *onus_report_equals(const char *figure) {
  return figure[0] == '<' ? " < " : figure[0] == '>' ? " > " : " = ";
}

const char *onus_report_after_sign(const char *figure) {
  return figure[0] == '<' || figure[0] == '>' ? figure + 1 : figure;
}

const char *onus_report_signed(char *text, double value, const onus_glyphs *glyphs) {
  if (!isfinite(value))
    return strcpy(text, isnan(value) ? "?" : value > 0 ? "+inf" : "-inf");
  char figure[ONUS_REPORT_FIGURE_BYTES];
  onus_report_fixed(figure, fabs(value), 2);
  const char *sign = strspn(figure, "0.") == strlen(figure) ? "" : value < 0 ? glyphs->minus : "+";
  snprintf(text, ONUS_REPORT_FIGURE_BYTES, "%s%.300s", sign, figure);
  return text;
}

const char *onus_report_ratio(char *text, double value) {
  if (!isfinite(value))
    return strcpy(text, isnan(value) ? "?" : "inf");
  if (value == 0)
    return strcpy(text, "0");
  /* Round to two significant digits first, so that 9.96 becomes 10 and not 10.0. */
  char rounded[ONUS_REPORT_FIGURE_BYTES];
  snprintf(rounded, sizeof rounded, "%.1e", value);
  double figure = strtod(rounded, NULL), size = fabs(figure);
  if (size >= 1e6 || size < 1e-4) {
    onus_report_general(text, figure, 2);
    char *exponent = strchr(text, 'e');
    if (exponent) { /* e+07 -> e7 */
      char *from = exponent + 1, *to = exponent + 1;
      if (*from == '-')
        *to++ = *from++;
      else if (*from == '+')
        from++;
      while (*from == '0' && from[1])
        from++;
      memmove(to, from, strlen(from) + 1);
    }
    return text;
  }
  return onus_report_fixed(text, figure, size >= 10 ? 0 : size >= 1 ? 1 : size >= 0.1 ? 2 : size >= 0.01 ? 3 : 5);
}

const char *onus_report_factor(char *text, double log_odds, const onus_glyphs *glyphs) {
  char figure[ONUS_REPORT_FIGURE_BYTES];
  onus_report_ratio(figure, exp(log_odds));
  snprintf(text, ONUS_REPORT_FIGURE_BYTES, "%s%.300s", glyphs->times, figure);
  return text;
}

const char *onus_report_plain(char *text, double value) {
  return isfinite(value) ? onus_report_general(text, value, 6) : strcpy(text, "?");
}
