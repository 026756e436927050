/* Standards, verdicts and words [M-11], [M-12]. */
#include "verdict/verdict_internal.h"

#include <math.h>

/* Rounding must not decide whether a probability reaches a standard that it equals. */
static const double TOLERANCE = 1e-12;

static bool reaches(double p, double standard, bool exclusive) {
  return exclusive ? p > standard + TOLERANCE : p >= standard - TOLERANCE;
}

onus_verdict onus_verdict_of(double low, double high, double standard, bool exclusive) {
  if (reaches(low, standard, exclusive))
    return ONUS_ENOUGH;
  return reaches(high, standard, exclusive) ? ONUS_DEPENDS : ONUS_NOT_ENOUGH;
}

const char *onus_verdict_name(onus_verdict verdict) {
  switch (verdict) {
  case ONUS_NOT_ENOUGH:
    return "not-enough";
  case ONUS_DEPENDS:
    return "depends";
  case ONUS_ENOUGH:
    return "enough";
  }
  return "unknown";
}

/* ICD 203's bands and the words of its first row. What lies outside them (below 1 %, above 99 %) has no band there: it
 * keeps the outermost word, and the range says that it is beyond. */
typedef struct band {
  double below; /* up to here, not including it */
  const char *word, *range;
} band;

static const band BANDS[] = {
    {0.01, "almost no chance", "below 1 %"},    {0.05, "almost no chance", "1–5 %"},
    {0.20, "very unlikely", "5–20 %"},          {0.45, "unlikely", "20–45 %"},
    {0.55, "roughly even chance", "45–55 %"},   {0.80, "likely", "55–80 %"},
    {0.95, "very likely", "80–95 %"},           {0.99, "almost certain", "95–99 %"},
    {INFINITY, "almost certain", "above 99 %"},
};

static const band *band_of(double probability) {
  size_t i = 0;
  while (probability >= BANDS[i].below)
    i++;
  return &BANDS[i];
}

const char *onus_probability_word(double probability) {
  return band_of(probability)->word;
}

const char *onus_probability_band(double probability) {
  return band_of(probability)->range;
}
