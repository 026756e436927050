/* Sorted runs set aside while a seal is prepared: one file without a name, so that nothing is left whatever happens. */
#ifndef ONUS_STORE_SPILL_INTERNAL_H
#define ONUS_STORE_SPILL_INTERNAL_H

#include "store/output_internal.h"
#include "store/waiting_internal.h"

/* One table's share of one run. */
typedef struct onus_spill_part {
  unsigned table;
  uint64_t begin, end, n_keys;
} onus_spill_part;

typedef struct onus_spill {
  onus_output output; /* .fd is −1 before the first run */
  size_t n_parts, parts_capacity;
  onus_spill_part *parts;
  onus_door door; /* set by onus_spill_map */
  char path[4096];
} onus_spill;

/* An empty one; `path` names the file for the moment in which it has a name. */
void onus_spill_init(onus_spill *spill, const char *path);
/* Back to empty; frees everything. */
void onus_spill_clear(onus_spill *spill);

/* Sets the sorted records of the tables 0 … n_tables − 1 aside. */
ONUS_MUST_CHECK onus_status onus_spill_add(onus_spill *spill, const onus_waiting *waiting, unsigned n_tables,
                                           onus_error *error);
/* Makes all runs readable, after the last. */
ONUS_MUST_CHECK onus_status onus_spill_map(onus_spill *spill, onus_error *error);
/* The streams of a table, at most n_parts, and a bound of its keys. */
size_t onus_spill_streams(const onus_spill *spill, unsigned table, onus_stream *out);
uint64_t onus_spill_count_keys(const onus_spill *spill, unsigned table);

#endif
