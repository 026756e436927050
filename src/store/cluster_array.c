/* Rows of an array by their numbers: each shard cuts them out of its chunks, so that no more travels than is asked. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "store/cluster_search_internal.h"
#include "store/flat_internal.h"

enum { SQL_BYTES_MAX = 65536, ROW_SUM_BYTES = 8 };

/* What is asked at once. */
typedef struct fetching {
  onus_cluster *cluster;
  unsigned table;
  size_t row_bytes;
  uint32_t per_chunk;
  size_t n_parts;
  const onus_cluster_part *parts[ONUS_CLUSTER_PARTS_MAX]; /* that have the array */
  uint8_t *rows;                                          /* by place, as they were asked for */
  uint8_t *is_there;                                      /* by place */
} fetching;

/* What a shard is asked, by chunk. */
typedef struct asking {
  fetching *f;
  size_t shard, n_wanted;
  uint64_t *wanted; /* number << 32 | place, ascending */
  onus_buffer sql, asked;
} asking;

static uint32_t number_at(const asking *a, size_t i) {
  return (uint32_t)(a->wanted[i] >> 32);
}

/* Where the wanted numbers of a chunk begin, or would. */
static size_t first_of_chunk(const asking *a, uint64_t chunk) {
  size_t low = 0, high = a->n_wanted;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (number_at(a, middle) / a->f->per_chunk < chunk)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* How many different numbers of the same chunk follow from `first` on, and where they end. */
static size_t count_of_chunk(const asking *a, size_t first, size_t *ret_end) {
  uint32_t chunk = number_at(a, first) / a->f->per_chunk;
  size_t count = 0, i = first;
  for (; i < a->n_wanted && number_at(a, i) / a->f->per_chunk == chunk; i++)
    count += i == first || number_at(a, i) != number_at(a, i - 1);
  *ret_end = i;
  return count;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

/* Rows of (b UInt64, s Array(UInt16)): a chunk, and where in its data the wanted rows begin, counted from 1. */
static void fill_asked(asking *a) {
  size_t entry_bytes = ONUS_ENTRY_SUM_BYTES + a->f->row_bytes;
  for (size_t i = 0, end; i < a->n_wanted; i = end) {
    uint8_t begin[8], place[2];
    onus_store_le64(begin, onus_flat_hash(number_at(a, i) / a->f->per_chunk));
    size_t count = count_of_chunk(a, i, &end);
    onus_buffer_append(&a->asked, (const char *)begin, sizeof begin);
    onus_length_append(&a->asked, count);
    for (size_t k = i; k < end; k++) {
      if (k > i && number_at(a, k) == number_at(a, k - 1))
        continue;
      onus_store_le16(place, (uint16_t)(1 + ROW_SUM_BYTES + number_at(a, k) % a->f->per_chunk * entry_bytes));
      onus_buffer_append(&a->asked, (const char *)place, sizeof place);
    }
  }
}

/* "" when the shard has none of the partitions. Old servers do not find `data` in a function that has it from outside,
 * so it is handed to it as an array. Of chunks, a server reads so many at once by default that each time it gets fresh
 * memory for them, which costs it more than reading. */
static void write_query(asking *a) {
  const fetching *f = a->f;
  onus_buffer_printf(&a->sql,
                     "SELECT part, b, arrayMap((i, d) -> substring(d, i, %zu), s, arrayMap(i -> data, s)) FROM (SELECT "
                     "part, b, data FROM block_%zu PREWHERE t = %u AND b IN (SELECT b FROM x) WHERE part IN ",
                     ONUS_ENTRY_SUM_BYTES + f->row_bytes, a->shard, f->table);
  if (onus_cluster_part_list(&a->sql, a->shard, f->parts, f->n_parts) == 0) {
    a->sql.length_bytes = 0;
    return;
  }
  onus_buffer_string(&a->sql, " AND ");
  onus_cluster_guard(&a->sql, f->cluster, a->shard, f->parts, f->n_parts);
  onus_buffer_string(
      &a->sql, ") AS c ANY LEFT JOIN (SELECT b, s FROM x) AS w USING b SETTINGS preferred_block_size_bytes = 262144 "
               "FORMAT RowBinary");
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

/* A row that was cut out, at `entry`, goes to all places that want its number; *at of these moves on. */
static onus_status take_entry(const asking *a, const uint8_t *entry, size_t n_bytes, size_t *at, onus_error *error) {
  const fetching *f = a->f;
  const uint8_t *row = entry + ONUS_ENTRY_SUM_BYTES;
  uint32_t number = number_at(a, *at);
  bool is_there = n_bytes > 0; /* else the chunk ends before it */
  if (is_there && n_bytes != ONUS_ENTRY_SUM_BYTES + f->row_bytes)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "row %" PRIu32 " of an array has %zu bytes", number, n_bytes);
  is_there = is_there && onus_load_le64(entry) != 0; /* else another partition may have it */
  if (is_there && onus_load_le64(entry) != onus_entry_sum(number, row, f->row_bytes))
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "the checksum of row %" PRIu32 " of an array is wrong", number);
  for (; *at < a->n_wanted && number_at(a, *at) == number; ++*at)
    if (is_there) {
      uint32_t place = (uint32_t)a->wanted[*at];
      memcpy(f->rows + (size_t)place * f->row_bytes, row, f->row_bytes);
      f->is_there[place] = 1;
    }
  return ONUS_OK;
}

/* Rows of (part UInt64, b UInt64, Array(String)). */
static onus_status take_answer(void *context, const onus_text *answer, onus_error *error) {
  const asking *a = context;
  const uint8_t *bytes = (const uint8_t *)answer->bytes;
  enum { HEAD_BYTES = 16 };
  for (size_t at = 0; at < answer->length;) {
    size_t n_come = 0, end, n_bytes;
    if (answer->length - at < HEAD_BYTES)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "it ends inside a chunk, at byte %zu", at);
    uint64_t part = onus_load_le64(bytes + at), begin = onus_load_le64(bytes + at + 8);
    at += HEAD_BYTES;
    size_t i = first_of_chunk(a, begin >> 32);
    if (i == a->n_wanted || onus_flat_hash(number_at(a, i) / a->f->per_chunk) != begin ||
        !onus_cluster_has_part(a->f->parts, a->f->n_parts, part))
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "a chunk has come that was not asked for");
    if (!onus_length_read(bytes, answer->length, &at, &n_come) || n_come != count_of_chunk(a, i, &end))
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "another number of rows has come than was asked for");
    while (i < end) {
      if (!onus_length_read(bytes, answer->length, &at, &n_bytes) || n_bytes > answer->length - at)
        return ONUS_FAIL(error, ONUS_BAD_INPUT, "it ends inside a row, at byte %zu", at);
      ONUS_TRY(take_entry(a, bytes + at, n_bytes, &i, error));
      at += n_bytes;
    }
  }
  return ONUS_OK;
}

/* --- together ----------------------------------------------------------------------------------------------------- */

static onus_status ask_shards(fetching *f, asking *askings, onus_error *error) {
  size_t n_calls = 0;
  onus_shard_call calls[ONUS_CLUSTER_NODES_MAX];
  for (size_t s = 0; s < f->cluster->place.n_nodes; s++) {
    asking *a = &askings[s];
    if (a->n_wanted == 0)
      continue;
    onus_numbers_sort(a->wanted, a->n_wanted);
    fill_asked(a);
    write_query(a);
    if (a->asked.status != ONUS_OK || a->sql.status != ONUS_OK)
      return ONUS_FAIL_NO_MEMORY(error);
    if (a->sql.length_bytes > 0)
      calls[n_calls++] = (onus_shard_call){.shard = s,
                                           .sql = a->sql.bytes,
                                           .rows = &a->asked,
                                           .columns = "b UInt64, s Array(UInt16)",
                                           .read = take_answer,
                                           .context = a};
  }
  return onus_cluster_scatter(f->cluster, calls, n_calls, error);
}

/* At most ONUS_SEARCH_KEYS numbers; `room` has a place for each. */
static onus_status fetch_some(fetching *f, const uint32_t *numbers, size_t n_numbers, uint64_t *room,
                              onus_error *error) {
  size_t n_shards = f->cluster->place.n_nodes, n_of_shard[ONUS_CLUSTER_NODES_MAX] = {0};
  asking askings[ONUS_CLUSTER_NODES_MAX];
  for (size_t i = 0; i < n_numbers; i++)
    n_of_shard[onus_shard_of(onus_flat_hash(numbers[i] / f->per_chunk), n_shards)]++;
  for (size_t s = 0; s < n_shards; room += n_of_shard[s], s++)
    askings[s] = (asking){.f = f,
                          .shard = s,
                          .wanted = room,
                          .sql = onus_buffer_new(SQL_BYTES_MAX),
                          .asked = onus_buffer_new(SIZE_MAX / 4)};
  for (size_t i = 0; i < n_numbers; i++) {
    asking *a = &askings[onus_shard_of(onus_flat_hash(numbers[i] / f->per_chunk), n_shards)];
    a->wanted[a->n_wanted++] = (uint64_t)numbers[i] << 32 | i;
  }
  memset(f->is_there, 0, n_numbers);
  onus_status status = f->n_parts > 0 ? ask_shards(f, askings, error) : ONUS_OK;
  for (size_t s = 0; s < n_shards; s++) {
    onus_buffer_free(&askings[s].sql);
    onus_buffer_free(&askings[s].asked);
  }
  return status;
}

static onus_status fetch_all(fetching *f, const char *array, const uint32_t *numbers, size_t n_numbers, uint64_t *room,
                             onus_error *error) {
  for (size_t at = 0; at < n_numbers; at += ONUS_SEARCH_KEYS) {
    size_t n = n_numbers - at < ONUS_SEARCH_KEYS ? n_numbers - at : ONUS_SEARCH_KEYS;
    ONUS_TRY(fetch_some(f, numbers + at, n, room, error));
    f->rows += n * f->row_bytes;
    for (size_t i = 0; i < n; i++)
      if (!f->is_there[i])
        return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, f->cluster->place.database, 0, 0,
                            "has no row %" PRIu32 " of %zu bytes in its array \"%s\"", numbers[at + i], f->row_bytes,
                            array);
  }
  return ONUS_OK;
}

onus_status onus_cluster_fetch_rows(onus_cluster *cluster, const onus_cluster_manifest *manifest, const char *array,
                                    size_t row_bytes, const uint32_t *numbers, size_t n_numbers, uint8_t *ret_rows,
                                    onus_error *error) {
  fetching f = {.cluster = cluster,
                .table = onus_cluster_find_table(manifest, ONUS_STORE_ROWS, array),
                .row_bytes = row_bytes,
                .per_chunk = onus_rows_per_chunk(row_bytes),
                .rows = ret_rows};
  /* Rows of another size are none of these. */
  bool has_table = f.table != 0 && manifest->tables[f.table - 1].row_bytes == row_bytes;
  for (size_t i = 0; has_table && i < manifest->n_parts; i++)
    if (onus_cluster_share_of(&manifest->parts[i], f.table))
      f.parts[f.n_parts++] = &manifest->parts[i];
  size_t n_at_once = n_numbers < ONUS_SEARCH_KEYS ? n_numbers : ONUS_SEARCH_KEYS;
  uint64_t *room = calloc(n_at_once + 1, sizeof *room);
  f.is_there = calloc(n_at_once + 1, 1);
  onus_status status =
      room && f.is_there ? fetch_all(&f, array, numbers, n_numbers, room, error) : ONUS_FAIL_NO_MEMORY(error);
  free(room);
  free(f.is_there);
  return status;
}
