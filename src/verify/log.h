/* What is signed of a case: a list of leaves that only grows, in the folder `custody` of the case.
 *
 * Each signature adds one file, <number of leaves, 12 digits>.signed: the leaves that it adds, an empty line, and the
 * checkpoint over all leaves up to then. A leaf in the open says that a file stands in the case, or that it was taken
 * out; of a hidden one (a sealed item, an attachment of one, padding) only the hash is there. Files are never changed
 * but for signatures that are added, so each checkpoint is a prefix of the next, which reading checks.
 */
#ifndef ONUS_VERIFY_LOG_H
#define ONUS_VERIFY_LOG_H

#include "verify/folder.h"
#include "verify/note.h"

#define ONUS_CUSTODY_KEYS "keys"
#define ONUS_LEAVES_HEAD "onus-leaves 1"
#define ONUS_LOG_BYTES ((size_t)1 << 30) /* of one file */
#define ONUS_KEYS_BYTES ((size_t)1 << 20)

enum { ONUS_LOG_NAME_BYTES = 32 };

typedef enum onus_leaf_kind { ONUS_LEAF_HIDDEN, ONUS_LEAF_FILE, ONUS_LEAF_REMOVED } onus_leaf_kind;

typedef struct onus_leaf {
  onus_leaf_kind kind;
  onus_hash hash;
  const char *path; /* of FILE and REMOVED, inside the case */
  onus_hash file;   /* of FILE: SHA-256 of its bytes */
  uint64_t file_bytes;
} onus_leaf;

/* One file <size>.signed. */
typedef struct onus_signing {
  char *path;
  onus_text text; /* holds the paths of its leaves and the note */
  onus_note *note;
  onus_checkpoint checkpoint;
} onus_signing;

typedef struct onus_log {
  onus_leaf *leaves;
  size_t n_leaves;
  onus_signing *signings; /* by size */
  size_t n_signings;
  onus_public_key *keys; /* of the file `keys` */
  size_t n_keys;
  char **tokens; /* names of time stamps: <size>.tsr */
  size_t n_tokens;
  onus_tree_edge edge;
} onus_log;

/* Reads the log of the case in `folder`; one that was never signed has no signings. Signatures are not checked. Free
 * with onus_log_free, also after a failure. */
ONUS_MUST_CHECK onus_status onus_log_read(const char *folder, onus_log *ret_log, onus_error *error);
void onus_log_free(onus_log *log);

/* Adds the next file <size>.signed, whose bytes are taken. */
ONUS_MUST_CHECK onus_status onus_log_add(onus_log *log, const char *path, uint64_t size, onus_text *bytes,
                                         onus_error *error);

/* The leaves that speak of files, the last one for each path, by path; taken out ones are left out unless
 * `with_removed`. An array to free(), of *ret_count. */
ONUS_MUST_CHECK onus_status onus_log_files(const onus_log *log, bool with_removed, const onus_leaf ***ret_files,
                                           size_t *ret_count, onus_error *error);

/* The root of the first `size` leaves, at most all. */
void onus_log_root(const onus_log *log, uint64_t size, onus_hash *ret_root);

/* The signing that the time stamp of this name (of tokens) is for, and the digest that it should stamp: SHA-256 of the
 * checkpoint. NULL when there is no such signing; *ret_digest is untouched then. */
const onus_signing *onus_log_stamped(const onus_log *log, const char *token, onus_hash *ret_digest);

/* "FOLDER/custody/NAME". */
ONUS_MUST_CHECK onus_status onus_custody_path(const char *folder, const char *name, char out[ONUS_LOG_PATH_BYTES],
                                              onus_error *error);

#endif
