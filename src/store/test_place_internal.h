/* A place for the store of one test: a folder or, when cluster_nodes is set, a database in a cluster. */
#ifndef ONUS_STORE_TEST_PLACE_INTERNAL_H
#define ONUS_STORE_TEST_PLACE_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/cluster_internal.h"
#include "store/test_folder_internal.h"

static const char *cluster_nodes; /* NULL: stores are folders */

/* Writes a place for a store to `out` of 512 bytes. */
static inline void make_place(char *out) {
  static unsigned n_made;
  if (!cluster_nodes) {
    test_folder_make(out);
    return;
  }
  int length = snprintf(out, 512, "%stest_%d_%u", cluster_nodes, (int)getpid(), n_made++);
  assert_in_range(length, 1, 511);
}

static inline void remove_place(const char *place) {
  onus_cluster *cluster;
  onus_error error;
  char sql[200];
  if (!cluster_nodes) {
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

/* Of a folder; in a cluster nothing is seen of files. */
static inline void check_files(const char *place, const char *part_of_name, size_t expected) {
  if (!cluster_nodes)
    assert_int_equal(test_folder_count(place, part_of_name), expected);
}

#endif
