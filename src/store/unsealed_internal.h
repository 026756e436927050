/* All that was put and is not sealed yet, documents excepted: the same for every engine. Records wait in memory and are
 * set aside in sorted runs when it is full; pairs and rows wait as flat_internal.h says. */
#ifndef ONUS_STORE_UNSEALED_INTERNAL_H
#define ONUS_STORE_UNSEALED_INTERNAL_H

#include "store/flat_internal.h"
#include "store/spill_internal.h"

/* Who is told how far a seal is. */
typedef struct onus_watch {
  onus_store_progress *progress; /* may be NULL */
  void *context;
  double share_done;
} onus_watch;

typedef struct onus_unsealed {
  onus_waiting waiting;
  onus_spill spill;
  onus_flats flats;
  uint64_t n_put, n_handed_on; /* records, pairs and rows since the last seal, and what it has handed on of them */
  onus_watch watch;
  unsigned n_tables; /* of records */
  char tables[ONUS_STORE_TABLES_MAX][ONUS_STORE_TABLE_BYTES_MAX + 1];
  uint64_t put_bytes[ONUS_STORE_TABLES_MAX]; /* of each table: of its groups at most */
} onus_unsealed;

/* Nothing yet; from here on it may be freed. The paths name files for the moment in which they have a name. */
void onus_unsealed_init(onus_unsealed *unsealed, const char *runs_path, const char *flats_path, size_t budget_bytes);
ONUS_MUST_CHECK onus_status onus_unsealed_open(onus_unsealed *unsealed, size_t budget_bytes, onus_error *error);
void onus_unsealed_free(onus_unsealed *unsealed);

ONUS_MUST_CHECK onus_status onus_unsealed_put(onus_unsealed *unsealed, const char *table,
                                              const onus_store_record *records, size_t n_records, onus_error *error);
ONUS_MUST_CHECK onus_status onus_unsealed_put_pairs(onus_unsealed *unsealed, const char *table,
                                                    const onus_store_pair *pairs, size_t n_pairs, onus_error *error);
/* Finds or makes an array. *ret_is_new: the caller says where its sealed rows end, and their size (0: there are none).
 */
ONUS_MUST_CHECK onus_status onus_unsealed_array(onus_unsealed *unsealed, const char *name, onus_flat **ret_array,
                                                bool *ret_is_new, onus_error *error);
ONUS_MUST_CHECK onus_status onus_unsealed_append(onus_unsealed *unsealed, onus_flat *array, size_t row_bytes,
                                                 const void *rows, size_t n_rows, uint32_t *ret_first,
                                                 onus_error *error);
bool onus_unsealed_is_empty(const onus_unsealed *unsealed);

/* --- sealing ------------------------------------------------------------------------------------------------------ */

/* Before the first of the calls that follow. */
ONUS_MUST_CHECK onus_status onus_unsealed_sort(onus_unsealed *unsealed, onus_error *error);
/* At most so many keys are in table `number` of unsealed->tables. */
uint64_t onus_unsealed_count_keys(const onus_unsealed *unsealed, unsigned number);
/* These hand all on that waits of one, each of the same key once, and tell the watch; what waits stays. ONUS_CANCELLED
 * when the watch says so. */
ONUS_MUST_CHECK onus_status onus_unsealed_records(onus_unsealed *unsealed, unsigned number, const onus_group_sink *sink,
                                                  onus_error *error);
ONUS_MUST_CHECK onus_status onus_unsealed_pairs(onus_unsealed *unsealed, onus_flat *pairs, void *context,
                                                onus_pair_sink *sink, onus_error *error);
ONUS_MUST_CHECK onus_status onus_unsealed_rows(onus_unsealed *unsealed, onus_flat *array, void *context,
                                               onus_row_sink *sink, onus_error *error);
/* After the seal: nothing waits, numbers of rows go on. */
void onus_unsealed_clear(onus_unsealed *unsealed);

#endif
