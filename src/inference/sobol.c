#include "inference/sobol.h"

#include "base/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { DIGITS = ONUS_SAMPLES_LOG2 };

/* The stream of the direction numbers' free part; fixed, so that a seed only scrambles. */
static const uint64_t DIRECTION_SEED = UINT64_C(0x6f6e75732d736f62);

struct onus_sobol {
  size_t n_coordinates;
  uint16_t *direction; /* [n_coordinates][DIGITS]: what bit j of the point's number adds; the top digit is bit 11 */
  uint16_t *shift;     /* [n_coordinates] */
  double score[ONUS_SAMPLES];
};

/* --- primitive polynomials ----------------------------------------------------------------------------------- */

/* x^(2^degree − 1) ≡ 1 and no smaller power: x generates the field. Degrees up to 12, so counting is quick. */
static bool is_primitive(uint32_t polynomial, unsigned degree) {
  uint32_t order = (1u << degree) - 1, power = 1, top = 1u << degree;
  for (uint32_t i = 1; i <= order; i++) {
    power <<= 1;
    if (power & top)
      power ^= polynomial;
    if (power == 1)
      return i == order;
  }
  return false;
}

/* The next primitive polynomial after `polynomial` (its top bit is its degree); 0 when the degree would pass DIGITS. */
static uint32_t next_primitive(uint32_t polynomial, unsigned *degree) {
  for (uint32_t next = polynomial + 2;; next += 2) { /* the constant term is always 1 */
    if (next >> (*degree + 1))
      ++*degree;
    if (*degree > DIGITS)
      return 0;
    if (is_primitive(next, *degree))
      return next;
  }
}

/* Sobol's recurrence: m_j from the polynomial for j beyond its degree, free odd numbers before it. */
static void directions_of(uint32_t polynomial, unsigned degree, size_t coordinate, uint16_t *direction) {
  uint32_t m[DIGITS];
  for (unsigned j = 0; j < DIGITS; j++) {
    if (j < degree || polynomial == 0) {
      uint64_t bits = onus_random_bits(DIRECTION_SEED, coordinate, j);
      m[j] = ((uint32_t)bits & ((1u << (j + 1)) - 1)) | 1u;
      continue;
    }
    m[j] = m[j - degree] ^ (m[j - degree] << degree);
    for (unsigned i = 1; i < degree; i++)
      if (polynomial >> (degree - i) & 1)
        m[j] ^= m[j - i] << i;
  }
  for (unsigned j = 0; j < DIGITS; j++)
    direction[j] = (uint16_t)(m[j] << (DIGITS - 1 - j));
}

/* --- scrambling ------------------------------------------------------------------------------------------------ */

/* Multiplies the digits of `value`, the first being the top one, by a lower triangular matrix with a unit diagonal:
 * digit r becomes itself plus the digits before it that the row's mask selects. */
static uint16_t scramble(uint16_t value, const uint16_t mask[DIGITS]) {
  unsigned out = 0;
  for (unsigned r = 0; r < DIGITS; r++)
    out |= (unsigned)(__builtin_popcount((unsigned)value & mask[r]) & 1) << (DIGITS - 1 - r);
  return (uint16_t)out;
}

static void scramble_coordinate(onus_sobol *sobol, size_t coordinate, uint64_t seed) {
  uint16_t mask[DIGITS], *direction = sobol->direction + coordinate * DIGITS;
  for (unsigned r = 0; r < DIGITS; r++) {
    unsigned self = 1u << (DIGITS - 1 - r), before = ((1u << DIGITS) - 1) & ~(2 * self - 1);
    mask[r] = (uint16_t)(self | ((unsigned)onus_random_bits(seed, coordinate, r) & before));
  }
  for (unsigned j = 0; j < DIGITS; j++)
    direction[j] = scramble(direction[j], mask);
  sobol->shift[coordinate] = (uint16_t)(onus_random_bits(seed, coordinate, DIGITS) & (ONUS_SAMPLES - 1));
}

/* --- normal scores --------------------------------------------------------------------------------------------- */

/* Halley's steps on erfc from `start`; cubic, so that a near start needs few. */
static double quantile_from(double p, double start) {
  double x = start;
  for (int step = 0; step < 60; step++) {
    double off = 0.5 * erfc(-x * 0.70710678118654752440) - p;
    double slope = 0.39894228040143267794 * exp(-0.5 * x * x);
    double newton = off / slope, change = newton / (1 + 0.5 * x * newton);
    x -= change;
    if (fabs(change) <= 1e-15 * (1 + fabs(x)))
      break;
  }
  return x;
}

static void fill_scores(onus_sobol *sobol) {
  double x = 0;
  for (size_t k = ONUS_SAMPLES / 2; k-- > 0;) {
    x = quantile_from(((double)k + 0.5) / ONUS_SAMPLES, x);
    sobol->score[k] = x;
    sobol->score[ONUS_SAMPLES - 1 - k] = -x;
  }
}

/* --- points ------------------------------------------------------------------------------------------------------ */

onus_sobol *onus_sobol_new(size_t n_coordinates, uint64_t seed) {
  onus_sobol *sobol = calloc(1, sizeof *sobol);
  if (!sobol)
    return NULL;
  sobol->n_coordinates = n_coordinates;
  sobol->direction = calloc(n_coordinates + 1, DIGITS * sizeof *sobol->direction);
  sobol->shift = calloc(n_coordinates + 1, sizeof *sobol->shift);
  if (!sobol->direction || !sobol->shift) {
    onus_sobol_free(sobol);
    return NULL;
  }
  fill_scores(sobol);
  uint32_t polynomial = 1;
  unsigned degree = 0;
  for (size_t c = 0; c < n_coordinates; c++) {
    if (c > 0 && polynomial != 0)
      polynomial = next_primitive(polynomial, &degree);
    if (c == 0) /* van der Corput: digits reversed */
      for (unsigned j = 0; j < DIGITS; j++)
        sobol->direction[j] = (uint16_t)(1u << (DIGITS - 1 - j));
    else
      directions_of(polynomial, degree, c, sobol->direction + c * DIGITS);
    scramble_coordinate(sobol, c, seed);
  }
  return sobol;
}

void onus_sobol_free(onus_sobol *sobol) {
  if (!sobol)
    return;
  free(sobol->direction);
  free(sobol->shift);
  free(sobol);
}

void onus_sobol_scores(const onus_sobol *sobol, size_t coordinate, size_t first, size_t count, double *out) {
  const uint16_t *direction = sobol->direction + coordinate * DIGITS;
  unsigned common = sobol->shift[coordinate];
  for (unsigned j = 0; j < DIGITS; j++)
    if (first >> j & 1)
      common ^= direction[j];
  for (size_t i = 0; i < count; i++) {
    unsigned digits = common;
    for (unsigned j = 0; j < 3; j++)
      if (i >> j & 1)
        digits ^= direction[j];
    out[i] = sobol->score[digits];
  }
}
