#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/data.h"
#include "server/fail.h"

static onus_status sync_path(const char *path, int flags, onus_error *error) {
  int fd = open(path, flags | O_CLOEXEC);
  bool is_good = fd >= 0 && fsync(fd) == 0;
  int number = errno;
  if (fd >= 0)
    (void)close(fd);
  return is_good ? ONUS_OK : SERVER_FAIL(error, ONUS_IO, path, "cannot be synced: %s", strerror(number));
}

/* The copy gets its name when it is whole and on the disk; one that is there already keeps it. */
static onus_status give_name(const char *part, const char *to, onus_error *error) {
  SERVER_TRY(sync_path(part, O_RDWR, error));
  if (link(part, to) != 0)
    return errno == EEXIST ? SERVER_FAIL(error, ONUS_BAD_ARGUMENT, to, "is there already; name another file")
                           : SERVER_FAIL(error, ONUS_IO, to, "cannot be made: %s", strerror(errno));
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", to);
  char *slash = strrchr(folder, '/');
  if (slash != NULL)
    slash[slash == folder] = '\0';
  return sync_path(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY, error);
}

onus_status onus_data_backup(onus_data *data, const char *to, onus_error *error) {
  char part[PATH_MAX];
  if (access(to, F_OK) == 0)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, to, "is there already; name another file");
  if (snprintf(part, sizeof part, "%s.%ld.part", to, (long)getpid()) >= (int)sizeof part)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, to, "the path is too long; name a shorter one");
  onus_status status = onus_data_copy(data, part, error);
  if (status == ONUS_OK)
    status = give_name(part, to, error);
  (void)unlink(part);
  return status;
}
