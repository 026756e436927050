#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PART_BYTES = 1 << 18 };

/* Reads to the end or until more than `cap_bytes` came; grows in steps, so that a pipe cannot take more either. */
static onus_status read_all(int fd, const char *path, size_t cap_bytes, size_t expected_bytes, onus_text *ret_text,
                            onus_error *error) {
  size_t capacity = expected_bytes < cap_bytes ? expected_bytes + 1 : cap_bytes + 1, length = 0;
  char *bytes = malloc(capacity + 1);
  if (!bytes)
    return ONUS_FAIL_NO_MEMORY(error);
  for (;;) {
    if (length == capacity) {
      if (length > cap_bytes) {
        free(bytes);
        return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "is larger than %zu bytes", cap_bytes);
      }
      capacity = capacity * 2 < cap_bytes + 1 ? capacity * 2 : cap_bytes + 1;
      char *grown = realloc(bytes, capacity + 1);
      if (!grown) {
        free(bytes);
        return ONUS_FAIL_NO_MEMORY(error);
      }
      bytes = grown;
    }
    ssize_t got = read(fd, bytes + length, capacity - length);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      onus_status status = ONUS_FAIL_IO(error, path, "cannot be read");
      free(bytes);
      return status;
    }
    if (got == 0)
      break;
    length += (size_t)got;
  }
  bytes[length] = '\0';
  *ret_text = (onus_text){bytes, length};
  return ONUS_OK;
}

/* Opens what can be read as a file of at most `cap_bytes`; *ret_bytes: its size, 0 when only reading tells. */
static onus_status open_file(const char *path, size_t cap_bytes, int *ret_fd, size_t *ret_bytes, onus_error *error) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return ONUS_FAIL_IO(error, path, "cannot be opened");
  struct stat info;
  onus_status status = ONUS_OK;
  if (fstat(fd, &info) != 0)
    status = ONUS_FAIL_IO(error, path, "cannot be read");
  else if (S_ISDIR(info.st_mode))
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "is a folder; a file was expected");
  else if (S_ISREG(info.st_mode) && (uintmax_t)info.st_size > cap_bytes)
    status = ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "has %jd bytes; at most %zu are accepted",
                          (intmax_t)info.st_size, cap_bytes);
  if (status != ONUS_OK) {
    close(fd);
    return status;
  }
  *ret_fd = fd;
  *ret_bytes = S_ISREG(info.st_mode) ? (size_t)info.st_size : 0;
  return ONUS_OK;
}

onus_status onus_file_read(const char *path, size_t cap_bytes, onus_text *ret_text, onus_error *error) {
  int fd;
  size_t expected_bytes;
  ONUS_TRY(open_file(path, cap_bytes, &fd, &expected_bytes, error));
  onus_status status = read_all(fd, path, cap_bytes, expected_bytes ? expected_bytes : 65536, ret_text, error);
  close(fd);
  return status;
}

static onus_status read_parts(int fd, const char *path, char *part, onus_file_part_taker *take, void *context,
                              onus_error *error) {
  for (;;) {
    ssize_t got = read(fd, part, PART_BYTES);
    if (got == 0)
      return ONUS_OK;
    if (got < 0 && errno != EINTR)
      return ONUS_FAIL_IO(error, path, "cannot be read");
    if (got > 0)
      ONUS_TRY(take(context, part, (size_t)got, error));
  }
}

onus_status onus_file_read_parts(const char *path, size_t cap_bytes, onus_file_part_taker *take, void *context,
                                 onus_error *error) {
  int fd;
  size_t expected_bytes;
  ONUS_TRY(open_file(path, cap_bytes, &fd, &expected_bytes, error));
  char *part = malloc(PART_BYTES);
  onus_status status = part ? read_parts(fd, path, part, take, context, error) : ONUS_FAIL_NO_MEMORY(error);
  free(part);
  close(fd);
  return status;
}
