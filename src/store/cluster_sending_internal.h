/* Filling a new partition: groups in the order of their hashes become buckets, buckets rows, rows blocks that are sent
 * to all shards at once, while the next ones are filled. */
#ifndef ONUS_STORE_CLUSTER_SENDING_INTERNAL_H
#define ONUS_STORE_CLUSTER_SENDING_INTERNAL_H

#include "store/cluster_internal.h"

typedef struct onus_sending_shard {
  onus_buffer rows; /* not sent yet */
  uint64_t n_rows;  /* of these */
  onus_buffer sent; /* not answered yet */
  uint64_t begin;   /* of the bucket at hand */
  uint32_t sequence;
  bool is_open;
  size_t n_bytes;
  uint8_t *bytes; /* of the bucket's next row */
} onus_sending_shard;

typedef struct onus_sending {
  onus_cluster *cluster;
  onus_lease *lease;
  onus_cluster_part part;
  onus_cluster_share share; /* of the table at hand */
  onus_store_kind kind;     /* of that table */
  uint64_t last_key;        /* of its pairs */
  uint8_t *packed;          /* of a row */
  size_t block_bytes;
  size_t n_shards, shard; /* shard: of the group at hand */
  onus_sending_shard *shards;
  onus_scattering *in_air; /* of `calls`; NULL: all that was sent is answered */
  size_t unpumped_bytes;   /* rows since it was last looked after */
  onus_shard_call calls[ONUS_CLUSTER_NODES_MAX];
  char sql[ONUS_CLUSTER_NODES_MAX][100];
} onus_sending;

/* Whatever it returns, free it. */
ONUS_MUST_CHECK onus_status onus_sending_open(onus_sending *sending, onus_cluster *cluster, onus_lease *lease,
                                              uint64_t part, size_t budget_bytes, onus_error *error);
void onus_sending_free(onus_sending *sending);

/* Begins a table; they come by their numbers. `n_keys` and `n_bytes` are what it has at most, and decide the size of
 * buckets. Groups go to the sink; pairs, ascending, and rows, by number, to the calls after it. */
void onus_sending_begin(onus_sending *sending, unsigned table, onus_store_kind kind, uint64_t n_keys, uint64_t n_bytes,
                        onus_group_sink *ret_sink);
ONUS_MUST_CHECK onus_status onus_sending_pair(onus_sending *sending, uint64_t pair, onus_error *error);
ONUS_MUST_CHECK onus_status onus_sending_rows(onus_sending *sending, const uint8_t *rows, size_t n_rows,
                                              uint32_t row_bytes, uint64_t first, onus_error *error);
ONUS_MUST_CHECK onus_status onus_sending_end(onus_sending *sending, onus_error *error);
ONUS_MUST_CHECK onus_status onus_sending_document(onus_sending *sending, uint64_t number, const onus_text *text,
                                                  onus_error *error);
/* Sends the rest, and waits until every shard has all of it, on every node that answers. */
ONUS_MUST_CHECK onus_status onus_sending_finish(onus_sending *sending, onus_error *error);
/* Drops what was sent, if the cluster lets it; otherwise the next writer will. */
void onus_sending_abandon(onus_sending *sending);

#endif
