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

enum {
  MERGED_AT_ONCE = 4,
  MERGED_WHEN = 64,  /* partitions: all of them */
  RETIRED_MOST = 48, /* partitions that were merged; beyond, the oldest goes at once */
  RETIRED_KEPT_S = 3600
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
  onus_unsealed unsealed;
  int documents_fd; /* contents of documents that wait; −1: none yet */
  uint64_t documents_bytes;
  size_t n_documents;
  waiting_document *documents;
  bool is_in_doubt; /* a manifest may have been stored, or not */
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
  if (w->manifest->identity == 0) /* a token is drawn by chance; it lasts from the first seal on */
    w->manifest->identity = XXH3_64bits(w->lease.token, strlen(w->lease.token)) | 1;
  if (no_store || was_left)
    ONUS_TRY(store_again(w, error));
  return drop_leftovers(w, error);
}

static onus_status begin_writing(cluster_writer *w, const char *place, onus_error *error) {
  ONUS_TRY(onus_cluster_open(place, &w->cluster, error));
  ONUS_TRY(begin_epoch(w, error));
  char runs[4096], flats[4096];
  if (snprintf(runs, sizeof runs, "%s/onus-%s.part", folder_for_files(), w->lease.token) >= (int)sizeof runs ||
      snprintf(flats, sizeof flats, "%s/onus-%s-flat.part", folder_for_files(), w->lease.token) >= (int)sizeof flats)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "TMPDIR is too long");
  onus_unsealed_init(&w->unsealed, runs, flats, w->budget_bytes);
  return onus_unsealed_open(&w->unsealed, w->budget_bytes, error);
}

onus_status onus_cluster_writer_open(const char *place, const onus_store_writer_options *options, void **ret_writer,
                                     onus_error *error) {
  cluster_writer *w = calloc(1, sizeof *w);
  if (!w)
    return ONUS_FAIL_NO_MEMORY(error);
  w->documents_fd = -1;
  w->budget_bytes = options->budget_bytes;
  onus_unsealed_init(&w->unsealed, "", "", 0);
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
    w->cluster->watch = NULL;
    onus_lease_release(w->cluster, &w->lease);
  }
  onus_cluster_manifest_free(w->manifest);
  onus_cluster_close(w->cluster);
  if (w->documents_fd >= 0)
    close(w->documents_fd);
  free(w->documents);
  onus_unsealed_free(&w->unsealed);
  free(w);
}

/* --- putting ------------------------------------------------------------------------------------------------------ */

onus_status onus_cluster_put(void *writer, const char *table, const onus_store_record *records, size_t n_records,
                             onus_error *error) {
  cluster_writer *w = writer;
  ONUS_TRY(onus_lease_renew(w->cluster, &w->lease, error));
  return onus_unsealed_put(&w->unsealed, table, records, n_records, error);
}

onus_status onus_cluster_put_pairs(void *writer, const char *table, const onus_store_pair *pairs, size_t n_pairs,
                                   onus_error *error) {
  cluster_writer *w = writer;
  ONUS_TRY(onus_lease_renew(w->cluster, &w->lease, error));
  return onus_unsealed_put_pairs(&w->unsealed, table, pairs, n_pairs, error);
}

onus_status onus_cluster_append_rows(void *writer, const char *array, size_t row_bytes, const void *rows, size_t n_rows,
                                     uint32_t *ret_first, onus_error *error) {
  cluster_writer *w = writer;
  onus_flat *flat;
  bool is_new;
  ONUS_TRY(onus_lease_renew(w->cluster, &w->lease, error));
  ONUS_TRY(onus_unsealed_array(&w->unsealed, array, &flat, &is_new, error));
  unsigned table = is_new ? onus_cluster_find_table(w->manifest, ONUS_STORE_ROWS, array) : 0;
  if (table != 0) {
    flat->first_row = onus_cluster_end_of_array(w->manifest, table);
    flat->row_bytes = w->manifest->tables[table - 1].row_bytes;
  }
  return onus_unsealed_append(&w->unsealed, flat, row_bytes, rows, n_rows, ret_first, error);
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
  w->unsealed.watch = (onus_watch){.progress = progress, .context = context};
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
  w->cluster->watch = NULL; /* from here on there is no stopping */
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
    ONUS_TRY(onus_cluster_walk_pairs(w->cluster, table, parts, n_parts, NULL, sending, send_pair, error));
  else if (of->kind == ONUS_STORE_ROWS)
    ONUS_TRY(onus_cluster_walk_rows(w->cluster, w->manifest, table, parts, n_parts, NULL, sending, send_rows, error));
  else
    ONUS_TRY(onus_cluster_walk(w->cluster, table, parts, n_parts, NULL, &sink, error));
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
  w->cluster->watch = NULL;
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

static onus_status send_records(cluster_writer *w, onus_sending *sending, unsigned number, unsigned table,
                                onus_error *error) {
  onus_group_sink sink;
  uint64_t n_keys = onus_unsealed_count_keys(&w->unsealed, number);
  if (n_keys == 0)
    return ONUS_OK;
  onus_sending_begin(sending, table, ONUS_STORE_RECORDS, n_keys, w->unsealed.put_bytes[number], &sink);
  ONUS_TRY(onus_unsealed_records(&w->unsealed, number, &sink, error));
  return onus_sending_end(sending, error);
}

static onus_status send_flat(cluster_writer *w, onus_sending *sending, onus_flat *flat, unsigned table,
                             onus_error *error) {
  onus_group_sink sink;
  uint64_t n_pairs = flat->kind == ONUS_STORE_PAIRS ? onus_flat_pairs_bound(flat) : 0;
  if (n_pairs == 0 && flat->n_rows == 0)
    return ONUS_OK;
  onus_sending_begin(sending, table, flat->kind, n_pairs, n_pairs * ONUS_PAIR_BYTES, &sink);
  if (flat->kind == ONUS_STORE_PAIRS)
    ONUS_TRY(onus_unsealed_pairs(&w->unsealed, flat, sending, send_pair, error));
  else
    ONUS_TRY(onus_unsealed_rows(&w->unsealed, flat, sending, send_rows, error));
  return onus_sending_end(sending, error);
}

/* Whatever waits of one table. */
static onus_status send_table_of(cluster_writer *w, onus_sending *sending, const onus_cluster_manifest *next,
                                 unsigned table, onus_error *error) {
  const onus_cluster_table *of = &next->tables[table - 1];
  const onus_unsealed *u = &w->unsealed;
  for (unsigned i = 0; of->kind == ONUS_STORE_RECORDS && i < u->n_tables; i++)
    if (strcmp(u->tables[i], of->name) == 0)
      return send_records(w, sending, i, table, error);
  for (size_t i = 0; i < u->flats.count; i++)
    if (u->flats.items[i].kind == of->kind && strcmp(u->flats.items[i].name, of->name) == 0)
      return send_flat(w, sending, &u->flats.items[i], table, error);
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
  const onus_unsealed *u = &w->unsealed;
  ONUS_TRY(onus_unsealed_sort(&w->unsealed, error));
  for (unsigned i = 0; i < u->n_tables; i++)
    ONUS_TRY(name_table(next, ONUS_STORE_RECORDS, 0, u->tables[i], error));
  for (size_t i = 0; i < u->flats.count; i++) {
    const onus_flat *flat = &u->flats.items[i];
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
  if (onus_unsealed_is_empty(&w->unsealed) && w->n_documents == 0)
    return ONUS_OK;
  w->cluster->watch = &w->unsealed.watch;
  onus_status status = seal(w, error);
  if (status == ONUS_OK) {
    onus_unsealed_clear(&w->unsealed);
    w->n_documents = 0;
    if (w->documents_fd >= 0)
      close(w->documents_fd);
    w->documents_fd = -1;
    w->documents_bytes = 0;
    tidy_up(w);
  }
  w->cluster->watch = NULL;
  return status;
}
