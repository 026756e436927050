/* Between libmicrohttpd and the routes: the life of a connection and of a request. */
#ifndef ONUS_SERVER_HTTP_H
#define ONUS_SERVER_HTTP_H

#include "server/place.h"
#include "server/server_internal.h"

/* PEM texts, or NULL for none. */
ONUS_MUST_CHECK onus_status onus_http_start(onus_server *server, onus_place *place, const char *certificate,
                                            const char *certificate_key, onus_error *error);
/* No new connections, and no new request on the old ones; what was accepted goes on. */
void onus_http_quiesce(onus_server *server);
void onus_http_stop(onus_server *server);
/* Of the bodies that are in memory now. */
size_t onus_http_body_bytes(const onus_server *server);

/* What a worker does. */
void onus_http_work(void *job);

/* Until onus_http_dispatch_again, which looks for an answer once more. */
void onus_http_sleep(onus_request *request);
void onus_http_dispatch_again(onus_request *request);

#endif
