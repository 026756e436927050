/* The page, and what tells about the server itself. */
#ifndef ONUS_SERVER_ROUTE_PAGE_H
#define ONUS_SERVER_ROUTE_PAGE_H

#include "server/request.h"

typedef struct onus_pages onus_pages;

/* The answers that the page is made of; NULL: no memory. */
onus_pages *onus_pages_new(const onus_server *server);
void onus_pages_free(onus_pages *pages);

void onus_route_page(onus_request *request);
void onus_route_asset(onus_request *request);
void onus_route_health(onus_request *request);

#endif
