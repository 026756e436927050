/* The store beside SQLite: bench_store RECORDS FOLDER [ROUNDS]
 *
 * Loads RECORDS indicators into both and looks up 10,000 keys ROUNDS times, other keys each time, a fifth of them not
 * there: their postings as of a day, and how many holders each has. Prints one line of JSON. Both get 256 MiB for what
 * they hold in memory. Making the records is not timed.
 *
 * SQLite gets one transaction (with a rollback journal, which loads faster than a write-ahead log), synchronous=NORMAL,
 * prepared statements, a large cache and a mapping of the whole file, in two forms of which the better is taken for
 * each figure: a plain table whose index is built after the load, and a table WITHOUT ROWID filled in the order of its
 * key. Both count the holders in the pass that gives the postings. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "sqlite.h"
#include "store/store.h"
#include "timing.h"

enum { BATCH = 4096, N_ASKED = 10000, KEY_BYTES = 40, AS_OF_DAY = 17000, BUDGET_BYTES = 256 << 20 };

static const char JOURNAL[] = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=NORMAL;";

/* --- what is loaded ----------------------------------------------------------------------------------------------- */

static size_t make_key(uint64_t number, char *out) {
  uint64_t bits = onus_random_bits(1, 1, number);
  switch (bits % 3) {
  case 0:
    return (size_t)snprintf(out, KEY_BYTES, "%u.%u.%u.%u", (unsigned)(bits >> 56), (unsigned)(bits >> 48) & 255,
                            (unsigned)(number >> 8) & 255, (unsigned)number & 255);
  case 1:
    return (size_t)snprintf(out, KEY_BYTES, "n%08x-%u.example", (unsigned)(bits >> 32), (unsigned)number);
  default:
    return (size_t)snprintf(out, KEY_BYTES, "%016llx%016llx", (unsigned long long)bits,
                            (unsigned long long)onus_random_bits(1, 2, number));
  }
}

/* Half of the keys are used once, some very often. */
static uint64_t key_number(uint64_t record, uint64_t n_records) {
  uint64_t bits = onus_random_bits(2, 1, record);
  double u = (double)(bits >> 11) * 0x1p-53;
  return bits & 1 ? record : (uint64_t)((double)n_records * u * u * u);
}

typedef struct batch {
  char text[BATCH][KEY_BYTES];
  onus_store_record records[BATCH];
} batch;

static size_t make_batch(batch *b, uint64_t begin, uint64_t n_records) {
  size_t n = n_records - begin < BATCH ? (size_t)(n_records - begin) : BATCH;
  for (size_t i = 0; i < n; i++) {
    uint64_t bits = onus_random_bits(3, 1, begin + i);
    int32_t day = 14000 + (int32_t)(bits % 5000);
    size_t key_bytes = make_key(key_number(begin + i, n_records), b->text[i]);
    b->records[i] = (onus_store_record){{b->text[i], key_bytes},
                                        {(uint32_t)(bits >> 32) % 400, (uint32_t)(bits >> 40) % 20000, day,
                                         day + (int32_t)(bits >> 50) % 300, (uint32_t)(bits >> 20) & 7}};
  }
  return n;
}

static char asked_text[N_ASKED][KEY_BYTES];
static onus_store_key asked[N_ASKED];

static void make_asked(uint64_t round, uint64_t n_records) {
  for (size_t i = 0; i < N_ASKED; i++) {
    uint64_t record = onus_random_bits(4, round, i) % n_records;
    uint64_t number = i % 5 == 4 ? n_records + record : key_number(record, n_records);
    asked[i] = (onus_store_key){asked_text[i], make_key(number, asked_text[i])};
  }
}

/* --- ours --------------------------------------------------------------------------------------------------------- */

static long anonymous_kib(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kib = 0;
  while (file && fgets(line, sizeof line, file))
    sscanf(line, "RssAnon: %ld", &kib);
  if (file)
    fclose(file);
  return kib;
}

static double load_ours(const char *folder, uint64_t n_records, batch *b, long *ret_kib) {
  onus_error error;
  onus_store_writer_options options = {BUDGET_BYTES};
  onus_store_writer *writer;
  double seconds = 0, start = seconds_now();
  check(onus_store_writer_open(folder, &options, &writer, &error), &error);
  seconds += seconds_now() - start;
  for (uint64_t at = 0; at < n_records; at += BATCH) {
    size_t n = make_batch(b, at, n_records);
    start = seconds_now();
    check(onus_store_put(writer, "indicator", b->records, n, &error), &error);
    seconds += seconds_now() - start;
  }
  start = seconds_now();
  check(onus_store_seal(writer, &error), &error);
  seconds += seconds_now() - start;
  *ret_kib = anonymous_kib();
  onus_store_writer_close(writer);
  return seconds;
}

static double ask_ours(const onus_store *store, uint64_t *sum) {
  onus_error error;
  onus_store_postings found;
  onus_store_query query = {"indicator", asked, N_ASKED, AS_OF_DAY, 1000, true};
  double start = seconds_now();
  check(onus_store_look_up(store, &query, &found, &error), &error);
  double seconds = seconds_now() - start;
  for (size_t i = 0; i < found.first[N_ASKED]; i++)
    *sum += found.postings[i].report;
  for (size_t i = 0; i < N_ASKED; i++)
    *sum += found.n_holders[i];
  onus_store_postings_free(&found);
  return seconds;
}

/* --- SQLite ------------------------------------------------------------------------------------------------------- */

static void insert(sqlite3_stmt *statement, const onus_store_record *r) {
  sqlite3_bind_blob(statement, 1, r->key.bytes, (int)r->key.length_bytes, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 2, r->posting.holder);
  sqlite3_bind_int(statement, 3, r->posting.first_day);
  sqlite3_bind_int64(statement, 4, r->posting.report);
  sqlite3_bind_int(statement, 5, r->posting.last_day);
  sqlite3_bind_int64(statement, 6, r->posting.extra);
  if (sqlite3_step(statement) != SQLITE_DONE)
    fail("SQLite cannot insert");
  sqlite3_reset(statement);
}

static double load_sqlite(const char *path, bool without_rowid, uint64_t n_records, batch *b) {
  double seconds = 0, start = seconds_now();
  sqlite3 *db = open_sqlite(path, JOURNAL);
  run(db, "BEGIN; CREATE TABLE loaded(key BLOB, holder INTEGER, first_day INTEGER, report INTEGER, last_day INTEGER, "
          "extra INTEGER)");
  sqlite3_stmt *statement = prepare(db, "INSERT INTO loaded VALUES(?,?,?,?,?,?)");
  seconds += seconds_now() - start;
  for (uint64_t at = 0; at < n_records; at += BATCH) {
    size_t n = make_batch(b, at, n_records);
    start = seconds_now();
    for (size_t i = 0; i < n; i++)
      insert(statement, &b->records[i]);
    seconds += seconds_now() - start;
  }
  start = seconds_now();
  sqlite3_finalize(statement);
  if (without_rowid)
    run(db, "CREATE TABLE indicator(key BLOB, holder INTEGER, first_day INTEGER, report INTEGER, last_day INTEGER, "
            "extra INTEGER, PRIMARY KEY(key, holder, first_day, report, last_day, extra)) WITHOUT ROWID;"
            "INSERT OR IGNORE INTO indicator SELECT * FROM loaded ORDER BY 1, 2, 3, 4, 5, 6; DROP TABLE loaded;");
  else
    run(db, "ALTER TABLE loaded RENAME TO indicator; CREATE INDEX by_key ON indicator(key, holder, first_day)");
  run(db, "COMMIT");
  seconds += seconds_now() - start;
  sqlite3_close(db);
  return seconds;
}

static double ask_sqlite(sqlite3_stmt *statement, uint64_t *sum) {
  double start = seconds_now();
  for (size_t i = 0; i < N_ASKED; i++) {
    sqlite3_bind_blob(statement, 1, asked[i].bytes, (int)asked[i].length_bytes, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, AS_OF_DAY);
    int64_t last = -1;
    size_t n = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      int64_t holder = sqlite3_column_int64(statement, 0);
      *sum += holder != last;
      last = holder;
      uint64_t report = (uint64_t)sqlite3_column_int64(statement, 1);
      /* All five are handed over, as ours does. */
      (void)sqlite3_column_int64(statement, 2);
      (void)sqlite3_column_int64(statement, 3);
      (void)sqlite3_column_int64(statement, 4);
      if (n++ < 1000)
        *sum += report;
    }
    sqlite3_reset(statement);
  }
  return seconds_now() - start;
}

/* --- together ----------------------------------------------------------------------------------------------------- */

static double size_of(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 ? (double)info.st_size : 0;
}

int main(int argc, char **argv) {
  if (argc < 3)
    fail("RECORDS FOLDER [ROUNDS]");
  uint64_t n_records = strtoull(argv[1], NULL, 10);
  enum { ROUNDS_MAX = 101 };
  size_t rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 15;
  if (n_records == 0 || rounds == 0 || rounds > ROUNDS_MAX)
    fail("RECORDS from 1, ROUNDS from 1 to 101");
  char paths[3][4096];
  snprintf(paths[0], sizeof paths[0], "%s/store", argv[2]);
  snprintf(paths[1], sizeof paths[1], "%s/index.sqlite", argv[2]);
  snprintf(paths[2], sizeof paths[2], "%s/rowid.sqlite", argv[2]);
  batch *b = calloc(1, sizeof *b);
  if (!b)
    fail("no memory left");
  long kib;
  double ours = load_ours(paths[0], n_records, b, &kib);
  double index_load = load_sqlite(paths[1], false, n_records, b),
         rowid_load = load_sqlite(paths[2], true, n_records, b);

  onus_error error;
  onus_store *store;
  onus_store_description description;
  check(onus_store_open(paths[0], &store, &error), &error);
  double start = seconds_now();
  check(onus_store_describe(store, true, &description, &error), &error);
  double describe = seconds_now() - start;
  sqlite3 *dbs[2] = {open_sqlite(paths[1], JOURNAL), open_sqlite(paths[2], JOURNAL)};
  sqlite3_stmt *statements[2];
  for (size_t i = 0; i < 2; i++)
    statements[i] = prepare(dbs[i], "SELECT holder, report, first_day, last_day, extra FROM indicator WHERE key=? AND "
                                    "first_day<=? ORDER BY holder");
  double times[3][ROUNDS_MAX];
  uint64_t sums[3] = {0};
  for (size_t round = 0; round < rounds + 2; round++) { /* two to warm up */
    size_t slot = round < 2 ? 0 : round - 2;
    make_asked(round, n_records);
    times[1][slot] = ask_sqlite(statements[0], &sums[1]);
    times[2][slot] = ask_sqlite(statements[1], &sums[2]);
    times[0][slot] = ask_ours(store, &sums[0]);
  }
  if (sums[0] != sums[2])
    fail("the answers differ");
  printf("{\"records\": %llu, \"load_s\": %.4f, \"sqlite_index_load_s\": %.4f, \"sqlite_rowid_load_s\": %.4f, "
         "\"ask_ms\": %.4f, \"sqlite_index_ask_ms\": %.4f, \"sqlite_rowid_ask_ms\": %.4f, \"anonymous_mib\": %.1f, "
         "\"bytes\": %.0f, \"sqlite_index_bytes\": %.0f, \"sqlite_rowid_bytes\": %.0f, \"describe_s\": %.4f, "
         "\"digest\": \"%s\"}\n",
         (unsigned long long)n_records, ours, index_load, rowid_load, 1e3 * median(times[0], rounds),
         1e3 * median(times[1], rounds), 1e3 * median(times[2], rounds), (double)kib / 1024,
         (double)description.n_bytes, size_of(paths[1]), size_of(paths[2]), describe, description.digest);
  onus_store_description_free(&description);
  for (size_t i = 0; i < 2; i++) {
    sqlite3_finalize(statements[i]);
    sqlite3_close(dbs[i]);
  }
  onus_store_close(store);
  free(b);
  return 0;
}
