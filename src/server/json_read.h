/* Reading JSON that others sent, also when memory is out. */
#ifndef ONUS_SERVER_JSON_READ_H
#define ONUS_SERVER_JSON_READ_H

#include <jansson.h>

#include "onus.h"

/* Once, before any JSON is read. */
void onus_json_begin(void);

/* NULL when it is no JSON (`error`, which may be NULL, says why), or there was not the memory to read all of it. */
json_t *onus_json_read(const char *bytes, size_t length, size_t flags, bool *ret_is_memory_lacking,
                       json_error_t *error);

#endif
