#include "store/segment_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static onus_status fail_at(const char *path, uint64_t offset, const char *what, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                      "is damaged at byte %" PRIu64 ": %s; restore it from a copy or import again", offset, what);
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

static bool verify_blocks(const onus_door *door, uint64_t first, uint64_t last, onus_error *error) {
  for (uint64_t block = first; block <= last; block++) {
    uint64_t bit = UINT64_C(1) << (block & 63);
    if (__atomic_load_n(&door->verified[block >> 6], __ATOMIC_RELAXED) & bit)
      continue;
    uint64_t offset = block * ONUS_BLOCK_BYTES;
    if (XXH3_64bits(door->bytes + offset, ONUS_BLOCK_BYTES) != onus_load_u64(door->sums + block * 8)) {
      (void)fail_at(door->path, offset, "the checksum of this block is wrong", error);
      return false;
    }
    __atomic_fetch_or(&door->verified[block >> 6], bit, __ATOMIC_RELAXED);
  }
  return true;
}

const uint8_t *onus_door_get(const onus_door *door, uint64_t offset, uint64_t length, onus_error *error) {
  if (offset > door->length_bytes || length > door->length_bytes - offset) {
    (void)fail_at(door->path, offset, "something here reaches beyond its end", error);
    return NULL;
  }
  if (door->verified && length > 0 &&
      !verify_blocks(door, offset / ONUS_BLOCK_BYTES, (offset + length - 1) / ONUS_BLOCK_BYTES, error))
    return NULL;
  return door->bytes + offset;
}

void onus_door_release(const onus_door *door) {
  if (door->is_mapped) /* a failure costs memory, no more */
    (void)madvise((void *)(uintptr_t)door->bytes, (size_t)door->length_bytes, MADV_DONTNEED);
}

onus_status onus_stream_read(const onus_stream *stream, uint64_t *at, onus_group *ret_group, onus_error *error) {
  uint64_t offset = *at, left = stream->end - offset;
  if (offset < stream->begin || offset >= stream->end || (offset & 3) != 0 || left < ONUS_GROUP_HEAD_BYTES)
    return fail_at(stream->door->path, offset, "no group of postings can stand here", error);
  const uint8_t *head = onus_door_get(stream->door, offset, ONUS_GROUP_HEAD_BYTES, error);
  if (!head)
    return ONUS_BAD_INPUT;
  uint64_t sizes = onus_load_u64(head + 8), n_postings = sizes >> 16;
  size_t key_bytes = (size_t)(sizes & 0xffff), padded = onus_key_padded(key_bytes);
  left -= ONUS_GROUP_HEAD_BYTES;
  if (n_postings == 0 || padded > left || n_postings > (left - padded) / ONUS_POSTING_BYTES)
    return fail_at(stream->door->path, offset, "the sizes of this group of postings are wrong", error);
  uint64_t rest = padded + n_postings * ONUS_POSTING_BYTES;
  const uint8_t *body = onus_door_get(stream->door, offset + ONUS_GROUP_HEAD_BYTES, rest, error);
  if (!body)
    return ONUS_BAD_INPUT;
  *at = offset + ONUS_GROUP_HEAD_BYTES + rest;
  *ret_group = (onus_group){onus_load_u64(head), body, key_bytes,
                            (const onus_store_posting *)(const void *)(body + padded), n_postings};
  return ONUS_OK;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

/* True when offset … offset + length lies inside the blocks. */
static bool is_inside(uint64_t offset, uint64_t length, uint64_t blocks_bytes) {
  return (offset & 7) == 0 && offset <= blocks_bytes && length <= blocks_bytes - offset;
}

/* Whether the numbers of a table fit the bytes that it has. */
static bool is_sized(const onus_segment_table *table, uint64_t stream_bytes) {
  switch (table->kind) {
  case ONUS_STORE_RECORDS:
    return table->n_keys <= stream_bytes / ONUS_GROUP_HEAD_BYTES &&
           table->n_postings <= stream_bytes / ONUS_POSTING_BYTES;
  case ONUS_STORE_PAIRS:
    return table->n_keys <= table->n_postings && table->n_postings == stream_bytes / ONUS_PAIR_BYTES &&
           stream_bytes % ONUS_PAIR_BYTES == 0;
  case ONUS_STORE_ROWS:
    return table->row_bytes > 0 && table->row_bytes <= ONUS_STORE_ROW_BYTES_MAX &&
           table->n_keys == stream_bytes / table->row_bytes && stream_bytes % table->row_bytes == 0 &&
           table->first_row < UINT32_MAX && table->n_keys <= UINT32_MAX - table->first_row;
  default:
    return false;
  }
}

static bool is_behind(const onus_segment_table *last, const onus_segment_table *table) {
  int order = onus_segment_table_compare(last, table);
  return order < 0 || (order == 0 && table->kind == ONUS_STORE_ROWS && table->row_bytes == last->row_bytes &&
                       table->first_row >= last->first_row + last->n_keys);
}

uint64_t onus_segment_table_load(const uint8_t *entry, onus_segment_table *ret_table) {
  onus_segment_table *table = ret_table;
  memcpy(table->name, entry, sizeof table->name);
  table->fan_offset = onus_load_u64(entry + 64);
  table->n_buckets = onus_load_u64(entry + 72);
  table->stream.begin = onus_load_u64(entry + 80);
  uint64_t sizes = onus_load_u64(entry + 112);
  table->n_keys = onus_load_u64(entry + 96);
  table->n_postings = onus_load_u64(entry + 104);
  table->kind = (onus_store_kind)(sizes & 0xff);
  table->row_bytes = (uint32_t)(sizes >> 32);
  table->first_row = onus_load_u64(entry + 120);
  return onus_load_u64(entry + 88);
}

static onus_status read_table(onus_segment *segment, size_t index, uint64_t directory_offset, onus_error *error) {
  uint64_t at = directory_offset + index * ONUS_SEGMENT_TABLE_BYTES, blocks_bytes = segment->door.length_bytes;
  const uint8_t *entry = segment->door.bytes + at;
  onus_segment_table *table = &segment->tables[index];
  uint64_t stream_bytes = onus_segment_table_load(entry, table);
  table->stream.door = &segment->door;
  if (table->name[ONUS_STORE_TABLE_BYTES_MAX] != '\0' || !onus_store_table_is_valid(table->name, strlen(table->name)) ||
      (index > 0 && !is_behind(&segment->tables[index - 1], table)))
    return fail_at(segment->path, at, "the name of a table is wrong", error);
  if (table->n_buckets == 0 || table->n_buckets >= blocks_bytes / 8 ||
      !is_inside(table->fan_offset, (table->n_buckets + 1) * 8, blocks_bytes) ||
      !is_inside(table->stream.begin, stream_bytes, blocks_bytes) || !is_sized(table, stream_bytes))
    return fail_at(segment->path, at, "the entry of a table points where nothing can be", error);
  table->stream.end = table->stream.begin + stream_bytes;
  return ONUS_OK;
}

static onus_status read_footer(onus_segment *segment, bool with_sums, onus_error *error) {
  const uint8_t *bytes = segment->door.bytes;
  uint64_t length = segment->length_bytes;
  const char *path = segment->path;
  if (length < ONUS_SEGMENT_FOOTER_BYTES)
    return fail_at(path, length, "it is too short for a segment", error);
  uint64_t footer_at = length - ONUS_SEGMENT_FOOTER_BYTES;
  const uint8_t *footer = bytes + footer_at;
  if (memcmp(footer + 56, ONUS_SEGMENT_MAGIC, 8) != 0)
    return fail_at(path, footer_at + 56, "a segment does not end like this", error);
  segment->identity = onus_load_u64(footer + 48);
  if (with_sums && XXH3_64bits(footer, 48) != segment->identity)
    return fail_at(path, footer_at, "the checksum of the footer is wrong", error);
  uint32_t n_tables, block_bytes, version;
  memcpy(&n_tables, footer + 8, 4);
  memcpy(&block_bytes, footer + 12, 4);
  memcpy(&version, footer + 32, 4);
  if (version == 0 || version > ONUS_SEGMENT_VERSION)
    return ONUS_FAIL_AT(error, ONUS_UNSUPPORTED, path, 0, 0,
                        "is of version %" PRIu32 "; this onus reads versions 1 to %d", version, ONUS_SEGMENT_VERSION);
  uint64_t n_blocks = onus_load_u64(footer), left = footer_at;
  if (block_bytes != ONUS_BLOCK_BYTES || n_tables > ONUS_STORE_TABLES_MAX ||
      n_blocks > length / (ONUS_BLOCK_BYTES + 8) ||
      left != n_blocks * (ONUS_BLOCK_BYTES + 8) + (uint64_t)n_tables * ONUS_SEGMENT_TABLE_BYTES)
    return fail_at(path, footer_at, "the footer does not fit the length of the file", error);
  uint64_t sums_at = n_blocks * ONUS_BLOCK_BYTES, directory_at = sums_at + n_blocks * 8;
  if (with_sums && XXH3_64bits(bytes + sums_at, (size_t)n_blocks * 8) != onus_load_u64(footer + 16))
    return fail_at(path, sums_at, "the checksum of the checksums is wrong", error);
  if (with_sums && XXH3_64bits(bytes + directory_at, (size_t)(footer_at - directory_at)) != onus_load_u64(footer + 24))
    return fail_at(path, directory_at, "the checksum of the directory of tables is wrong", error);
  segment->door.length_bytes = sums_at;
  segment->tables = calloc(n_tables > 0 ? n_tables : 1, sizeof *segment->tables);
  if (!segment->tables)
    return ONUS_FAIL_NO_MEMORY(error);
  segment->n_tables = n_tables;
  for (size_t i = 0; i < n_tables; i++)
    ONUS_TRY(read_table(segment, i, directory_at, error));
  if (!with_sums)
    return ONUS_OK;
  segment->door.sums = bytes + sums_at;
  segment->door.verified = calloc((size_t)(n_blocks / 64 + 1), sizeof *segment->door.verified);
  return segment->door.verified ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

static onus_segment *new_segment(const char *path, const uint8_t *bytes, uint64_t length_bytes) {
  size_t path_bytes = strlen(path) + 1;
  onus_segment *segment = calloc(1, sizeof *segment + path_bytes);
  if (!segment)
    return NULL;
  memcpy(segment->path, path, path_bytes);
  segment->length_bytes = length_bytes;
  segment->door.bytes = bytes;
  segment->door.path = segment->path;
  return segment;
}

onus_status onus_segment_parse(const char *name, const uint8_t *bytes, uint64_t length_bytes, bool with_sums,
                               onus_segment **ret_segment, onus_error *error) {
  onus_segment *segment = new_segment(name, bytes, length_bytes);
  if (!segment)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = read_footer(segment, with_sums, error);
  if (status != ONUS_OK)
    onus_segment_close(segment);
  else
    *ret_segment = segment;
  return status;
}

onus_status onus_segment_open(const char *path, onus_segment **ret_segment, bool *ret_missing, onus_error *error) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int number = errno;
  *ret_missing = fd < 0 && number == ENOENT;
  if (fd < 0)
    return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be opened: %s", strerror(number));
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < ONUS_SEGMENT_FOOTER_BYTES) {
    close(fd);
    return fail_at(path, 0, "it is too short for a segment", error);
  }
  uint64_t length = (uint64_t)info.st_size;
  void *map = mmap(NULL, (size_t)length, PROT_READ, MAP_SHARED, fd, 0);
  number = errno;
  close(fd);
  if (map == MAP_FAILED)
    return ONUS_FAIL_AT(error, number == ENOMEM ? ONUS_NO_MEMORY : ONUS_IO, path, 0, 0, "cannot be mapped: %s",
                        strerror(number));
  onus_segment *segment = NULL;
  onus_status status = onus_segment_parse(path, map, length, true, &segment, error);
  if (status != ONUS_OK) {
    munmap(map, (size_t)length);
    return status;
  }
  segment->map = map;
  segment->door.is_mapped = true;
  *ret_segment = segment;
  return ONUS_OK;
}

void onus_segment_close(onus_segment *segment) {
  if (!segment)
    return;
  if (segment->map)
    munmap(segment->map, (size_t)segment->length_bytes);
  free(segment->door.verified);
  free(segment->tables);
  free(segment);
}

const onus_segment_table *onus_segment_find_table(const onus_segment *segment, onus_store_kind kind, const char *name) {
  for (size_t i = 0; i < segment->n_tables; i++)
    if (segment->tables[i].kind == kind && strcmp(segment->tables[i].name, name) == 0)
      return &segment->tables[i];
  return NULL;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

/* The groups of the bucket that `hash` falls into. */
static onus_status read_bucket(const onus_segment_table *table, uint64_t hash, uint64_t *ret_begin, uint64_t *ret_end,
                               onus_error *error) {
  const onus_stream *stream = &table->stream;
  uint64_t at = table->fan_offset + onus_bucket_of(hash, table->n_buckets) * 8;
  const uint8_t *fan = onus_door_get(stream->door, at, 16, error);
  if (!fan)
    return ONUS_BAD_INPUT;
  uint64_t begin = onus_load_u64(fan), end = onus_load_u64(fan + 8), length = stream->end - stream->begin;
  if (begin > end || end > length || (begin & 3) != 0)
    return fail_at(stream->door->path, at, "the place of a bucket is wrong", error);
  *ret_begin = stream->begin + begin;
  *ret_end = stream->begin + end;
  return ONUS_OK;
}

static onus_status find_in_bucket(const onus_stream *bucket, const onus_store_key *key, uint64_t hash,
                                  onus_found *ret_found, onus_error *error) {
  const onus_group wanted = {.hash = hash, .key = key->bytes, .key_bytes = key->length_bytes};
  *ret_found = (onus_found){0};
  for (uint64_t at = bucket->begin; at < bucket->end;) {
    /* Only the head first: a group that is passed over may be long. */
    const uint8_t *head = bucket->end - at >= ONUS_GROUP_HEAD_BYTES
                              ? onus_door_get(bucket->door, at, ONUS_GROUP_HEAD_BYTES, error)
                              : NULL;
    if (head && onus_load_u64(head) < hash) {
      uint64_t sizes = onus_load_u64(head + 8), left = bucket->end - at - ONUS_GROUP_HEAD_BYTES;
      uint64_t padded = onus_key_padded((size_t)(sizes & 0xffff));
      if (padded <= left && (sizes >> 16) <= (left - padded) / ONUS_POSTING_BYTES) {
        at += ONUS_GROUP_HEAD_BYTES + padded + (sizes >> 16) * ONUS_POSTING_BYTES;
        continue;
      }
    }
    if (head && onus_load_u64(head) > hash)
      return ONUS_OK;
    onus_group group;
    ONUS_TRY(onus_stream_read(bucket, &at, &group, error));
    int order = onus_group_compare(&group, &wanted);
    if (order == 0)
      *ret_found = (onus_found){group.postings, group.n_postings};
    if (order >= 0)
      return ONUS_OK;
  }
  return ONUS_OK;
}

onus_status onus_segment_find(const onus_segment_table *table, const onus_store_key *keys, const uint64_t *hashes,
                              size_t n_keys, onus_found *ret_found, onus_error *error) {
  /* Three steps, each some keys ahead of the next: ask for the bucket's place, ask for the bucket, read it. */
  enum { AHEAD = 12 };
  struct {
    uint64_t begin, end;
  } places[AHEAD];
  const uint8_t *bytes = table->stream.door->bytes;
  for (size_t i = 0; i < n_keys + 2 * AHEAD; i++) {
    if (i >= 2 * AHEAD) {
      size_t k = i - 2 * AHEAD;
      onus_stream bucket = {table->stream.door, places[k % AHEAD].begin, places[k % AHEAD].end};
      ONUS_TRY(find_in_bucket(&bucket, &keys[k], hashes[k], &ret_found[k], error));
    }
    if (i >= AHEAD && i - AHEAD < n_keys) {
      size_t k = i - AHEAD;
      ONUS_TRY(read_bucket(table, hashes[k], &places[k % AHEAD].begin, &places[k % AHEAD].end, error));
      if (places[k % AHEAD].begin < places[k % AHEAD].end) {
        __builtin_prefetch(bytes + places[k % AHEAD].begin);
        __builtin_prefetch(bytes + places[k % AHEAD].begin + 64);
      }
    }
    if (i < n_keys)
      __builtin_prefetch(bytes + table->fan_offset + onus_bucket_of(hashes[i], table->n_buckets) * 8);
  }
  return ONUS_OK;
}

/* The first of `n` pairs that is not below `wanted`. */
static uint64_t lower_bound(const uint8_t *pairs, uint64_t n, uint64_t wanted) {
  uint64_t low = 0;
  while (n > 0) {
    uint64_t half = n / 2;
    if (onus_load_u64(pairs + (low + half) * ONUS_PAIR_BYTES) < wanted) {
      low += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return low;
}

static onus_status find_key_pairs(const onus_stream *bucket, uint32_t key, onus_found_pairs *ret_found,
                                  onus_error *error) {
  uint64_t length = bucket->end - bucket->begin, n = length / ONUS_PAIR_BYTES;
  *ret_found = (onus_found_pairs){0};
  if (length % ONUS_PAIR_BYTES != 0)
    return fail_at(bucket->door->path, bucket->begin, "a bucket of pairs ends inside of one", error);
  if (n == 0)
    return ONUS_OK;
  const uint8_t *pairs = onus_door_get(bucket->door, bucket->begin, length, error);
  if (!pairs)
    return ONUS_BAD_INPUT;
  uint64_t begin = lower_bound(pairs, n, (uint64_t)key << 32), end = n;
  if (key < UINT32_MAX)
    end = begin + lower_bound(pairs + begin * ONUS_PAIR_BYTES, n - begin, (uint64_t)(key + 1) << 32);
  *ret_found = (onus_found_pairs){pairs + begin * ONUS_PAIR_BYTES, end - begin};
  return ONUS_OK;
}

onus_status onus_segment_find_pairs(const onus_segment_table *table, const uint32_t *keys, size_t n_keys,
                                    onus_found_pairs *ret_found, onus_error *error) {
  enum { AHEAD = 12 }; /* as above */
  struct {
    uint64_t begin, end;
  } places[AHEAD];
  const uint8_t *bytes = table->stream.door->bytes;
  for (size_t i = 0; i < n_keys + 2 * AHEAD; i++) {
    if (i >= 2 * AHEAD) {
      size_t k = i - 2 * AHEAD;
      onus_stream bucket = {table->stream.door, places[k % AHEAD].begin, places[k % AHEAD].end};
      ONUS_TRY(find_key_pairs(&bucket, keys[k], &ret_found[k], error));
    }
    if (i >= AHEAD && i - AHEAD < n_keys) {
      size_t k = i - AHEAD;
      ONUS_TRY(read_bucket(table, (uint64_t)keys[k] << 32, &places[k % AHEAD].begin, &places[k % AHEAD].end, error));
      __builtin_prefetch(bytes + places[k % AHEAD].begin);
      __builtin_prefetch(bytes + places[k % AHEAD].begin + 64);
    }
    if (i < n_keys)
      __builtin_prefetch(bytes + table->fan_offset + onus_bucket_of((uint64_t)keys[i] << 32, table->n_buckets) * 8);
  }
  return ONUS_OK;
}
