/* Sealed items that were opened in a copy of a case. */
#ifndef ONUS_CUSTODY_OPENED_H
#define ONUS_CUSTODY_OPENED_H

#include "verify/verification.h"

#include "case/case.h"

/* Checks opened/ITEM.json of the item, if it is there, and adds what was found. *ret_is_opened: it is there and holds.
 */
ONUS_MUST_CHECK onus_status onus_opened_verify(const char *folder, const onus_item *item, const onus_public_key *signer,
                                               onus_verification *verification, bool *ret_is_opened, onus_error *error);

#endif
