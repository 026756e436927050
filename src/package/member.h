/* Names of members of a packed case: which ones can stand on every machine and lie nowhere but where they say. */
#ifndef ONUS_PACKAGE_MEMBER_H
#define ONUS_PACKAGE_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What an archive may hold. Both who packs and who unpacks keeps to it. */
#define ONUS_MEMBERS_MAX ((size_t)1 << 18)
#define ONUS_MEMBER_DEPTH_MAX 34u /* folders in each other: a case's 32, in those of the bag and its payload */
#define ONUS_MEMBER_BYTES_MAX ((uint64_t)4 << 30) /* unpacked */
#define ONUS_PACKAGE_BYTES_MAX ((uint64_t)16 << 30)
#define ONUS_PACKAGE_RATIO_MAX 200u /* bytes for each packed one, beyond the first 16 MiB */
#define ONUS_PACKAGE_FREE_BYTES ((uint64_t)16 << 20)

/* Whether so many bytes may come out of so many packed ones. */
bool onus_package_ratio_is_good(uint64_t bytes, uint64_t packed_bytes);

/* Refuses a name (`length` bytes, without the slash at the end of a folder's), with an error that is placed at
 * `archive` and names it, that is no relative path of good UTF-8 in normalisation form C: absolute, with "." or "..",
 * empty steps, backslashes, control characters, a drive letter, too long or too deep. */
ONUS_MUST_CHECK onus_status onus_member_name_check(const char *archive, const char *name, size_t length,
                                                   onus_error *error);

typedef struct onus_member_names onus_member_names;

/* NULL without memory. */
onus_member_names *onus_member_names_new(void);
void onus_member_names_free(onus_member_names *names);

/* Checks a name and adds it. Refused is one that is there already, or is the folder that another one lies in, or
 * differs from one only in case; and one too many. */
ONUS_MUST_CHECK onus_status onus_member_names_add(onus_member_names *names, const char *archive, const char *name,
                                                  size_t length, bool is_folder, onus_error *error);

#endif
