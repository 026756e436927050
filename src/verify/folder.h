/* The files of a case, as they lie in its folder. */
#ifndef ONUS_VERIFY_FOLDER_H
#define ONUS_VERIFY_FOLDER_H

#include "verify/tree.h"

#include "base/error.h"

#define ONUS_CUSTODY_FOLDER "custody"
#define ONUS_OPENED_FOLDER "opened"

enum { ONUS_LOG_PATH_BYTES = 3072 };

/* Whether a path can stand in a leaf: relative, without `.`, `..` and empty steps, UTF-8 without control characters,
 * shorter than ONUS_LOG_PATH_BYTES. */
bool onus_path_is_good(const char *path, size_t length);
/* case.yaml, case.yml or case.json. */
bool onus_path_is_case(const char *path);
/* Whether the name is that of an unfinished file that a writer which died left behind: `….<digits>-<digits>.part`. */
bool onus_name_is_leftover(const char *name);

typedef struct onus_file_name {
  char *path;    /* inside the case */
  bool is_plain; /* false: a link, a device or the like, or a name that cannot stand in a leaf */
} onus_file_name;

typedef struct onus_file_list {
  onus_file_name *files; /* by path */
  size_t count;
} onus_file_list;

/* Every file below `folder` but what is in `custody`, in `opened` (what a reader opened for himself) and in names that
 * begin with `.git`; and but unfinished files of a writer that died. Free with onus_file_list_free, also after a
 * failure. */
ONUS_MUST_CHECK onus_status onus_folder_list(const char *folder, onus_file_list *ret_list, onus_error *error);
/* The same of the folder `custody` itself, in which there is no folder. */
ONUS_MUST_CHECK onus_status onus_folder_list_custody(const char *custody, onus_file_list *ret_list, onus_error *error);
void onus_file_list_free(onus_file_list *list);

/* SHA-256 of a plain file's bytes and how many they are. With `ret_kept` the very bytes that were hashed come back too,
 * at most `cap_bytes`. Links are not followed. */
ONUS_MUST_CHECK onus_status onus_folder_digest(const char *folder, const char *path, size_t cap_bytes,
                                               onus_text *ret_kept, onus_hash *ret_hash, uint64_t *ret_bytes,
                                               onus_error *error);

#endif
