#include "package/zip_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "package/member.h"
#include "package/trailer.h"

/* Lengths of the fixed parts (APPNOTE.TXT of PKWARE, 4.3). */
enum { LOCAL = 30, CENTRAL = 46, END = 22, END64 = 56, LOCATOR64 = 20, COMMENT_MAX = 65535 };
enum { STORED = 0, DEFLATED = 8, HAS_DESCRIPTOR = 1 << 3, IS_UTF8 = 1 << 11, DEFLATE_SPEED = 3 << 1, UNIX = 3 };
static const uint32_t LOCAL_MARK = 0x04034B50, CENTRAL_MARK = 0x02014B50, END_MARK = 0x06054B50,
                      END64_MARK = 0x06064B50, LOCATOR64_MARK = 0x07064B50, DESCRIPTOR_MARK = 0x08074B50;
static const uint32_t ELSEWHERE = 0xFFFFFFFF; /* in a field of 32 bits: its value stands in the extra field */
static const size_t DIRECTORY_BYTES = (size_t)512 << 20;

typedef struct zip_ends {
  uint64_t n_entries, directory_at, directory_bytes;
} zip_ends;

/* What the head of an entry and the directory both say. */
typedef struct zip_facts {
  uint16_t flags, method, name_bytes, extra_bytes;
  uint32_t crc;
  uint64_t packed_bytes, bytes, at;
} zip_facts;

static onus_status refuse(const char *path, const char *why, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "%s", why);
}

static onus_status refuse_entry(const char *path, const onus_zip_entry *entry, const char *why, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0, "the member \"%.*s\" %s",
                      (int)(entry->name_bytes < 300 ? entry->name_bytes : 300), entry->name, why);
}

static onus_status fail_reading(const char *path, onus_error *error) {
  int number = errno;
  return number ? ONUS_FAIL_AT(error, ONUS_IO, path, 0, 0, "cannot be read: %s", strerror(number))
                : refuse(path, "is a damaged zip: it points behind its end", error);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

/* Where the one end record is: a second one could stand in its comment, and readers would differ. */
static onus_status find_end(int fd, const char *path, uint64_t length, uint64_t *ret_at, onus_error *error) {
  size_t count = length < END + COMMENT_MAX ? (size_t)length : END + COMMENT_MAX, n_found = 0;
  unsigned char *tail = malloc(count + 1);
  if (!tail)
    return ONUS_FAIL_NO_MEMORY(error);
  bool is_read = onus_read_at(fd, tail, count, length - count);
  for (size_t at = 0; is_read && at + END <= count; at++)
    if (onus_load_le32(tail + at) == END_MARK && onus_load_le16(tail + at + 20) == count - at - END) {
      *ret_at = length - count + at;
      n_found++;
    }
  free(tail);
  if (!is_read)
    return fail_reading(path, error);
  if (n_found == 0)
    return refuse(path, "has no end record of a zip, or bytes follow it: it was cut off, damaged or added to", error);
  return n_found == 1 ? ONUS_OK : refuse(path, "has two end records of a zip", error);
}

static onus_status read_end64(int fd, const char *path, uint64_t end_at, zip_ends *out, onus_error *error) {
  unsigned char locator[LOCATOR64], end[END64];
  if (end_at < LOCATOR64 + END64 || !onus_read_at(fd, locator, sizeof locator, end_at - LOCATOR64) ||
      !onus_read_at(fd, end, sizeof end, end_at - LOCATOR64 - END64))
    return fail_reading(path, error);
  bool is_good = onus_load_le32(locator) == LOCATOR64_MARK && onus_load_le32(locator + 4) == 0 &&
                 onus_load_le64(locator + 8) == end_at - LOCATOR64 - END64 && onus_load_le32(locator + 16) == 1 &&
                 onus_load_le32(end) == END64_MARK && onus_load_le64(end + 4) == END64 - 12 &&
                 onus_load_le32(end + 16) == 0 && onus_load_le32(end + 20) == 0 &&
                 onus_load_le64(end + 24) == onus_load_le64(end + 32);
  if (!is_good)
    return refuse(path, "has a damaged end record (of a large zip)", error);
  *out = (zip_ends){onus_load_le64(end + 32), onus_load_le64(end + 48), onus_load_le64(end + 40)};
  return ONUS_OK;
}

static onus_status read_ends(int fd, const char *path, uint64_t length, zip_ends *out, onus_error *error) {
  uint64_t at = 0, directory_end;
  unsigned char end[END];
  ONUS_TRY(find_end(fd, path, length, &at, error));
  if (!onus_read_at(fd, end, sizeof end, at))
    return fail_reading(path, error);
  if (onus_load_le16(end + 4) != 0 || onus_load_le16(end + 6) != 0 ||
      onus_load_le16(end + 8) != onus_load_le16(end + 10))
    return refuse(path, "is one of several parts of a zip", error);
  *out = (zip_ends){onus_load_le16(end + 10), onus_load_le32(end + 16), onus_load_le32(end + 12)};
  directory_end = at;
  if (out->n_entries == 0xFFFF || out->directory_at == ELSEWHERE || out->directory_bytes == ELSEWHERE) {
    ONUS_TRY(read_end64(fd, path, at, out, error));
    directory_end = at - LOCATOR64 - END64;
  }
  if (out->directory_bytes > directory_end || out->directory_at != directory_end - out->directory_bytes)
    return refuse(path, "is a damaged zip: its directory does not end where the end record begins", error);
  if (out->n_entries > ONUS_MEMBERS_MAX || out->directory_bytes > DIRECTORY_BYTES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "has more than %zu members", ONUS_MEMBERS_MAX);
  return ONUS_OK;
}

/* --- entries ------------------------------------------------------------------------------------------------------ */

/* Numbers of 64 bits of the extra field, for those of `facts` that stand there: bytes, packed bytes, place. */
static bool read_extra64(const unsigned char *extra, size_t length, zip_facts *facts) {
  uint64_t *const fields[] = {&facts->bytes, &facts->packed_bytes, &facts->at};
  bool is_needed = false;
  for (size_t i = 0; i < 3; i++)
    is_needed = is_needed || *fields[i] == ELSEWHERE;
  while (length >= 4) {
    size_t id = onus_load_le16(extra), bytes = onus_load_le16(extra + 2), at = 4;
    if (bytes > length - 4)
      return false;
    for (size_t i = 0; id == 1 && i < 3; i++)
      if (*fields[i] == ELSEWHERE) {
        if (at + 8 > bytes + 4)
          return false;
        *fields[i] = onus_load_le64(extra + at);
        at += 8;
      }
    if (id == 1)
      is_needed = false;
    extra += 4 + bytes;
    length -= 4 + bytes;
  }
  return length == 0 && !is_needed;
}

/* The fields that both heads have in the same order, `at` bytes from their beginning. */
static zip_facts read_facts(const unsigned char *head, size_t at) {
  return (zip_facts){.flags = onus_load_le16(head + at),
                     .method = onus_load_le16(head + at + 2),
                     .crc = onus_load_le32(head + at + 8),
                     .packed_bytes = onus_load_le32(head + at + 12),
                     .bytes = onus_load_le32(head + at + 16),
                     .name_bytes = onus_load_le16(head + at + 20),
                     .extra_bytes = onus_load_le16(head + at + 22)};
}

/* What follows an entry whose sizes were not known when its head was written. */
static onus_status check_descriptor(int fd, const char *path, const onus_zip_entry *entry, const zip_facts *facts,
                                    uint64_t at, uint64_t next, onus_error *error) {
  unsigned char bytes[24];
  uint64_t count = next - at;
  if (count != 12 && count != 16 && count != 20 && count != 24)
    return refuse_entry(path, entry, "does not end where the next one begins: they overlap, or bytes lie between them",
                        error);
  if (!onus_read_at(fd, bytes, (size_t)count, at))
    return fail_reading(path, error);
  size_t mark = count == 16 || count == 24 ? 4 : 0;
  bool is_wide = count >= 20;
  const unsigned char *sizes = bytes + mark + 4;
  bool is_good = (mark == 0 || onus_load_le32(bytes) == DESCRIPTOR_MARK) &&
                 onus_load_le32(bytes + mark) == facts->crc &&
                 (is_wide ? onus_load_le64(sizes) : onus_load_le32(sizes)) == facts->packed_bytes &&
                 (is_wide ? onus_load_le64(sizes + 8) : onus_load_le32(sizes + 4)) == facts->bytes;
  return is_good ? ONUS_OK : refuse_entry(path, entry, "has other sizes behind it than in the directory", error);
}

/* The head of an entry against the directory, and that it ends where the next one begins. */
static onus_status check_local(int fd, const char *path, const onus_zip_entry *entry, const zip_facts *facts,
                               uint64_t next, onus_error *error) {
  unsigned char head[LOCAL], *rest;
  if (!onus_read_at(fd, head, sizeof head, facts->at))
    return fail_reading(path, error);
  zip_facts own = read_facts(head, 6);
  size_t rest_bytes = (size_t)own.name_bytes + own.extra_bytes;
  if (onus_load_le32(head) != LOCAL_MARK || own.name_bytes != facts->name_bytes)
    return refuse_entry(path, entry, "has no head of its own, or one of another name", error);
  rest = malloc(rest_bytes + 1);
  if (!rest)
    return ONUS_FAIL_NO_MEMORY(error);
  bool is_read = onus_read_at(fd, rest, rest_bytes, facts->at + LOCAL);
  bool is_same_name = is_read && memcmp(rest, entry->name, entry->name_bytes) == 0;
  bool has_sizes = is_read && read_extra64(rest + own.name_bytes, own.extra_bytes, &own);
  free(rest);
  if (!is_read)
    return fail_reading(path, error);
  bool is_later = (facts->flags & HAS_DESCRIPTOR) != 0;
  bool is_same = own.flags == facts->flags && own.method == facts->method && has_sizes &&
                 (own.crc == facts->crc || (is_later && own.crc == 0)) &&
                 (own.bytes == facts->bytes || (is_later && own.bytes == 0)) &&
                 (own.packed_bytes == facts->packed_bytes || (is_later && own.packed_bytes == 0));
  if (!is_same_name || !is_same)
    return refuse_entry(path, entry, "is described otherwise in its own head than in the directory", error);
  uint64_t data_at = facts->at + LOCAL + rest_bytes;
  if (data_at > next || facts->packed_bytes > next - data_at)
    return refuse_entry(path, entry, "reaches into the next one: members overlap", error);
  if (is_later)
    return check_descriptor(fd, path, entry, facts, data_at + facts->packed_bytes, next, error);
  return data_at + facts->packed_bytes == next
             ? ONUS_OK
             : refuse_entry(path, entry, "does not end where the next one begins: bytes lie between them", error);
}

/* The entry at `at` of the directory, which is moved behind it. */
static onus_status read_central(const char *path, const unsigned char **at, const unsigned char *end,
                                onus_zip_entry *out, zip_facts *facts, onus_error *error) {
  const unsigned char *head = *at;
  if (end - head < CENTRAL || onus_load_le32(head) != CENTRAL_MARK)
    return refuse(path, "has a damaged directory", error);
  *facts = read_facts(head, 8);
  facts->at = onus_load_le32(head + 42);
  size_t rest = (size_t)facts->name_bytes + facts->extra_bytes + onus_load_le16(head + 32);
  if ((size_t)(end - head) - CENTRAL < rest)
    return refuse(path, "has a damaged directory", error);
  *out = (onus_zip_entry){.name = (const char *)head + CENTRAL, .name_bytes = facts->name_bytes};
  if (!read_extra64(head + CENTRAL + facts->name_bytes, facts->extra_bytes, facts))
    return refuse_entry(path, out, "has a damaged extra field", error);
  if (facts->flags & ~(HAS_DESCRIPTOR | IS_UTF8 | DEFLATE_SPEED) ||
      (facts->method != STORED && facts->method != DEFLATED))
    return refuse_entry(path, out, "is encrypted, or packed in another way than stored or deflated", error);
  if (onus_load_le16(head + 34) != 0)
    return refuse(path, "is one of several parts of a zip", error);
  if (facts->method == STORED && facts->bytes != facts->packed_bytes)
    return refuse_entry(path, out, "is stored, and its two sizes differ", error);
  out->bytes = facts->bytes;
  out->packed_bytes = facts->packed_bytes;
  out->mode = head[5] == UNIX ? onus_load_le32(head + 38) >> 16 : 0;
  *at += CENTRAL + rest;
  return ONUS_OK;
}

static onus_status read_entries(int fd, const char *path, const zip_ends *ends, onus_zip_layout *layout,
                                onus_error *error) {
  const unsigned char *at = layout->directory, *end = at + ends->directory_bytes;
  zip_facts before = {0}, facts = {0};
  for (size_t i = 0; i < ends->n_entries; i++) {
    onus_zip_entry *entry = &layout->entries[i];
    ONUS_TRY(read_central(path, &at, end, entry, &facts, error));
    layout->n_entries = i + 1;
    if (i == 0 ? facts.at != 0 : facts.at <= before.at || facts.at > ends->directory_at)
      return refuse_entry(path, entry,
                          i == 0 ? "is the first one, and bytes lie before it"
                                 : "does not lie behind the one before it: members overlap or are out of order",
                          error);
    if (i > 0)
      ONUS_TRY(check_local(fd, path, entry - 1, &before, facts.at, error));
    before = facts;
  }
  if (at != end)
    return refuse(path, "has a damaged directory: it holds more than its members", error);
  return ends->n_entries
             ? check_local(fd, path, &layout->entries[ends->n_entries - 1], &before, ends->directory_at, error)
             : ONUS_OK;
}

onus_status onus_zip_layout_read(int fd, const char *path, uint64_t length_bytes, onus_zip_layout *ret_layout,
                                 onus_error *error) {
  zip_ends ends;
  *ret_layout = (onus_zip_layout){0};
  ONUS_TRY(read_ends(fd, path, length_bytes, &ends, error));
  ret_layout->directory = malloc((size_t)ends.directory_bytes + 1);
  ret_layout->entries = calloc((size_t)ends.n_entries + 1, sizeof *ret_layout->entries);
  if (!ret_layout->directory || !ret_layout->entries)
    return ONUS_FAIL_NO_MEMORY(error);
  if (!onus_read_at(fd, ret_layout->directory, (size_t)ends.directory_bytes, ends.directory_at))
    return fail_reading(path, error);
  return read_entries(fd, path, &ends, ret_layout, error);
}

void onus_zip_layout_free(onus_zip_layout *layout) {
  free(layout->directory);
  free(layout->entries);
  *layout = (onus_zip_layout){0};
}
