/* `onus serve`: cases, versions, accounts and assessments over HTTP. Sees onus.h and its own folder; the program sees
 * this header.
 *
 * A data folder belongs to one running server. Everything in it that counts is in one SQLite file; `work` beside it can
 * be removed whenever no server runs.
 */
#ifndef ONUS_SERVER_SERVER_H
#define ONUS_SERVER_SERVER_H

#include "onus.h"

typedef struct onus_server_config {
  const char *listen;               /* ADDRESS:PORT; port 0: a free one */
  const char *data;                 /* folder; made when it is not there */
  const char *reference;            /* location of a reference; NULL: none */
  const char *certificate_file;     /* PEM; NULL: no TLS */
  const char *certificate_key_file; /* PEM */
  const onus_key *signing_key;      /* of records; NULL: none are made */
  const char *allowed_host;         /* another name by which the server is asked for; NULL: none */
  size_t n_workers;                 /* threads that compute; 0: one for each processor */
  size_t connections_per_address;   /* 0: ONUS_SERVER_CONNECTIONS_PER_ADDRESS */
  bool log_is_json, log_requests;
} onus_server_config;

enum { ONUS_SERVER_CONNECTIONS_PER_ADDRESS = 256 };

/* Serves until SIGTERM or SIGINT, then finishes what was accepted. Logs to standard error. ONUS_BAD_ARGUMENT when the
 * address is not of this machine's loopback and there is no TLS or no account. */
ONUS_MUST_CHECK onus_status onus_server_run(const onus_server_config *config, onus_error *error);

/* What is done to a data folder beside a server, whether one runs or not. */

/* Makes an account, and the folder when it is not there; the first one must be an administrator. `is_known`: gives the
 * account that is there another password instead. */
ONUS_MUST_CHECK onus_status onus_server_account(const char *data, const char *name, const char *password,
                                                bool is_administrator, bool is_known, onus_error *error);

/* The last row of the audit log and its hash in hexadecimal digits. */
typedef struct onus_server_audit_head {
  int64_t number;
  char hash[65];
} onus_server_audit_head;

/* Computes the chain of hashes again. `since`: "NUMBER:HASH", a head that was kept from earlier, must still be in it;
 * NULL: none. ONUS_BAD_INPUT when a row is not as it was written. */
ONUS_MUST_CHECK onus_status onus_server_audit(const char *data, const char *since, onus_server_audit_head *ret_head,
                                              onus_error *error);

/* Copies the whole database, as it is at one moment, into the new file `to`. */
ONUS_MUST_CHECK onus_status onus_server_backup(const char *data, const char *to, onus_error *error);

#endif
