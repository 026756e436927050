/* The digest at the end of what onus packs: SHA-256 of all bytes before it.
 *
 * The digests in a bag cover contents. Around them an archive has bytes that readers pass over (times, owners, padding,
 * extra fields); with this one none of its bytes changes unseen. In a zip it is the comment of the archive, in a
 * tar.zst a frame that decoders skip, so that other programs are not disturbed. Who forges can write it anew: against
 * that stand the signatures of the case.
 */
#ifndef ONUS_PACKAGE_TRAILER_H
#define ONUS_PACKAGE_TRAILER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef enum onus_package_format { ONUS_PACKAGE_ZIP, ONUS_PACKAGE_TAR_ZST } onus_package_format;

/* Completes an archive that was written to `fd`, which is open for reading too. *ret_bytes is its length now. */
ONUS_MUST_CHECK onus_status onus_trailer_write(int fd, const char *path, onus_package_format format,
                                               uint64_t *ret_bytes, onus_error *error);

/* Whether it is there, in an archive of `length_bytes`. A digest that is not that of the bytes before is an error. */
ONUS_MUST_CHECK onus_status onus_trailer_check(int fd, const char *path, onus_package_format format,
                                               uint64_t length_bytes, bool *ret_is_there, onus_error *error);

/* Reads all of `count` bytes at `offset`; false, with errno 0 at the end of the file, when there are fewer. */
bool onus_read_at(int fd, void *bytes, size_t count, uint64_t offset);

#endif
