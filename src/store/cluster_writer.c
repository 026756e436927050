/* Writing: what is put waits here, as it does for the folder, and a seal sends all of it as one new partition. Only
 * when every shard has all of its rows does a new manifest name the partition; what no manifest names, the next writer
 * drops. So an import that dies is no part of the store, and importing again is all there is to do.
 *
 * Partitions of about one size become one when there are four of them, as segments do: they are read, merged here and
 * sent back. Those that were merged stay for an hour, for views that still read them. */
#include "store/cluster_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "store/cluster_sending_internal.h"
#include "store/merge_internal.h"
#include "store/spill_internal.h"

enum {
  MERGED_AT_ONCE = 4,
  MERGED_WHEN = 64,  /* partitions: all of them */
  RETIRED_MOST = 48, /* partitions that were merged; beyond, the oldest goes at once */
  RETIRED_KEPT_S = 3600,
  TOLD_AT_ONCE = 4096
};

typedef struct waiting_document {
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  uint64_t offset, length_bytes, xxh3;
} waiting_document;

typedef struct cluster_writer {
  onus_cluster *cluster;
  onus_lease lease;
  onus_cluster_manifest *manifest;
  uint64_t n_made; /* partitions and documents that were numbered */
  size_t budget_bytes;
  onus_waiting waiting;
  onus_spill spill;
  onus_flats flats;
  int documents_fd; /* contents of documents that wait; −1: none yet */
  uint64_t documents_bytes;
  size_t n_documents;
  waiting_document *documents;
  uint64_t n_put, n_handed_on; /* records, pairs and rows since the last seal, and what it has handed on of them */
  onus_store_progress *progress;
  void *progress_context;
  bool is_in_doubt; /* a manifest may have been stored, or not */
  unsigned n_tables;
  char tables[ONUS_STORE_TABLES_MAX][ONUS_STORE_TABLE_BYTES_MAX + 1];
  uint64_t put_bytes[ONUS_STORE_TABLES_MAX];
} cluster_writer;

static onus_status fail_local(const char *what, onus_error *error) {
  int number = errno;
  return ONUS_FAIL(error, ONUS_IO, "%s: %s", what, strerror(number));
}

static const char *folder_for_files(void) {
  const char *folder = getenv("TMPDIR");
  return folder && folder[0] ? folder : "/tmp";
}

static onus_status make_file(int *ret_fd, onus_error *error) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/onus-XXXXXX", folder_for_files()) >= (int)sizeof path)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "TMPDIR is too long");
  int fd = mkostemp(path, O_CLOEXEC);
  if (fd < 0)
    return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be made: %s", strerror(errno));
  unlink(path);
  *ret_fd = fd;
  return ONUS_OK;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

/* A number that no writer has used: the epoch is this writer's alone. */
static uint64_t new_number(cluster_writer *w) {
  return w->lease.epoch << 20 | ++w->n_made;
}

static bool is_named(const onus_cluster_manifest *m, uint64_t part) {
  for (size_t i = 0; i < m->n_parts; i++)
    if (m->parts[i].number == part)
      return true;
  return false;
}

static onus_status drop_part(cluster_writer *w, size_t shard, uint64_t part, onus_error *error) {
  char sql[100];
  snprintf(sql, sizeof sql, "ALTER TABLE block_%zu DROP PARTITION %" PRIu64, shard, part);
  onus_shard_call call = {.shard = shard, .sql = sql};
  long patience_ms = w->cluster->place.patience_ms;
  w->cluster->place.patience_ms = 0; /* it is not needed, so that each replica is asked once */
  onus_status status = onus_cluster_scatter(w->cluster, &call, 1, error);
  w->cluster->place.patience_ms = patience_ms;
  return status;
}

/* The manifest once more, as that of this writer's epoch: one that an earlier writer has left behind half stored, or
 * stores yet because it is not dead, does not count then. */
static onus_status store_again(cluster_writer *w, onus_error *error) {
  if (w->manifest->epoch == w->lease.epoch)
    return ONUS_OK;
  w->manifest->generation++;
  w->manifest->epoch = w->lease.epoch;
  return onus_cluster_manifest_store(w->cluster, w->manifest, error);
}

/* Drops what no manifest names. */
static onus_status drop_leftovers_of(cluster_writer *w, const char *text, onus_error *error) {
  for (const char *at = text; at && *at;) {
    size_t shard;
    uint64_t part;
    int n_read = 0;
    if (sscanf(at, "block_%zu\t%" SCNu64 "%n", &shard, &part, &n_read) != 2 || at[n_read] != '\n' ||
        shard >= w->cluster->place.n_nodes)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "the answer about partitions cannot be right");
    at += n_read + 1;
    if (part >> 20 >= w->lease.epoch || is_named(w->manifest, part))
      continue;
    ONUS_TRY(store_again(w, error));
    onus_status status = drop_part(w, shard, part, error);
    if (status != ONUS_OK && status != ONUS_IO) /* else they stay until another time: they are never read */
      return status;
  }
  return ONUS_OK;
}

static onus_status drop_leftovers(cluster_writer *w, onus_error *error) {
  char sql[300];
  onus_call calls[ONUS_CLUSTER_NODES_MAX];
  bool no_store;
  snprintf(
      sql, sizeof sql,
      "SELECT DISTINCT table, partition FROM system.parts WHERE active AND database = '%s' AND table LIKE 'block_%%'",
      w->cluster->place.database);
  onus_status status = onus_cluster_ask_all(w->cluster, sql, calls, &no_store, error);
  for (size_t i = 0; status == ONUS_OK && i < w->cluster->place.n_nodes; i++)
    if (calls[i].outcome == ONUS_CALL_OK)
      status = drop_leftovers_of(w, calls[i].answer.bytes, error);
  onus_cluster_free_calls(calls, w->cluster->place.n_nodes);
  return status;
}

/* Makes the store where there is none; looks again when the right to write has been got, for others may have been here.
 */
static onus_status begin_epoch(cluster_writer *w, onus_error *error) {
  bool no_store = false, was_left = false;
  onus_status status = onus_cluster_manifest_load(w->cluster, &w->manifest, &no_store, error);
  if (status != ONUS_OK && !no_store)
    return status;
  if (no_store)
    ONUS_TRY(onus_cluster_create(w->cluster, error));
  ONUS_TRY(onus_lease_take(w->cluster, &w->lease, &was_left, error));
  onus_cluster_manifest_free(w->manifest);
  w->manifest = NULL;
  no_store = false;
  status = onus_cluster_manifest_load(w->cluster, &w->manifest, &no_store, error);
  if (status != ONUS_OK && !no_store)
    return status;
  if (no_store)
    ONUS_TRY(onus_cluster_manifest_new(w->cluster->place.n_nodes, &w->manifest, error));
  if (no_store || was_left)
    ONUS_TRY(store_again(w, error));
  return drop_leftovers(w, error);
}

static onus_status begin_writing(cluster_writer *w, const char *place, onus_error *error) {
  ONUS_TRY(onus_cluster_open(place, &w->cluster, error));
  ONUS_TRY(begin_epoch(w, error));
  char path[4096];
  if (snprintf(path, sizeof path, "%s/onus-%s.part", folder_for_files(), w->lease.token) >= (int)sizeof path)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "TMPDIR is too long");
  onus_spill_init(&w->spill, path);
  if (snprintf(path, sizeof path, "%s/onus-%s-flat.part", folder_for_files(), w->lease.token) >= (int)sizeof path)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "TMPDIR is too long");
  onus_flats_init(&w->flats, path, w->budget_bytes);
  return onus_waiting_open(&w->waiting, w->budget_bytes, error);
}

onus_status onus_cluster_writer_open(const char *place, const onus_store_writer_options *options, void **ret_writer,
                                     onus_error *error) {
  cluster_writer *w = calloc(1, sizeof *w);
  if (!w)
    return ONUS_FAIL_NO_MEMORY(error);
  w->documents_fd = -1;
  w->budget_bytes = options->budget_bytes;
  onus_spill_init(&w->spill, "");
  onus_status status = begin_writing(w, place, error);
  if (status != ONUS_OK)
    onus_cluster_writer_close(w);
  else
    *ret_writer = w;
  return status;
}

void onus_cluster_writer_close(void *closed) {
  cluster_writer *w = closed;
  if (w->cluster) {
    w->cluster->progress = NULL;
    onus_lease_release(w->cluster, &w->lease);
  }
  onus_cluster_manifest_free(w->manifest);
  onus_cluster_close(w->cluster);
  if (w->documents_fd >= 0)
    close(w->documents_fd);
  free(w->documents);
  onus_spill_clear(&w->spill);
  onus_flats_free(&w->flats);
  onus_waiting_free(&w->waiting);
  free(w);
}

/* --- putting ------------------------------------------------------------------------------------------------------ */

static onus_status number_of_table(cluster_writer *w, const char *name, unsigned *ret_number, onus_error *error) {
  for (unsigned i = 0; i < w->n_tables; i++)
    if (strcmp(w->tables[i], name) == 0) {
      *ret_number = i;
      return ONUS_OK;
    }
  if (w->n_tables == ONUS_STORE_TABLES_MAX)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "more than %d tables in one seal", ONUS_STORE_TABLES_MAX);
  memcpy(w->tables[w->n_tables], name, strlen(name) + 1);
  w->put_bytes[w->n_tables] = 0;
  *ret_number = w->n_tables++;
  return ONUS_OK;
}

static onus_status set_aside(cluster_writer *w, onus_error *error) {
  onus_waiting_sort(&w->waiting);
  ONUS_TRY(onus_spill_add(&w->spill, &w->waiting, w->n_tables, error));
  onus_waiting_clear(&w->waiting);
  return ONUS_OK;
}

onus_status onus_cluster_put(void *writer, const char *table, const onus_store_record *records, size_t n_records,
                             onus_error *error) {
  cluster_writer *w = writer;
  unsigned number;
  if (n_records == 0)
    return ONUS_OK;
  ONUS_TRY(onus_lease_renew(w->cluster, &w->lease, error));
  ONUS_TRY(number_of_table(w, table, &number, error));
  w->n_put += n_records;
  for (size_t i = 0; i < n_records; i++) {
    w->put_bytes[number] += ONUS_GROUP_HEAD_BYTES + onus_key_padded(records[i].key.length_bytes) + ONUS_POSTING_BYTES;
    if (onus_waiting_add(&w->waiting, number, &records[i]))
      continue;
    ONUS_TRY(set_aside(w, error));
    if (!onus_waiting_add(&w->waiting, number, &records[i]))
      return ONUS_FAIL(error, ONUS_INTERNAL, "a record does not fit the budget");
  }
  return ONUS_OK;
}

onus_status onus_cluster_put_pairs(void *writer, const char *table, const onus_store_pair *pairs, size_t n_pairs,
                                   onus_error *error) {
  cluster_writer *w = writer;
  onus_flat *flat;
  bool is_new;
  if (n_pairs == 0)
    return ONUS_OK;
  ONUS_TRY(onus_lease_renew(w->cluster, &w->lease, error));
  ONUS_TRY(onus_flats_get(&w->flats, ONUS_STORE_PAIRS, table, &flat, &is_new, error));
  w->n_put += n_pairs;
  return onus_flats_add_pairs(&w->flats, flat, pairs, n_pairs, error);
}

/* Where the rows that are sealed end, and their size (0: there are none). */
static void end_of_array(const cluster_writer *w, const char *array, uint64_t *ret_end, uint32_t *ret_row_bytes) {
  const onus_cluster_manifest *m = w->manifest;
  unsigned table = onus_cluster_find_table(m, ONUS_STORE_ROWS, array);
  *ret_end = 0;
  *ret_row_bytes = table ? m->tables[table - 1].row_bytes : 0;
  for (size_t i = 0; table && i < m->n_parts; i++) {
    const onus_cluster_share *share = onus_cluster_share_of(&m->parts[i], table);
    *ret_end += share ? share->n_keys : 0;
  }
}

onus_status onus_cluster_append_rows(void *writer, const char *array, size_t row_bytes, const void *rows, size_t n_rows,
                                     uint32_t *ret_first, onus_error *error) {
  cluster_writer *w = writer;
  onus_flat *flat;
  bool is_new;
  ONUS_TRY(onus_lease_renew(w->cluster, &w->lease, error));
  ONUS_TRY(onus_flats_get(&w->flats, ONUS_STORE_ROWS, array, &flat, &is_new, error));
  if (is_new)
    end_of_array(w, array, &flat->first_row, &flat->row_bytes);
  if (flat->row_bytes == 0)
    flat->row_bytes = (uint32_t)row_bytes;
  ONUS_TRY(onus_flat_check_rows(flat, row_bytes, n_rows, error));
  *ret_first = (uint32_t)(flat->first_row + flat->n_rows);
  if (n_rows > 0)
    ONUS_TRY(onus_flats_add_rows(&w->flats, flat, rows, n_rows, error));
  w->n_put += n_rows;
  return ONUS_OK;
}

onus_status onus_cluster_put_document(void *writer, const char *name, const void *bytes, size_t length_bytes,
                                      onus_error *error) {
  cluster_writer *w = writer;
  if (!w->documents && !(w->documents = calloc(ONUS_STORE_DOCUMENTS_MAX, sizeof *w->documents)))
    return ONUS_FAIL_NO_MEMORY(error);
  if (w->documents_fd < 0)
    ONUS_TRY(make_file(&w->documents_fd, error));
  size_t at = 0;
  while (at < w->n_documents && strcmp(w->documents[at].name, name) != 0)
    at++;
  if (at == ONUS_STORE_DOCUMENTS_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d documents in one store", ONUS_STORE_DOCUMENTS_MAX);
  waiting_document document = {"", w->documents_bytes, length_bytes, XXH3_64bits(bytes, length_bytes)};
  memcpy(document.name, name, strlen(name) + 1);
  for (size_t done = 0; done < length_bytes;) {
    ssize_t n =
        pwrite(w->documents_fd, (const char *)bytes + done, length_bytes - done, (off_t)(w->documents_bytes + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail_local("a document cannot be set aside", error);
    done += (size_t)n;
  }
  w->documents_bytes += length_bytes;
  w->documents[at] = document;
  w->n_documents += at == w->n_documents;
  return ONUS_OK;
}

static onus_status read_waiting(const cluster_writer *w, const waiting_document *document, onus_text *ret_text,
                                onus_error *error) {
  size_t length = (size_t)document->length_bytes, done = 0;
  char *bytes = malloc(length + 1);
  if (!bytes)
    return ONUS_FAIL_NO_MEMORY(error);
  while (done < length) {
    ssize_t n = pread(w->documents_fd, bytes + done, length - done, (off_t)(document->offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    done += (size_t)n;
  }
  if (done < length || XXH3_64bits(bytes, length) != document->xxh3) {
    free(bytes);
    return ONUS_FAIL(error, ONUS_IO, "the document \"%s\", which was set aside, cannot be read again", document->name);
  }
  bytes[length] = '\0';
  *ret_text = (onus_text){bytes, length};
  return ONUS_OK;
}

onus_status onus_cluster_writer_document(const void *writer, const char *name, onus_text *ret_text, onus_error *error) {
  const cluster_writer *w = writer;
  for (size_t i = 0; i < w->n_documents; i++)
    if (strcmp(w->documents[i].name, name) == 0)
      return read_waiting(w, &w->documents[i], ret_text, error);
  for (size_t i = 0; i < w->manifest->n_documents; i++)
    if (strcmp(w->manifest->documents[i].name, name) == 0)
      return onus_cluster_read_document(w->cluster, w->manifest, &w->manifest->documents[i], ret_text, error);
  *ret_text = (onus_text){0};
  return ONUS_OK;
}

void onus_cluster_watch(void *writer, onus_store_progress *progress, void *context) {
  cluster_writer *w = writer;
  w->progress = progress;
  w->progress_context = context;
}

onus_status onus_cluster_scratch(void *writer, int *ret_fd, onus_error *error) {
  (void)writer;
  return make_file(ret_fd, error);
}

/* --- publishing --------------------------------------------------------------------------------------------------- */

static onus_status copy_manifest(const cluster_writer *w, onus_cluster_manifest **ret_copy, onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_cluster_manifest_format(w->manifest, &text, error));
  onus_status status = onus_cluster_manifest_parse("the manifest", text.bytes, text.length, ret_copy, error);
  onus_text_free(&text);
  if (status == ONUS_OK) {
    (*ret_copy)->generation = w->manifest->generation;
    (*ret_copy)->epoch = w->manifest->epoch;
  }
  return status;
}

/* Takes `part`, whose shares go over to the manifest. */
static onus_status add_part(onus_cluster_manifest *next, onus_cluster_part *part, onus_error *error) {
  if (next->n_parts == ONUS_CLUSTER_PARTS_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d partitions; merging them has failed for long",
                     ONUS_CLUSTER_PARTS_MAX);
  next->parts[next->n_parts++] = *part;
  part->shares = NULL;
  part->n_shares = 0;
  return ONUS_OK;
}

static onus_status set_document(onus_cluster_manifest *next, const onus_cluster_document *document, onus_error *error) {
  size_t at = 0;
  while (at < next->n_documents && strcmp(next->documents[at].name, document->name) < 0)
    at++;
  bool is_there = at < next->n_documents && strcmp(next->documents[at].name, document->name) == 0;
  if (!is_there && next->n_documents == ONUS_STORE_DOCUMENTS_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d documents in one store", ONUS_STORE_DOCUMENTS_MAX);
  if (!is_there) {
    memmove(next->documents + at + 1, next->documents + at, (next->n_documents - at) * sizeof *next->documents);
    next->n_documents++;
  }
  next->documents[at] = *document;
  return ONUS_OK;
}

/* From here on readers find `next`. Only who still has the lease may say that it is so. */
static onus_status publish(cluster_writer *w, onus_cluster_manifest *next, onus_error *error) {
  next->generation = w->manifest->generation + 1;
  next->epoch = w->lease.epoch;
  ONUS_TRY(onus_lease_check(w->cluster, &w->lease, error));
  w->cluster->progress = NULL; /* from here on there is no stopping */
  w->is_in_doubt = true;
  ONUS_TRY(onus_cluster_manifest_store(w->cluster, next, error));
  ONUS_TRY(onus_lease_check(w->cluster, &w->lease, error));
  w->is_in_doubt = false;
  onus_cluster_manifest_free(w->manifest);
  w->manifest = next;
  return ONUS_OK;
}

/* --- merging ------------------------------------------------------------------------------------------------------ */

static onus_status send_pair(void *context, uint64_t pair, onus_error *error) {
  return onus_sending_pair(context, pair, error);
}

static onus_status send_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                             onus_error *error) {
  return onus_sending_rows(context, rows, n_rows, row_bytes, first, error);
}

static onus_status merge_table(cluster_writer *w, onus_sending *sending, unsigned table,
                               const onus_cluster_part *const *chosen, size_t n_chosen, onus_error *error) {
  const onus_cluster_part *parts[ONUS_CLUSTER_PARTS_MAX];
  size_t n_parts = 0;
  uint64_t n_keys = 0, n_bytes = 0;
  for (size_t i = 0; i < n_chosen; i++) {
    const onus_cluster_share *share = onus_cluster_share_of(chosen[i], table);
    if (!share)
      continue;
    parts[n_parts++] = chosen[i];
    n_keys += share->n_keys;
    n_bytes += share->n_bytes;
  }
  if (n_parts == 0)
    return ONUS_OK;
  const onus_cluster_table *of = &w->manifest->tables[table - 1];
  onus_group_sink sink;
  onus_sending_begin(sending, table, of->kind, n_keys, n_bytes, &sink);
  if (of->kind == ONUS_STORE_PAIRS)
    ONUS_TRY(onus_cluster_walk_pairs(w->cluster, table, parts, n_parts, sending, send_pair, error));
  else if (of->kind == ONUS_STORE_ROWS)
    ONUS_TRY(onus_cluster_walk_rows(w->cluster, table, of->row_bytes, parts, n_parts, sending, send_rows, error));
  else
    ONUS_TRY(onus_cluster_walk(w->cluster, table, parts, n_parts, &sink, error));
  return onus_sending_end(sending, error);
}

static onus_status merge_documents(cluster_writer *w, onus_sending *sending, onus_cluster_manifest *next,
                                   onus_error *error) {
  for (size_t i = 0; i < next->n_documents; i++) {
    onus_cluster_document *document = &next->documents[i];
    const onus_cluster_part *part = NULL;
    for (size_t k = 0; k < next->n_parts; k++)
      if (next->parts[k].number == document->part)
        part = &next->parts[k];
    if (!part || part->retired_at == 0)
      continue;
    onus_text text;
    ONUS_TRY(onus_cluster_read_document(w->cluster, w->manifest, document, &text, error));
    onus_status status = onus_sending_document(sending, document->number, &text, error);
    onus_text_free(&text);
    ONUS_TRY(status);
    document->part = sending->part.number;
  }
  return ONUS_OK;
}

static onus_status fill_merged(cluster_writer *w, onus_sending *sending, onus_cluster_manifest *next,
                               onus_error *error) {
  const onus_cluster_part *chosen[ONUS_CLUSTER_PARTS_MAX];
  size_t n_chosen = 0;
  for (size_t i = 0; i < w->manifest->n_parts; i++) /* the same in both, but live in the one */
    if (w->manifest->parts[i].retired_at != next->parts[i].retired_at)
      chosen[n_chosen++] = &w->manifest->parts[i];
  for (unsigned table = 1; table <= w->manifest->n_tables; table++)
    ONUS_TRY(merge_table(w, sending, table, chosen, n_chosen, error));
  ONUS_TRY(merge_documents(w, sending, next, error));
  ONUS_TRY(onus_sending_finish(sending, error));
  ONUS_TRY(add_part(next, &sending->part, error));
  return publish(w, next, error);
}

static onus_status merge_parts(cluster_writer *w, const bool *is_merged, onus_error *error) {
  onus_cluster_manifest *next;
  onus_sending sending;
  ONUS_TRY(copy_manifest(w, &next, error));
  for (size_t i = 0; i < next->n_parts; i++)
    if (is_merged[i])
      next->parts[i].retired_at = (uint64_t)time(NULL);
  onus_status status = onus_sending_open(&sending, w->cluster, &w->lease, new_number(w), w->budget_bytes, error);
  if (status == ONUS_OK)
    status = fill_merged(w, &sending, next, error);
  onus_sending_free(&sending);
  if (status != ONUS_OK)
    onus_cluster_manifest_free(next);
  return status;
}

/* Chooses the partitions of the smallest size of which there are enough. */
static bool choose_tier(const onus_cluster_manifest *m, bool *out) {
  for (unsigned tier = 0; tier < 32; tier++) {
    size_t count = 0;
    for (size_t i = 0; i < m->n_parts; i++) {
      out[i] = m->parts[i].retired_at == 0 && onus_size_tier(m->parts[i].n_bytes) == tier;
      count += out[i];
    }
    if (count >= MERGED_AT_ONCE)
      return true;
  }
  return false;
}

/* Drops what was merged long ago, and names it no more. */
static onus_status drop_retired(cluster_writer *w, onus_error *error) {
  uint64_t now = (uint64_t)time(NULL);
  size_t n_retired = 0, n_dropped = 0;
  onus_cluster_manifest *next;
  for (size_t i = 0; i < w->manifest->n_parts; i++)
    n_retired += w->manifest->parts[i].retired_at != 0;
  ONUS_TRY(copy_manifest(w, &next, error));
  onus_status status = ONUS_OK;
  for (size_t i = 0; status == ONUS_OK && i < next->n_parts;) {
    onus_cluster_part *part = &next->parts[i];
    bool is_old = part->retired_at != 0 && (part->retired_at + RETIRED_KEPT_S < now || n_retired > RETIRED_MOST);
    if (!is_old) {
      i++;
      continue;
    }
    for (size_t s = 0; status == ONUS_OK && s < next->n_shards; s++)
      if (part->n_rows[s] > 0)
        status = drop_part(w, s, part->number, error);
    free(part->shares);
    memmove(part, part + 1, (--next->n_parts - i) * sizeof *part);
    next->parts[next->n_parts].shares = NULL;
    n_retired--;
    n_dropped++;
  }
  if (status == ONUS_OK && n_dropped > 0)
    status = publish(w, next, error);
  if (status != ONUS_OK || n_dropped == 0)
    onus_cluster_manifest_free(next);
  return status;
}

/* Stops at the first failure; the store is right without. */
static void tidy_up(cluster_writer *w) {
  bool chosen[ONUS_CLUSTER_PARTS_MAX];
  onus_status status = ONUS_OK;
  w->cluster->progress = NULL;
  while (status == ONUS_OK && choose_tier(w->manifest, chosen))
    status = merge_parts(w, chosen, NULL);
  if (status == ONUS_OK)
    status = drop_retired(w, NULL);
  (void)status;
}

onus_status onus_cluster_compact(void *writer, onus_error *error) {
  cluster_writer *w = writer;
  bool chosen[ONUS_CLUSTER_PARTS_MAX];
  size_t n_live = 0;
  for (size_t i = 0; i < w->manifest->n_parts; i++) {
    chosen[i] = w->manifest->parts[i].retired_at == 0;
    n_live += chosen[i];
  }
  ONUS_TRY(onus_lease_check(w->cluster, &w->lease, error));
  if (n_live > 1)
    ONUS_TRY(merge_parts(w, chosen, error));
  return drop_retired(w, error);
}

/* --- sealing ------------------------------------------------------------------------------------------------------ */

static onus_status tell(cluster_writer *w, uint64_t n_more, onus_error *error) {
  uint64_t before = w->n_handed_on / TOLD_AT_ONCE;
  w->n_handed_on += n_more;
  w->cluster->share_done = (double)w->n_handed_on / (double)w->n_put;
  if (w->progress && w->n_handed_on / TOLD_AT_ONCE != before &&
      !w->progress(w->progress_context, w->cluster->share_done))
    return ONUS_FAIL(error, ONUS_CANCELLED, "stopped while the records were sealed");
  return ONUS_OK;
}

/* On the way to the shards, tells how far it is. */
typedef struct told_sink {
  cluster_writer *w;
  onus_sending *sending;
  onus_group_sink sink;
} told_sink;

static onus_status tell_group(void *context, const onus_group *group, onus_error *error) {
  const told_sink *told = context;
  ONUS_TRY(tell(told->w, group->n_postings, error));
  return told->sink.group(told->sink.context, group, error);
}

static onus_status tell_pair(void *context, uint64_t pair, onus_error *error) {
  const told_sink *told = context;
  ONUS_TRY(tell(told->w, 1, error));
  return onus_sending_pair(told->sending, pair, error);
}

static onus_status tell_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                             onus_error *error) {
  const told_sink *told = context;
  ONUS_TRY(tell(told->w, n_rows, error));
  return onus_sending_rows(told->sending, rows, n_rows, row_bytes, first, error);
}

static onus_status hand_postings_on(void *context, const onus_store_posting *postings, size_t count,
                                    onus_error *error) {
  const told_sink *told = context;
  return told->sink.postings(told->sink.context, postings, count, error);
}

static onus_status send_table(cluster_writer *w, onus_sending *sending, unsigned number, unsigned table,
                              onus_error *error) {
  told_sink told = {.w = w};
  const onus_group_sink sink = {&told, tell_group, hand_postings_on};
  if (w->spill.n_parts == 0) {
    uint64_t n_keys = onus_waiting_count_keys(&w->waiting, number);
    if (n_keys == 0)
      return ONUS_OK;
    onus_sending_begin(sending, table, ONUS_STORE_RECORDS, n_keys, w->put_bytes[number], &told.sink);
    ONUS_TRY(onus_waiting_hand_on(&w->waiting, number, &sink, error));
    return onus_sending_end(sending, error);
  }
  onus_stream *streams = calloc(w->spill.n_parts, sizeof *streams);
  if (!streams)
    return ONUS_FAIL_NO_MEMORY(error);
  uint64_t n_keys;
  size_t n_streams = onus_spill_streams(&w->spill, number, streams, &n_keys);
  onus_sending_begin(sending, table, ONUS_STORE_RECORDS, n_keys, w->put_bytes[number], &told.sink);
  onus_status status = onus_merge(streams, n_streams, &sink, error);
  if (status == ONUS_OK)
    status = onus_sending_end(sending, error);
  free(streams);
  return status;
}

static onus_status send_flat(cluster_writer *w, onus_sending *sending, onus_flat *flat, unsigned table,
                             onus_error *error) {
  told_sink told = {.w = w, .sending = sending};
  uint64_t n_pairs = flat->kind == ONUS_STORE_PAIRS ? onus_flat_pairs_bound(flat) : 0;
  if (n_pairs == 0 && flat->n_rows == 0)
    return ONUS_OK;
  onus_sending_begin(sending, table, flat->kind, n_pairs, n_pairs * ONUS_PAIR_BYTES, &told.sink);
  if (flat->kind == ONUS_STORE_PAIRS)
    ONUS_TRY(onus_flat_pairs(&w->flats, flat, &told, tell_pair, error));
  else
    ONUS_TRY(onus_flat_rows(flat, &told, tell_rows, error));
  return onus_sending_end(sending, error);
}

/* Whatever waits of one table. */
static onus_status send_table_of(cluster_writer *w, onus_sending *sending, const onus_cluster_manifest *next,
                                 unsigned table, onus_error *error) {
  const onus_cluster_table *of = &next->tables[table - 1];
  for (unsigned i = 0; of->kind == ONUS_STORE_RECORDS && i < w->n_tables; i++)
    if (strcmp(w->tables[i], of->name) == 0)
      return send_table(w, sending, i, table, error);
  for (size_t i = 0; i < w->flats.count; i++)
    if (w->flats.items[i].kind == of->kind && strcmp(w->flats.items[i].name, of->name) == 0)
      return send_flat(w, sending, &w->flats.items[i], table, error);
  return ONUS_OK;
}

static onus_status name_table(onus_cluster_manifest *next, onus_store_kind kind, uint32_t row_bytes, const char *name,
                              onus_error *error) {
  if (onus_cluster_find_table(next, kind, name) != 0)
    return ONUS_OK;
  if (next->n_tables == ONUS_STORE_TABLES_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d tables in one store", ONUS_STORE_TABLES_MAX);
  onus_cluster_table *table = &next->tables[next->n_tables++];
  table->kind = kind;
  table->row_bytes = row_bytes;
  memcpy(table->name, name, strlen(name) + 1);
  return ONUS_OK;
}

static onus_status send_tables(cluster_writer *w, onus_sending *sending, onus_cluster_manifest *next,
                               onus_error *error) {
  if (w->spill.n_parts > 0) {
    if (w->waiting.n_refs > 0)
      ONUS_TRY(set_aside(w, error));
    onus_waiting_release(&w->waiting);
    ONUS_TRY(onus_spill_map(&w->spill, error));
  } else {
    onus_waiting_sort(&w->waiting);
  }
  for (unsigned i = 0; i < w->n_tables; i++)
    ONUS_TRY(name_table(next, ONUS_STORE_RECORDS, 0, w->tables[i], error));
  for (size_t i = 0; i < w->flats.count; i++) {
    const onus_flat *flat = &w->flats.items[i];
    if (flat->n_rows > 0 || onus_flat_pairs_bound(flat) > 0)
      ONUS_TRY(name_table(next, flat->kind, flat->kind == ONUS_STORE_ROWS ? flat->row_bytes : 0, flat->name, error));
  }
  for (unsigned table = 1; table <= next->n_tables; table++) /* shares stand in the order of their tables */
    ONUS_TRY(send_table_of(w, sending, next, table, error));
  return ONUS_OK;
}

static onus_status send_documents(cluster_writer *w, onus_sending *sending, onus_cluster_manifest *next,
                                  onus_error *error) {
  for (size_t i = 0; i < w->n_documents; i++) {
    const waiting_document *waiting = &w->documents[i];
    onus_cluster_document document = {new_number(w), sending->part.number, waiting->length_bytes, waiting->xxh3, ""};
    memcpy(document.name, waiting->name, sizeof document.name);
    onus_text text;
    ONUS_TRY(set_document(next, &document, error));
    ONUS_TRY(read_waiting(w, waiting, &text, error));
    onus_status status = onus_sending_document(sending, document.number, &text, error);
    onus_text_free(&text);
    ONUS_TRY(status);
  }
  return ONUS_OK;
}

static onus_status send_all(cluster_writer *w, onus_sending *sending, onus_cluster_manifest *next, onus_error *error) {
  ONUS_TRY(send_tables(w, sending, next, error));
  ONUS_TRY(send_documents(w, sending, next, error));
  ONUS_TRY(onus_sending_finish(sending, error));
  ONUS_TRY(add_part(next, &sending->part, error));
  return publish(w, next, error);
}

static size_t count_live(const onus_cluster_manifest *m) {
  size_t n_live = 0;
  for (size_t i = 0; i < m->n_parts; i++)
    n_live += m->parts[i].retired_at == 0;
  return n_live;
}

static onus_status seal(cluster_writer *w, onus_error *error) {
  onus_cluster_manifest *next;
  onus_sending sending;
  ONUS_TRY(onus_lease_check(w->cluster, &w->lease, error));
  if (count_live(w->manifest) >= MERGED_WHEN)
    ONUS_TRY(onus_cluster_compact(w, error)); /* merging has failed for long: say why */
  ONUS_TRY(copy_manifest(w, &next, error));
  onus_status status = onus_sending_open(&sending, w->cluster, &w->lease, new_number(w), w->budget_bytes, error);
  if (status == ONUS_OK)
    status = send_all(w, &sending, next, error);
  if (status != ONUS_OK && !w->is_in_doubt)
    onus_sending_abandon(&sending);
  onus_sending_free(&sending);
  if (status != ONUS_OK)
    onus_cluster_manifest_free(next);
  return status;
}

onus_status onus_cluster_seal(void *writer, onus_error *error) {
  cluster_writer *w = writer;
  bool has_records = w->waiting.n_refs > 0 || w->spill.n_parts > 0 || !onus_flats_are_empty(&w->flats);
  if (!has_records && w->n_documents == 0)
    return ONUS_OK;
  w->cluster->progress = w->progress;
  w->cluster->progress_context = w->progress_context;
  onus_status status = seal(w, error);
  if (status == ONUS_OK) {
    onus_spill_clear(&w->spill);
    onus_waiting_clear(&w->waiting);
    onus_flats_clear(&w->flats);
    w->n_tables = 0;
    w->n_put = w->n_handed_on = 0;
    w->n_documents = 0;
    if (w->documents_fd >= 0)
      close(w->documents_fd);
    w->documents_fd = -1;
    w->documents_bytes = 0;
    tidy_up(w);
  }
  w->cluster->progress = NULL;
  w->cluster->share_done = 0;
  return status;
}
