#include "package/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>

#include "base/arena.h"
#include "base/room.h"
#include "base/table.h"
#include "base/utf8.h"
#include "verify/log.h"

static const size_t NAMES_BYTES = (size_t)1 << 30; /* of all names together, folded ones too */

/* A name that is taken, of a file or of a folder that something lies in. */
typedef struct taken_name {
  const char *name;
  bool is_folder;
  bool is_member; /* rather than only a folder on the way to one */
} taken_name;

struct onus_member_names {
  onus_arena *arena;
  onus_table *folded; /* to an index of `taken` */
  taken_name *taken;
  size_t n_taken, capacity, n_members;
};

bool onus_package_ratio_is_good(uint64_t bytes, uint64_t packed_bytes) {
  return bytes <= ONUS_PACKAGE_FREE_BYTES || (bytes - ONUS_PACKAGE_FREE_BYTES) / ONUS_PACKAGE_RATIO_MAX < packed_bytes;
}

onus_member_names *onus_member_names_new(void) {
  onus_member_names *names = calloc(1, sizeof *names);
  if (!names)
    return NULL;
  names->arena = onus_arena_new(NAMES_BYTES);
  names->folded = onus_table_new();
  if (names->arena && names->folded)
    return names;
  onus_member_names_free(names);
  return NULL;
}

void onus_member_names_free(onus_member_names *names) {
  if (!names)
    return;
  onus_arena_free(names->arena);
  onus_table_free(names->folded);
  free(names->taken);
  free(names);
}

/* --- one name ---------------------------------------------------------------------------------------------------- */

static onus_status refuse(const char *archive, const char *name, size_t length, const char *why, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, archive, 0, 0, "the member \"%.*s\" %s",
                      (int)(length < 300 ? length : 300), name, why);
}

static bool is_utf8(const char *name, size_t length) {
  uint32_t c;
  for (size_t at = 0, width; at < length; at += width)
    if ((width = onus_text_decode(name + at, length - at, &c)) == 0)
      return false;
  return true;
}

/* In a buffer to free(), *ret_length long; NULL without memory. `fold`: without differences of case. */
static uint8_t *normalise(const char *name, size_t length, bool fold, size_t *ret_length) {
  return fold ? u8_casefold((const uint8_t *)name, length, NULL, UNINORM_NFC, NULL, ret_length)
              : u8_normalize(UNINORM_NFC, (const uint8_t *)name, length, NULL, ret_length);
}

static bool is_ascii(const char *name, size_t length) {
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)name[i] >= 0x80)
      return false;
  return true;
}

static onus_status check_form(const char *archive, const char *name, size_t length, onus_error *error) {
  if (is_ascii(name, length))
    return ONUS_OK;
  size_t normal_bytes;
  uint8_t *normal = normalise(name, length, false, &normal_bytes);
  if (!normal)
    return ONUS_FAIL_NO_MEMORY(error);
  bool is_same = normal_bytes == length && memcmp(normal, name, length) == 0;
  free(normal);
  return is_same ? ONUS_OK
                 : refuse(archive, name, length,
                          "is not in Unicode normalisation form C, so that it is another name on other machines; "
                          "rename it",
                          error);
}

/* "c:" at the beginning of a step. */
static bool has_drive(const char *name, size_t length) {
  for (size_t i = 0; i + 1 < length; i++)
    if ((i == 0 || name[i - 1] == '/') && name[i + 1] == ':' && (name[i] | 0x20) >= 'a' && (name[i] | 0x20) <= 'z')
      return true;
  return false;
}

onus_status onus_member_name_check(const char *archive, const char *name, size_t length, onus_error *error) {
  unsigned depth = 0;
  if (length == 0)
    return refuse(archive, name, length, "has an empty name", error);
  if (!is_utf8(name, length))
    return refuse(archive, name, length, "has a name that is not UTF-8", error);
  if (name[0] == '/')
    return refuse(archive, name, length, "has an absolute path", error);
  if (memchr(name, '\\', length))
    return refuse(archive, name, length, "has a backslash in its name, which parts folders on other machines", error);
  if (has_drive(name, length))
    return refuse(archive, name, length, "has the letter of a drive in its name", error);
  if (!onus_path_is_good(name, length))
    return refuse(archive, name, length,
                  "is no plain path: it has \".\", \"..\", an empty step or a control character, or is too long",
                  error);
  for (size_t i = 0; i < length; i++)
    depth += name[i] == '/';
  if (depth > ONUS_MEMBER_DEPTH_MAX)
    return refuse(archive, name, length, "lies too deep: at most 34 folders in each other", error);
  return check_form(archive, name, length, error);
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static onus_status fail_full(const onus_member_names *names, const char *archive, onus_error *error) {
  return onus_arena_is_at_cap(names->arena)
             ? ONUS_FAIL_AT(error, ONUS_LIMIT, archive, 0, 0, "the names of its members have more than 1 GiB")
             : ONUS_FAIL_NO_MEMORY(error);
}

static onus_status fold(onus_member_names *names, const char *archive, const char *name, size_t length,
                        const char **ret_folded, onus_error *error) {
  size_t folded_bytes;
  uint8_t *folded = normalise(name, length, true, &folded_bytes);
  if (!folded)
    return ONUS_FAIL_NO_MEMORY(error);
  *ret_folded = onus_arena_copy(names->arena, (const char *)folded, folded_bytes);
  free(folded);
  return *ret_folded ? ONUS_OK : fail_full(names, archive, error);
}

static onus_status collide(const taken_name *taken, const char *archive, const char *name, size_t length,
                           bool is_folder, onus_error *error) {
  if (strlen(taken->name) != length || memcmp(taken->name, name, length) != 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, archive, 0, 0,
                        "the members \"%.300s\" and \"%.*s\" are one where large and small letters are the same; "
                        "rename one of them",
                        taken->name, (int)(length < 300 ? length : 300), name);
  return refuse(archive, name, length,
                is_folder != taken->is_folder ? "is a file, and there is a folder of that name"
                                              : "is in it more than once",
                error);
}

static onus_status take(onus_member_names *names, const char *archive, const char *name, size_t length, bool is_folder,
                        bool is_member, onus_error *error) {
  const char *folded;
  ONUS_TRY(fold(names, archive, name, length, &folded, error));
  size_t found = onus_table_get(names->folded, folded);
  if (found != ONUS_NONE) {
    taken_name *taken = &names->taken[found];
    bool is_same = strlen(taken->name) == length && memcmp(taken->name, name, length) == 0;
    if (!is_same || !is_folder || !taken->is_folder || (is_member && taken->is_member))
      return collide(taken, archive, name, length, is_folder, error);
    taken->is_member = taken->is_member || is_member;
    return ONUS_OK;
  }
  if (!ONUS_ROOM_FOR_ONE(names->taken, names->n_taken, names->capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  const char *copy = onus_arena_copy(names->arena, name, length);
  if (!copy)
    return fail_full(names, archive, error);
  if (!onus_table_put(names->folded, folded, names->n_taken))
    return ONUS_FAIL_NO_MEMORY(error);
  names->taken[names->n_taken++] = (taken_name){copy, is_folder, is_member};
  return ONUS_OK;
}

onus_status onus_member_names_add(onus_member_names *names, const char *archive, const char *name, size_t length,
                                  bool is_folder, onus_error *error) {
  if (names->n_members == ONUS_MEMBERS_MAX)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, archive, 0, 0, "has more than %zu members", ONUS_MEMBERS_MAX);
  ONUS_TRY(onus_member_name_check(archive, name, length, error));
  for (size_t i = 1; i < length; i++)
    if (name[i] == '/')
      ONUS_TRY(take(names, archive, name, i, true, false, error));
  ONUS_TRY(take(names, archive, name, length, is_folder, true, error));
  names->n_members++;
  return ONUS_OK;
}
