/* The tables, and a writer's right to write.
 *
 *     node       which of how many nodes this one is; on each node its own
 *     manifest   what is sealed; on every node the same
 *     lease      who may write; on every node the same
 *     block_<s>  the rows of shard s; on the nodes s and s + 1
 *
 * One writer at a time: whoever wants to write adds a row to `lease` with the next epoch, and has it when nobody else
 * has added one with the same. A writer that is gone without a word loses it after LEASE_S; should it come back to
 * life, it finds a higher epoch when it wants to seal, and its work is no part of the store. No clock decides what is
 * right, only how long others wait. */
#include "store/cluster_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { LEASE_S = 60, RENEWED_EACH_MS = 10000, HOST_BYTES = 65 };

/* --- tables ------------------------------------------------------------------------------------------------------- */

typedef struct statements {
  onus_cluster *cluster;
  onus_buffer sql;
} statements;

/* Makes one statement on one node, which must answer. */
static onus_status execute(statements *s, size_t node, bool outside_database, onus_error *error) {
  if (s->sql.status != ONUS_OK)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_call call = {.node = node, .sql = s->sql.bytes, .outside_database = outside_database};
  onus_status status = onus_cluster_call(s->cluster, &call, 1, error);
  if (status == ONUS_OK && call.outcome != ONUS_CALL_OK)
    status = onus_cluster_fail(s->cluster, &call, error);
  onus_cluster_free_calls(&call, 1);
  onus_buffer_free(&s->sql);
  s->sql = onus_buffer_new(65536);
  return status;
}

/* A single node needs no coordinator. The path of a replicated table names it to the coordinator. */
static void append_engine(statements *s, size_t node, const char *kind, const char *table, const char *version) {
  const onus_cluster_place *place = &s->cluster->place;
  if (place->n_nodes == 1)
    onus_buffer_printf(&s->sql, "%sMergeTree(%s)", kind, version);
  else
    onus_buffer_printf(&s->sql, "Replicated%sMergeTree('/onus/%s/%s', 'node-%zu'%s%s)", kind, place->database, table,
                       node + 1, version[0] ? ", " : "", version);
}

static onus_status create_on(statements *s, size_t node, onus_error *error) {
  const onus_cluster_place *place = &s->cluster->place;
  onus_buffer_printf(&s->sql, "CREATE DATABASE IF NOT EXISTS %s", place->database);
  ONUS_TRY(execute(s, node, true, error));
  onus_buffer_string(&s->sql, "CREATE TABLE IF NOT EXISTS node (number UInt32, n_nodes UInt32) "
                              "ENGINE = MergeTree ORDER BY number");
  ONUS_TRY(execute(s, node, false, error));
  onus_buffer_printf(&s->sql, "INSERT INTO node SELECT %zu, %zu WHERE 0 = (SELECT count() FROM node)", node,
                     place->n_nodes);
  ONUS_TRY(execute(s, node, false, error));
  onus_buffer_string(&s->sql, "CREATE TABLE IF NOT EXISTS lease (epoch UInt64, token String, is_released UInt8, "
                              "moment DateTime DEFAULT now()) ENGINE = ");
  append_engine(s, node, "", "lease", "");
  onus_buffer_string(&s->sql, " ORDER BY epoch");
  ONUS_TRY(execute(s, node, false, error));
  for (unsigned copy = 0; copy < onus_cluster_copies(s->cluster); copy++) {
    size_t shard = (node + place->n_nodes - copy) % place->n_nodes;
    char table[32];
    snprintf(table, sizeof table, "block_%zu", shard);
    onus_buffer_printf(&s->sql,
                       "CREATE TABLE IF NOT EXISTS %s (part UInt64, t UInt16, b UInt64, seq UInt32, "
                       "data String) ENGINE = ",
                       table);
    append_engine(s, node, "", table, "");
    onus_buffer_string(&s->sql, " PARTITION BY part ORDER BY (t, b, seq) SETTINGS index_granularity = 256");
    ONUS_TRY(execute(s, node, false, error));
  }
  /* Last: who finds this table finds all others. */
  onus_buffer_string(&s->sql,
                     "CREATE TABLE IF NOT EXISTS manifest (one UInt8 DEFAULT 0, generation UInt64, epoch UInt64, "
                     "body String) ENGINE = ");
  append_engine(s, node, "Replacing", "manifest", "generation");
  onus_buffer_string(&s->sql, " ORDER BY (one, epoch)");
  return execute(s, node, false, error);
}

onus_status onus_cluster_create(onus_cluster *cluster, onus_error *error) {
  statements s = {cluster, onus_buffer_new(65536)};
  onus_status status = ONUS_OK;
  for (size_t node = 0; status == ONUS_OK && node < cluster->place.n_nodes; node++)
    status = create_on(&s, node, error);
  onus_buffer_free(&s.sql);
  return status;
}

/* --- the lease ---------------------------------------------------------------------------------------------------- */

typedef struct lease_row {
  uint64_t epoch;
  char token[128];
  bool is_released;
  long long age_s;
} lease_row;

/* "epoch\ttoken\tis_released\tage\n" */
static bool read_lease_row(const char **at, lease_row *ret_row) {
  int n_read = 0, is_released;
  if (sscanf(*at, "%" SCNu64 "\t%127[a-zA-Z0-9:.-]\t%d\t%lld%n", &ret_row->epoch, ret_row->token, &is_released,
             &ret_row->age_s, &n_read) != 4 ||
      (*at)[n_read] != '\n')
    return false;
  ret_row->is_released = is_released != 0;
  *at += n_read + 1;
  return true;
}

/* The rows of the highest epoch on any node; two of them: two came at once. */
typedef struct lease_state {
  lease_row row;
  bool has_two;
} lease_state;

static onus_status note_row(lease_state *state, const lease_row *row) {
  lease_row *kept = &state->row;
  if (row->epoch > kept->epoch) {
    *state = (lease_state){.row = *row};
  } else if (row->epoch == kept->epoch && strcmp(row->token, kept->token) != 0) {
    state->has_two = true;
  } else if (row->epoch == kept->epoch) {
    kept->is_released |= row->is_released;
    kept->age_s = row->age_s < kept->age_s ? row->age_s : kept->age_s;
  }
  return ONUS_OK;
}

static onus_status read_leases(onus_cluster *cluster, lease_state *ret_state, onus_error *error) {
  static const char sql[] =
      "SELECT epoch, token, max(is_released), toInt64(toUnixTimestamp(now())) - toInt64(max(toUnixTimestamp(moment))) "
      "FROM lease GROUP BY epoch, token ORDER BY epoch DESC LIMIT 4";
  onus_call calls[ONUS_CLUSTER_NODES_MAX];
  bool no_store;
  *ret_state = (lease_state){0};
  onus_status status = onus_cluster_ask_all(cluster, sql, calls, &no_store, error);
  for (size_t i = 0; status == ONUS_OK && i < cluster->place.n_nodes; i++) {
    const char *at = calls[i].answer.bytes;
    lease_row row;
    if (calls[i].outcome != ONUS_CALL_OK || !at)
      continue;
    while (status == ONUS_OK && *at) {
      if (!read_lease_row(&at, &row))
        status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, cluster->place.nodes[i], 0, 0,
                              "the answer about who may write cannot be right");
      else
        status = note_row(ret_state, &row);
    }
  }
  onus_cluster_free_calls(calls, cluster->place.n_nodes);
  return status;
}

/* "host:process:random": who wrote it, so that a process of this machine that is gone is known to be. */
static void make_token(char *out, size_t out_bytes) {
  char host[HOST_BYTES] = "";
  uint64_t random = 0;
  gethostname(host, sizeof host - 1);
  for (char *c = host; *c; c++)
    if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '.' || *c == '-'))
      *c = '-';
  if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
    random = (uint64_t)onus_cluster_now_ms() ^ (uintptr_t)out;
  snprintf(out, out_bytes, "%s:%ld:%016" PRIx64, host[0] ? host : "-", (long)getpid(), random);
}

static bool is_gone(const char *token) {
  char mine[128];
  make_token(mine, sizeof mine);
  size_t host_bytes = strcspn(mine, ":");
  if (strncmp(token, mine, host_bytes + 1) != 0)
    return false;
  long process = strtol(token + host_bytes + 1, NULL, 10);
  return process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

static onus_status write_row(onus_cluster *cluster, const onus_lease *lease, bool is_released, onus_error *error) {
  char sql[400]; /* the token is ours: letters, digits, ":", ".", "-" */
  snprintf(sql, sizeof sql, "INSERT INTO lease (epoch, token, is_released) VALUES (%" PRIu64 ", '%s', %d)",
           lease->epoch, lease->token, is_released);
  onus_shard_call call = {.shard = ONUS_CLUSTER_ANY, .sql = sql};
  return onus_cluster_scatter(cluster, &call, 1, error);
}

static onus_status fail_taken(const onus_cluster *cluster, const char *when, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_IO, cluster->place.database, 0, 0,
                      "is being written by another process; try again %s", when);
}

onus_status onus_lease_take(onus_cluster *cluster, onus_lease *ret_lease, bool *ret_was_left, onus_error *error) {
  lease_state state;
  ONUS_TRY(read_leases(cluster, &state, error));
  bool is_held = state.row.epoch > 0 && !state.row.is_released;
  if (is_held && state.row.age_s < LEASE_S && !is_gone(state.row.token)) {
    char when[80];
    snprintf(when, sizeof when, "when it is done, or, if it has died, in %lld s", LEASE_S - state.row.age_s);
    return fail_taken(cluster, when, error);
  }
  onus_lease lease = {.epoch = state.row.epoch + 1};
  make_token(lease.token, sizeof lease.token);
  ONUS_TRY(write_row(cluster, &lease, false, error));
  char sql[200];
  snprintf(sql, sizeof sql, "SELECT count() > 0 FROM lease WHERE epoch = %" PRIu64 " AND token = '%s'", lease.epoch,
           lease.token);
  ONUS_TRY(onus_cluster_await(cluster, sql, onus_cluster_write_quorum(cluster), "the right to write", error));
  onus_status status = onus_lease_check(cluster, &lease, error);
  if (status != ONUS_OK) {
    onus_lease_release(cluster, &lease);
    return status;
  }
  *ret_was_left = is_held;
  *ret_lease = lease;
  return ONUS_OK;
}

onus_status onus_lease_check(onus_cluster *cluster, onus_lease *lease, onus_error *error) {
  lease_state state;
  ONUS_TRY(read_leases(cluster, &state, error));
  if (state.row.epoch != lease->epoch || state.has_two || strcmp(state.row.token, lease->token) != 0)
    return fail_taken(cluster, "when it is done; what was not sealed is no part of the store", error);
  lease->renewed_ms = onus_cluster_now_ms();
  return ONUS_OK;
}

onus_status onus_lease_renew(onus_cluster *cluster, onus_lease *lease, onus_error *error) {
  if (onus_cluster_now_ms() - lease->renewed_ms < RENEWED_EACH_MS)
    return ONUS_OK;
  ONUS_TRY(write_row(cluster, lease, false, error));
  return onus_lease_check(cluster, lease, error);
}

void onus_lease_release(onus_cluster *cluster, onus_lease *lease) {
  long patience_ms = cluster->place.patience_ms;
  cluster->place.patience_ms = 0; /* without it others wait a minute, no more */
  if (lease->epoch > 0)
    (void)write_row(cluster, lease, true, NULL);
  cluster->place.patience_ms = patience_ms;
  lease->epoch = 0;
}
