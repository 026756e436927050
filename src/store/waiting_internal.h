/* Records that wait for the seal: a fixed block of memory, filled from the back, sorted in place. */
#ifndef ONUS_STORE_WAITING_INTERNAL_H
#define ONUS_STORE_WAITING_INTERNAL_H

#include "store/record_internal.h"

typedef struct onus_waiting_ref {
  uint64_t hash;
  uint64_t place; /* number of the table << 56 | offset of the record */
} onus_waiting_ref;

#define ONUS_WAITING_BINS 256

/* Records of one table and of hashes that begin with one byte: a chain of chunks. */
typedef struct onus_waiting_bin {
  uint64_t first, last; /* offsets of chunks; 0: none */
  size_t room_bytes;    /* in the last one */
} onus_waiting_bin;

typedef struct onus_waiting {
  uint8_t *memory;
  size_t length_bytes, chunk_bytes;
  size_t n_refs;     /* records; once sorted, references to them stand in front */
  size_t records_at; /* chunks lie from here to the end */
  unsigned n_tables;
  onus_waiting_bin *bins; /* of each table, ONUS_WAITING_BINS */
} onus_waiting;

ONUS_MUST_CHECK onus_status onus_waiting_open(onus_waiting *waiting, size_t length_bytes, onus_error *error);
void onus_waiting_free(onus_waiting *waiting);

/* Before the first record of a table: makes its bins, and those of all tables below. */
ONUS_MUST_CHECK onus_status onus_waiting_table(onus_waiting *waiting, unsigned table, onus_error *error);
/* False when there is no room; then sort, hand on, clear. */
bool onus_waiting_add(onus_waiting *waiting, unsigned table, const onus_store_record *record);
void onus_waiting_clear(onus_waiting *waiting);
/* Gives the memory back until it is used again; what waited is gone. */
void onus_waiting_release(onus_waiting *waiting);

void onus_waiting_sort(onus_waiting *waiting);
/* After sorting. At most so many keys are in the table. */
uint64_t onus_waiting_count_keys(const onus_waiting *waiting, unsigned table);
ONUS_MUST_CHECK onus_status onus_waiting_hand_on(const onus_waiting *waiting, unsigned table,
                                                 const onus_group_sink *sink, onus_error *error);

#endif
