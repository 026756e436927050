/* Accounts, their sessions and tokens, as they are kept. */
#ifndef ONUS_SERVER_ACCOUNT_H
#define ONUS_SERVER_ACCOUNT_H

#include "server/data.h"
#include "server/request.h"

enum { ONUS_PASSWORD_LEAST_BYTES = 10, ONUS_PASSWORD_MOST_BYTES = 1024 };

/* Who all are while there are no accounts. */
#define ONUS_ACCOUNT_LOCAL "local"

/* Small letters, digits and . _ - @, beginning with a letter or digit; for accounts, and without @ for cases. */
bool onus_account_name_is_good(const char *name);

/* Argon2id; takes a tenth of a second and 64 MiB. Inside no change: nobody should wait for it. */
ONUS_MUST_CHECK onus_status onus_password_hash(const char *password, char hash[128], onus_error *error);
bool onus_password_is(const char *hash, const char *password);
/* As long as a real one, for accounts that are not there. */
void onus_password_pretend(const char *password);

/* Inside a change. The first account is an administrator and gets what was made before there were accounts. */
ONUS_MUST_CHECK onus_status onus_account_add(onus_db *db, const char *by, const char *name, const char *hash,
                                             bool is_administrator, onus_error *error);
/* Ends its sessions too. */
ONUS_MUST_CHECK onus_status onus_account_set_password(onus_db *db, const char *by, const char *name, const char *hash,
                                                      onus_error *error);
/* A new secret in hexadecimal digits and the digest under which it is kept. */
void onus_secret_new_hex(char hex[ONUS_SECRET_HEX_BYTES], unsigned char digest[ONUS_DIGEST_BYTES]);
void onus_secret_digest(const char *secret, unsigned char digest[ONUS_DIGEST_BYTES]);
/* What a page must show that has the session of that digest. */
void onus_session_csrf(const char *secret, char csrf[ONUS_SECRET_HEX_BYTES]);

#endif
