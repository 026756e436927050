/* Several sorted streams as one, without duplicates. Memory: a cursor for each stream. */
#ifndef ONUS_STORE_MERGE_INTERNAL_H
#define ONUS_STORE_MERGE_INTERNAL_H

#include "store/segment_internal.h"

/* Postings of one key from several places. */
typedef struct onus_posting_source {
  const onus_store_posting *at, *end;
} onus_posting_source;

/* The next posting in order, or NULL at the end; skips what is the same. Sources that are used up fall out. */
const onus_store_posting *onus_posting_next(onus_posting_source *sources, size_t *n_sources);

/* Feeds `sink` the union of the streams. Each is checked on the way: keys and postings must ascend, hashes be right. */
ONUS_MUST_CHECK onus_status onus_merge(const onus_stream *streams, size_t n_streams, const onus_group_sink *sink,
                                       onus_error *error);

#endif
