/* The engine over a cluster of ClickHouse servers.
 *
 * ClickHouse keeps the sorted groups of record_internal.h, cut by the hash of the key into small buckets, one bucket to
 * a row of the table block_<shard>; each shard lies on two servers. Everything that one seal
 * adds is one partition, which never changes: a partition is to this engine what a segment is to the folder's. What is
 * sealed says a manifest, a row of the table `manifest` on every server; a new row there makes a seal visible.
 *
 * No answer is believed that may lack something: each query makes the server count the rows of all partitions that the
 * view knows, and one that has not got all of them yet (or any more) refuses, so that the other replica is asked.
 *
 * Bytes of callers reach a server only as RowBinary, in the body of an INSERT or as a table that goes along with a
 * query. SQL holds nothing but the words of this engine, numbers, and the name of the database, which is checked. */
#ifndef ONUS_STORE_CLUSTER_INTERNAL_H
#define ONUS_STORE_CLUSTER_INTERNAL_H

#include "base/buffer.h"
#include "store/engine_internal.h"
#include "store/record_internal.h"
#include "store/unsealed_internal.h"

#define ONUS_CLUSTER_NODES_MAX 64
#define ONUS_CLUSTER_PARTS_MAX 128 /* partitions that a manifest names, retired ones too */
/* A bucket has about so many bytes, up to twice as many, before they are packed into half as many. What a look-up costs
 * a server is the bytes of the granules that it reads and, more, the bytes that it sends; what an import costs it is
 * rows and bytes. */
#define ONUS_CLUSTER_BUCKET_BYTES 256
#define ONUS_CLUSTER_ROW_BYTES 32768 /* of a bucket, in one row; when the row is full, the next row has the rest */
#define ONUS_CLUSTER_REST 256        /* added to the table's number in all rows of a bucket but the first */
#define ONUS_CLUSTER_ANSWER_BYTES_MAX 1073741824
#define ONUS_CLUSTER_MANIFEST_BYTES_MAX 4194304

/* --- where: cluster_place.c --------------------------------------------------------------------------------------- */

typedef struct onus_cluster_place {
  size_t n_nodes; /* and shards: shard i lies on the nodes i and i + 1, the last one on the last and the first */
  bool has_tls;
  char *nodes[ONUS_CLUSTER_NODES_MAX]; /* "host:port" */
  char database[64];                   /* a–z, 0–9, "_", a letter first */
  char *user, *password, *ca_file;     /* the last two may be NULL */
  long call_ms, patience_ms;           /* time for one call; how long one that fails is tried again */
} onus_cluster_place;

/* Reads "clickhouse://host:port,host:port/database", and from the environment who asks. "clickhouses://" is the same
 * over TLS, and needed for every machine but this one. */
ONUS_MUST_CHECK onus_status onus_cluster_place_read(const char *location, onus_cluster_place *ret_place,
                                                    onus_error *error);
void onus_cluster_place_free(onus_cluster_place *place);

/* --- calls to single servers: cluster_http.c ---------------------------------------------------------------------- */

typedef enum onus_call_outcome {
  ONUS_CALL_OK,
  ONUS_CALL_ELSEWHERE, /* down, slow, busy, broken, or without what it should have: another one may answer, or this one
                          later */
  ONUS_CALL_NO_STORE,  /* it has no such database or table */
  ONUS_CALL_HOPELESS   /* user, password or certificate; it does not understand: nothing to try again */
} onus_call_outcome;

typedef struct onus_call {
  size_t node;
  const char *sql;
  const onus_buffer *rows; /* of an INSERT or, with `columns`, of the table x that goes along; may be NULL */
  const char *columns;
  bool outside_database; /* for what makes the database */
  bool has_sums; /* its answer is rows with checksums: an error in the middle of it is noticed, so the server need
                    not hold all of it back */
  /* the answer */
  onus_call_outcome outcome;
  onus_buffer answer;
  char trouble[400];
  /* Told once when the answer is there, while others are still awaited; what it returns ends them all. May be NULL. */
  onus_status (*landed)(void *context, struct onus_call *call, onus_error *error);
  void *context;
} onus_call;

typedef struct onus_line onus_line; /* connections that one thread uses at a time */

typedef struct onus_cluster {
  onus_cluster_place place;
  onus_line *lines[8];                              /* not in use; taken and given back atomically */
  int64_t avoided_until_ms[ONUS_CLUSTER_NODES_MAX]; /* a node that has just failed is asked last; set atomically */
  bool has_curl;
  const onus_watch *watch; /* of the writer, while it may be stopped; otherwise NULL */
} onus_cluster;

ONUS_MUST_CHECK onus_status onus_cluster_open(const char *location, onus_cluster **ret_cluster, onus_error *error);
void onus_cluster_close(onus_cluster *cluster);

int64_t onus_cluster_now_ms(void);
/* Whether who waits for the writer wants to go on. */
bool onus_cluster_may_go_on(const onus_cluster *cluster);
/* Waits; ONUS_CANCELLED when the writer's watch says so. */
ONUS_MUST_CHECK onus_status onus_cluster_wait(onus_cluster *cluster, long ms, onus_error *error);

/* Makes all calls at once, each to its node, once. Answers are freed with onus_cluster_free_calls. */
ONUS_MUST_CHECK onus_status onus_cluster_call(onus_cluster *cluster, onus_call *calls, size_t n_calls,
                                              onus_error *error);
/* The same in two steps: while the nodes answer, the caller does something else. The calls must stay where they are.
 * *ret_flights ends with one of the other two, land also when it fails. */
typedef struct onus_flights onus_flights;
ONUS_MUST_CHECK onus_status onus_cluster_launch(onus_cluster *cluster, onus_call *calls, size_t n_calls,
                                                onus_flights **ret_flights, onus_error *error);
/* Sends and takes what can be at once; a long question needs it again and again. What fails, fails when it lands. */
void onus_cluster_pump(onus_flights *flights);
ONUS_MUST_CHECK onus_status onus_cluster_land(onus_flights *flights, onus_error *error);
void onus_cluster_abandon(onus_flights *flights);
void onus_cluster_free_calls(onus_call *calls, size_t n_calls);
/* What an answer with another status than 200 means; the answer is NUL-terminated. */
void onus_call_judge_refusal(onus_call *call, long http_code);
/* A failed call as an error. */
onus_status onus_cluster_fail(const onus_cluster *cluster, const onus_call *call, onus_error *error);

/* --- calls to shards: cluster.c ----------------------------------------------------------------------------------- */

#define ONUS_CLUSTER_ANY SIZE_MAX /* a shard that lies on every node */

typedef struct onus_shard_call {
  size_t shard;
  const char *sql;
  const onus_buffer *rows;
  const char *columns;
  /* Reads the answer; when that fails, the other replica is asked. May be NULL. */
  onus_status (*read)(void *context, const onus_text *answer, onus_error *error);
  void *context;
  bool is_once; /* not sent again when it may have arrived */
  /* kept by onus_cluster_scatter */
  bool is_done, is_in_doubt, was_empty;
  size_t empty_node; /* that gave an answer of no bytes; its other replica is asked too */
  unsigned n_tries;
} onus_shard_call;

/* Makes all calls, each to a replica of its shard; goes on to the next replica, and round again, until all are
 * answered or the patience has run out. */
ONUS_MUST_CHECK onus_status onus_cluster_scatter(onus_cluster *cluster, onus_shard_call *calls, size_t n_calls,
                                                 onus_error *error);
/* The same in two steps, as onus_cluster_launch. Answers are read in the second, each as it comes. */
typedef struct onus_scattering onus_scattering;
ONUS_MUST_CHECK onus_status onus_cluster_scatter_begin(onus_cluster *cluster, onus_shard_call *calls, size_t n_calls,
                                                       onus_scattering **ret_scattering, onus_error *error);
void onus_cluster_scatter_pump(onus_scattering *scattering);
ONUS_MUST_CHECK onus_status onus_cluster_scatter_end(onus_scattering *scattering, onus_error *error);
void onus_cluster_scatter_abandon(onus_scattering *scattering);

/* The node that holds copy 0 or 1 of a shard. */
size_t onus_cluster_node_of(const onus_cluster *cluster, size_t shard, unsigned copy);
unsigned onus_cluster_copies(const onus_cluster *cluster);

static inline size_t onus_shard_of(uint64_t hash, size_t n_shards) {
  return (size_t)(((hash & UINT32_MAX) * n_shards) >> 32);
}
/* Where the bucket of a hash begins. */
static inline uint64_t onus_bucket_begin(uint64_t hash, unsigned bits) {
  return bits == 0 ? 0 : bits >= 64 ? hash : hash & ~(UINT64_MAX >> bits);
}
/* What stands for the hash of a pair's key, and of a chunk of rows: in their order, and spread over the shards. */
static inline uint64_t onus_flat_hash(uint32_t number) {
  return (uint64_t)number << 32 | (uint32_t)(number * UINT32_C(2654435769));
}
/* Rows of an array stand in chunks of so many, each at its place and behind a checksum of its own, so that a server can
 * cut out those that are asked for. Where a partition has none of a number, there are zeros. */
#define ONUS_CLUSTER_CHUNK_BYTES 1280
#define ONUS_ENTRY_SUM_BYTES 8
static inline uint32_t onus_rows_per_chunk(size_t row_bytes) {
  size_t n = ONUS_CLUSTER_CHUNK_BYTES / (row_bytes + ONUS_ENTRY_SUM_BYTES);
  return n < 1 ? 1 : n > 64 ? 64 : (uint32_t)n;
}

/* --- what is sealed: cluster_manifest.c --------------------------------------------------------------------------- */

typedef struct onus_cluster_table {
  onus_store_kind kind;
  uint32_t row_bytes; /* of an array */
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
} onus_cluster_table;

/* What one partition has of one table. */
typedef struct onus_cluster_share {
  unsigned table, bits; /* its buckets are those of the first `bits` bits of the hash; 64 of an array */
  uint64_t n_keys, n_postings, n_bytes;
} onus_cluster_share;

typedef struct onus_cluster_part {
  uint64_t number;     /* never used again */
  uint64_t retired_at; /* seconds since 1970 when another took its place; 0: it is read */
  uint64_t n_bytes;
  uint64_t n_rows[ONUS_CLUSTER_NODES_MAX]; /* in each shard */
  size_t n_shares;
  onus_cluster_share *shares;
} onus_cluster_part;

typedef struct onus_cluster_document {
  uint64_t number, part, length_bytes, xxh3;
  char name[ONUS_STORE_TABLE_BYTES_MAX + 1];
} onus_cluster_document;

typedef struct onus_cluster_manifest {
  uint64_t generation, epoch; /* epoch: whose of the writers it is */
  uint64_t identity;          /* of the store: drawn by its first writer; 0: by none yet */
  size_t n_shards, n_tables, n_parts, n_documents;
  onus_cluster_table *tables; /* number 1 first */
  onus_cluster_part *parts;
  onus_cluster_document *documents; /* by name */
} onus_cluster_manifest;

ONUS_MUST_CHECK onus_status onus_cluster_manifest_new(size_t n_shards, onus_cluster_manifest **ret_manifest,
                                                      onus_error *error);
ONUS_MUST_CHECK onus_status onus_cluster_manifest_parse(const char *name, const char *bytes, size_t length_bytes,
                                                        onus_cluster_manifest **ret_manifest, onus_error *error);
ONUS_MUST_CHECK onus_status onus_cluster_manifest_format(const onus_cluster_manifest *manifest, onus_text *ret_text,
                                                         onus_error *error);
void onus_cluster_manifest_free(onus_cluster_manifest *manifest);

/* 0 when there is no such table. */
unsigned onus_cluster_find_table(const onus_cluster_manifest *manifest, onus_store_kind kind, const char *name);
/* NULL when the partition is retired or has nothing of the table. */
const onus_cluster_share *onus_cluster_share_of(const onus_cluster_part *part, unsigned table);

/* Where the rows of an array end; at most 2^32. */
uint64_t onus_cluster_end_of_array(const onus_cluster_manifest *manifest, unsigned table);

/* Reads the newest from enough nodes that none acknowledged can be missed. */
ONUS_MUST_CHECK onus_status onus_cluster_manifest_load(onus_cluster *cluster, onus_cluster_manifest **ret_manifest,
                                                       bool *ret_no_store, onus_error *error);
/* Writes it, and waits until enough nodes have it that every reader finds it. */
ONUS_MUST_CHECK onus_status onus_cluster_manifest_store(onus_cluster *cluster, const onus_cluster_manifest *manifest,
                                                        onus_error *error);

/* --- tables, and who may write: cluster_schema.c, cluster_lease.c ---------------------------------------------- */

/* Makes whatever of the tables is not there; every node must answer. */
ONUS_MUST_CHECK onus_status onus_cluster_create(onus_cluster *cluster, onus_error *error);

typedef struct onus_lease {
  uint64_t epoch; /* grows with every writer; 0: none */
  char token[128];
  int64_t renewed_ms;
} onus_lease;

/* ONUS_IO while another writer has it. *ret_was_left is true when the last one has not given it back. */
ONUS_MUST_CHECK onus_status onus_lease_take(onus_cluster *cluster, onus_lease *ret_lease, bool *ret_was_left,
                                            onus_error *error);
/* ONUS_IO when somebody else has taken it. */
ONUS_MUST_CHECK onus_status onus_lease_check(onus_cluster *cluster, onus_lease *lease, onus_error *error);
ONUS_MUST_CHECK onus_status onus_lease_renew(onus_cluster *cluster, onus_lease *lease, onus_error *error);
void onus_lease_release(onus_cluster *cluster, onus_lease *lease);

/* How many nodes must have a row of `manifest` or `lease`, and how many must be asked to miss none. */
size_t onus_cluster_write_quorum(const onus_cluster *cluster);
size_t onus_cluster_read_quorum(const onus_cluster *cluster);
/* Asks every node, and waits until as many as the quorum have answered "1". */
ONUS_MUST_CHECK onus_status onus_cluster_await(onus_cluster *cluster, const char *sql, size_t quorum, const char *what,
                                               onus_error *error);
/* Asks every node once; fails unless as many as the read quorum answer. The calls are the caller's to free. */
ONUS_MUST_CHECK onus_status onus_cluster_ask_all(onus_cluster *cluster, const char *sql, onus_call *calls,
                                                 bool *ret_no_store, onus_error *error);

/* --- rows: cluster_rows.c ----------------------------------------------------------------------------------------- */

/* How the rows of a table hold what is in their bucket: groups and pairs packed, rows of an array in chunks,
 * documents as groups that are not. */
typedef struct onus_block_shape {
  onus_store_kind kind;
  uint32_t row_bytes; /* of an array */
} onus_block_shape;

/* A row of block_<shard>: a bucket's bytes, or their beginning or continuation. */
typedef struct onus_block_row {
  uint64_t part, begin; /* begin: the first hash of the bucket */
  uint32_t sequence;
  bool has_more; /* the row is full: the bucket goes on in the row of the next sequence */
  const uint8_t *bytes;
  size_t n_bytes;
  onus_block_shape shape;
  size_t content_bytes; /* what onus_block_row_take writes */
} onus_block_row;

/* Reads the row at *at of an answer, checks it, and moves *at behind it. */
ONUS_MUST_CHECK onus_status onus_block_row_read(const uint8_t *bytes, size_t length_bytes, onus_block_shape shape,
                                                size_t *at, onus_block_row *ret_row, onus_error *error);
/* Writes the groups or pairs to `out`; of an array each row behind its number (u32). */
ONUS_MUST_CHECK onus_status onus_block_row_take(const onus_block_row *row, uint8_t *out, onus_error *error);
/* `row` has the bytes as they lie in the table. */
void onus_block_row_append(onus_buffer *out, unsigned table, const onus_block_row *row);

/* A length as RowBinary has it, at *at, which moves behind it; false when there is none, or one of 2^28 or more. */
bool onus_length_read(const uint8_t *bytes, size_t length_bytes, size_t *at, size_t *ret_length);
void onus_length_append(onus_buffer *out, size_t length);
/* The checksum before a row of an array; never 0. */
uint64_t onus_entry_sum(uint32_t number, const uint8_t *row, size_t row_bytes);

/* --- pairs in a row: cluster_pairs.c ------------------------------------------------------------------------------ */

#define ONUS_PACKED_HEAD_BYTES 4
#define ONUS_PACKED_BYTES_MAX (ONUS_PACKED_HEAD_BYTES + ONUS_CLUSTER_ROW_BYTES)

/* Packs ascending pairs of a bucket that begins at the hash `begin`, as many as fit a row; returns how many bytes that
 * took of `out`, which holds ONUS_PACKED_BYTES_MAX. */
size_t onus_pairs_pack(const uint8_t *pairs, size_t n_pairs, uint64_t begin, uint8_t *out);
/* How many bytes they unpack to; SIZE_MAX when these are no packed pairs. */
size_t onus_pairs_unpacked_bytes(const uint8_t *packed, size_t n_bytes);
/* Unpacks what has been measured; false when the pairs are not ascending. */
bool onus_pairs_unpack(const uint8_t *packed, size_t n_bytes, uint64_t begin, uint8_t *out);

/* --- groups in a row: cluster_groups.c ---------------------------------------------------------------------------- */

#define ONUS_GROUPS_HEAD_BYTES 2
#define ONUS_GROUPS_BYTES_MAX (ONUS_GROUPS_HEAD_BYTES + ONUS_CLUSTER_ROW_BYTES)

/* Packs whole groups of less than ONUS_CLUSTER_ROW_BYTES; returns how many bytes that took of `out`, which holds
 * ONUS_GROUPS_BYTES_MAX. What would not become shorter is kept as it is. */
size_t onus_groups_pack(const uint8_t *groups, size_t n_bytes, uint8_t *out);
/* The same of what may begin or end within a group, and of a document. */
size_t onus_groups_pack_piece(const uint8_t *bytes, size_t n_bytes, uint8_t *out);
/* How many bytes they unpack to; SIZE_MAX when there is no such row. */
size_t onus_groups_unpacked_bytes(const uint8_t *packed, size_t n_bytes);
/* Unpacks what has been measured; false when these are no packed groups. */
bool onus_groups_unpack(const uint8_t *packed, size_t n_bytes, uint8_t *out);

/* --- which partitions: cluster_rows.c ----------------------------------------------------------------------------- */

/* The part of a query that makes a server refuse which does not have all rows of these partitions, "" when the shard
 * has none of them. */
void onus_cluster_guard(onus_buffer *out, const onus_cluster *cluster, size_t shard,
                        const onus_cluster_part *const *parts, size_t n_parts);
bool onus_cluster_has_part(const onus_cluster_part *const *parts, size_t n_parts, uint64_t number);
/* "(1,2,3)": the partitions that have rows in the shard; returns how many. */
size_t onus_cluster_part_list(onus_buffer *out, size_t shard, const onus_cluster_part *const *parts, size_t n_parts);

/* --- reading and writing: cluster_view.c, cluster_walk.c, cluster_writer.c ------------------------------------- */

/* Of a walk: where it begins, and who is told, after each window, that all up to `last` has been handed on. */
typedef struct onus_walk_span {
  uint64_t first;         /* of the hashes: where an earlier walk said `last`, one more */
  uint64_t n_rows_before; /* of an array: how many rows that was */
  onus_status (*passed)(void *context, uint64_t last, onus_error *error); /* may be NULL */
  void *context;
} onus_walk_span;

/* Hands on the union of what the partitions have of a table, as onus_merge does; `span` NULL: all of it. */
ONUS_MUST_CHECK onus_status onus_cluster_walk(onus_cluster *cluster, unsigned table,
                                              const onus_cluster_part *const *parts, size_t n_parts,
                                              const onus_walk_span *span, const onus_group_sink *sink,
                                              onus_error *error);
/* The same of a table of pairs, and of an array, whose rows come by number. */
ONUS_MUST_CHECK onus_status onus_cluster_walk_pairs(onus_cluster *cluster, unsigned table,
                                                    const onus_cluster_part *const *parts, size_t n_parts,
                                                    const onus_walk_span *span, void *context, onus_pair_sink *sink,
                                                    onus_error *error);
ONUS_MUST_CHECK onus_status onus_cluster_walk_rows(onus_cluster *cluster, const onus_cluster_manifest *manifest,
                                                   unsigned table, const onus_cluster_part *const *parts,
                                                   size_t n_parts, const onus_walk_span *span, void *context,
                                                   onus_row_sink *sink, onus_error *error);
ONUS_MUST_CHECK onus_status onus_cluster_read_document(onus_cluster *cluster, const onus_cluster_manifest *manifest,
                                                       const onus_cluster_document *document, onus_text *ret_text,
                                                       onus_error *error);

/* As onus_store_rows does. */
ONUS_MUST_CHECK onus_status onus_cluster_fetch_rows(onus_cluster *cluster, const onus_cluster_manifest *manifest,
                                                    const char *array, size_t row_bytes, const uint32_t *numbers,
                                                    size_t n_numbers, uint8_t *ret_rows, onus_error *error);

onus_status onus_cluster_view_open(const char *place, void **ret_view, onus_error *error);
void onus_cluster_view_close(void *view);
onus_status onus_cluster_refresh(void *view, onus_error *error);
onus_status onus_cluster_look_up(const void *view, const onus_store_query *query, onus_store_postings *ret_postings,
                                 onus_error *error);
onus_status onus_cluster_count_holders(const void *view, const onus_store_query *query, uint64_t *ret_counts,
                                       onus_error *error);
onus_status onus_cluster_look_up_pairs(const void *view, const onus_store_pair_query *query,
                                       onus_store_numbers *ret_numbers, onus_error *error);
onus_status onus_cluster_rows(const void *view, const char *array, size_t row_bytes, const uint32_t *numbers,
                              size_t n_numbers, void *ret_rows, onus_error *error);
onus_status onus_cluster_document_of(const void *view, const char *name, onus_text *ret_text, onus_error *error);
onus_status onus_cluster_describe(const void *view, bool with_digest, onus_store_description *ret_description,
                                  onus_error *error);

onus_status onus_cluster_writer_open(const char *place, const onus_store_writer_options *options, void **ret_writer,
                                     onus_error *error);
void onus_cluster_writer_close(void *writer);
onus_status onus_cluster_put(void *writer, const char *table, const onus_store_record *records, size_t n_records,
                             onus_error *error);
onus_status onus_cluster_put_pairs(void *writer, const char *table, const onus_store_pair *pairs, size_t n_pairs,
                                   onus_error *error);
onus_status onus_cluster_append_rows(void *writer, const char *array, size_t row_bytes, const void *rows, size_t n_rows,
                                     uint32_t *ret_first, onus_error *error);
onus_status onus_cluster_put_document(void *writer, const char *name, const void *bytes, size_t length_bytes,
                                      onus_error *error);
onus_status onus_cluster_writer_document(const void *writer, const char *name, onus_text *ret_text, onus_error *error);
void onus_cluster_watch(void *writer, onus_store_progress *progress, void *context);
onus_status onus_cluster_scratch(void *writer, int *ret_fd, onus_error *error);
onus_status onus_cluster_seal(void *writer, onus_error *error);
onus_status onus_cluster_compact(void *writer, onus_error *error);

#endif
