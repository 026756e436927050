/* A call of the library with every request of memory refused in turn, alone or with all that follow: it says so and
 * leaks nothing. The test program's linker sends the library's malloc and its kin here (wrapped_heap.h). */
#ifndef ONUS_TESTS_ALLOCATION_SWEEP_CALL_H
#define ONUS_TESTS_ALLOCATION_SWEEP_CALL_H

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

#include "wrapped_heap.h"

#define FAULT(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

static unsigned long
    sweep_runs; /* about so many of each call, with requests refused that lie evenly; 0: all requests */

static unsigned long sweep_step(const char *name, onus_status (*call)(onus_error *error)) {
  onus_error error = {0};
  if (sweep_runs == 0)
    return 1;
  heap.n_requests = 0;
  if (call(&error) != ONUS_OK)
    FAULT("%s: %s", name, error.text);
  return 1 + heap.n_requests / sweep_runs;
}

static void sweep(const char *name, onus_status (*call)(onus_error *error)) {
  unsigned long n = 1, n_failures = 0, step = sweep_step(name, call);
  for (int keeps_failing = 0; keeps_failing < 2; keeps_failing++) {
    for (n = 1;; n += step) {
      onus_error error = {0};
      long before = heap.n_live;
      heap.n_requests = 0;
      heap.fail_at = n;
      heap.keeps_failing = keeps_failing;
      heap.has_failed = false;
      onus_status status = call(&error);
      heap.fail_at = 0;
      if (heap.n_live != before)
        FAULT("%s: %ld blocks leaked with request %lu refused", name, heap.n_live - before, n);
      if (status != ONUS_OK && (status != ONUS_NO_MEMORY || error.status != status || !heap.has_failed))
        FAULT("%s: %s (%s) with request %lu refused", name, onus_status_name(status), error.text, n);
      n_failures += status != ONUS_OK;
      if (!heap.has_failed)
        break;
    }
  }
  if (n_failures == 0)
    FAULT("%s: no request failed it", name);
  printf("%s: %lu requests, %lu failures\n", name, n - 1, n_failures);
  fflush(stdout);
}

#endif
