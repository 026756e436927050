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

#include "base/buffer.h"
#include "verify/log.h"

enum { DEPTH = 32, PIECE_BYTES = 1 << 16 };
static const size_t FILES = (size_t)1 << 22;

static onus_status fail_io(onus_error *error, const char *path) {
  int number = errno;
  return ONUS_FAIL_AT(error, number == ENOMEM ? ONUS_NO_MEMORY : ONUS_IO, path, 0, 0, "cannot be read: %s",
                      strerror(number));
}

static bool is_left_out(const char *name, bool is_top) {
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
    return true;
  return is_top && (strcmp(name, ONUS_CUSTODY_FOLDER) == 0 || strcmp(name, ONUS_OPENED_FOLDER) == 0 ||
                    strncmp(name, ".git", 4) == 0);
}

static onus_status add_file(onus_file_list *list, const char *path, bool is_plain, onus_error *error) {
  if (list->count == FILES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "the case has more than %zu files", FILES);
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 64;
    onus_file_name *grown = realloc(list->files, capacity * sizeof *grown);
    if (!grown)
      return ONUS_FAIL_NO_MEMORY(error);
    list->files = grown;
    list->capacity = capacity;
  }
  char *copy = strdup(path);
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
    onus_status status = fail_io(error, path);
    if (fd >= 0)
      close(fd);
    return status;
  }
  size_t length = strlen(path);
  onus_status status = ONUS_OK;
  struct dirent *entry;
  while (status == ONUS_OK && (errno = 0, entry = readdir(folder))) {
    struct stat info;
    if (is_left_out(entry->d_name, length == 0))
      continue;
    if (snprintf(path + length, ONUS_LOG_PATH_BYTES - length, "%s%s", length ? "/" : "", entry->d_name) >=
        (int)(ONUS_LOG_PATH_BYTES - length))
      status = ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "the path is too long; shorten names inside the case");
    else if (fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
      status = fail_io(error, path);
    else if (S_ISDIR(info.st_mode) && depth == 0)
      status = ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "folders lie too deep; at most %d in each other", DEPTH);
    else if (S_ISDIR(info.st_mode))
      status = list_folder(openat(dirfd(folder), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), path,
                           depth - 1, list, error);
    else if (!(S_ISREG(info.st_mode) && onus_name_is_leftover(entry->d_name)))
      status = add_file(list, path, S_ISREG(info.st_mode), error);
    path[length] = '\0';
  }
  if (status == ONUS_OK && errno != 0)
    status = fail_io(error, path);
  closedir(folder);
  return status;
}

static int compare_files(const void *a, const void *b) {
  return strcmp(((const onus_file_name *)a)->path, ((const onus_file_name *)b)->path);
}

onus_status onus_folder_list(const char *folder, onus_file_list *ret_list, onus_error *error) {
  *ret_list = (onus_file_list){0};
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail_io(error, folder);
  char path[ONUS_LOG_PATH_BYTES] = "";
  ONUS_TRY(list_folder(fd, path, DEPTH, ret_list, error));
  if (ret_list->count)
    qsort(ret_list->files, ret_list->count, sizeof *ret_list->files, compare_files);
  return ONUS_OK;
}

void onus_file_list_free(onus_file_list *list) {
  for (size_t i = 0; i < list->count; i++)
    free(list->files[i].path);
  free(list->files);
  *list = (onus_file_list){0};
}

static onus_status digest_open_file(int fd, const char *path, onus_buffer *kept, onus_hash *ret_hash,
                                    uint64_t *ret_bytes, onus_error *error) {
  unsigned char piece[PIECE_BYTES];
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  *ret_bytes = 0;
  for (;;) {
    ssize_t got = read(fd, piece, sizeof piece);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail_io(error, path);
    if (got == 0)
      break;
    crypto_hash_sha256_update(&state, piece, (unsigned long long)got);
    *ret_bytes += (uint64_t)got;
    if (kept)
      onus_buffer_append(kept, (const char *)piece, (size_t)got);
  }
  crypto_hash_sha256_final(&state, ret_hash->bytes);
  return ONUS_OK;
}

onus_status onus_folder_digest(const char *folder, const char *path, size_t cap_bytes, onus_text *ret_kept,
                               onus_hash *ret_hash, uint64_t *ret_bytes, onus_error *error) {
  char whole[2 * ONUS_LOG_PATH_BYTES];
  if (snprintf(whole, sizeof whole, "%s/%s", folder, path) >= (int)sizeof whole)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "the path is too long; name a shorter one");
  int fd = open(whole, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat info;
  if (fd < 0)
    return fail_io(error, whole);
  onus_hash hash;
  uint64_t bytes = 0;
  onus_buffer kept = onus_buffer_new(cap_bytes);
  onus_status status;
  if (fstat(fd, &info) != 0)
    status = fail_io(error, whole);
  else if (!S_ISREG(info.st_mode))
    status = ONUS_FAIL_AT(error, ONUS_BAD_INPUT, whole, 0, 0, "is no plain file; a case is signed as plain files");
  else
    status = digest_open_file(fd, whole, ret_kept ? &kept : NULL, &hash, &bytes, error);
  close(fd);
  if (status == ONUS_OK && ret_kept)
    status = onus_buffer_take(&kept, ret_kept, error);
  onus_buffer_free(&kept);
  if (status == ONUS_OK) {
    *ret_hash = hash;
    *ret_bytes = bytes;
  }
  return status;
}
