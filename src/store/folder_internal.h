/* The engine over a folder: its view and its writer. */
#ifndef ONUS_STORE_FOLDER_INTERNAL_H
#define ONUS_STORE_FOLDER_INTERNAL_H

#include "store/engine_internal.h"
#include "store/manifest_internal.h"
#include "store/segment_internal.h"

/* A document, held open: its file may be replaced while it is read. */
typedef struct onus_open_document {
  onus_manifest_document named;
  int fd;
} onus_open_document;

/* The segments and documents that one manifest names. */
typedef struct onus_segment_set {
  uint64_t generation;
  size_t n_segments, n_documents;
  onus_segment **segments;
  onus_open_document *documents; /* by name */
} onus_segment_set;

ONUS_MUST_CHECK onus_status onus_segment_set_open(const char *folder, onus_segment_set *ret_set, onus_error *error);
/* Opens the file of a document; *ret_missing is true when there is none. */
ONUS_MUST_CHECK onus_status onus_document_open(const char *folder, const onus_manifest_document *named,
                                               onus_open_document *ret_document, bool *ret_missing, onus_error *error);
ONUS_MUST_CHECK onus_status onus_document_load(const char *folder, const onus_open_document *document,
                                               onus_text *ret_text, onus_error *error);

void onus_segment_set_close(onus_segment_set *set);

/* The next table by kind and name after that of `last` (NULL at first) in any of the segments: one of those that have
 * it; NULL when there is none. */
const onus_segment_table *onus_segment_next_table(onus_segment *const *segments, size_t n_segments,
                                                  const onus_segment_table *last);

/* folder_view.c */
onus_status onus_folder_open(const char *place, void **ret_view, onus_error *error);
void onus_folder_close(void *view);
onus_status onus_folder_refresh(void *view, onus_error *error);
onus_status onus_folder_look_up(const void *view, const onus_store_query *query, onus_store_postings *ret_postings,
                                onus_error *error);
onus_status onus_folder_count_holders(const void *view, const onus_store_query *query, uint64_t *ret_counts,
                                      onus_error *error);
onus_status onus_folder_look_up_pairs(const void *view, const onus_store_pair_query *query,
                                      onus_store_numbers *ret_numbers, onus_error *error);
onus_status onus_folder_rows(const void *view, const char *array, size_t row_bytes, const uint32_t *numbers,
                             size_t n_numbers, void *ret_rows, onus_error *error);
onus_status onus_folder_document(const void *view, const char *name, onus_text *ret_text, onus_error *error);
onus_status onus_folder_describe(const void *view, bool with_digest, onus_store_description *ret_description,
                                 onus_error *error);

/* folder_writer.c */

/* Makes the folder if it is not there, and takes the right to write in it: ONUS_IO while another process has it. It is
 * given back when *ret_fd is closed. */
ONUS_MUST_CHECK onus_status onus_folder_lock(const char *folder, int *ret_fd, onus_error *error);
/* Brings names in the folder to the disk; a file system that has no such thing is no failure. */
ONUS_MUST_CHECK onus_status onus_folder_sync(const char *folder, onus_error *error);
/* Removes segments and documents that the manifest does not name, and with_parts what was not finished. */
ONUS_MUST_CHECK onus_status onus_folder_clear(const char *folder, const onus_manifest *manifest, bool with_parts,
                                              onus_error *error);

onus_status onus_folder_writer_open(const char *place, const onus_store_writer_options *options, void **ret_writer,
                                    onus_error *error);
void onus_folder_writer_close(void *writer);
onus_status onus_folder_put(void *writer, const char *table, const onus_store_record *records, size_t n_records,
                            onus_error *error);
onus_status onus_folder_put_pairs(void *writer, const char *table, const onus_store_pair *pairs, size_t n_pairs,
                                  onus_error *error);
onus_status onus_folder_append_rows(void *writer, const char *array, size_t row_bytes, const void *rows, size_t n_rows,
                                    uint32_t *ret_first, onus_error *error);
onus_status onus_folder_put_document(void *writer, const char *name, const void *bytes, size_t length_bytes,
                                     onus_error *error);
onus_status onus_folder_writer_document(const void *writer, const char *name, onus_text *ret_text, onus_error *error);
void onus_folder_watch(void *writer, onus_store_progress *progress, void *context);
onus_status onus_folder_scratch(void *writer, int *ret_fd, onus_error *error);
onus_status onus_folder_seal(void *writer, onus_error *error);
onus_status onus_folder_compact(void *writer, onus_error *error);

#endif
