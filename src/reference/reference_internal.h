/* What an open reference is made of. */
#ifndef ONUS_REFERENCE_REFERENCE_INTERNAL_H
#define ONUS_REFERENCE_REFERENCE_INTERNAL_H

#include "reference/catalogue_internal.h"
#include "reference/code.h"

struct onus_reference {
  onus_store *store;
  onus_catalogue_parts parts;
  onus_catalogue view;
  onus_code_catalogue code;
  char location[];
};

#endif
