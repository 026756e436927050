/* The allocator of a test program whose linker sends malloc, calloc, realloc, reallocarray, strdup, strndup and free of
 * the library here (--wrap): counted, and refused when failing_heap.h says so. */
#ifndef ONUS_TESTS_ALLOCATION_WRAPPED_HEAP_H
#define ONUS_TESTS_ALLOCATION_WRAPPED_HEAP_H

#include <stddef.h>
#include <string.h>

#include "failing_heap.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void __real_free(void *memory);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void *__wrap_reallocarray(void *memory, size_t count, size_t bytes);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most_bytes);
void __wrap_free(void *memory);

static void *count_live(void *memory) {
  heap.n_live += memory != NULL;
  return memory;
}

void *__wrap_malloc(size_t bytes) {
  return refuse() ? NULL : count_live(__real_malloc(bytes));
}

void *__wrap_calloc(size_t count, size_t bytes) {
  return refuse() ? NULL : count_live(__real_calloc(count, bytes));
}

void *__wrap_realloc(void *memory, size_t bytes) {
  if (refuse())
    return NULL;
  void *grown = __real_realloc(memory, bytes);
  return memory ? grown : count_live(grown);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t bytes) {
  size_t whole;
  return __builtin_mul_overflow(count, bytes, &whole) ? NULL : __wrap_realloc(memory, whole);
}

char *__wrap_strndup(const char *text, size_t most_bytes) {
  size_t length = strnlen(text, most_bytes);
  char *copy = __wrap_malloc(length + 1);
  if (copy) {
    memcpy(copy, text, length);
    copy[length] = '\0';
  }
  return copy;
}

char *__wrap_strdup(const char *text) {
  return __wrap_strndup(text, strlen(text));
}

void __wrap_free(void *memory) {
  heap.n_live -= memory != NULL;
  __real_free(memory);
}

#endif
