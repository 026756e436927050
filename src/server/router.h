/* Finds the route of a request. */
#ifndef ONUS_SERVER_ROUTER_H
#define ONUS_SERVER_ROUTER_H

#include "server/request.h"

/* Every route; one without a method ends the table. */
extern const onus_route onus_routes[];

/* Takes the path of request->uri apart and sets route and places. False after refusing the request: a path that is
 * none, nothing there, or not by this method. */
bool onus_router_find(onus_request *request);

#endif
