/* What a TAXII 2.1 server says: functions on bytes, without a network.
 *
 * Every answer is hostile. `path` is the URL that it came from, for messages. Texts lie in the arena that is given, and
 * what TAXII does not prescribe is not read. ONUS_BAD_INPUT, with line and column in the answer, when one is not what
 * it should be.
 */
#ifndef ONUS_EXCHANGE_TAXII_PROTOCOL_H
#define ONUS_EXCHANGE_TAXII_PROTOCOL_H

#include "base/buffer.h"
#include "document/document.h"

#define ONUS_TAXII_MEDIA_TYPE "application/taxii+json;version=2.1"

enum { ONUS_TAXII_NEXT_BYTES = 4096, ONUS_TAXII_ID_BYTES = 512, ONUS_TAXII_MOST_COLLECTIONS = 10000 };

/* Whether a Content-Type is that of TAXII 2.1: its version may be left out, other parameters do not matter. */
bool onus_taxii_is_media_type(const char *content_type);

/* What a URL leads to is told by the answer. */
typedef enum onus_taxii_kind {
  ONUS_TAXII_DISCOVERY,  /* title, API roots */
  ONUS_TAXII_API_ROOT,   /* title, how much it takes in one request */
  ONUS_TAXII_COLLECTIONS /* one collection, or the list of an API root */
} onus_taxii_kind;

typedef struct onus_taxii_collection {
  const char *id, *title;
  const char *alias, *description; /* may be NULL */
  bool can_read, can_write;
} onus_taxii_collection;

typedef struct onus_taxii_resource {
  onus_taxii_kind kind;
  const char *title;      /* of a server or API root; may be NULL */
  const char **api_roots; /* URLs, or parts of such; the default first */
  size_t n_api_roots;
  uint64_t most_bytes; /* of a request to the API root */
  bool is_one;         /* a collection by itself, not a list of one */
  onus_taxii_collection *collections;
  size_t n_collections;
} onus_taxii_resource;

ONUS_MUST_CHECK onus_status onus_taxii_read_resource(const char *path, const onus_text *answer, onus_arena *arena,
                                                     onus_taxii_resource *ret_resource, onus_error *error);

/* One page of objects, or of a manifest. */
typedef struct onus_taxii_page {
  size_t n_objects;
  bool more;
  char next[ONUS_TAXII_NEXT_BYTES]; /* "" when it has none */
} onus_taxii_page;

/* Called with each object of a page, a map with a text `id`; it lives until the call returns. */
typedef onus_status onus_taxii_visitor(void *context, const onus_node *object, onus_error *error);

/* Objects before an error have been visited by then. `has_type`: each must have a text `type` too. */
ONUS_MUST_CHECK onus_status onus_taxii_read_page(const char *path, const onus_text *answer, bool has_type,
                                                 onus_taxii_visitor *visit, void *context, onus_taxii_page *ret_page,
                                                 onus_error *error);

/* What became of one object that was sent. */
typedef struct onus_taxii_detail {
  const char *id, *version, *message; /* version, message: may be NULL */
} onus_taxii_detail;

typedef struct onus_taxii_details {
  onus_taxii_detail *list;
  size_t n, count; /* count: how many there are in all; a server need not list them */
} onus_taxii_details;

typedef struct onus_taxii_status {
  const char *id;
  bool is_complete;
  onus_taxii_details successes, failures, pendings;
} onus_taxii_status;

/* `n_sent` objects were sent: numbers that do not agree with that are ONUS_BAD_INPUT. */
ONUS_MUST_CHECK onus_status onus_taxii_read_status(const char *path, const onus_text *answer, size_t n_sent,
                                                   onus_arena *arena, onus_taxii_status *ret_status, onus_error *error);

/* What a server says of a failure, on one line and in quotes where it came from the server; "" when it says nothing
 * that can be read. */
typedef struct onus_taxii_reason {
  char text[420];
} onus_taxii_reason;
onus_taxii_reason onus_taxii_read_reason(const onus_text *answer);

/* The version of an object in the sense of TAXII: `modified`, else `created`, else NULL. */
const char *onus_taxii_version(const onus_node *object);

/* Whether two versions are the same: equal times, however they are written, or equal texts. */
bool onus_taxii_is_version(const char *a, const char *b);

/* Microseconds since 1970 as TAXII writes times; `out` holds 32 bytes. */
void onus_taxii_format_time(int64_t microseconds, char *out);

/* Appends `name=value` to a query, after ? or &, with all but unreserved characters as %HH. NULL adds nothing. */
void onus_taxii_put_parameter(onus_buffer *url, const char *name, const char *value);
/* Appends a part of a path, followed by a slash. */
void onus_taxii_put_segment(onus_buffer *url, const char *segment);

#endif
