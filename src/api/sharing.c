/* P(what was compared is shared with strangers), for items whose case does not say.
 *
 * Infrastructure: in the development data each report's indicators were compared with the reports that are left without
 * it. A link over a host or an address that one actor alone held was right when that actor was the report's, wrong when
 * it was another. Code: the reference at hand tells of how many families it has samples of several actors [K-18].
 * Docs: METHOD.md, "Shared infrastructure", "Shared or leaked tools". */
#include <math.h>
#include <stdio.h>

#include "api/compute_internal.h"
#include "base/share.h"
#include "compare/code.h"

typedef struct link_count {
  const char *kind;
  unsigned n_right, n_wrong;
} link_count;

static const link_count COUNTS[] = {{"host", 102, 29}, {"address and port", 5, 1}, {"address", 7, 0}};

static const double Z_90 = 1.644854;

/* To hundredths: more would say more than the counts do. */
static double hundredth(double value) {
  return round(value * 100) / 100;
}

onus_number onus_relays(char origin[ONUS_SHARING_BYTES]) {
  unsigned n_wrong = 0, n = 0;
  double low, high;
  for (size_t k = 0; k < sizeof COUNTS / sizeof *COUNTS; k++) {
    n_wrong += COUNTS[k].n_wrong;
    n += COUNTS[k].n_wrong + COUNTS[k].n_right;
  }
  onus_share_interval(n_wrong, n, Z_90, &low, &high);
  snprintf(origin, ONUS_SHARING_BYTES,
           "%u of %u links over a host or address that one actor alone held led to another actor (development data, "
           "docs/METHOD.md)",
           n_wrong, n);
  return (onus_number){hundredth(low), hundredth(high)};
}

onus_number onus_tools(size_t n_shared, size_t n_families, char origin[ONUS_SHARING_BYTES]) {
  double low, high;
  onus_code_shared_range(n_shared, n_families, &low, &high);
  snprintf(origin, ONUS_SHARING_BYTES,
           "%zu of %zu families of the reference have samples of two or more actors (docs/METHOD.md)", n_shared,
           n_families);
  return (onus_number){fmax(hundredth(low), 0.01), fmin(hundredth(high), 0.99)};
}
