/* A job takes no memory of its own but its place here: what it holds, its connection and body, has limits elsewhere. So
 * the queue may be long; what bounds it is how long anybody would wait. Two callers who meet in one lane share its
 * turns and its room; who meets whom changes with every start.
 */
#include "server/pool.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "server/fail.h"

enum { LANES = 1024 };

typedef struct place {
  struct place *next; /* in its lane, or among those that are free */
  void *job;
} place;

typedef struct lane {
  struct lane *next;   /* among those that have jobs that wait */
  place *first, *last; /* waiting */
  size_t n_taken;      /* places: reserved, waiting or worked on */
} lane;

struct onus_pool {
  pthread_mutex_t mutex;
  pthread_cond_t came;
  onus_pool_work *work;
  unsigned char secret[crypto_shorthash_KEYBYTES];
  lane lanes[LANES];
  lane *first, *last; /* turns */
  place *free;
  size_t capacity, n_taken;
  bool is_ending;
  pthread_t *threads;
  size_t n_threads;
  place places[];
};

static void add_turn(onus_pool *pool, lane *l) {
  l->next = NULL;
  *(pool->first != NULL ? &pool->last->next : &pool->first) = l;
  pool->last = l;
}

/* The first job of the lane whose turn it is; a lane with more of them goes to the end. */
static void *take_job(onus_pool *pool, lane **ret_lane) {
  lane *l = pool->first;
  place *p = l->first;
  pool->first = l->next;
  l->first = p->next;
  if (l->first != NULL)
    add_turn(pool, l);
  p->next = pool->free;
  pool->free = p;
  *ret_lane = l;
  return p->job;
}

static void *serve(void *context) {
  onus_pool *pool = context;
  pthread_mutex_lock(&pool->mutex);
  for (;;) {
    while (pool->first == NULL && !pool->is_ending)
      pthread_cond_wait(&pool->came, &pool->mutex);
    if (pool->first == NULL)
      break;
    lane *l = NULL;
    void *job = take_job(pool, &l);
    pthread_mutex_unlock(&pool->mutex);
    pool->work(job);
    pthread_mutex_lock(&pool->mutex);
    l->n_taken--;
    pool->n_taken--;
  }
  pthread_mutex_unlock(&pool->mutex);
  return NULL;
}

onus_status onus_pool_new(size_t n_threads, onus_pool_work *work, onus_pool **ret_pool, onus_error *error) {
  size_t capacity = n_threads + ONUS_POOL_QUEUED;
  onus_pool *pool = calloc(1, sizeof *pool + capacity * sizeof *pool->places);
  if (pool == NULL)
    return SERVER_NO_MEMORY(error);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->came, NULL);
  crypto_shorthash_keygen(pool->secret);
  pool->work = work;
  pool->capacity = capacity;
  for (size_t i = 0; i < capacity; i++) {
    pool->places[i].next = pool->free;
    pool->free = &pool->places[i];
  }
  pool->threads = calloc(n_threads, sizeof *pool->threads);
  onus_status status = pool->threads != NULL ? ONUS_OK : SERVER_NO_MEMORY(error);
  while (status == ONUS_OK && pool->n_threads < n_threads) {
    int number = pthread_create(&pool->threads[pool->n_threads], NULL, serve, pool);
    if (number != 0)
      status = SERVER_FAIL(error, ONUS_IO, NULL, "a thread cannot be started: %s", strerror(number));
    else
      pool->n_threads++;
  }
  if (status != ONUS_OK)
    onus_pool_free(pool);
  else
    *ret_pool = pool;
  return status;
}

void onus_pool_end(onus_pool *pool) {
  if (pool == NULL)
    return;
  pthread_mutex_lock(&pool->mutex);
  pool->is_ending = true;
  pthread_cond_broadcast(&pool->came);
  pthread_mutex_unlock(&pool->mutex);
  while (pool->n_threads > 0)
    pthread_join(pool->threads[--pool->n_threads], NULL);
}

void onus_pool_free(onus_pool *pool) {
  if (pool == NULL)
    return;
  onus_pool_end(pool);
  pthread_cond_destroy(&pool->came);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->threads);
  free(pool);
}

bool onus_pool_reserve(onus_pool *pool, const char *caller, size_t *ret_lane) {
  unsigned char hash[crypto_shorthash_BYTES];
  uint64_t number;
  crypto_shorthash(hash, (const unsigned char *)caller, strlen(caller), pool->secret);
  memcpy(&number, hash, sizeof number);
  *ret_lane = number % LANES;
  lane *l = &pool->lanes[*ret_lane];
  pthread_mutex_lock(&pool->mutex);
  bool has_place = pool->n_taken < pool->capacity && l->n_taken < ONUS_POOL_QUEUED_OF_CALLER && !pool->is_ending;
  pool->n_taken += has_place;
  l->n_taken += has_place;
  pthread_mutex_unlock(&pool->mutex);
  return has_place;
}

void onus_pool_push(onus_pool *pool, size_t number, void *job) {
  lane *l = &pool->lanes[number];
  pthread_mutex_lock(&pool->mutex);
  place *p = pool->free;
  pool->free = p->next;
  *p = (place){.job = job};
  if (l->first == NULL)
    add_turn(pool, l);
  *(l->first != NULL ? &l->last->next : &l->first) = p;
  l->last = p;
  pthread_cond_signal(&pool->came);
  pthread_mutex_unlock(&pool->mutex);
}

size_t onus_pool_length(onus_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  size_t length = pool->n_taken;
  pthread_mutex_unlock(&pool->mutex);
  return length;
}
