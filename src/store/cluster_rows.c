/* The rows of block_<shard> as they travel: RowBinary of ClickHouse, and in each a checksum of our own, so that what is
 * cut or garbled on the way is noticed whoever garbled it. */
#include "store/cluster_internal.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#include "base/little_endian.h"

enum { HEAD_BYTES = 8 + 8 + 4, SUM_BYTES = 8 };

/* Of a row at its place: bytes that are right, but another bucket's, are wrong. */
static uint64_t sum_of(const onus_block_row *row) {
  uint64_t seed = row->part * UINT64_C(0x9E3779B97F4A7C15) ^ row->begin ^ row->sequence;
  return XXH3_64bits_withSeed(row->bytes, row->n_bytes, seed);
}

bool onus_length_read(const uint8_t *bytes, size_t length_bytes, size_t *at, size_t *ret_length) {
  size_t length = 0, offset = *at;
  for (unsigned shift = 0; offset < length_bytes && shift < 28; shift += 7) {
    length |= (size_t)(bytes[offset] & 127) << shift;
    if (bytes[offset++] < 128) {
      *at = offset;
      *ret_length = length;
      return true;
    }
  }
  return false;
}

void onus_length_append(onus_buffer *out, size_t length) {
  for (; length >= 128; length >>= 7)
    onus_buffer_character(out, (char)((length & 127) | 128));
  onus_buffer_character(out, (char)length);
}

/* --- chunks of an array ------------------------------------------------------------------------------------------- */

uint64_t onus_entry_sum(uint32_t number, const uint8_t *row, size_t row_bytes) {
  return XXH3_64bits_withSeed(row, row_bytes, number) | 1;
}

/* Of the rows that are there; SIZE_MAX when this is no chunk. */
static size_t measure_chunk(const onus_block_row *row) {
  size_t row_bytes = row->shape.row_bytes, entry_bytes = ONUS_ENTRY_SUM_BYTES + row_bytes, n_there = 0;
  if (row->n_bytes % entry_bytes != 0 || row->n_bytes / entry_bytes > onus_rows_per_chunk(row_bytes) ||
      row->sequence != 0)
    return SIZE_MAX;
  for (size_t at = 0; at < row->n_bytes; at += entry_bytes)
    n_there += onus_load_le64(row->bytes + at) != 0;
  return n_there * (sizeof(uint32_t) + row_bytes);
}

static onus_status take_chunk(const onus_block_row *row, uint8_t *out, onus_error *error) {
  size_t row_bytes = row->shape.row_bytes, entry_bytes = ONUS_ENTRY_SUM_BYTES + row_bytes;
  uint64_t number = (row->begin >> 32) * onus_rows_per_chunk(row_bytes);
  for (size_t at = 0; at < row->n_bytes; at += entry_bytes, number++) {
    const uint8_t *entry = row->bytes + at, *content = entry + ONUS_ENTRY_SUM_BYTES;
    if (onus_load_le64(entry) == 0)
      continue;
    if (number > UINT32_MAX || onus_load_le64(entry) != onus_entry_sum((uint32_t)number, content, row_bytes))
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "the checksum of row %" PRIu64 " of an array is wrong", number);
    onus_store_le32(out, (uint32_t)number);
    memcpy(out + sizeof(uint32_t), content, row_bytes);
    out += sizeof(uint32_t) + row_bytes;
  }
  return ONUS_OK;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

onus_status onus_block_row_read(const uint8_t *bytes, size_t length_bytes, onus_block_shape shape, size_t *at,
                                onus_block_row *ret_row, onus_error *error) {
  size_t offset = *at, left = length_bytes - offset;
  onus_block_row row;
  if (left <= HEAD_BYTES)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "it ends inside a row, at byte %zu", offset);
  const uint8_t *head = bytes + offset;
  row.part = onus_load_le64(head);
  row.begin = onus_load_le64(head + 8);
  row.sequence = onus_load_le32(head + 16);
  offset += HEAD_BYTES;
  size_t n_bytes, most_bytes = shape.kind == ONUS_STORE_PAIRS     ? ONUS_PACKED_BYTES_MAX
                               : shape.kind == ONUS_STORE_RECORDS ? ONUS_GROUPS_BYTES_MAX
                                                                  : ONUS_CLUSTER_ROW_BYTES;
  if (!onus_length_read(bytes, length_bytes, &offset, &n_bytes) || n_bytes > length_bytes - offset ||
      n_bytes < SUM_BYTES || n_bytes > most_bytes + SUM_BYTES)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "there is no row of ours at byte %zu", *at);
  row.bytes = bytes + offset + SUM_BYTES;
  row.n_bytes = n_bytes - SUM_BYTES;
  if (onus_load_le64(bytes + offset) != sum_of(&row))
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "the checksum of the row at byte %zu is wrong", *at);
  row.shape = shape;
  row.content_bytes = shape.kind == ONUS_STORE_PAIRS  ? onus_pairs_unpacked_bytes(row.bytes, row.n_bytes)
                      : shape.kind == ONUS_STORE_ROWS ? measure_chunk(&row)
                                                      : onus_groups_unpacked_bytes(row.bytes, row.n_bytes);
  row.has_more = row.content_bytes == ONUS_CLUSTER_ROW_BYTES;
  if (row.content_bytes == SIZE_MAX)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "the row at byte %zu is not of its table", *at);
  *at = offset + n_bytes;
  *ret_row = row;
  return ONUS_OK;
}

onus_status onus_block_row_take(const onus_block_row *row, uint8_t *out, onus_error *error) {
  if (row->shape.kind == ONUS_STORE_ROWS)
    return take_chunk(row, out, error);
  if (row->shape.kind == ONUS_STORE_RECORDS) {
    if (!onus_groups_unpack(row->bytes, row->n_bytes, out))
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "there are no groups in the bucket %016" PRIx64, row->begin);
  } else if (!onus_pairs_unpack(row->bytes, row->n_bytes, row->begin, out)) {
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "the pairs of the bucket %016" PRIx64 " are not in order", row->begin);
  }
  return ONUS_OK;
}

void onus_block_row_append(onus_buffer *out, unsigned table, const onus_block_row *row) {
  uint8_t head[HEAD_BYTES + 2];
  uint16_t number = (uint16_t)(table + (row->sequence > 0 ? ONUS_CLUSTER_REST : 0));
  memcpy(head, &row->part, 8);
  memcpy(head + 8, &number, 2);
  memcpy(head + 10, &row->begin, 8);
  memcpy(head + 18, &row->sequence, 4);
  uint64_t sum = sum_of(row);
  onus_buffer_append(out, (const char *)head, sizeof head);
  onus_length_append(out, row->n_bytes + SUM_BYTES);
  onus_buffer_append(out, (const char *)&sum, sizeof sum);
  onus_buffer_append(out, (const char *)row->bytes, row->n_bytes);
}

/* --- which partitions --------------------------------------------------------------------------------------------- */

bool onus_cluster_has_part(const onus_cluster_part *const *parts, size_t n_parts, uint64_t number) {
  for (size_t p = 0; p < n_parts; p++)
    if (parts[p]->number == number)
      return true;
  return false;
}

size_t onus_cluster_part_list(onus_buffer *out, size_t shard, const onus_cluster_part *const *parts, size_t n_parts) {
  size_t n_listed = 0;
  for (size_t i = 0; i < n_parts; i++)
    if (parts[i]->n_rows[shard] > 0)
      onus_buffer_printf(out, "%s%" PRIu64, n_listed++ == 0 ? "(" : ",", parts[i]->number);
  if (n_listed > 0)
    onus_buffer_string(out, ")");
  return n_listed;
}

void onus_cluster_guard(onus_buffer *out, const onus_cluster *cluster, size_t shard,
                        const onus_cluster_part *const *parts, size_t n_parts) {
  size_t n_needed = 0;
  for (size_t i = 0; i < n_parts; i++)
    n_needed += parts[i]->n_rows[shard] > 0;
  onus_buffer_printf(
      out,
      "(SELECT throwIf(count() != %zu) FROM (SELECT partition, sum(rows) AS r FROM system.parts WHERE active "
      "AND database = '%s' AND table = 'block_%zu' GROUP BY partition) WHERE (partition, r) IN (",
      n_needed, cluster->place.database, shard);
  for (size_t i = 0, n = 0; i < n_parts; i++)
    if (parts[i]->n_rows[shard] > 0)
      onus_buffer_printf(out, "%s('%" PRIu64 "',%" PRIu64 ")", n++ > 0 ? "," : "", parts[i]->number,
                         parts[i]->n_rows[shard]);
  onus_buffer_string(out, ")) = 0");
}
