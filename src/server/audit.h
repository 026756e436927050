/* The audit log: who did what and when. Each row holds SHA-256 over the row before it and itself, so that none can be
 * changed, removed or put between without changing all that follow.
 */
#ifndef ONUS_SERVER_AUDIT_H
#define ONUS_SERVER_AUDIT_H

#include "server/data.h"

enum { ONUS_AUDIT_HASH_BYTES = 32 };

typedef struct onus_audit_row {
  int64_t number, time_us; /* onus_audit_add sets both: times never go back, even when the clock does */
  const char *account, *action, *case_id, *detail;
} onus_audit_row;

/* Inside a change. `case_id` and `detail` may be NULL. */
ONUS_MUST_CHECK onus_status onus_audit_add(onus_db *db, const char *account, const char *action, const char *case_id,
                                           onus_error *error, const char *detail_format, ...)
    __attribute__((format(printf, 6, 7)));

/* A place in the log: a row and its hash. */
typedef struct onus_audit_place {
  int64_t number;
  unsigned char hash[ONUS_AUDIT_HASH_BYTES];
} onus_audit_place;

/* Computes every hash again. `since` (NULL: none) was the head at some time. ONUS_BAD_INPUT at the first row that is
 * not as it was written. *ret_head is the last row; all 0 when there is none. */
ONUS_MUST_CHECK onus_status onus_audit_check(onus_db *db, const onus_audit_place *since, onus_audit_place *ret_head,
                                             onus_error *error);

#endif
