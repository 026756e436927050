/* Groups as a row of a bucket holds them: without the hash, which follows from the key, and of each posting the
 * distance from the one before, in bytes of which the highest bit says that another follows. Less than half as many
 * bytes, which is what an import costs the servers.
 *
 *     u16 bytes of the groups when they are unpacked; 0: what follows is not packed, but a piece of a long bucket
 *     of each group: bytes of the key, number of postings, key,
 *     of each posting: holder, less the one before; first day, less the one before; report; days to the last; extra
 *
 * Differences of days are signed: 0, -1, 1, -2, … are 0, 1, 2, 3, … */
#include <string.h>
#include <xxhash.h>

#include "base/little_endian.h"
#include "store/cluster_internal.h"

enum { NUMBER_BYTES_MAX = 5, POSTING_BYTES_MAX = 5 * NUMBER_BYTES_MAX, HEAD_NUMBERS_BYTES_MAX = 2 * NUMBER_BYTES_MAX };

static uint8_t *put_number(uint8_t *at, uint32_t value) {
  for (; value >= 128; value >>= 7)
    *at++ = (uint8_t)(value | 128);
  *at++ = (uint8_t)value;
  return at;
}

static uint32_t signed_as_number(uint32_t difference) {
  return difference << 1 ^ (uint32_t) - (int32_t)(difference >> 31);
}

static uint32_t number_as_signed(uint32_t number) {
  return number >> 1 ^ (uint32_t) - (int32_t)(number & 1);
}

size_t onus_groups_pack(const uint8_t *groups, size_t n_bytes, uint8_t *out) {
  uint8_t *at = out + ONUS_GROUPS_HEAD_BYTES;
  const uint8_t *const end = at + n_bytes;
  onus_store_le16(out, (uint16_t)n_bytes);
  uint32_t day = 0;
  for (size_t offset = 0; offset < n_bytes;) {
    uint64_t sizes = onus_load_u64(groups + offset + 8), n_postings = sizes >> 16;
    size_t key_bytes = (size_t)(sizes & 0xffff);
    const uint8_t *key = groups + offset + ONUS_GROUP_HEAD_BYTES, *posting = key + onus_key_padded(key_bytes);
    if ((size_t)(end - at) < HEAD_NUMBERS_BYTES_MAX + key_bytes)
      break;
    at = put_number(put_number(at, (uint32_t)key_bytes), (uint32_t)n_postings);
    memcpy(at, key, key_bytes);
    at += key_bytes;
    uint32_t holder = 0;
    for (uint64_t i = 0; i < n_postings && end - at >= POSTING_BYTES_MAX; i++, posting += ONUS_POSTING_BYTES) {
      onus_store_posting p;
      memcpy(&p, posting, sizeof p);
      at = put_number(at, p.holder - holder);
      at = put_number(at, signed_as_number((uint32_t)p.first_day - day));
      at = put_number(at, p.report);
      at = put_number(at, signed_as_number((uint32_t)p.last_day - (uint32_t)p.first_day));
      at = put_number(at, p.extra);
      holder = p.holder;
      day = (uint32_t)p.first_day;
    }
    offset = (size_t)(posting - groups);
    if (posting != key + onus_key_padded(key_bytes) + n_postings * ONUS_POSTING_BYTES)
      break;
    if (offset == n_bytes)
      return (size_t)(at - out);
  }
  return onus_groups_pack_piece(groups, n_bytes, out);
}

size_t onus_groups_pack_piece(const uint8_t *bytes, size_t n_bytes, uint8_t *out) {
  onus_store_le16(out, 0);
  if (n_bytes > 0)
    memcpy(out + ONUS_GROUPS_HEAD_BYTES, bytes, n_bytes);
  return ONUS_GROUPS_HEAD_BYTES + n_bytes;
}

size_t onus_groups_unpacked_bytes(const uint8_t *packed, size_t n_bytes) {
  if (n_bytes < ONUS_GROUPS_HEAD_BYTES)
    return SIZE_MAX;
  size_t unpacked = onus_load_le16(packed);
  if (unpacked == 0)
    return n_bytes - ONUS_GROUPS_HEAD_BYTES;
  return unpacked < ONUS_CLUSTER_ROW_BYTES && unpacked % 4 == 0 ? unpacked : SIZE_MAX;
}

/* What is left to read, and to write. */
typedef struct unpacking {
  const uint8_t *at, *end;
  uint8_t *out, *out_end;
  uint32_t day;
} unpacking;

static bool take_number(unpacking *u, uint32_t *ret_number) {
  uint64_t number = 0;
  for (unsigned shift = 0; u->at < u->end && shift < 7 * NUMBER_BYTES_MAX; shift += 7) {
    uint8_t byte = *u->at++;
    number |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) {
      *ret_number = (uint32_t)number;
      return number <= UINT32_MAX;
    }
  }
  return false;
}

static bool take_posting(unpacking *u, uint32_t *holder) {
  uint32_t more, first_day, report, days, extra;
  if (!take_number(u, &more) || !take_number(u, &first_day) || !take_number(u, &report) || !take_number(u, &days) ||
      !take_number(u, &extra))
    return false;
  *holder += more;
  u->day += number_as_signed(first_day);
  onus_store_posting posting = {*holder, report, (int32_t)u->day, (int32_t)(u->day + number_as_signed(days)), extra};
  memcpy(u->out, &posting, sizeof posting);
  u->out += sizeof posting;
  return true;
}

static bool take_group(unpacking *u) {
  uint32_t key_bytes, n_postings;
  if (!take_number(u, &key_bytes) || !take_number(u, &n_postings) || key_bytes > UINT16_MAX)
    return false;
  size_t padded = onus_key_padded(key_bytes), room = (size_t)(u->out_end - u->out);
  if (key_bytes > (size_t)(u->end - u->at) || room < ONUS_GROUP_HEAD_BYTES + padded ||
      n_postings > (room - ONUS_GROUP_HEAD_BYTES - padded) / ONUS_POSTING_BYTES)
    return false;
  uint64_t head[2] = {XXH3_64bits(u->at, key_bytes), (uint64_t)n_postings << 16 | key_bytes};
  memcpy(u->out, head, sizeof head);
  memset(u->out + ONUS_GROUP_HEAD_BYTES, 0, padded);
  memcpy(u->out + ONUS_GROUP_HEAD_BYTES, u->at, key_bytes);
  u->at += key_bytes;
  u->out += ONUS_GROUP_HEAD_BYTES + padded;
  uint32_t holder = 0;
  for (uint32_t i = 0; i < n_postings; i++)
    if (!take_posting(u, &holder))
      return false;
  return true;
}

bool onus_groups_unpack(const uint8_t *packed, size_t n_bytes, uint8_t *out) {
  size_t unpacked = onus_load_le16(packed);
  const uint8_t *at = packed + ONUS_GROUPS_HEAD_BYTES;
  unpacking u = {at, packed + n_bytes, out, out + unpacked, 0};
  if (unpacked == 0) {
    if (n_bytes > ONUS_GROUPS_HEAD_BYTES)
      memcpy(out, at, n_bytes - ONUS_GROUPS_HEAD_BYTES);
    return true;
  }
  while (u.at < u.end)
    if (!take_group(&u))
      return false;
  return u.out == u.out_end;
}
