/* Threads that do the long work, and a queue of bounded length before them. */
#ifndef ONUS_SERVER_POOL_H
#define ONUS_SERVER_POOL_H

#include "onus.h"

typedef struct onus_pool onus_pool;
typedef void onus_pool_work(void *job);

/* Free with onus_pool_free, which waits for the jobs that were pushed. */
ONUS_MUST_CHECK onus_status onus_pool_new(size_t n_threads, size_t n_queued, onus_pool_work *work, onus_pool **ret_pool,
                                          onus_error *error);
void onus_pool_free(onus_pool *pool);

/* A place in the queue, for exactly one push; false when it is full.. */
bool onus_pool_reserve(onus_pool *pool);
void onus_pool_push(onus_pool *pool, void *job);

/* Jobs that wait or are worked on. */
size_t onus_pool_length(onus_pool *pool);

#endif
