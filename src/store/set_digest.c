#include "store/set_digest_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

onus_status onus_set_digest_open(onus_set_digest *digest, onus_error *error) {
  *digest = (onus_set_digest){.named_key = malloc(ONUS_STORE_TABLE_BYTES_MAX + 1 + ONUS_STORE_KEY_BYTES_MAX)};
  return digest->named_key ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

void onus_set_digest_free(onus_set_digest *digest) {
  free(digest->named_key);
  digest->named_key = NULL;
}

static onus_status digest_group(void *context, const onus_group *group, onus_error *error) {
  (void)error;
  onus_set_digest *d = context;
  if (group->key_bytes > 0)
    memcpy(d->named_key + d->name_bytes, group->key, group->key_bytes);
  d->key = XXH3_128bits(d->named_key, d->name_bytes + group->key_bytes);
  d->n_keys++;
  return ONUS_OK;
}

static void add_member(onus_set_digest *d, const uint8_t *member, size_t member_bytes) {
  XXH128_hash_t hash = XXH3_128bits(member, member_bytes);
  d->low += hash.low64;
  d->high += hash.high64 + (d->low < hash.low64);
}

static onus_status digest_postings(void *context, const onus_store_posting *postings, size_t count, onus_error *error) {
  (void)error;
  onus_set_digest *d = context;
  for (size_t i = 0; i < count; i++) {
    uint8_t member[16 + ONUS_POSTING_BYTES];
    memcpy(member, &d->key.low64, 8);
    memcpy(member + 8, &d->key.high64, 8);
    memcpy(member + 16, &postings[i], ONUS_POSTING_BYTES);
    add_member(d, member, sizeof member);
  }
  d->n_postings += count;
  return ONUS_OK;
}

onus_group_sink onus_set_digest_table(onus_set_digest *digest, const char *name) {
  digest->name_bytes = strlen(name) + 1;
  memcpy(digest->named_key, name, digest->name_bytes);
  digest->n_keys = digest->n_postings = 0;
  return (onus_group_sink){digest, digest_group, digest_postings};
}

/* The kind stands behind the name, so that the three kinds have nothing in common. */
void onus_set_digest_flat(onus_set_digest *digest, onus_store_kind kind, const char *name) {
  size_t name_bytes = strlen(name) + 1;
  memcpy(digest->named_key, name, name_bytes);
  digest->named_key[name_bytes] = (uint8_t)kind;
  digest->key = XXH3_128bits(digest->named_key, name_bytes + 1);
  digest->n_keys = digest->n_postings = 0;
}

void onus_set_digest_pair(onus_set_digest *digest, uint64_t pair) {
  uint64_t member[3] = {digest->key.low64, digest->key.high64, pair};
  digest->n_keys += digest->n_postings == 0 || pair >> 32 != digest->last_key;
  digest->last_key = pair >> 32;
  digest->n_postings++;
  add_member(digest, (const uint8_t *)member, sizeof member);
}

void onus_set_digest_rows(onus_set_digest *digest, const uint8_t *rows, size_t n_rows, uint32_t row_bytes,
                          uint64_t first) {
  for (size_t i = 0; i < n_rows; i++) {
    XXH128_hash_t contents = XXH3_128bits(rows + i * row_bytes, row_bytes);
    uint64_t member[5] = {digest->key.low64, digest->key.high64, first + i, contents.low64, contents.high64};
    add_member(digest, (const uint8_t *)member, sizeof member);
  }
  digest->n_keys = digest->n_postings = digest->n_keys + n_rows;
}

void onus_set_digest_document(onus_set_digest *digest, const char *name, const onus_text *contents) {
  XXH128_hash_t halves[2] = {XXH3_128bits(name, strlen(name)), XXH3_128bits(contents->bytes, contents->length)};
  uint64_t numbers[4] = {halves[0].low64, halves[0].high64, halves[1].low64, halves[1].high64};
  uint8_t member[sizeof numbers];
  memcpy(member, numbers, sizeof numbers);
  add_member(digest, member, sizeof member);
}

void onus_set_digest_format(const onus_set_digest *digest, char *out) {
  snprintf(out, ONUS_STORE_DIGEST_BYTES, "xxh3-sum:%016" PRIx64 "%016" PRIx64, digest->high, digest->low);
}
