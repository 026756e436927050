/* Identifiers of STIX 2.1 objects. */
#ifndef ONUS_EXCHANGE_STIX_IDS_H
#define ONUS_EXCHANGE_STIX_IDS_H

#include "base/arena.h"
#include "document/document.h"

/* "type--uuid" and a NUL; types have at most 64 characters here. */
#define ONUS_STIX_ID_BYTES 104

/* Whether `text` is such an identifier, of the type `type` unless that is NULL. */
bool onus_stix_is_id(const char *text, const char *type);

/* The identifier that STIX 2.1 prescribes for a cyber-observable object: a UUID of version 5 over the canonical JSON of
 * the properties that contribute to it. Only the type and those properties of `object` matter. False when the type
 * has none, or the object has none of them: then any identifier will do. */
ONUS_MUST_CHECK onus_status onus_stix_observable_id(const onus_node *object, char ret_id[ONUS_STIX_ID_BYTES],
                                                    bool *ret_is_defined, onus_error *error);

/* An identifier for anything else. It has the form of a random one, as STIX asks for, but is drawn from a digest of the
 * words, so that the same thing of the same case has the same identifier wherever it is exported. */
ONUS_MUST_CHECK onus_status onus_stix_object_id(const char *type, const char *const *words, size_t n_words,
                                                char ret_id[ONUS_STIX_ID_BYTES], onus_error *error);

/* The UUID of such an identifier alone; `ret_uuid` holds 37 bytes. */
ONUS_MUST_CHECK onus_status onus_drawn_uuid(const char *const *words, size_t n_words, char *ret_uuid,
                                            onus_error *error);

#endif
