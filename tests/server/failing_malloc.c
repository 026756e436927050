/* To be preloaded: allocations of a running program that fail, one at a time, when the test says so. The file that
 * ONUS_TEST_MALLOC names is memory that both see. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct shared {
  _Atomic long left; /* the allocation that makes it 0 fails */
  _Atomic long n_failed;
  _Atomic long n_live; /* allocations that were not freed */
} shared;

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *old);

static shared *memory;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("ONUS_TEST_MALLOC");
  int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
  void *mapped = fd >= 0 ? mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (fd >= 0)
    (void)close(fd);
  memory = mapped != MAP_FAILED ? mapped : NULL;
}

static bool fails(void) {
  if (memory == NULL || atomic_load(&memory->left) <= 0 || atomic_fetch_sub(&memory->left, 1) != 1)
    return false;
  atomic_fetch_add(&memory->n_failed, 1);
  errno = ENOMEM;
  return true;
}

static void *count(void *made) {
  if (memory != NULL && made != NULL)
    atomic_fetch_add(&memory->n_live, 1);
  return made;
}

#pragma GCC visibility push(default)

void *malloc(size_t bytes) {
  return fails() ? NULL : count(__libc_malloc(bytes));
}

void *calloc(size_t n, size_t bytes) {
  return fails() ? NULL : count(__libc_calloc(n, bytes));
}

void *realloc(void *old, size_t bytes) {
  if (fails())
    return NULL;
  void *made = __libc_realloc(old, bytes);
  return old == NULL ? count(made) : made;
}

void *aligned_alloc(size_t alignment, size_t bytes) {
  return fails() ? NULL : count(__libc_memalign(alignment, bytes));
}

int posix_memalign(void **ret_made, size_t alignment, size_t bytes) {
  void *made = aligned_alloc(alignment, bytes);
  if (made == NULL)
    return ENOMEM;
  *ret_made = made;
  return 0;
}

void free(void *old) {
  if (memory != NULL && old != NULL)
    atomic_fetch_sub(&memory->n_live, 1);
  __libc_free(old);
}
