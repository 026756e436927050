/* An allocator's bookkeeping: counts requests and refuses the n-th, alone or with all that follow. How malloc gets here
 * is the test program's matter. */
#ifndef ONUS_TESTS_ALLOCATION_FAILING_HEAP_H
#define ONUS_TESTS_ALLOCATION_FAILING_HEAP_H

#include <errno.h>
#include <stdbool.h>

static struct {
  unsigned long n_requests, fail_at; /* 0: no failure */
  bool keeps_failing, has_failed;
  long n_live;
} heap;

static inline bool refuse(void) {
  heap.n_requests++;
  bool refused =
      heap.fail_at && (heap.keeps_failing ? heap.n_requests >= heap.fail_at : heap.n_requests == heap.fail_at);
  heap.has_failed |= refused;
  if (refused)
    errno = ENOMEM;
  return refused;
}

#endif
