/* One indicator as people write it: defanged or not, a host, an address, a URL, a hash. */
#ifndef ONUS_REFERENCE_INDICATOR_H
#define ONUS_REFERENCE_INDICATOR_H

#include "base/error.h"
#include "reference/suffix.h"

typedef enum onus_indicator_kind {
  ONUS_INDICATOR_NONE, /* it is none; `fault` says why */
  ONUS_INDICATOR_HOST, /* a domain name */
  ONUS_INDICATOR_IPV4,
  ONUS_INDICATOR_IPV6,
  ONUS_INDICATOR_URL,  /* a host or an address with a path or a query */
  ONUS_INDICATOR_PATH, /* a path alone, of whatever host */
  ONUS_INDICATOR_HASH, /* MD5, SHA-1, SHA-256 */
  ONUS_INDICATOR_EMAIL,
  ONUS_INDICATOR_FINGERPRINT /* of a certificate, page, icon or TLS client: "jarm:…", "cert-sha1:…", "title:…", or as
                                scanners write it: "FAVICON_HASH=…" */
} onus_indicator_kind;

#define ONUS_INDICATOR_BYTES 2048 /* longer ones are none */

/* Parts in their normal form (refanged, lower case, no trailing dot, internationalised names as xn--); "" where it has
 * none. Each part is NUL-terminated in `storage`. */
typedef struct onus_indicator {
  onus_indicator_kind kind;
  const char *fault; /* of NONE: why, to be shown; static. NULL otherwise */
  const char *host;  /* HOST, URL with a name, EMAIL: the part after @ */
  const char *ip;    /* IPV4, IPV6 and URLs with an address: canonical text */
  uint8_t ip_bytes[16];
  unsigned ip_length_bytes; /* 4, 16; 0 without */
  unsigned port;            /* 0: none given */
  const char *path;         /* from its "/", without the query; "" or "/" alone count as none */
  const char *query;        /* without "?" */
  const char *value;        /* hash, e-mail address or fingerprint */
  char storage[2 * ONUS_INDICATOR_BYTES + 512];
} onus_indicator;

/* Reads one indicator: hxxp, [.], (.), [dot], [:], [@], quotes and blanks around it are understood. What is none (a
 * word without a dot, a file name, a sentence, a private address) gets kind NONE and a fault; that is no failure.
 * Fills *ret_indicator in place (pointers into itself). Fails without memory only. */
ONUS_MUST_CHECK onus_status onus_indicator_parse(const char *text, size_t text_bytes, onus_indicator *ret_indicator,
                                                 onus_error *error);

/* The same for one of many indicators, with what is remembered of the names before it. */
ONUS_MUST_CHECK onus_status onus_indicator_parse_with(onus_suffixes *suffixes, const char *text, size_t text_bytes,
                                                      onus_indicator *ret_indicator, onus_error *error);

/* "host", "path", …; static. */
const char *onus_indicator_kind_name(onus_indicator_kind kind);

#endif
