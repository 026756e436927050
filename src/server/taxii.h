/* TAXII 2.1: collections of STIX objects, one of each case and one of the reference.
 *
 * What a collection holds lies in the table taxii_objects. Of a case it is the export of its newest version, as
 * everybody may see it, which is brought up to date when somebody asks, and what members added; objects that the export
 * no longer has go, and what was added stays apart from the case. Every version of an object has its own time of
 * adding, and no two in a collection have the same, so that a page begins behind the time at which the last one ended.
 */
#ifndef ONUS_SERVER_TAXII_H
#define ONUS_SERVER_TAXII_H

#include "server/data.h"
#include "server/request.h"

#define ONUS_TAXII_TYPE "application/taxii+json;version=2.1"
#define ONUS_TAXII_ROOT "/taxii2/onus/"
#define ONUS_STIX_TYPE "application/stix+json;version=2.1"

enum {
  ONUS_TAXII_BODY_BYTES = 16 << 20,   /* of what is added in one request */
  ONUS_TAXII_OBJECT_BYTES = 4 << 20,  /* of one object */
  ONUS_TAXII_ADDED = 200000,          /* objects that members may have in one collection, */
  ONUS_TAXII_ADDED_BYTES = 512 << 20, /* and their bytes */
  ONUS_TAXII_PAGE = 1000,             /* objects of one answer, */
  ONUS_TAXII_PAGE_BYTES = 16 << 20,   /* which ends behind the object that reaches so many */
  ONUS_TAXII_ID_BYTES = 37,
  ONUS_TAXII_KEY_BYTES = 32,
  ONUS_TAXII_REFERENCE_US = 60000000 /* for so long the reference is not looked at again */
};

typedef struct onus_collection {
  char id[ONUS_TAXII_ID_BYTES];
  char alias[ONUS_NAME_BYTES]; /* the name of the case, "reference" */
  char title[512];
  bool is_reference, can_write;
  int64_t head; /* newest version of the case; of the reference: now */
} onus_collection;

/* The collection of that id or alias, if the asker may read it. False after refusing the request. */
bool onus_collection_find(onus_request *request, const char *name, onus_collection *ret_collection);

/* Brings what is kept up to date. */
ONUS_MUST_CHECK onus_status onus_collection_refresh(onus_server *server, const onus_collection *collection,
                                                    onus_error *error);

/* An object of STIX, with what it is kept by. */
typedef struct onus_stix_object {
  const char *bytes; /* JSON */
  size_t length;
  char id[192], type[128], version[64]; /* version: `modified`, else `created`, else "" */
  char key[ONUS_TAXII_KEY_BYTES];       /* the version as text that sorts; "" without one */
  const char *spec;                     /* "2.0", "2.1" */
} onus_stix_object;

/* Reads what an object is kept by; NULL when all is well, else what is wrong with it: static. */
const char *onus_stix_object_read(const char *bytes, size_t length, onus_stix_object *ret_object);

/* The next element of a JSON list that is known to be right; `*at` begins at its bracket. False at the end. */
bool onus_json_list_next(const char **at, const char **ret_bytes, size_t *ret_length);

/* Inside a change of a collection that was refreshed once: adds an object at the next time. `account` NULL: of the
 * export. *ret_added_us is when it was added, also when it was there already. *ret_refusal says why it was not taken;
 * static, NULL when it was. */
ONUS_MUST_CHECK onus_status onus_collection_add(onus_db *db, const onus_collection *collection,
                                                const onus_stix_object *object, const char *account, int64_t mark,
                                                int64_t *ret_added_us, const char **ret_refusal, onus_error *error);

/* "2020-01-02T03:04:05.678Z" as text that sorts, to the nanosecond; false when it is no such time. */
bool onus_taxii_key(const char *time, char key[ONUS_TAXII_KEY_BYTES]);
/* The same as microseconds since 1970, cut. */
bool onus_taxii_time(const char *time, int64_t *ret_us);

/* Whether the asker takes TAXII 2.1; false after refusing the request. */
bool onus_taxii_accepts(onus_request *request);
/* Takes the text, made by malloc. */
void onus_taxii_reply(onus_request *request, unsigned status, char *bytes, size_t length);

void onus_route_taxii_discovery(onus_request *request);
void onus_route_taxii_root(onus_request *request);
void onus_route_taxii_collections(onus_request *request);
void onus_route_taxii_collection(onus_request *request);
void onus_route_taxii_objects(onus_request *request);
void onus_route_taxii_object(onus_request *request);
void onus_route_taxii_versions(onus_request *request);
void onus_route_taxii_manifest(onus_request *request);
void onus_route_taxii_add(onus_request *request);
void onus_route_taxii_remove(onus_request *request);
void onus_route_taxii_status(onus_request *request);

#endif
