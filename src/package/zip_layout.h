/* The layout of a zip, checked before anything is read from it.
 *
 * A zip says everything twice, and readers differ in what they believe. Accepted is one that can be read in one way
 * only: its entries lie one after the other from the first byte to the directory, without gaps or overlaps (which is
 * also how small zips unpack to large ones), each entry's own head says what the directory says, and nothing follows
 * but the end record and its comment.
 */
#ifndef ONUS_PACKAGE_ZIP_LAYOUT_H
#define ONUS_PACKAGE_ZIP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct onus_zip_entry {
  const char *name; /* as it stands in the directory; not ended */
  size_t name_bytes;
  uint64_t bytes, packed_bytes;
  uint32_t mode; /* of Unix; 0: not said */
} onus_zip_entry;

typedef struct onus_zip_layout {
  onus_zip_entry *entries; /* in the order in which they lie */
  size_t n_entries;
  unsigned char *directory; /* that names point into */
} onus_zip_layout;

/* Free with onus_zip_layout_free, also after a failure. */
ONUS_MUST_CHECK onus_status onus_zip_layout_read(int fd, const char *path, uint64_t length_bytes,
                                                 onus_zip_layout *ret_layout, onus_error *error);
void onus_zip_layout_free(onus_zip_layout *layout);

#endif
