/* Who asks, and whether they may. */
#ifndef ONUS_SERVER_AUTH_H
#define ONUS_SERVER_AUTH_H

#include "server/request.h"

typedef struct onus_auth onus_auth;

onus_auth *onus_auth_new(void); /* NULL: no memory */
void onus_auth_free(onus_auth *auth);

/* Sets identity and access of a request whose route is known. False after refusing it. */
bool onus_auth_admit(onus_request *request);
/* The rest of it, for a name and a password that came with the request and have to be checked by a worker. */
bool onus_auth_admit_slowly(onus_request *request);
bool onus_auth_is_pending(const onus_request *request);

/* Whose turn it is that a request takes: its account, or its address before there is one. */
enum { ONUS_CALLER_BYTES = ONUS_NAME_BYTES };
void onus_auth_caller(const onus_request *request, char caller[ONUS_CALLER_BYTES]);

/* What somebody is in a case, as it stands now; *access stays as it is when that is nothing. */
ONUS_MUST_CHECK onus_status onus_auth_access(onus_server *server, const onus_identity *identity, const char *case_id,
                                             onus_access *access, onus_error *error);

/* After every change: what was known of identities and access is read again. */
void onus_auth_forget(onus_server *server);

/* One try of somebody to log in: false after refusing it, because there were too many. `account` as it was given. */
bool onus_auth_try(onus_request *request, const char *account);
void onus_auth_tried_well(onus_request *request, const char *account);

/* Reads hash and rights of an account; ONUS_BAD_ARGUMENT when there is none, or it is disabled. */
ONUS_MUST_CHECK onus_status onus_auth_account(onus_server *server, const char *name, char hash[128],
                                              bool *ret_is_administrator, onus_error *error);
/* There is no account, so that everybody who reaches the loopback is the local owner. */
ONUS_MUST_CHECK onus_status onus_auth_is_local(onus_server *server, bool *ret_is_local, onus_error *error);

#endif
