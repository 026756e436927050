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
  *ret_sink = onus_segment_sink(writer);
  return ONUS_OK;
}

onus_group_sink onus_segment_sink(onus_segment_writer *writer) {
  return (onus_group_sink){writer, take_group, take_postings};
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

onus_status onus_segment_end_open(onus_segment_writer *writer, onus_error *error) {
  return writer->table ? onus_segment_end(writer, error) : ONUS_OK;
}

onus_status onus_segment_join_rows(onus_segment_writer *writer, const char *name, uint32_t row_bytes, uint64_t first,
                                   const void *rows, size_t n_rows, onus_error *error) {
  const onus_segment_table *table = writer->table;
  if (table && first != table->first_row + table->n_keys)
    ONUS_TRY(onus_segment_end(writer, error));
  if (!writer->table)
    ONUS_TRY(onus_segment_begin_rows(writer, name, row_bytes, first, error));
  return onus_segment_rows(writer, rows, n_rows, error);
}

void onus_segment_count(const onus_segment_writer *writer, onus_store_kind kind, const char *name, uint64_t *ret_n_keys,
                        uint64_t *ret_n_postings) {
  *ret_n_keys = *ret_n_postings = 0;
  for (size_t i = 0; i < writer->n_tables + (writer->table != NULL); i++) {
    const onus_segment_table *table = &writer->tables[i];
    if (table->kind != kind || strcmp(table->name, name) != 0)
      continue;
    *ret_n_keys += table->n_keys;
    *ret_n_postings += table->n_postings;
  }
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void make_directory(const onus_segment_writer *writer, size_t n_tables, uint8_t *out) {
  for (size_t i = 0; i < n_tables; i++, out += ONUS_SEGMENT_TABLE_BYTES) {
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
  make_directory(writer, writer->n_tables, end);
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

/* --- going on in another process ---------------------------------------------------------------------------------- */

/* A mark: u64 each whether the last table is open, next_bucket, last_key, number of tables; then their entries as in
 * the directory. Checksums are not in it: they are made again of the blocks. */
enum { MARK_HEAD_BYTES = 32 };

/* Writes what waits in the buffer, which stays there. */
static onus_status save_output(onus_output *output, onus_error *error) {
  return write_at(output->fd, output->path, output->offset, output->buffer, output->fill, error);
}

onus_status onus_segment_save(onus_segment_writer *writer, onus_buffer *mark, onus_error *error) {
  onus_segment_table *open = writer->table;
  size_t n_tables = writer->n_tables + (open != NULL), n_bytes = n_tables * ONUS_SEGMENT_TABLE_BYTES;
  if (open) {
    ONUS_TRY(save_output(&writer->fan, error));
    ONUS_TRY(save_output(&writer->groups, error));
    open->stream.begin = writer->stream_begin;
    open->stream.end = writer->stream_begin + groups_position(writer);
  }
  if (fsync(writer->fd) != 0)
    return fail_write(writer->path, error);
  uint8_t *directory = malloc(n_bytes + 1);
  if (!directory)
    return ONUS_FAIL_NO_MEMORY(error);
  make_directory(writer, n_tables, directory);
  uint64_t head[4] = {open != NULL, writer->next_bucket, writer->last_key, n_tables};
  onus_buffer_append(mark, (const char *)head, sizeof head);
  onus_buffer_append(mark, (const char *)directory, n_bytes);
  free(directory);
  return mark->status == ONUS_OK ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status fail_mark(const onus_segment_writer *writer, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, writer->path, 0, 0, "does not fit what was noted of it");
}

static uint64_t whole_blocks(uint64_t bytes) {
  return (bytes + ONUS_BLOCK_BYTES - 1) / ONUS_BLOCK_BYTES * ONUS_BLOCK_BYTES;
}

/* Whether the table begins at *end as the writer would have it; moves *end behind it. */
static bool is_next(const onus_segment_writer *writer, const onus_segment_table *table, uint64_t stream_bytes,
                    uint64_t file_bytes, uint64_t *end) {
  static const uint64_t BUCKETS_MOST = UINT64_C(1) << 40;
  if (table->name[ONUS_STORE_TABLE_BYTES_MAX] != '\0' || !onus_store_table_is_valid(table->name, strlen(table->name)) ||
      table->kind > ONUS_STORE_ROWS || table->fan_offset != *end || table->n_buckets == 0 ||
      table->n_buckets > BUCKETS_MOST || table->row_bytes > ONUS_STORE_ROW_BYTES_MAX ||
      (table->row_bytes > 0) != (table->kind == ONUS_STORE_ROWS))
    return false;
  uint64_t stream_begin = *end + whole_blocks((table->n_buckets + 1) * 8);
  if (table->stream.begin != stream_begin || stream_bytes > file_bytes ||
      (stream_bytes > 0 && stream_begin + stream_bytes > file_bytes))
    return false;
  *end = stream_begin + whole_blocks(stream_bytes);
  return table == &writer->tables[0] || onus_segment_table_compare(table - 1, table) <= 0;
}

/* Takes the mark apart; *ret_is_open says whether the last table is. */
static onus_status read_mark(onus_segment_writer *writer, const uint8_t *mark, size_t mark_bytes, uint64_t file_bytes,
                             bool *ret_is_open, onus_error *error) {
  uint64_t head[4], end = ONUS_BLOCK_BYTES;
  if (mark_bytes < MARK_HEAD_BYTES)
    return fail_mark(writer, error);
  memcpy(head, mark, sizeof head);
  if (head[0] > 1 || head[3] > ONUS_STORE_TABLES_MAX || head[0] > head[3] ||
      mark_bytes != MARK_HEAD_BYTES + head[3] * ONUS_SEGMENT_TABLE_BYTES)
    return fail_mark(writer, error);
  writer->length_bytes = ONUS_BLOCK_BYTES;
  for (size_t i = 0; i < head[3]; i++) {
    onus_segment_table *table = &writer->tables[i];
    uint64_t stream_bytes = onus_segment_table_load(mark + MARK_HEAD_BYTES + i * ONUS_SEGMENT_TABLE_BYTES, table);
    if (!is_next(writer, table, stream_bytes, file_bytes, &end))
      return fail_mark(writer, error);
    table->stream.end = table->stream.begin + stream_bytes;
    if (i + 1 < head[3] || head[0] == 0)
      writer->length_bytes = end;
  }
  *ret_is_open = head[0] == 1;
  writer->n_tables = (size_t)(head[3] - head[0]);
  writer->next_bucket = head[1];
  writer->last_key = head[2];
  if (*ret_is_open && head[1] > writer->tables[writer->n_tables].n_buckets + 1)
    return fail_mark(writer, error);
  return ONUS_OK;
}

static onus_status read_at(const onus_segment_writer *writer, uint64_t offset, uint8_t *bytes, size_t length_bytes,
                           onus_error *error) {
  while (length_bytes > 0) {
    ssize_t got = pread(writer->fd, bytes, length_bytes, (off_t)offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return ONUS_FAIL_AT(error, ONUS_IO, writer->path, 0, 0, "cannot be read: %s", strerror(errno));
    if (got == 0)
      return fail_mark(writer, error);
    bytes += got;
    offset += (size_t)got;
    length_bytes -= (size_t)got;
  }
  return ONUS_OK;
}

/* An output that has been written from `begin` to `end`: its checksums, and what of its last block is in the file. */
static onus_status resume_output(onus_segment_writer *writer, onus_output *output, uint64_t begin, uint64_t end,
                                 onus_error *error) {
  ONUS_TRY(onus_output_open(output, writer->fd, writer->path, begin, true, error));
  while (end - output->offset >= ONUS_BLOCK_BYTES) {
    uint64_t left = (end - output->offset) / ONUS_BLOCK_BYTES * ONUS_BLOCK_BYTES;
    output->fill = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;
    ONUS_TRY(read_at(writer, output->offset, output->buffer, output->fill, error));
    ONUS_TRY(add_sums(output, error));
    output->offset += output->fill;
    output->fill = 0;
  }
  output->fill = (size_t)(end - output->offset);
  return read_at(writer, output->offset, output->buffer, output->fill, error);
}

static onus_status resume_table(onus_segment_writer *writer, onus_error *error) {
  onus_segment_table *table = &writer->tables[writer->n_tables];
  writer->table = table;
  writer->stream_begin = table->stream.begin;
  ONUS_TRY(resume_output(writer, &writer->fan, table->fan_offset, table->fan_offset + writer->next_bucket * 8, error));
  return resume_output(writer, &writer->groups, table->stream.begin, table->stream.end, error);
}

static onus_status resume(onus_segment_writer *writer, const uint8_t *mark, size_t mark_bytes, onus_error *error) {
  off_t file_bytes = writer->fd < 0 ? -1 : lseek(writer->fd, 0, SEEK_END);
  if (file_bytes < 0)
    return ONUS_FAIL_AT(error, ONUS_IO, writer->path, 0, 0, "cannot be opened: %s", strerror(errno));
  bool is_open = false;
  ONUS_TRY(read_mark(writer, mark, mark_bytes, (uint64_t)file_bytes, &is_open, error));
  onus_output ended = {.fd = -1};
  onus_status status = resume_output(writer, &ended, 0, writer->length_bytes, error);
  if (status == ONUS_OK)
    status = append_sums(writer, ended.sums, ended.n_sums, error);
  onus_output_free(&ended);
  if (status == ONUS_OK && is_open)
    status = resume_table(writer, error);
  uint64_t end = is_open ? writer->tables[writer->n_tables].stream.end : writer->length_bytes;
  if (status == ONUS_OK && ftruncate(writer->fd, (off_t)end) != 0)
    status = fail_write(writer->path, error);
  return status;
}

onus_status onus_segment_resume(const char *path, const uint8_t *mark, size_t mark_bytes,
                                onus_segment_writer **ret_writer, onus_error *error) {
  size_t path_bytes = strlen(path) + 1;
  onus_segment_writer *writer = calloc(1, sizeof *writer + path_bytes);
  if (!writer)
    return ONUS_FAIL_NO_MEMORY(error);
  memcpy(writer->path, path, path_bytes);
  writer->fd = open(path, O_RDWR | O_CLOEXEC);
  onus_status status = resume(writer, mark, mark_bytes, error);
  if (status != ONUS_OK)
    onus_segment_writer_free(writer);
  else
    *ret_writer = writer;
  return status;
}
