/* Bytes that come bit by bit and are then read from the front, several times if need be: in memory while they are few,
 * else in a file without a name, of which only what is being read is in memory. */
#ifndef ONUS_BASE_SPOOL_H
#define ONUS_BASE_SPOOL_H

#include "base/error.h"

/* Makes an empty file without a name, open for reading and writing. */
typedef onus_status onus_spool_file(void *context, int *ret_fd, onus_error *error);

typedef struct onus_spool {
  size_t memory_bytes, cap_bytes;
  onus_spool_file *make_file;
  void *context;
  char *bytes; /* after onus_spool_end all of them, and a NUL; length_bytes of them before, if fd is −1 */
  size_t length_bytes, capacity_bytes;
  int fd;
  size_t released_bytes; /* from the front, which are not in memory any more */
} onus_spool;

/* At most `memory_bytes` stay in memory; never a file when `make_file` is NULL. More than `cap_bytes` is ONUS_LIMIT. */
onus_spool onus_spool_new(size_t memory_bytes, size_t cap_bytes, onus_spool_file *make_file, void *context);
void onus_spool_free(onus_spool *spool);

/* `path`: of what is spooled, for errors. */
ONUS_MUST_CHECK onus_status onus_spool_append(onus_spool *spool, const char *path, const void *bytes,
                                              size_t length_bytes, onus_error *error);
/* Makes the bytes readable; nothing is appended then. */
ONUS_MUST_CHECK onus_status onus_spool_end(onus_spool *spool, const char *path, onus_error *error);

/* What lies before `at_bytes` is not read for now: it need not stay in memory. Cheap enough to be called often. */
void onus_spool_release(onus_spool *spool, size_t at_bytes);

#endif
