/* Reading: the bucket of each key is asked for, of all partitions at once, every shard in parallel. Most buckets are
 * one row. Of the few that are longer, only the first row comes at first; the others are fetched when it does not hold
 * what is asked for. */
#include "store/cluster_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/arena.h"
#include "base/room.h"
#include "store/gather_internal.h"
#include "store/set_digest_internal.h"

enum { CHUNK_KEYS = 32768, SQL_BYTES_MAX = 65536 };

typedef struct cluster_view {
  onus_cluster *cluster;
  onus_cluster_manifest *manifest;
} cluster_view;

onus_status onus_cluster_view_open(const char *place, void **ret_view, onus_error *error) {
  cluster_view *v = calloc(1, sizeof *v);
  if (!v)
    return ONUS_FAIL_NO_MEMORY(error);
  bool no_store;
  onus_status status = onus_cluster_open(place, &v->cluster, error);
  if (status == ONUS_OK)
    status = onus_cluster_manifest_load(v->cluster, &v->manifest, &no_store, error);
  if (status != ONUS_OK)
    onus_cluster_view_close(v);
  else
    *ret_view = v;
  return status;
}

void onus_cluster_view_close(void *view) {
  cluster_view *v = view;
  onus_cluster_manifest_free(v->manifest);
  onus_cluster_close(v->cluster);
  free(v);
}

onus_status onus_cluster_refresh(void *view, onus_error *error) {
  cluster_view *v = view;
  onus_cluster_manifest *manifest;
  bool no_store;
  ONUS_TRY(onus_cluster_manifest_load(v->cluster, &manifest, &no_store, error));
  onus_cluster_manifest_free(v->manifest);
  v->manifest = manifest;
  return ONUS_OK;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

/* What is here of a bucket: all, or its first row. */
typedef struct bucket {
  uint64_t part, begin;
  size_t shard;
  const uint8_t *bytes; /* aligned to 8 */
  size_t n_bytes, capacity_bytes;
  uint8_t *owned; /* `bytes`, when they were put together from several rows */
  uint32_t next_sequence;
  bool has_more, is_wanted;
} bucket;

typedef struct finding {
  const cluster_view *view;
  const onus_store_query *query;
  bool needs_all; /* to count, every posting is needed */
  unsigned table;
  size_t n_parts;
  const onus_cluster_part **parts; /* that have the table */
  unsigned *bits;                  /* of each */
  const onus_store_key *keys;      /* the chunk at hand */
  size_t n_keys;
  uint64_t *hashes;
  onus_arena *arena;
  bucket *buckets;
  size_t n_buckets, buckets_capacity;
  uint32_t *places; /* by hash of (part, begin, shard): number of the bucket + 1 */
  size_t n_places;
  onus_posting_source *sources;
} finding;

static void free_finding(finding *f) {
  for (size_t i = 0; i < f->n_buckets; i++)
    free(f->buckets[i].owned);
  free(f->parts);
  free(f->bits);
  free(f->hashes);
  free(f->buckets);
  free(f->places);
  free(f->sources);
  onus_arena_free(f->arena);
}

static onus_status begin_finding(finding *f, const cluster_view *v, const onus_store_query *query, bool needs_all,
                                 onus_error *error) {
  const onus_cluster_manifest *m = v->manifest;
  *f = (finding){.view = v, .query = query, .needs_all = needs_all, .table = onus_cluster_table(m, query->table)};
  f->parts = calloc(m->n_parts + 1, sizeof *f->parts);
  f->bits = calloc(m->n_parts + 1, sizeof *f->bits);
  f->sources = calloc(m->n_parts + 1, sizeof *f->sources);
  size_t n_keys = query->n_keys < CHUNK_KEYS ? query->n_keys : CHUNK_KEYS;
  f->hashes = calloc(n_keys + 1, sizeof *f->hashes);
  if (!f->parts || !f->bits || !f->sources || !f->hashes)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; f->table != 0 && i < m->n_parts; i++) {
    const onus_cluster_share *share = onus_cluster_share_of(&m->parts[i], f->table);
    if (!share)
      continue;
    f->bits[f->n_parts] = share->bits;
    f->parts[f->n_parts++] = &m->parts[i];
  }
  return ONUS_OK;
}

/* Where a bucket stands in `places`, or would. */
static size_t place_of(const finding *f, size_t shard, uint64_t part, uint64_t begin) {
  uint64_t numbers[3] = {part, begin, shard};
  size_t at = (size_t)XXH3_64bits(numbers, sizeof numbers) & (f->n_places - 1);
  for (; f->places[at] != 0; at = (at + 1) & (f->n_places - 1)) {
    const bucket *b = &f->buckets[f->places[at] - 1];
    if (b->part == part && b->begin == begin && b->shard == shard)
      break;
  }
  return at;
}

static bucket *find_bucket(const finding *f, size_t shard, uint64_t part, uint64_t begin) {
  uint32_t number = f->n_places > 0 ? f->places[place_of(f, shard, part, begin)] : 0;
  return number > 0 ? &f->buckets[number - 1] : NULL;
}

/* The bucket in which key k of the chunk stands in partition p, NULL when there is none. */
static bucket *bucket_of(const finding *f, size_t k, size_t p) {
  return find_bucket(f, onus_shard_of(f->hashes[k], f->view->cluster->place.n_nodes), f->parts[p]->number,
                     onus_bucket_begin(f->hashes[k], f->bits[p]));
}

static onus_status grow_places(finding *f, onus_error *error) {
  size_t n_places = f->n_places == 0 ? 1024 : 2 * f->n_places;
  uint32_t *places = calloc(n_places, sizeof *places);
  if (!places)
    return ONUS_FAIL_NO_MEMORY(error);
  free(f->places);
  f->places = places;
  f->n_places = n_places;
  for (size_t i = 0; i < f->n_buckets; i++) {
    const bucket *b = &f->buckets[i];
    places[place_of(f, b->shard, b->part, b->begin)] = (uint32_t)i + 1;
  }
  return ONUS_OK;
}

static onus_status add_bucket(finding *f, size_t shard, const onus_block_row *row, bucket **ret_bucket,
                              onus_error *error) {
  bucket *b = find_bucket(f, shard, row->part, row->begin);
  if (!b) {
    if (2 * (f->n_buckets + 1) > f->n_places)
      ONUS_TRY(grow_places(f, error));
    if (!ONUS_ROOM_FOR_ONE(f->buckets, f->n_buckets, f->buckets_capacity))
      return ONUS_FAIL_NO_MEMORY(error);
    size_t at = place_of(f, shard, row->part, row->begin);
    b = &f->buckets[f->n_buckets++];
    *b = (bucket){.part = row->part, .begin = row->begin, .shard = shard};
    f->places[at] = (uint32_t)f->n_buckets;
  }
  *ret_bucket = b;
  return ONUS_OK;
}

/* What a shard is asked: the beginnings of buckets. */
typedef struct asking {
  finding *f;
  size_t shard;
  onus_buffer sql, asked;
} asking;

/* The first rows of buckets. */
static onus_status take_first_rows(void *context, const onus_text *answer, onus_error *error) {
  const asking *a = context;
  finding *f = a->f;
  for (size_t at = 0; at < answer->length;) {
    onus_block_row row;
    bucket *b;
    ONUS_TRY(onus_block_row_read((const uint8_t *)answer->bytes, answer->length, &at, &row, error));
    if (row.sequence != 0)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "a row has come that was not asked for");
    ONUS_TRY(add_bucket(f, a->shard, &row, &b, error));
    uint8_t *bytes = onus_arena_alloc(f->arena, row.n_bytes, 1);
    if (!bytes)
      return ONUS_FAIL_NO_MEMORY(error);
    memcpy(bytes, row.bytes, row.n_bytes);
    b->bytes = bytes;
    b->n_bytes = row.n_bytes;
    b->has_more = row.has_more;
  }
  return ONUS_OK;
}

/* All rows of the buckets that are wanted whole, in their order. */
static onus_status take_all_rows(void *context, const onus_text *answer, onus_error *error) {
  const asking *a = context;
  for (size_t at = 0; at < answer->length;) {
    onus_block_row row;
    ONUS_TRY(onus_block_row_read((const uint8_t *)answer->bytes, answer->length, &at, &row, error));
    bucket *b = find_bucket(a->f, a->shard, row.part, row.begin);
    if (!b || !b->is_wanted)
      continue; /* another partition's with the same beginning */
    if (row.sequence == 0) {
      b->n_bytes = 0;
      b->next_sequence = 0;
      b->bytes = NULL;
    }
    if (row.sequence != b->next_sequence)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "a row of a bucket is missing");
    if (row.n_bytes > b->capacity_bytes - b->n_bytes) {
      size_t capacity = 2 * (b->n_bytes + row.n_bytes);
      uint8_t *grown = realloc(b->owned, capacity);
      if (!grown)
        return ONUS_FAIL_NO_MEMORY(error);
      b->owned = grown;
      b->capacity_bytes = capacity;
    }
    memcpy(b->owned + b->n_bytes, row.bytes, row.n_bytes);
    b->bytes = b->owned;
    b->n_bytes += row.n_bytes;
    b->next_sequence++;
    b->has_more = row.has_more;
  }
  return ONUS_OK;
}

static int by_number(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static void add_beginning(asking *a, uint64_t begin) {
  onus_buffer_append(&a->asked, (const char *)&begin, sizeof begin);
}

static void sort_asked(asking *a) {
  uint64_t *begins = (uint64_t *)(void *)a->asked.bytes; /* from malloc: aligned */
  size_t count = a->asked.length_bytes / sizeof *begins, kept = 0;
  if (count == 0)
    return;
  qsort(begins, count, sizeof *begins, by_number);
  for (size_t i = 0; i < count; i++)
    if (kept == 0 || begins[kept - 1] != begins[i])
      begins[kept++] = begins[i];
  a->asked.length_bytes = kept * sizeof *begins;
}

static onus_status ask_shards(finding *f, asking *askings, bool is_first, onus_error *error) {
  onus_cluster *cluster = f->view->cluster;
  size_t n_shards = cluster->place.n_nodes, n_calls = 0;
  onus_shard_call calls[ONUS_CLUSTER_NODES_MAX];
  for (size_t s = 0; s < n_shards; s++) {
    asking *a = &askings[s];
    if (a->asked.status != ONUS_OK)
      return ONUS_FAIL_NO_MEMORY(error);
    if (a->asked.length_bytes == 0)
      continue;
    sort_asked(a);
    a->sql = onus_buffer_new(SQL_BYTES_MAX);
    onus_buffer_printf(&a->sql,
                       "SELECT part, b, seq, more, data FROM block_%zu PREWHERE t = %u AND b IN x%s WHERE part IN ", s,
                       f->table, is_first ? " AND seq = 0" : "");
    if (onus_cluster_part_list(&a->sql, s, f->parts, f->n_parts) == 0)
      continue;
    onus_buffer_string(&a->sql, " AND ");
    onus_cluster_guard(&a->sql, cluster, s, f->parts, f->n_parts);
    onus_buffer_string(&a->sql, is_first ? " FORMAT RowBinary" : " ORDER BY part, b, seq FORMAT RowBinary");
    if (a->sql.status != ONUS_OK)
      return ONUS_FAIL_NO_MEMORY(error);
    calls[n_calls++] = (onus_shard_call){.shard = s,
                                         .sql = a->sql.bytes,
                                         .rows = &a->asked,
                                         .columns = "k UInt64",
                                         .read = is_first ? take_first_rows : take_all_rows,
                                         .context = a};
  }
  return onus_cluster_scatter(cluster, calls, n_calls, error);
}

static onus_status with_askings(finding *f, void (*fill)(finding *f, asking *askings), bool is_first,
                                onus_error *error) {
  size_t n_shards = f->view->cluster->place.n_nodes;
  asking askings[ONUS_CLUSTER_NODES_MAX] = {0};
  for (size_t s = 0; s < n_shards; s++)
    askings[s] = (asking){.f = f, .shard = s, .asked = onus_buffer_new(SIZE_MAX / 4)};
  fill(f, askings);
  onus_status status = ask_shards(f, askings, is_first, error);
  for (size_t s = 0; s < n_shards; s++) {
    onus_buffer_free(&askings[s].asked);
    onus_buffer_free(&askings[s].sql);
  }
  return status;
}

/* Every key's bucket in every partition; partitions of as many bits have the same beginnings. */
static void ask_for_keys(finding *f, asking *askings) {
  size_t n_shards = f->view->cluster->place.n_nodes;
  for (size_t k = 0; k < f->n_keys; k++) {
    uint64_t seen = 0; /* the numbers of bits that came; at most 56 */
    for (size_t p = 0; p < f->n_parts; p++) {
      if (!(seen >> f->bits[p] & 1))
        add_beginning(&askings[onus_shard_of(f->hashes[k], n_shards)], onus_bucket_begin(f->hashes[k], f->bits[p]));
      seen |= UINT64_C(1) << f->bits[p];
    }
  }
}

/* --- what is in a bucket ------------------------------------------------------------------------------------------ */

/* A group at *at, of which only some postings may be here; *at moves behind it. False at the end of what is here, or
 * when this is no group. */
static bool next_group(const bucket *b, size_t *at, onus_group *ret_group, uint64_t *ret_here) {
  if (*at >= b->n_bytes || b->n_bytes - *at < ONUS_GROUP_HEAD_BYTES)
    return false;
  const uint8_t *head = b->bytes + *at;
  uint64_t sizes = onus_load_u64(head + 8), n_postings = sizes >> 16;
  size_t key_bytes = (size_t)(sizes & 0xffff), padded = onus_key_padded(key_bytes);
  size_t left = b->n_bytes - *at - ONUS_GROUP_HEAD_BYTES;
  if (n_postings == 0 || padded > left)
    return false;
  const uint8_t *postings = head + ONUS_GROUP_HEAD_BYTES + padded;
  uint64_t room = (left - padded) / ONUS_POSTING_BYTES;
  *ret_here = n_postings < room ? n_postings : room;
  *ret_group = (onus_group){onus_load_u64(head), head + ONUS_GROUP_HEAD_BYTES, key_bytes,
                            (const onus_store_posting *)(const void *)postings, n_postings};
  *at += ONUS_GROUP_HEAD_BYTES + padded + (size_t)*ret_here * ONUS_POSTING_BYTES;
  if (*ret_here < n_postings)
    *at = b->n_bytes;
  return true;
}

/* The postings of a key in a bucket; *ret_is_short when more of the bucket is needed. False when it is not there. */
static bool seek(const finding *f, const bucket *b, size_t k, onus_posting_source *ret_source, bool *ret_is_short) {
  const onus_store_key *key = &f->keys[k];
  onus_group group;
  uint64_t n_here;
  *ret_is_short = false;
  for (size_t at = 0; next_group(b, &at, &group, &n_here);) {
    if (group.hash > f->hashes[k])
      return false;
    if (group.hash != f->hashes[k] || onus_key_compare(group.key, group.key_bytes, key->bytes, key->length_bytes) != 0)
      continue;
    *ret_source = (onus_posting_source){group.postings, group.postings + n_here};
    if (n_here < group.n_postings) {
      uint64_t n_seen = 0;
      for (uint64_t i = 0; i < n_here; i++)
        n_seen += group.postings[i].first_day <= f->query->as_of_day;
      *ret_is_short = f->needs_all || n_seen <= f->query->cap_per_key;
    }
    return n_here > 0;
  }
  *ret_is_short = b->has_more;
  return false;
}

/* Goes through all buckets that the keys are in. */
static void want_short_ones(finding *f, asking *askings) {
  for (size_t k = 0; k < f->n_keys; k++)
    for (size_t p = 0; p < f->n_parts; p++) {
      bucket *b = bucket_of(f, k, p);
      onus_posting_source source;
      bool is_short = false;
      if (!b || !b->has_more || b->is_wanted)
        continue;
      (void)seek(f, b, k, &source, &is_short);
      if (is_short) {
        b->is_wanted = true;
        add_beginning(&askings[b->shard], b->begin);
      }
    }
}

static size_t sources_of(finding *f, size_t k) {
  size_t n_sources = 0;
  for (size_t p = 0; p < f->n_parts; p++) {
    const bucket *b = bucket_of(f, k, p);
    bool is_short;
    if (b && seek(f, b, k, &f->sources[n_sources], &is_short))
      n_sources++;
  }
  return n_sources;
}

static onus_status check_whole(const finding *f, onus_error *error) {
  for (size_t i = 0; i < f->n_buckets; i++)
    if (f->buckets[i].is_wanted && f->buckets[i].has_more)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, f->view->cluster->place.database, 0, 0,
                          "a bucket of partition %016" PRIx64 " lacks its last row", f->buckets[i].part);
  return ONUS_OK;
}

static onus_status find_chunk(finding *f, const onus_store_key *keys, size_t n_keys, onus_error *error) {
  for (size_t i = 0; i < f->n_buckets; i++)
    free(f->buckets[i].owned);
  f->n_buckets = 0;
  if (f->n_places > 0)
    memset(f->places, 0, f->n_places * sizeof *f->places);
  if (f->arena)
    onus_arena_clear(f->arena);
  else if (!(f->arena = onus_arena_new(SIZE_MAX / 4)))
    return ONUS_FAIL_NO_MEMORY(error);
  f->keys = keys;
  f->n_keys = n_keys;
  for (size_t k = 0; k < n_keys; k++)
    f->hashes[k] = XXH3_64bits(keys[k].bytes, keys[k].length_bytes);
  if (f->n_parts == 0)
    return ONUS_OK;
  ONUS_TRY(with_askings(f, ask_for_keys, true, error));
  ONUS_TRY(with_askings(f, want_short_ones, false, error));
  return check_whole(f, error);
}

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static onus_status look_up_all(onus_gathering *g, finding *f, const onus_store_query *query, onus_error *error) {
  for (size_t begin = 0; begin < query->n_keys; begin += CHUNK_KEYS) {
    size_t n_keys = query->n_keys - begin < CHUNK_KEYS ? query->n_keys - begin : CHUNK_KEYS;
    ONUS_TRY(find_chunk(f, query->keys + begin, n_keys, error));
    for (size_t k = 0; k < n_keys; k++) {
      ONUS_TRY(onus_gather_key(g, f->sources, sources_of(f, k), begin + k, error));
      if (query->counts_holders)
        g->result.n_holders[begin + k] = onus_gather_count(f->sources, sources_of(f, k), query->as_of_day);
    }
  }
  return ONUS_OK;
}

onus_status onus_cluster_look_up(const void *view, const onus_store_query *query, onus_store_postings *ret_postings,
                                 onus_error *error) {
  onus_gathering g;
  finding f;
  ONUS_TRY(onus_gather_begin(&g, query, error));
  onus_status status = begin_finding(&f, view, query, query->counts_holders, error);
  if (status == ONUS_OK)
    status = look_up_all(&g, &f, query, error);
  free_finding(&f);
  if (status != ONUS_OK)
    onus_gather_free(&g);
  else
    onus_gather_end(&g, ret_postings);
  return status;
}

static onus_status count_all(finding *f, const onus_store_query *query, uint64_t *counts, onus_error *error) {
  for (size_t begin = 0; begin < query->n_keys; begin += CHUNK_KEYS) {
    size_t n_keys = query->n_keys - begin < CHUNK_KEYS ? query->n_keys - begin : CHUNK_KEYS;
    ONUS_TRY(find_chunk(f, query->keys + begin, n_keys, error));
    for (size_t k = 0; k < n_keys; k++)
      counts[begin + k] = onus_gather_count(f->sources, sources_of(f, k), query->as_of_day);
  }
  return ONUS_OK;
}

onus_status onus_cluster_count_holders(const void *view, const onus_store_query *query, uint64_t *ret_counts,
                                       onus_error *error) {
  finding f;
  uint64_t *counts = query->n_keys < SIZE_MAX / 8 - 1 ? calloc(query->n_keys + 1, sizeof *counts) : NULL;
  if (!counts)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = begin_finding(&f, view, query, true, error);
  if (status == ONUS_OK)
    status = count_all(&f, query, counts, error);
  if (status == ONUS_OK && query->n_keys > 0)
    memcpy(ret_counts, counts, query->n_keys * sizeof *counts);
  free_finding(&f);
  free(counts);
  return status;
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

typedef struct document_reading {
  const onus_cluster_document *document;
  char *bytes;
} document_reading;

static onus_status take_document(void *context, const onus_text *answer, onus_error *error) {
  document_reading *r = context;
  size_t n_bytes = 0, length = (size_t)r->document->length_bytes;
  uint32_t sequence = 0;
  for (size_t at = 0; at < answer->length; sequence++) {
    onus_block_row row;
    ONUS_TRY(onus_block_row_read((const uint8_t *)answer->bytes, answer->length, &at, &row, error));
    if (row.part != r->document->part || row.begin != r->document->number || row.sequence != sequence ||
        row.n_bytes > length - n_bytes)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "the rows of the document \"%s\" are wrong", r->document->name);
    memcpy(r->bytes + n_bytes, row.bytes, row.n_bytes);
    n_bytes += row.n_bytes;
  }
  if (n_bytes < length || XXH3_64bits(r->bytes, length) != r->document->xxh3)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "the document \"%s\" is damaged", r->document->name);
  r->bytes[length] = '\0';
  return ONUS_OK;
}

onus_status onus_cluster_read_document(onus_cluster *cluster, const onus_cluster_manifest *manifest,
                                       const onus_cluster_document *document, onus_text *ret_text, onus_error *error) {
  const onus_cluster_part *part = NULL;
  for (size_t i = 0; i < manifest->n_parts; i++)
    if (manifest->parts[i].number == document->part)
      part = &manifest->parts[i];
  if (!part)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, cluster->place.database, 0, 0,
                        "the partition of the document \"%s\" is not there", document->name);
  document_reading r = {document, malloc((size_t)document->length_bytes + 1)};
  if (!r.bytes)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t shard = (size_t)(document->number % cluster->place.n_nodes);
  onus_buffer sql = onus_buffer_new(SQL_BYTES_MAX);
  onus_buffer_printf(&sql,
                     "SELECT part, b, seq, more, data FROM block_%zu WHERE t = 0 AND part = %" PRIu64
                     " AND b = %" PRIu64 " AND ",
                     shard, document->part, document->number);
  onus_cluster_guard(&sql, cluster, shard, &(const onus_cluster_part *){part}, 1);
  onus_buffer_string(&sql, " ORDER BY seq FORMAT RowBinary");
  onus_shard_call call = {.shard = shard, .sql = sql.bytes, .read = take_document, .context = &r};
  onus_status status =
      sql.status == ONUS_OK ? onus_cluster_scatter(cluster, &call, 1, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_buffer_free(&sql);
  if (status != ONUS_OK)
    free(r.bytes);
  else
    *ret_text = (onus_text){r.bytes, (size_t)document->length_bytes};
  return status;
}

onus_status onus_cluster_document_of(const void *view, const char *name, onus_text *ret_text, onus_error *error) {
  const cluster_view *v = view;
  for (size_t i = 0; i < v->manifest->n_documents; i++)
    if (strcmp(v->manifest->documents[i].name, name) == 0)
      return onus_cluster_read_document(v->cluster, v->manifest, &v->manifest->documents[i], ret_text, error);
  *ret_text = (onus_text){0};
  return ONUS_OK;
}

/* --- describing --------------------------------------------------------------------------------------------------- */

static onus_status digest_documents(const cluster_view *v, onus_set_digest *d, onus_error *error) {
  for (size_t i = 0; i < v->manifest->n_documents; i++) {
    onus_text text;
    ONUS_TRY(onus_cluster_read_document(v->cluster, v->manifest, &v->manifest->documents[i], &text, error));
    onus_set_digest_document(d, v->manifest->documents[i].name, &text);
    onus_text_free(&text);
  }
  return ONUS_OK;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const onus_store_table_summary *)a)->name, ((const onus_store_table_summary *)b)->name);
}

static onus_status describe_table(const cluster_view *v, unsigned table, onus_set_digest *d, bool with_digest,
                                  onus_store_description *out, onus_error *error) {
  const onus_cluster_manifest *m = v->manifest;
  const onus_cluster_part *parts[ONUS_CLUSTER_PARTS_MAX];
  size_t n_parts = 0;
  onus_store_table_summary *summary = &out->tables[out->n_tables];
  for (size_t i = 0; i < m->n_parts; i++) {
    const onus_cluster_share *share = onus_cluster_share_of(&m->parts[i], table);
    if (!share)
      continue;
    parts[n_parts++] = &m->parts[i];
    summary->n_keys += share->n_keys;
    summary->n_postings += share->n_postings;
  }
  if (n_parts == 0)
    return ONUS_OK;
  memcpy(summary->name, m->tables[table - 1], sizeof summary->name);
  out->n_tables++;
  if (!with_digest)
    return ONUS_OK;
  onus_group_sink sink = onus_set_digest_table(d, summary->name);
  ONUS_TRY(onus_cluster_walk(v->cluster, table, parts, n_parts, &sink, error));
  summary->n_keys = d->n_keys;
  summary->n_postings = d->n_postings;
  return ONUS_OK;
}

static onus_status describe_tables(const cluster_view *v, bool with_digest, onus_store_description *out,
                                   onus_error *error) {
  onus_set_digest d;
  ONUS_TRY(onus_set_digest_open(&d, error));
  onus_status status = ONUS_OK;
  for (unsigned table = 1; status == ONUS_OK && table <= v->manifest->n_tables; table++)
    status = describe_table(v, table, &d, with_digest, out, error);
  if (status == ONUS_OK && with_digest)
    status = digest_documents(v, &d, error);
  if (with_digest)
    onus_set_digest_format(&d, out->digest);
  onus_set_digest_free(&d);
  if (out->n_tables > 1)
    qsort(out->tables, out->n_tables, sizeof *out->tables, by_name);
  return status;
}

onus_status onus_cluster_describe(const void *view, bool with_digest, onus_store_description *ret_description,
                                  onus_error *error) {
  const cluster_view *v = view;
  const onus_cluster_manifest *m = v->manifest;
  onus_store_description out = {.tables = calloc(m->n_tables + 1, sizeof *out.tables),
                                .documents = calloc(m->n_documents + 1, sizeof *out.documents)};
  onus_status status = out.tables && out.documents ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < m->n_parts; i++)
    if (m->parts[i].retired_at == 0) {
      out.n_segments++;
      out.n_bytes += m->parts[i].n_bytes;
    }
  for (size_t i = 0; status == ONUS_OK && i < m->n_documents; i++) {
    onus_store_document_summary *summary = &out.documents[out.n_documents++];
    memcpy(summary->name, m->documents[i].name, sizeof summary->name);
    summary->n_bytes = m->documents[i].length_bytes;
  }
  if (status == ONUS_OK)
    status = describe_tables(v, with_digest, &out, error);
  if (status != ONUS_OK)
    onus_store_description_free(&out);
  else
    *ret_description = out;
  return status;
}
