/* Reading what others wrote: STIX bundles object by object, and the folder where a case keeps what it came from. */
#ifndef ONUS_EXCHANGE_BUNDLE_H
#define ONUS_EXCHANGE_BUNDLE_H

#include "base/moment.h"
#include "document/document.h"

#define ONUS_BUNDLE_BYTES ((size_t)256 << 20)
#define ONUS_BUNDLE_OBJECTS ((size_t)2 << 20)

/* Called with each object, which lives until the call returns. */
typedef onus_status onus_bundle_visitor(void *context, const onus_node *object, onus_error *error);

/* Reads the STIX bundle at `path`, or the text `bytes` when that is not NULL. Every member of `objects` must be a map
 * with a text `type`; all else is the visitor's business. ONUS_LIMIT beyond ONUS_BUNDLE_BYTES or ONUS_BUNDLE_OBJECTS.
 */
ONUS_MUST_CHECK onus_status onus_bundle_read(const char *path, const onus_text *bytes, onus_bundle_visitor *visit,
                                             void *context, onus_error *error);

/* The moment that `now` names, or the clock's when that is NULL. */
ONUS_MUST_CHECK onus_status onus_exchange_now(const char *now, onus_moment *ret_moment, onus_error *error);

/* "2014-12-19T00:00:00.000Z"; `out` holds 32 bytes. */
void onus_stix_format_time(onus_moment moment, char *out);

/* Microseconds since 1970-01-01T00:00:00Z of an RFC 3339 time, whose finer digits are dropped; INT64_MIN when it is
 * none, or NULL. */
int64_t onus_stix_microseconds(const char *text);

/* --- the folder `imported` of a case ------------------------------------------------------------------------------ */

typedef enum onus_imported_kind { ONUS_IMPORTED_STIX, ONUS_IMPORTED_MISP, ONUS_IMPORTED_CSV } onus_imported_kind;

/* What the file holds, by its beginning and the keys at its top: a STIX bundle, MISP events, or a list of statements as
 * CSV; `path` is for messages. ONUS_BAD_INPUT when it is none of them, or more than one. */
ONUS_MUST_CHECK onus_status onus_imported_recognise(const char *path, const onus_text *text,
                                                    onus_imported_kind *ret_kind, onus_error *error);

/* Called with each file of the folder, in the order of their names. */
typedef onus_status onus_imported_visitor(void *context, const char *path, onus_error *error);
ONUS_MUST_CHECK onus_status onus_imported_walk(const char *case_directory, onus_imported_visitor *visit, void *context,
                                               onus_error *error);

#endif
