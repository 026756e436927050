/* Calls to shards: who is asked, and what happens when he does not answer. */
#include "store/cluster_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/random.h"

const onus_store_engine onus_store_cluster = {
    .open = onus_cluster_view_open,
    .close = onus_cluster_view_close,
    .refresh = onus_cluster_refresh,
    .look_up = onus_cluster_look_up,
    .count_holders = onus_cluster_count_holders,
    .look_up_pairs = onus_cluster_look_up_pairs,
    .rows = onus_cluster_rows,
    .document = onus_cluster_document_of,
    .describe = onus_cluster_describe,
    .writer_open = onus_cluster_writer_open,
    .writer_close = onus_cluster_writer_close,
    .put = onus_cluster_put,
    .put_pairs = onus_cluster_put_pairs,
    .append_rows = onus_cluster_append_rows,
    .put_document = onus_cluster_put_document,
    .writer_document = onus_cluster_writer_document,
    .watch = onus_cluster_watch,
    .scratch = onus_cluster_scratch,
    .seal = onus_cluster_seal,
    .compact = onus_cluster_compact,
};

unsigned onus_cluster_copies(const onus_cluster *cluster) {
  return cluster->place.n_nodes == 1 ? 1 : 2;
}

size_t onus_cluster_node_of(const onus_cluster *cluster, size_t shard, unsigned copy) {
  return (shard + copy) % cluster->place.n_nodes;
}

size_t onus_cluster_write_quorum(const onus_cluster *cluster) {
  return cluster->place.n_nodes / 2 + 1;
}

size_t onus_cluster_read_quorum(const onus_cluster *cluster) {
  return cluster->place.n_nodes - onus_cluster_write_quorum(cluster) + 1;
}

bool onus_cluster_may_go_on(const onus_cluster *cluster) {
  const onus_watch *watch = cluster->watch;
  return !watch || !watch->progress || watch->progress(watch->context, watch->share_done);
}

onus_status onus_cluster_wait(onus_cluster *cluster, long ms, onus_error *error) {
  enum { STEP_MS = 200 };
  for (; ms > 0; ms -= STEP_MS) {
    if (!onus_cluster_may_go_on(cluster))
      return ONUS_FAIL(error, ONUS_CANCELLED, "stopped while the cluster was waited for");
    long step = ms < STEP_MS ? ms : STEP_MS;
    nanosleep(&(struct timespec){.tv_nsec = step * 1000000}, NULL);
  }
  return ONUS_OK;
}

/* 50 ms, doubled with each round up to 3 s; a quarter more or less, so that many clients do not come at once. */
static long back_off_ms(unsigned round, uint64_t salt) {
  long ms = round < 6 ? 50L << round : 3000;
  return ms - ms / 4 + (long)(onus_random_bits((uint64_t)onus_cluster_now_ms(), salt, round) % (uint64_t)(ms / 2 + 1));
}

/* --- scattering --------------------------------------------------------------------------------------------------- */

static unsigned candidates_of(const onus_cluster *cluster, const onus_shard_call *call) {
  return call->shard == ONUS_CLUSTER_ANY ? (unsigned)cluster->place.n_nodes : onus_cluster_copies(cluster);
}

/* Goes round the replicas; the first time, begins with one that has not just failed. */
static size_t node_for(const onus_cluster *cluster, const onus_shard_call *call, int64_t now_ms) {
  size_t first = call->shard == ONUS_CLUSTER_ANY ? 0 : call->shard;
  unsigned n_candidates = candidates_of(cluster, call);
  size_t wanted = (first + call->n_tries % n_candidates) % cluster->place.n_nodes;
  if (call->was_empty)
    return call->empty_node == first ? (first + 1) % cluster->place.n_nodes : first;
  if (call->n_tries == 0)
    for (unsigned i = 0; i < n_candidates; i++) {
      size_t node = (first + i) % cluster->place.n_nodes;
      if (__atomic_load_n(&cluster->avoided_until_ms[node], __ATOMIC_RELAXED) <= now_ms)
        return node;
    }
  return wanted;
}

struct onus_scattering {
  onus_cluster *cluster;
  onus_shard_call *calls;
  size_t n_calls;
  onus_call *made; /* of this round */
  size_t n_made;
  size_t *whose; /* which of the calls each of `made` is for */
  onus_flights *flights;
  onus_error last; /* the latest trouble that may pass */
  onus_status last_status;
};

/* Reads what a node has answered, while the others still work. */
static onus_status take_answer(void *context, onus_call *made, onus_error *error) {
  onus_scattering *s = context;
  onus_shard_call *call = &s->calls[s->whose[made - s->made]];
  if (made->outcome == ONUS_CALL_HOPELESS)
    return onus_cluster_fail(s->cluster, made, error);
  onus_error why = {0};
  onus_status status = ONUS_OK;
  if (made->outcome == ONUS_CALL_OK && call->read) {
    onus_text answer = {made->answer.bytes ? made->answer.bytes : (char[]){""}, made->answer.length_bytes};
    status = call->read(call->context, &answer, &why);
    if (status == ONUS_NO_MEMORY || status == ONUS_LIMIT) {
      if (error)
        *error = why;
      return status;
    }
    if (status != ONUS_OK) /* a node that talks nonsense */
      snprintf(made->trouble, sizeof made->trouble, "gives an answer that cannot be right: %.300s", why.text);
  }
  /* Nothing found, and nothing said by what is no server, are the same bytes: the other replica is heard too. */
  call->is_done = made->outcome == ONUS_CALL_OK && status == ONUS_OK;
  if (call->is_done && call->read && made->answer.length_bytes == 0 && !call->was_empty &&
      candidates_of(s->cluster, call) > 1) {
    call->is_done = false;
    call->was_empty = true;
    call->empty_node = made->node;
    return ONUS_OK;
  }
  if (!call->is_done && call->was_empty) { /* nobody contradicts: what was half read goes again */
    call->is_done = true;
    return call->read(call->context, &(const onus_text){(char[]){""}, 0}, error);
  }
  if (call->is_done)
    return ONUS_OK;
  call->is_in_doubt = true;
  call->n_tries++;
  s->last_status = onus_cluster_fail(s->cluster, made, &s->last);
  return ONUS_OK;
}

static onus_status launch_round(onus_scattering *s, onus_error *error) {
  int64_t now_ms = onus_cluster_now_ms();
  s->n_made = 0;
  for (size_t i = 0; i < s->n_calls; i++) {
    onus_shard_call *call = &s->calls[i];
    if (call->is_done)
      continue;
    s->whose[s->n_made] = i;
    s->made[s->n_made++] = (onus_call){.node = node_for(s->cluster, call, now_ms),
                                       .sql = call->sql,
                                       .rows = call->rows,
                                       .columns = call->columns,
                                       .has_sums = call->read != NULL,
                                       .landed = take_answer,
                                       .context = s};
  }
  return onus_cluster_launch(s->cluster, s->made, s->n_made, &s->flights, error);
}

static onus_status land_round(onus_scattering *s, size_t *ret_n_left, onus_error *error) {
  onus_flights *flights = s->flights;
  s->flights = NULL;
  *ret_n_left = 0;
  onus_status status = onus_cluster_land(flights, error);
  for (size_t i = 0; i < s->n_made; i++)
    *ret_n_left += !s->calls[s->whose[i]].is_done;
  onus_cluster_free_calls(s->made, s->n_made);
  s->n_made = 0;
  return status;
}

static onus_status run_rounds(onus_scattering *s, onus_error *error) {
  int64_t end_ms = onus_cluster_now_ms() + s->cluster->place.patience_ms;
  for (unsigned round = 0;; round++) {
    size_t n_left;
    if (round > 0)
      ONUS_TRY(launch_round(s, error));
    ONUS_TRY(land_round(s, &n_left, error));
    if (n_left == 0)
      return ONUS_OK;
    bool all_once = true;
    unsigned n_least = UINT32_MAX;
    for (size_t i = 0; i < s->n_calls; i++)
      if (!s->calls[i].is_done) {
        unsigned n_rounds = s->calls[i].n_tries / candidates_of(s->cluster, &s->calls[i]);
        n_least = n_rounds < n_least ? n_rounds : n_least;
        all_once &= s->calls[i].is_once;
      }
    if (all_once || (n_least > 0 && onus_cluster_now_ms() >= end_ms)) {
      if (error)
        *error = s->last;
      return s->last_status;
    }
    if (n_least > 0) /* all have been asked */
      ONUS_TRY(onus_cluster_wait(s->cluster, back_off_ms(n_least - 1, (uintptr_t)s), error));
  }
}

void onus_cluster_scatter_abandon(onus_scattering *s) {
  if (!s)
    return;
  onus_cluster_abandon(s->flights);
  if (s->made)
    onus_cluster_free_calls(s->made, s->n_made);
  free(s->made);
  free(s->whose);
  free(s);
}

onus_status onus_cluster_scatter_begin(onus_cluster *cluster, onus_shard_call *calls, size_t n_calls,
                                       onus_scattering **ret_scattering, onus_error *error) {
  onus_scattering *s = calloc(1, sizeof *s);
  if (!s)
    return ONUS_FAIL_NO_MEMORY(error);
  s->cluster = cluster;
  s->calls = calls;
  s->n_calls = n_calls;
  s->made = calloc(n_calls + 1, sizeof *s->made);
  s->whose = calloc(n_calls + 1, sizeof *s->whose);
  for (size_t i = 0; i < n_calls; i++) {
    calls[i].is_done = calls[i].is_in_doubt = calls[i].was_empty = false;
    calls[i].n_tries = 0;
  }
  onus_status status = s->made && s->whose ? launch_round(s, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status != ONUS_OK)
    onus_cluster_scatter_abandon(s);
  else
    *ret_scattering = s;
  return status;
}

void onus_cluster_scatter_pump(onus_scattering *s) {
  if (s->flights)
    onus_cluster_pump(s->flights);
}

onus_status onus_cluster_scatter_end(onus_scattering *s, onus_error *error) {
  onus_status status = s->n_calls > 0 ? run_rounds(s, error) : ONUS_OK;
  onus_cluster_scatter_abandon(s);
  return status;
}

onus_status onus_cluster_scatter(onus_cluster *cluster, onus_shard_call *calls, size_t n_calls, onus_error *error) {
  onus_scattering *s;
  if (n_calls == 0)
    return ONUS_OK;
  ONUS_TRY(onus_cluster_scatter_begin(cluster, calls, n_calls, &s, error));
  return onus_cluster_scatter_end(s, error);
}

onus_status onus_cluster_call(onus_cluster *cluster, onus_call *calls, size_t n_calls, onus_error *error) {
  onus_flights *flights;
  ONUS_TRY(onus_cluster_launch(cluster, calls, n_calls, &flights, error));
  return onus_cluster_land(flights, error);
}

/* --- every node --------------------------------------------------------------------------------------------------- */

onus_status onus_cluster_ask_all(onus_cluster *cluster, const char *sql, onus_call *calls, bool *ret_no_store,
                                 onus_error *error) {
  size_t n_nodes = cluster->place.n_nodes, n_answers = 0, n_without = 0;
  const onus_call *failed = NULL;
  memset(calls, 0, n_nodes * sizeof *calls);
  for (size_t i = 0; i < n_nodes; i++) {
    calls[i].node = i;
    calls[i].sql = sql;
  }
  *ret_no_store = false;
  ONUS_TRY(onus_cluster_call(cluster, calls, n_nodes, error));
  for (size_t i = 0; i < n_nodes; i++) {
    n_answers += calls[i].outcome == ONUS_CALL_OK;
    n_without += calls[i].outcome == ONUS_CALL_NO_STORE;
    if (calls[i].outcome == ONUS_CALL_HOPELESS)
      return onus_cluster_fail(cluster, &calls[i], error);
    if (calls[i].outcome != ONUS_CALL_OK)
      failed = &calls[i];
  }
  if (n_answers >= onus_cluster_read_quorum(cluster))
    return ONUS_OK;
  *ret_no_store = n_without > 0; /* one that was never made whole: all nodes have the tables before the first seal */
  return onus_cluster_fail(cluster, failed, error);
}

onus_status onus_cluster_await(onus_cluster *cluster, const char *sql, size_t quorum, const char *what,
                               onus_error *error) {
  onus_call calls[ONUS_CLUSTER_NODES_MAX];
  size_t n_nodes = cluster->place.n_nodes;
  int64_t end_ms = onus_cluster_now_ms() + cluster->place.patience_ms;
  for (unsigned round = 0;; round++) {
    size_t n_have = 0;
    memset(calls, 0, sizeof calls);
    for (size_t i = 0; i < n_nodes; i++) {
      calls[i].node = i;
      calls[i].sql = sql;
    }
    onus_status status = onus_cluster_call(cluster, calls, n_nodes, error);
    for (size_t i = 0; status == ONUS_OK && i < n_nodes; i++)
      n_have += calls[i].outcome == ONUS_CALL_OK &&
                strncmp(calls[i].answer.bytes ? calls[i].answer.bytes : "", "1\n", 3) == 0;
    onus_cluster_free_calls(calls, n_nodes);
    if (status != ONUS_OK || n_have >= quorum)
      return status;
    if (onus_cluster_now_ms() >= end_ms)
      return ONUS_FAIL(error, ONUS_IO,
                       "%s has reached %zu of the %zu nodes that it must reach within %ld s; see whether all nodes and "
                       "their coordinator are up, and try again",
                       what, n_have, quorum, cluster->place.patience_ms / 1000);
    ONUS_TRY(onus_cluster_wait(cluster, back_off_ms(round, quorum), error));
  }
}
