/* Objects to and from TAXII 2.1 servers: what the calls of onus.h give, for those who show it. */
#ifndef ONUS_EXCHANGE_TAXII_H
#define ONUS_EXCHANGE_TAXII_H

#include "base/arena.h"
#include "exchange/taxii_protocol.h"

typedef enum onus_transfer_kind { ONUS_TRANSFER_LIST, ONUS_TRANSFER_PULL, ONUS_TRANSFER_PUSH } onus_transfer_kind;

/* A collection with the places that belong to it. */
typedef struct onus_taxii_place {
  const char *api_root; /* NULL: not known, when its own URL does not tell */
  const char *url;      /* of the collection */
  onus_taxii_collection collection;
} onus_taxii_place;

/* An object that is listed by name: one that came twice with different content, or that was refused. */
typedef struct onus_transfer_object {
  const char *id, *version; /* version: NULL when it has none */
  const char *message;      /* may be NULL */
} onus_transfer_object;

enum { ONUS_TRANSFER_LISTED = 1000 }; /* objects that are listed by name; beyond that they are counted */

struct onus_transfer {
  onus_transfer_kind kind;
  onus_arena *arena;
  const char *url; /* as it was given */
  /* LIST */
  onus_taxii_place *places;
  size_t n_places;
  size_t n_elsewhere; /* API roots on other servers, which are not asked */
  size_t n_closed;    /* API roots that do not answer us */
  /* PULL, PUSH */
  onus_taxii_place place;
  const char *file;
  size_t n_requests; /* pages, or envelopes, in this run */
  size_t n_kept;     /* objects that an earlier run had fetched, or got accepted */
  size_t n_objects;  /* in the bundle */
  size_t n_repeated; /* PULL: came more than once */
  char *added_last;  /* PULL: when the last one was added to the collection; "" when the server does not say */
  size_t n_accepted; /* PUSH: of n_objects, in all runs */
  size_t n_there;    /* PUSH: of those, found to be there already */
  onus_transfer_object *listed; /* PULL: with different content; PUSH: refused */
  size_t n_listed, n_named;     /* n_named of them are in the list */
};

#endif
