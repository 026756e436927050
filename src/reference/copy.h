/* A reference in a cluster and its copy in a folder: what pulling or pushing did. */
#ifndef ONUS_REFERENCE_COPY_H
#define ONUS_REFERENCE_COPY_H

#include "store/store.h"

struct onus_copied {
  char *from, *into; /* as they were given */
  bool is_push;
  onus_store_pulled pulled;
  onus_store_pushed pushed;
};

#endif
