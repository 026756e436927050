/* A reference in a cluster and its copy in a folder: what pulling did. */
#ifndef ONUS_REFERENCE_COPY_H
#define ONUS_REFERENCE_COPY_H

#include "store/store.h"

struct onus_copied {
  char *from, *into; /* as they were given */
  onus_store_pulled pulled;
};

#endif
