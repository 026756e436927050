/* One indicator as people write it: defanged or not, a host, an address, a URL, a hash. */
#ifndef ONUS_REFERENCE_INDICATOR_H
#define ONUS_REFERENCE_INDICATOR_H

#include "base/error.h"

typedef enum onus_indicator_kind {
  ONUS_INDICATOR_HOST, /* a domain name */
  ONUS_INDICATOR_IPV4,
  ONUS_INDICATOR_IPV6,
  ONUS_INDICATOR_URL,  /* host or address, with a path */
  ONUS_INDICATOR_HASH, /* MD5, SHA-1, SHA-256 */
  ONUS_INDICATOR_EMAIL,
  ONUS_INDICATOR_FINGERPRINT /* of a certificate, page, icon or TLS client: "jarm:…", "ja3:…", "cert-sha1:…",
                                "favicon:…" */
} onus_indicator_kind;

#define ONUS_INDICATOR_BYTES 2048 /* longer ones are none */

/* Parts in their normal form (refanged, lower case, no trailing dot, internationalised names as xn--); "" where it has
 * none. Each part is NUL-terminated in `storage`. */
typedef struct onus_indicator {
  onus_indicator_kind kind;
  const char *host; /* HOST, URL with a name, EMAIL: the part after @ */
  const char *ip;   /* IPV4, IPV6 and URLs with an address: canonical text */
  uint8_t ip_bytes[16];
  unsigned ip_length_bytes; /* 4, 16; 0 without */
  unsigned port;            /* 0: none given */
  const char *path;         /* from its "/", without the query; "" or "/" alone count as none */
  const char *query;        /* without "?" */
  const char *value;        /* hash, e-mail address or fingerprint */
  char storage[2 * ONUS_INDICATOR_BYTES + 64];
} onus_indicator;

/* Reads one indicator: hxxp, [.], (.), [dot], [:], [@], quotes and blanks around it are understood. False when it is
 * none: a word without a dot, a private file name, a sentence. Fills *ret_indicator in place (pointers into itself). */
bool onus_indicator_parse(const char *text, size_t text_bytes, onus_indicator *ret_indicator);

#endif
