/* A place for the store of one test: a folder or, when ONUS_TEST_NODES is set, as clickhouse://127.0.0.1:28121/, a
 * database in this cluster. And what tests of every kind of table do with a store. */
#ifndef ONUS_STORE_TEST_PLACE_INTERNAL_H
#define ONUS_STORE_TEST_PLACE_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* That of code/functions.h is another. */
#define onus_call onus_cluster_call_of_test
#include "store/cluster_internal.h"
#include "store/test_folder_internal.h"

/* NULL: stores are folders. */
static inline const char *test_nodes(void) {
  return getenv("ONUS_TEST_NODES");
}

/* Of what takes long in a cluster there is less in every day's tests. */
static inline bool test_is_short(void) {
  return test_nodes() && !getenv("ONUS_LONG_TESTS");
}

/* Writes a place for a store to `out` of 512 bytes. */
static inline void test_place_make(char *out) {
  static unsigned n_made;
  if (!test_nodes()) {
    test_folder_make(out);
    return;
  }
  int length = snprintf(out, 512, "%stest_%d_%u", test_nodes(), (int)getpid(), n_made++);
  assert_in_range(length, 1, 511);
}

static inline void test_place_remove(const char *place) {
  onus_cluster *cluster;
  onus_error error;
  char sql[200];
  if (!test_nodes()) {
    test_folder_remove(place);
    return;
  }
  assert_int_equal(onus_cluster_open(place, &cluster, NULL), ONUS_OK);
  snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s", cluster->place.database);
  for (size_t i = 0; i < cluster->place.n_nodes; i++) {
    onus_call call;
    memset(&call, 0, sizeof call);
    call.node = i;
    call.sql = sql;
    call.outside_database = true;
    assert_int_equal(onus_cluster_call(cluster, &call, 1, &error), ONUS_OK);
    onus_cluster_free_calls(&call, 1);
  }
  onus_cluster_close(cluster);
}

#undef onus_call

/* Of a folder; in a cluster nothing is seen of files. */
static inline void test_place_check_files(const char *place, const char *part_of_name, size_t expected) {
  if (!test_nodes())
    assert_int_equal(test_folder_count(place, part_of_name), expected);
}

/* Of all that is sealed. `ret_n_postings` may be NULL. */
static inline void test_place_digest(const char *place, char ret_digest[ONUS_STORE_DIGEST_BYTES],
                                     uint64_t *ret_n_postings) {
  onus_store *store;
  onus_store_description d;
  uint64_t n_postings = 0;
  assert_int_equal(onus_store_open(place, &store, NULL), ONUS_OK);
  assert_int_equal(onus_store_describe(store, true, &d, NULL), ONUS_OK);
  memcpy(ret_digest, d.digest, sizeof d.digest);
  for (size_t i = 0; i < d.n_tables; i++)
    n_postings += d.tables[i].n_postings;
  if (ret_n_postings)
    *ret_n_postings = n_postings;
  onus_store_description_free(&d);
  onus_store_close(store);
}

/* Watches a seal, and stops it at the n-th call. */
typedef struct test_watching {
  size_t n_calls, stop_at;
  double last;
} test_watching;

static inline bool test_watch(void *context, double share_done) {
  test_watching *w = (test_watching *)context;
  assert_true(share_done >= w->last && share_done <= 1);
  w->last = share_done;
  return ++w->n_calls != w->stop_at;
}

#endif
