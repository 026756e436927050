#include "server/work.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "server/fail.h"

enum { WHOLE_BYTES = ONUS_CASE_PATH_BYTES + 256 };
/* What one folder may need, for each of some workers. */
static const uint64_t ROOM_BYTES = 1ull << 30;

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)info, (void)kind, (void)place;
  (void)remove(path);
  return 0;
}

void onus_work_remove(const char *name) {
  if (name[0] != '\0')
    (void)nftw(name, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Only what is ours: what a killed server left may be somebody else's by now. */
static void remove_spare(const char *link) {
  char path[PATH_MAX];
  struct stat info;
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0)
    return;
  path[length] = '\0';
  if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid())
    onus_work_remove(path);
}

/* Without it the server works as long as its own disk has room. */
static void make_spare(void) {
  const char *below = getenv("TMPDIR");
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/onus-work-XXXXXX", below != NULL && below[0] == '/' ? below : "/tmp") >=
          (int)sizeof path ||
      mkdtemp(path) == NULL)
    return;
  if (symlink(path, "spare") != 0)
    (void)rmdir(path);
}

onus_status onus_work_begin(const char *data, onus_error *error) {
  char path[PATH_MAX], link[PATH_MAX];
  snprintf(path, sizeof path, "%.*s/work", PATH_MAX - 16, data);
  snprintf(link, sizeof link, "%.*s/work/spare", PATH_MAX - 16, data);
  remove_spare(link);
  onus_work_remove(path);
  if (mkdir(path, 0700) != 0 || chdir(path) != 0)
    return SERVER_FAIL(error, ONUS_IO, path, "cannot be made: %s", strerror(errno));
  make_spare();
  return ONUS_OK;
}

void onus_work_end(void) {
  remove_spare("spare");
  onus_work_remove("../work");
}

static uint64_t room_bytes(const char *folder) {
  struct statvfs info;
  return statvfs(folder, &info) == 0 ? (uint64_t)info.f_bavail * info.f_frsize : 0;
}

onus_status onus_work_make(char name[ONUS_WORK_NAME_BYTES], onus_error *error) {
  static atomic_ullong n_made;
  uint64_t room = room_bytes(".");
  const char *place = room < ROOM_BYTES && room_bytes("spare") > room ? ONUS_WORK_SPARE : "";
  snprintf(name, ONUS_WORK_NAME_BYTES, "%sw%llu", place, atomic_fetch_add(&n_made, 1) + 1);
  if (mkdir(name, 0700) == 0)
    return ONUS_OK;
  onus_status status = SERVER_FAIL(error, ONUS_IO, NULL, "a work folder cannot be made: %s", strerror(errno));
  name[0] = '\0';
  return status;
}

static bool make_parents(char *whole) {
  for (char *slash = strchr(whole, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    bool is_good = mkdir(whole, 0700) == 0 || errno == EEXIST;
    *slash = '/';
    if (!is_good)
      return false;
  }
  return true;
}

static bool write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, bytes, length);
    if (n < 0 && errno != EINTR)
      return false;
    bytes += n > 0 ? n : 0;
    length -= n > 0 ? (size_t)n : 0;
  }
  return true;
}

onus_status onus_work_write(const char *folder, const char *path, const char *bytes, size_t length, onus_error *error) {
  char whole[WHOLE_BYTES];
  if (snprintf(whole, sizeof whole, "%s/%s", folder, path) >= (int)sizeof whole)
    return SERVER_FAIL(error, ONUS_BAD_INPUT, path, "the path is too long");
  int fd = make_parents(whole) ? open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
  bool is_good = fd >= 0 && write_all(fd, bytes, length);
  int number = errno;
  if (fd >= 0 && close(fd) != 0)
    is_good = false;
  return is_good ? ONUS_OK : SERVER_FAIL(error, ONUS_IO, whole, "cannot be written: %s", strerror(number));
}

onus_status onus_work_write_files(const char *folder, const onus_case_files *files, onus_error *error) {
  for (size_t i = 0; i < files->count; i++)
    SERVER_TRY(onus_work_write(folder, files->files[i].path, files->files[i].bytes, files->files[i].length, error));
  return ONUS_OK;
}

onus_status onus_work_read(const char *path, size_t most_bytes, char **ret_bytes, size_t *ret_length,
                           onus_error *error) {
  struct stat info;
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  onus_status status = ONUS_OK;
  char *bytes = NULL;
  size_t length = 0;
  if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
    status = SERVER_FAIL(error, ONUS_IO, path, "cannot be read: %s", fd < 0 ? strerror(errno) : "it is no plain file");
  else if ((uint64_t)info.st_size > most_bytes)
    status = SERVER_FAIL(error, ONUS_LIMIT, path, "is larger than %zu bytes", most_bytes);
  else if ((bytes = malloc((size_t)info.st_size + 1)) == NULL)
    status = SERVER_NO_MEMORY(error);
  while (status == ONUS_OK && length < (size_t)info.st_size) {
    ssize_t n = read(fd, bytes + length, (size_t)info.st_size - length);
    if (n == 0 || (n < 0 && errno != EINTR))
      status = SERVER_FAIL(error, ONUS_IO, path, "cannot be read: %s", n < 0 ? strerror(errno) : "it ends early");
    length += n > 0 ? (size_t)n : 0;
  }
  if (fd >= 0)
    (void)close(fd);
  if (status != ONUS_OK) {
    free(bytes);
    return status;
  }
  bytes[length] = '\0';
  *ret_bytes = bytes;
  *ret_length = length;
  return ONUS_OK;
}

typedef struct reading {
  const char *folder;
  bool takes_all;
  onus_case_files files;
  char path[16]; /* of the case file */
} reading;

static onus_status read_entry(reading *r, const char *inside, onus_error *error);

static onus_status read_folder(reading *r, const char *inside, onus_error *error) {
  char whole[WHOLE_BYTES], deeper[ONUS_CASE_PATH_BYTES];
  snprintf(whole, sizeof whole, "%s/%s", r->folder, inside);
  DIR *folder = opendir(whole);
  if (folder == NULL)
    return SERVER_FAIL(error, ONUS_IO, whole, "cannot be read: %s", strerror(errno));
  onus_status status = ONUS_OK;
  for (struct dirent *entry = readdir(folder); entry != NULL && status == ONUS_OK; entry = readdir(folder)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    if (snprintf(deeper, sizeof deeper, "%s%s%s", inside, inside[0] != '\0' ? "/" : "", entry->d_name) >=
        (int)sizeof deeper)
      status = SERVER_FAIL(error, ONUS_BAD_INPUT, entry->d_name, "the path is too long");
    else
      status = read_entry(r, deeper, error);
  }
  (void)closedir(folder);
  return status;
}

static onus_status read_entry(reading *r, const char *inside, onus_error *error) {
  char whole[WHOLE_BYTES], *bytes = NULL;
  struct stat info;
  size_t length = 0;
  snprintf(whole, sizeof whole, "%s/%s", r->folder, inside);
  if (lstat(whole, &info) != 0)
    return SERVER_FAIL(error, ONUS_IO, whole, "cannot be read: %s", strerror(errno));
  if (S_ISDIR(info.st_mode))
    return read_folder(r, inside, error);
  if (onus_case_path_is_case(inside)) {
    snprintf(r->path, sizeof r->path, "%.15s", inside);
    return ONUS_OK;
  }
  SERVER_TRY(onus_work_read(whole, ONUS_CASE_FILES_BYTES, &bytes, &length, error));
  return r->takes_all ? onus_case_files_take(&r->files, strdup(inside), bytes, length, error)
                      : onus_case_files_add(&r->files, strdup(inside), bytes, length, error);
}

onus_status onus_work_read_files(const char *folder, const char *below, bool takes_all, onus_case_files *ret_files,
                                 char ret_path[16], onus_error *error) {
  reading r = {.folder = folder, .takes_all = takes_all};
  onus_status status = read_folder(&r, below, error);
  if (status != ONUS_OK) {
    onus_case_files_free(&r.files);
    return status;
  }
  *ret_files = r.files;
  if (ret_path != NULL)
    memcpy(ret_path, r.path, sizeof r.path);
  return ONUS_OK;
}
