/* Files: read whole within a cap, written whole or not at all (onus_file_write in onus.h). */
#ifndef ONUS_BASE_FILE_H
#define ONUS_BASE_FILE_H

#include "base/error.h"

#include <stdbool.h>

/* Whether a path has this ending, and something before it. */
bool onus_file_has_ending(const char *path, const char *ending);

/* Reads all of `path`, at most `cap_bytes`; a larger file is ONUS_LIMIT before it is read. Free with onus_text_free. */
ONUS_MUST_CHECK onus_status onus_file_read(const char *path, size_t cap_bytes, onus_text *ret_text, onus_error *error);

/* The same part by part: nothing of the file is kept. Anything but ONUS_OK from `take` ends the reading. */
typedef onus_status onus_file_part_taker(void *context, const char *bytes, size_t length_bytes, onus_error *error);
ONUS_MUST_CHECK onus_status onus_file_read_parts(const char *path, size_t cap_bytes, onus_file_part_taker *take,
                                                 void *context, onus_error *error);

/* ONUS_BAD_ARGUMENT unless a file can take the name `path`: a plain one is there, or nothing. A file that is written
 * beside its place would take that of a device or pipe. */
ONUS_MUST_CHECK onus_status onus_file_check_place(const char *path, onus_error *error);

/* As onus_file_write, for what only its owner is to read (0600), and never into a device or pipe. `is_new`:
 * ONUS_BAD_ARGUMENT when `path` is there. */
ONUS_MUST_CHECK onus_status onus_file_write_private(const char *path, bool is_new, const void *bytes,
                                                    size_t length_bytes, onus_error *error);

/* A file to be written. */
typedef struct onus_file_part {
  const char *path;
  onus_text text;
} onus_file_part;

/* Writes several plain files, each whole, and none of them unless all can be: every one lies complete beside its place
 * before the first takes it. (A machine that dies in between leaves some of them new and the others old, each whole.) */
ONUS_MUST_CHECK onus_status onus_files_write(const onus_file_part *files, size_t n_files, onus_error *error);

/* Writes all of the bytes to an open file; false, with errno, when it cannot. */
bool onus_file_write_open(int fd, const void *bytes, size_t length_bytes);

/* After a name in the folder of `path` came or went: that must reach the disk as well. A file system that cannot do so
 * is no failure. */
void onus_file_sync_folder(const char *path);

/* Whether there is a plain file at `path`. */
bool onus_file_exists(const char *path);

#endif
