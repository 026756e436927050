/* Cases, their versions, files and members. */
#ifndef ONUS_SERVER_ROUTE_CASE_H
#define ONUS_SERVER_ROUTE_CASE_H

#include "server/request.h"

/* "owner", "party", "reader"; static. */
const char *onus_role_word(onus_role role);

void onus_route_cases_get(onus_request *request);
void onus_route_cases_post(onus_request *request);
void onus_route_case_get(onus_request *request);
void onus_route_case_put(onus_request *request);
void onus_route_case_check(onus_request *request);
void onus_route_case_delete(onus_request *request);
void onus_route_versions_get(onus_request *request);
void onus_route_version_get(onus_request *request);
void onus_route_document_get(onus_request *request);
void onus_route_files_get(onus_request *request);
void onus_route_file_get(onus_request *request);
void onus_route_members_get(onus_request *request);
void onus_route_member_put(onus_request *request);
void onus_route_member_delete(onus_request *request);
void onus_route_openings_get(onus_request *request);
void onus_route_openings_post(onus_request *request);

#endif
