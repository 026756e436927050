/* When a case has changed, everybody who looks at it asks the same at once. The first of them has a worker make the
 * answer; its place in the table is there already, without a response, and the others sleep in its list.
 */
#include "server/cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "server/connections.h"
#include "server/http.h"
#include "server/metrics.h"
#include "server/reply.h"
#include "server/server_internal.h"

enum { CHAINS = 1 << 13, KEY_BYTES = 4096, ENTRY_BYTES = 1024, ETAG_BYTES = 48 };
enum { PACKED_LEAST_BYTES = 8 << 10 };

typedef struct entry {
  struct entry *next;            /* in its chain */
  struct entry *older, *younger; /* by when it was last used */
  struct MHD_Response *response; /* NULL while it is made */
  onus_request *waiting;         /* for it */
  size_t bytes;
  uint64_t hash;
  char etag[ETAG_BYTES];
  char key[];
} entry;

struct onus_cache {
  pthread_mutex_t mutex;
  unsigned char secret[crypto_shorthash_KEYBYTES];
  size_t most_bytes, bytes;
  entry *chains[CHAINS];
  entry *oldest, *youngest;
};

onus_cache *onus_cache_new(size_t most_bytes) {
  onus_cache *cache = calloc(1, sizeof *cache);
  if (cache == NULL)
    return NULL;
  pthread_mutex_init(&cache->mutex, NULL);
  crypto_shorthash_keygen(cache->secret);
  cache->most_bytes = most_bytes;
  return cache;
}

/* --- the order of use ------------------------------------------------------------------------------------------ */

static void unlink_age(onus_cache *cache, entry *e) {
  *(e->older != NULL ? &e->older->younger : &cache->oldest) = e->younger;
  *(e->younger != NULL ? &e->younger->older : &cache->youngest) = e->older;
}

static void link_youngest(onus_cache *cache, entry *e) {
  e->older = cache->youngest;
  e->younger = NULL;
  *(cache->youngest != NULL ? &cache->youngest->younger : &cache->oldest) = e;
  cache->youngest = e;
}

static void unchain(onus_cache *cache, const entry *e) {
  entry **at = &cache->chains[e->hash % CHAINS];
  while (*at != e)
    at = &(*at)->next;
  *at = e->next;
}

static void drop(onus_cache *cache, entry *e) {
  unchain(cache, e);
  unlink_age(cache, e);
  cache->bytes -= e->bytes;
  MHD_destroy_response(e->response);
  free(e);
}

void onus_cache_free(onus_cache *cache) {
  if (cache == NULL)
    return;
  while (cache->oldest != NULL)
    drop(cache, cache->oldest);
  pthread_mutex_destroy(&cache->mutex);
  free(cache);
}

/* --- keys ------------------------------------------------------------------------------------------------------ */

static bool takes_gzip(const onus_request *request) {
  const char *header = onus_request_header(request, "Accept-Encoding");
  const char *at = header != NULL ? strstr(header, "gzip") : NULL;
  return at != NULL && strncmp(at, "gzip;q=0", 8) != 0;
}

/* 0 when the question is too long to be kept. The position goes before the URI, and neither holds a blank. */
static size_t write_key(const onus_request *request, char key[KEY_BYTES]) {
  const onus_access *access = &request->access;
  int length = snprintf(key, KEY_BYTES, "%c %lld %lld %s %s", takes_gzip(request) ? 'z' : '-', (long long)access->head,
                        (long long)access->stamp, access->position, request->uri);
  return length > 0 && length < KEY_BYTES ? (size_t)length : 0;
}

static uint64_t hash_key(const onus_cache *cache, const char *key, size_t length) {
  unsigned char hash[crypto_shorthash_BYTES];
  uint64_t value;
  crypto_shorthash(hash, (const unsigned char *)key, length, cache->secret);
  memcpy(&value, hash, sizeof value);
  return value;
}

static entry *find(onus_cache *cache, uint64_t hash, const char *key) {
  entry *e = cache->chains[hash % CHAINS];
  while (e != NULL && (e->hash != hash || strcmp(e->key, key) != 0))
    e = e->next;
  return e;
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static void reply_unchanged(onus_request *request, const char *etag) {
  onus_reply_bytes(request, 304, NULL, NULL, 0);
  onus_reply_header(request, "ETag", etag);
  onus_reply_header(request, "Cache-Control", "private, no-cache");
  onus_reply_header(request, "Vary", "Accept-Encoding");
}

static entry *add(onus_cache *cache, uint64_t hash, const char *key, size_t key_bytes) {
  entry *e = malloc(sizeof *e + key_bytes + 1);
  if (e == NULL)
    return NULL;
  *e = (entry){.hash = hash, .next = cache->chains[hash % CHAINS]};
  memcpy(e->key, key, key_bytes + 1);
  cache->chains[hash % CHAINS] = e;
  return e;
}

/* With the mutex held: nobody wakes it before it sleeps. */
static onus_cache_found wait_for(entry *e, onus_request *request) {
  request->next_waiting = e->waiting;
  e->waiting = request;
  onus_http_sleep(request);
  return ONUS_CACHE_WAITS;
}

static void wake(onus_request *waiting, bool makes_its_own) {
  while (waiting != NULL) {
    onus_request *request = waiting;
    waiting = request->next_waiting;
    request->makes_its_own = makes_its_own;
    onus_http_dispatch_again(request);
  }
}

onus_cache_found onus_cache_answer(onus_request *request) {
  onus_cache *cache = request->server->cache;
  char key[KEY_BYTES], etag[ETAG_BYTES] = "";
  size_t length = write_key(request, key);
  if (length == 0)
    return ONUS_CACHE_MISSED;
  uint64_t hash = hash_key(cache, key, length);
  const char *had = onus_request_header(request, "If-None-Match");
  bool is_unchanged = false;
  pthread_mutex_lock(&cache->mutex);
  entry *e = find(cache, hash, key);
  bool is_made = e != NULL && e->response != NULL;
  if (e != NULL && !is_made && !request->makes_its_own) {
    onus_cache_found found = wait_for(e, request);
    pthread_mutex_unlock(&cache->mutex);
    return found;
  }
  if (e == NULL && !request->makes_its_own)
    request->is_making = add(cache, hash, key, length) != NULL;
  if (is_made) {
    unlink_age(cache, e);
    link_youngest(cache, e);
    is_unchanged = had != NULL && strcmp(had, e->etag) == 0;
    if (is_unchanged)
      memcpy(etag, e->etag, sizeof etag);
    else if (MHD_queue_response(request->connection, 200, e->response) == MHD_YES)
      request->is_queued = true;
  }
  pthread_mutex_unlock(&cache->mutex);
  onus_metrics_cache(request->server->metrics, is_made);
  if (is_unchanged)
    reply_unchanged(request, etag);
  if (request->is_queued)
    request->status = 200;
  return is_unchanged || request->is_queued ? ONUS_CACHE_ANSWERED : ONUS_CACHE_MISSED;
}

static void keep(onus_request *request, struct MHD_Response *response, const char *key, size_t key_bytes,
                 const char *etag, size_t bytes) {
  onus_cache *cache = request->server->cache;
  onus_request *waiting = NULL;
  uint64_t hash = hash_key(cache, key, key_bytes);
  pthread_mutex_lock(&cache->mutex);
  entry *e = find(cache, hash, key);
  if (e == NULL)
    e = add(cache, hash, key, key_bytes);
  if (e == NULL || e->response != NULL) {
    MHD_destroy_response(response); /* another worker was first; both made the same bytes */
  } else {
    e->response = response;
    e->bytes = bytes + key_bytes + ENTRY_BYTES;
    memcpy(e->etag, etag, ETAG_BYTES);
    waiting = e->waiting;
    e->waiting = NULL;
    link_youngest(cache, e);
    cache->bytes += e->bytes;
    while (cache->bytes > cache->most_bytes)
      drop(cache, cache->oldest);
  }
  request->is_making = false;
  pthread_mutex_unlock(&cache->mutex);
  wake(waiting, false);
}

void onus_cache_give_up(onus_request *request) {
  onus_cache *cache = request->server->cache;
  char key[KEY_BYTES];
  size_t length = request->is_making ? write_key(request, key) : 0;
  if (length == 0)
    return;
  pthread_mutex_lock(&cache->mutex);
  entry *e = find(cache, hash_key(cache, key, length), key);
  bool is_ours = e != NULL && e->response == NULL;
  onus_request *waiting = is_ours ? e->waiting : NULL;
  if (is_ours) {
    unchain(cache, e);
    free(e);
  }
  request->is_making = false;
  pthread_mutex_unlock(&cache->mutex);
  wake(waiting, true);
}

/* The bytes of an answer and how they are written. */
typedef struct body {
  const char *type, *encoding; /* encoding: NULL for none */
  char etag[ETAG_BYTES];
  const char *bytes;
  size_t length;
} body;

static bool add_headers(struct MHD_Response *response, const body *b) {
  return MHD_add_response_header(response, "ETag", b->etag) == MHD_YES &&
         MHD_add_response_header(response, "Cache-Control", "private, no-cache") == MHD_YES &&
         MHD_add_response_header(response, "Vary", "Accept-Encoding") == MHD_YES &&
         (b->encoding == NULL || MHD_add_response_header(response, "Content-Encoding", b->encoding) == MHD_YES);
}

static struct MHD_Response *make(const onus_request *request, const body *b) {
  struct MHD_Response *response = onus_reply_make(request->server, b->type, b->bytes, b->length);
  if (response != NULL && !add_headers(response, b)) {
    MHD_destroy_response(response);
    return NULL;
  }
  return response;
}

/* Packs the bytes; NULL when they are few, hardly grow less, or there is no memory: then they are sent as they are. */
static char *pack(const onus_text *text, size_t *ret_length) {
  z_stream stream = {0};
  char *bytes = text->length >= PACKED_LEAST_BYTES && text->length < UINT32_MAX ? malloc(text->length) : NULL;
  if (bytes == NULL || deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    free(bytes);
    return NULL;
  }
  stream.next_in = (unsigned char *)text->bytes;
  stream.avail_in = (unsigned)text->length;
  stream.next_out = (unsigned char *)bytes;
  stream.avail_out = (unsigned)text->length;
  bool is_good = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  *ret_length = stream.total_out;
  deflateEnd(&stream);
  if (is_good)
    return bytes;
  free(bytes);
  return NULL;
}

static void write_etag(const onus_text *text, const char *encoding, char etag[ETAG_BYTES]) {
  unsigned char digest[16];
  char hex[2 * sizeof digest + 1];
  crypto_generichash(digest, sizeof digest, (const unsigned char *)text->bytes, text->length, NULL, 0);
  sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
  snprintf(etag, ETAG_BYTES, "\"%s%s\"", hex, encoding != NULL ? "-z" : "");
}

void onus_cache_reply(onus_request *request, const char *type, onus_text *text) {
  char key[KEY_BYTES];
  size_t key_bytes = write_key(request, key), packed_bytes = 0;
  char *packed = takes_gzip(request) ? pack(text, &packed_bytes) : NULL;
  body b = {.type = type,
            .encoding = packed != NULL ? "gzip" : NULL,
            .bytes = packed != NULL ? packed : text->bytes,
            .length = packed != NULL ? packed_bytes : text->length};
  write_etag(text, b.encoding, b.etag);
  /* Two of them: one that is sent may outlive its place here. */
  bool is_kept = key_bytes > 0 && b.length < request->server->cache->most_bytes / 4;
  struct MHD_Response *kept = is_kept ? make(request, &b) : NULL;
  if (kept != NULL)
    keep(request, kept, key, key_bytes, b.etag, b.length);
  onus_reply_response(request, 200, make(request, &b));
  free(packed);
  onus_text_free(text);
}
