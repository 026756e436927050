/* A file to which records are added, each of them safe on the disk before the call returns, so that work which took
 * long goes on after a break where it stood.
 *
 * A record is a line "LENGTH CHECKSUM", its bytes (XXH3, 64 bits, in hexadecimal digits), and a line end. The first
 * one, the head, says what work it is. Being killed at any point leaves whole records and at most one broken one at the
 * end, which the next opening cuts off.
 */
#ifndef ONUS_EXCHANGE_TAXII_JOURNAL_H
#define ONUS_EXCHANGE_TAXII_JOURNAL_H

#include "base/error.h"

typedef struct onus_journal onus_journal;

/* Called with each record behind the head, in their order. `path` and `line` are for messages. */
typedef onus_status onus_journal_visitor(void *context, const char *path, const onus_text *record, onus_error *error);

/* Opens the journal at `path`, or begins one with `head`. One of other work, by its head, is ONUS_BAD_ARGUMENT, as is
 * one that another program has open; a damaged one is ONUS_BAD_INPUT. At most `cap_bytes` are read. */
ONUS_MUST_CHECK onus_status onus_journal_open(const char *path, const onus_text *head, size_t cap_bytes,
                                              onus_journal_visitor *visit, void *context, onus_journal **ret_journal,
                                              onus_error *error);
/* After a failure what was added before is still there, and nothing more can be added. */
ONUS_MUST_CHECK onus_status onus_journal_add(onus_journal *journal, const onus_text *record, onus_error *error);
/* How many records it has behind the head. */
size_t onus_journal_count(const onus_journal *journal);
/* The work is done: the file goes. */
void onus_journal_remove(onus_journal *journal);
void onus_journal_close(onus_journal *journal);

#endif
