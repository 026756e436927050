/* The store beside a naive twin: every record in one list, every question answered by going through it. */
#include "store/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <cmocka.h>

#include "base/random.h"
#include "store/test_place_internal.h"

enum { N_KEYS = 160, N_TABLES = 3, RECORDS_MAX = 40000 };

static const char *const table_names[N_TABLES] = {"indicator", "technique", "code-band"};

typedef struct twin_record {
  unsigned table, key;
  onus_store_posting posting;
} twin_record;

static struct {
  size_t n_records, n_sealed, n_seen; /* sealed: by the writer; seen: by the view */
  twin_record records[RECORDS_MAX];
  uint8_t key_bytes[N_KEYS][40];
  onus_store_key keys[N_KEYS];
  uint8_t *long_key;
  uint64_t seed, drawn;
} twin;

static uint64_t draw(uint64_t below) {
  return onus_random_bits(twin.seed, 1, twin.drawn++) % below;
}

/* Among the keys: the empty one, the longest, prefixes of each other, bytes of 0 and 255. */
static void make_keys(uint64_t seed) {
  twin.n_records = twin.n_sealed = twin.n_seen = 0;
  twin.seed = seed;
  twin.drawn = 0;
  twin.long_key = malloc(ONUS_STORE_KEY_BYTES_MAX);
  assert_non_null(twin.long_key);
  memset(twin.long_key, 'x', ONUS_STORE_KEY_BYTES_MAX);
  for (size_t k = 0; k < N_KEYS; k++) {
    for (size_t i = 0; i < sizeof twin.key_bytes[k]; i++)
      twin.key_bytes[k][i] = k % 7 == 0 ? (uint8_t)(i % 2 ? 255 : 0) : (uint8_t)draw(256);
    memcpy(twin.key_bytes[k], &k, 2);
    twin.keys[k] = (onus_store_key){twin.key_bytes[k], 2 + draw(38)};
  }
  twin.keys[0] = (onus_store_key){NULL, 0};
  twin.keys[1] = (onus_store_key){twin.long_key, ONUS_STORE_KEY_BYTES_MAX};
  twin.keys[2] = (onus_store_key){twin.long_key, ONUS_STORE_KEY_BYTES_MAX - 1};
}

static onus_store_posting draw_posting(void) {
  int32_t first = (int32_t)draw(20) - 5;
  return (onus_store_posting){(uint32_t)draw(6), (uint32_t)draw(3), first, first + (int32_t)draw(3), (uint32_t)draw(2)};
}

static int compare(const onus_store_posting *a, const onus_store_posting *b) {
  int64_t differences[] = {(int64_t)a->holder - b->holder, (int64_t)a->first_day - b->first_day,
                           (int64_t)a->report - b->report, (int64_t)a->last_day - b->last_day,
                           (int64_t)a->extra - b->extra};
  for (size_t i = 0; i < 5; i++)
    if (differences[i] != 0)
      return differences[i] < 0 ? -1 : 1;
  return 0;
}

/* The sorted set of what the view should see; returns how many. */
static size_t ask_twin(unsigned table, unsigned key, int32_t as_of_day, onus_store_posting *out) {
  size_t n = 0;
  for (size_t i = 0; i < twin.n_seen; i++) {
    const twin_record *r = &twin.records[i];
    if (r->table != table || r->key != key || r->posting.first_day > as_of_day)
      continue;
    size_t at = 0;
    while (at < n && compare(&out[at], &r->posting) < 0)
      at++;
    if (at < n && compare(&out[at], &r->posting) == 0)
      continue;
    memmove(out + at + 1, out + at, (n - at) * sizeof *out);
    out[at] = r->posting;
    n++;
  }
  return n;
}

static void check_lookups(const onus_store *store) {
  static onus_store_posting expected[RECORDS_MAX];
  onus_store_key keys[40];
  unsigned numbers[40];
  unsigned table = (unsigned)draw(N_TABLES);
  onus_store_query query = {table_names[table],     keys,        draw(41), (int32_t)draw(26) - 6,
                            1 + (uint32_t)draw(30), draw(2) == 0};
  if (draw(4) == 0)
    query.as_of_day = ONUS_STORE_ALWAYS;
  for (size_t i = 0; i < query.n_keys; i++) {
    numbers[i] = (unsigned)draw(N_KEYS); /* some twice */
    keys[i] = twin.keys[numbers[i]];
  }
  onus_store_postings found;
  uint64_t counts[40];
  assert_int_equal(onus_store_look_up(store, &query, &found, NULL), ONUS_OK);
  assert_int_equal(onus_store_count_holders(store, &query, counts, NULL), ONUS_OK);
  for (size_t i = 0; i < query.n_keys; i++) {
    size_t n = ask_twin(table, numbers[i], query.as_of_day, expected), holders = 0;
    for (size_t k = 0; k < n; k++)
      holders += k == 0 || expected[k].holder != expected[k - 1].holder;
    assert_int_equal(counts[i], holders);
    if (query.counts_holders)
      assert_int_equal(found.n_holders[i], holders);
    assert_int_equal(found.was_cut[i], n > query.cap_per_key);
    n = n > query.cap_per_key ? query.cap_per_key : n;
    assert_int_equal(found.first[i + 1] - found.first[i], n);
    if (n > 0)
      assert_memory_equal(found.postings + found.first[i], expected, n * sizeof *expected);
  }
  onus_store_postings_free(&found);
}

static void put_some(onus_store_writer *writer) {
  onus_store_record records[200];
  unsigned table = (unsigned)draw(N_TABLES);
  size_t n = draw(200);
  for (size_t i = 0; i < n && twin.n_records < RECORDS_MAX; i++) {
    unsigned key = draw(2) ? (unsigned)draw(10) : (unsigned)draw(N_KEYS);
    twin_record r = {table, key, draw_posting()};
    twin.records[twin.n_records++] = r;
    records[i] = (onus_store_record){twin.keys[key], r.posting};
  }
  assert_int_equal(onus_store_put(writer, table_names[table], records, n, NULL), ONUS_OK);
}

/* Adds what docs/FORMATS.md says that a record adds to the digest. */
static void add_to_digest(unsigned table, unsigned key, const onus_store_posting *posting, uint64_t *low,
                          uint64_t *high) {
  static uint8_t named[64 + ONUS_STORE_KEY_BYTES_MAX];
  size_t name_bytes = strlen(table_names[table]) + 1;
  memcpy(named, table_names[table], name_bytes);
  if (twin.keys[key].length_bytes > 0)
    memcpy(named + name_bytes, twin.keys[key].bytes, twin.keys[key].length_bytes);
  XXH128_hash_t hash = XXH3_128bits(named, name_bytes + twin.keys[key].length_bytes);
  uint8_t member[36];
  memcpy(member, &hash.low64, 8);
  memcpy(member + 8, &hash.high64, 8);
  memcpy(member + 16, posting, 20);
  hash = XXH3_128bits(member, sizeof member);
  unsigned __int128 sum = ((unsigned __int128)*high << 64 | *low) + ((unsigned __int128)hash.high64 << 64 | hash.low64);
  *low = (uint64_t)sum;
  *high = (uint64_t)(sum >> 64);
}

static void check_description(const onus_store *store, char *ret_digest) {
  uint64_t low = 0, high = 0;
  onus_store_description d;
  assert_int_equal(onus_store_describe(store, true, &d, NULL), ONUS_OK);
  static onus_store_posting expected[RECORDS_MAX];
  for (size_t t = 0; t < d.n_tables; t++) {
    unsigned number = 0;
    while (strcmp(table_names[number], d.tables[t].name) != 0)
      number++;
    uint64_t n_keys = 0, n_postings = 0;
    for (unsigned k = 0; k < N_KEYS; k++) {
      size_t n = ask_twin(number, k, ONUS_STORE_ALWAYS, expected);
      for (size_t i = 0; i < n; i++)
        add_to_digest(number, k, &expected[i], &low, &high);
      n_keys += n > 0;
      n_postings += n;
    }
    assert_int_equal(d.tables[t].n_keys, n_keys);
    assert_int_equal(d.tables[t].n_postings, n_postings);
  }
  char digest[ONUS_STORE_DIGEST_BYTES];
  snprintf(digest, sizeof digest, "xxh3-sum:%016" PRIx64 "%016" PRIx64, high, low);
  assert_string_equal(d.digest, digest);
  memcpy(ret_digest, d.digest, sizeof d.digest);
  onus_store_description_free(&d);
}

static void run_twin(uint64_t seed) {
  char folder[512], digest[ONUS_STORE_DIGEST_BYTES], again[ONUS_STORE_DIGEST_BYTES];
  test_place_make(folder);
  make_keys(seed);
  onus_store_writer_options options = {(size_t)256 << 10};
  onus_store_writer *writer;
  onus_store *store;
  assert_int_equal(onus_store_writer_open(folder, &options, &writer, NULL), ONUS_OK);
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  for (int step = 0; step < 300; step++) {
    switch (draw(12)) {
    case 0:
      assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
      twin.n_sealed = twin.n_records;
      break;
    case 1:
      assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
      twin.n_seen = twin.n_sealed;
      break;
    case 2:
      if (draw(10) == 0)
        assert_int_equal(onus_store_compact(writer, NULL), ONUS_OK);
      break;
    case 3: /* what was not sealed is gone */
      if (draw(4) == 0) {
        onus_store_writer_close(writer);
        twin.n_records = twin.n_sealed;
        assert_int_equal(onus_store_writer_open(folder, &options, &writer, NULL), ONUS_OK);
      }
      break;
    case 4:
    case 5:
    case 6:
      check_lookups(store);
      break;
    default:
      put_some(writer);
    }
  }
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  twin.n_seen = twin.n_sealed = twin.n_records;
  assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
  check_description(store, digest);
  assert_int_equal(onus_store_compact(writer, NULL), ONUS_OK);
  check_lookups(store);
  assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
  check_lookups(store);
  check_description(store, again);
  assert_string_equal(digest, again);
  test_place_check_files(folder, ".seg", 1);
  test_place_check_files(folder, ".part", 0);
  onus_store_close(store);
  onus_store_writer_close(writer);
  free(twin.long_key);
  test_place_remove(folder);
}

static void test_it_does_what_the_naive_twin_does(void **state) {
  (void)state;
  uint64_t n_seeds = test_is_short() ? 1 : 12;
  for (uint64_t seed = 1; seed <= n_seeds; seed++)
    run_twin(seed);
}

/* --- the same set, put in another order, in other batches --------------------------------------------------------- */

static void import(const char *folder, size_t n, size_t step, size_t sealed_each, size_t budget_bytes) {
  onus_store_writer_options options = {budget_bytes};
  onus_store_writer *writer;
  assert_int_equal(onus_store_writer_open(folder, &options, &writer, NULL), ONUS_OK);
  for (size_t i = 0; i < n; i++) {
    uint64_t number = (i * step) % n;
    char key[32];
    int length = snprintf(key, sizeof key, "host-%d.example", (int)(number / 3));
    onus_store_record record = {{key, (size_t)length}, {(uint32_t)(number % 5), 1, (int32_t)(number % 100), 200, 0}};
    assert_int_equal(onus_store_put(writer, number % 2 ? "indicator" : "technique", &record, 1, NULL), ONUS_OK);
    if (i % sealed_each == sealed_each - 1)
      assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  }
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  onus_store_writer_close(writer);
}

static void test_order_and_spilling_do_not_show(void **state) {
  (void)state;
  enum { N = 30011 };
  char a[512], b[512], a_digest[ONUS_STORE_DIGEST_BYTES], b_digest[ONUS_STORE_DIGEST_BYTES];
  uint64_t a_count, b_count;
  test_place_make(a);
  test_place_make(b);
  import(a, N, 1, N, (size_t)64 << 20);
  import(b, N, 7919, 11000, (size_t)256 << 10); /* several runs for each seal */
  test_place_digest(a, a_digest, &a_count);
  test_place_digest(b, b_digest, &b_count);
  assert_string_equal(a_digest, b_digest);
  assert_int_equal(a_count, N);
  assert_int_equal(b_count, N);
  import(b, N, 101, N, (size_t)1 << 20); /* all of it again */
  test_place_digest(b, b_digest, &b_count);
  assert_string_equal(a_digest, b_digest);
  assert_int_equal(b_count, N);
  import(b, N - 1, 1, N, (size_t)1 << 20); /* keys as before, but one posting differs at least */
  import(b, N + 1, 1, N, (size_t)1 << 20);
  test_place_digest(b, b_digest, &b_count);
  assert_string_not_equal(a_digest, b_digest);
  test_place_remove(a);
  test_place_remove(b);
}

/* One key with more postings than the budget holds. */
static void test_a_key_may_have_very_many_postings(void **state) {
  (void)state;
  enum { N = 60000 };
  char folder[512];
  test_place_make(folder);
  onus_store_writer_options options = {(size_t)256 << 10};
  onus_store_writer *writer;
  onus_store *store;
  assert_int_equal(onus_store_writer_open(folder, &options, &writer, NULL), ONUS_OK);
  for (uint32_t i = 0; i < N; i++) {
    onus_store_record record = {{"mimikatz.exe", 12}, {i * 7 % N, 0, (int32_t)(i % 2), 9, 0}};
    assert_int_equal(onus_store_put(writer, "indicator", &record, 1, NULL), ONUS_OK);
  }
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  onus_store_key key = {"mimikatz.exe", 12};
  onus_store_query query = {"indicator", &key, 1, 0, 1000, true};
  uint64_t count;
  assert_int_equal(onus_store_count_holders(store, &query, &count, NULL), ONUS_OK);
  assert_int_equal(count, N / 2);
  onus_store_postings found;
  assert_int_equal(onus_store_look_up(store, &query, &found, NULL), ONUS_OK);
  assert_int_equal(found.first[1], 1000);
  assert_int_equal(found.n_holders[0], count);
  assert_int_equal(found.was_cut[0], 1);
  onus_store_postings_free(&found);
  onus_store_close(store);
  onus_store_writer_close(writer);
  test_place_remove(folder);
}

/* Pairs of keys with one XXH3-64: of 16 bytes, the one makes the first factor of the product inside zero, the other the
 * second. */
static void make_colliding(uint64_t x, uint64_t *a, uint64_t *b) {
  const uint64_t first = UINT64_C(0x6782737bea4239b9), second = UINT64_C(0xaf56bc3b0996523a);
  a[0] = first;
  a[1] = x ^ second;
  b[0] = __builtin_bswap64(x) ^ first;
  b[1] = second;
}

static void test_keys_with_one_hash_are_two_keys(void **state) {
  (void)state;
  enum { PAIRS = 50 };
  static uint64_t bytes[2 * PAIRS][2];
  onus_store_key keys[2 * PAIRS];
  char folder[512];
  test_place_make(folder);
  onus_store_writer *writer;
  onus_store *store;
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  for (uint32_t i = 0; i < 2 * PAIRS; i += 2) {
    make_colliding(onus_random_bits(3, 3, i), bytes[i], bytes[i + 1]);
    assert_int_equal(XXH3_64bits(bytes[i], 16), XXH3_64bits(bytes[i + 1], 16));
    for (uint32_t k = i; k < i + 2; k++) {
      keys[k] = (onus_store_key){bytes[k], 16};
      onus_store_record records[2] = {{keys[k], {k, 0, 0, 0, 0}}, {keys[k], {k, 1, 0, 0, 0}}};
      if (k % 4 != 3) /* of every other pair one is not there */
        assert_int_equal(onus_store_put(writer, "indicator", records, 2, NULL), ONUS_OK);
    }
    if (i % 30 == 0) /* pairs in several segments, merged too */
      assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  }
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  onus_store_query query = {"indicator", keys, 2 * PAIRS, ONUS_STORE_ALWAYS, 10, true};
  onus_store_postings found;
  assert_int_equal(onus_store_look_up(store, &query, &found, NULL), ONUS_OK);
  for (size_t k = 0; k < 2 * PAIRS; k++) {
    assert_int_equal(found.n_holders[k], k % 4 != 3);
    assert_int_equal(found.first[k + 1] - found.first[k], k % 4 != 3 ? 2 : 0);
    for (size_t i = found.first[k]; i < found.first[k + 1]; i++)
      assert_int_equal(found.postings[i].holder, k);
  }
  onus_store_postings_free(&found);
  onus_store_close(store);
  onus_store_writer_close(writer);
  test_place_remove(folder);
}

/* --- what is refused ---------------------------------------------------------------------------------------------- */

static void test_wrong_arguments_are_said(void **state) {
  (void)state;
  char folder[512];
  test_place_make(folder);
  onus_error error;
  onus_store *store = (onus_store *)state;
  onus_store_writer *writer;
  assert_int_equal(onus_store_open("postgres://host:9000/onus", &store, &error), ONUS_UNSUPPORTED);
  assert_non_null(strstr(error.text, "postgres"));
  assert_int_equal(onus_store_open("", &store, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_open("file:", &store, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_open(folder, &store, &error), ONUS_BAD_ARGUMENT); /* no store yet */
  assert_non_null(strstr(error.text, test_nodes() ? "database" : "MANIFEST"));
  assert_ptr_equal(store, state);
  onus_store_writer_options options = {1000};
  assert_int_equal(onus_store_writer_open(folder, &options, &writer, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, &error), ONUS_OK);

  onus_store_record records[2] = {{{"a", 1}, {1, 1, 1, 1, 1}}, {{"b", 1}, {1, 1, 2, 1, 1}}};
  assert_int_equal(onus_store_put(writer, "indicator", records, 2, &error), ONUS_BAD_ARGUMENT);
  assert_non_null(strstr(error.text, "record 1"));
  records[1] = (onus_store_record){{folder, ONUS_STORE_KEY_BYTES_MAX + 1}, {1, 1, 1, 1, 1}};
  assert_int_equal(onus_store_put(writer, "indicator", records, 2, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_put(writer, "../indicator", records, 1, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_put(writer, "", records, 1, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_seal(writer, &error), ONUS_OK); /* none of the refused batches */

  char location[600];
  snprintf(location, sizeof location, "%s%s", test_nodes() ? "" : "file:", folder);
  assert_int_equal(onus_store_open(location, &store, &error), ONUS_OK);
  onus_store_description d;
  assert_int_equal(onus_store_describe(store, false, &d, NULL), ONUS_OK);
  assert_int_equal(d.n_tables, 0);
  assert_string_equal(d.digest, "");
  onus_store_description_free(&d);
  onus_store_key key = {"a", 1};
  onus_store_query query = {"indicator", &key, 1, ONUS_STORE_ALWAYS, 0, false};
  onus_store_postings found;
  assert_int_equal(onus_store_look_up(store, &query, &found, &error), ONUS_BAD_ARGUMENT);
  query.cap_per_key = 1;
  assert_int_equal(onus_store_look_up(store, &query, &found, &error), ONUS_OK);
  assert_int_equal(found.first[1], 0);
  onus_store_postings_free(&found);
  onus_store_close(store);
  onus_store_writer_close(writer);
  test_place_remove(folder);
}

static void test_a_second_writer_is_told(void **state) {
  (void)state;
  char folder[512];
  test_place_make(folder);
  onus_error error;
  onus_store_writer *first, *second = (onus_store_writer *)state;
  assert_int_equal(onus_store_writer_open(folder, NULL, &first, NULL), ONUS_OK);
  assert_int_equal(onus_store_writer_open(folder, NULL, &second, &error), ONUS_IO);
  assert_non_null(strstr(error.text, "another process"));
  assert_ptr_equal(second, state);
  onus_store_writer_close(first);
  assert_int_equal(onus_store_writer_open(folder, NULL, &second, &error), ONUS_OK);
  onus_store_writer_close(second);
  test_place_remove(folder);
}

static void write_file(const char *folder, const char *name, const char *text) {
  char path[600];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void test_leftovers_go_and_nothing_else(void **state) {
  (void)state;
  char folder[512];
  test_place_make(folder);
  import(folder, 100, 1, 100, 0);
  write_file(folder, "segment-new.part", "half");
  write_file(folder, "segment-00000000000000ff.seg", "merged away");
  write_file(folder, "MANIFEST.12-0.part", "half");
  write_file(folder, "document-00000000000000fe.doc", "replaced");
  write_file(folder, "document-00000000000000ff.doc.12-0.part", "half");
  write_file(folder, "notes.part", "not ours");
  onus_store_writer *writer;
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  onus_store_writer_close(writer);
  assert_int_equal(test_folder_count(folder, ".part"), 1);
  assert_int_equal(test_folder_count(folder, ".seg"), 1);
  assert_int_equal(test_folder_count(folder, "document-"), 0);
  char digest[ONUS_STORE_DIGEST_BYTES];
  uint64_t count;
  test_place_digest(folder, digest, &count);
  assert_int_equal(count, 100);
  test_place_remove(folder);
}

static void test_a_view_keeps_what_it_has(void **state) {
  (void)state;
  char folder[512];
  test_place_make(folder);
  import(folder, 300, 1, 1000, 0);
  onus_store *store;
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  import(folder, 3000, 1, 500, 0); /* merges the first segment away */
  onus_store_description d;
  assert_int_equal(onus_store_describe(store, true, &d, NULL), ONUS_OK);
  assert_int_equal(d.tables[0].n_postings + d.tables[1].n_postings, 300);
  onus_store_description_free(&d);
  assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
  assert_int_equal(onus_store_describe(store, true, &d, NULL), ONUS_OK);
  assert_int_equal(d.tables[0].n_postings + d.tables[1].n_postings, 3000);
  assert_true(d.n_segments <= 4); /* of seven that were sealed */
  onus_store_description_free(&d);
  onus_store_close(store);
  test_place_remove(folder);
}

static void test_a_wrong_manifest_is_said(void **state) {
  (void)state;
  char folder[512];
  test_place_make(folder);
  import(folder, 300, 1, 1000, 0);
  onus_store *store;
  onus_store_description d;
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  write_file(folder, "MANIFEST", "onus-store 1\ngeneration 12\n");
  onus_error error;
  assert_int_equal(onus_store_refresh(store, &error), ONUS_BAD_INPUT);
  assert_int_equal(error.line, 2);
  assert_int_equal(onus_store_describe(store, false, &d, NULL), ONUS_OK); /* still the view of before */
  onus_store_description_free(&d);
  write_file(folder, "MANIFEST", "onus-store 3\n");
  assert_int_equal(onus_store_refresh(store, &error), ONUS_UNSUPPORTED);
  onus_store_close(store);
  test_place_remove(folder);
}

static void put_document(onus_store_writer *writer, const char *name, const char *text) {
  onus_error error = {0};
  if (onus_store_put_document(writer, name, text, strlen(text), &error) != ONUS_OK)
    fail_msg("%s", error.text);
}

/* NULL: there is none. */
static void check_document(const onus_store *store, const char *name, const char *expected) {
  onus_text text;
  assert_int_equal(onus_store_document(store, name, &text, NULL), ONUS_OK);
  if (expected)
    assert_string_equal(text.bytes, expected);
  else
    assert_null(text.bytes);
  onus_text_free(&text);
}

static void test_documents_are_seen_when_they_are_sealed(void **state) {
  (void)state;
  char folder[512], digests[4][ONUS_STORE_DIGEST_BYTES];
  test_place_make(folder);
  onus_store_writer *writer;
  onus_store *store, *later;
  onus_text text;
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  test_place_digest(folder, digests[0], NULL);
  put_document(writer, "catalogue", "one");
  put_document(writer, "listing/0", "");
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  check_document(store, "catalogue", NULL);
  assert_int_equal(onus_store_writer_document(writer, "catalogue", &text, NULL), ONUS_OK);
  assert_string_equal(text.bytes, "one");
  onus_text_free(&text);
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  check_document(store, "catalogue", NULL); /* a view stays what it was */
  test_place_digest(folder, digests[1], NULL);
  assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
  check_document(store, "catalogue", "one");
  check_document(store, "listing/0", "");
  check_document(store, "listing/1", NULL);
  put_document(writer, "catalogue", "two");
  put_document(writer, "catalogue", "three");
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  check_document(store, "catalogue", "one"); /* its file is gone, not what the view holds */
  assert_int_equal(onus_store_open(folder, &later, NULL), ONUS_OK);
  check_document(later, "catalogue", "three");
  test_place_digest(folder, digests[2], NULL);
  test_place_check_files(folder, ".doc", 2);
  put_document(writer, "catalogue", "four");
  onus_store_writer_close(writer); /* not sealed: gone */
  test_place_check_files(folder, ".doc", 2);
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  put_document(writer, "catalogue", "one");
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  test_place_digest(folder, digests[3], NULL);
  assert_string_not_equal(digests[0], digests[1]);
  assert_string_not_equal(digests[1], digests[2]);
  assert_string_equal(digests[1], digests[3]); /* the same documents, the same digest */
  onus_store_writer_close(writer);
  onus_store_close(store);
  onus_store_close(later);
  test_place_remove(folder);
}

static void test_documents_have_limits(void **state) {
  (void)state;
  char folder[512];
  onus_error error;
  test_place_make(folder);
  onus_store_writer *writer;
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  const char *const wrong[] = {"",    "/a",  "A",
                               "a b", "a.b", "a234567890123456789012345678901234567890123456789012345678901234"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(onus_store_put_document(writer, wrong[i], "x", 1, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_put_document(writer, "a", "x", ONUS_STORE_DOCUMENT_BYTES_MAX + 1, &error), ONUS_LIMIT);
  char name[32];
  for (unsigned i = 0; i < ONUS_STORE_DOCUMENTS_MAX; i++) {
    snprintf(name, sizeof name, "d/%u", i);
    put_document(writer, name, name);
  }
  assert_int_equal(onus_store_put_document(writer, "one-more", "x", 1, &error), ONUS_LIMIT);
  put_document(writer, "d/7", "again");
  assert_int_equal(onus_store_seal(writer, &error), ONUS_OK);
  onus_store *store;
  onus_store_description d;
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  check_document(store, "d/7", "again");
  check_document(store, "d/254", "d/254");
  assert_int_equal(onus_store_describe(store, false, &d, NULL), ONUS_OK);
  assert_int_equal(d.n_documents, ONUS_STORE_DOCUMENTS_MAX);
  for (size_t i = 1; i < d.n_documents; i++)
    assert_true(strcmp(d.documents[i - 1].name, d.documents[i].name) < 0);
  onus_store_description_free(&d);
  onus_store_close(store);
  put_document(writer, "one-more", "x"); /* fits the call, not the store */
  assert_int_equal(onus_store_seal(writer, &error), ONUS_LIMIT);
  onus_store_writer_close(writer);
  test_place_remove(folder);
}

static void test_damaged_documents_are_said(void **state) {
  (void)state;
  char folder[512], path[600];
  onus_error error;
  onus_text text;
  test_place_make(folder);
  onus_store_writer *writer;
  onus_store *store = NULL;
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  put_document(writer, "catalogue", "contents");
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  onus_store_writer_close(writer);
  snprintf(path, sizeof path, "%s/document-%016x.doc", folder, 1);
  write_file(folder, "document-0000000000000001.doc", "contentz");
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  assert_int_equal(onus_store_document(store, "catalogue", &text, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "\"catalogue\" is damaged"));
  onus_store_description d;
  assert_int_equal(onus_store_describe(store, true, &d, &error), ONUS_BAD_INPUT);
  onus_store_close(store);
  write_file(folder, "document-0000000000000001.doc", "content");
  assert_int_equal(onus_store_open(folder, &store, &error), ONUS_BAD_INPUT);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(onus_store_open(folder, &store, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "lacks a file"));
  test_place_remove(folder);
}

/* What version 1 wrote is read, and becomes version 2 with the next seal. */
static void test_stores_of_version_1_are_read(void **state) {
  (void)state;
  char folder[512], text[200];
  test_place_make(folder);
  int length = snprintf(text, sizeof text, "onus-store 1\ngeneration %016x\nnext %016x\n", 7, 3);
  snprintf(text + length, sizeof text - (size_t)length, "checksum %016" PRIx64 "\n",
           (uint64_t)XXH3_64bits(text, (size_t)length));
  write_file(folder, "MANIFEST", text);
  onus_store *store;
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  onus_store_writer *writer;
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  put_document(writer, "a", "x");
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  onus_store_writer_close(writer);
  assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
  check_document(store, "a", "x");
  onus_store_close(store);
  test_place_remove(folder);
}

/* From memory and from what was set aside alike: a seal tells how far it is, and can be stopped without a trace. */
static void test_seals_are_watched_and_stopped(void **state) {
  (void)state;
  enum { RECORDS = 40000 };
  for (size_t budget = 256 << 10; budget <= 16 << 20; budget *= 64) {
    char place[512];
    test_place_make(place);
    for (size_t stop_at = 1; stop_at < 100; stop_at++) {
      onus_store_writer *writer;
      onus_store *store;
      onus_error error;
      test_watching w = {.stop_at = stop_at};
      onus_store_writer_options options = {budget + 5};
      if (onus_store_writer_open(place, &options, &writer, &error) != ONUS_OK)
        fail_msg("%s", error.text);
      onus_store_writer_watch(writer, test_watch, &w);
      for (uint32_t i = 0; i < RECORDS; i++) {
        onus_store_record record = {{&i, sizeof i}, {i % 7, 1, 2, 3, 4}};
        assert_int_equal(onus_store_put(writer, "indicator", &record, 1, &error), ONUS_OK);
      }
      onus_status status = onus_store_seal(writer, &error);
      bool is_stopped = w.n_calls == stop_at;
      assert_int_equal(status, is_stopped ? ONUS_CANCELLED : ONUS_OK);
      onus_store_writer_close(writer);
      uint32_t asked = 11;
      onus_store_key key = {&asked, sizeof asked};
      onus_store_query query = {"indicator", &key, 1, ONUS_STORE_ALWAYS, 10, false};
      onus_store_postings found;
      if (onus_store_open(place, &store, &error) != ONUS_OK ||
          onus_store_look_up(store, &query, &found, &error) != ONUS_OK)
        fail_msg("%s", error.text);
      assert_int_equal(found.first[1], !is_stopped);
      onus_store_postings_free(&found);
      onus_store_close(store);
      if (!is_stopped) {
        assert_in_range(w.n_calls, 5, 50);
        break;
      }
    }
    test_place_remove(place);
  }
}

/* Whether another node may do better, or the same one later. */
static void test_refusals_of_nodes_are_told_apart(void **state) {
  (void)state;
  static const struct {
    const char *answer;
    long http_code;
    onus_call_outcome outcome;
    const char *said;
  } cases[] = {
      {"Code: 193, e.displayText() = DB::Exception: Wrong password", 401, ONUS_CALL_HOPELESS, "refuses the password"},
      {"Code: 194, e.displayText() = DB::Exception: Received from 127.0.0.1:9001. DB::Exception: Password required",
       401, ONUS_CALL_ELSEWHERE, "status 401"},
      {"<html>", 403, ONUS_CALL_HOPELESS, "status 403"},
      {"", 502, ONUS_CALL_ELSEWHERE, "status 502"},
      {"Code: 75, e.displayText() = DB::ErrnoException: Cannot write, errno: 28, strerror: No space left on device",
       500, ONUS_CALL_ELSEWHERE, "no room left"},
      {"Code: 75, e.displayText() = DB::ErrnoException: Cannot write, errno: 5, strerror: Input/output error", 500,
       ONUS_CALL_ELSEWHERE, "cannot write to its disk"},
      {"Code: 60, e", 404, ONUS_CALL_NO_STORE, "no such table"},
      {"Code: 999999999999999999999", 500, ONUS_CALL_ELSEWHERE, "status 500"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct onus_cluster_call_of_test call; /* see test_place_internal.h */
    memset(&call, 0, sizeof call);
    call.answer = onus_buffer_new(1000);
    onus_buffer_append(&call.answer, cases[i].answer, strlen(cases[i].answer));
    onus_call_judge_refusal(&call, cases[i].http_code);
    assert_int_equal(call.outcome, cases[i].outcome);
    assert_non_null(strstr(call.trouble, cases[i].said));
    onus_buffer_free(&call.answer);
  }
}

int main(int n_arguments, char **arguments) {
  const struct CMUnitTest of_folders[] = {
      cmocka_unit_test(test_leftovers_go_and_nothing_else),
      cmocka_unit_test(test_a_wrong_manifest_is_said),
      cmocka_unit_test(test_damaged_documents_are_said),
      cmocka_unit_test(test_stores_of_version_1_are_read),
  };
  const struct CMUnitTest of_all[] = {
      cmocka_unit_test(test_it_does_what_the_naive_twin_does),
      cmocka_unit_test(test_order_and_spilling_do_not_show),
      cmocka_unit_test(test_a_key_may_have_very_many_postings),
      cmocka_unit_test(test_keys_with_one_hash_are_two_keys),
      cmocka_unit_test(test_wrong_arguments_are_said),
      cmocka_unit_test(test_a_second_writer_is_told),
      cmocka_unit_test(test_a_view_keeps_what_it_has),
      cmocka_unit_test(test_documents_are_seen_when_they_are_sealed),
      cmocka_unit_test(test_documents_have_limits),
      cmocka_unit_test(test_seals_are_watched_and_stopped),
      cmocka_unit_test(test_refusals_of_nodes_are_told_apart),
  };
  cmocka_set_test_filter(n_arguments > 1 ? arguments[1] : NULL);
  int n_failed = cmocka_run_group_tests_name("every engine", of_all, NULL, NULL);
  return test_nodes() ? n_failed : n_failed + cmocka_run_group_tests_name("folders", of_folders, NULL, NULL);
}
