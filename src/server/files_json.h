/* Files in JSON: [{"path":"evidence/a.csv","text":"…"},{"path":"b.bin","base64":"…"}] */
#ifndef ONUS_SERVER_FILES_JSON_H
#define ONUS_SERVER_FILES_JSON_H

#include <jansson.h>

#include "server/case_store.h"

/* `list` may be NULL. Free with onus_case_files_free, also after a failure. */
ONUS_MUST_CHECK onus_status onus_files_of_json(const json_t *list, onus_case_files *files, onus_error *error);

#endif
