/* The readers of a store's files: bytes that begin as a manifest does are one, all others a segment. Checksums of
 * segments are not looked at, or no input but the corpus would ever pass. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/flat_internal.h"
#include "store/manifest_internal.h"
#include "store/merge_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK && status != ONUS_NO_MEMORY && error->text[0] == '\0')
    abort();
}

static onus_status take_group(void *context, const onus_group *group, onus_error *error) {
  (void)error;
  uint64_t *sum = context;
  for (size_t i = 0; i < group->key_bytes; i++)
    *sum += group->key[i];
  return ONUS_OK;
}

static onus_status take_postings(void *context, const onus_store_posting *postings, size_t count, onus_error *error) {
  (void)error;
  uint64_t *sum = context;
  for (size_t i = 0; i < count; i++)
    *sum += postings[i].holder;
  return ONUS_OK;
}

static onus_status ignore_pair(void *context, uint64_t pair, onus_error *error) {
  (void)error;
  *(uint64_t *)context += pair;
  return ONUS_OK;
}

static onus_status ignore_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                               onus_error *error) {
  (void)error;
  for (size_t i = 0; i < n_rows * row_bytes; i++)
    *(uint64_t *)context += rows[i] + first;
  return ONUS_OK;
}

static void read_manifest(const uint8_t *data, size_t size) {
  onus_manifest *manifest = malloc(sizeof *manifest);
  onus_error error = {0};
  if (manifest)
    check(onus_manifest_parse("fuzz", (const char *)data, size, manifest, &error), &error);
  free(manifest);
}

static void read_segment(const uint8_t *data, size_t size) {
  enum { N_KEYS = 64 };
  onus_segment *segment = NULL;
  onus_error error = {0};
  onus_status status = onus_segment_parse("fuzz", data, size, false, &segment, &error);
  check(status, &error);
  if (status != ONUS_OK)
    return;
  uint64_t sum = 0, hashes[N_KEYS];
  onus_store_key keys[N_KEYS];
  for (size_t i = 0; i < N_KEYS; i++) {
    keys[i] = (onus_store_key){"a key", i % 6};
    hashes[i] = UINT64_MAX / N_KEYS * i;
  }
  uint32_t numbers[N_KEYS];
  for (uint32_t i = 0; i < N_KEYS; i++)
    numbers[i] = UINT32_MAX / N_KEYS * i;
  for (size_t i = 0; i < segment->n_tables; i++) {
    const onus_segment_table *table = &segment->tables[i];
    error = (onus_error){0};
    if (table->kind == ONUS_STORE_PAIRS) {
      onus_found_pairs pairs[N_KEYS];
      check(onus_segment_find_pairs(table, numbers, N_KEYS, pairs, &error), &error);
      check(onus_pairs_merge(&segment, 1, table->name, &sum, ignore_pair, &error), &error);
      continue;
    }
    if (table->kind == ONUS_STORE_ROWS) {
      static uint8_t row[ONUS_STORE_ROW_BYTES_MAX];
      uint32_t first = (uint32_t)table->first_row;
      check(onus_rows_fetch(&segment, 1, "fuzz", table->name, table->row_bytes, &first, 1, row, &error), &error);
      check(onus_rows_walk(&segment, 1, table->name, &sum, ignore_rows, &error), &error);
      continue;
    }
    onus_found found[N_KEYS];
    onus_group_sink sink = {&sum, take_group, take_postings};
    onus_stream twice[2] = {segment->tables[i].stream, segment->tables[i].stream};
    error = (onus_error){0};
    check(onus_segment_find(&segment->tables[i], keys, hashes, N_KEYS, found, &error), &error);
    check(onus_merge(twice, 2, &sink, &error), &error);
  }
  onus_segment_close(segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size >= 10 && memcmp(data, "onus-store", 10) == 0)
    read_manifest(data, size);
  else
    read_segment(data, size);
  return 0;
}
