/* Two people changed the same case: what each of them did, put together. */
#ifndef ONUS_CASE_MERGE_H
#define ONUS_CASE_MERGE_H

#include "document/build.h"

/* What both changed, each in his own way. */
typedef struct onus_conflict {
  const char *path; /* keys and ids with slashes between them; in a key "~1" stands for a slash, "~0" for a tilde */
  const onus_node *base, *mine, *theirs; /* NULL: nothing is there */
} onus_conflict;

typedef struct onus_merged {
  const onus_node *root;
  const onus_conflict *conflicts;
  size_t n_conflicts;
} onus_merged;

/* Merges the trees of two cases that both come from `base`. Maps are merged key by key, lists whose entries have ids
 * (or names) entry by entry; everything else, and all that an item says, is one value. Where both changed the same
 * value in different ways, the tree has theirs. All lies in the arena of `build`, or in the trees. */
ONUS_MUST_CHECK onus_status onus_merge_cases(const onus_node *base, const onus_node *mine, const onus_node *theirs,
                                             onus_build *build, onus_merged *ret_merged, onus_error *error);

#endif
