#include "custody/safe.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "custody/vault.h"
#include "verify/note.h"

enum { LEAST_BYTES = 4096 };
static const char KIND[] = "sealed";

onus_status onus_safe_read(const char *path, bool may_be_new, const onus_secret *passphrase, onus_secret **ret_content,
                           onus_error *error) {
  struct stat info;
  if (may_be_new && lstat(path, &info) != 0)
    return onus_secret_new(0, ret_content, error);
  onus_text file;
  ONUS_TRY(onus_file_read(path, ONUS_VAULT_BYTES, &file, error));
  onus_status status = onus_vault_open(path, KIND, file.bytes, file.length, passphrase, ret_content, error);
  onus_text_free(&file);
  return status;
}

/* "<word> ITEM DISCLOSURE". */
static bool parse(const char *line, size_t length, const char *word, onus_safe_line *out) {
  size_t word_bytes = strlen(word);
  if (length <= word_bytes || memcmp(line, word, word_bytes) != 0)
    return false;
  out->item = line + word_bytes;
  const char *blank = memchr(out->item, ' ', length - word_bytes);
  if (!blank)
    return false;
  out->item_bytes = (size_t)(blank - out->item);
  out->disclosure = blank + 1;
  out->disclosure_bytes = length - word_bytes - out->item_bytes - 1;
  return out->item_bytes > 0 && out->disclosure_bytes > 0;
}

bool onus_safe_next(const onus_secret *content, size_t *at, onus_safe_line *ret_line) {
  onus_lines lines = {(const char *)content->bytes + *at, content->length_bytes - *at, 1};
  const char *line;
  size_t length;
  while (onus_lines_next(&lines, &line, &length)) {
    *at = (size_t)(lines.at - (const char *)content->bytes);
    ret_line->is_attachment = parse(line, length, "attachment ", ret_line);
    if (ret_line->is_attachment || parse(line, length, "seal ", ret_line))
      return true;
  }
  return false;
}

onus_status onus_safe_write(const char *path, const onus_secret *passphrase, const onus_secret *content,
                            const onus_buffer *added, onus_error *error) {
  onus_secret *all;
  onus_text file;
  ONUS_TRY(onus_secret_new(content->length_bytes + added->length_bytes, &all, error));
  if (content->length_bytes)
    memcpy(all->bytes, content->bytes, content->length_bytes);
  if (added->length_bytes)
    memcpy(all->bytes + content->length_bytes, added->bytes, added->length_bytes);
  all->length_bytes = all->capacity_bytes;
  onus_status status =
      onus_vault_close(KIND, NULL, passphrase, all->bytes, all->length_bytes, LEAST_BYTES, &file, error);
  onus_secret_free(all);
  ONUS_TRY(status);
  status = onus_file_write_private(path, false, file.bytes, file.length, error);
  onus_text_free(&file);
  return status;
}
