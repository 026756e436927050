/* What stands beside the importer: bench_reference COMMAND …
 *
 *     rows ROWS CSV                      makes a table of indicators, as a user has one: actor,indicator,report,day
 *     load-rows CSV DB                   loads its rows into SQLite, as they stand there
 *     load-postings CSV DB               loads into SQLite what the importer makes of them: every trace of every row
 *     ask ROWS REF DB ROUNDS             looks 10,000 indicators up, other ones each round, in a reference and in
 * SQLite
 *
 * SQLite gets one transaction without a journal (journal_mode=OFF, synchronous=OFF), prepared statements, a cache of
 * 256 MiB, a mapping of the whole file, and the index that look-ups need, built after the load, which is faster than
 * before it. Neither the reading of the table nor the making of traces counts against it. When both are asked, ours
 * also makes the traces from the indicators, and each round is asked twice, of which the second time counts: all that
 * is needed is in memory then. All commands but `rows` print one line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/moment.h"
#include "base/random.h"
#include "base/table.h"
#include "reference/csv.h"
#include "reference/reference.h"
#include "reference/trace.h"
#include "sqlite.h"
#include "timing.h"

enum { N_ASKED = 10000, AS_OF_DAY = 17000, ROWS_PER_REPORT = 500, N_ACTORS = 400, BATCH = 4096, ROUNDS_MAX = 101 };

static const char JOURNAL[] = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;";

/* --- the table ---------------------------------------------------------------------------------------------------- */

/* Hosts, hosts below providers of dynamic DNS, addresses, URLs and hashes, each third of them used before. */
static void make_indicator(uint64_t number, char *out, size_t out_bytes) {
  static const char *const ENDS[] = {"com", "net", "org", "info", "ru", "cn", "co.uk", "com.br", "xyz", "top"};
  static const char *const PROVIDERS[] = {"ddns.net", "hopto.org", "000webhostapp.com", "duckdns.org", "no-ip.org"};
  uint64_t a = onus_random_bits(1, 1, number), b = onus_random_bits(1, 2, number), c = onus_random_bits(1, 3, number);
  const char *end = ENDS[(a >> 8) % 10];
  unsigned name = (unsigned)(b >> 32);
  switch (a % 20) {
  case 0:
  case 1:
  case 2:
  case 3:
  case 4:
  case 5:
    snprintf(out, out_bytes, "%u.%u.%u.%u", 11 + (unsigned)(b & 63), (unsigned)(b >> 16) & 255,
             (unsigned)(b >> 24) & 255, 1 + (unsigned)(b >> 40) % 254);
    return;
  case 6:
  case 7:
  case 8:
  case 9:
  case 10:
  case 11:
    snprintf(out, out_bytes, "h%08x.%s", name, end);
    return;
  case 12:
  case 13:
    snprintf(out, out_bytes, "www.h%08x.%s", name, end);
    return;
  case 14:
    snprintf(out, out_bytes, "h%08x.%s", name, PROVIDERS[(a >> 8) % 5]);
    return;
  case 15:
  case 16:
    snprintf(out, out_bytes, "hxxp://h%07x[.]%s/p%04x/gate.php", name >> 4, end, (unsigned)(c & 0xFFFF));
    return;
  case 17:
  case 18:
    snprintf(out, out_bytes, "%016llx%016llx%016llx%016llx", (unsigned long long)a, (unsigned long long)b,
             (unsigned long long)c, (unsigned long long)onus_random_bits(1, 4, number));
    return;
  default:
    snprintf(out, out_bytes, "%016llx%016llx", (unsigned long long)b, (unsigned long long)c);
  }
}

/* A third of the rows have an indicator that another has too. */
static uint64_t number_of_row(uint64_t row, uint64_t n_rows) {
  uint64_t bits = onus_random_bits(2, 1, row);
  return bits % 3 ? row : (bits >> 8) % n_rows;
}

static void make_rows(uint64_t n_rows, const char *path) {
  FILE *file = fopen(path, "w");
  char indicator[200];
  if (!file)
    fail("the table cannot be written");
  fputs("actor,indicator,report,day\n", file);
  for (uint64_t row = 0; row < n_rows; row++) {
    uint64_t report = row / ROWS_PER_REPORT, bits = onus_random_bits(3, 1, report);
    make_indicator(number_of_row(row, n_rows), indicator, sizeof indicator);
    fprintf(file, "Actor %u,%s,https://vendor%u.example/report-%llu,20%02u-%02u-%02u\n", (unsigned)(report % N_ACTORS),
            indicator, (unsigned)(report % 50), (unsigned long long)report, 8 + (unsigned)(bits % 17),
            1 + (unsigned)((bits >> 8) % 12), 1 + (unsigned)((bits >> 16) % 28));
  }
  if (fclose(file) != 0)
    fail("the table cannot be written");
}

/* --- reading it --------------------------------------------------------------------------------------------------- */

typedef struct table_row {
  onus_line actor, indicator, report;
  unsigned actor_number, report_number;
  int32_t day;
} table_row;

typedef struct table {
  char *bytes;
  size_t length_bytes;
  onus_csv csv;
  char last_report[200];
  unsigned n_reports;
} table;

static table *open_table(const char *path) {
  table *t = calloc(1, sizeof *t);
  FILE *file = fopen(path, "r");
  struct stat info;
  if (!t || !file || fstat(fileno(file), &info) != 0 || !(t->bytes = malloc((size_t)info.st_size + 1)))
    fail("the table cannot be read");
  t->length_bytes = fread(t->bytes, 1, (size_t)info.st_size, file);
  fclose(file);
  onus_csv_begin(&t->csv, path, t->bytes, t->length_bytes);
  onus_line cells[ONUS_CSV_CELLS];
  size_t n;
  onus_error error;
  check(onus_csv_next(&t->csv, cells, &n, &error), &error);
  return t;
}

/* Actors and reports become numbers, without being kept. */
static bool next_row(table *t, table_row *out) {
  onus_line cells[ONUS_CSV_CELLS];
  size_t n;
  onus_error error;
  check(onus_csv_next(&t->csv, cells, &n, &error), &error);
  if (n != 4)
    return false;
  char report[200] = "", day[16] = "";
  int32_t last;
  memcpy(report, cells[2].bytes, cells[2].length_bytes);
  if (strcmp(report, t->last_report) != 0)
    t->n_reports++;
  memcpy(t->last_report, report, sizeof report);
  memcpy(day, cells[3].bytes, cells[3].length_bytes);
  *out = (table_row){cells[0], cells[1], cells[2], (unsigned)strtoul(cells[0].bytes + 6, NULL, 10), t->n_reports, 0};
  return onus_moment_parse_period(day, &out->day, &last);
}

static void close_table(table *t) {
  free(t->bytes);
  free(t);
}

/* --- SQLite ------------------------------------------------------------------------------------------------------- */

/* What waits to be inserted, so that the clock is asked seldom. */
typedef struct waiting {
  char text[ONUS_TRACE_KEY_BYTES];
  size_t text_bytes;
  table_row row;
} waiting;

typedef struct loading {
  sqlite3_stmt *statement;
  waiting *waiting;
  size_t n_waiting;
  uint64_t n_inserted;
  double seconds, clock_seconds; /* in SQLite */
  table_row row;
} loading;

static void insert_waiting(loading *l) {
  double start = cpu_seconds_now(), clock_start = seconds_now();
  for (size_t i = 0; i < l->n_waiting; i++) {
    const waiting *w = &l->waiting[i];
    sqlite3_bind_text(l->statement, 1, w->text, (int)w->text_bytes, SQLITE_STATIC);
    sqlite3_bind_int64(l->statement, 2, w->row.actor_number);
    sqlite3_bind_int(l->statement, 3, w->row.day);
    sqlite3_bind_int64(l->statement, 4, w->row.report_number);
    if (sqlite3_step(l->statement) != SQLITE_DONE)
      fail("SQLite cannot insert");
    sqlite3_reset(l->statement);
  }
  l->seconds += cpu_seconds_now() - start;
  l->clock_seconds += seconds_now() - clock_start;
  l->n_inserted += l->n_waiting;
  l->n_waiting = 0;
}

static void add(loading *l, const char *text, size_t text_bytes) {
  if (l->n_waiting == BATCH)
    insert_waiting(l);
  waiting *w = &l->waiting[l->n_waiting++];
  if (text_bytes > sizeof w->text)
    fail("a key that is too long");
  memcpy(w->text, text, text_bytes);
  w->text_bytes = text_bytes;
  w->row = l->row;
}

static onus_status add_trace(void *context, const onus_trace *trace, onus_error *error) {
  (void)error;
  add(context, trace->key, strlen(trace->key));
  return ONUS_OK;
}

static void load(const char *csv, const char *path, bool are_postings) {
  table *t = open_table(csv);
  loading l = {.waiting = calloc(BATCH, sizeof(waiting))};
  onus_error error;
  static onus_indicator indicator;
  double start = cpu_seconds_now();
  sqlite3 *db = open_sqlite(path, JOURNAL);
  run(db, "BEGIN; CREATE TABLE indicator(key TEXT, holder INTEGER, first_day INTEGER, report INTEGER)");
  l.statement = prepare(db, "INSERT INTO indicator VALUES(?,?,?,?)");
  l.seconds = cpu_seconds_now() - start;
  uint64_t n_rows = 0;
  for (; next_row(t, &l.row); n_rows++) {
    if (!are_postings) {
      add(&l, l.row.indicator.bytes, l.row.indicator.length_bytes);
      continue;
    }
    check(onus_indicator_parse(l.row.indicator.bytes, l.row.indicator.length_bytes, &indicator, &error), &error);
    check(onus_traces_of(&indicator, add_trace, &l, &error), &error);
  }
  insert_waiting(&l);
  start = cpu_seconds_now();
  double clock_start = seconds_now();
  sqlite3_finalize(l.statement);
  run(db, "CREATE INDEX by_key ON indicator(key, holder, first_day); COMMIT");
  sqlite3_close(db);
  l.seconds += cpu_seconds_now() - start;
  l.clock_seconds += seconds_now() - clock_start;
  printf("{\"rows\": %llu, \"inserted\": %llu, \"seconds\": %.4f, \"clock_seconds\": %.4f}\n",
         (unsigned long long)n_rows, (unsigned long long)l.n_inserted, l.seconds, l.clock_seconds);
  free(l.waiting);
  close_table(t);
}

/* --- looking up --------------------------------------------------------------------------------------------------- */

/* Keys of the traces of the indicators that are asked for. */
enum { KEYS_MAX = 8 * N_ASKED };

typedef struct asked {
  char indicators[N_ASKED][200];
  onus_table *seen;
  size_t n_keys;
  onus_store_key keys[KEYS_MAX];
  char text[KEYS_MAX][ONUS_TRACE_KEY_BYTES];
} asked;

static void choose(asked *a, uint64_t round, uint64_t n_rows) {
  for (size_t i = 0; i < N_ASKED; i++) { /* a fifth of them is in no row */
    uint64_t row = onus_random_bits(4, round, i) % n_rows;
    make_indicator(i % 5 == 4 ? n_rows + row : number_of_row(row, n_rows), a->indicators[i], sizeof a->indicators[i]);
  }
}

static onus_status add_key(void *context, const onus_trace *trace, onus_error *error) {
  asked *a = context;
  (void)error;
  if (a->n_keys == KEYS_MAX)
    fail("too many keys");
  size_t key_bytes = strlen(trace->key);
  if (onus_table_get(a->seen, trace->key) != ONUS_NONE) /* as the engines do: one question for each key */
    return ONUS_OK;
  memcpy(a->text[a->n_keys], trace->key, key_bytes);
  a->text[a->n_keys][key_bytes] = '\0';
  a->keys[a->n_keys] = (onus_store_key){a->text[a->n_keys], key_bytes};
  if (!onus_table_put(a->seen, a->text[a->n_keys], a->n_keys))
    fail("no memory left");
  a->n_keys++;
  return ONUS_OK;
}

static void make_keys(asked *a, onus_suffixes *suffixes) {
  static onus_indicator indicator;
  onus_error error;
  a->n_keys = 0;
  a->seen = onus_table_new();
  if (!a->seen)
    fail("no memory left");
  for (size_t i = 0; i < N_ASKED; i++) {
    check(onus_indicator_parse_with(suffixes, a->indicators[i], strlen(a->indicators[i]), &indicator, &error), &error);
    check(onus_traces_with(suffixes, &indicator, add_key, a, &error), &error);
  }
  onus_table_free(a->seen);
}

/* Both sums: of postings as of the day, and of the holders that each key has. */
typedef struct answer {
  uint64_t n_postings, n_holders;
} answer;

static double ask_ours(const onus_store *store, asked *a, onus_suffixes *suffixes, double *ret_keys_s, answer *out) {
  onus_error error;
  onus_store_postings found;
  double start = cpu_seconds_now();
  make_keys(a, suffixes);
  *ret_keys_s = cpu_seconds_now() - start;
  onus_store_query query = {ONUS_REFERENCE_TRACES, a->keys, a->n_keys, AS_OF_DAY, 1000, true};
  check(onus_store_look_up(store, &query, &found, &error), &error);
  for (size_t i = 0; i < a->n_keys; i++) {
    out->n_postings += found.first[i + 1] - found.first[i];
    out->n_holders += found.n_holders[i];
  }
  onus_store_postings_free(&found);
  return cpu_seconds_now() - start;
}

static double ask_sqlite(sqlite3_stmt *statement, const asked *a, answer *out) {
  double start = cpu_seconds_now();
  for (size_t i = 0; i < a->n_keys; i++) {
    sqlite3_bind_text(statement, 1, a->keys[i].bytes, (int)a->keys[i].length_bytes, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, AS_OF_DAY);
    int64_t last[3] = {-1, -1, -1};
    for (size_t n = 0; sqlite3_step(statement) == SQLITE_ROW;) {
      int64_t row[3] = {sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                        sqlite3_column_int64(statement, 2)};
      bool is_same = memcmp(row, last, sizeof row) == 0; /* a report that lists an indicator twice says it once */
      out->n_holders += row[0] != last[0];
      out->n_postings += !is_same && n++ < 1000;
      memcpy(last, row, sizeof row);
    }
    sqlite3_reset(statement);
  }
  return cpu_seconds_now() - start;
}

static void ask(uint64_t n_rows, const char *reference_path, const char *path, size_t rounds) {
  onus_error error;
  onus_store *store;
  asked *a = calloc(1, sizeof *a);
  onus_suffixes *suffixes = onus_suffixes_new();
  if (!a || !suffixes || rounds == 0 || rounds > ROUNDS_MAX)
    fail("no memory left, or ROUNDS is not from 1 to 101");
  check(onus_store_open(reference_path, &store, &error), &error);
  sqlite3 *db = open_sqlite(path, JOURNAL);
  sqlite3_stmt *statement = prepare(
      db, "SELECT holder, first_day, report FROM indicator WHERE key=? AND first_day<=? ORDER BY holder, first_day");
  double ours[ROUNDS_MAX], keys[ROUNDS_MAX], theirs[ROUNDS_MAX];
  answer our_answer = {0}, their_answer = {0};
  for (size_t round = 0; round < rounds + 2; round++) { /* two to warm up, and the third again, as all then are */
    size_t slot = round < 2 ? 0 : round - 2;
    choose(a, round, n_rows);
    (void)ask_ours(store, a, suffixes, &keys[slot], &our_answer);
    (void)ask_sqlite(statement, a, &their_answer);
    ours[slot] = ask_ours(store, a, suffixes, &keys[slot], &our_answer);
    theirs[slot] = ask_sqlite(statement, a, &their_answer);
  }
  if (our_answer.n_postings != their_answer.n_postings || our_answer.n_holders != their_answer.n_holders) {
    fprintf(stderr, "%llu %llu against %llu %llu\n", (unsigned long long)our_answer.n_postings,
            (unsigned long long)our_answer.n_holders, (unsigned long long)their_answer.n_postings,
            (unsigned long long)their_answer.n_holders);
    fail("the answers differ");
  }
  printf("{\"keys\": %zu, \"ask_ms\": %.4f, \"keys_ms\": %.4f, \"sqlite_ask_ms\": %.4f}\n", a->n_keys,
         1e3 * median(ours, rounds), 1e3 * median(keys, rounds), 1e3 * median(theirs, rounds));
  sqlite3_finalize(statement);
  sqlite3_close(db);
  onus_store_close(store);
  onus_suffixes_free(suffixes);
  free(a);
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "rows") == 0)
    make_rows(strtoull(argv[2], NULL, 10), argv[3]);
  else if (argc == 4 && strcmp(argv[1], "load-rows") == 0)
    load(argv[2], argv[3], false);
  else if (argc == 4 && strcmp(argv[1], "load-postings") == 0)
    load(argv[2], argv[3], true);
  else if (argc == 6 && strcmp(argv[1], "ask") == 0)
    ask(strtoull(argv[2], NULL, 10), argv[3], argv[4], strtoul(argv[5], NULL, 10));
  else
    fail("see the head of its code");
  return 0;
}
