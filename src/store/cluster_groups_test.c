/* Groups packed and unpacked, and bytes that are no packed groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <xxhash.h>

#include <cmocka.h>

#include "base/little_endian.h"
#include "base/random.h"
#include "store/cluster_internal.h"

static uint8_t groups[2 * ONUS_CLUSTER_ROW_BYTES], packed[ONUS_GROUPS_BYTES_MAX], unpacked[ONUS_CLUSTER_ROW_BYTES];

/* Appends a group; returns where it ends. Holders ascend, the rest is of any size up to 2^bits. */
static size_t add_group(size_t at, uint64_t seed, size_t key_bytes, size_t n_postings, unsigned bits) {
  uint8_t *key = groups + at + ONUS_GROUP_HEAD_BYTES;
  uint32_t mask = (uint32_t)((UINT64_C(1) << bits) - 1), holder = 0;
  memset(key, 0, onus_key_padded(key_bytes));
  for (size_t i = 0; i < key_bytes; i++)
    key[i] = (uint8_t)onus_random_bits(seed, 1, i);
  onus_store_le64(groups + at, XXH3_64bits(key, key_bytes));
  onus_store_le64(groups + at + 8, (uint64_t)n_postings << 16 | key_bytes);
  uint8_t *out = key + onus_key_padded(key_bytes);
  for (size_t i = 0; i < n_postings; i++, out += ONUS_POSTING_BYTES) {
    uint32_t drawn[5];
    for (uint64_t k = 0; k < 5; k++)
      drawn[k] = (uint32_t)onus_random_bits(seed, 2 + k, i) & mask;
    holder += drawn[0] % (UINT32_MAX / (uint32_t)n_postings);
    onus_store_posting posting = {holder, drawn[1], (int32_t)(drawn[2] - mask / 2), (int32_t)(drawn[3] - mask / 2),
                                  drawn[4]};
    memcpy(out, &posting, sizeof posting);
  }
  return (size_t)(out - groups);
}

static void assert_comes_back(size_t n_bytes) {
  size_t n_packed = onus_groups_pack(groups, n_bytes, packed);
  assert_in_range(n_packed, ONUS_GROUPS_HEAD_BYTES, ONUS_GROUPS_HEAD_BYTES + n_bytes);
  assert_int_equal(onus_groups_unpacked_bytes(packed, n_packed), n_bytes);
  memset(unpacked, 0xaa, sizeof unpacked);
  assert_true(onus_groups_unpack(packed, n_packed, unpacked));
  assert_memory_equal(unpacked, groups, n_bytes);
}

static void test_round_trip(void **state) {
  (void)state;
  for (unsigned bits = 0; bits <= 32; bits += 4)
    for (uint64_t seed = 0; seed < 40; seed++) {
      size_t n_bytes = 0;
      for (uint64_t g = 0; g < seed % 7; g++) {
        uint64_t drawn = onus_random_bits(seed, 9, g);
        n_bytes = add_group(n_bytes, drawn, drawn % (seed < 20 ? 40 : 3000), 1 + (drawn >> 32) % (seed + 1), bits);
      }
      assert_in_range(n_bytes, 0, ONUS_CLUSTER_ROW_BYTES - 1);
      assert_comes_back(n_bytes);
    }
}

/* Wider numbers than indicators have, and yet little more than half. */
static void test_short(void **state) {
  (void)state;
  size_t n_bytes = 0;
  for (uint64_t g = 0; g < 100; g++)
    n_bytes = add_group(n_bytes, g, 20, 3, 12);
  assert_in_range(onus_groups_pack(groups, n_bytes, packed), 1, n_bytes * 3 / 5);
}

static void test_pieces(void **state) {
  (void)state;
  size_t n_bytes = add_group(0, 1, 30, 2000, 10);
  assert_in_range(n_bytes, ONUS_CLUSTER_ROW_BYTES, sizeof groups);
  size_t n_packed = onus_groups_pack_piece(groups + 7, ONUS_CLUSTER_ROW_BYTES, packed);
  assert_int_equal(n_packed, ONUS_GROUPS_BYTES_MAX);
  assert_int_equal(onus_groups_unpacked_bytes(packed, n_packed), ONUS_CLUSTER_ROW_BYTES);
  assert_true(onus_groups_unpack(packed, n_packed, unpacked));
  assert_memory_equal(unpacked, groups + 7, ONUS_CLUSTER_ROW_BYTES);
  n_packed = onus_groups_pack_piece(groups, 0, packed);
  assert_int_equal(onus_groups_unpacked_bytes(packed, n_packed), 0);
  assert_true(onus_groups_unpack(packed, n_packed, unpacked));
}

static void assert_is_none(const uint8_t *bytes, size_t n_bytes) {
  size_t length = onus_groups_unpacked_bytes(bytes, n_bytes);
  assert_true(length == SIZE_MAX || !onus_groups_unpack(bytes, n_bytes, unpacked));
}

static void test_no_packed_groups(void **state) {
  (void)state;
  /* One key of one byte, one posting: 16 + 4 + 20 bytes. */
  static const uint8_t right[] = {40, 0, 1, 1, 'a', 5, 2, 3, 2, 0};
  assert_int_equal(onus_groups_unpacked_bytes(right, sizeof right), 40);
  assert_true(onus_groups_unpack(right, sizeof right, unpacked));
  assert_int_equal(onus_load_le64(unpacked), XXH3_64bits("a", 1));
  assert_int_equal(onus_load_le64(unpacked + 8), 1 << 16 | 1);
  onus_store_posting posting;
  memcpy(&posting, unpacked + 20, sizeof posting);
  assert_true(posting.holder == 5 && posting.first_day == 1 && posting.report == 3 && posting.last_day == 2);
  assert_is_none(right, 1);
  for (size_t n = ONUS_GROUPS_HEAD_BYTES; n < sizeof right; n++) /* cut short */
    assert_is_none(right, n);
  static const uint8_t wrong[][14] = {
      {39, 0, 1, 1, 'a', 5, 2, 3, 2, 0},                      /* no multiple of 4 */
      {60, 0, 1, 1, 'a', 5, 2, 3, 2, 0},                      /* less than it says */
      {36, 0, 1, 1, 'a', 5, 2, 3, 2, 0},                      /* more */
      {0, 128, 1, 1, 'a', 5, 2, 3, 2, 0},                     /* a whole row */
      {40, 0, 200, 1, 'a', 5, 2, 3, 2, 0},                    /* a number that goes on into the next */
      {40, 0, 1, 9, 'a', 5, 2, 3, 2, 0},                      /* postings that are not there */
      {40, 0, 1, 1, 'a', 255, 255, 255, 255, 31, 2, 3, 2, 0}, /* a number of more than 32 bits */
      {40, 0, 1, 1, 'a', 255, 255, 255, 255, 255, 1, 3, 2, 0}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_is_none(wrong[i], i < 6 ? sizeof right : sizeof wrong[i]);
  for (uint64_t seed = 0; seed < 20000;
       seed++) { /* a byte of right ones is another: no more is written than was said */
    uint8_t changed[sizeof right];
    memcpy(changed, right, sizeof right);
    uint64_t drawn = onus_random_bits(seed, 1, 1);
    changed[2 + drawn % 8] ^= (uint8_t)(drawn >> 8);
    unpacked[40] = 77;
    (void)onus_groups_unpack(changed, sizeof changed, unpacked);
    assert_int_equal(unpacked[40], 77);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_short),
      cmocka_unit_test(test_pieces),
      cmocka_unit_test(test_no_packed_groups),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
