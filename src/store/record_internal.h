/* The order of records, and the bytes of a group: what sorted runs, segments and merging have in common.
 *
 * Records are sorted by hash of the key, key (shorter first, then bytes), posting. All postings of one key form a
 * group:
 *
 *     u64 hash            XXH3-64 of the key
 *     u64 sizes           number of postings << 16 | bytes of the key
 *     key                 padded with zeros to a multiple of 4
 *     postings            20 bytes each, ascending, no two the same
 *
 * Groups follow each other without gaps at multiples of 4. Numbers are little-endian. */
#ifndef ONUS_STORE_RECORD_INTERNAL_H
#define ONUS_STORE_RECORD_INTERNAL_H

#include <string.h>

#include "store/store.h"

#define ONUS_GROUP_HEAD_BYTES 16
#define ONUS_POSTING_BYTES 20

bool onus_store_table_is_valid(const char *name, size_t name_bytes);
bool onus_store_document_is_valid(const char *name, size_t name_bytes);

/* A key and its postings, borrowed from the bytes they lie in. */
typedef struct onus_group {
  uint64_t hash;
  const uint8_t *key;
  size_t key_bytes;
  const onus_store_posting *postings;
  uint64_t n_postings;
} onus_group;

/* Takes groups in their order: one call of `group` for each key, then `postings` until all that it announced came. */
typedef struct onus_group_sink {
  void *context;
  onus_status (*group)(void *context, const onus_group *group, onus_error *error);
  onus_status (*postings)(void *context, const onus_store_posting *postings, size_t count, onus_error *error);
} onus_group_sink;

static inline uint64_t onus_load_u64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static inline size_t onus_key_padded(size_t key_bytes) {
  return (key_bytes + 3) & ~(size_t)3;
}

/* What is of about one size, within a factor of 4, has the same tier. */
static inline unsigned onus_size_tier(uint64_t length_bytes) {
  unsigned tier = 0;
  for (uint64_t bytes = length_bytes >> 16; bytes > 0; bytes >>= 2)
    tier++;
  return tier;
}

static inline int onus_key_compare(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes) {
  if (a_bytes != b_bytes)
    return a_bytes < b_bytes ? -1 : 1;
  return a_bytes == 0 ? 0 : memcmp(a, b, a_bytes);
}

static inline int onus_group_compare(const onus_group *a, const onus_group *b) {
  if (a->hash != b->hash)
    return a->hash < b->hash ? -1 : 1;
  return onus_key_compare(a->key, a->key_bytes, b->key, b->key_bytes);
}

static inline int onus_posting_compare(const onus_store_posting *a, const onus_store_posting *b) {
  if (a->holder != b->holder)
    return a->holder < b->holder ? -1 : 1;
  if (a->first_day != b->first_day)
    return a->first_day < b->first_day ? -1 : 1;
  if (a->report != b->report)
    return a->report < b->report ? -1 : 1;
  if (a->last_day != b->last_day)
    return a->last_day < b->last_day ? -1 : 1;
  if (a->extra != b->extra)
    return a->extra < b->extra ? -1 : 1;
  return 0;
}

#endif
