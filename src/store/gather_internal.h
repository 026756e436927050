/* What several places have for each key becomes one answer to a look-up. */
#ifndef ONUS_STORE_GATHER_INTERNAL_H
#define ONUS_STORE_GATHER_INTERNAL_H

#include "store/merge_internal.h"

typedef struct onus_gathering {
  const onus_store_query *query;
  onus_store_postings result;
  size_t n_postings, capacity;
} onus_gathering;

/* Room for the answer of each key. */
ONUS_MUST_CHECK onus_status onus_gather_begin(onus_gathering *gathering, const onus_store_query *query,
                                              onus_error *error);
/* The next key, from its places, none of them empty. */
ONUS_MUST_CHECK onus_status onus_gather_key(onus_gathering *gathering, onus_posting_source *sources, size_t n_sources,
                                            size_t key_index, onus_error *error);
void onus_gather_end(onus_gathering *gathering, onus_store_postings *ret_postings);
void onus_gather_free(onus_gathering *gathering);

/* How many different holders there are by that day. */
uint64_t onus_gather_count(onus_posting_source *sources, size_t n_sources, int32_t as_of_day);

#endif
