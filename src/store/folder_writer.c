/* Writing: what is put waits in memory, sorted runs are set aside when it is full, and a seal makes one segment of it
 * all. The order that makes a crash harmless: the segment is written under the name of a part, brought to the disk,
 * renamed, its name brought to the disk; only then does a new manifest name it. What no manifest names is no part of
 * the store, and the next writer removes it.
 *
 * Merging is done after a seal, in the writer's thread: the seal is visible already and readers do not wait for the
 * writer, so a second thread would only add to what can go wrong. Segments of about one size (within a factor of 4)
 * become one when there are 4 of them. A record is thus written anew once for each fourfold growth of the store. */
#include "store/folder_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "base/file.h"
#include "store/merge_internal.h"
#include "store/pulled_internal.h"
#include "store/unsealed_internal.h"

enum { MERGED_AT_ONCE = 4 };

typedef struct folder_writer {
  int lock_fd;
  onus_manifest manifest;
  onus_unsealed unsealed;
  size_t n_documents; /* put, and not sealed yet */
  onus_manifest_document *documents;
  char folder[];
} folder_writer;

static onus_status fail_io(const char *path, const char *what, onus_error *error) {
  int number = errno;
  return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "%s: %s", what, strerror(number));
}

onus_status onus_folder_sync(const char *folder, onus_error *error) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail_io(folder, "cannot be opened", error);
  bool ok = fsync(fd) == 0 || errno == EINVAL;
  onus_status status = ok ? ONUS_OK : fail_io(folder, "cannot be written", error);
  close(fd);
  return status;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

onus_status onus_folder_lock(const char *folder, int *ret_fd, onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_path(folder, "LOCK", path, error));
  if (mkdir(folder, 0777) != 0 && errno != EEXIST)
    return fail_io(folder, "cannot be made", error);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return fail_io(path, "cannot be opened", error);
  onus_status status = ONUS_OK;
  while (status == ONUS_OK && flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      status =
          ONUS_FAIL_AT(error, ONUS_IO, folder, 0, 0, "is being written by another process; try again when it is done");
    else if (errno != EINTR)
      status = fail_io(path, "cannot be locked", error);
  }
  if (status != ONUS_OK)
    close(fd);
  else
    *ret_fd = fd;
  return status;
}

static bool ends_with(const char *name, const char *end) {
  size_t name_length = strlen(name), end_length = strlen(end);
  return name_length >= end_length && strcmp(name + name_length - end_length, end) == 0;
}

static bool is_leftover_document(const onus_manifest *manifest, const char *name) {
  if (ends_with(name, ".part"))
    return true;
  for (size_t i = 0; i < manifest->n_documents; i++) {
    char path[ONUS_STORE_PATH_BYTES];
    if (onus_store_document_path("", manifest->documents[i].number, path, NULL) == ONUS_OK &&
        strcmp(path + 1, name) == 0)
      return false;
  }
  return ends_with(name, ".doc");
}

/* Of the names that a store gives to files, those that the manifest does not mean. */
static bool is_leftover(const onus_manifest *manifest, const char *name) {
  if (strncmp(name, "MANIFEST.", 9) == 0)
    return ends_with(name, ".part");
  if (strncmp(name, "document-", 9) == 0)
    return is_leftover_document(manifest, name);
  if (strncmp(name, "segment-", 8) != 0)
    return false;
  if (ends_with(name, ".part"))
    return true;
  for (size_t i = 0; i < manifest->n_segments; i++) {
    char path[ONUS_STORE_PATH_BYTES];
    if (onus_store_segment_path("", manifest->segments[i].number, path, NULL) == ONUS_OK && strcmp(path + 1, name) == 0)
      return false;
  }
  return ends_with(name, ".seg");
}

onus_status onus_folder_clear(const char *folder, const onus_manifest *manifest, bool with_parts, onus_error *error) {
  DIR *opened = opendir(folder);
  if (!opened)
    return errno == ENOMEM ? ONUS_FAIL_NO_MEMORY(error) : fail_io(folder, "cannot be listed", error);
  for (const struct dirent *entry = readdir(opened); entry; entry = readdir(opened)) {
    char path[ONUS_STORE_PATH_BYTES];
    if (is_leftover(manifest, entry->d_name) && (with_parts || !ends_with(entry->d_name, ".part")) &&
        onus_store_path(folder, entry->d_name, path, NULL) == ONUS_OK)
      unlink(path);
  }
  closedir(opened);
  return ONUS_OK;
}

static onus_status read_or_make_manifest(folder_writer *w, onus_error *error) {
  bool missing = false;
  onus_status status = onus_manifest_read(w->folder, &w->manifest, &missing, error);
  if (!missing)
    return status;
  w->manifest = (onus_manifest){.generation = 1, .next_number = 1};
  return onus_manifest_write(w->folder, &w->manifest, error);
}

static onus_status begin_writing(folder_writer *w, size_t budget_bytes, onus_error *error) {
  char runs[ONUS_STORE_PATH_BYTES], flats[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_path(w->folder, "segment-run.part", runs, error));
  ONUS_TRY(onus_store_path(w->folder, "segment-flat.part", flats, error));
  onus_unsealed_init(&w->unsealed, runs, flats, budget_bytes);
  ONUS_TRY(onus_folder_lock(w->folder, &w->lock_fd, error));
  ONUS_TRY(onus_pulled_refuse(w->folder, error));
  ONUS_TRY(read_or_make_manifest(w, error));
  ONUS_TRY(onus_folder_clear(w->folder, &w->manifest, true, error));
  return onus_unsealed_open(&w->unsealed, budget_bytes, error);
}

onus_status onus_folder_writer_open(const char *place, const onus_store_writer_options *options, void **ret_writer,
                                    onus_error *error) {
  size_t place_bytes = strlen(place) + 1;
  folder_writer *w = calloc(1, sizeof *w + place_bytes);
  if (!w)
    return ONUS_FAIL_NO_MEMORY(error);
  memcpy(w->folder, place, place_bytes);
  w->lock_fd = -1;
  onus_unsealed_init(&w->unsealed, "", "", 0);
  onus_status status = begin_writing(w, options->budget_bytes, error);
  if (status != ONUS_OK)
    onus_folder_writer_close(w);
  else
    *ret_writer = w;
  return status;
}

static void remove_document(const folder_writer *w, uint64_t number) {
  char path[ONUS_STORE_PATH_BYTES];
  if (onus_store_document_path(w->folder, number, path, NULL) == ONUS_OK)
    unlink(path);
}

void onus_folder_writer_close(void *closed) {
  folder_writer *w = closed;
  for (size_t i = 0; i < w->n_documents; i++)
    remove_document(w, w->documents[i].number);
  free(w->documents);
  onus_unsealed_free(&w->unsealed);
  if (w->lock_fd >= 0)
    close(w->lock_fd);
  free(w);
}

/* --- putting ------------------------------------------------------------------------------------------------------ */

onus_status onus_folder_put(void *writer, const char *table, const onus_store_record *records, size_t n_records,
                            onus_error *error) {
  folder_writer *w = writer;
  return onus_unsealed_put(&w->unsealed, table, records, n_records, error);
}

onus_status onus_folder_put_pairs(void *writer, const char *table, const onus_store_pair *pairs, size_t n_pairs,
                                  onus_error *error) {
  folder_writer *w = writer;
  return onus_unsealed_put_pairs(&w->unsealed, table, pairs, n_pairs, error);
}

/* The number of the first row that is not sealed, and the size of the sealed ones (0: there are none). */
static onus_status end_of_array(const folder_writer *w, const char *array, uint64_t *ret_end, uint32_t *ret_row_bytes,
                                onus_error *error) {
  onus_segment_set set;
  ONUS_TRY(onus_segment_set_open(w->folder, &set, error));
  *ret_end = *ret_row_bytes = 0;
  for (size_t i = 0; i < set.n_segments; i++)
    for (size_t k = 0; k < set.segments[i]->n_tables; k++) {
      const onus_segment_table *table = &set.segments[i]->tables[k];
      if (table->kind != ONUS_STORE_ROWS || strcmp(table->name, array) != 0)
        continue;
      *ret_row_bytes = table->row_bytes;
      if (table->first_row + table->n_keys > *ret_end)
        *ret_end = table->first_row + table->n_keys;
    }
  onus_segment_set_close(&set);
  return ONUS_OK;
}

onus_status onus_folder_append_rows(void *writer, const char *array, size_t row_bytes, const void *rows, size_t n_rows,
                                    uint32_t *ret_first, onus_error *error) {
  folder_writer *w = writer;
  onus_flat *flat;
  bool is_new;
  ONUS_TRY(onus_unsealed_array(&w->unsealed, array, &flat, &is_new, error));
  if (is_new)
    ONUS_TRY(end_of_array(w, array, &flat->first_row, &flat->row_bytes, error));
  return onus_unsealed_append(&w->unsealed, flat, row_bytes, rows, n_rows, ret_first, error);
}

onus_status onus_folder_put_document(void *writer, const char *name, const void *bytes, size_t length_bytes,
                                     onus_error *error) {
  folder_writer *w = writer;
  if (!w->documents && !(w->documents = calloc(ONUS_STORE_DOCUMENTS_MAX, sizeof *w->documents)))
    return ONUS_FAIL_NO_MEMORY(error);
  size_t at = 0;
  while (at < w->n_documents && strcmp(w->documents[at].name, name) != 0)
    at++;
  if (at == ONUS_STORE_DOCUMENTS_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d documents in one store", ONUS_STORE_DOCUMENTS_MAX);
  onus_manifest_document document = {w->manifest.next_number++, length_bytes, XXH3_64bits(bytes, length_bytes), ""};
  memcpy(document.name, name, strlen(name) + 1);
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_document_path(w->folder, document.number, path, error));
  ONUS_TRY(onus_file_write(path, bytes, length_bytes, error));
  if (at < w->n_documents)
    remove_document(w, w->documents[at].number);
  w->documents[at] = document;
  w->n_documents += at == w->n_documents;
  return ONUS_OK;
}

onus_status onus_folder_writer_document(const void *writer, const char *name, onus_text *ret_text, onus_error *error) {
  const folder_writer *w = writer;
  const onus_manifest_document *named = NULL;
  for (size_t i = 0; i < w->manifest.n_documents; i++)
    if (strcmp(w->manifest.documents[i].name, name) == 0)
      named = &w->manifest.documents[i];
  for (size_t i = 0; i < w->n_documents; i++)
    if (strcmp(w->documents[i].name, name) == 0)
      named = &w->documents[i];
  if (!named) {
    *ret_text = (onus_text){0};
    return ONUS_OK;
  }
  onus_open_document document;
  bool missing;
  ONUS_TRY(onus_document_open(w->folder, named, &document, &missing, error));
  onus_status status = onus_document_load(w->folder, &document, ret_text, error);
  close(document.fd);
  return status;
}

void onus_folder_watch(void *writer, onus_store_progress *progress, void *context) {
  folder_writer *w = writer;
  w->unsealed.watch = (onus_watch){.progress = progress, .context = context};
}

onus_status onus_folder_scratch(void *writer, int *ret_fd, onus_error *error) {
  const folder_writer *w = writer;
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_path(w->folder, "segment-scratch.part", path, error));
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_io(path, "cannot be made", error);
  unlink(path);
  *ret_fd = fd;
  return ONUS_OK;
}

/* --- publishing --------------------------------------------------------------------------------------------------- */

/* Fills a new segment with what `source` has. */
typedef onus_status fill_segment(void *source, onus_segment_writer *segment, onus_error *error);

static onus_status write_segment(const char *part, void *source, fill_segment *fill, onus_manifest_segment *ret_segment,
                                 onus_error *error) {
  onus_segment_writer *segment = NULL;
  ONUS_TRY(onus_segment_create(part, &segment, error));
  onus_status status = fill(source, segment, error);
  if (status == ONUS_OK)
    status = onus_segment_finish(segment, &ret_segment->length_bytes, &ret_segment->identity, error);
  onus_segment_writer_free(segment);
  return status;
}

/* Makes the segment and gives it its name. It is no part of the store yet. */
static onus_status make_segment(folder_writer *w, void *source, fill_segment *fill, onus_manifest_segment *ret_segment,
                                onus_error *error) {
  onus_manifest_segment made = {.number = w->manifest.next_number};
  char path[ONUS_STORE_PATH_BYTES], part[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_segment_path(w->folder, made.number, path, error));
  ONUS_TRY(onus_store_path(w->folder, "segment-new.part", part, error));
  onus_status status = write_segment(part, source, fill, &made, error);
  if (status == ONUS_OK && rename(part, path) != 0)
    status = fail_io(path, "cannot be named so", error);
  if (status == ONUS_OK)
    status = onus_folder_sync(w->folder, error);
  if (status != ONUS_OK) {
    unlink(part);
    unlink(path);
    return status;
  }
  *ret_segment = made;
  return ONUS_OK;
}

/* What the next manifest no longer names, or the documents that it names anew. */
static void remove_replaced(const folder_writer *w, const bool *is_replaced, size_t n_documents) {
  for (size_t i = 0; is_replaced && i < w->manifest.n_segments; i++) {
    char path[ONUS_STORE_PATH_BYTES];
    if (is_replaced[i] && onus_store_segment_path(w->folder, w->manifest.segments[i].number, path, NULL) == ONUS_OK)
      unlink(path);
  }
  for (size_t i = 0; i < n_documents; i++)
    for (size_t k = 0; k < w->manifest.n_documents; k++)
      if (strcmp(w->manifest.documents[k].name, w->documents[i].name) == 0)
        remove_document(w, w->manifest.documents[k].number);
}

/* Puts `made` (NULL: nothing) in the place of the segments for which is_replaced is true (NULL: of none), the first
 * `n_documents` documents that wait in the place of those of their names, and removes the files that were replaced. */
static onus_status publish(folder_writer *w, const onus_manifest_segment *made, const bool *is_replaced,
                           size_t n_documents, onus_error *error) {
  onus_manifest *next = malloc(sizeof *next);
  if (!next)
    return ONUS_FAIL_NO_MEMORY(error);
  *next = w->manifest;
  next->generation++;
  next->n_segments = 0;
  for (size_t i = 0; i < w->manifest.n_segments; i++)
    if (!is_replaced || !is_replaced[i])
      next->segments[next->n_segments++] = w->manifest.segments[i];
  if (made) {
    next->next_number = made->number + 1;
    next->segments[next->n_segments++] = *made;
  }
  onus_status status = ONUS_OK;
  for (size_t i = 0; status == ONUS_OK && i < n_documents; i++)
    status = onus_manifest_set_document(next, &w->documents[i], error);
  if (status == ONUS_OK)
    status = onus_manifest_write(w->folder, next, error);
  if (status == ONUS_OK) {
    remove_replaced(w, is_replaced, n_documents);
    w->manifest = *next;
    w->n_documents -= n_documents;
  }
  free(next);
  return status;
}

/* --- merging ------------------------------------------------------------------------------------------------------ */

static onus_status merge_records(const onus_segment_set *set, const char *name, onus_segment_writer *segment,
                                 onus_error *error) {
  onus_stream *streams = calloc(set->n_segments + 1, sizeof *streams);
  if (!streams)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t n_streams = 0;
  uint64_t n_keys = 0;
  for (size_t i = 0; i < set->n_segments; i++) {
    const onus_segment_table *table = onus_segment_find_table(set->segments[i], ONUS_STORE_RECORDS, name);
    if (table) {
      streams[n_streams++] = table->stream;
      n_keys += table->n_keys;
    }
  }
  onus_group_sink sink;
  onus_status status = onus_segment_begin(segment, name, n_keys, &sink, error);
  if (status == ONUS_OK)
    status = onus_merge(streams, n_streams, &sink, error);
  free(streams);
  return status == ONUS_OK ? onus_segment_end(segment, error) : status;
}

static onus_status take_pair(void *context, uint64_t pair, onus_error *error) {
  return onus_segment_pair(context, pair, error);
}

static onus_status merge_pairs(const onus_segment_set *set, const char *name, onus_segment_writer *segment,
                               onus_error *error) {
  uint64_t n_pairs = 0;
  for (size_t i = 0; i < set->n_segments; i++) {
    const onus_segment_table *table = onus_segment_find_table(set->segments[i], ONUS_STORE_PAIRS, name);
    n_pairs += table ? table->n_postings : 0;
  }
  ONUS_TRY(onus_segment_begin_pairs(segment, name, n_pairs, error));
  ONUS_TRY(onus_pairs_merge(set->segments, set->n_segments, name, segment, take_pair, error));
  return onus_segment_end(segment, error);
}

typedef struct rows_of {
  onus_segment_writer *segment;
  const char *name;
} rows_of;

static onus_status take_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                             onus_error *error) {
  const rows_of *of = context;
  return onus_segment_join_rows(of->segment, of->name, row_bytes, first, rows, n_rows, error);
}

static onus_status merge_rows(const onus_segment_set *set, const char *name, onus_segment_writer *segment,
                              onus_error *error) {
  rows_of of = {segment, name};
  ONUS_TRY(onus_rows_walk(set->segments, set->n_segments, name, &of, take_rows, error));
  return onus_segment_end_open(segment, error);
}

static onus_status fill_from_segments(void *source, onus_segment_writer *segment, onus_error *error) {
  static onus_status (*const merge_kind[])(const onus_segment_set *set, const char *name, onus_segment_writer *segment,
                                           onus_error *error) = {merge_records, merge_pairs, merge_rows};
  const onus_segment_set *set = source;
  const onus_segment_table *table = NULL;
  while ((table = onus_segment_next_table(set->segments, set->n_segments, table)) != NULL)
    ONUS_TRY(merge_kind[table->kind](set, table->name, segment, error));
  return ONUS_OK;
}

static onus_status merge_segments(folder_writer *w, const bool *is_merged, onus_error *error) {
  onus_segment_set set = {.segments = calloc(w->manifest.n_segments + 1, sizeof(onus_segment *))};
  onus_status status = set.segments ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; status == ONUS_OK && i < w->manifest.n_segments; i++) {
    if (!is_merged[i])
      continue;
    char path[ONUS_STORE_PATH_BYTES];
    bool missing;
    status = onus_store_segment_path(w->folder, w->manifest.segments[i].number, path, error);
    if (status == ONUS_OK)
      status = onus_segment_open(path, &set.segments[set.n_segments], &missing, error);
    set.n_segments += status == ONUS_OK;
  }
  onus_manifest_segment made;
  if (status == ONUS_OK)
    status = make_segment(w, &set, fill_from_segments, &made, error);
  onus_segment_set_close(&set);
  return status == ONUS_OK ? publish(w, &made, is_merged, 0, error) : status;
}

/* Chooses the segments of the smallest size of which there are enough. */
static bool choose_tier(const onus_manifest *manifest, bool *out) {
  for (unsigned tier = 0; tier < 32; tier++) {
    size_t count = 0;
    for (size_t i = 0; i < manifest->n_segments; i++) {
      out[i] = onus_size_tier(manifest->segments[i].length_bytes) == tier;
      count += out[i];
    }
    if (count >= MERGED_AT_ONCE)
      return true;
  }
  return false;
}

/* Stops at the first failure; the store is right without. */
static void tidy_up(folder_writer *w) {
  bool chosen[ONUS_MANIFEST_SEGMENTS_MAX];
  while (choose_tier(&w->manifest, chosen))
    if (merge_segments(w, chosen, NULL) != ONUS_OK)
      return;
}

onus_status onus_folder_compact(void *writer, onus_error *error) {
  folder_writer *w = writer;
  bool chosen[ONUS_MANIFEST_SEGMENTS_MAX];
  if (w->manifest.n_segments < 2)
    return ONUS_OK;
  for (size_t i = 0; i < w->manifest.n_segments; i++)
    chosen[i] = true;
  return merge_segments(w, chosen, error);
}

/* --- sealing ------------------------------------------------------------------------------------------------------ */

static onus_status seal_records(folder_writer *w, unsigned number, onus_segment_writer *segment, onus_error *error) {
  onus_group_sink sink;
  uint64_t n_keys = onus_unsealed_count_keys(&w->unsealed, number);
  ONUS_TRY(onus_segment_begin(segment, w->unsealed.tables[number], n_keys, &sink, error));
  ONUS_TRY(onus_unsealed_records(&w->unsealed, number, &sink, error));
  return onus_segment_end(segment, error);
}

static onus_status seal_flat(folder_writer *w, onus_flat *flat, onus_segment_writer *segment, onus_error *error) {
  if (flat->kind == ONUS_STORE_PAIRS) {
    uint64_t bound = onus_flat_pairs_bound(flat);
    if (bound == 0)
      return ONUS_OK;
    ONUS_TRY(onus_segment_begin_pairs(segment, flat->name, bound, error));
    ONUS_TRY(onus_unsealed_pairs(&w->unsealed, flat, segment, take_pair, error));
    return onus_segment_end(segment, error);
  }
  if (flat->n_rows == 0)
    return ONUS_OK;
  rows_of rows = {segment, flat->name};
  ONUS_TRY(onus_unsealed_rows(&w->unsealed, flat, &rows, take_rows, error));
  return onus_segment_end(segment, error);
}

static int flat_order(const void *a, const void *b) {
  const onus_flat *x = a, *y = b;
  return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : strcmp(x->name, y->name);
}

static onus_status fill_from_unsealed(void *source, onus_segment_writer *segment, onus_error *error) {
  folder_writer *w = source;
  const onus_unsealed *u = &w->unsealed;
  const char *last = "";
  for (unsigned done = 0; done < u->n_tables; done++) {
    unsigned next = u->n_tables;
    for (unsigned i = 0; i < u->n_tables; i++)
      if (strcmp(u->tables[i], last) > 0 && (next == u->n_tables || strcmp(u->tables[i], u->tables[next]) < 0))
        next = i;
    ONUS_TRY(seal_records(w, next, segment, error));
    last = u->tables[next];
  }
  if (u->flats.count > 0)
    qsort(u->flats.items, u->flats.count, sizeof *u->flats.items, flat_order);
  for (size_t i = 0; i < u->flats.count; i++)
    ONUS_TRY(seal_flat(w, &u->flats.items[i], segment, error));
  return ONUS_OK;
}

static onus_status seal_unsealed(folder_writer *w, onus_manifest_segment *ret_made, onus_error *error) {
  if (w->manifest.n_segments == ONUS_MANIFEST_SEGMENTS_MAX)
    ONUS_TRY(onus_folder_compact(w, error)); /* merging has failed for long: say why */
  ONUS_TRY(onus_unsealed_sort(&w->unsealed, error));
  return make_segment(w, w, fill_from_unsealed, ret_made, error);
}

onus_status onus_folder_seal(void *writer, onus_error *error) {
  folder_writer *w = writer;
  bool has_records = !onus_unsealed_is_empty(&w->unsealed);
  if (!has_records && w->n_documents == 0)
    return ONUS_OK;
  onus_manifest_segment made;
  if (has_records)
    ONUS_TRY(seal_unsealed(w, &made, error));
  ONUS_TRY(publish(w, has_records ? &made : NULL, NULL, w->n_documents, error));
  onus_unsealed_clear(&w->unsealed);
  tidy_up(w);
  return ONUS_OK;
}
