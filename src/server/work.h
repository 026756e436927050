/* Private folders in which the library finds the files of a case. The server stands in the folder `work` of its data,
 * so that paths are short and say nothing about this machine. What is in it can be made again, so it must not matter that
 * the disk of the data is full: then new folders are made in a spare place, below TMPDIR or /tmp. */
#ifndef ONUS_SERVER_WORK_H
#define ONUS_SERVER_WORK_H

#include "server/case_store.h"

enum { ONUS_WORK_NAME_BYTES = 32 };

#define ONUS_WORK_SPARE "spare/"
#define ONUS_WORK_REFERENCE "reference" /* a link */

/* Makes the folder `work` in `data`, empty, and goes there. */
ONUS_MUST_CHECK onus_status onus_work_begin(const char *data, onus_error *error);

/* Removes all of it, and the spare place. To be called in `work`. */
void onus_work_end(void);

/* A new folder; its name is set also on failure, "" when there is none. Remove with onus_work_remove. */
ONUS_MUST_CHECK onus_status onus_work_make(char name[ONUS_WORK_NAME_BYTES], onus_error *error);
void onus_work_remove(const char *name);

/* Makes the folders of `path` too. */
ONUS_MUST_CHECK onus_status onus_work_write(const char *folder, const char *path, const char *bytes, size_t length,
                                            onus_error *error);
ONUS_MUST_CHECK onus_status onus_work_write_files(const char *folder, const onus_case_files *files, onus_error *error);
/* At most `most_bytes`; ONUS_LIMIT beyond. NUL-terminated; the caller's. */
ONUS_MUST_CHECK onus_status onus_work_read(const char *path, size_t most_bytes, char **ret_bytes, size_t *ret_length,
                                           onus_error *error);
/* Every plain file below `folder`/`below` ("" for all) but the case file, which *ret_path names, and those that
 * onus_case_path_is_good refuses unless `takes_all`. Free with onus_case_files_free. */
ONUS_MUST_CHECK onus_status onus_work_read_files(const char *folder, const char *below, bool takes_all,
                                                 onus_case_files *ret_files, char ret_path[16], onus_error *error);

#endif
