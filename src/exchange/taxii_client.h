/* Requests with patience: what pulling and pushing have in common. */
#ifndef ONUS_EXCHANGE_TAXII_CLIENT_H
#define ONUS_EXCHANGE_TAXII_CLIENT_H

#include "exchange/taxii.h"
#include "exchange/taxii_transport.h"

typedef struct onus_taxii_client {
  onus_taxii_transport transport;
  unsigned n_attempts, n_failed; /* n_failed: in a row; whoever gained something sets it to 0 */
} onus_taxii_client;

/* Of an answer that never came, to a request that must not simply be repeated. */
#define ONUS_TAXII_CODE_IN_DOUBT 0L

/* Sends a request until it is answered, with pauses that grow, as long as that can help. ONUS_OK with any answer that
 * is final, whatever its code; an answer of success has the media type of TAXII. `is_repeatable`: sending it twice does
 * no harm; if not, a request that may have reached the server comes back as ONUS_TAXII_CODE_IN_DOUBT after one pause.
 * Free answer->body. */
ONUS_MUST_CHECK onus_status onus_taxii_ask(onus_taxii_client *client, const onus_taxii_request *request,
                                           bool is_repeatable, onus_taxii_answer *answer, onus_error *error);

/* GET, and success. */
ONUS_MUST_CHECK onus_status onus_taxii_get(onus_taxii_client *client, const char *url, onus_taxii_answer *answer,
                                           onus_error *error);

bool onus_taxii_is_success(const onus_taxii_answer *answer);

/* Says what an answer without success means. */
onus_status onus_taxii_fail(const char *url, const onus_taxii_answer *answer, onus_error *error);

/* After a failure that is in `error`: pauses, or gives its status when there were enough of them in a row.
 * `retry_after_s`: what the server asks for. */
ONUS_MUST_CHECK onus_status onus_taxii_pause(onus_taxii_client *client, onus_status status, double retry_after_s,
                                             onus_error *error);

/* All collections at the URL, in transfer->places. */
ONUS_MUST_CHECK onus_status onus_taxii_find_all(onus_taxii_client *client, onus_transfer *transfer, onus_error *error);

/* The one that is called `name` (NULL: the one that the URL is of), in transfer->place. */
ONUS_MUST_CHECK onus_status onus_taxii_find(onus_taxii_client *client, onus_transfer *transfer, const char *name,
                                            onus_error *error);

/* What makes a version of an object: its identifier and its time (NULL: it has none). NULL without memory. */
const char *onus_taxii_key(onus_arena *arena, const char *id, const char *version);

/* SHA-256 of the canonical form of an object: whether two say the same. */
enum { ONUS_TAXII_DIGEST_BYTES = 32 };
ONUS_MUST_CHECK onus_status onus_taxii_digest(const onus_node *object, unsigned char digest[ONUS_TAXII_DIGEST_BYTES],
                                              onus_error *error);

/* The name of an object in transfer->listed, as long as there is room. */
ONUS_MUST_CHECK onus_status onus_transfer_add(onus_transfer *transfer, const char *id, const char *version,
                                              const char *message, onus_error *error);

/* --- with a transport of the caller's: onus_taxii_list, _pull and _push do the rest ---------------------------- */

ONUS_MUST_CHECK onus_status onus_taxii_pull_by(onus_taxii_client *client, onus_transfer *transfer,
                                               const char *collection, const onus_taxii_filters *filters, size_t n_page,
                                               onus_error *error);
ONUS_MUST_CHECK onus_status onus_taxii_push_by(onus_taxii_client *client, onus_transfer *transfer,
                                               const char *collection, const char *state, size_t n_page,
                                               onus_error *error);

#endif
