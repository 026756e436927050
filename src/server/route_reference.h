/* What is known about actors, and functions that files share. */
#ifndef ONUS_SERVER_ROUTE_REFERENCE_H
#define ONUS_SERVER_ROUTE_REFERENCE_H

#include "server/request.h"

void onus_route_actors(onus_request *request);
void onus_route_rank(onus_request *request);
void onus_route_match(onus_request *request);
void onus_route_lineage(onus_request *request);

#endif
