/* The table behind onus_provider_of. */
#ifndef ONUS_REFERENCE_PROVIDER_INTERNAL_H
#define ONUS_REFERENCE_PROVIDER_INTERNAL_H

#include "reference/trace.h"

typedef struct onus_provider_row {
  const char *suffix;
  onus_provider_class provider;
} onus_provider_row;

/* In the order of strcmp. */
extern const onus_provider_row ONUS_PROVIDER_ROWS[];
extern const size_t ONUS_PROVIDER_N_ROWS;

#endif
