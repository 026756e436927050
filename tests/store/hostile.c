/* Damaged segments and manifests: every mutation is answered, with an error or with something, and harms nothing.
 *
 * hostile COUNT: mutates the bytes of a small store COUNT times. Half of the mutations are read with checksums: then
 * each must be found, or lie where nothing reads. The other half stand for files made to harm, whose checksums are
 * right: nothing but memory and time is safe then, so everything is read without looking at checksums. */
#include <xxhash.h>

#include "base/random.h"
#include "store/flat_internal.h"
#include "store/folder_internal.h"
#include "store/merge_internal.h"
#include "store/test_folder_internal.h"

#include "check.h"

enum { N_KEYS = 150 };

static uint64_t drawn;

static uint64_t draw(uint64_t below) {
  return onus_random_bits(11, 3, drawn++) % below;
}

static char texts[N_KEYS][32];
static onus_store_key keys[N_KEYS];

static void make_store(const char *folder) {
  onus_store_writer *writer;
  CHECK(onus_store_writer_open(folder, NULL, &writer, NULL) == ONUS_OK);
  for (unsigned i = 0; i < N_KEYS; i++) {
    int length = snprintf(texts[i], sizeof texts[i], "key %u", i * 7919);
    keys[i] = (onus_store_key){texts[i], (size_t)length};
    for (unsigned k = 0; k <= i % 5; k++) {
      onus_store_record record = {keys[i], {k, i, 1, 2, 3}};
      CHECK(onus_store_put(writer, i % 3 ? "indicator" : "technique", &record, 1, NULL) == ONUS_OK);
    }
  }
  for (uint32_t i = 0; i < 40 * N_KEYS; i++) {
    onus_store_pair pair = {(i / 2) * 2654435761u, i};
    uint32_t first;
    CHECK(onus_store_put_pairs(writer, "function-key", &pair, 1, NULL) == ONUS_OK);
    CHECK(onus_store_append_rows(writer, "function", 7, "a row of bytes", 1, &first, NULL) == ONUS_OK);
  }
  CHECK(onus_store_seal(writer, NULL) == ONUS_OK);
  onus_store_writer_close(writer);
}

static uint8_t *read_whole(const char *path, size_t *ret_length) {
  FILE *file = fopen(path, "rb");
  CHECK(file);
  static uint8_t bytes[1 << 20];
  *ret_length = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  uint8_t *copy = malloc(*ret_length);
  CHECK(copy && *ret_length > 0 && *ret_length < sizeof bytes);
  memcpy(copy, bytes, *ret_length);
  return copy;
}

static onus_status ignore_group(void *context, const onus_group *group, onus_error *error) {
  (void)error;
  uint64_t *sum = context;
  for (size_t i = 0; i < group->key_bytes; i++)
    *sum += group->key[i];
  return ONUS_OK;
}

static onus_status ignore_postings(void *context, const onus_store_posting *postings, size_t count, onus_error *error) {
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

static void check_error(onus_status status, const onus_error *error) {
  if (status == ONUS_OK)
    return;
  CHECK(status == ONUS_BAD_INPUT || status == ONUS_UNSUPPORTED);
  CHECK(error->status == status && strcmp(error->path, "mutated") == 0);
  CHECK(status != ONUS_BAD_INPUT || strstr(error->text, "byte "));
}

/* Pairs or rows of one table, looked up and walked over. */
static onus_status read_flat(onus_segment *segment, const onus_segment_table *table, uint64_t *sum, onus_error *error) {
  uint32_t numbers[N_KEYS];
  static uint8_t rows[N_KEYS * ONUS_STORE_ROW_BYTES_MAX];
  if (table->kind == ONUS_STORE_PAIRS) {
    onus_found_pairs found[N_KEYS];
    for (size_t k = 0; k < N_KEYS; k++)
      numbers[k] = (uint32_t)onus_random_bits(drawn, 6, k);
    ONUS_TRY(onus_segment_find_pairs(table, numbers, N_KEYS, found, error));
    for (size_t k = 0; k < N_KEYS; k++)
      for (uint64_t i = 0; i < found[k].n_pairs; i++)
        *sum += found[k].pairs[i * ONUS_PAIR_BYTES] * 0;
    return onus_pairs_merge(&segment, 1, table->name, sum, ignore_pair, error);
  }
  for (size_t k = 0; k < N_KEYS; k++)
    numbers[k] = (uint32_t)(table->first_row + onus_random_bits(drawn, 7, k) % (table->n_keys + 1));
  onus_status status =
      onus_rows_fetch(&segment, 1, "mutated", table->name, table->row_bytes, numbers, table->n_keys > 0, rows, error);
  if (status != ONUS_OK && status != ONUS_BAD_INPUT)
    return status;
  return onus_rows_walk(&segment, 1, table->name, sum, ignore_rows, error);
}

/* Reads everything there is; the sum of it all, so that each byte is touched. *ret_failed: something was refused. */
static uint64_t read_all(const uint8_t *bytes, size_t length, bool with_sums, bool *ret_failed) {
  onus_segment *segment = NULL;
  onus_error error = {0};
  uint64_t sum = 0, hashes[N_KEYS];
  onus_status status = onus_segment_parse("mutated", bytes, length, with_sums, &segment, &error);
  check_error(status, &error);
  *ret_failed = status != ONUS_OK;
  for (size_t i = 0; status == ONUS_OK && i < segment->n_tables; i++) {
    onus_found found[N_KEYS];
    memcpy(hashes, (uint64_t[N_KEYS]){0}, sizeof hashes);
    for (size_t k = 0; k < N_KEYS; k++)
      hashes[k] = onus_random_bits(drawn, 5, k); /* anywhere, so that every bucket is met */
    error = (onus_error){0};
    if (segment->tables[i].kind != ONUS_STORE_RECORDS) {
      onus_status flat_status = read_flat(segment, &segment->tables[i], &sum, &error);
      check_error(flat_status, &error);
      *ret_failed |= flat_status != ONUS_OK;
      continue;
    }
    onus_status found_status = onus_segment_find(&segment->tables[i], keys, hashes, N_KEYS, found, &error);
    check_error(found_status, &error);
    error = (onus_error){0};
    onus_group_sink sink = {&sum, ignore_group, ignore_postings};
    onus_stream twice[2] = {segment->tables[i].stream, segment->tables[i].stream};
    onus_status merge_status = onus_merge(twice, 2, &sink, &error);
    check_error(merge_status, &error);
    *ret_failed |= found_status != ONUS_OK || merge_status != ONUS_OK;
  }
  if (status == ONUS_OK)
    onus_segment_close(segment);
  return sum;
}

/* Changes some bytes where they matter: heads of groups, places of buckets, directory, footer; sometimes the length. */
static size_t mutate(uint8_t *bytes, size_t length, const uint64_t *interesting, size_t n_interesting) {
  static const uint64_t values[] = {0,
                                    1,
                                    2,
                                    3,
                                    4,
                                    8,
                                    0xff,
                                    0xffff,
                                    0x10000,
                                    0x7fffffff,
                                    0xffffffff,
                                    UINT64_MAX,
                                    UINT64_MAX - 3,
                                    UINT64_C(1) << 63,
                                    UINT64_C(1) << 48,
                                    UINT64_C(0xffffffffffff0000)};
  for (uint64_t n = 1 + draw(3); n > 0; n--) {
    size_t at = draw(2) ? (size_t)interesting[draw(n_interesting)] + (size_t)draw(32) : (size_t)draw(length);
    if (at + 8 > length)
      at = length - 8;
    uint64_t value = draw(2) ? values[draw(sizeof values / sizeof *values)] : onus_load_u64(bytes + at) + draw(65) - 32;
    switch (draw(3)) {
    case 0:
      bytes[at] ^= (uint8_t)(1U << draw(8));
      break;
    case 1:
      bytes[at] = (uint8_t)draw(256);
      break;
    default:
      at &= ~(size_t)7;
      memcpy(bytes + at, &value, 8);
    }
  }
  return draw(20) == 0 ? (size_t)draw(length) : length;
}

static void mutate_segments(const char *path, unsigned long count) {
  size_t length;
  uint8_t *whole = read_whole(path, &length);
  bool failed;
  uint64_t expected = read_all(whole, length, true, &failed);
  CHECK(!failed && expected > 0);
  onus_segment *segment;
  CHECK(onus_segment_parse("whole", whole, length, true, &segment, NULL) == ONUS_OK);
  CHECK(segment->n_tables == 4);
  uint64_t interesting[16] = {segment->door.length_bytes, length - ONUS_SEGMENT_FOOTER_BYTES,
                              length - ONUS_SEGMENT_FOOTER_BYTES - 2 * ONUS_SEGMENT_TABLE_BYTES + 64,
                              length - ONUS_SEGMENT_FOOTER_BYTES - ONUS_SEGMENT_TABLE_BYTES + 64};
  for (size_t i = 0; i < 2; i++) /* the ends of the entries of pairs and rows */
    interesting[12 + 2 * i] = interesting[13 + 2 * i] = interesting[2 + i] + 32;
  for (size_t i = 0; i < 4; i++) {
    interesting[4 + 2 * i] = segment->tables[i].stream.begin;
    interesting[5 + 2 * i] = segment->tables[i].fan_offset + draw(segment->tables[i].n_buckets) * 8;
  }
  onus_segment_close(segment);
  unsigned long n_found = 0, n_unsummed_refused = 0;
  for (unsigned long i = 0; i < count; i++) {
    uint8_t *bytes = malloc(length); /* anew, so that a step beyond its end shows */
    CHECK(bytes);
    memcpy(bytes, whole, length);
    size_t new_length = mutate(bytes, length, interesting, 16);
    uint8_t *exact = malloc(new_length > 0 ? new_length : 1);
    CHECK(exact);
    memcpy(exact, bytes, new_length);
    bool with_sums = i % 2 == 0;
    uint64_t sum = read_all(exact, new_length, with_sums, &failed);
    if (with_sums)
      CHECK(failed || sum == expected);
    n_found += with_sums && failed;
    n_unsummed_refused += !with_sums && failed;
    free(exact);
    free(bytes);
  }
  free(whole);
  printf("%lu segments: %lu of %lu refused with checksums, %lu of %lu without\n", count, n_found, (count + 1) / 2,
         n_unsummed_refused, count / 2);
  CHECK(n_found > count / 4 && n_unsummed_refused > 0);
}

static void mutate_manifests(const char *folder, unsigned long count) {
  char path[600];
  snprintf(path, sizeof path, "%s/MANIFEST", folder);
  size_t length;
  uint8_t *whole = read_whole(path, &length);
  static onus_manifest manifest;
  CHECK(onus_manifest_parse("mutated", (char *)whole, length, &manifest, NULL) == ONUS_OK && manifest.n_segments == 1);
  for (unsigned long i = 0; i < count; i++) {
    size_t new_length = draw(4) == 0 ? draw(length) : length;
    char *bytes = malloc(new_length > 0 ? new_length : 1);
    CHECK(bytes);
    memcpy(bytes, whole, new_length);
    if (new_length == length)
      bytes[draw(length)] ^= (char)(1 + draw(255));
    onus_error error = {0};
    onus_status status = onus_manifest_parse("mutated", bytes, new_length, &manifest, &error);
    CHECK((status == ONUS_BAD_INPUT || status == ONUS_UNSUPPORTED) && error.line > 0);
    free(bytes);
  }
  free(whole);
  printf("%lu manifests refused\n", count);
}

/* --- order -------------------------------------------------------------------------------------------------------- */

enum { GROUP_BYTES = ONUS_GROUP_HEAD_BYTES + 4 + 2 * ONUS_POSTING_BYTES };

static void put_group(uint8_t *out, char letter, uint64_t hash_error, bool is_swapped) {
  uint64_t head[2] = {XXH3_64bits(&letter, 1) + hash_error, (uint64_t)2 << 16 | 1};
  onus_store_posting postings[2] = {{is_swapped, 0, 0, 0, 0}, {!is_swapped, 0, 0, 0, 0}};
  memset(out, 0, GROUP_BYTES);
  memcpy(out, head, sizeof head);
  memcpy(out + 16, &letter, 1);
  memcpy(out + 20, postings, sizeof postings);
}

static onus_status merge_two(char first, char second, uint64_t hash_error, bool is_swapped) {
  static _Alignas(8) uint8_t bytes[2 * GROUP_BYTES];
  put_group(bytes, first, hash_error, false);
  put_group(bytes + GROUP_BYTES, second, 0, is_swapped);
  onus_door door = {.bytes = bytes, .length_bytes = sizeof bytes, .path = "mutated"};
  onus_stream stream = {&door, 0, sizeof bytes};
  uint64_t sum = 0;
  onus_group_sink sink = {&sum, ignore_group, ignore_postings};
  return onus_merge(&stream, 1, &sink, NULL);
}

/* A merge must not carry disorder on: what is in the wrong place is never found again. */
static void check_order(void) {
  char low = 'a', high = 'b';
  if (XXH3_64bits(&low, 1) > XXH3_64bits(&high, 1)) {
    low = 'b';
    high = 'a';
  }
  CHECK(merge_two(low, high, 0, false) == ONUS_OK);
  CHECK(merge_two(high, low, 0, false) == ONUS_BAD_INPUT);
  CHECK(merge_two(low, low, 0, false) == ONUS_BAD_INPUT);
  CHECK(merge_two(low, high, 1, false) == ONUS_BAD_INPUT);
  CHECK(merge_two(low, high, 0, true) == ONUS_BAD_INPUT);
}

/* The same through the front door: a file on the disk. */
static void damage_on_disk(const char *folder, const char *path) {
  FILE *file = fopen(path, "r+b");
  CHECK(file && fseek(file, ONUS_BLOCK_BYTES + 3, SEEK_SET) == 0 && fputc(0x5a, file) == 0x5a);
  fclose(file);
  onus_store *store;
  onus_error error;
  CHECK(onus_store_open(folder, &store, &error) == ONUS_OK); /* blocks are checked when they are read */
  onus_store_query query = {"indicator", keys, N_KEYS, ONUS_STORE_ALWAYS, 10, true};
  onus_store_postings found = {.n_keys = 77};
  onus_store_description description = {.n_tables = 77};
  CHECK(onus_store_look_up(store, &query, &found, &error) == ONUS_BAD_INPUT && found.n_keys == 77);
  CHECK(strstr(error.text, "byte 4096") && strstr(error.path, "segment-"));
  CHECK(onus_store_describe(store, true, &description, &error) == ONUS_OK || description.n_tables == 77);
  if (description.n_tables != 77)
    onus_store_description_free(&description);
  onus_store_close(store);
  CHECK(truncate(path, 5000) == 0);
  CHECK(onus_store_open(folder, &store, &error) == ONUS_BAD_INPUT);
  CHECK(unlink(path) == 0);
  CHECK(onus_store_open(folder, &store, &error) == ONUS_BAD_INPUT && strstr(error.text, "lacks a file"));
}

int main(int argc, char **argv) {
  unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
  char folder[512], path[ONUS_STORE_PATH_BYTES];
  test_folder_make(folder);
  make_store(folder);
  CHECK(onus_store_segment_path(folder, 1, path, NULL) == ONUS_OK);
  check_order();
  mutate_segments(path, count);
  mutate_manifests(folder, count / 10);
  damage_on_disk(folder, path);
  test_folder_remove(folder);
  return 0;
}
