#include "package/workplace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = 100, DEPTH = 64, PIECE_BYTES = 4096 };

/* --- removing ---------------------------------------------------------------------------------------------------- */

static bool remove_entry(int fd, const char *name, unsigned depth);

/* Removes what is in the folder `fd`; links are removed, not followed. What cannot be removed stays. It takes no
 * memory, as this is also for when there is none. */
static void empty_folder(int fd, unsigned depth) {
  union {
    struct dirent64 entry;
    char bytes[PIECE_BYTES];
  } piece;
  for (bool has_removed = true; has_removed;) {
    has_removed = false;
    if (lseek(fd, 0, SEEK_SET) != 0)
      return;
    for (ssize_t got; (got = getdents64(fd, piece.bytes, sizeof piece.bytes)) > 0;)
      for (ssize_t at = 0; at < got;) {
        const struct dirent64 *entry = (const struct dirent64 *)(const void *)(piece.bytes + at);
        has_removed = remove_entry(fd, entry->d_name, depth) || has_removed;
        at += entry->d_reclen;
      }
  }
}

static bool remove_entry(int fd, const char *name, unsigned depth) {
  struct stat info;
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return false;
  bool is_folder = S_ISDIR(info.st_mode);
  int inner = is_folder && depth > 0 ? openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
  if (inner >= 0) {
    empty_folder(inner, depth - 1);
    close(inner);
  }
  return unlinkat(fd, name, is_folder ? AT_REMOVEDIR : 0) == 0;
}

void onus_workplace_end(onus_workplace *workplace) {
  if (workplace->fd < 0)
    return;
  empty_folder(workplace->fd, DEPTH);
  (void)rmdir(workplace->path);
  close(workplace->fd);
  workplace->fd = -1;
}

/* --- those of processes that died --------------------------------------------------------------------------------- */

/* "<name>.<process>-<number>.part", of a process that is no more. */
static bool is_left_over(const char *entry, const char *name) {
  size_t length = strlen(name);
  if (strncmp(entry, name, length) != 0 || entry[length] != '.')
    return false;
  char *end;
  long process = strtol(entry + length + 1, &end, 10);
  const char *number = end + 1;
  if (end == entry + length + 1 || process <= 0 || *end != '-')
    return false;
  size_t digits = strspn(number, "0123456789");
  return digits > 0 && strcmp(number + digits, ".part") == 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

/* "…/NAME": where the folder that holds it ends, and NAME. */
static bool split(const char *target, char folder[PATH_MAX], const char **ret_name) {
  const char *slash = strrchr(target, '/');
  size_t length = slash ? (size_t)(slash - target) : 0;
  *ret_name = slash ? slash + 1 : target;
  if (length >= PATH_MAX)
    return false;
  snprintf(folder, PATH_MAX, "%.*s", (int)length, target);
  if (length == 0)
    snprintf(folder, PATH_MAX, "%s", slash ? "/" : ".");
  return true;
}

static void remove_left_over(const char *target) {
  char folder[PATH_MAX];
  const char *name;
  DIR *around = split(target, folder, &name) ? opendir(folder) : NULL;
  if (!around)
    return;
  for (struct dirent *entry; (entry = readdir(around));) {
    if (!is_left_over(entry->d_name, name))
      continue;
    onus_workplace old;
    if (snprintf(old.path, sizeof old.path, "%s/%s", folder, entry->d_name) >= (int)sizeof old.path)
      continue;
    old.fd = open(old.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (old.fd < 0)
      continue;
    if (flock(old.fd, LOCK_EX | LOCK_NB) == 0)
      onus_workplace_end(&old);
    else
      close(old.fd);
  }
  closedir(around);
}

/* --- making ------------------------------------------------------------------------------------------------------ */

onus_status onus_workplace_begin(const char *target, onus_workplace *ret_workplace, onus_error *error) {
  onus_workplace made = {.fd = -1};
  remove_left_over(target);
  bool is_made = false;
  for (unsigned attempt = 0; attempt < ATTEMPTS && !is_made; attempt++) {
    if (snprintf(made.path, sizeof made.path, "%s.%ld-%u.part", target, (long)getpid(), attempt) >=
        (int)sizeof made.path)
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, target, 0, 0, "the path is too long; name a shorter one");
    is_made = mkdir(made.path, 0700) == 0;
    if (!is_made && errno != EEXIST)
      break;
  }
  if (!is_made)
    return ONUS_FAIL_IO(error, made.path, "cannot be made");
  made.fd = open(made.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (made.fd < 0) {
    onus_status status = ONUS_FAIL_IO(error, made.path, "cannot be opened");
    (void)rmdir(made.path);
    return status;
  }
  (void)flock(made.fd, LOCK_EX | LOCK_NB); /* where there are no locks, the process's number has to do */
  *ret_workplace = made;
  return ONUS_OK;
}
