/* Answers. A route gives exactly one. */
#ifndef ONUS_SERVER_REPLY_H
#define ONUS_SERVER_REPLY_H

#include <jansson.h>

#include "server/request.h"

#define ONUS_TYPE_JSON "application/json"

/* Bytes that become the answer's own: made by malloc. */
void onus_reply_bytes(onus_request *request, unsigned status, const char *type, char *bytes, size_t length_bytes);
/* Takes the text from a call of the library. */
void onus_reply_text(onus_request *request, const char *type, onus_text *text);
/* Takes the reference. NULL is answered as lack of memory, so that the parts of `json` need no check. */
void onus_reply_json(onus_request *request, unsigned status, json_t *json);
/* 204 */
void onus_reply_nothing(onus_request *request);
/* One more header of the answer that was given. */
void onus_reply_header(onus_request *request, const char *name, const char *value);
/* A file to be saved under that name. */
void onus_reply_attachment(onus_request *request, const char *name);

/* {"error":{"status":word,"text":…}} */
void onus_reply_refusal(onus_request *request, unsigned status, const char *word, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* What a call of the library or of this folder said; `problems` may be NULL. */
void onus_reply_error(onus_request *request, const onus_error *error, const onus_problems *problems);
/* The same with one more member of the error, whose reference it takes. */
void onus_reply_error_with(onus_request *request, const onus_error *error, const onus_problems *problems,
                           const char *name, json_t *value);

/* A copy of the bytes with the headers that every answer has; NULL: no memory. */
struct MHD_Response *onus_reply_make(const onus_server *server, const char *type, const char *bytes,
                                     size_t length_bytes);
/* The same without a copy, of bytes that stay. */
struct MHD_Response *onus_reply_make_static(const onus_server *server, const char *type, const void *bytes,
                                            size_t length_bytes);
/* A response of whatever kind with these headers; NULL, having destroyed it, when there is no memory, or it was NULL.
 */
struct MHD_Response *onus_reply_secure(const onus_server *server, const char *type, struct MHD_Response *response);
/* Takes the response; NULL is lack of memory. */
void onus_reply_response(onus_request *request, unsigned status, struct MHD_Response *response);

#endif
