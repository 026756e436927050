/* BagIt (RFC 8493): what the files of a bag beside its payload say. */
#ifndef ONUS_PACKAGE_BAG_H
#define ONUS_PACKAGE_BAG_H

#include <stdbool.h>

#include "base/buffer.h"
#include "verify/tree.h"

#define ONUS_BAG_FOLDER "onus-case" /* of the bags that onus makes */
#define ONUS_BAG_DATA "data/"
#define ONUS_BAG_DECLARATION "bagit.txt"
#define ONUS_BAG_INFO "bag-info.txt"
#define ONUS_BAG_MANIFEST "manifest-sha256.txt"
#define ONUS_BAG_TAG_MANIFEST "tagmanifest-sha256.txt"
#define ONUS_BAG_TAG_BYTES ((size_t)128 << 20) /* of one file beside the payload */

enum { ONUS_SHA512_BYTES = 64, ONUS_BAG_TAGS_MAX = 16 };

/* A file of a bag. */
typedef struct onus_bagit_file {
  char *path; /* inside the bag */
  uint64_t bytes;
  onus_hash sha256;
  unsigned char sha512[ONUS_SHA512_BYTES];
  onus_text text; /* of files beside the payload: what they say */
} onus_bagit_file;

typedef struct onus_bagit {
  onus_bagit_file *payload;
  size_t n_payload, capacity;
  onus_bagit_file tags[ONUS_BAG_TAGS_MAX];
  size_t n_tags;
  bool is_by_onus; /* as bag-info.txt says; onus_bagit_check finds it */
} onus_bagit;

void onus_bagit_free(onus_bagit *bag);

/* Appends a file; `path` is copied, `text` (may be NULL) taken. */
ONUS_MUST_CHECK onus_status onus_bagit_add(onus_bagit *bag, const onus_bagit_file *file, onus_error *error);

/* Whether a bag may have this file beside its payload. */
bool onus_bagit_is_tag(const char *path);

/* Puts the payload in the order of its paths. */
void onus_bagit_sort(onus_bagit *bag);

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* The text of bagit.txt; static. */
const char *onus_bagit_declaration(void);

/* bag-info.txt of a payload. */
void onus_bagit_write_info(onus_buffer *out, uint64_t payload_bytes, size_t n_payload);

/* A line of a manifest. */
void onus_bagit_write_line(onus_buffer *out, const onus_hash *sha256, const char *path);

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* Checks that the bag is complete and valid: its declaration, that every payload file is in every manifest with its
 * digest and the other way round, the digests of the other files, the Payload-Oxum. Sorts the payload by path. Errors
 * are placed at `archive`. */
ONUS_MUST_CHECK onus_status onus_bagit_check(onus_bagit *bag, const char *archive, onus_error *error);

#endif
