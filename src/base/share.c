#include "base/share.h"

#include <math.h>

void onus_share_interval(double hits, double count, double z, double *ret_low, double *ret_high) {
  double share = hits / count, squared = z * z / count;
  double middle = (share + squared / 2) / (1 + squared);
  double half = z / (1 + squared) * sqrt(share * (1 - share) / count + squared / (4 * count));
  *ret_low = middle - half;
  *ret_high = middle + half;
}
