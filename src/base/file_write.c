#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

bool onus_file_has_ending(const char *path, const char *ending) {
  size_t length = strlen(path), ending_length = strlen(ending);
  return length > ending_length && strcmp(path + length - ending_length, ending) == 0;
}

bool onus_file_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool onus_file_write_open(int fd, const void *bytes, size_t length_bytes) {
  const char *at = bytes;
  while (length_bytes > 0) {
    ssize_t wrote = write(fd, at, length_bytes);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return false;
    at += wrote;
    length_bytes -= (size_t)wrote;
  }
  return true;
}

void onus_file_sync_folder(const char *path) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) : 0;
  if (length >= sizeof folder)
    return;
  memcpy(folder, path, length);
  folder[length] = '\0';
  int fd = open(slash ? (length ? folder : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  (void)fsync(fd);
  close(fd);
}

/* Makes a new file beside `path`, with the permissions that the user's mask gives (mkstemp would give others). −1 and
 * errno when it cannot. */
static int open_beside(const char *path, mode_t mode, char *out, size_t out_bytes) {
  for (unsigned attempt = 0; attempt < 100; attempt++) {
    if (snprintf(out, out_bytes, "%s.%ld-%u.part", path, (long)getpid(), attempt) >= (int)out_bytes) {
      errno = ENAMETOOLONG;
      return -1;
    }
    int fd = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

/* The temporary file takes the name `path`; when `is_new`, only if nothing has it. */
static bool name_file(const char *temporary, const char *path, bool is_new) {
  if (!is_new)
    return rename(temporary, path) == 0;
  if (link(temporary, path) != 0)
    return false;
  unlink(temporary);
  return true;
}

/* Writes a new file beside `path`, whole and synced; its name is then in `temporary`. */
static onus_status write_beside(const char *path, mode_t mode, const void *bytes, size_t length_bytes,
                                char temporary[PATH_MAX], onus_error *error) {
  int fd = open_beside(path, mode, temporary, PATH_MAX);
  if (fd < 0)
    return ONUS_FAIL_IO(error, path, "cannot be written");
  bool ok = onus_file_write_open(fd, bytes, length_bytes) && fsync(fd) == 0;
  onus_status status = ok ? ONUS_OK : ONUS_FAIL_IO(error, path, "cannot be written");
  if (close(fd) != 0 && status == ONUS_OK)
    status = ONUS_FAIL_IO(error, path, "cannot be written");
  if (status != ONUS_OK)
    unlink(temporary);
  return status;
}

/* The file that lies beside takes its name, or is gone. */
static onus_status take_name(const char *temporary, const char *path, bool is_new, onus_error *error) {
  if (name_file(temporary, path, is_new)) {
    onus_file_sync_folder(path);
    return ONUS_OK;
  }
  onus_status status = ONUS_FAIL_IO(error, path, "cannot be written");
  unlink(temporary);
  return status;
}

static onus_status write_whole(const char *path, mode_t mode, bool is_new, const void *bytes, size_t length_bytes,
                               onus_error *error) {
  char temporary[PATH_MAX];
  ONUS_TRY(write_beside(path, mode, bytes, length_bytes, temporary, error));
  return take_name(temporary, path, is_new, error);
}

onus_status onus_file_check_place(const char *path, onus_error *error) {
  struct stat info;
  if (stat(path, &info) != 0 || S_ISREG(info.st_mode))
    return ONUS_OK;
  return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0,
                      S_ISDIR(info.st_mode) ? "is a folder; the name of a file was expected"
                                            : "is a device or pipe; the name of a file was expected");
}

onus_status onus_files_write(const onus_file_part *files, size_t n_files, onus_error *error) {
  char(*beside)[PATH_MAX] = calloc(n_files ? n_files : 1, sizeof *beside);
  if (!beside)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status = ONUS_OK;
  size_t n_beside = 0, n_named = 0;
  for (size_t i = 0; status == ONUS_OK && i < n_files; i++) /* before anything is written */
    status = onus_file_check_place(files[i].path, error);
  while (status == ONUS_OK && n_beside < n_files) {
    const onus_file_part *file = &files[n_beside];
    status = write_beside(file->path, 0666, file->text.bytes, file->text.length, beside[n_beside], error);
    n_beside += status == ONUS_OK;
  }
  for (; status == ONUS_OK && n_named < n_files; n_named++)
    status = take_name(beside[n_named], files[n_named].path, false, error);
  for (size_t i = n_named; i < n_beside; i++)
    unlink(beside[i]);
  free(beside);
  return status;
}

onus_status onus_file_write_private(const char *path, bool is_new, const void *bytes, size_t length_bytes,
                                    onus_error *error) {
  struct stat info;
  if (is_new && lstat(path, &info) == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, path, 0, 0, "is there already; name a file that is not");
  ONUS_TRY(onus_file_check_place(path, error));
  return write_whole(path, 0600, is_new, bytes, length_bytes, error);
}

onus_status onus_file_write(const char *path, const void *bytes, size_t length_bytes, onus_error *error) {
  struct stat info;
  /* A device or pipe cannot be renamed over: write into it. */
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
    if (S_ISDIR(info.st_mode))
      return onus_file_check_place(path, error);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && onus_file_write_open(fd, bytes, length_bytes);
    onus_status status = ok ? ONUS_OK : ONUS_FAIL_IO(error, path, "cannot be written");
    if (fd >= 0 && close(fd) != 0 && status == ONUS_OK)
      status = ONUS_FAIL_IO(error, path, "cannot be written");
    return status;
  }
  return write_whole(path, 0666, false, bytes, length_bytes, error);
}
