/* Buckets of many keys: all partitions at once, every shard in parallel. Most buckets are one row. The few that are
 * longer come whole when they hold pairs, for whoever asks for a frequent key counts them all. Of records only the
 * first row comes at first; the others are fetched when it does not hold what is asked for. */
#include "store/cluster_search_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/room.h"

enum { SQL_BYTES_MAX = 65536 };

void onus_search_free(onus_search *f) {
  for (size_t i = 0; i < f->n_buckets; i++)
    free(f->buckets[i].owned);
  free(f->parts);
  free(f->bits);
  free(f->hashes);
  free(f->buckets);
  free(f->places);
  onus_arena_free(f->arena);
}

onus_status onus_search_begin(onus_search *f, onus_cluster *cluster, const onus_cluster_manifest *m,
                              onus_store_kind kind, const char *table, onus_bucket_is_short *is_short,
                              onus_error *error) {
  *f = (onus_search){
      .cluster = cluster, .table = onus_cluster_find_table(m, kind, table), .shape = {kind, 0}, .is_short = is_short};
  f->parts = calloc(m->n_parts + 1, sizeof *f->parts);
  f->bits = calloc(m->n_parts + 1, sizeof *f->bits);
  f->hashes = calloc(ONUS_SEARCH_KEYS, sizeof *f->hashes);
  if (!f->parts || !f->bits || !f->hashes)
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
static size_t place_of(const onus_search *f, size_t shard, uint64_t part, uint64_t begin) {
  uint64_t mixed = (begin ^ begin >> 32 ^ part << 8 ^ shard) * UINT64_C(0x9E3779B97F4A7C15); /* begins end with zeros */
  size_t at = (size_t)(mixed >> 32) & (f->n_places - 1);
  for (; f->places[at] != 0; at = (at + 1) & (f->n_places - 1)) {
    const onus_bucket *b = &f->buckets[f->places[at] - 1];
    if (b->part == part && b->begin == begin && b->shard == shard)
      break;
  }
  return at;
}

static onus_bucket *find_bucket(const onus_search *f, size_t shard, uint64_t part, uint64_t begin) {
  uint32_t number = f->n_places > 0 ? f->places[place_of(f, shard, part, begin)] : 0;
  return number > 0 ? &f->buckets[number - 1] : NULL;
}

onus_bucket *onus_search_bucket(const onus_search *f, size_t k, size_t p) {
  uint32_t number = f->found[k * f->n_parts + p];
  return number > 0 ? &f->buckets[number - 1] : NULL;
}

static void find_all(onus_search *f) {
  uint32_t *found = f->found;
  for (size_t k = 0; k < f->n_keys; k++) {
    size_t shard = onus_shard_of(f->hashes[k], f->cluster->place.n_nodes);
    for (size_t p = 0; p < f->n_parts; p++) {
      const onus_bucket *b = find_bucket(f, shard, f->parts[p]->number, onus_bucket_begin(f->hashes[k], f->bits[p]));
      *found++ = b ? (uint32_t)(b - f->buckets) + 1 : 0;
    }
  }
}

static onus_status grow_places(onus_search *f, onus_error *error) {
  size_t n_places = f->n_places == 0 ? 1024 : 2 * f->n_places;
  uint32_t *places = calloc(n_places, sizeof *places);
  if (!places)
    return ONUS_FAIL_NO_MEMORY(error);
  free(f->places);
  f->places = places;
  f->n_places = n_places;
  for (size_t i = 0; i < f->n_buckets; i++) {
    const onus_bucket *b = &f->buckets[i];
    places[place_of(f, b->shard, b->part, b->begin)] = (uint32_t)i + 1;
  }
  return ONUS_OK;
}

static onus_status add_bucket(onus_search *f, size_t shard, const onus_block_row *row, onus_bucket **ret_bucket,
                              onus_error *error) {
  onus_bucket *b = find_bucket(f, shard, row->part, row->begin);
  if (!b) {
    if (2 * (f->n_buckets + 1) > f->n_places)
      ONUS_TRY(grow_places(f, error));
    if (!ONUS_ROOM_FOR_ONE(f->buckets, f->n_buckets, f->buckets_capacity))
      return ONUS_FAIL_NO_MEMORY(error);
    size_t at = place_of(f, shard, row->part, row->begin);
    b = &f->buckets[f->n_buckets++];
    *b = (onus_bucket){.part = row->part, .begin = row->begin, .shard = shard};
    f->places[at] = (uint32_t)f->n_buckets;
  }
  *ret_bucket = b;
  return ONUS_OK;
}

/* What a shard is asked: the beginnings of buckets. */
typedef struct asking {
  onus_search *f;
  size_t shard;
  onus_buffer sql, asked;
} asking;

/* Whether all rows of a bucket come at once. */
static bool comes_whole(const onus_search *f) {
  return f->is_short == NULL;
}

/* Whoever answers with what nobody asked for does not fill our memory with it. */
static bool is_asked(const asking *a, const onus_block_row *row) {
  const uint64_t *begins = (const uint64_t *)(const void *)a->asked.bytes; /* sorted; from malloc: aligned */
  size_t low = 0, high = a->asked.length_bytes / sizeof *begins, end = high;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (begins[middle] < row->begin)
      low = middle + 1;
    else
      high = middle;
  }
  return low < end && begins[low] == row->begin && onus_cluster_has_part(a->f->parts, a->f->n_parts, row->part);
}

static onus_status take_first_row(const asking *a, const onus_block_row *row, onus_error *error) {
  onus_search *f = a->f;
  onus_bucket *b;
  ONUS_TRY(add_bucket(f, a->shard, row, &b, error));
  if (!b->first || b->first_bytes < row->content_bytes) { /* else from an answer that was wrong further on */
    b->first_bytes = b->first ? ONUS_CLUSTER_ROW_BYTES : row->content_bytes;
    b->first = onus_arena_alloc(f->arena, b->first_bytes, 1);
    if (!b->first)
      return ONUS_FAIL_NO_MEMORY(error);
  }
  ONUS_TRY(onus_block_row_take(row, b->first, error));
  b->bytes = b->first;
  b->n_bytes = row->content_bytes;
  b->has_more = row->has_more;
  b->next_sequence = 1;
  return ONUS_OK;
}

/* Puts a further row behind what is here of a bucket. */
static onus_status take_next_row(onus_bucket *b, const onus_block_row *row, onus_error *error) {
  if (row->sequence != b->next_sequence)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "a row of a bucket is missing");
  if (b->bytes != b->owned || row->content_bytes > b->capacity_bytes - b->n_bytes) {
    size_t capacity = 2 * (b->n_bytes + row->content_bytes);
    uint8_t *grown = capacity > b->capacity_bytes ? realloc(b->owned, capacity) : b->owned;
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    b->capacity_bytes = capacity > b->capacity_bytes ? capacity : b->capacity_bytes;
    b->owned = grown;
    if (b->bytes == b->first && b->n_bytes > 0)
      memcpy(b->owned, b->first, b->n_bytes);
  }
  if (row->n_bytes > 0)
    ONUS_TRY(onus_block_row_take(row, b->owned + b->n_bytes, error));
  b->bytes = b->owned;
  b->n_bytes += row->content_bytes;
  b->next_sequence++;
  b->has_more = row->has_more;
  return ONUS_OK;
}

/* Rows that continue others; their bytes lie in the answer. */
typedef struct row_list {
  onus_block_row *rows;
  size_t count, capacity;
} row_list;

static int by_bucket_and_sequence(const void *a, const void *b) {
  const onus_block_row *x = a, *y = b;
  if (x->part != y->part)
    return x->part < y->part ? -1 : 1;
  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static onus_status read_first_rows(const asking *a, const onus_text *answer, row_list *later, size_t *ret_n_open,
                                   onus_error *error) {
  *ret_n_open = 0;
  for (size_t at = 0; at < answer->length;) {
    onus_block_row row;
    ONUS_TRY(onus_block_row_read((const uint8_t *)answer->bytes, answer->length, a->f->shape, &at, &row, error));
    if (!is_asked(a, &row) || (row.sequence > 0 && !comes_whole(a->f)))
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "a row has come that was not asked for");
    if (row.sequence == 0) {
      ONUS_TRY(take_first_row(a, &row, error));
      *ret_n_open += row.has_more;
    } else {
      if (!ONUS_ROOM_FOR_ONE(later->rows, later->count, later->capacity))
        return ONUS_FAIL_NO_MEMORY(error);
      later->rows[later->count++] = row;
    }
  }
  return ONUS_OK;
}

/* The servers sort nothing: most buckets are one row. */
static onus_status take_first_rows(void *context, const onus_text *answer, onus_error *error) {
  const asking *a = context;
  row_list later = {0};
  size_t n_open;
  onus_status status = read_first_rows(a, answer, &later, &n_open, error);
  if (status == ONUS_OK && later.count > 1)
    qsort(later.rows, later.count, sizeof *later.rows, by_bucket_and_sequence);
  for (size_t i = 0; status == ONUS_OK && i < later.count; i++) {
    onus_bucket *b = find_bucket(a->f, a->shard, later.rows[i].part, later.rows[i].begin);
    if (!b || !b->has_more)
      status = ONUS_FAIL(error, ONUS_BAD_INPUT, "a row has come of a bucket that ends before it");
    else
      status = take_next_row(b, &later.rows[i], error);
    n_open -= status == ONUS_OK && !later.rows[i].has_more;
  }
  if (status == ONUS_OK && comes_whole(a->f) && n_open > 0)
    status = ONUS_FAIL(error, ONUS_BAD_INPUT, "the last row of a bucket is missing");
  free(later.rows);
  return status;
}

/* All rows of the buckets that are wanted whole, in their order. */
static onus_status take_all_rows(void *context, const onus_text *answer, onus_error *error) {
  const asking *a = context;
  for (size_t at = 0; at < answer->length;) {
    onus_block_row row;
    ONUS_TRY(onus_block_row_read((const uint8_t *)answer->bytes, answer->length, a->f->shape, &at, &row, error));
    onus_bucket *b = find_bucket(a->f, a->shard, row.part, row.begin);
    if (!b || !b->is_wanted)
      continue; /* another partition's with the same beginning */
    if (row.sequence == 0) {
      b->n_bytes = 0;
      b->next_sequence = 0;
      b->bytes = b->owned;
    }
    ONUS_TRY(take_next_row(b, &row, error));
  }
  return ONUS_OK;
}

static void add_beginning(asking *a, uint64_t begin) {
  onus_buffer_append(&a->asked, (const char *)&begin, sizeof begin);
}

static void sort_asked(asking *a) {
  uint64_t *begins = (uint64_t *)(void *)a->asked.bytes; /* from malloc: aligned */
  size_t count = a->asked.length_bytes / sizeof *begins, kept = 0;
  onus_numbers_sort(begins, count);
  for (size_t i = 0; i < count; i++)
    if (kept == 0 || begins[kept - 1] != begins[i])
      begins[kept++] = begins[i];
  a->asked.length_bytes = kept * sizeof *begins;
}

static onus_status ask_shards(onus_search *f, asking *askings, bool is_first, onus_error *error) {
  onus_cluster *cluster = f->cluster;
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
    onus_buffer_printf(
        &a->sql,
        is_first && !comes_whole(f)
            ? "SELECT part, b, toUInt32(0), data FROM block_%zu PREWHERE t = %u AND b IN x WHERE part IN "
            : "SELECT part, b, seq, data FROM block_%zu PREWHERE t IN (%u, %u) AND b IN x WHERE part IN ",
        s, f->table, f->table + ONUS_CLUSTER_REST);
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

static onus_status with_askings(onus_search *f, void (*fill)(onus_search *f, asking *askings), bool is_first,
                                onus_error *error) {
  size_t n_shards = f->cluster->place.n_nodes;
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
static void ask_for_keys(onus_search *f, asking *askings) {
  size_t n_shards = f->cluster->place.n_nodes;
  for (size_t k = 0; k < f->n_keys; k++) {
    uint64_t seen = 0; /* the numbers of bits that came; 64, of arrays, stands alone */
    for (size_t p = 0; p < f->n_parts; p++) {
      if (!(seen >> (f->bits[p] & 63) & 1))
        add_beginning(&askings[onus_shard_of(f->hashes[k], n_shards)], onus_bucket_begin(f->hashes[k], f->bits[p]));
      seen |= UINT64_C(1) << (f->bits[p] & 63);
    }
  }
}

/* Goes through all buckets that the keys are in. */
static void want_short_ones(onus_search *f, asking *askings) {
  for (size_t k = 0; k < f->n_keys; k++)
    for (size_t p = 0; p < f->n_parts; p++) {
      onus_bucket *b = onus_search_bucket(f, k, p);
      if (!b || !b->has_more || b->is_wanted)
        continue;
      if (f->is_short(f, b, k)) {
        b->is_wanted = true;
        add_beginning(&askings[b->shard], b->begin);
      }
    }
}

static onus_status check_whole(const onus_search *f, onus_error *error) {
  for (size_t i = 0; i < f->n_buckets; i++)
    if (f->buckets[i].is_wanted && f->buckets[i].has_more)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, f->cluster->place.database, 0, 0,
                          "a bucket of partition %016" PRIx64 " lacks its last row", f->buckets[i].part);
  return ONUS_OK;
}

onus_status onus_search_chunk(onus_search *f, size_t n_keys, onus_error *error) {
  for (size_t i = 0; i < f->n_buckets; i++)
    free(f->buckets[i].owned);
  f->n_buckets = 0;
  if (f->n_places > 0)
    memset(f->places, 0, f->n_places * sizeof *f->places);
  if (f->arena)
    onus_arena_clear(f->arena);
  else if (!(f->arena = onus_arena_new(SIZE_MAX / 4)))
    return ONUS_FAIL_NO_MEMORY(error);
  f->n_keys = n_keys;
  if (f->n_parts == 0)
    return ONUS_OK;
  f->found = ONUS_ARENA_ARRAY(f->arena, uint32_t, n_keys * f->n_parts);
  if (!f->found)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(with_askings(f, ask_for_keys, true, error));
  find_all(f);
  if (comes_whole(f))
    return ONUS_OK;
  ONUS_TRY(with_askings(f, want_short_ones, false, error));
  return check_whole(f, error);
}
