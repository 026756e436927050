/* A folder's store put into a cluster: only what is lacking there, and only when the cluster has nothing that the
 * folder lacks. Numbers of one store mean nothing in another, so two that have gone different ways cannot become one
 * here.
 *
 * All of the folder is walked, and looked up in the cluster batch by batch. What is found there is counted: when the
 * cluster holds more than was found, it is not sealed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/flat_internal.h"
#include "store/folder_internal.h"
#include "store/merge_internal.h"

enum { BATCH_KEYS = 4096, BATCH_MEMBERS = 65536 };

typedef struct pushing {
  const char *folder, *location;
  onus_segment_set set;
  onus_store *there; /* as it was when the writer got the right to write */
  onus_store_writer *writer;
  onus_store_description description; /* of what is there, exact */
  onus_store_progress *progress;
  void *context;
  uint64_t n_all, n_walked;
  /* the table at hand */
  const char *table;
  uint64_t n_common;
  size_t n_keys, n_members; /* of the batch */
  onus_store_key *keys;
  onus_store_record *records;
  onus_store_pair *pairs;
  uint8_t *rows;
  uint32_t *numbers;
  onus_store_pushed out;
} pushing;

static onus_status tell(pushing *p, uint64_t n_more, onus_error *error) {
  p->n_walked += n_more;
  /* The second half is the seal's. */
  if (p->progress && !p->progress(p->context, 0.5 * (double)p->n_walked / (double)(p->n_all + 1)))
    return ONUS_FAIL(error, ONUS_CANCELLED, "stopped before anything was sealed; the cluster is as it was");
  return ONUS_OK;
}

/* --- records ------------------------------------------------------------------------------------------------------ */

/* Moves what is not in `found` to the front of the batch; both are by key and in the order of postings. */
static size_t keep_lacking(pushing *p, const onus_store_postings *found) {
  size_t n_kept = 0, at = 0;
  for (size_t k = 0; k < p->n_keys; k++) {
    size_t there = found->first[k], end = found->first[k + 1];
    for (; at < p->n_members && p->records[at].key.bytes == p->keys[k].bytes; at++) {
      while (there < end && onus_posting_compare(&found->postings[there], &p->records[at].posting) < 0)
        there++;
      if (there < end && onus_posting_compare(&found->postings[there], &p->records[at].posting) == 0)
        p->n_common++;
      else
        p->records[n_kept++] = p->records[at];
    }
  }
  return n_kept;
}

static onus_status flush_records(pushing *p, onus_error *error) {
  onus_store_query query = {.table = p->table,
                            .keys = p->keys,
                            .n_keys = p->n_keys,
                            .as_of_day = ONUS_STORE_ALWAYS,
                            .cap_per_key = ONUS_STORE_POSTINGS_MAX};
  onus_store_postings found;
  if (p->n_members == 0)
    return ONUS_OK;
  ONUS_TRY(onus_store_look_up(p->there, &query, &found, error));
  size_t n_kept = keep_lacking(p, &found);
  onus_store_postings_free(&found);
  ONUS_TRY(onus_store_put(p->writer, p->table, p->records, n_kept, error));
  p->out.n_records += n_kept;
  ONUS_TRY(tell(p, p->n_members, error));
  p->n_keys = p->n_members = 0;
  return ONUS_OK;
}

/* Keys are borrowed: they lie in segments, which stay mapped. */
static onus_status take_group(void *context, const onus_group *group, onus_error *error) {
  pushing *p = context;
  if (p->n_keys == BATCH_KEYS)
    ONUS_TRY(flush_records(p, error));
  p->keys[p->n_keys++] = (onus_store_key){group->key, group->key_bytes};
  return ONUS_OK;
}

static onus_status take_postings(void *context, const onus_store_posting *postings, size_t count, onus_error *error) {
  pushing *p = context;
  for (size_t i = 0; i < count; i++) {
    if (p->n_members == BATCH_MEMBERS) { /* the key goes on in the next batch */
      onus_store_key key = p->keys[p->n_keys - 1];
      ONUS_TRY(flush_records(p, error));
      p->keys[p->n_keys++] = key;
    }
    p->records[p->n_members++] = (onus_store_record){p->keys[p->n_keys - 1], postings[i]};
  }
  return ONUS_OK;
}

static onus_status push_records(pushing *p, onus_error *error) {
  onus_stream *streams = calloc(p->set.n_segments + 1, sizeof *streams);
  if (!streams)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t n_streams = 0;
  for (size_t i = 0; i < p->set.n_segments; i++) {
    const onus_segment_table *table = onus_segment_find_table(p->set.segments[i], ONUS_STORE_RECORDS, p->table);
    if (table)
      streams[n_streams++] = table->stream;
  }
  const onus_group_sink sink = {p, take_group, take_postings};
  onus_status status = onus_merge(streams, n_streams, &sink, error);
  free(streams);
  return status == ONUS_OK ? flush_records(p, error) : status;
}

/* --- pairs -------------------------------------------------------------------------------------------------------- */

static onus_status flush_pairs(pushing *p, onus_error *error) {
  size_t n_kept = 0, at = 0;
  onus_store_pair_query query = {p->table, p->numbers, p->n_keys, ONUS_STORE_POSTINGS_MAX};
  onus_store_numbers found;
  if (p->n_members == 0)
    return ONUS_OK;
  ONUS_TRY(onus_store_look_up_pairs(p->there, &query, &found, error));
  for (size_t k = 0; k < p->n_keys; k++) {
    size_t there = found.first[k];
    for (; at < p->n_members && p->pairs[at].key == p->numbers[k]; at++) {
      while (there < found.first[k + 1] && found.numbers[there] < p->pairs[at].number)
        there++;
      if (there < found.first[k + 1] && found.numbers[there] == p->pairs[at].number)
        p->n_common++;
      else
        p->pairs[n_kept++] = p->pairs[at];
    }
  }
  onus_store_numbers_free(&found);
  ONUS_TRY(onus_store_put_pairs(p->writer, p->table, p->pairs, n_kept, error));
  p->out.n_pairs += n_kept;
  ONUS_TRY(tell(p, p->n_members, error));
  p->n_keys = p->n_members = 0;
  return ONUS_OK;
}

static onus_status take_pair(void *context, uint64_t pair, onus_error *error) {
  pushing *p = context;
  uint32_t key = (uint32_t)(pair >> 32);
  bool is_new = p->n_keys == 0 || p->numbers[p->n_keys - 1] != key;
  if (p->n_members == BATCH_MEMBERS || (is_new && p->n_keys == BATCH_KEYS)) {
    ONUS_TRY(flush_pairs(p, error));
    is_new = true;
  }
  if (is_new)
    p->numbers[p->n_keys++] = key;
  p->pairs[p->n_members++] = (onus_store_pair){key, (uint32_t)pair};
  return ONUS_OK;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static uint64_t count_there(const pushing *p, onus_store_kind kind, const char *name) {
  for (size_t i = 0; i < p->description.n_tables; i++)
    if (p->description.tables[i].kind == kind && strcmp(p->description.tables[i].name, name) == 0)
      return p->description.tables[i].n_postings;
  return 0;
}

/* Those that are there already must be the same. */
static onus_status compare_rows(pushing *p, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                                onus_error *error) {
  size_t room = (size_t)BATCH_KEYS * ONUS_STORE_ROW_BYTES_MAX / row_bytes;
  room = room < BATCH_KEYS ? room : BATCH_KEYS;
  for (size_t at = 0; at < n_rows;) {
    size_t n = n_rows - at < room ? n_rows - at : room;
    for (size_t i = 0; i < n; i++)
      p->numbers[i] = (uint32_t)(first + at + i);
    ONUS_TRY(onus_store_rows(p->there, p->table, row_bytes, p->numbers, n, p->rows, error));
    for (size_t i = 0; i < n; i++)
      p->n_common += memcmp(p->rows + i * row_bytes, rows + (at + i) * row_bytes, row_bytes) == 0;
    at += n;
    ONUS_TRY(tell(p, n, error));
  }
  return ONUS_OK;
}

static onus_status take_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                             onus_error *error) {
  pushing *p = context;
  uint64_t n_there = count_there(p, ONUS_STORE_ROWS, p->table);
  size_t n_same = first >= n_there ? 0 : n_there - first < n_rows ? (size_t)(n_there - first) : n_rows;
  uint32_t got = 0;
  ONUS_TRY(compare_rows(p, rows, n_same, row_bytes, first, error));
  if (n_same == n_rows)
    return ONUS_OK;
  ONUS_TRY(
      onus_store_append_rows(p->writer, p->table, row_bytes, rows + n_same * row_bytes, n_rows - n_same, &got, error));
  if (got != first + n_same)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, p->folder, 0, 0, "lacks rows of its array \"%s\"", p->table);
  p->out.n_rows += n_rows - n_same;
  return tell(p, n_rows - n_same, error);
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

static onus_status push_table(pushing *p, const onus_segment_table *table, onus_error *error) {
  p->table = table->name;
  p->n_common = 0;
  p->n_keys = p->n_members = 0;
  if (table->kind == ONUS_STORE_RECORDS)
    ONUS_TRY(push_records(p, error));
  else if (table->kind == ONUS_STORE_ROWS)
    ONUS_TRY(onus_rows_walk(p->set.segments, p->set.n_segments, p->table, p, take_rows, error));
  else
    ONUS_TRY(onus_pairs_merge(p->set.segments, p->set.n_segments, p->table, p, take_pair, error));
  if (table->kind == ONUS_STORE_PAIRS)
    ONUS_TRY(flush_pairs(p, error));
  return ONUS_OK;
}

static onus_status fail_more(const pushing *p, const onus_store_table_summary *of, uint64_t n_more, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, p->location, 0, 0,
                      "holds %" PRIu64 " entries of \"%s\" that %s lacks: it has gone another way; import into "
                      "the cluster what the folder was made of",
                      n_more, of->name, p->folder);
}

static onus_status push_tables(pushing *p, onus_error *error) {
  for (size_t i = 0; i < p->set.n_segments; i++)
    for (size_t k = 0; k < p->set.segments[i]->n_tables; k++)
      p->n_all += p->set.segments[i]->tables[k].n_postings;
  for (size_t i = 0; i < p->description.n_tables; i++) /* what the folder has nothing of */
    p->description.tables[i].n_keys = 0;
  for (const onus_segment_table *table = NULL;
       (table = onus_segment_next_table(p->set.segments, p->set.n_segments, table)) != NULL;) {
    ONUS_TRY(push_table(p, table, error));
    for (size_t i = 0; i < p->description.n_tables; i++)
      if (p->description.tables[i].kind == table->kind && strcmp(p->description.tables[i].name, table->name) == 0)
        p->description.tables[i].n_keys = p->n_common; /* found again */
  }
  for (size_t i = 0; i < p->description.n_tables; i++) {
    const onus_store_table_summary *of = &p->description.tables[i];
    if (of->n_keys != of->n_postings)
      return fail_more(p, of, of->n_postings - of->n_keys, error);
  }
  return ONUS_OK;
}

static onus_status push_documents(pushing *p, onus_error *error) {
  for (size_t i = 0; i < p->set.n_documents; i++) {
    const char *name = p->set.documents[i].named.name;
    onus_text ours, theirs = {0};
    ONUS_TRY(onus_document_load(p->folder, &p->set.documents[i], &ours, error));
    onus_status status = onus_store_document(p->there, name, &theirs, error);
    bool is_same = status == ONUS_OK && theirs.bytes && theirs.length == ours.length &&
                   memcmp(theirs.bytes, ours.bytes, ours.length) == 0;
    if (status == ONUS_OK && !is_same) {
      status = onus_store_put_document(p->writer, name, ours.bytes, ours.length, error);
      p->out.n_documents++;
    }
    onus_text_free(&ours);
    onus_text_free(&theirs);
    ONUS_TRY(status);
  }
  return ONUS_OK;
}

static bool tell_seal(void *context, double share_done) {
  const pushing *p = context;
  return !p->progress || p->progress(p->context, 0.5 + 0.5 * share_done);
}

static onus_status push(pushing *p, onus_store_push_check *check, void *check_context, onus_error *error) {
  onus_store *here = NULL;
  ONUS_TRY(onus_segment_set_open(p->folder, &p->set, error));
  ONUS_TRY(onus_store_writer_open(p->location, NULL, &p->writer, error));
  ONUS_TRY(onus_store_open(p->location, &p->there, error));
  if (check) {
    ONUS_TRY(onus_store_open(p->folder, &here, error));
    onus_status status = check(check_context, here, p->there, error);
    onus_store_close(here);
    ONUS_TRY(status);
  }
  ONUS_TRY(onus_store_describe(p->there, true, &p->description, error));
  ONUS_TRY(push_tables(p, error));
  ONUS_TRY(push_documents(p, error));
  onus_store_writer_watch(p->writer, tell_seal, p);
  return onus_store_seal(p->writer, error);
}

onus_status onus_store_push(const char *folder, const char *location, onus_store_push_check *check, void *check_context,
                            onus_store_progress *progress, void *context, onus_store_pushed *ret_pushed,
                            onus_error *error) {
  const onus_store_engine *engine;
  pushing p = {.location = location, .progress = progress, .context = context};
  ONUS_TRY(onus_store_find_engine(folder, &engine, &p.folder, error));
  if (engine != &onus_store_folder)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "is no folder to push from");
  const char *place;
  ONUS_TRY(onus_store_find_engine(location, &engine, &place, error));
  if (engine != &onus_store_cluster)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, location, 0, 0,
                        "is no cluster to push to: clickhouses://host:port,host:port/database is one; a folder is "
                        "copied with cp");
  p.keys = calloc(BATCH_KEYS, sizeof *p.keys);
  p.numbers = calloc(BATCH_KEYS, sizeof *p.numbers);
  p.records = calloc(BATCH_MEMBERS, sizeof *p.records);
  p.pairs = calloc(BATCH_MEMBERS, sizeof *p.pairs);
  p.rows = malloc((size_t)BATCH_KEYS * ONUS_STORE_ROW_BYTES_MAX);
  bool has_all = p.keys && p.numbers && p.records && p.pairs && p.rows;
  onus_status status = has_all ? push(&p, check, check_context, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_store_description_free(&p.description);
  onus_store_writer_close(p.writer);
  onus_store_close(p.there);
  onus_segment_set_close(&p.set);
  free(p.keys);
  free(p.numbers);
  free(p.records);
  free(p.pairs);
  free(p.rows);
  if (status == ONUS_OK)
    *ret_pushed = p.out;
  return status;
}
