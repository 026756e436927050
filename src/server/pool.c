#include "server/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server/fail.h"

struct onus_pool {
  pthread_mutex_t mutex;
  pthread_cond_t came;
  onus_pool_work *work;
  void **jobs;             /* a ring */
  size_t capacity;         /* of the ring */
  size_t first, n_waiting; /* in the ring */
  size_t n_taken;          /* places: reserved, waiting or worked on */
  bool is_ending;
  pthread_t *threads;
  size_t n_threads;
};

static void *serve(void *context) {
  onus_pool *pool = context;
  pthread_mutex_lock(&pool->mutex);
  for (;;) {
    while (pool->n_waiting == 0 && !pool->is_ending)
      pthread_cond_wait(&pool->came, &pool->mutex);
    if (pool->n_waiting == 0)
      break;
    void *job = pool->jobs[pool->first];
    pool->first = (pool->first + 1) % pool->capacity;
    pool->n_waiting--;
    pthread_mutex_unlock(&pool->mutex);
    pool->work(job);
    pthread_mutex_lock(&pool->mutex);
    pool->n_taken--;
  }
  pthread_mutex_unlock(&pool->mutex);
  return NULL;
}

onus_status onus_pool_new(size_t n_threads, size_t n_queued, onus_pool_work *work, onus_pool **ret_pool,
                          onus_error *error) {
  onus_pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL)
    return SERVER_NO_MEMORY(error);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->came, NULL);
  pool->work = work;
  pool->capacity = n_threads + n_queued;
  pool->jobs = calloc(pool->capacity, sizeof *pool->jobs);
  pool->threads = calloc(n_threads, sizeof *pool->threads);
  onus_status status = pool->jobs && pool->threads ? ONUS_OK : SERVER_NO_MEMORY(error);
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

void onus_pool_free(onus_pool *pool) {
  if (pool == NULL)
    return;
  pthread_mutex_lock(&pool->mutex);
  pool->is_ending = true;
  pthread_cond_broadcast(&pool->came);
  pthread_mutex_unlock(&pool->mutex);
  for (size_t i = 0; i < pool->n_threads; i++)
    pthread_join(pool->threads[i], NULL);
  pthread_cond_destroy(&pool->came);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->threads);
  free(pool->jobs);
  free(pool);
}

bool onus_pool_reserve(onus_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  bool has_place = pool->n_taken < pool->capacity && !pool->is_ending;
  pool->n_taken += has_place;
  pthread_mutex_unlock(&pool->mutex);
  return has_place;
}

void onus_pool_push(onus_pool *pool, void *job) {
  pthread_mutex_lock(&pool->mutex);
  pool->jobs[(pool->first + pool->n_waiting++) % pool->capacity] = job;
  pthread_cond_signal(&pool->came);
  pthread_mutex_unlock(&pool->mutex);
}

size_t onus_pool_length(onus_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  size_t length = pool->n_taken;
  pthread_mutex_unlock(&pool->mutex);
  return length;
}
