#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/case_store.h"
#include "server/fail.h"

static bool step_is_good(const char *step, size_t length) {
  if (length == 0 || (length == 1 && step[0] == '.') || (length == 2 && strncmp(step, "..", 2) == 0))
    return false;
  if (length >= 4 && strncasecmp(step, ".git", 4) == 0)
    return false;
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)step[i] < 0x20 || step[i] == 0x7F || step[i] == '\\' || step[i] == ':')
      return false;
  return true;
}

bool onus_case_path_is_good(const char *path) {
  size_t n_steps = 0;
  if (path[0] == '/' || strlen(path) >= ONUS_CASE_PATH_BYTES)
    return false;
  if (strncasecmp(path, "opened", 6) == 0 && (path[6] == '/' || path[6] == '\0'))
    return false;
  for (const char *at = path; at != NULL; n_steps++) {
    const char *end = strchr(at, '/');
    if (n_steps == 32 || !step_is_good(at, end != NULL ? (size_t)(end - at) : strlen(at)))
      return false;
    at = end != NULL ? end + 1 : NULL;
  }
  return true;
}

bool onus_case_path_is_case(const char *path) {
  return strcmp(path, "case.yaml") == 0 || strcmp(path, "case.yml") == 0 || strcmp(path, "case.json") == 0;
}

static onus_status check(const onus_case_files *files, const char *path, size_t length, onus_error *error) {
  if (!onus_case_path_is_good(path) || onus_case_path_is_case(path))
    return SERVER_FAIL(
        error, ONUS_BAD_INPUT, NULL,
        "\"%.200s\" cannot be the path of a file beside the case: relative, without . and .., not opened/", path);
  for (size_t i = 0; i < files->count; i++)
    if (strcasecmp(files->files[i].path, path) == 0)
      return SERVER_FAIL(error, ONUS_BAD_INPUT, NULL, "the file \"%.200s\" is there twice", path);
  if (files->count >= ONUS_CASE_FILES || length > ONUS_CASE_FILES_BYTES - files->bytes)
    return SERVER_FAIL(error, ONUS_LIMIT, NULL, "a case has at most %d files with %d bytes together", ONUS_CASE_FILES,
                       ONUS_CASE_FILES_BYTES);
  return ONUS_OK;
}

static onus_status grow(onus_case_files *files, onus_error *error) {
  if (files->count < files->capacity)
    return ONUS_OK;
  size_t capacity = files->capacity > 0 ? 2 * files->capacity : 16;
  onus_case_file *more = realloc(files->files, capacity * sizeof *more);
  if (more == NULL)
    return SERVER_NO_MEMORY(error);
  files->files = more;
  files->capacity = capacity;
  return ONUS_OK;
}

onus_status onus_case_files_take(onus_case_files *files, char *path, char *bytes, size_t length, onus_error *error) {
  onus_status status = path != NULL && bytes != NULL ? grow(files, error) : SERVER_NO_MEMORY(error);
  if (status != ONUS_OK) {
    free(path);
    free(bytes);
    return status;
  }
  files->files[files->count++] = (onus_case_file){path, bytes, length};
  files->bytes += length;
  return ONUS_OK;
}

onus_status onus_case_files_add(onus_case_files *files, char *path, char *bytes, size_t length, onus_error *error) {
  onus_status status = path != NULL ? check(files, path, length, error) : SERVER_NO_MEMORY(error);
  if (status == ONUS_OK)
    return onus_case_files_take(files, path, bytes, length, error);
  free(path);
  free(bytes);
  return status;
}

bool onus_case_files_remove(onus_case_files *files, const char *path) {
  for (size_t i = 0; i < files->count; i++)
    if (strcmp(files->files[i].path, path) == 0) {
      files->bytes -= files->files[i].length;
      free(files->files[i].path);
      free(files->files[i].bytes);
      files->files[i] = files->files[--files->count];
      return true;
    }
  return false;
}

void onus_case_files_free(onus_case_files *files) {
  for (size_t i = 0; i < files->count; i++) {
    free(files->files[i].path);
    free(files->files[i].bytes);
  }
  free(files->files);
  *files = (onus_case_files){0};
}
