/* The file is a private copy, so that nobody can cut it while it is mapped: that would end the program. */
#include "base/spool.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FIRST_BYTES = 1 << 16, RELEASED_AT_ONCE = 1 << 20 };

onus_spool onus_spool_new(size_t memory_bytes, size_t cap_bytes, onus_spool_file *make_file, void *context) {
  return (onus_spool){
      .memory_bytes = memory_bytes, .cap_bytes = cap_bytes, .make_file = make_file, .context = context, .fd = -1};
}

void onus_spool_free(onus_spool *spool) {
  if (spool->fd < 0) {
    free(spool->bytes);
  } else {
    if (spool->bytes)
      munmap(spool->bytes, spool->length_bytes + 1);
    close(spool->fd);
  }
  *spool = onus_spool_new(0, 0, NULL, NULL);
}

static onus_status write_out(const onus_spool *spool, const char *path, const char *bytes, size_t length_bytes,
                             onus_error *error) {
  while (length_bytes > 0) {
    ssize_t wrote = write(spool->fd, bytes, length_bytes);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return ONUS_FAIL_IO(error, path, "cannot be set aside for reading");
    bytes += wrote;
    length_bytes -= (size_t)wrote;
  }
  return ONUS_OK;
}

/* From memory into a file. */
static onus_status move_out(onus_spool *spool, const char *path, onus_error *error) {
  ONUS_TRY(spool->make_file(spool->context, &spool->fd, error));
  char *bytes = spool->bytes;
  spool->bytes = NULL;
  spool->capacity_bytes = 0;
  onus_status status = write_out(spool, path, bytes, spool->length_bytes, error);
  free(bytes);
  return status;
}

/* Room for `extra_bytes` and a NUL. */
static onus_status make_room(onus_spool *spool, size_t extra_bytes, onus_error *error) {
  size_t needed = spool->length_bytes + extra_bytes + 1;
  if (needed <= spool->capacity_bytes)
    return ONUS_OK;
  size_t capacity = spool->capacity_bytes > 0 ? 2 * spool->capacity_bytes : FIRST_BYTES;
  capacity = capacity < needed ? needed : capacity;
  char *grown = realloc(spool->bytes, capacity);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  spool->bytes = grown;
  spool->capacity_bytes = capacity;
  return ONUS_OK;
}

onus_status onus_spool_append(onus_spool *spool, const char *path, const void *bytes, size_t length_bytes,
                              onus_error *error) {
  if (length_bytes > spool->cap_bytes - spool->length_bytes)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "is larger than %zu bytes", spool->cap_bytes);
  bool fits = length_bytes <= spool->memory_bytes && spool->length_bytes <= spool->memory_bytes - length_bytes;
  if (spool->fd < 0 && !fits && spool->make_file)
    ONUS_TRY(move_out(spool, path, error));
  if (spool->fd < 0) {
    ONUS_TRY(make_room(spool, length_bytes, error));
    memcpy(spool->bytes + spool->length_bytes, bytes, length_bytes);
  } else {
    ONUS_TRY(write_out(spool, path, bytes, length_bytes, error));
  }
  spool->length_bytes += length_bytes;
  return ONUS_OK;
}

onus_status onus_spool_end(onus_spool *spool, const char *path, onus_error *error) {
  if (spool->fd < 0) {
    ONUS_TRY(make_room(spool, 0, error));
    spool->bytes[spool->length_bytes] = '\0';
    return ONUS_OK;
  }
  ONUS_TRY(write_out(spool, path, "", 1, error));
  void *map = mmap(NULL, spool->length_bytes + 1, PROT_READ, MAP_SHARED, spool->fd, 0);
  if (map == MAP_FAILED)
    return ONUS_FAIL_IO(error, path, "cannot be set aside for reading");
  spool->bytes = map;
  return ONUS_OK;
}

void onus_spool_release(onus_spool *spool, size_t at_bytes) {
  if (spool->fd < 0 || !spool->bytes)
    return;
  if (at_bytes < spool->released_bytes) /* read once more */
    spool->released_bytes = 0;
  size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), end = at_bytes / page_bytes * page_bytes;
  if (end < spool->released_bytes + RELEASED_AT_ONCE || end > spool->length_bytes)
    return;
  if (madvise(spool->bytes + spool->released_bytes, end - spool->released_bytes, MADV_DONTNEED) == 0)
    spool->released_bytes = end;
}
