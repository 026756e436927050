#include "package/package.h"

#include <errno.h>
#include <string.h>

#include "verify/folder.h"
#include "verify/log.h"
#include "verify/proof.h"

bool onus_package_takes(const char *path) {
  static const char OPENED[] = ONUS_OPENED_FOLDER "/";
  const char *slash = strrchr(path, '/');
  return strncmp(path, OPENED, sizeof OPENED - 1) != 0 && strcmp(path, ONUS_OPENED_FOLDER) != 0 &&
         strncmp(path, ".git", 4) != 0 && !onus_name_is_leftover(slash ? slash + 1 : path);
}

bool onus_package_is_private(const void *bytes, size_t length) {
  static const char *const HEADS[] = {"onus-key 1\n", "onus-sealed 1\n", ONUS_PROOF_HEAD "\n"};
  for (size_t i = 0; i < sizeof HEADS / sizeof *HEADS; i++)
    if (length >= strlen(HEADS[i]) && memcmp(bytes, HEADS[i], strlen(HEADS[i])) == 0)
      return true;
  return false;
}

onus_status onus_package_locale_enter(onus_package_locale *ret_locale, onus_error *error) {
  *ret_locale = (onus_package_locale){.own = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0)};
  if (!ret_locale->own)
    return errno == ENOMEM ? ONUS_FAIL_NO_MEMORY(error)
                           : ONUS_FAIL(error, ONUS_UNSUPPORTED, "this system has no locale C.UTF-8");
  ret_locale->before = uselocale(ret_locale->own);
  return ONUS_OK;
}

void onus_package_locale_leave(onus_package_locale *locale) {
  if (!locale->own)
    return;
  uselocale(locale->before);
  freelocale(locale->own);
  locale->own = (locale_t)0;
}

onus_status onus_package_fail(struct archive *archive, const char *path, onus_status status, const char *what,
                              onus_error *error) {
  const char *text = archive_error_string(archive);
  size_t length = text ? strcspn(text, "\n") : 0;
  if (archive_errno(archive) == ENOMEM)
    return ONUS_FAIL_NO_MEMORY(error);
  return ONUS_FAIL_AT(error, status, path, 0, 0, "%s: %.*s", what, length ? (int)length : 27,
                      length ? text : "libarchive does not say why");
}
