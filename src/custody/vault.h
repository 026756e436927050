/* A file that only who knows a passphrase can read: keys, and the store of sealed items.
 *
 *   onus-<kind> 1
 *   <public line>             of a key: its public half
 *   kdf argon2id <operations> <bytes of memory>
 *   salt <32 hexadecimal digits>
 *   nonce <48 hexadecimal digits>
 *   <empty line>
 *   XChaCha20-Poly1305 of the content, with all lines above as additional data
 *
 * The content is padded (ISO/IEC 7816-4) to the next power of two, so that the file tells its size class only.
 */
#ifndef ONUS_CUSTODY_VAULT_H
#define ONUS_CUSTODY_VAULT_H

#include "custody/secret.h"

#define ONUS_VAULT_BYTES ((size_t)512 << 20)

/* `public_line` may be NULL. `least_bytes`: the smallest padded content, a power of two. */
ONUS_MUST_CHECK onus_status onus_vault_close(const char *kind, const char *public_line, const onus_secret *passphrase,
                                             const void *content, size_t content_bytes, size_t least_bytes,
                                             onus_text *ret_file, onus_error *error);

/* A wrong passphrase and a changed file cannot be told apart: both are ONUS_BAD_INPUT. What hostile numbers could ask
 * of memory and time is bounded. */
ONUS_MUST_CHECK onus_status onus_vault_open(const char *path, const char *kind, const char *bytes, size_t length,
                                            const onus_secret *passphrase, onus_secret **ret_content,
                                            onus_error *error);

/* Whether the lines before the encrypted part are such as can be opened at all. */
bool onus_vault_head_is_good(const char *kind, const char *bytes, size_t length);

/* The public line, without looking at the rest; false when there is none. */
bool onus_vault_public_line(const char *kind, const char *bytes, size_t length, const char **ret_line,
                            size_t *ret_bytes);

#endif
