/* The store of sealed items: what was taken out of a case, kept by its holder in a vault.
 *
 * Lines "seal ITEM DISCLOSURE", each followed by lines "attachment ITEM DISCLOSURE" of its own.
 */
#ifndef ONUS_CUSTODY_SAFE_H
#define ONUS_CUSTODY_SAFE_H

#include "base/buffer.h"
#include "custody/secret.h"

typedef struct onus_safe_line {
  bool is_attachment;
  const char *item, *disclosure;
  size_t item_bytes, disclosure_bytes;
} onus_safe_line;

/* The content of the store in the file `path`, to be freed with onus_secret_free. `may_be_new`: a file that is not
 * there is an empty store. */
ONUS_MUST_CHECK onus_status onus_safe_read(const char *path, bool may_be_new, const onus_secret *passphrase,
                                           onus_secret **ret_content, onus_error *error);

/* The lines one after the other; `*at` begins at 0. False at the end. */
bool onus_safe_next(const onus_secret *content, size_t *at, onus_safe_line *ret_line);

/* Writes the store with lines added, whole or not at all. */
ONUS_MUST_CHECK onus_status onus_safe_write(const char *path, const onus_secret *passphrase, const onus_secret *content,
                                            const onus_buffer *added, onus_error *error);

#endif
