/* Pairs and rows beside a naive twin: all pairs in one list, all rows in another. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <xxhash.h>

#include <cmocka.h>

#include "base/random.h"
#include "store/store.h"
#include "store/test_place_internal.h"

enum { N_KEYS = 90, N_NUMBERS = 400, PAIRS_MAX = 90000, ROWS_MAX = 6000, ROW_BYTES = 23, N_TABLES = 2 };

static const char *const table_names[N_TABLES] = {"function-key", "other"};

static struct {
  uint64_t seed, drawn;
  uint32_t keys[N_KEYS];
  size_t n_pairs, n_sealed_pairs, n_seen_pairs;
  struct {
    unsigned table, key;
    uint32_t number;
  } pairs[PAIRS_MAX];
  size_t n_rows, n_sealed_rows, n_seen_rows;
  uint8_t rows[ROWS_MAX][ROW_BYTES];
} twin;

static uint64_t draw(uint64_t below) {
  return onus_random_bits(twin.seed, 4, twin.drawn++) % below;
}

/* Among the keys: the least, the greatest, and some that lie together. */
static void begin(uint64_t seed) {
  memset(&twin, 0, sizeof twin);
  twin.seed = seed;
  for (uint32_t k = 0; k < N_KEYS; k++)
    twin.keys[k] = k < 20 ? 77000 + k : (uint32_t)draw(UINT32_MAX);
  twin.keys[30] = 0;
  twin.keys[31] = UINT32_MAX;
  twin.keys[32] = UINT32_MAX - 1;
}

static size_t ask_twin(unsigned table, unsigned key, uint32_t *out) {
  uint8_t is_there[N_NUMBERS] = {0};
  size_t n = 0;
  for (size_t i = 0; i < twin.n_seen_pairs; i++)
    if (twin.pairs[i].table == table && twin.pairs[i].key == key)
      is_there[twin.pairs[i].number] = 1;
  for (uint32_t i = 0; i < N_NUMBERS; i++)
    if (is_there[i])
      out[n++] = i;
  return n;
}

static void check_pairs(const onus_store *store) {
  uint32_t keys[50], expected[N_NUMBERS];
  unsigned numbers[50];
  onus_store_pair_query query = {table_names[draw(N_TABLES)], keys, draw(51), 1 + (uint32_t)draw(draw(2) ? 5 : 1000)};
  for (size_t i = 0; i < query.n_keys; i++)
    keys[i] = twin.keys[numbers[i] = (unsigned)draw(N_KEYS)];
  unsigned table = query.table == table_names[0] ? 0 : 1;
  onus_store_numbers found;
  assert_int_equal(onus_store_look_up_pairs(store, &query, &found, NULL), ONUS_OK);
  assert_int_equal(found.n_keys, query.n_keys);
  for (size_t i = 0; i < query.n_keys; i++) {
    size_t n = ask_twin(table, numbers[i], expected);
    assert_true(found.n_there[i] >= n && (found.n_there[i] == 0) == (n == 0));
    n = n > query.cap_per_key ? query.cap_per_key : n;
    assert_int_equal(found.first[i + 1] - found.first[i], n);
    if (n > 0)
      assert_memory_equal(found.numbers + found.first[i], expected, n * sizeof *expected);
  }
  onus_store_numbers_free(&found);
}

static void check_rows(const onus_store *store) {
  uint32_t numbers[60];
  uint8_t rows[60][ROW_BYTES], before[60][ROW_BYTES];
  size_t n = twin.n_seen_rows > 0 ? draw(61) : 0;
  for (size_t i = 0; i < n; i++)
    numbers[i] = (uint32_t)draw(twin.n_seen_rows);
  assert_int_equal(onus_store_rows(store, "function", ROW_BYTES, numbers, n, rows, NULL), ONUS_OK);
  for (size_t i = 0; i < n; i++)
    assert_memory_equal(rows[i], twin.rows[numbers[i]], ROW_BYTES);
  memcpy(before, rows, sizeof rows);
  onus_error error;
  uint32_t wrong = (uint32_t)(twin.n_seen_rows + draw(5));
  assert_int_equal(onus_store_rows(store, "function", ROW_BYTES, &wrong, 1, rows, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "has no row"));
  assert_memory_equal(rows, before, sizeof rows);
}

static void put_some(onus_store_writer *writer) {
  onus_store_pair pairs[600];
  unsigned table = (unsigned)draw(N_TABLES);
  size_t n = draw(600);
  for (size_t i = 0; i < n && twin.n_pairs < PAIRS_MAX; i++, twin.n_pairs++) {
    unsigned key = draw(2) ? (unsigned)draw(10) : (unsigned)draw(N_KEYS);
    twin.pairs[twin.n_pairs].table = table;
    twin.pairs[twin.n_pairs].key = key;
    twin.pairs[twin.n_pairs].number = (uint32_t)draw(N_NUMBERS);
    pairs[i] = (onus_store_pair){twin.keys[key], twin.pairs[twin.n_pairs].number};
  }
  assert_int_equal(onus_store_put_pairs(writer, table_names[table], pairs, n, NULL), ONUS_OK);
  n = draw(3) ? draw(40) : 0;
  n = n < ROWS_MAX - twin.n_rows ? n : ROWS_MAX - twin.n_rows;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < ROW_BYTES; k++)
      twin.rows[twin.n_rows + i][k] = (uint8_t)draw(256);
  uint32_t first;
  assert_int_equal(onus_store_append_rows(writer, "function", ROW_BYTES, twin.rows + twin.n_rows, n, &first, NULL),
                   ONUS_OK);
  assert_int_equal(first, twin.n_rows);
  twin.n_rows += n;
}

static void add_member(unsigned __int128 *sum, const void *member, size_t member_bytes) {
  XXH128_hash_t hash = XXH3_128bits(member, member_bytes);
  *sum += (unsigned __int128)hash.high64 << 64 | hash.low64;
}

/* What docs/FORMATS.md says that the digest is, and the numbers of the description. */
static void check_digest(const char *folder, const char *digest) {
  unsigned __int128 sum = 0;
  uint64_t n_pairs[N_TABLES] = {0};
  for (unsigned t = 0; t < N_TABLES; t++) {
    char named[40];
    size_t length = strlen(table_names[t]) + 1;
    memcpy(named, table_names[t], length);
    named[length] = 1;
    XXH128_hash_t name = XXH3_128bits(named, length + 1);
    for (unsigned k = 0; k < N_KEYS; k++) {
      uint32_t numbers[N_NUMBERS];
      size_t n = ask_twin(t, k, numbers);
      n_pairs[t] += n;
      for (size_t i = 0; i < n; i++)
        add_member(&sum, (uint64_t[]){name.low64, name.high64, (uint64_t)twin.keys[k] << 32 | numbers[i]}, 24);
    }
  }
  XXH128_hash_t name = XXH3_128bits("function\0\2", 10);
  for (uint64_t i = 0; i < twin.n_seen_rows; i++) {
    XXH128_hash_t row = XXH3_128bits(twin.rows[i], ROW_BYTES);
    add_member(&sum, (uint64_t[]){name.low64, name.high64, i, row.low64, row.high64}, 40);
  }
  char expected[ONUS_STORE_DIGEST_BYTES];
  snprintf(expected, sizeof expected, "xxh3-sum:%016" PRIx64 "%016" PRIx64, (uint64_t)(sum >> 64), (uint64_t)sum);
  assert_string_equal(digest, expected);
  onus_store *store;
  onus_store_description d;
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  assert_int_equal(onus_store_describe(store, true, &d, NULL), ONUS_OK);
  assert_int_equal(d.n_tables, 3);
  for (size_t t = 0; t < N_TABLES; t++) {
    assert_string_equal(d.tables[t].name, table_names[t]);
    assert_int_equal(d.tables[t].kind, ONUS_STORE_PAIRS);
    assert_int_equal(d.tables[t].n_postings, n_pairs[t]);
  }
  assert_int_equal(d.tables[2].kind, ONUS_STORE_ROWS);
  assert_int_equal(d.tables[2].n_keys, twin.n_seen_rows);
  onus_store_description_free(&d);
  onus_store_close(store);
}

static void run_twin(uint64_t seed) {
  char folder[512], digest[ONUS_STORE_DIGEST_BYTES], again[ONUS_STORE_DIGEST_BYTES];
  test_place_make(folder);
  begin(seed);
  onus_store_writer_options options = {(size_t)256 << 10}; /* 16384 pairs: runs are set aside */
  onus_store_writer *writer;
  onus_store *store;
  assert_int_equal(onus_store_writer_open(folder, &options, &writer, NULL), ONUS_OK);
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  for (int step = 0; step < 400; step++) {
    switch (draw(12)) {
    case 0:
      if (draw(3) > 0)
        break;
      assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
      twin.n_sealed_pairs = twin.n_pairs;
      twin.n_sealed_rows = twin.n_rows;
      break;
    case 1:
      assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
      twin.n_seen_pairs = twin.n_sealed_pairs;
      twin.n_seen_rows = twin.n_sealed_rows;
      break;
    case 2:
      if (draw(10) == 0)
        assert_int_equal(onus_store_compact(writer, NULL), ONUS_OK);
      break;
    case 3: /* what was not sealed is gone */
      if (draw(8) == 0) {
        onus_store_writer_close(writer);
        twin.n_pairs = twin.n_sealed_pairs;
        twin.n_rows = twin.n_sealed_rows;
        assert_int_equal(onus_store_writer_open(folder, &options, &writer, NULL), ONUS_OK);
      }
      break;
    case 4:
    case 5:
      check_pairs(store);
      check_rows(store);
      break;
    default:
      put_some(writer);
    }
  }
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  twin.n_seen_pairs = twin.n_sealed_pairs = twin.n_pairs;
  twin.n_seen_rows = twin.n_sealed_rows = twin.n_rows;
  assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
  check_pairs(store);
  check_rows(store);
  test_place_digest(folder, digest, NULL);
  check_digest(folder, digest);
  assert_int_equal(onus_store_compact(writer, NULL), ONUS_OK);
  assert_int_equal(onus_store_refresh(store, NULL), ONUS_OK);
  check_pairs(store);
  check_rows(store);
  test_place_digest(folder, again, NULL);
  assert_string_equal(digest, again);
  test_place_check_files(folder, ".seg", 1);
  test_place_check_files(folder, ".part", 0);
  onus_store_close(store);
  onus_store_writer_close(writer);
  test_place_remove(folder);
}

static void test_it_does_what_the_naive_twin_does(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= (test_is_short() ? 1 : 10); seed++)
    run_twin(seed);
}

/* --- order, limits, watching -------------------------------------------------------------------------------------- */

static void import(const char *folder, uint32_t n, uint32_t step, uint32_t sealed_each, size_t budget_bytes) {
  onus_store_writer_options options = {budget_bytes};
  onus_store_writer *writer;
  assert_int_equal(onus_store_writer_open(folder, &options, &writer, NULL), ONUS_OK);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t number = (uint32_t)((uint64_t)i * step % n);
    onus_store_pair pair = {(number / 3) * 2654435761u, number};
    assert_int_equal(onus_store_put_pairs(writer, "function-key", &pair, 1, NULL), ONUS_OK);
    if (i % sealed_each == sealed_each - 1)
      assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  }
  assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
  onus_store_writer_close(writer);
}

static void test_order_and_runs_do_not_show(void **state) {
  (void)state;
  enum { N = 100003 };
  char a[512], b[512], a_digest[ONUS_STORE_DIGEST_BYTES], b_digest[ONUS_STORE_DIGEST_BYTES];
  test_place_make(a);
  test_place_make(b);
  import(a, N, 1, N, (size_t)64 << 20);
  import(b, N, 7919, 40000, (size_t)256 << 10);
  test_place_digest(a, a_digest, NULL);
  test_place_digest(b, b_digest, NULL);
  assert_string_equal(a_digest, b_digest);
  import(b, N, 101, N, (size_t)1 << 20); /* all of it again */
  test_place_digest(b, b_digest, NULL);
  assert_string_equal(a_digest, b_digest);
  import(b, N + 1, 1, N, (size_t)1 << 20);
  test_place_digest(b, b_digest, NULL);
  assert_string_not_equal(a_digest, b_digest);
  test_place_remove(a);
  test_place_remove(b);
}

static void test_wrong_arguments_are_said(void **state) {
  (void)state;
  char folder[512];
  onus_error error;
  onus_store_writer *writer;
  onus_store *store;
  uint32_t first = 77, number = 0, key = 5;
  uint8_t row[16] = {0};
  test_place_make(folder);
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  assert_int_equal(onus_store_append_rows(writer, "function", 0, row, 1, &first, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_append_rows(writer, "function", ONUS_STORE_ROW_BYTES_MAX + 1, row, 1, &first, &error),
                   ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_append_rows(writer, "No", 8, row, 1, &first, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_put_pairs(writer, "No", &(onus_store_pair){1, 2}, 1, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(first, 77);
  assert_int_equal(onus_store_append_rows(writer, "function", 8, row, 2, &first, &error), ONUS_OK);
  assert_int_equal(onus_store_append_rows(writer, "function", 7, row, 1, &first, &error), ONUS_BAD_ARGUMENT);
  assert_non_null(strstr(error.text, "have 8"));
  assert_int_equal(onus_store_append_rows(writer, "function", 8, row, UINT32_MAX - 1, &first, &error), ONUS_LIMIT);
  assert_int_equal(onus_store_seal(writer, &error), ONUS_OK);
  onus_store_writer_close(writer);
  assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
  assert_int_equal(onus_store_append_rows(writer, "function", 7, row, 1, &first, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_store_append_rows(writer, "function", 8, row, 1, &first, &error), ONUS_OK);
  assert_int_equal(first, 2);
  onus_store_writer_close(writer);
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  assert_int_equal(onus_store_rows(store, "function", 7, &number, 1, row, &error), ONUS_BAD_INPUT);
  assert_int_equal(onus_store_rows(store, "other", 8, &number, 1, row, &error), ONUS_BAD_INPUT);
  onus_store_numbers found = {.n_keys = 77};
  onus_store_pair_query query = {"function-key", &key, 1, 0};
  assert_int_equal(onus_store_look_up_pairs(store, &query, &found, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(found.n_keys, 77);
  query.cap_per_key = 1; /* a table that is not there holds nothing */
  assert_int_equal(onus_store_look_up_pairs(store, &query, &found, &error), ONUS_OK);
  assert_int_equal(found.first[1], 0);
  onus_store_numbers_free(&found);
  onus_store_close(store);
  test_place_remove(folder);
}

static void test_seals_are_watched_and_stopped(void **state) {
  (void)state;
  enum { PAIRS = 50000, ROWS = 30000 };
  static uint8_t rows[ROWS][8];
  char folder[512];
  test_place_make(folder);
  for (size_t stop_at = 1;; stop_at++) {
    onus_store_writer_options options = {(size_t)256 << 10};
    onus_store_writer *writer;
    onus_store *store;
    onus_store_description d;
    uint32_t first;
    test_watching w = {.stop_at = stop_at};
    assert_int_equal(onus_store_writer_open(folder, &options, &writer, NULL), ONUS_OK);
    onus_store_writer_watch(writer, test_watch, &w);
    for (uint32_t i = 0; i < PAIRS; i++)
      assert_int_equal(onus_store_put_pairs(writer, "function-key", &(onus_store_pair){i * 2654435761u, i}, 1, NULL),
                       ONUS_OK);
    assert_int_equal(onus_store_append_rows(writer, "function", 8, rows, ROWS, &first, NULL), ONUS_OK);
    assert_int_equal(first, 0);
    onus_status status = onus_store_seal(writer, NULL);
    bool is_stopped = w.n_calls == stop_at;
    assert_int_equal(status, is_stopped ? ONUS_CANCELLED : ONUS_OK);
    onus_store_writer_close(writer);
    assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
    assert_int_equal(onus_store_describe(store, false, &d, NULL), ONUS_OK);
    assert_int_equal(d.n_tables, is_stopped ? 0 : 2);
    onus_store_description_free(&d);
    onus_store_close(store);
    if (!is_stopped) {
      assert_in_range(w.n_calls, 10, 60);
      break;
    }
  }
  test_place_remove(folder);
}

/* Many small seals, merged as they come: stretches of an array become one. */
static void test_rows_stay_together(void **state) {
  (void)state;
  enum { SEALS = 300 };
  size_t n_seals = test_nodes() ? 20 : SEALS;
  char folder[512];
  onus_store_writer *writer;
  onus_store *store;
  uint32_t first, numbers[SEALS];
  uint64_t rows[SEALS];
  test_place_make(folder);
  for (uint64_t i = 0; i < n_seals; i++) {
    assert_int_equal(onus_store_writer_open(folder, NULL, &writer, NULL), ONUS_OK);
    assert_int_equal(onus_store_append_rows(writer, "function", 8, &i, 1, &first, NULL), ONUS_OK);
    assert_int_equal(first, i);
    assert_int_equal(onus_store_seal(writer, NULL), ONUS_OK);
    onus_store_writer_close(writer);
    numbers[i] = (uint32_t)i;
  }
  if (!test_nodes())
    assert_in_range(test_folder_count(folder, ".seg"), 1, 20);
  assert_int_equal(onus_store_open(folder, &store, NULL), ONUS_OK);
  assert_int_equal(onus_store_rows(store, "function", 8, numbers, n_seals, rows, NULL), ONUS_OK);
  for (uint64_t i = 0; i < n_seals; i++)
    assert_int_equal(rows[i], i);
  onus_store_close(store);
  test_place_remove(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_it_does_what_the_naive_twin_does),
      cmocka_unit_test(test_order_and_runs_do_not_show),
      cmocka_unit_test(test_wrong_arguments_are_said),
      cmocka_unit_test(test_seals_are_watched_and_stopped),
      cmocka_unit_test(test_rows_stay_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
