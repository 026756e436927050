/* What the library computes of a case. */
#ifndef ONUS_SERVER_ROUTE_ASSESS_H
#define ONUS_SERVER_ROUTE_ASSESS_H

#include "server/request.h"

void onus_route_assess(onus_request *request);
void onus_route_compare(onus_request *request);
void onus_route_timeline(onus_request *request);
void onus_route_explain(onus_request *request);
void onus_route_matrix(onus_request *request);
void onus_route_verify(onus_request *request);
void onus_route_what_if(onus_request *request);
void onus_route_export(onus_request *request);
void onus_route_record(onus_request *request);
void onus_route_import(onus_request *request);
void onus_route_import_new(onus_request *request);

#endif
