/* The files of a case, as they lie in its folder. */
#ifndef ONUS_VERIFY_FOLDER_H
#define ONUS_VERIFY_FOLDER_H

#include "verify/tree.h"

#include "base/error.h"

#define ONUS_OPENED_FOLDER "opened"

typedef struct onus_file_name {
  char *path;    /* inside the case */
  bool is_plain; /* false: a link, a device or the like, or a name that cannot stand in a leaf */
} onus_file_name;

typedef struct onus_file_list {
  onus_file_name *files; /* by path */
  size_t count, capacity;
} onus_file_list;

/* Every file below `folder` but what is in `custody`, in `opened` (what a reader opened for himself) and in names that
 * begin with `.git`; and but unfinished files of a writer that died. Free with onus_file_list_free, also after a
 * failure. */
ONUS_MUST_CHECK onus_status onus_folder_list(const char *folder, onus_file_list *ret_list, onus_error *error);
void onus_file_list_free(onus_file_list *list);

/* SHA-256 of a plain file's bytes and how many they are. With `ret_kept` the very bytes that were hashed come back too,
 * at most `cap_bytes`. Links are not followed. */
ONUS_MUST_CHECK onus_status onus_folder_digest(const char *folder, const char *path, size_t cap_bytes,
                                               onus_text *ret_kept, onus_hash *ret_hash, uint64_t *ret_bytes,
                                               onus_error *error);

#endif
