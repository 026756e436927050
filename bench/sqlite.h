/* SQLite as a peer of the benchmarks, and what they do when something fails. */
#ifndef ONUS_BENCH_SQLITE_H
#define ONUS_BENCH_SQLITE_H

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

static inline void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
  exit(1);
}

static inline void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK)
    fail(error->text);
}

static inline void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail(sqlite3_errmsg(db));
}

/* A file that one process has to itself, with 256 MiB of cache; `journal`: "PRAGMA journal_mode=…; PRAGMA
 * synchronous=…;" */
static inline sqlite3 *open_sqlite(const char *path, const char *journal) {
  sqlite3 *db;
  if (sqlite3_open(path, &db) != SQLITE_OK)
    fail("SQLite cannot open its file");
  run(db, "PRAGMA page_size=4096;");
  run(db, journal);
  run(db, "PRAGMA cache_size=-262144; PRAGMA mmap_size=17179869184; PRAGMA locking_mode=EXCLUSIVE;");
  return db;
}

static inline sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
    fail(sqlite3_errmsg(db));
  return statement;
}

#endif
