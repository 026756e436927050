/* A plain client of ClickHouse, the peer of bench/cluster.c: one row for each posting, tables that a server's own query
 * can use, keys sent along as external tables, every shard asked at once. It trusts what it is answered, and asks no
 * other replica when a node fails. */
#ifndef ONUS_BENCH_PLAIN_H
#define ONUS_BENCH_PLAIN_H

#include <curl/curl.h>

#include "base/buffer.h"

enum { PLAIN_SHARDS_MAX = 16 };

typedef struct plain {
  size_t n_shards; /* shard i, the database plain_<i>, lies on the nodes i and i + 1 */
  char nodes[PLAIN_SHARDS_MAX][64], password[128];
  CURLM *multi;
  CURL *curl[PLAIN_SHARDS_MAX];
  onus_buffer sent[PLAIN_SHARDS_MAX], answers[PLAIN_SHARDS_MAX];
} plain;

/* `place`: "clickhouse://host:port,…/", as many nodes as shards. Ends the program when anything fails, as all below. */
void plain_open(plain *p, const char *place, const char *password_path);
void plain_close(plain *p);

/* Runs a statement on a node; what it answers is in answers[node]. */
void plain_run(plain *p, size_t node, const char *sql);
/* Makes the tables, and the databases. */
void plain_create(plain *p);

/* What is to be sent to a shard next. */
static inline void plain_add(plain *p, size_t shard, const void *bytes, size_t length) {
  onus_buffer_append(&p->sent[shard], bytes, length);
}
/* Inserts into a table of every shard, one after the other, and forgets what was to be sent. */
void plain_insert(plain *p, const char *table);
/* Asks all shards at once; x is what was to be sent, a table of one column k of this type. `sql` has "%zu" once, the
 * shard. */
void plain_ask(plain *p, const char *sql, const char *type);

#endif
