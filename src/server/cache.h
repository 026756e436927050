/* Answers that were given, kept whole. The key of one holds all that it depends on, so nothing is ever out of date: the
 * state of the case (version and stamp), whose sealed items are open, and the question as it was asked.
 */
#ifndef ONUS_SERVER_CACHE_H
#define ONUS_SERVER_CACHE_H

#include "server/request.h"

typedef struct onus_cache onus_cache;

/* NULL: no memory. */
onus_cache *onus_cache_new(size_t most_bytes);
void onus_cache_free(onus_cache *cache);

typedef enum onus_cache_found {
  ONUS_CACHE_MISSED = 0, /* to be made by this request, with onus_cache_reply or onus_cache_give_up */
  ONUS_CACHE_ANSWERED,
  ONUS_CACHE_WAITS /* sleeps while another request makes it, and is dispatched again then */
} onus_cache_found;

/* Sets the answer if it is there; 304 when the client has it already. Only for routes that are ONUS_ROUTE_CACHED. */
onus_cache_found onus_cache_answer(onus_request *request);
/* Gives an answer and keeps it; takes the text. Only for routes that are ONUS_ROUTE_CACHED. */
void onus_cache_reply(onus_request *request, const char *type, onus_text *text);
/* No answer was kept: who waits for it makes its own. Does nothing when one was. */
void onus_cache_give_up(onus_request *request);

#endif
