/* Time stamps of RFC 3161: what was stamped and when. The authority's signature (CMS, X.509) is not looked at. */
#ifndef ONUS_CUSTODY_TOKEN_H
#define ONUS_CUSTODY_TOKEN_H

#include "base/error.h"
#include "verify/tree.h"

#define ONUS_TOKEN_BYTES ((size_t)1 << 20)

typedef struct onus_token {
  onus_hash imprint; /* SHA-256 of what was stamped */
  char time_utc[32]; /* "2026-11-25T04:30:00Z" */
  bool is_bare;      /* a token without the response around it */
} onus_token;

/* A TimeStampResp or a bare token, DER. */
ONUS_MUST_CHECK onus_status onus_token_parse(const char *path, const char *bytes, size_t length, onus_token *ret_token,
                                             onus_error *error);

#endif
