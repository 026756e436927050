/* A TAXII server in this process, behind the transport: what it gives is right, and the way to it breaks as it is told.
 *
 * Like medallion it hands out each page of a chain once: one that is lost on the way is gone for `next`. And like it,
 * it calls a failure what it has already.
 */
#ifndef ONUS_TESTS_TAXII_SIMULATED_H
#define ONUS_TESTS_TAXII_SIMULATED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "exchange/taxii_client.h"

#define SIMULATED_URL "https://taxii.example.org/api/"
#define SIMULATED_COLLECTION SIMULATED_URL "collections/c/"
enum { SIMULATED_MOST = 4096, SIMULATED_BODY = 1 << 19 };

typedef struct simulated {
  uint64_t seed, n_draws;
  double share_broken;                  /* of requests */
  size_t n_objects, n_same;             /* to pull; n_same of them were added at the same time */
  size_t cursor, cursor_page;           /* of the chain */
  unsigned char stored[SIMULATED_MOST]; /* how often each object was added by pushing */
  bool cannot_read, is_pending;
  size_t pending_total, pending_failed; /* what the status will say */
  char pending_failures[SIMULATED_BODY / 4];
  size_t n_requests, n_broken;
  size_t n_sent_again; /* objects that were stored by pushing, and pushed once more */
  double waited_s;
  char body[SIMULATED_BODY];
} simulated;

static inline double simulated_draw(simulated *s) {
  return (double)(onus_random_bits(s->seed, 1, s->n_draws++) >> 11) / 9007199254740992.0;
}

static inline size_t simulated_number(const char *url, const char *name, size_t otherwise) {
  const char *at = strstr(url, name);
  return at ? strtoul(at + strlen(name), NULL, 10) : otherwise;
}

static inline void simulated_time(size_t number, char *out) {
  onus_taxii_format_time(1704067200000000 + (int64_t)number, out);
}

static inline void simulated_page(simulated *s, const char *url, onus_taxii_answer *a) {
  size_t limit = simulated_number(url, "limit=", 10), length = 0;
  if (!strstr(url, "next=")) {
    const char *after = strstr(url, "added_after=");
    s->cursor = 0;
    if (after) { /* 2024-01-01T00%3A00%3A00.000012Z, or the end of the year before */
      bool is_before = strncmp(after + 12, "2023", 4) == 0;
      size_t number = is_before ? 0 : simulated_number(after, ".", 0) + 1;
      s->cursor = is_before ? 0 : number * s->n_same;
    }
  }
  size_t end = s->cursor + limit < s->n_objects ? s->cursor + limit : s->n_objects;
  length +=
      (size_t)sprintf(s->body, "{\"more\":%s,\"next\":\"same\",\"objects\":[", end < s->n_objects ? "true" : "false");
  for (size_t i = s->cursor; i < end; i++)
    length += (size_t)sprintf(s->body + length,
                              "%s{\"type\":\"malware\",\"id\":\"malware--%zu\",\"modified\":\"2024-01-01T00:00:00Z\"}",
                              i > s->cursor ? "," : "", i);
  strcpy(s->body + length, "]}");
  if (end > s->cursor) {
    simulated_time(s->cursor / s->n_same, a->added_first);
    simulated_time((end - 1) / s->n_same, a->added_last);
  } else {
    strcpy(s->body, "{}");
  }
  s->cursor = end;
}

static inline void simulated_status(simulated *s, bool is_pending, onus_taxii_answer *a) {
  (void)a;
  size_t n = s->pending_total, failed = s->pending_failed;
  if (is_pending)
    sprintf(s->body,
            "{\"id\":\"s\",\"status\":\"pending\",\"total_count\":%zu,\"success_count\":0,\"failure_count\":0,"
            "\"pending_count\":%zu}",
            n, n);
  else
    sprintf(s->body,
            "{\"id\":\"s\",\"status\":\"complete\",\"total_count\":%zu,\"success_count\":%zu,\"failure_count\":%zu,"
            "\"pending_count\":0,\"failures\":[%s]}",
            n, n - failed, failed, s->pending_failures);
}

static inline void simulated_take(simulated *s, const char *body, onus_taxii_answer *a) {
  size_t length = 0;
  s->pending_total = s->pending_failed = 0;
  s->pending_failures[0] = '\0';
  for (const char *at = body; (at = strstr(at, "\"id\":\"malware--")) != NULL; at++) {
    size_t number = strtoul(at + 15, NULL, 10);
    s->pending_total++;
    if (s->stored[number]++ > 0) {
      length += (size_t)sprintf(s->pending_failures + length, "%s{\"id\":\"malware--%zu\",\"message\":\"no\"}",
                                s->pending_failed ? "," : "", number);
      s->pending_failed++;
      s->stored[number]--; /* kept once */
      s->n_sent_again++;
    }
  }
  simulated_status(s, s->is_pending, a);
  a->code = 202;
}

static inline void simulated_manifest(simulated *s, const char *url) {
  size_t length = (size_t)sprintf(s->body, "{\"objects\":["), n = 0;
  for (const char *at = url; (at = strstr(at, "malware--")) != NULL; at++) {
    size_t number = strtoul(at + 9, NULL, 10);
    if (s->stored[number])
      length += (size_t)sprintf(
          s->body + length, "%s{\"id\":\"malware--%zu\",\"date_added\":\"x\",\"version\":\"2024-01-01T00:00:00.000Z\"}",
          n++ ? "," : "", number);
  }
  strcpy(s->body + length, "]}");
}

static inline onus_status simulated_call(void *context, const onus_taxii_request *request, onus_taxii_answer *a,
                                         onus_error *error) {
  simulated *s = context;
  const char *url = request->url;
  s->n_requests++;
  bool is_broken = simulated_draw(s) < s->share_broken;
  double where = is_broken ? simulated_draw(s) : 1;
  s->n_broken += is_broken;
  *a = (onus_taxii_answer){.trouble = where < 0.3 ? ONUS_TAXII_NOT_SENT : ONUS_TAXII_IN_DOUBT, .code = 200};
  if (where < 0.5) /* before it came to the server */
    return ONUS_FAIL(error, ONUS_IO, "broken before");
  strcpy(a->content_type, ONUS_TAXII_MEDIA_TYPE);
  if (request->body)
    simulated_take(s, request->body->bytes, a);
  else if (strstr(url, "/objects/"))
    simulated_page(s, url, a);
  else if (strstr(url, "/manifest/"))
    simulated_manifest(s, url);
  else if (strstr(url, "/status/"))
    simulated_status(s, false, a);
  else if (strstr(url, "/collections/"))
    sprintf(s->body, "{\"collections\":[{\"id\":\"c\",\"title\":\"C\",\"can_read\":%s,\"can_write\":true}]}",
            s->cannot_read ? "false" : "true");
  else
    strcpy(s->body, "{\"title\":\"R\",\"versions\":[],\"max_content_length\":100000}");
  if (is_broken) /* it did what it was asked, and its answer is lost */
    return ONUS_FAIL(error, ONUS_IO, "broken after");
  a->body.length = strlen(s->body);
  a->body.bytes = malloc(a->body.length + 1);
  if (!a->body.bytes) {
    a->trouble = ONUS_TAXII_HOPELESS;
    return ONUS_FAIL_NO_MEMORY(error);
  }
  memcpy(a->body.bytes, s->body, a->body.length + 1);
  return ONUS_OK;
}

static inline onus_status simulated_wait(void *context, double seconds, onus_error *error) {
  (void)error;
  ((simulated *)context)->waited_s += seconds;
  return ONUS_OK;
}

static inline bool simulated_progress(void *context, size_t n_done, size_t n_all) {
  (void)context;
  return n_all == 0 || n_done <= n_all;
}

static inline onus_taxii_client simulated_client(simulated *s, unsigned n_attempts) {
  return (onus_taxii_client){
      .transport = {.call = simulated_call, .wait = simulated_wait, .progress = simulated_progress, .context = s},
      .n_attempts = n_attempts};
}

/* NULL without memory. Free with onus_transfer_free. */
static inline onus_transfer *simulated_transfer(onus_transfer_kind kind, const char *file) {
  onus_arena *arena = onus_arena_new((size_t)1 << 28);
  onus_transfer *t = arena ? ONUS_ARENA_ARRAY(arena, onus_transfer, 1) : NULL;
  if (!t) {
    onus_arena_free(arena);
    return NULL;
  }
  *t = (onus_transfer){.kind = kind, .arena = arena, .url = SIMULATED_URL, .file = file};
  return t;
}

/* A bundle of `n` objects to push. */
static inline bool simulated_bundle(const char *path, size_t n) {
  FILE *file = fopen(path, "w");
  if (!file)
    return false;
  fputs("{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[", file);
  for (size_t i = 0; i < n; i++)
    fprintf(file, "%s{\"type\":\"malware\",\"id\":\"malware--%zu\",\"modified\":\"2024-01-01T00:00:00Z\"}",
            i ? "," : "", i);
  fputs("]}\n", file);
  return fclose(file) == 0;
}

#endif
