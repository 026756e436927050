#include "server/data.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/data_schema.h"
#include "server/fail.h"

enum { STATEMENTS = 96, READERS = 32, WAIT_MS = 20000 };

typedef struct kept {
  const char *sql;
  sqlite3_stmt *statement;
} kept;

struct onus_db {
  sqlite3 *handle;
  kept statements[STATEMENTS];
  size_t n_statements;
  onus_db *next; /* among the idle ones */
};

struct onus_data {
  char path[PATH_MAX];
  pthread_mutex_t writing; /* from begin_change to end_change */
  onus_db *writer;
  pthread_mutex_t mutex; /* of the idle readers */
  onus_db *idle;
  size_t n_idle;
};

static onus_status fail(const onus_db *db, onus_error *error) {
  int code = sqlite3_errcode(db->handle);
  if (code == SQLITE_NOMEM)
    return SERVER_NO_MEMORY(error);
  return SERVER_FAIL(error, code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ONUS_BAD_INPUT : ONUS_IO, NULL,
                     "the database: %s", code == SQLITE_FULL ? strerror(ENOSPC) : sqlite3_errmsg(db->handle));
}

/* --- connections ----------------------------------------------------------------------------------------------- */

static void db_free(onus_db *db) {
  if (db == NULL)
    return;
  for (size_t i = 0; i < db->n_statements; i++)
    sqlite3_finalize(db->statements[i].statement);
  sqlite3_close(db->handle);
  free(db);
}

static onus_status execute(onus_db *db, const char *sql, onus_error *error) {
  return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? ONUS_OK : fail(db, error);
}

static onus_status db_open(const char *path, int flags, const char *settings, onus_db **ret_db, onus_error *error) {
  onus_db *db = calloc(1, sizeof *db);
  if (db == NULL)
    return SERVER_NO_MEMORY(error);
  onus_status status = ONUS_OK;
  if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK)
    status = SERVER_FAIL(error, ONUS_IO, path, "cannot be opened: %s",
                         db->handle != NULL ? sqlite3_errmsg(db->handle) : "no memory is left");
  if (status == ONUS_OK) {
    sqlite3_busy_timeout(db->handle, WAIT_MS);
    status = execute(db, settings, error);
  }
  if (status != ONUS_OK)
    db_free(db);
  else
    *ret_db = db;
  return status;
}

/* A new file gets its tables, all or none. */
static onus_status make_tables(onus_db *db, const char *path, onus_error *error) {
  int64_t version = 0;
  SERVER_TRY(execute(db, "BEGIN IMMEDIATE", error));
  onus_status status = onus_db_number(db, 0, &version, error, "PRAGMA user_version", "");
  if (status == ONUS_OK && version == 0)
    status = execute(db, ONUS_DATA_SCHEMA, error);
  else if (status == ONUS_OK && version != ONUS_DATA_VERSION)
    status = SERVER_FAIL(error, ONUS_UNSUPPORTED, path, "was made by another version of onus (layout %lld; this is %d)",
                         (long long)version, ONUS_DATA_VERSION);
  if (status == ONUS_OK)
    return execute(db, "COMMIT", error);
  (void)execute(db, "ROLLBACK", NULL);
  return status;
}

static bool make_folders(const char *directory) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s", directory) >= (int)sizeof path)
    return false;
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
      return false;
    *slash = '/';
  }
  return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static onus_status open_writer(onus_data *data, const char *directory, bool makes_it, onus_error *error) {
  char whole[PATH_MAX];
  if (makes_it && !make_folders(directory))
    return SERVER_FAIL(error, ONUS_IO, directory, "cannot be made: %s", strerror(errno));
  if (realpath(directory, whole) == NULL)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, directory, "cannot be found: %s", strerror(errno));
  if (snprintf(data->path, sizeof data->path, "%s/onus.sqlite", whole) >= (int)sizeof data->path)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, directory, "the path is too long; name a shorter one");
  if (!makes_it && access(data->path, F_OK) != 0)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, directory, "is no folder of a server: it has no onus.sqlite");
  /* Nobody else on this machine reads what is in it. */
  mode_t mask = umask(077);
  onus_status status =
      db_open(data->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
              "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF",
              &data->writer, error);
  umask(mask);
  return status == ONUS_OK ? make_tables(data->writer, data->path, error) : status;
}

onus_status onus_data_open(const char *directory, bool makes_it, onus_data **ret_data, onus_error *error) {
  onus_data *data = calloc(1, sizeof *data);
  if (data == NULL)
    return SERVER_NO_MEMORY(error);
  pthread_mutex_init(&data->writing, NULL);
  pthread_mutex_init(&data->mutex, NULL);
  onus_status status = open_writer(data, directory, makes_it, error);
  if (status != ONUS_OK)
    onus_data_close(data);
  else
    *ret_data = data;
  return status;
}

void onus_data_close(onus_data *data) {
  if (data == NULL)
    return;
  while (data->idle != NULL) {
    onus_db *db = data->idle;
    data->idle = db->next;
    db_free(db);
  }
  db_free(data->writer);
  pthread_mutex_destroy(&data->mutex);
  pthread_mutex_destroy(&data->writing);
  free(data);
}

onus_status onus_data_begin_read(onus_data *data, onus_db **ret_db, onus_error *error) {
  pthread_mutex_lock(&data->mutex);
  onus_db *db = data->idle;
  if (db != NULL) {
    data->idle = db->next;
    data->n_idle--;
  }
  pthread_mutex_unlock(&data->mutex);
  if (db == NULL)
    SERVER_TRY(db_open(data->path, SQLITE_OPEN_READONLY, "PRAGMA trusted_schema=OFF", &db, error));
  onus_status status = execute(db, "BEGIN", error);
  if (status != ONUS_OK)
    db_free(db);
  else
    *ret_db = db;
  return status;
}

void onus_data_end_read(onus_data *data, onus_db *db) {
  bool is_good = execute(db, "COMMIT", NULL) == ONUS_OK;
  pthread_mutex_lock(&data->mutex);
  is_good = is_good && data->n_idle < READERS;
  if (is_good) {
    db->next = data->idle;
    data->idle = db;
    data->n_idle++;
  }
  pthread_mutex_unlock(&data->mutex);
  if (!is_good)
    db_free(db);
}

onus_status onus_data_begin_change(onus_data *data, onus_db **ret_db, onus_error *error) {
  pthread_mutex_lock(&data->writing);
  onus_status status = execute(data->writer, "BEGIN IMMEDIATE", error);
  if (status != ONUS_OK)
    pthread_mutex_unlock(&data->writing);
  else
    *ret_db = data->writer;
  return status;
}

onus_status onus_data_end_change(onus_data *data, onus_db *db, onus_status status, onus_error *error) {
  if (status == ONUS_OK)
    status = execute(db, "COMMIT", error);
  if (!sqlite3_get_autocommit(db->handle))
    (void)execute(db, "ROLLBACK", NULL);
  pthread_mutex_unlock(&data->writing);
  return status;
}

/* --- statements ------------------------------------------------------------------------------------------------ */

static onus_status find_statement(onus_db *db, const char *sql, sqlite3_stmt **ret_statement, onus_error *error) {
  for (size_t i = 0; i < db->n_statements; i++)
    if (db->statements[i].sql == sql) {
      *ret_statement = db->statements[i].statement;
      return ONUS_OK;
    }
  if (db->n_statements == STATEMENTS)
    return SERVER_FAIL(error, ONUS_INTERNAL, NULL, "more than %d statements", STATEMENTS);
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
    return fail(db, error);
  db->statements[db->n_statements++] = (kept){sql, statement};
  *ret_statement = statement;
  return ONUS_OK;
}

static int bind(sqlite3_stmt *statement, const char *types, va_list arguments) {
  int result = SQLITE_OK;
  for (int i = 0; types[i] != '\0' && result == SQLITE_OK; i++) {
    if (types[i] == 'i') {
      result = sqlite3_bind_int64(statement, i + 1, va_arg(arguments, int64_t));
    } else if (types[i] == 't') {
      result = sqlite3_bind_text(statement, i + 1, va_arg(arguments, const char *), -1, SQLITE_TRANSIENT);
    } else {
      const void *bytes = va_arg(arguments, const void *);
      size_t length = va_arg(arguments, size_t);
      result = bytes != NULL && length == 0 ? sqlite3_bind_zeroblob(statement, i + 1, 0)
                                            : sqlite3_bind_blob64(statement, i + 1, bytes, length, SQLITE_TRANSIENT);
    }
  }
  return result;
}

static onus_status query(onus_db *db, sqlite3_stmt **ret_statement, onus_error *error, const char *sql,
                         const char *types, va_list arguments) {
  sqlite3_stmt *statement = NULL;
  SERVER_TRY(find_statement(db, sql, &statement, error));
  if (bind(statement, types, arguments) != SQLITE_OK)
    return fail(db, error);
  *ret_statement = statement;
  return ONUS_OK;
}

onus_status onus_db_query(onus_db *db, sqlite3_stmt **ret_statement, onus_error *error, const char *sql,
                          const char *types, ...) {
  va_list arguments;
  va_start(arguments, types);
  onus_status status = query(db, ret_statement, error, sql, types, arguments);
  va_end(arguments);
  return status;
}

onus_status onus_db_step(onus_db *db, sqlite3_stmt *statement, bool *ret_has_row, onus_error *error) {
  int result = sqlite3_step(statement);
  if (result == SQLITE_ROW) {
    *ret_has_row = true;
    return ONUS_OK;
  }
  onus_status status = result == SQLITE_DONE ? ONUS_OK : fail(db, error);
  onus_db_done(statement);
  if (status == ONUS_OK)
    *ret_has_row = false;
  return status;
}

void onus_db_done(sqlite3_stmt *statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

onus_status onus_db_run(onus_db *db, onus_error *error, const char *sql, const char *types, ...) {
  sqlite3_stmt *statement = NULL;
  va_list arguments;
  va_start(arguments, types);
  onus_status status = query(db, &statement, error, sql, types, arguments);
  va_end(arguments);
  bool has_row = false;
  if (status == ONUS_OK)
    status = onus_db_step(db, statement, &has_row, error);
  if (has_row)
    onus_db_done(statement);
  return status;
}

onus_status onus_db_number(onus_db *db, int64_t otherwise, int64_t *ret_value, onus_error *error, const char *sql,
                           const char *types, ...) {
  sqlite3_stmt *statement = NULL;
  bool has_row = false;
  va_list arguments;
  va_start(arguments, types);
  onus_status status = query(db, &statement, error, sql, types, arguments);
  va_end(arguments);
  SERVER_TRY(status);
  SERVER_TRY(onus_db_step(db, statement, &has_row, error));
  *ret_value = has_row ? sqlite3_column_int64(statement, 0) : otherwise;
  if (has_row)
    onus_db_done(statement);
  return ONUS_OK;
}

int64_t onus_db_changes(const onus_db *db) {
  return sqlite3_changes(db->handle);
}

int64_t onus_db_last_id(const onus_db *db) {
  return sqlite3_last_insert_rowid(db->handle);
}

const char *onus_db_text(sqlite3_stmt *statement, int column) {
  const char *text = (const char *)sqlite3_column_text(statement, column);
  return text != NULL ? text : "";
}

onus_status onus_data_copy(onus_data *data, const char *to, onus_error *error) {
  onus_db *db = NULL;
  SERVER_TRY(db_open(data->path, SQLITE_OPEN_READWRITE, "PRAGMA trusted_schema=OFF", &db, error));
  mode_t mask = umask(077);
  onus_status status = onus_db_run(db, error, "VACUUM INTO ?", "t", to);
  umask(mask);
  db_free(db);
  return status;
}
