/* Fetching the buckets of many keys, whatever is in them. */
#ifndef ONUS_STORE_CLUSTER_SEARCH_INTERNAL_H
#define ONUS_STORE_CLUSTER_SEARCH_INTERNAL_H

#include "base/arena.h"
#include "store/cluster_internal.h"

#define ONUS_SEARCH_KEYS 131072 /* at once: what a server reads grows less than the number of keys */

/* What is here of a bucket: all, or its first row. */
typedef struct onus_bucket {
  uint64_t part, begin;
  size_t shard;
  const uint8_t *bytes; /* aligned to 8 */
  size_t n_bytes, capacity_bytes;
  uint8_t *first; /* room for the first row */
  size_t first_bytes;
  uint8_t *owned; /* `bytes`, when they were put together from several rows */
  uint32_t next_sequence;
  bool has_more, is_wanted;
} onus_bucket;

typedef struct onus_search onus_search;

/* Whether more of a bucket than its first row is needed for key k. A search without this gets all rows at once. */
typedef bool onus_bucket_is_short(const onus_search *search, const onus_bucket *bucket, size_t k);

struct onus_search {
  onus_cluster *cluster;
  const void *query; /* the caller's, for is_short */
  bool needs_all;
  onus_bucket_is_short *is_short;
  unsigned table;
  onus_block_shape shape;
  size_t n_parts;
  const onus_cluster_part **parts; /* that have the table */
  unsigned *bits;                  /* of each */
  size_t first_key, n_keys;        /* the keys at hand */
  uint64_t *hashes;                /* of these, set by the caller */
  onus_arena *arena;
  onus_bucket *buckets;
  size_t n_buckets, buckets_capacity;
  uint32_t *places; /* by hash of (part, begin, shard): number of the bucket + 1 */
  size_t n_places;
  uint32_t *found; /* of key k and partition p at k * n_parts + p: number of the bucket + 1, 0: there is none */
};

/* Whatever it returns, free it. */
ONUS_MUST_CHECK onus_status onus_search_begin(onus_search *search, onus_cluster *cluster,
                                              const onus_cluster_manifest *manifest, onus_store_kind kind,
                                              const char *table, onus_bucket_is_short *is_short, onus_error *error);
void onus_search_free(onus_search *search);

/* Fetches the buckets of the `n_keys` hashes; those of the last time are gone. */
ONUS_MUST_CHECK onus_status onus_search_chunk(onus_search *search, size_t n_keys, onus_error *error);
/* The bucket in which key k stands in partition p, NULL when there is none. */
onus_bucket *onus_search_bucket(const onus_search *search, size_t k, size_t p);

#endif
