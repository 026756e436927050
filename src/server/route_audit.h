/* Who did what. */
#ifndef ONUS_SERVER_ROUTE_AUDIT_H
#define ONUS_SERVER_ROUTE_AUDIT_H

#include "server/request.h"

void onus_route_audit(onus_request *request);
void onus_route_case_audit(onus_request *request);
void onus_route_openapi(onus_request *request);

#endif
