#include "server/metrics.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/http.h"
#include "server/reply.h"
#include "server/router.h"
#include "server/server_internal.h"

enum { ROUTES = 128, CLASSES = 6, BUCKETS = 8 };

static const double BOUNDS_S[BUCKETS] = {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60};

struct onus_metrics {
  _Atomic uint64_t answers[ROUTES][CLASSES]; /* by first digit of the status; the last row is for no route */
  _Atomic uint64_t buckets[BUCKETS], n_all, took_us;
  _Atomic uint64_t hits, misses;
};

onus_metrics *onus_metrics_new(void) {
  return calloc(1, sizeof(onus_metrics));
}

void onus_metrics_free(onus_metrics *metrics) {
  free(metrics);
}

static void add(_Atomic uint64_t *counter, uint64_t n) {
  atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void onus_metrics_add(onus_metrics *metrics, const onus_request *request, int64_t took_us) {
  size_t route = request->route != NULL ? (size_t)(request->route - onus_routes) : ROUTES - 1;
  unsigned class = request->status / 100;
  add(&metrics->answers[route < ROUTES ? route : ROUTES - 1][class < CLASSES ? class : 0], 1);
  for (size_t i = 0; i < BUCKETS; i++)
    if ((double)took_us <= BOUNDS_S[i] * 1e6) {
      add(&metrics->buckets[i], 1);
      break;
    }
  add(&metrics->n_all, 1);
  add(&metrics->took_us, (uint64_t)took_us);
}

void onus_metrics_cache(onus_metrics *metrics, bool is_hit) {
  add(is_hit ? &metrics->hits : &metrics->misses, 1);
}

static void write_answers(FILE *out, onus_metrics *metrics) {
  fputs("# HELP onus_answers_total Answers by route and class of status.\n# TYPE onus_answers_total counter\n", out);
  for (size_t i = 0; i < ROUTES; i++)
    for (unsigned class = 0; class < CLASSES; class ++) {
      uint64_t n = metrics->answers[i][class];
      bool is_route = i < ROUTES - 1;
      if (n > 0)
        fprintf(out, "onus_answers_total{method=\"%s\",route=\"%s\",class=\"%uxx\"} %llu\n",
                is_route ? onus_routes[i].method : "", is_route ? onus_routes[i].pattern : "", class,
                (unsigned long long)n);
    }
}

static void write_times(FILE *out, onus_metrics *metrics) {
  uint64_t so_far = 0;
  fputs("# HELP onus_answer_seconds Time from the request line to the last byte of the answer.\n"
        "# TYPE onus_answer_seconds histogram\n",
        out);
  for (size_t i = 0; i < BUCKETS; i++) {
    so_far += metrics->buckets[i];
    fprintf(out, "onus_answer_seconds_bucket{le=\"%g\"} %llu\n", BOUNDS_S[i], (unsigned long long)so_far);
  }
  uint64_t all = metrics->n_all;
  fprintf(out, "onus_answer_seconds_bucket{le=\"+Inf\"} %llu\nonus_answer_seconds_sum %.6f\n", (unsigned long long)all,
          (double)metrics->took_us / 1e6);
  fprintf(out, "onus_answer_seconds_count %llu\n", (unsigned long long)all);
}

static void write_one(FILE *out, const char *name, const char *type, const char *help, uint64_t value) {
  fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name, (unsigned long long)value);
}

void onus_route_metrics(onus_request *request) {
  onus_server *server = request->server;
  onus_metrics *metrics = server->metrics;
  char *bytes = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&bytes, &length);
  if (out == NULL) {
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
    return;
  }
  write_answers(out, metrics);
  write_times(out, metrics);
  write_one(out, "onus_cache_hits_total", "counter", "Cached answers that were sent.", metrics->hits);
  write_one(out, "onus_cache_misses_total", "counter", "Answers that had to be computed.", metrics->misses);
  write_one(out, "onus_connections", "gauge", "Open connections.", onus_connections_count(server->connections));
  write_one(out, "onus_jobs", "gauge", "Requests that wait for a worker or are worked on.",
            onus_pool_length(server->pool) + onus_pool_length(server->quick_pool));
  write_one(out, "onus_body_bytes", "gauge", "Bytes of request bodies in memory.", onus_http_body_bytes(server));
  if (fclose(out) != 0) {
    free(bytes);
    onus_reply_refusal(request, 503, "no-memory", "no memory is left");
    return;
  }
  onus_reply_bytes(request, 200, "text/plain; version=0.0.4; charset=utf-8", bytes, length);
}
