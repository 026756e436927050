/* The file MANIFEST of a store's folder: which segments and documents are the store. Replacing it is what makes a seal
 * visible. */
#ifndef ONUS_STORE_MANIFEST_INTERNAL_H
#define ONUS_STORE_MANIFEST_INTERNAL_H

#include "store/store.h"

#define ONUS_MANIFEST_SEGMENTS_MAX 1024
#define ONUS_STORE_PATH_BYTES 4096

typedef struct onus_manifest_segment {
  uint64_t number, length_bytes, identity;
} onus_manifest_segment;

typedef struct onus_manifest_document {
  uint64_t number, length_bytes, xxh3; /* of the contents */
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
} onus_manifest_document;

typedef struct onus_manifest {
  uint64_t generation;  /* one more with every change */
  uint64_t next_number; /* of a segment or document; never used again */
  size_t n_segments;
  onus_manifest_segment segments[ONUS_MANIFEST_SEGMENTS_MAX];
  size_t n_documents;
  onus_manifest_document documents[ONUS_STORE_DOCUMENTS_MAX]; /* by name */
} onus_manifest;

/* Writes "<folder>/<name>" to `out` of ONUS_STORE_PATH_BYTES. */
ONUS_MUST_CHECK onus_status onus_store_path(const char *folder, const char *name, char *out, onus_error *error);
ONUS_MUST_CHECK onus_status onus_store_segment_path(const char *folder, uint64_t number, char *out, onus_error *error);
ONUS_MUST_CHECK onus_status onus_store_document_path(const char *folder, uint64_t number, char *out, onus_error *error);

/* Reads the manifest of a folder. *ret_missing is true when there is none (and the status not ONUS_OK). */
ONUS_MUST_CHECK onus_status onus_manifest_read(const char *folder, onus_manifest *ret_manifest, bool *ret_missing,
                                               onus_error *error);
ONUS_MUST_CHECK onus_status onus_manifest_parse(const char *path, const char *bytes, size_t length_bytes,
                                                onus_manifest *ret_manifest, onus_error *error);
/* Puts a document into its place by name; ONUS_LIMIT when there are ONUS_STORE_DOCUMENTS_MAX. */
ONUS_MUST_CHECK onus_status onus_manifest_set_document(onus_manifest *manifest, const onus_manifest_document *document,
                                                       onus_error *error);
ONUS_MUST_CHECK onus_status onus_manifest_write(const char *folder, const onus_manifest *manifest, onus_error *error);

#endif
