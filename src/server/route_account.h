/* Accounts, by administrators, and everybody's own tokens and password. */
#ifndef ONUS_SERVER_ROUTE_ACCOUNT_H
#define ONUS_SERVER_ROUTE_ACCOUNT_H

#include "server/request.h"

void onus_route_accounts_get(onus_request *request);
void onus_route_accounts_post(onus_request *request);
void onus_route_account_patch(onus_request *request);
void onus_route_password_post(onus_request *request);
void onus_route_tokens_get(onus_request *request);
void onus_route_tokens_post(onus_request *request);
void onus_route_token_delete(onus_request *request);

#endif
