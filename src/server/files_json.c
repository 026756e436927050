#include "server/files_json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "server/fail.h"

static onus_status take_bytes(const char *path, const json_t *text, const json_t *base64, char **ret_bytes,
                              size_t *ret_length, onus_error *error) {
  const char *from = json_string_value(text != NULL ? text : base64);
  size_t length = json_string_length(text != NULL ? text : base64), n = length;
  char *bytes = malloc(length + 1);
  if (bytes == NULL)
    return SERVER_NO_MEMORY(error);
  if (text != NULL) {
    memcpy(bytes, from, length);
  } else if (sodium_base642bin((unsigned char *)bytes, length + 1, from, length, "\r\n", &n, NULL,
                               sodium_base64_VARIANT_ORIGINAL) != 0) {
    free(bytes);
    return SERVER_FAIL(error, ONUS_BAD_INPUT, NULL, "the content of the file \"%.200s\" is no base64", path);
  }
  bytes[n] = '\0';
  *ret_bytes = bytes;
  *ret_length = n;
  return ONUS_OK;
}

onus_status onus_files_of_json(const json_t *list, onus_case_files *files, onus_error *error) {
  size_t i;
  json_t *entry;
  if (list == NULL)
    return ONUS_OK;
  if (!json_is_array(list))
    return SERVER_FAIL(error, ONUS_BAD_INPUT, NULL, "\"files\" must be a list");
  json_array_foreach(list, i, entry) {
    const char *path = json_string_value(json_object_get(entry, "path"));
    const json_t *text = json_object_get(entry, "text"), *base64 = json_object_get(entry, "base64");
    char *bytes = NULL;
    size_t length = 0;
    if (path == NULL || json_object_size(entry) != 2 || !json_is_string(text != NULL ? text : base64))
      return SERVER_FAIL(error, ONUS_BAD_INPUT, NULL,
                         "file %zu: it must have \"path\" and either \"text\" or \"base64\"", i + 1);
    SERVER_TRY(take_bytes(path, text, base64, &bytes, &length, error));
    SERVER_TRY(onus_case_files_add(files, strdup(path), bytes, length, error));
  }
  return ONUS_OK;
}
