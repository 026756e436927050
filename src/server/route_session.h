/* Logging in and out. */
#ifndef ONUS_SERVER_ROUTE_SESSION_H
#define ONUS_SERVER_ROUTE_SESSION_H

#include "server/request.h"

void onus_route_session_get(onus_request *request);
void onus_route_session_post(onus_request *request);
void onus_route_session_delete(onus_request *request);

#endif
