/* Cases and their versions, as they are kept. A version is the text of the case file and a set of files beside it;
 * neither ever changes. All calls are inside a reading or a change of the database.
 */
#ifndef ONUS_SERVER_CASE_STORE_H
#define ONUS_SERVER_CASE_STORE_H

#include "server/data.h"
#include "server/request.h"

enum {
  ONUS_CASE_FILES = 2000,
  ONUS_CASE_PATH_BYTES = 512,
  ONUS_CASE_TEXT_BYTES = 8 << 20,   /* of the case file */
  ONUS_CASE_FILES_BYTES = 256 << 20 /* of all files of a version */
};

/* One file beside the case file. */
typedef struct onus_case_file {
  char *path;
  char *bytes;
  size_t length;
} onus_case_file;

typedef struct onus_case_files {
  onus_case_file *files;
  size_t count, capacity, bytes;
} onus_case_files;

/* Takes path and bytes, also on failure; ONUS_BAD_INPUT for a path that cannot stand in a case or is there twice,
 * ONUS_LIMIT when there are too many. */
ONUS_MUST_CHECK onus_status onus_case_files_add(onus_case_files *files, char *path, char *bytes, size_t length,
                                                onus_error *error);
/* The same without a check of the path, for what was checked before. */
ONUS_MUST_CHECK onus_status onus_case_files_take(onus_case_files *files, char *path, char *bytes, size_t length,
                                                 onus_error *error);
/* Removes the file of that path, if there is one. */
bool onus_case_files_remove(onus_case_files *files, const char *path);
void onus_case_files_free(onus_case_files *files);
/* Relative, plain steps, and not where onus itself keeps what a reader opened. */
bool onus_case_path_is_good(const char *path);
/* case.yaml, case.yml or case.json. */
bool onus_case_path_is_case(const char *path);

typedef struct onus_case_version {
  int64_t number, time_us, set_id;
  char author[ONUS_NAME_BYTES], path[16]; /* path: of the case file */
  char *text;                             /* NUL-terminated beyond its length */
  size_t text_bytes;
} onus_case_version;

/* `number` 0: the newest. ONUS_BAD_ARGUMENT when there is none. Free with onus_version_free. */
ONUS_MUST_CHECK onus_status onus_version_read(onus_db *db, const char *case_id, int64_t number,
                                              onus_case_version *ret_version, onus_error *error);
void onus_version_free(onus_case_version *version);

/* The files of a set. Free with onus_case_files_free. */
ONUS_MUST_CHECK onus_status onus_case_files_read(onus_db *db, int64_t set_id, onus_case_files *ret_files,
                                                 onus_error *error);
/* What was opened to a position, ONUS_POSITION_ALL: to any. */
ONUS_MUST_CHECK onus_status onus_openings_read(onus_db *db, const char *case_id, const char *position,
                                               onus_case_files *ret_files, onus_error *error);

typedef struct onus_version_new {
  const char *case_id, *author, *note, *title, *question, *path, *text;
  size_t text_bytes;
  const onus_case_files *files; /* a new set; NULL: the set `set_id` */
  int64_t set_id;
} onus_version_new;

/* Writes the next version and its audit row. *ret_number and *ret_time_us are its own. */
ONUS_MUST_CHECK onus_status onus_version_add(onus_db *db, const onus_version_new *version, int64_t *ret_number,
                                             int64_t *ret_time_us, onus_error *error);
/* A case without versions, whose owner is `account`. ONUS_BAD_ARGUMENT when there is one of that name. */
ONUS_MUST_CHECK onus_status onus_case_add(onus_db *db, const char *case_id, const char *account, onus_error *error);
/* With all its versions and openings. */
ONUS_MUST_CHECK onus_status onus_case_remove(onus_db *db, const char *case_id, const char *account, onus_error *error);
/* Answers about the case are other ones from now on. */
ONUS_MUST_CHECK onus_status onus_case_touch(onus_db *db, const char *case_id, onus_error *error);

#endif
