#include "store/pulled_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "store/manifest_internal.h"

enum { PULLED_BYTES_MAX = 65536, HEAD_BYTES = 42 };

static const char head_format[] = "onus-pulled 1\nstore %016" PRIx64 "\nfrom ";

static onus_status parse(const char *path, const onus_text *text, onus_pulled *ret_pulled, onus_error *error) {
  char head[HEAD_BYTES + 1] = "";
  uint64_t identity = text->length > 20 ? strtoull(text->bytes + 20, NULL, 16) : 0;
  snprintf(head, sizeof head, head_format, identity);
  const char *place = text->bytes + HEAD_BYTES;
  bool is_right = text->length > HEAD_BYTES && memcmp(text->bytes, head, HEAD_BYTES) == 0 && identity != 0;
  size_t place_bytes = is_right ? text->length - HEAD_BYTES - 1 : 0;
  is_right = is_right && place_bytes > 0 && place[place_bytes] == '\n';
  for (size_t i = 0; i < place_bytes; i++)
    is_right = is_right && place[i] > ' ' && place[i] < 0x7F;
  if (!is_right)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "does not say of which store the folder is a copy; pull into a new folder");
  char *copy = strndup(place, place_bytes);
  if (!copy)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_pulled = (onus_pulled){identity, {copy, place_bytes}};
  return ONUS_OK;
}

onus_status onus_pulled_read(const char *folder, onus_pulled *ret_pulled, bool *ret_missing, onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_path(folder, "PULLED", path, error));
  *ret_missing = !onus_file_exists(path);
  if (*ret_missing)
    return ONUS_OK;
  onus_text text;
  ONUS_TRY(onus_file_read(path, PULLED_BYTES_MAX, &text, error));
  onus_status status = parse(path, &text, ret_pulled, error);
  onus_text_free(&text);
  return status;
}

void onus_pulled_free(onus_pulled *pulled) {
  onus_text_free(&pulled->place);
}

onus_status onus_pulled_write(const char *folder, uint64_t identity, const char *place, onus_error *error) {
  char path[ONUS_STORE_PATH_BYTES];
  ONUS_TRY(onus_store_path(folder, "PULLED", path, error));
  onus_buffer out = onus_buffer_new(PULLED_BYTES_MAX);
  onus_buffer_printf(&out, head_format, identity);
  onus_buffer_string(&out, place);
  onus_buffer_character(&out, '\n');
  onus_text text;
  ONUS_TRY(onus_buffer_take(&out, &text, error));
  onus_status status = onus_file_write(path, text.bytes, text.length, error);
  onus_text_free(&text);
  return status;
}

onus_status onus_pulled_refuse(const char *folder, onus_error *error) {
  onus_pulled pulled;
  bool missing;
  ONUS_TRY(onus_pulled_read(folder, &pulled, &missing, error));
  if (missing)
    return ONUS_OK;
  (void)ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0,
                     "is a copy of %.400s, and nothing else is written to it; write there and pull, or write to "
                     "another folder",
                     pulled.place.bytes);
  onus_pulled_free(&pulled);
  return ONUS_BAD_ARGUMENT;
}
