/* The digest of a set of records, pairs, rows and documents: the sum of its members' XXH3-128. A sum has no order, and
 * engines that hold a part each can add theirs up. A member is (XXH3-128 of table, 0, key; posting), 36 bytes;
 * (XXH3-128 of table, 0, 1; pair), 24 bytes; (XXH3-128 of array, 0, 2; number; XXH3-128 of the row), 40 bytes; or
 * (XXH3-128 of a document's name; XXH3-128 of its contents), 32 bytes. */
#ifndef ONUS_STORE_SET_DIGEST_INTERNAL_H
#define ONUS_STORE_SET_DIGEST_INTERNAL_H

#include <xxhash.h>

#include "store/record_internal.h"

typedef struct onus_set_digest {
  uint64_t low, high;
  uint64_t n_keys, n_postings; /* of the table at hand */
  uint8_t *named_key;          /* name, 0, room for a key */
  size_t name_bytes;
  XXH128_hash_t key;
  uint64_t last_key; /* of a table of pairs */
} onus_set_digest;

ONUS_MUST_CHECK onus_status onus_set_digest_open(onus_set_digest *digest, onus_error *error);
void onus_set_digest_free(onus_set_digest *digest);

/* A sink for the groups of a table. */
onus_group_sink onus_set_digest_table(onus_set_digest *digest, const char *name);
/* Begins a table of pairs or an array; then its pairs (the key in the upper half, ascending), or its rows. */
void onus_set_digest_flat(onus_set_digest *digest, onus_store_kind kind, const char *name);
void onus_set_digest_pair(onus_set_digest *digest, uint64_t pair);
void onus_set_digest_rows(onus_set_digest *digest, const uint8_t *rows, size_t n_rows, uint32_t row_bytes,
                          uint64_t first);
void onus_set_digest_document(onus_set_digest *digest, const char *name, const onus_text *contents);
/* Writes to `out` of ONUS_STORE_DIGEST_BYTES. */
void onus_set_digest_format(const onus_set_digest *digest, char *out);

#endif
