/* The median of a range [M-9]. */
#include <math.h>

#include "case/case.h"

double onus_number_point(onus_number number, onus_scale scale) {
  if (!(number.low < number.high))
    return number.low;
  if (scale == ONUS_SCALE_LOG)
    return sqrt(number.low) * sqrt(number.high);
  /* The logistic of the mean logit, without leaving the numbers that doubles hold well near 0 and 1. */
  double odds = sqrt(number.low / (1 - number.low)) * sqrt(number.high / (1 - number.high));
  return odds / (1 + odds);
}
