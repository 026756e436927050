/* Threads that work, and a queue of bounded length before them.
 *
 * Callers have turns: whoever has asked for much waits behind whoever has asked for little, and no caller can have more
 * than its share of the queue.
 */
#ifndef ONUS_SERVER_POOL_H
#define ONUS_SERVER_POOL_H

#include "onus.h"

typedef struct onus_pool onus_pool;
typedef void onus_pool_work(void *job);

enum { ONUS_POOL_QUEUED = 1024, ONUS_POOL_QUEUED_OF_CALLER = 256 };

/* Free with onus_pool_free. */
ONUS_MUST_CHECK onus_status onus_pool_new(size_t n_threads, onus_pool_work *work, onus_pool **ret_pool,
                                          onus_error *error);
/* Gives no place any more, and waits for the jobs that were pushed. */
void onus_pool_end(onus_pool *pool);
void onus_pool_free(onus_pool *pool);

/* A place in the queue, for exactly one push to *ret_lane; false when the queue, or the caller's share of it, is full.
 */
bool onus_pool_reserve(onus_pool *pool, const char *caller, size_t *ret_lane);
void onus_pool_push(onus_pool *pool, size_t lane, void *job);

/* Jobs that wait or are worked on. */
size_t onus_pool_length(onus_pool *pool);

#endif
