/* How requests reach a TAXII server, and answers us: all that the client needs of a network and a clock.
 *
 * There is one for HTTP (onus_taxii_http_open); tests bring their own.
 */
#ifndef ONUS_EXCHANGE_TAXII_TRANSPORT_H
#define ONUS_EXCHANGE_TAXII_TRANSPORT_H

#include "base/arena.h"
#include "base/buffer.h"

/* No answer is read further than this, and no head of one further than that. */
#define ONUS_TAXII_ANSWER_BYTES ((size_t)64 << 20)
#define ONUS_TAXII_HEAD_BYTES ((size_t)64 << 10)

/* What came of a request that got no answer. */
typedef enum onus_taxii_trouble {
  ONUS_TAXII_HOPELESS, /* trying again would give the same */
  ONUS_TAXII_NOT_SENT, /* the server was not reached: it knows nothing of the request */
  ONUS_TAXII_IN_DOUBT  /* it broke later: the server may have done what it was asked */
} onus_taxii_trouble;

typedef struct onus_taxii_request {
  const char *url;
  const onus_text *body; /* NULL: GET, else POST */
} onus_taxii_request;

typedef struct onus_taxii_answer {
  onus_taxii_trouble trouble; /* when there is none */
  long code;                  /* of HTTP */
  onus_text body;             /* bytes never NULL; free with onus_text_free */
  char content_type[128];
  char added_first[64], added_last[64]; /* X-TAXII-Date-Added-First, -Last; "" when missing */
  double retry_after_s;                 /* 0: it does not say */
} onus_taxii_answer;

typedef struct onus_taxii_transport {
  /* One request, one answer; redirects are not followed to other servers. Anything but ONUS_OK: none came, and
   * answer->trouble says what that means. */
  onus_status (*call)(void *context, const onus_taxii_request *request, onus_taxii_answer *answer, onus_error *error);
  /* ONUS_CANCELLED when the caller wants to stop. */
  onus_status (*wait)(void *context, double seconds, onus_error *error);
  /* How many objects are done, of how many (0: nobody knows). False: the caller wants to stop. */
  bool (*progress)(void *context, size_t n_done, size_t n_all);
  void *context;
} onus_taxii_transport;

/* --- HTTP ------------------------------------------------------------------------------------------------------ */

typedef struct onus_taxii_http onus_taxii_http;

/* `options` (not NULL) must live as long: name and password or token, certificates, time, progress. */
ONUS_MUST_CHECK onus_status onus_taxii_http_open(const onus_taxii_options *options, onus_taxii_http **ret_http,
                                                 onus_error *error);
onus_taxii_transport onus_taxii_http_transport(onus_taxii_http *http);
void onus_taxii_http_close(onus_taxii_http *http);

/* --- URLs ------------------------------------------------------------------------------------------------------ */

/* The URL of a server as it is used from here on: https, or http to this machine; without name, password, query and
 * fragment; with a slash at its end. One without a path gets that of discovery, /taxii2/. ONUS_BAD_ARGUMENT when it is
 * none. */
ONUS_MUST_CHECK onus_status onus_taxii_url_check(const char *url, onus_arena *arena, const char **ret_url,
                                                 onus_error *error);

/* `reference` as seen from `url` (both may be whole URLs), checked as above. *ret_is_same: it is on the same server, by
 * scheme, host and port. */
ONUS_MUST_CHECK onus_status onus_taxii_url_join(const char *url, const char *reference, onus_arena *arena,
                                                const char **ret_url, bool *ret_is_same, onus_error *error);

/* Whether two whole URLs lead to the same server; false, too, when one of them is none. */
bool onus_taxii_url_is_same_server(const char *a, const char *b);

#endif
