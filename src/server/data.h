/* The data folder: one SQLite file, with one writer at a time and any number of readers.
 *
 * A change and its line in the audit log are one transaction. What onus_data_end_change said ONUS_OK to is on the disk:
 * the write-ahead log is synced before it returns.
 */
#ifndef ONUS_SERVER_DATA_H
#define ONUS_SERVER_DATA_H

#include <sqlite3.h>

#include "onus.h"

typedef struct onus_data onus_data;

/* A connection with its prepared statements. */
typedef struct onus_db onus_db;

/* Opens DIR/onus.sqlite, which is made when `makes_it`. Free with onus_data_close. */
ONUS_MUST_CHECK onus_status onus_data_open(const char *directory, bool makes_it, onus_data **ret_data,
                                           onus_error *error);
void onus_data_close(onus_data *data);

/* A connection to read with, which sees one state until it is given back. */
ONUS_MUST_CHECK onus_status onus_data_begin_read(onus_data *data, onus_db **ret_db, onus_error *error);
void onus_data_end_read(onus_data *data, onus_db *db);

/* Waits for its turn. To be followed by onus_data_end_change, which keeps the change when `status` is ONUS_OK and
 * undoes it otherwise, and gives `status` or why it could not be kept. */
ONUS_MUST_CHECK onus_status onus_data_begin_change(onus_data *data, onus_db **ret_db, onus_error *error);
ONUS_MUST_CHECK onus_status onus_data_end_change(onus_data *data, onus_db *db, onus_status status, onus_error *error);

/* --- statements ------------------------------------------------------------------------------------------------ */

/* Binds arguments by `types`: t text (NULL is NULL), i int64_t, b a pointer and a size_t. `sql` lives as long as the
 * program does: it names the statement. */
ONUS_MUST_CHECK onus_status onus_db_query(onus_db *db, sqlite3_stmt **ret_statement, onus_error *error, const char *sql,
                                          const char *types, ...);
/* The next row, if there is one. When it says there is none, or fails, the statement is done with. */
ONUS_MUST_CHECK onus_status onus_db_step(onus_db *db, sqlite3_stmt *statement, bool *ret_has_row, onus_error *error);
/* Done with a statement before its last row. */
void onus_db_done(sqlite3_stmt *statement);
/* A statement without rows. */
ONUS_MUST_CHECK onus_status onus_db_run(onus_db *db, onus_error *error, const char *sql, const char *types, ...);
/* One number; *ret_value is `otherwise` when there is no row. */
ONUS_MUST_CHECK onus_status onus_db_number(onus_db *db, int64_t otherwise, int64_t *ret_value, onus_error *error,
                                           const char *sql, const char *types, ...);
/* Rows that the last statement changed. */
int64_t onus_db_changes(const onus_db *db);
int64_t onus_db_last_id(const onus_db *db);

/* A column as text; "" for NULL. Lives until the next step. */
const char *onus_db_text(sqlite3_stmt *statement, int column);

/* A copy of the whole, as it is now, in the new file `to`, whatever others write meanwhile. Not synced. */
ONUS_MUST_CHECK onus_status onus_data_copy(onus_data *data, const char *to, onus_error *error);
/* The same, whole and on the disk, or not at all. */
ONUS_MUST_CHECK onus_status onus_data_backup(onus_data *data, const char *to, onus_error *error);

#endif
