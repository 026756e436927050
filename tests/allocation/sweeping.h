/* Memory that runs out at every place in turn.
 *
 * A program that includes this brings its own malloc, calloc, realloc and free, which count and can fail the n-th
 * request, alone or with all that follow. It makes calls of onus.h once with failure at n = 1, 2, 3, … until the call
 * needs fewer than n, and checks each time that
 *   - the call says ONUS_NO_MEMORY, or did what it was asked in spite of the failure;
 *   - what came back through `ret_` parameters is untouched after a failure;
 *   - nothing is leaked.
 */
#ifndef ONUS_TESTS_ALLOCATION_SWEEPING_H
#define ONUS_TESTS_ALLOCATION_SWEEPING_H

#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onus.h"

#include "failing_heap.h"

/* --- the allocator ----------------------------------------------------------------------------------------------- */

/* Code whose requests never fail: a shared library, and its name; NULL: none. */
static struct {
  const char *name;
  uintptr_t from, to;
} exempt;

static inline int find_exempt(struct dl_phdr_info *info, size_t bytes, void *context) {
  (void)bytes, (void)context;
  if (!strstr(info->dlpi_name, exempt.name))
    return 0;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
      exempt.from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
      exempt.to = exempt.from + info->dlpi_phdr[i].p_memsz;
    }
  return 1;
}

static inline void exempt_library(const char *name) {
  exempt.name = name;
  dl_iterate_phdr(find_exempt, NULL);
}

static bool refuse_to(const void *caller) {
  return !((uintptr_t)caller >= exempt.from && (uintptr_t)caller < exempt.to) && refuse();
}

#define REFUSE() refuse_to(__builtin_return_address(0))

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void __libc_free(void *memory);

ONUS_API void *malloc(size_t bytes) {
  void *memory = REFUSE() ? NULL : __libc_malloc(bytes);
  heap.n_live += memory != NULL;
  return memory;
}

ONUS_API void *calloc(size_t count, size_t bytes) {
  void *memory = REFUSE() ? NULL : __libc_calloc(count, bytes);
  heap.n_live += memory != NULL;
  return memory;
}

ONUS_API void *realloc(void *old, size_t bytes) {
  void *memory = REFUSE() ? NULL : __libc_realloc(old, bytes);
  heap.n_live += memory != NULL && old == NULL;
  return memory;
}

ONUS_API void free(void *memory) {
  heap.n_live -= memory != NULL;
  __libc_free(memory);
}

/* --- a call ---------------------------------------------------------------------------------------------------- */

/* Where a `ret_` parameter points while nothing has come back. */
static char nothing;
#define NOTHING(type) ((type *)(void *)&nothing)

/* Set by a call that finds a `ret_` parameter changed after a failure, or something else amiss. */
static const char *fault;

static void check_untouched(onus_status status, const void *ret) {
  if (status != ONUS_OK && ret != &nothing)
    fault = "a `ret_` parameter was changed by a call that failed";
}

/* A call that gives a text: `make` is run on an empty one that it must leave alone when it fails. */
static onus_status take_text(onus_status status, onus_text *text) {
  if (status == ONUS_OK)
    onus_text_free(text);
  else
    check_untouched(status, text->bytes);
  return status;
}

#define TEXT_CALL(name, call)                                                                                          \
  static onus_status name(onus_error *error) {                                                                         \
    onus_text text = {.bytes = &nothing};                                                                              \
    return take_text(call, &text);                                                                                     \
  }

typedef struct swept_call {
  const char *name;
  onus_status (*call)(onus_error *error);
  onus_status expected; /* when memory suffices */
  bool is_long;         /* takes too long to be made thousands of times in every test */
} swept_call;

/* --- the sweep --------------------------------------------------------------------------------------------------- */

static unsigned n_faults;

static void report(const swept_call *swept, const char *text) {
  n_faults++;
  printf("%s, %s request %lu: %s\n", swept->name, heap.keeps_failing ? "from" : "at", heap.fail_at, text);
}

/* One call with the n-th request failing. False once it makes fewer requests. */
static bool run(const swept_call *swept, unsigned long n, bool keeps_failing) {
  onus_error error = {0};
  long live_before = heap.n_live;
  fault = NULL;
  heap.n_requests = 0;
  heap.has_failed = false;
  heap.keeps_failing = keeps_failing;
  heap.fail_at = n;
  onus_status status = swept->call(&error);
  unsigned long fail_at = heap.fail_at;
  bool has_failed = heap.has_failed;
  heap.fail_at = 0;
  long n_leaked = heap.n_live - live_before;
  heap.fail_at = fail_at; /* for what is reported */
  char text[1024];
  if (fault)
    report(swept, fault);
  if (n_leaked) {
    snprintf(text, sizeof text, "%ld blocks leaked", n_leaked);
    report(swept, text);
  }
  bool is_right = status == swept->expected || (has_failed && status == ONUS_NO_MEMORY);
  if (!is_right || (status != ONUS_OK && error.status != status)) {
    snprintf(text, sizeof text, "%s: %s", onus_status_name(status), error.text);
    report(swept, text);
  }
  heap.fail_at = 0;
  return has_failed;
}

/* Every request of short calls; of long ones the first and the last hundreds and every few in between. */
static void sweep(const swept_call *swept, unsigned long most_runs) {
  heap.n_requests = 0;
  onus_error error = {0};
  (void)swept->call(&error);
  unsigned long n_requests = heap.n_requests, step = 1 + n_requests / most_runs;
  for (int keeps_failing = 0; keeps_failing < 2; keeps_failing++) {
    unsigned long n = 1;
    while (run(swept, n, keeps_failing) && n_faults < 50)
      n += n < most_runs / 4 || n + most_runs / 4 > n_requests ? 1 : step;
  }
  printf("%-36s %6lu requests\n", swept->name, n_requests);
}

#endif
