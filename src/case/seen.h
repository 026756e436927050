/* A case file as one position may see it: without what stands behind seals that the position cannot open. */
#ifndef ONUS_CASE_SEEN_H
#define ONUS_CASE_SEEN_H

#include "case/case.h"
#include "document/build.h"

/* Whether the file itself holds what is behind the item's seal, as its holder's copy does. */
bool onus_item_is_held(const onus_item *item);

/* The tree of the case, or what is left of it: of sealed items that the file holds and the position cannot open, the
 * row and what was sealed with it are gone, and with them how positions that can open them see the row otherwise.
 * ONUS_BAD_ARGUMENT when the case has no tree. In the arena of `build`, and in the case. */
ONUS_MUST_CHECK onus_status onus_case_seen(const onus_case *c, const onus_position *position, onus_build *build,
                                           const onus_node **ret_root, onus_error *error);

#endif
