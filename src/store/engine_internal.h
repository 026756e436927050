/* What an engine does. store.c has checked every argument before; an engine meets only right ones. */
#ifndef ONUS_STORE_ENGINE_INTERNAL_H
#define ONUS_STORE_ENGINE_INTERNAL_H

#include "store/store.h"

typedef struct onus_store_engine {
  onus_status (*open)(const char *place, void **ret_view, onus_error *error);
  void (*close)(void *view);
  onus_status (*refresh)(void *view, onus_error *error);
  onus_status (*look_up)(const void *view, const onus_store_query *query, onus_store_postings *ret_postings,
                         onus_error *error);
  onus_status (*count_holders)(const void *view, const onus_store_query *query, uint64_t *ret_counts,
                               onus_error *error);
  onus_status (*look_up_pairs)(const void *view, const onus_store_pair_query *query, onus_store_numbers *ret_numbers,
                               onus_error *error);
  onus_status (*rows)(const void *view, const char *array, size_t row_bytes, const uint32_t *numbers, size_t n_numbers,
                      void *ret_rows, onus_error *error);
  onus_status (*document)(const void *view, const char *name, onus_text *ret_text, onus_error *error);
  onus_status (*describe)(const void *view, bool with_digest, onus_store_description *ret_description,
                          onus_error *error);

  onus_status (*writer_open)(const char *place, const onus_store_writer_options *options, void **ret_writer,
                             onus_error *error);
  void (*writer_close)(void *writer);
  onus_status (*put)(void *writer, const char *table, const onus_store_record *records, size_t n_records,
                     onus_error *error);
  onus_status (*put_pairs)(void *writer, const char *table, const onus_store_pair *pairs, size_t n_pairs,
                           onus_error *error);
  onus_status (*append_rows)(void *writer, const char *array, size_t row_bytes, const void *rows, size_t n_rows,
                             uint32_t *ret_first, onus_error *error);
  onus_status (*put_document)(void *writer, const char *name, const void *bytes, size_t length_bytes,
                              onus_error *error);
  onus_status (*writer_document)(const void *writer, const char *name, onus_text *ret_text, onus_error *error);
  void (*watch)(void *writer, onus_store_progress *progress, void *context);
  onus_status (*scratch)(void *writer, int *ret_fd, onus_error *error);
  onus_status (*seal)(void *writer, onus_error *error);
  onus_status (*compact)(void *writer, onus_error *error);
} onus_store_engine;

/* Sorted segments in a folder: folder.c. */
extern const onus_store_engine onus_store_folder;
/* Partitions in a cluster of ClickHouse servers: cluster.c. Its place is the whole location. */
extern const onus_store_engine onus_store_cluster;

/* The engine of a location, and the place as it is called there: for a folder its path. */
ONUS_MUST_CHECK onus_status onus_store_find_engine(const char *location, const onus_store_engine **ret_engine,
                                                   const char **ret_place, onus_error *error);

#endif
