/* One immutable file of sorted groups. docs/FORMATS.md has its bytes.
 *
 * Everything that is read from it passes one door, onus_door_get: it checks the bounds and, the first time that a block
 * of 4 KiB is touched, its checksum. Not on opening: reading a few keys of a large store would then read all of it.
 * The footer, the directory of tables and the list of checksums are checked on opening.
 *
 * Checksums are for accidents. A file made to harm has right ones, so nothing that lies behind the door is believed
 * either: sizes are checked against the bounds of the table, and each step of a walk goes forward.
 *
 * The file is mapped: one that is cut short or sits on a failing disk while it is read ends the process (SIGBUS).
 * Nothing in onus ever changes a segment once it has its name. */
#ifndef ONUS_STORE_SEGMENT_INTERNAL_H
#define ONUS_STORE_SEGMENT_INTERNAL_H

#include "store/record_internal.h"

#define ONUS_BLOCK_BYTES 4096
#define ONUS_SEGMENT_FOOTER_BYTES 64
#define ONUS_SEGMENT_TABLE_BYTES 128
#define ONUS_SEGMENT_VERSION 2 /* 1: records only */
#define ONUS_PAIR_BYTES 8
#define ONUS_SEGMENT_MAGIC "ONUSSEG\n"

/* Bytes that may be wrong. */
typedef struct onus_door {
  const uint8_t *bytes;
  uint64_t length_bytes;
  const uint8_t *sums; /* u64 for each block; NULL: not checked */
  uint64_t *verified;  /* a bit for each block, set atomically; NULL: not checked */
  const char *path;    /* for messages */
  bool is_mapped;      /* `bytes` are a file's, from its beginning */
} onus_door;

/* Lets go of what of a mapped file is in memory; what is touched after that is fetched again. */
void onus_door_release(const onus_door *door);

/* `length` bytes at `offset`, or NULL with ONUS_BAD_INPUT in `error`. */
const uint8_t *onus_door_get(const onus_door *door, uint64_t offset, uint64_t length, onus_error *error);

/* A stretch of groups. */
typedef struct onus_stream {
  const onus_door *door;
  uint64_t begin, end;
} onus_stream;

/* Reads the group at `*at`, which lies before the end of the stream, and moves `*at` behind it. */
ONUS_MUST_CHECK onus_status onus_stream_read(const onus_stream *stream, uint64_t *at, onus_group *ret_group,
                                             onus_error *error);

/* Of records, of pairs, or a stretch of an array. Pairs are u64, the key in the upper half, ascending, no two the same.
 */
typedef struct onus_segment_table {
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  onus_store_kind kind;
  uint64_t fan_offset, n_buckets; /* n_buckets + 1 offsets into the stream; an array has one bucket */
  uint64_t n_keys, n_postings;
  uint32_t row_bytes;
  uint64_t first_row;
  onus_stream stream; /* of pairs and rows only its bounds count */
} onus_segment_table;

/* The order of the directory, but for stretches of one array, which follow each other by first row. */
static inline int onus_segment_table_compare(const onus_segment_table *a, const onus_segment_table *b) {
  return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->name, b->name);
}

/* Takes an entry of the directory apart, believing nothing and checking nothing; returns the bytes of its stream. */
uint64_t onus_segment_table_load(const uint8_t *entry, onus_segment_table *ret_table);

typedef struct onus_segment {
  onus_door door;
  void *map; /* NULL when the bytes are the caller's */
  uint64_t length_bytes, identity;
  size_t n_tables;
  onus_segment_table *tables; /* by kind, name, first row */
  char path[];
} onus_segment;

/* ONUS_IO with errno ENOENT left in *ret_missing as true when there is no such file. */
ONUS_MUST_CHECK onus_status onus_segment_open(const char *path, onus_segment **ret_segment, bool *ret_missing,
                                              onus_error *error);
/* The same on bytes in memory, aligned to 4, which must outlive it. Without `with_sums` checksums are not looked at. */
ONUS_MUST_CHECK onus_status onus_segment_parse(const char *name, const uint8_t *bytes, uint64_t length_bytes,
                                               bool with_sums, onus_segment **ret_segment, onus_error *error);
void onus_segment_close(onus_segment *segment);

/* NULL when it has no such table. */
const onus_segment_table *onus_segment_find_table(const onus_segment *segment, onus_store_kind kind, const char *name);

/* Postings found for one key. */
typedef struct onus_found {
  const onus_store_posting *postings;
  uint64_t n_postings; /* 0: the key is not there */
} onus_found;

/* Looks for `n_keys` keys at once; the waits for memory overlap. */
ONUS_MUST_CHECK onus_status onus_segment_find(const onus_segment_table *table, const onus_store_key *keys,
                                              const uint64_t *hashes, size_t n_keys, onus_found *ret_found,
                                              onus_error *error);

/* Where the pairs of a key lie; 0 of them: nowhere. Pairs that a damaged file has out of order may be missed. */
typedef struct onus_found_pairs {
  const uint8_t *pairs;
  uint64_t n_pairs;
} onus_found_pairs;
ONUS_MUST_CHECK onus_status onus_segment_find_pairs(const onus_segment_table *table, const uint32_t *keys,
                                                    size_t n_keys, onus_found_pairs *ret_found, onus_error *error);

static inline uint64_t onus_bucket_of(uint64_t hash, uint64_t n_buckets) {
  return (uint64_t)(((unsigned __int128)hash * n_buckets) >> 64);
}

#endif
