/* The page, and what tells about the server itself. */
#ifndef ONUS_SERVER_ROUTE_PAGE_H
#define ONUS_SERVER_ROUTE_PAGE_H

#include "server/request.h"

void onus_route_page(onus_request *request);
void onus_route_asset(onus_request *request);
void onus_route_health(onus_request *request);

#endif
