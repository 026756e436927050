/* Cases in one file: a bag (RFC 8493) in a zip or tar.zst. The calls that others make are in onus.h. */
#ifndef ONUS_PACKAGE_PACKAGE_H
#define ONUS_PACKAGE_PACKAGE_H

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdbool.h>

#include "package/trailer.h"

/* Whether a file of a case, named as inside it, is passed on: not what a reader opened for himself, nor names beginning
 * with .git, nor unfinished files of a writer that died, none of which a signature covers. */
bool onus_package_takes(const char *path);

/* Whether a file of a case begins like what nobody else is to have: a private key, a store of sealed items, a proof. */
bool onus_package_is_private(const void *bytes, size_t length);

/* libarchive converts names by the locale, which is C.UTF-8 for this thread between the two calls. Leave it after a
 * failure too. */
typedef struct onus_package_locale {
  locale_t own, before;
} onus_package_locale;

ONUS_MUST_CHECK onus_status onus_package_locale_enter(onus_package_locale *ret_locale, onus_error *error);
void onus_package_locale_leave(onus_package_locale *locale);

/* What libarchive says of a failure: ENOMEM is ONUS_NO_MEMORY, all else `status`. */
ONUS_MUST_CHECK onus_status onus_package_fail(struct archive *archive, const char *path, onus_status status,
                                              const char *what, onus_error *error);

#endif
