/* The file PULLED in a store's folder: that the folder is a copy, and of which store in a cluster. */
#ifndef ONUS_STORE_PULLED_INTERNAL_H
#define ONUS_STORE_PULLED_INTERNAL_H

#include "base/error.h"

typedef struct onus_pulled {
  uint64_t identity;
  onus_text place; /* from where it was pulled last */
} onus_pulled;

/* *ret_missing is true when the folder is no copy; then, and on failure, there is nothing to free. */
ONUS_MUST_CHECK onus_status onus_pulled_read(const char *folder, onus_pulled *ret_pulled, bool *ret_missing,
                                             onus_error *error);
void onus_pulled_free(onus_pulled *pulled);
ONUS_MUST_CHECK onus_status onus_pulled_write(const char *folder, uint64_t identity, const char *place,
                                              onus_error *error);

/* ONUS_BAD_ARGUMENT when the folder is a copy: its numbers are those of the cluster, so nobody else may give any. */
ONUS_MUST_CHECK onus_status onus_pulled_refuse(const char *folder, onus_error *error);

#endif
