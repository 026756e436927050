#include "server/audit.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/clock.h"
#include "server/fail.h"

enum { DETAIL_BYTES = 1024 };

static void add_number(crypto_hash_sha256_state *state, uint64_t value) {
  unsigned char bytes[8];
  for (int i = 0; i < 8; i++)
    bytes[i] = (unsigned char)(value >> (56 - 8 * i));
  crypto_hash_sha256_update(state, bytes, sizeof bytes);
}

/* With its length before it, so that no two rows have the same bytes. */
static void add_text(crypto_hash_sha256_state *state, const char *text) {
  add_number(state, strlen(text));
  crypto_hash_sha256_update(state, (const unsigned char *)text, strlen(text));
}

/* SHA-256(hash of the row before || number || time || account || action || case || detail); numbers as 8 bytes, highest
 * first, texts after their lengths. */
static void hash_row(const unsigned char previous[ONUS_AUDIT_HASH_BYTES], const onus_audit_row *row,
                     unsigned char hash[ONUS_AUDIT_HASH_BYTES]) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, previous, ONUS_AUDIT_HASH_BYTES);
  add_number(&state, (uint64_t)row->number);
  add_number(&state, (uint64_t)row->time_us);
  add_text(&state, row->account);
  add_text(&state, row->action);
  add_text(&state, row->case_id);
  add_text(&state, row->detail);
  crypto_hash_sha256_final(&state, hash);
}

static onus_status take_hash(sqlite3_stmt *statement, int column, unsigned char hash[ONUS_AUDIT_HASH_BYTES],
                             int64_t number, onus_error *error) {
  const void *bytes = sqlite3_column_blob(statement, column);
  if (bytes == NULL || sqlite3_column_bytes(statement, column) != ONUS_AUDIT_HASH_BYTES)
    return SERVER_FAIL(error, ONUS_BAD_INPUT, NULL, "audit row %lld has no hash: the log was tampered with",
                       (long long)number);
  memcpy(hash, bytes, ONUS_AUDIT_HASH_BYTES);
  return ONUS_OK;
}

onus_status onus_audit_add(onus_db *db, const char *account, const char *action, const char *case_id, onus_error *error,
                           const char *detail_format, ...) {
  char detail[DETAIL_BYTES] = "";
  if (detail_format != NULL) {
    va_list arguments;
    va_start(arguments, detail_format);
    vsnprintf(detail, sizeof detail, detail_format, arguments);
    va_end(arguments);
  }
  onus_audit_row row = {1, onus_clock_now_us(), account, action, case_id != NULL ? case_id : "", detail};
  unsigned char previous[ONUS_AUDIT_HASH_BYTES] = {0}, hash[ONUS_AUDIT_HASH_BYTES];
  sqlite3_stmt *last = NULL;
  bool has_row = false;
  SERVER_TRY(onus_db_query(db, &last, error, "SELECT number, time, hash FROM audit ORDER BY number DESC LIMIT 1", ""));
  SERVER_TRY(onus_db_step(db, last, &has_row, error));
  if (has_row) {
    row.number = sqlite3_column_int64(last, 0) + 1;
    int64_t time_us = sqlite3_column_int64(last, 1);
    row.time_us = row.time_us > time_us ? row.time_us : time_us + 1;
    onus_status status = take_hash(last, 2, previous, row.number - 1, error);
    onus_db_done(last);
    SERVER_TRY(status);
  }
  hash_row(previous, &row, hash);
  return onus_db_run(
      db, error, "INSERT INTO audit(number, time, account, action, case_id, detail, hash) VALUES(?,?,?,?,?,?,?)",
      "iittttb", row.number, row.time_us, row.account, row.action, row.case_id, row.detail, hash, sizeof hash);
}

/* The row that the statement stands at follows `place`, which becomes it. */
static onus_status check_row(sqlite3_stmt *rows, onus_audit_place *place, onus_error *error) {
  onus_audit_row row = {sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1), onus_db_text(rows, 2),
                        onus_db_text(rows, 3),         onus_db_text(rows, 4),         onus_db_text(rows, 5)};
  unsigned char stored[ONUS_AUDIT_HASH_BYTES], hash[ONUS_AUDIT_HASH_BYTES];
  if (row.number != place->number + 1)
    return SERVER_FAIL(error, ONUS_BAD_INPUT, NULL, "audit row %lld is missing: the log was tampered with",
                       (long long)place->number + 1);
  SERVER_TRY(take_hash(rows, 6, stored, row.number, error));
  hash_row(place->hash, &row, hash);
  if (memcmp(stored, hash, sizeof hash) != 0)
    return SERVER_FAIL(error, ONUS_BAD_INPUT, NULL,
                       "audit row %lld is not as it was written: the log was tampered with", (long long)row.number);
  place->number = row.number;
  memcpy(place->hash, hash, sizeof hash);
  return ONUS_OK;
}

onus_status onus_audit_check(onus_db *db, const onus_audit_place *since, onus_audit_place *ret_head,
                             onus_error *error) {
  onus_audit_place place = {0};
  sqlite3_stmt *rows = NULL;
  bool has_row = false, has_since = since == NULL || since->number == 0;
  SERVER_TRY(onus_db_query(
      db, &rows, error, "SELECT number, time, account, action, case_id, detail, hash FROM audit ORDER BY number", ""));
  for (;;) {
    SERVER_TRY(onus_db_step(db, rows, &has_row, error));
    if (!has_row)
      break;
    onus_status status = check_row(rows, &place, error);
    if (status == ONUS_OK && since != NULL && place.number == since->number) {
      has_since = memcmp(place.hash, since->hash, sizeof place.hash) == 0;
      if (!has_since)
        status = SERVER_FAIL(error, ONUS_BAD_INPUT, NULL,
                             "audit row %lld has another hash than it had: the log was "
                             "written anew",
                             (long long)place.number);
    }
    if (status != ONUS_OK) {
      onus_db_done(rows);
      return status;
    }
  }
  if (!has_since)
    return SERVER_FAIL(error, ONUS_BAD_INPUT, NULL,
                       "the log ends at row %lld, before the one that you kept: it was cut", (long long)place.number);
  *ret_head = place;
  return ONUS_OK;
}
