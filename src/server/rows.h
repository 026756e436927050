/* Answers that are rows of the database. */
#ifndef ONUS_SERVER_ROWS_H
#define ONUS_SERVER_ROWS_H

#include <jansson.h>

#include "server/data.h"
#include "server/request.h"

typedef json_t *onus_row_json(sqlite3_stmt *row);

/* {"name":[…]} with what `make` makes of each row; `account` and `case_id` are bound to ?1 and ?2. */
void onus_rows_reply(onus_request *request, const char *name, onus_row_json *make, const char *sql, const char *account,
                     const char *case_id);

/* A time of the database as text; NULL: no memory. */
json_t *onus_row_time(sqlite3_stmt *row, int column);

/* One change of the database: `make` is inside it. After it everything known of rights is read again. */
typedef onus_status onus_change(onus_request *request, onus_db *db, void *context, onus_error *error);
/* False after answering why it was not kept. */
bool onus_change_make(onus_request *request, onus_change *make, void *context);

#endif
