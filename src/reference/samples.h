/* A folder of samples: which files lie in it, and the family of each.
 *
 * A folder that lies in it is a family, with all that is below. A file that lies in it directly is a family of its own,
 * by its name. Links are not followed, so that what is read is what lies there. */
#ifndef ONUS_REFERENCE_SAMPLES_H
#define ONUS_REFERENCE_SAMPLES_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

typedef struct onus_sample_file {
  const char *path;   /* with the folder's own */
  const char *family; /* as its folder is called, whatever bytes these are */
  uint64_t length_bytes;
  const char *why_not; /* why it is not to be read: a link, a device; NULL; static */
} onus_sample_file;

typedef struct onus_sample_files {
  onus_arena *arena;
  onus_sample_file *items; /* by path, a family's together */
  size_t count;
  uint64_t length_bytes; /* of all to be read */
} onus_sample_files;

#define ONUS_SAMPLES_MAX 10000000

/* ONUS_BAD_INPUT when `folder` is none or has no file in it; ONUS_IO when part of it cannot be listed; ONUS_LIMIT
 * beyond ONUS_SAMPLES_MAX. Free with onus_sample_files_free. */
ONUS_MUST_CHECK onus_status onus_sample_files_list(const char *folder, onus_sample_files *ret_samples,
                                                   onus_error *error);
void onus_sample_files_free(onus_sample_files *samples);

#endif
