/* A tree written as YAML that leaves an earlier text as it was, comments and layout too, wherever both say the same. */
#ifndef ONUS_DOCUMENT_REWRITE_H
#define ONUS_DOCUMENT_REWRITE_H

#include "document/build.h"
#include "document/index.h"

/* `text` is YAML, and `old` its tree. Lists whose entries have ids (or names) are compared entry by entry. What changed
 * is written anew; comments inside it are lost, and those before it stay. A text that is not written in blocks, or that
 * would not be read back as the same tree, is written anew altogether. Scratch lies in `arena`. */
ONUS_MUST_CHECK onus_status onus_document_rewrite_yaml(const onus_node *root, const char *text, size_t length_bytes,
                                                       const onus_node *old, onus_arena *arena, onus_buffer *out,
                                                       onus_error *error);

#endif
