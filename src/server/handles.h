/* Open cases: a version as one audience sees it, in a private folder and as a handle of the library.
 *
 * The folder holds the files of the version and, of what was opened, only what was opened to the audience's position.
 * So nothing that is asked of the handle can show anything else.
 */
#ifndef ONUS_SERVER_HANDLES_H
#define ONUS_SERVER_HANDLES_H

#include "server/case_store.h"

typedef struct onus_handles onus_handles;
typedef struct onus_handle onus_handle;

/* NULL: no memory. */
onus_handles *onus_handles_new(size_t most, size_t most_bytes);
void onus_handles_free(onus_handles *handles);

/* Opens the version for who asks, or finds it open. `number` 0: the newest that `access` knows. Give back with
 * onus_handles_give_back. */
ONUS_MUST_CHECK onus_status onus_handles_take(onus_server *server, const char *case_id, int64_t number,
                                              const onus_access *access, onus_handle **ret_handle, onus_error *error);
void onus_handles_give_back(onus_server *server, onus_handle *handle);

const onus_case *onus_handle_case(const onus_handle *handle);
const char *onus_handle_folder(const onus_handle *handle); /* nobody writes into it */
int64_t onus_handle_number(const onus_handle *handle);

#endif
