/* The engine over a folder, and opening the segments that its manifest names.
 *
 *     LOCK                       held with flock by the writer
 *     MANIFEST                   the sealed state; replaced whole
 *     segment-<number>.seg       immutable; gone once merged into another
 *     segment-<number>.part, MANIFEST.*.part     not finished; the next writer removes them
 *
 * A reader takes no lock. It reads the manifest and opens what it names; when a merge has just removed one of them,
 * there is a newer manifest to start over with. What it has mapped stays, removed or not, until it closes. */
#include "store/folder_internal.h"

#include <stdlib.h>
#include <string.h>

const onus_store_engine onus_store_folder = {
    .open = onus_folder_open,
    .close = onus_folder_close,
    .refresh = onus_folder_refresh,
    .look_up = onus_folder_look_up,
    .count_holders = onus_folder_count_holders,
    .describe = onus_folder_describe,
    .writer_open = onus_folder_writer_open,
    .writer_close = onus_folder_writer_close,
    .put = onus_folder_put,
    .seal = onus_folder_seal,
    .compact = onus_folder_compact,
};

void onus_segment_set_close(onus_segment_set *set) {
  for (size_t i = 0; i < set->n_segments; i++)
    onus_segment_close(set->segments[i]);
  free(set->segments);
  *set = (onus_segment_set){0};
}

static onus_status open_all(const char *folder, const onus_manifest *manifest, onus_segment_set *set, bool *ret_missing,
                            onus_error *error) {
  *set = (onus_segment_set){.generation = manifest->generation};
  set->segments = calloc(manifest->n_segments + 1, sizeof(onus_segment *));
  if (!set->segments)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < manifest->n_segments; i++) {
    const onus_manifest_segment *named = &manifest->segments[i];
    char path[ONUS_STORE_PATH_BYTES];
    ONUS_TRY(onus_store_segment_path(folder, named->number, path, error));
    onus_segment *segment = NULL;
    ONUS_TRY(onus_segment_open(path, &segment, ret_missing, error));
    set->segments[set->n_segments++] = segment;
    if (segment->length_bytes != named->length_bytes || segment->identity != named->identity)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                          "is not the file that the MANIFEST means; restore the folder from a copy or import again");
  }
  return ONUS_OK;
}

onus_status onus_segment_set_open(const char *folder, onus_segment_set *ret_set, onus_error *error) {
  enum { ATTEMPTS = 100 };
  onus_manifest *manifest = malloc(sizeof *manifest);
  if (!manifest)
    return ONUS_FAIL_NO_MEMORY(error);
  uint64_t last_generation = 0;
  onus_status status = ONUS_INTERNAL;
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    bool missing = false;
    status = onus_manifest_read(folder, manifest, &missing, error);
    if (status != ONUS_OK)
      break;
    missing = false;
    onus_segment_set set;
    status = open_all(folder, manifest, &set, &missing, error);
    if (status == ONUS_OK) {
      *ret_set = set;
      break;
    }
    onus_segment_set_close(&set);
    if (!missing)
      break;
    if (attempt > 0 && manifest->generation == last_generation) {
      status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0,
                            "lacks a segment that its MANIFEST names; restore it from a copy or import again");
      break;
    }
    last_generation = manifest->generation;
  }
  free(manifest);
  return status;
}

const char *onus_segment_next_table(onus_segment *const *segments, size_t n_segments, const char *last) {
  const char *next = NULL;
  for (size_t i = 0; i < n_segments; i++)
    for (size_t k = 0; k < segments[i]->n_tables; k++) {
      const char *name = segments[i]->tables[k].name;
      if (strcmp(name, last) > 0 && (!next || strcmp(name, next) < 0))
        next = name;
    }
  return next;
}
