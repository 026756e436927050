/* Pairs and rows: what is kept flat, without keys of any length and without days. Reading them from segments, merging
 * them, and how they wait for the seal.
 *
 * A pair is one u64, the key in its upper half, so that sorted numbers are sorted pairs. Pairs wait in memory and are
 * set aside in sorted runs; rows have their numbers when they are added and go to a file at once. */
#ifndef ONUS_STORE_FLAT_INTERNAL_H
#define ONUS_STORE_FLAT_INTERNAL_H

#include "store/output_internal.h"

/* --- reading (flat.c) --------------------------------------------------------------------------------------------- */

ONUS_MUST_CHECK onus_status onus_pairs_look_up(onus_segment *const *segments, size_t n_segments,
                                               const onus_store_pair_query *query, onus_store_numbers *ret_numbers,
                                               onus_error *error);

/* What several places have for each key becomes one answer. */
typedef struct onus_number_gathering {
  const onus_store_pair_query *query;
  onus_store_numbers result;
  size_t n_numbers, capacity;
} onus_number_gathering;

ONUS_MUST_CHECK onus_status onus_numbers_begin(onus_number_gathering *gathering, const onus_store_pair_query *query,
                                               onus_error *error);
/* The next key. On failure free gathering->result. */
ONUS_MUST_CHECK onus_status onus_numbers_gather(onus_number_gathering *gathering, const onus_found_pairs *found,
                                                size_t n_found, size_t key_index, onus_error *error);
void onus_numbers_end(onus_number_gathering *gathering, onus_store_numbers *ret_numbers);

typedef onus_status onus_pair_sink(void *context, uint64_t pair, onus_error *error);

/* All pairs of a table, ascending, each once. */
ONUS_MUST_CHECK onus_status onus_pairs_merge(onus_segment *const *segments, size_t n_segments, const char *table,
                                             void *context, onus_pair_sink *sink, onus_error *error);
/* The same of sorted runs; each must ascend. */
ONUS_MUST_CHECK onus_status onus_pair_runs_merge(const onus_stream *runs, size_t n_runs, void *context,
                                                 onus_pair_sink *sink, onus_error *error);

/* `folder` is for messages. */
ONUS_MUST_CHECK onus_status onus_rows_fetch(onus_segment *const *segments, size_t n_segments, const char *folder,
                                            const char *array, size_t row_bytes, const uint32_t *numbers,
                                            size_t n_numbers, uint8_t *ret_rows, onus_error *error);

typedef onus_status onus_row_sink(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                                  onus_error *error);

/* All rows of an array by number, some at a time. */
ONUS_MUST_CHECK onus_status onus_rows_walk(onus_segment *const *segments, size_t n_segments, const char *array,
                                           void *context, onus_row_sink *sink, onus_error *error);

/* Ascending, in place; numbers that are spread evenly are sorted in about three passes. */
void onus_numbers_sort(uint64_t *numbers, size_t count);

/* --- waiting (flat_waiting.c) ------------------------------------------------------------------------------------- */

/* A table of pairs or an array, since the last seal. */
typedef struct onus_flat {
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
  onus_store_kind kind;
  onus_output output; /* a file without a name: runs of pairs, or rows; .fd is −1 before anything is there */
  onus_door door;     /* … mapped */
  uint64_t *pairs;    /* those that wait in memory */
  size_t n_pairs, capacity;
  uint64_t *run_ends; /* offsets in the file */
  size_t n_runs, runs_capacity;
  uint32_t row_bytes;
  uint64_t first_row, n_rows;
} onus_flat;

typedef struct onus_flats {
  onus_flat *items;
  size_t count, capacity;
  size_t n_pairs, n_pairs_max; /* in memory, of all tables */
  char path[4096];
} onus_flats;

/* `path` names the files for the moment in which they have a name. */
void onus_flats_init(onus_flats *flats, const char *path, size_t budget_bytes);
void onus_flats_free(onus_flats *flats);

/* Finds or makes one. *ret_is_new: of an array, `first_row` is to be set. */
ONUS_MUST_CHECK onus_status onus_flats_get(onus_flats *flats, onus_store_kind kind, const char *name,
                                           onus_flat **ret_flat, bool *ret_is_new, onus_error *error);
ONUS_MUST_CHECK onus_status onus_flats_add_pairs(onus_flats *flats, onus_flat *flat, const onus_store_pair *pairs,
                                                 size_t n_pairs, onus_error *error);
ONUS_MUST_CHECK onus_status onus_flats_add_rows(onus_flats *flats, onus_flat *flat, const void *rows, size_t n_rows,
                                                onus_error *error);
/* Whether rows of this size can be added, and so many. */
ONUS_MUST_CHECK onus_status onus_flat_check_rows(const onus_flat *flat, size_t row_bytes, size_t n_rows,
                                                 onus_error *error);
bool onus_flats_are_empty(const onus_flats *flats);

/* Hands all that waits of one on, as the walks above do; what waits stays. */
ONUS_MUST_CHECK onus_status onus_flat_pairs(onus_flats *flats, onus_flat *flat, void *context, onus_pair_sink *sink,
                                            onus_error *error);
ONUS_MUST_CHECK onus_status onus_flat_rows(onus_flat *flat, void *context, onus_row_sink *sink, onus_error *error);
/* At least as many pairs as onus_flat_pairs hands on. */
uint64_t onus_flat_pairs_bound(const onus_flat *flat);
/* After a seal: nothing waits, numbers of rows go on. */
void onus_flats_clear(onus_flats *flats);

#endif
