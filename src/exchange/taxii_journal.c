#include "exchange/taxii_journal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buffer.h"
#include "base/file.h"

enum { LENGTH_DIGITS = 10, LINE_BYTES = LENGTH_DIGITS + 1 + 16 + 1 };
static const size_t RECORD_BYTES = (size_t)128 << 20;

struct onus_journal {
  int fd;
  size_t n_added; /* records behind the head */
  bool has_failed;
  char path[];
};

/* --- reading --------------------------------------------------------------------------------------------------- */

typedef enum found { WHOLE, BROKEN, DAMAGED } found;

static bool read_line(const char *line, size_t *ret_length, uint64_t *ret_checksum) {
  *ret_length = 0;
  *ret_checksum = 0;
  for (int i = 0; i < LENGTH_DIGITS; i++) {
    if (line[i] < '0' || line[i] > '9')
      return false;
    *ret_length = *ret_length * 10 + (size_t)(line[i] - '0');
  }
  for (int i = LENGTH_DIGITS + 1; i < LINE_BYTES - 1; i++) {
    const char *digit = line[i] ? strchr("0123456789abcdef", line[i]) : NULL;
    if (!digit)
      return false;
    *ret_checksum = *ret_checksum << 4 | (uint64_t)(digit - "0123456789abcdef");
  }
  return line[LENGTH_DIGITS] == ' ' && line[LINE_BYTES - 1] == '\n';
}

/* The record at `at`. One that was being written when the machine stopped can only be the last: it is cut short, or the
 * file grew and its bytes never came. */
static found find_record(const onus_text *all, size_t at, onus_text *record, size_t *ret_end) {
  size_t left = all->length - at, length;
  uint64_t checksum;
  if (left < LINE_BYTES)
    return BROKEN;
  if (!read_line(all->bytes + at, &length, &checksum))
    return all->bytes[at] == '\0' && memcmp(all->bytes + at, all->bytes + at + 1, left - 1) == 0 ? BROKEN : DAMAGED;
  if (length >= left - LINE_BYTES)
    return BROKEN;
  char *bytes = all->bytes + at + LINE_BYTES;
  *ret_end = at + LINE_BYTES + length + 1;
  if (bytes[length] != '\n' || XXH3_64bits(bytes, length) != checksum)
    return *ret_end == all->length ? BROKEN : DAMAGED;
  bytes[length] = '\0';
  *record = (onus_text){bytes, length};
  return WHOLE;
}

static bool is_head(const onus_text *record, const onus_text *head) {
  return record->length == head->length && memcmp(record->bytes, head->bytes, head->length) == 0;
}

/* Visits all that is whole, and cuts off the rest. */
static onus_status read_records(onus_journal *j, const onus_text *all, const onus_text *head,
                                onus_journal_visitor *visit, void *context, onus_error *error) {
  size_t at = 0, end = 0;
  for (bool is_first = true; at < all->length; is_first = false, at = end) {
    onus_text record;
    found what = find_record(all, at, &record, &end);
    if (what == BROKEN)
      break;
    if (what == DAMAGED)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, j->path, 0, 0,
                          "is damaged at byte %zu; remove it, and the work begins anew", at);
    if (is_first && !is_head(&record, head))
      return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, j->path, 0, 0,
                          "holds the state of other work (%.200s); finish that, or remove the file", record.bytes);
    if (is_first)
      continue;
    ONUS_TRY(visit(context, j->path, &record, error));
    j->n_added++;
  }
  if (ftruncate(j->fd, (off_t)at) != 0 || lseek(j->fd, (off_t)at, SEEK_SET) < 0)
    return ONUS_FAIL_IO(error, j->path, "cannot be written");
  if (at > 0)
    return ONUS_OK;
  onus_status status = onus_journal_add(j, head, error);
  j->n_added = 0;
  return status;
}

/* --- writing --------------------------------------------------------------------------------------------------- */

onus_status onus_journal_add(onus_journal *j, const onus_text *record, onus_error *error) {
  if (j->has_failed)
    return ONUS_FAIL_AT(error, ONUS_IO, j->path, 0, 0, "could not be written before");
  if (record->length > RECORD_BYTES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, j->path, 0, 0, "a record of %zu bytes; at most %zu are kept", record->length,
                        RECORD_BYTES);
  char line[LINE_BYTES + 1];
  snprintf(line, sizeof line, "%0*zu %016" PRIx64 "\n", LENGTH_DIGITS, record->length,
           XXH3_64bits(record->bytes, record->length));
  bool is_written = onus_file_write_open(j->fd, line, LINE_BYTES) &&
                    onus_file_write_open(j->fd, record->bytes, record->length) &&
                    onus_file_write_open(j->fd, "\n", 1) && fdatasync(j->fd) == 0;
  j->has_failed = !is_written;
  j->n_added += is_written;
  return is_written ? ONUS_OK : ONUS_FAIL_IO(error, j->path, "cannot be written");
}

/* --- the handle ------------------------------------------------------------------------------------------------ */

static onus_status check_file(const onus_journal *j, onus_error *error) {
  struct stat info;
  if (fstat(j->fd, &info) != 0)
    return ONUS_FAIL_IO(error, j->path, "cannot be read");
  if (!S_ISREG(info.st_mode))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, j->path, 0, 0, "is no plain file; the state cannot be kept there");
  if (flock(j->fd, LOCK_EX | LOCK_NB) != 0 || fstat(j->fd, &info) != 0 || info.st_nlink == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, j->path, 0, 0,
                        "is in use by another onus; wait for it, or keep the state elsewhere");
  return ONUS_OK;
}

onus_status onus_journal_open(const char *path, const onus_text *head, size_t cap_bytes, onus_journal_visitor *visit,
                              void *context, onus_journal **ret_journal, onus_error *error) {
  size_t path_bytes = strlen(path) + 1;
  onus_journal *j = calloc(1, sizeof *j + path_bytes);
  if (!j)
    return ONUS_FAIL_NO_MEMORY(error);
  memcpy(j->path, path, path_bytes);
  j->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  onus_text all = {0};
  onus_status status = j->fd < 0 ? ONUS_FAIL_IO(error, path, "cannot be opened") : check_file(j, error);
  if (status == ONUS_OK)
    status = onus_file_read(path, cap_bytes, &all, error);
  if (status == ONUS_OK)
    status = read_records(j, &all, head, visit, context, error);
  onus_text_free(&all);
  if (status == ONUS_OK) {
    onus_file_sync_folder(path);
    *ret_journal = j;
  } else {
    onus_journal_close(j);
  }
  return status;
}

size_t onus_journal_count(const onus_journal *j) {
  return j->n_added;
}

void onus_journal_remove(onus_journal *j) {
  if (unlink(j->path) == 0)
    onus_file_sync_folder(j->path);
}

void onus_journal_close(onus_journal *j) {
  if (!j)
    return;
  if (j->fd >= 0)
    close(j->fd);
  free(j);
}
