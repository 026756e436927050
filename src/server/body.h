/* JSON bodies: an object with the members that a route knows. */
#ifndef ONUS_SERVER_BODY_H
#define ONUS_SERVER_BODY_H

#include <jansson.h>

#include "server/request.h"

/* In memory JSON is up to sixteen times as large. */
enum { ONUS_JSON_BODY_BYTES = 12 << 20 };

/* The body as an object whose members are all among `members` (names with blanks between them). NULL after refusing the
 * request. The caller's, freed with json_decref. */
json_t *onus_body_object(onus_request *request, const char *members);

/* A member that is text; NULL when it is not there, or after refusing the request because it is something else, or
 * missing though it is required. */
const char *onus_body_text(onus_request *request, const json_t *body, const char *name, bool is_required);
/* False after refusing the request. *ret_value stays when it is not there. */
bool onus_body_boolean(onus_request *request, const json_t *body, const char *name, bool *ret_value);
bool onus_body_number(onus_request *request, const json_t *body, const char *name, int64_t least, int64_t *ret_value);
/* The bytes of a member of the body as they came, so that numbers keep their digits; NULL when it is not there. To be
 * asked of a body that onus_body_object took. Inside the body. */
const char *onus_body_raw(const onus_request *request, const char *name, size_t *ret_length);
/* A refusal was given. */
bool onus_body_is_refused(const onus_request *request);

#endif
