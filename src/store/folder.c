/* The engine over a folder, and opening the segments that its manifest names.
 *
 *     LOCK                       held with flock by the writer
 *     MANIFEST                   the sealed state; replaced whole
 *     segment-<number>.seg       immutable; gone once merged into another
 *     document-<number>.doc      immutable; gone once another has its name in the store
 *     segment-<number>.part, document-*.part, MANIFEST.*.part     not finished; the next writer removes them
 *
 * A reader takes no lock. It reads the manifest and opens what it names; when a merge has just removed one of them,
 * there is a newer manifest to start over with. What it has mapped stays, removed or not, until it closes. */
#include "store/folder_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

const onus_store_engine onus_store_folder = {
    .open = onus_folder_open,
    .close = onus_folder_close,
    .refresh = onus_folder_refresh,
    .look_up = onus_folder_look_up,
    .count_holders = onus_folder_count_holders,
    .look_up_pairs = onus_folder_look_up_pairs,
    .rows = onus_folder_rows,
    .document = onus_folder_document,
    .describe = onus_folder_describe,
    .writer_open = onus_folder_writer_open,
    .writer_close = onus_folder_writer_close,
    .put = onus_folder_put,
    .put_pairs = onus_folder_put_pairs,
    .append_rows = onus_folder_append_rows,
    .put_document = onus_folder_put_document,
    .writer_document = onus_folder_writer_document,
    .watch = onus_folder_watch,
    .scratch = onus_folder_scratch,
    .seal = onus_folder_seal,
    .compact = onus_folder_compact,
};

void onus_segment_set_close(onus_segment_set *set) {
  for (size_t i = 0; i < set->n_segments; i++)
    onus_segment_close(set->segments[i]);
  free(set->segments);
  for (size_t i = 0; i < set->n_documents; i++)
    close(set->documents[i].fd);
  free(set->documents);
  *set = (onus_segment_set){0};
}

onus_status onus_document_open(const char *folder, const onus_manifest_document *named,
                               onus_open_document *ret_document, bool *ret_missing, onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_document_path(folder, named->number, path, error));
  int fd = open(path, O_RDONLY | O_CLOEXEC), number = errno;
  *ret_missing = fd < 0 && number == ENOENT;
  if (fd < 0)
    return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be opened: %s", strerror(number));
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || (uint64_t)info.st_size != named->length_bytes) {
    close(fd);
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "is not the file that the MANIFEST means; restore the folder from a copy or import again");
  }
  *ret_document = (onus_open_document){*named, fd};
  return ONUS_OK;
}

onus_status onus_document_load(const char *folder, const onus_open_document *document, onus_text *ret_text,
                               onus_error *error) {
  size_t length = (size_t)document->named.length_bytes, got = 0;
  char *bytes = malloc(length + 1);
  if (!bytes)
    return ONUS_FAIL_NO_MEMORY(error);
  while (got < length) {
    ssize_t n = pread(document->fd, bytes + got, length - got, (off_t)got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    got += (size_t)n;
  }
  if (got < length || XXH3_64bits(bytes, length) != document->named.xxh3) {
    free(bytes);
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, folder, 0, 0,
                        "the document \"%s\" is damaged; restore the folder from a copy or import again",
                        document->named.name);
  }
  bytes[length] = '\0';
  *ret_text = (onus_text){bytes, length};
  return ONUS_OK;
}

static onus_status open_all(const char *folder, const onus_manifest *manifest, onus_segment_set *set, bool *ret_missing,
                            onus_error *error) {
  *set = (onus_segment_set){.generation = manifest->generation};
  set->segments = calloc(manifest->n_segments + 1, sizeof(onus_segment *));
  set->documents = calloc(manifest->n_documents + 1, sizeof *set->documents);
  if (!set->segments || !set->documents)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < manifest->n_documents; i++) {
    ONUS_TRY(onus_document_open(folder, &manifest->documents[i], &set->documents[i], ret_missing, error));
    set->n_documents++;
  }
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
                            "lacks a file that its MANIFEST names; restore it from a copy or import again");
      break;
    }
    last_generation = manifest->generation;
  }
  free(manifest);
  return status;
}

const onus_segment_table *onus_segment_next_table(onus_segment *const *segments, size_t n_segments,
                                                  const onus_segment_table *last) {
  const onus_segment_table *next = NULL;
  for (size_t i = 0; i < n_segments; i++)
    for (size_t k = 0; k < segments[i]->n_tables; k++) {
      const onus_segment_table *table = &segments[i]->tables[k];
      if ((!last || onus_segment_table_compare(table, last) > 0) &&
          (!next || onus_segment_table_compare(table, next) < 0))
        next = table;
    }
  return next;
}
