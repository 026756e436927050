/* Items of a case file replaced, and nothing else: comments, order and layout of all the rest stay as they were. */
#ifndef ONUS_CUSTODY_EDIT_H
#define ONUS_CUSTODY_EDIT_H

#include "document/build.h"

/* An item of evidence and the map that is to stand in its place. */
typedef struct onus_edit {
  const onus_node *item; /* of the tree of the file */
  const onus_node *replacement;
} onus_edit;

/* The file with the edits, which are in the order of the file. In JSON, which has no comments, the whole file is
 * written anew. The result has been read again and compared: it is the same tree but for the replacements. */
ONUS_MUST_CHECK onus_status onus_edit_items(const char *path, const onus_text *file, bool is_json,
                                            const onus_node *root, const onus_edit *edits, size_t n_edits,
                                            onus_text *ret_file, onus_error *error);

#endif
