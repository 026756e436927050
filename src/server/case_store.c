#include "server/case_store.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/account.h"
#include "server/audit.h"
#include "server/clock.h"
#include "server/fail.h"

/* --- reading --------------------------------------------------------------------------------------------------- */

static char *copy_column(sqlite3_stmt *row, int column, size_t *ret_length) {
  const void *bytes = sqlite3_column_blob(row, column);
  size_t length = (size_t)sqlite3_column_bytes(row, column);
  char *copy = malloc(length + 1);
  if (copy == NULL)
    return NULL;
  if (length > 0)
    memcpy(copy, bytes, length);
  copy[length] = '\0';
  *ret_length = length;
  return copy;
}

onus_status onus_version_read(onus_db *db, const char *case_id, int64_t number, onus_case_version *ret_version,
                              onus_error *error) {
  sqlite3_stmt *row = NULL;
  bool has_row = false;
  onus_case_version version = {0};
  SERVER_TRY(onus_db_query(
      db, &row, error,
      "SELECT v.number, v.time, v.set_id, v.author, v.path, b.bytes FROM versions v JOIN blobs b ON "
      "b.digest=v.text_digest WHERE v.case_id=?1 AND v.number=iif(?2, ?2, (SELECT max(number) FROM versions WHERE "
      "case_id=?1))",
      "ti", case_id, number));
  SERVER_TRY(onus_db_step(db, row, &has_row, error));
  if (!has_row)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "the case has no version %lld", (long long)number);
  version.number = sqlite3_column_int64(row, 0);
  version.time_us = sqlite3_column_int64(row, 1);
  version.set_id = sqlite3_column_int64(row, 2);
  snprintf(version.author, sizeof version.author, "%s", onus_db_text(row, 3));
  snprintf(version.path, sizeof version.path, "%s", onus_db_text(row, 4));
  version.text = copy_column(row, 5, &version.text_bytes);
  onus_db_done(row);
  if (version.text == NULL)
    return SERVER_NO_MEMORY(error);
  *ret_version = version;
  return ONUS_OK;
}

void onus_version_free(onus_case_version *version) {
  free(version->text);
  *version = (onus_case_version){0};
}

/* Rows of path and bytes. */
static onus_status take_files(onus_db *db, sqlite3_stmt *rows, onus_case_files *ret_files, onus_error *error) {
  onus_case_files files = {0};
  bool has_row = false;
  onus_status status = ONUS_OK;
  for (;;) {
    status = onus_db_step(db, rows, &has_row, error);
    if (status != ONUS_OK || !has_row)
      break;
    size_t length = 0;
    char *bytes = copy_column(rows, 1, &length);
    status = onus_case_files_take(&files, strdup(onus_db_text(rows, 0)), bytes, length, error);
    if (status != ONUS_OK) {
      onus_db_done(rows);
      break;
    }
  }
  if (status != ONUS_OK)
    onus_case_files_free(&files);
  else
    *ret_files = files;
  return status;
}

onus_status onus_case_files_read(onus_db *db, int64_t set_id, onus_case_files *ret_files, onus_error *error) {
  sqlite3_stmt *rows = NULL;
  SERVER_TRY(onus_db_query(db, &rows, error,
                           "SELECT f.path, b.bytes FROM files f JOIN blobs b ON b.digest=f.digest WHERE f.set_id=? "
                           "ORDER BY f.path",
                           "i", set_id));
  return take_files(db, rows, ret_files, error);
}

onus_status onus_openings_read(onus_db *db, const char *case_id, const char *position, onus_case_files *ret_files,
                               onus_error *error) {
  sqlite3_stmt *rows = NULL;
  SERVER_TRY(onus_db_query(
      db, &rows, error,
      "SELECT path, bytes, max(time) FROM openings WHERE case_id=?1 AND (position=?2 OR ?2='" ONUS_POSITION_ALL
      "') GROUP BY path ORDER BY path",
      "tt", case_id, position));
  return take_files(db, rows, ret_files, error);
}

/* --- writing --------------------------------------------------------------------------------------------------- */

static onus_status add_blob(onus_db *db, const char *bytes, size_t length, unsigned char digest[ONUS_DIGEST_BYTES],
                            onus_error *error) {
  crypto_hash_sha256(digest, (const unsigned char *)bytes, length);
  return onus_db_run(db, error, "INSERT OR IGNORE INTO blobs(digest, bytes) VALUES(?,?)", "bb", digest,
                     (size_t)ONUS_DIGEST_BYTES, bytes, length);
}

static onus_status add_files(onus_db *db, const onus_case_files *files, int64_t *ret_set_id, onus_error *error) {
  int64_t set_id = 0;
  SERVER_TRY(onus_db_number(db, 0, &set_id, error,
                            "SELECT 1 + max(coalesce((SELECT max(set_id) FROM versions), 0), "
                            "coalesce((SELECT max(set_id) FROM files), 0))",
                            ""));
  for (size_t i = 0; i < files->count; i++) {
    unsigned char digest[ONUS_DIGEST_BYTES];
    SERVER_TRY(add_blob(db, files->files[i].bytes, files->files[i].length, digest, error));
    SERVER_TRY(onus_db_run(db, error, "INSERT INTO files(set_id, path, digest) VALUES(?,?,?)", "itb", set_id,
                           files->files[i].path, digest, sizeof digest));
  }
  *ret_set_id = set_id;
  return ONUS_OK;
}

onus_status onus_version_add(onus_db *db, const onus_version_new *version, int64_t *ret_number, int64_t *ret_time_us,
                             onus_error *error) {
  int64_t number = 0, last_us = 0, set_id = version->set_id, now_us = onus_clock_now_us();
  unsigned char digest[ONUS_DIGEST_BYTES];
  char hex[2 * ONUS_DIGEST_BYTES + 1];
  SERVER_TRY(onus_db_number(db, 0, &number, error, "SELECT coalesce(max(number), 0) FROM versions WHERE case_id=?", "t",
                            version->case_id));
  /* Who asks for what came after some time must miss nothing, even when the clock was set back. */
  SERVER_TRY(onus_db_number(db, 0, &last_us, error, "SELECT coalesce(max(time), 0) FROM versions", ""));
  if (now_us <= last_us)
    now_us = last_us + 1;
  if (version->files != NULL)
    SERVER_TRY(add_files(db, version->files, &set_id, error));
  SERVER_TRY(add_blob(db, version->text, version->text_bytes, digest, error));
  SERVER_TRY(onus_db_run(
      db, error,
      "INSERT INTO versions(case_id, number, author, time, note, title, question, path, text_digest, set_id) "
      "VALUES(?,?,?,?,?,?,?,?,?,?)",
      "titittttbi", version->case_id, number + 1, version->author, now_us, version->note, version->title,
      version->question, version->path, digest, sizeof digest, set_id));
  sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
  SERVER_TRY(onus_audit_add(db, version->author, "version", version->case_id, error, "%lld, case file sha256:%s",
                            (long long)number + 1, hex));
  *ret_number = number + 1;
  *ret_time_us = now_us;
  return ONUS_OK;
}

onus_status onus_case_add(onus_db *db, const char *case_id, const char *account, onus_error *error) {
  int64_t n_same = 0, now_us = onus_clock_now_us();
  if (!onus_account_name_is_good(case_id) || strchr(case_id, '@') != NULL)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL,
                       "\"%.80s\" is no name of a case: small letters, digits and . _ -, at most 64", case_id);
  SERVER_TRY(onus_db_number(db, 0, &n_same, error, "SELECT count(*) FROM cases WHERE id=?", "t", case_id));
  if (n_same > 0)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "there is a case \"%s\" already; take another name", case_id);
  /* A case of a name that was free again must not be mistaken for the one before. */
  SERVER_TRY(onus_db_run(db, error, "INSERT INTO cases(id, created, stamp) VALUES(?,?,?)", "tii", case_id, now_us,
                         (int64_t)(randombytes_random() >> 1) << 20));
  SERVER_TRY(onus_db_run(db, error, "INSERT INTO members(case_id, account, role, position) VALUES(?,?,?,'')", "tti",
                         case_id, account, (int64_t)ONUS_ROLE_OWNER));
  return onus_audit_add(db, account, "case-added", case_id, error, NULL);
}

onus_status onus_case_remove(onus_db *db, const char *case_id, const char *account, onus_error *error) {
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM cases WHERE id=?", "t", case_id));
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM files WHERE set_id NOT IN (SELECT set_id FROM versions)", ""));
  SERVER_TRY(onus_db_run(db, error,
                         "DELETE FROM blobs WHERE digest NOT IN (SELECT text_digest FROM versions) AND digest NOT IN "
                         "(SELECT digest FROM files)",
                         ""));
  return onus_audit_add(db, account, "case-removed", case_id, error, NULL);
}

onus_status onus_case_touch(onus_db *db, const char *case_id, onus_error *error) {
  return onus_db_run(db, error, "UPDATE cases SET stamp=stamp+1 WHERE id=?", "t", case_id);
}
