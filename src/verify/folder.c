#include "verify/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verify/scan.h"

enum { DEPTH = 32, PIECE_BYTES = 1 << 16 };
static const size_t FILES = (size_t)1 << 22;

/* --- names ------------------------------------------------------------------------------------------------------- */

bool onus_path_is_good(const char *path, size_t length) {
  if (length == 0 || length >= ONUS_LOG_PATH_BYTES || onus_scan_characters(path, length, ONUS_SCAN_PATH) < length)
    return false;
  for (size_t at = 0, step = 0; at <= length; at++) {
    if (at < length && path[at] != '/')
      continue;
    size_t step_bytes = at - step;
    if (step_bytes == 0 || (step_bytes <= 2 && memcmp(path + step, "..", step_bytes) == 0))
      return false;
    step = at + 1;
  }
  return true;
}

bool onus_path_is_case(const char *path) {
  return strcmp(path, "case.yaml") == 0 || strcmp(path, "case.yml") == 0 || strcmp(path, "case.json") == 0;
}

/* The number that ends at `end`, at least one digit, is behind `before`: moves *end in front of that. */
static bool take_back(const char *name, size_t *end, char before) {
  size_t at = *end;
  while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9')
    at--;
  bool is_there = at < *end && at > 0 && name[at - 1] == before;
  *end = is_there ? at - 1 : *end;
  return is_there;
}

bool onus_name_is_leftover(const char *name) {
  size_t length = strlen(name), end = length > 5 ? length - 5 : 0;
  return end > 0 && strcmp(name + end, ".part") == 0 && take_back(name, &end, '-') && take_back(name, &end, '.') &&
         end > 0;
}

static bool is_left_out(const char *name, bool is_top_of_case) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
         (is_top_of_case && (strcmp(name, ONUS_CUSTODY_FOLDER) == 0 || strcmp(name, ONUS_OPENED_FOLDER) == 0 ||
                             strncmp(name, ".git", 4) == 0));
}

/* --- lists ------------------------------------------------------------------------------------------------------- */

static onus_status add_file(onus_file_list *list, const char *path, bool is_plain, onus_error *error) {
  if (list->count == FILES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "the case has more than %zu files", FILES);
  onus_file_name *grown = onus_scan_grow(list->files, list->count, sizeof *grown);
  list->files = grown ? grown : list->files;
  char *copy = grown ? strdup(path) : NULL;
  if (!copy)
    return ONUS_FAIL_NO_MEMORY(error);
  list->files[list->count++] = (onus_file_name){copy, is_plain && onus_path_is_good(path, strlen(path))};
  return ONUS_OK;
}

/* `path` is where `fd`, which is closed, stands inside the case ("" for the case itself), in a buffer of
 * ONUS_LOG_PATH_BYTES. */
static onus_status list_folder(int fd, char *path, unsigned depth, onus_file_list *list, onus_error *error) {
  DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
  if (!folder) {
    onus_status status = ONUS_FAIL_IO(error, path, "cannot be read");
    if (fd >= 0)
      close(fd);
    return status;
  }
  size_t length = strlen(path), room = ONUS_LOG_PATH_BYTES - length;
  onus_status status = ONUS_OK;
  struct dirent *entry;
  while (status == ONUS_OK && (errno = 0, entry = readdir(folder))) {
    struct stat info;
    const char *name = entry->d_name;
    if (is_left_out(name, depth == DEPTH))
      continue;
    if ((size_t)snprintf(path + length, room, "%s%s", length ? "/" : "", name) >= room)
      status = ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "the path is too long; shorten names inside the case");
    else if (fstatat(dirfd(folder), name, &info, AT_SYMLINK_NOFOLLOW) != 0)
      status = ONUS_FAIL_IO(error, path, "cannot be read");
    else if (S_ISDIR(info.st_mode) && depth == 0)
      status = ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0,
                            "folders lie too deep; at most %d in each other, and none in `custody`", DEPTH);
    else if (S_ISDIR(info.st_mode))
      status = list_folder(openat(dirfd(folder), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), path,
                           depth - 1, list, error);
    else if (!(S_ISREG(info.st_mode) && onus_name_is_leftover(name)))
      status = add_file(list, path, S_ISREG(info.st_mode), error);
    path[length] = '\0';
  }
  if (status == ONUS_OK && errno != 0)
    status = ONUS_FAIL_IO(error, path, "cannot be read");
  closedir(folder);
  return status;
}

static int compare_files(const void *a, const void *b) {
  return strcmp(((const onus_file_name *)a)->path, ((const onus_file_name *)b)->path);
}

static onus_status list_all(const char *folder, unsigned depth, onus_file_list *ret_list, onus_error *error) {
  *ret_list = (onus_file_list){0};
  char path[ONUS_LOG_PATH_BYTES] = "";
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return ONUS_FAIL_IO(error, folder, "cannot be read");
  ONUS_TRY(list_folder(fd, path, depth, ret_list, error));
  if (ret_list->count)
    qsort(ret_list->files, ret_list->count, sizeof *ret_list->files, compare_files);
  return ONUS_OK;
}

onus_status onus_folder_list(const char *folder, onus_file_list *ret_list, onus_error *error) {
  return list_all(folder, DEPTH, ret_list, error);
}

onus_status onus_folder_list_custody(const char *custody, onus_file_list *ret_list, onus_error *error) {
  return list_all(custody, 0, ret_list, error);
}

void onus_file_list_free(onus_file_list *list) {
  for (size_t i = 0; i < list->count; i++)
    free(list->files[i].path);
  free(list->files);
  *list = (onus_file_list){0};
}

/* --- digests ----------------------------------------------------------------------------------------------------- */

/* With `kept`, as many bytes as the file had when it was opened are kept, and one more is an error. */
static onus_status digest(int fd, const char *path, onus_text *kept, size_t size_bytes, onus_hash *ret_hash,
                          uint64_t *ret_bytes, onus_error *error) {
  unsigned char piece[PIECE_BYTES];
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  ssize_t got;
  while ((got = read(fd, piece, sizeof piece)) != 0) {
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return ONUS_FAIL_IO(error, path, "cannot be read");
    crypto_hash_sha256_update(&state, piece, (unsigned long long)got);
    *ret_bytes += (uint64_t)got;
    if (!kept)
      continue;
    if ((size_t)got > size_bytes - kept->length)
      return ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "grew while it was read; try again");
    memcpy(kept->bytes + kept->length, piece, (size_t)got);
    kept->length += (size_t)got;
  }
  crypto_hash_sha256_final(&state, ret_hash->bytes);
  return ONUS_OK;
}

static onus_status digest_file(int fd, const char *path, size_t cap_bytes, onus_text *kept, onus_hash *ret_hash,
                               uint64_t *ret_bytes, onus_error *error) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return ONUS_FAIL_IO(error, path, "cannot be read");
  if (!S_ISREG(info.st_mode))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "is no plain file; a case is signed as plain files");
  if (kept && (uintmax_t)info.st_size > cap_bytes)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "has %jd bytes; at most %zu are accepted",
                        (intmax_t)info.st_size, cap_bytes);
  if (kept && !(kept->bytes = calloc(1, (size_t)info.st_size + 1)))
    return ONUS_FAIL_NO_MEMORY(error);
  return digest(fd, path, kept, (size_t)info.st_size, ret_hash, ret_bytes, error);
}

onus_status onus_folder_digest(const char *folder, const char *path, size_t cap_bytes, onus_text *ret_kept,
                               onus_hash *ret_hash, uint64_t *ret_bytes, onus_error *error) {
  char whole[2 * ONUS_LOG_PATH_BYTES];
  if (snprintf(whole, sizeof whole, "%s/%s", folder, path) >= (int)sizeof whole)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
  int fd = open(whole, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return ONUS_FAIL_IO(error, whole, "cannot be read");
  onus_text kept = {0};
  onus_hash hash;
  uint64_t bytes = 0;
  onus_status status = digest_file(fd, whole, cap_bytes, ret_kept ? &kept : NULL, &hash, &bytes, error);
  close(fd);
  if (status != ONUS_OK) {
    free(kept.bytes);
    return status;
  }
  if (ret_kept)
    *ret_kept = kept;
  *ret_hash = hash;
  *ret_bytes = bytes;
  return ONUS_OK;
}
