/* A table's fan is as large as its keys allow and stands before its groups; both are written forward, at two places of
 * the file, so that neither has to wait in memory for the other. What stays in memory is the checksums: 8 bytes for
 * each 4 KiB. */
#include "store/output_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

enum { BUFFER_BYTES = 64 * ONUS_BLOCK_BYTES };

struct onus_segment_writer {
  int fd;
  uint64_t length_bytes; /* whole blocks, ended tables */
  onus_output groups, fan;
  uint64_t stream_begin, next_bucket; /* the first whose place is not written yet */
  onus_segment_table *table;          /* open, NULL between tables */
  uint64_t last_key;                  /* of a table of pairs */
  onus_segment_table tables[ONUS_STORE_TABLES_MAX];
  size_t n_tables;
  uint64_t *sums; /* of the first block and all ended tables */
  size_t n_sums;
  char path[];
};

static onus_status fail_write(const char *path, onus_error *error) {
  int number = errno;
  return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be written: %s", strerror(number));
}

static onus_status write_at(int fd, const char *path, uint64_t offset, const void *data, size_t length_bytes,
                            onus_error *error) {
  const uint8_t *bytes = data;
  while (length_bytes > 0) {
    ssize_t wrote = pwrite(fd, bytes, length_bytes, (off_t)offset);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return fail_write(path, error);
    bytes += wrote;
    offset += (size_t)wrote;
    length_bytes -= (size_t)wrote;
  }
  return ONUS_OK;
}

/* --- a file written forward --------------------------------------------------------------------------------------- */

onus_status onus_output_open(onus_output *output, int fd, const char *path, uint64_t offset, bool keeps_sums,
                             onus_error *error) {
  uint8_t *buffer = malloc(BUFFER_BYTES);
  if (!buffer)
    return ONUS_FAIL_NO_MEMORY(error);
  *output = (onus_output){.fd = fd, .path = path, .offset = offset, .buffer = buffer, .keeps_sums = keeps_sums};
  return ONUS_OK;
}

void onus_output_free(onus_output *output) {
  free(output->buffer);
  free(output->sums);
  *output = (onus_output){.fd = -1};
}

static onus_status add_sums(onus_output *output, onus_error *error) {
  size_t n_blocks = output->fill / ONUS_BLOCK_BYTES;
  if (output->n_sums + n_blocks > output->sums_capacity) {
    size_t capacity = 2 * output->sums_capacity + BUFFER_BYTES / ONUS_BLOCK_BYTES;
    uint64_t *grown = realloc(output->sums, capacity * sizeof *grown);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    output->sums = grown;
    output->sums_capacity = capacity;
  }
  for (size_t i = 0; i < n_blocks; i++)
    output->sums[output->n_sums++] = XXH3_64bits(output->buffer + i * ONUS_BLOCK_BYTES, ONUS_BLOCK_BYTES);
  return ONUS_OK;
}

onus_status onus_output_flush(onus_output *output, onus_error *error) {
  if (output->keeps_sums)
    ONUS_TRY(add_sums(output, error));
  ONUS_TRY(write_at(output->fd, output->path, output->offset, output->buffer, output->fill, error));
  output->offset += output->fill;
  output->fill = 0;
  return ONUS_OK;
}

onus_status onus_output_write(onus_output *output, const void *data, size_t length_bytes, onus_error *error) {
  const uint8_t *bytes = data;
  while (length_bytes > 0) {
    size_t room = BUFFER_BYTES - output->fill, part = length_bytes < room ? length_bytes : room;
    memcpy(output->buffer + output->fill, bytes, part);
    output->fill += part;
    bytes += part;
    length_bytes -= part;
    if (output->fill == BUFFER_BYTES)
      ONUS_TRY(onus_output_flush(output, error));
  }
  return ONUS_OK;
}

onus_status onus_output_group(onus_output *output, const onus_group *group, onus_error *error) {
  static const uint8_t zeros[4];
  uint64_t head[2] = {group->hash, group->n_postings << 16 | group->key_bytes};
  ONUS_TRY(onus_output_write(output, head, sizeof head, error));
  ONUS_TRY(onus_output_write(output, group->key, group->key_bytes, error));
  return onus_output_write(output, zeros, onus_key_padded(group->key_bytes) - group->key_bytes, error);
}

/* Fills the last block with zeros and writes it. */
static onus_status end_output(onus_output *output, onus_error *error) {
  size_t over = output->fill % ONUS_BLOCK_BYTES;
  if (over > 0) {
    memset(output->buffer + output->fill, 0, ONUS_BLOCK_BYTES - over);
    output->fill += ONUS_BLOCK_BYTES - over;
  }
  return onus_output_flush(output, error);
}

/* --- a segment ---------------------------------------------------------------------------------------------------- */

static onus_status append_sums(onus_segment_writer *writer, const uint64_t *sums, size_t n_sums, onus_error *error) {
  if (n_sums == 0)
    return ONUS_OK;
  uint64_t *grown = realloc(writer->sums, (writer->n_sums + n_sums) * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  memcpy(grown + writer->n_sums, sums, n_sums * sizeof *grown);
  writer->sums = grown;
  writer->n_sums += n_sums;
  return ONUS_OK;
}

/* The first block says what the file is. */
static onus_status write_head(onus_segment_writer *writer, onus_error *error) {
  uint8_t block[ONUS_BLOCK_BYTES] = {0};
  memcpy(block, ONUS_SEGMENT_MAGIC, 8);
  uint64_t sum = XXH3_64bits(block, sizeof block);
  ONUS_TRY(append_sums(writer, &sum, 1, error));
  ONUS_TRY(write_at(writer->fd, writer->path, 0, block, sizeof block, error));
  writer->length_bytes = sizeof block;
  return ONUS_OK;
}

onus_status onus_segment_create(const char *path, onus_segment_writer **ret_writer, onus_error *error) {
  size_t path_bytes = strlen(path) + 1;
  onus_segment_writer *writer = calloc(1, sizeof *writer + path_bytes);
  if (!writer)
    return ONUS_FAIL_NO_MEMORY(error);
  memcpy(writer->path, path, path_bytes);
  writer->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  onus_status status = writer->fd < 0 ? fail_write(path, error) : write_head(writer, error);
  if (status != ONUS_OK)
    onus_segment_writer_free(writer);
  else
    *ret_writer = writer;
  return status;
}

static uint64_t groups_position(const onus_segment_writer *writer) {
  return writer->groups.offset + writer->groups.fill - writer->stream_begin;
}

/* Writes the place of every bucket up to `last`: where the next group goes. */
static onus_status fill_fan(onus_segment_writer *writer, uint64_t last, onus_error *error) {
  uint64_t position = groups_position(writer);
  for (; writer->next_bucket <= last; writer->next_bucket++)
    ONUS_TRY(onus_output_write(&writer->fan, &position, sizeof position, error));
  return ONUS_OK;
}

static onus_status take_group(void *context, const onus_group *group, onus_error *error) {
  onus_segment_writer *writer = context;
  ONUS_TRY(fill_fan(writer, onus_bucket_of(group->hash, writer->table->n_buckets), error));
  writer->table->n_keys++;
  writer->table->n_postings += group->n_postings;
  return onus_output_group(&writer->groups, group, error);
}

static onus_status take_postings(void *context, const onus_store_posting *postings, size_t count, onus_error *error) {
  onus_segment_writer *writer = context;
  return onus_output_write(&writer->groups, postings, count * sizeof *postings, error);
}

static onus_status begin_table(onus_segment_writer *writer, onus_store_kind kind, const char *name, uint64_t n_buckets,
                               onus_error *error) {
  if (writer->n_tables == ONUS_STORE_TABLES_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "a segment would have more than %d tables", ONUS_STORE_TABLES_MAX);
  onus_segment_table *table = &writer->tables[writer->n_tables];
  memcpy(table->name, name, strlen(name) + 1);
  table->kind = kind;
  table->n_buckets = n_buckets;
  table->fan_offset = writer->length_bytes;
  uint64_t fan_bytes = (table->n_buckets + 1) * 8;
  writer->stream_begin =
      writer->length_bytes + (fan_bytes + ONUS_BLOCK_BYTES - 1) / ONUS_BLOCK_BYTES * ONUS_BLOCK_BYTES;
  writer->next_bucket = 0;
  ONUS_TRY(onus_output_open(&writer->fan, writer->fd, writer->path, table->fan_offset, true, error));
  onus_status status = onus_output_open(&writer->groups, writer->fd, writer->path, writer->stream_begin, true, error);
  if (status != ONUS_OK) {
    onus_output_free(&writer->fan);
    return status;
  }
  writer->table = table;
  return ONUS_OK;
}

onus_status onus_segment_begin(onus_segment_writer *writer, const char *name, uint64_t n_keys_bound,
                               onus_group_sink *ret_sink, onus_error *error) {
  /* Two keys to a bucket, some 100 bytes of groups: the two lines of memory that a look-up waits for. */
  ONUS_TRY(begin_table(writer, ONUS_STORE_RECORDS, name, n_keys_bound / 2 + 1, error));
  *ret_sink = (onus_group_sink){writer, take_group, take_postings};
  return ONUS_OK;
}

onus_status onus_segment_begin_pairs(onus_segment_writer *writer, const char *name, uint64_t n_pairs_bound,
                                     onus_error *error) {
  enum { PAIRS_OF_BUCKET = 12 }; /* two lines of memory, as a rule */
  return begin_table(writer, ONUS_STORE_PAIRS, name, n_pairs_bound / PAIRS_OF_BUCKET + 1, error);
}

onus_status onus_segment_begin_rows(onus_segment_writer *writer, const char *name, uint32_t row_bytes,
                                    uint64_t first_row, onus_error *error) {
  ONUS_TRY(begin_table(writer, ONUS_STORE_ROWS, name, 1, error));
  writer->table->row_bytes = row_bytes;
  writer->table->first_row = first_row;
  return ONUS_OK;
}

onus_status onus_segment_pair(onus_segment_writer *writer, uint64_t pair, onus_error *error) {
  onus_segment_table *table = writer->table;
  uint64_t key = pair >> 32;
  ONUS_TRY(fill_fan(writer, onus_bucket_of(key << 32, table->n_buckets), error));
  table->n_keys += table->n_postings == 0 || key != writer->last_key;
  table->n_postings++;
  writer->last_key = key;
  return onus_output_write(&writer->groups, &pair, sizeof pair, error);
}

onus_status onus_segment_rows(onus_segment_writer *writer, const void *rows, uint64_t n_rows, onus_error *error) {
  onus_segment_table *table = writer->table;
  ONUS_TRY(fill_fan(writer, 0, error));
  table->n_keys += n_rows;
  table->n_postings += n_rows;
  return onus_output_write(&writer->groups, rows, (size_t)n_rows * table->row_bytes, error);
}

onus_status onus_segment_end(onus_segment_writer *writer, onus_error *error) {
  onus_segment_table *table = writer->table;
  ONUS_TRY(fill_fan(writer, table->n_buckets, error));
  table->stream.begin = writer->stream_begin;
  table->stream.end = writer->stream_begin + groups_position(writer);
  ONUS_TRY(end_output(&writer->fan, error));
  ONUS_TRY(end_output(&writer->groups, error));
  writer->length_bytes = writer->groups.offset;
  ONUS_TRY(append_sums(writer, writer->fan.sums, writer->fan.n_sums, error));
  ONUS_TRY(append_sums(writer, writer->groups.sums, writer->groups.n_sums, error));
  onus_output_free(&writer->fan);
  onus_output_free(&writer->groups);
  writer->table = NULL;
  writer->n_tables++;
  return ONUS_OK;
}

static void make_directory(const onus_segment_writer *writer, uint8_t *out) {
  for (size_t i = 0; i < writer->n_tables; i++, out += ONUS_SEGMENT_TABLE_BYTES) {
    const onus_segment_table *table = &writer->tables[i];
    uint64_t numbers[] = {table->fan_offset,
                          table->n_buckets,
                          table->stream.begin,
                          table->stream.end - table->stream.begin,
                          table->n_keys,
                          table->n_postings,
                          (uint64_t)table->row_bytes << 32 | (uint64_t)table->kind,
                          table->first_row};
    memcpy(out, table->name, sizeof table->name);
    memcpy(out + sizeof table->name, numbers, sizeof numbers);
  }
}

onus_status onus_segment_finish(onus_segment_writer *writer, uint64_t *ret_length_bytes, uint64_t *ret_identity,
                                onus_error *error) {
  size_t directory_bytes = writer->n_tables * ONUS_SEGMENT_TABLE_BYTES, sums_bytes = writer->n_sums * 8;
  uint8_t *end = calloc(1, directory_bytes + ONUS_SEGMENT_FOOTER_BYTES);
  if (!end)
    return ONUS_FAIL_NO_MEMORY(error);
  make_directory(writer, end);
  uint8_t *footer = end + directory_bytes;
  uint64_t n_blocks = writer->n_sums, sums_xxh3 = XXH3_64bits(writer->sums, sums_bytes);
  uint64_t directory_xxh3 = XXH3_64bits(end, directory_bytes);
  uint32_t n_tables = (uint32_t)writer->n_tables, block_bytes = ONUS_BLOCK_BYTES, version = 1;
  for (size_t i = 0; i < writer->n_tables; i++)
    if (writer->tables[i].kind != ONUS_STORE_RECORDS)
      version = ONUS_SEGMENT_VERSION;
  memcpy(footer, &n_blocks, 8);
  memcpy(footer + 8, &n_tables, 4);
  memcpy(footer + 12, &block_bytes, 4);
  memcpy(footer + 16, &sums_xxh3, 8);
  memcpy(footer + 24, &directory_xxh3, 8);
  memcpy(footer + 32, &version, 4);
  uint64_t identity = XXH3_64bits(footer, 48);
  memcpy(footer + 48, &identity, 8);
  memcpy(footer + 56, ONUS_SEGMENT_MAGIC, 8);
  onus_status status = write_at(writer->fd, writer->path, writer->length_bytes, writer->sums, sums_bytes, error);
  if (status == ONUS_OK)
    status = write_at(writer->fd, writer->path, writer->length_bytes + sums_bytes, end,
                      directory_bytes + ONUS_SEGMENT_FOOTER_BYTES, error);
  free(end);
  ONUS_TRY(status);
  if (fsync(writer->fd) != 0)
    return fail_write(writer->path, error);
  *ret_length_bytes = writer->length_bytes + sums_bytes + directory_bytes + ONUS_SEGMENT_FOOTER_BYTES;
  *ret_identity = identity;
  return ONUS_OK;
}

void onus_segment_writer_free(onus_segment_writer *writer) {
  if (!writer)
    return;
  onus_output_free(&writer->fan);
  onus_output_free(&writer->groups);
  if (writer->fd >= 0)
    close(writer->fd);
  free(writer->sums);
  free(writer);
}
