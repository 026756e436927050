/* Pairs packed and unpacked, and bytes that are no packed pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "store/cluster_internal.h"

enum { PAIRS_MOST = ONUS_CLUSTER_ROW_BYTES / ONUS_PAIR_BYTES };

/* `n` ascending pairs whose keys grow by less than 2^key_bits, whose numbers have number_bits. */
static uint64_t make_pairs(uint64_t seed, size_t n, unsigned key_bits, unsigned number_bits, uint8_t *out) {
  uint64_t begin = (onus_random_bits(seed, 1, 0) >> 44) << 32, key = begin >> 32, last = 0;
  for (size_t i = 0; i < n; i++) {
    uint64_t drawn = onus_random_bits(seed, 2, i), number = (drawn >> 32) & ((UINT64_C(1) << number_bits) - 1);
    key += (drawn & UINT32_MAX) & ((UINT64_C(1) << key_bits) - 1);
    if (i > 0 && (key << 32 | number) <= last)
      key++;
    last = key << 32 | number;
    memcpy(out + i * ONUS_PAIR_BYTES, &last, sizeof last);
  }
  return begin;
}

static void test_round_trip(void **state) {
  (void)state;
  static uint8_t pairs[ONUS_CLUSTER_ROW_BYTES], packed[ONUS_PACKED_BYTES_MAX], unpacked[ONUS_CLUSTER_ROW_BYTES];
  static const size_t counts[] = {0, 1, 2, 7, 39, 40, 4095, PAIRS_MOST};
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
    for (unsigned key_bits = 0; key_bits <= 18; key_bits += 3)
      for (unsigned number_bits = 0; number_bits <= 32; number_bits += 4) {
        size_t n = counts[c], n_bytes = n * ONUS_PAIR_BYTES;
        uint64_t begin = make_pairs(c + 100 * key_bits + number_bits, n, key_bits, number_bits, pairs);
        size_t n_packed = onus_pairs_pack(pairs, n, begin, packed);
        assert_in_range(n_packed, ONUS_PACKED_HEAD_BYTES, ONUS_PACKED_HEAD_BYTES + n_bytes);
        assert_int_equal(onus_pairs_unpacked_bytes(packed, n_packed), n_bytes);
        assert_true(onus_pairs_unpack(packed, n_packed, begin, unpacked));
        if (n > 0)
          assert_memory_equal(pairs, unpacked, n_bytes);
        assert_true(onus_pairs_unpacked_bytes(packed, n_packed + 1) == SIZE_MAX);
        assert_true(onus_pairs_unpacked_bytes(packed, n_packed - 1) == SIZE_MAX);
      }
}

/* The widest there are: all bits of keys and numbers. */
static void test_widest(void **state) {
  (void)state;
  const uint64_t pairs[] = {0, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
  uint8_t packed[ONUS_PACKED_HEAD_BYTES + sizeof pairs], unpacked[sizeof pairs];
  assert_int_equal(onus_pairs_pack((const uint8_t *)pairs, 4, 0, packed), sizeof packed);
  assert_true(onus_pairs_unpack(packed, sizeof packed, 0, unpacked));
  assert_memory_equal(unpacked, pairs, sizeof pairs);
  /* From another beginning, the keys do not fit. */
  assert_false(onus_pairs_unpack(packed, sizeof packed, UINT64_C(1) << 32, unpacked));
}

static void test_no_packed_pairs(void **state) {
  (void)state;
  uint8_t unpacked[64];
  static const uint8_t too_many[] = {1, 16, 0, 0}, wide_keys[] = {1, 0, 33, 0, 0, 0, 0, 0, 0},
                       wide_numbers[] = {1, 0, 0, 33, 0, 0, 0, 0, 0}, twice[] = {2, 0, 0, 8, 7, 7},
                       descending[] = {2, 0, 0, 8, 7, 6}, one[] = {1, 0, 0, 8, 7};
  assert_true(onus_pairs_unpacked_bytes(one, 3) == SIZE_MAX);
  assert_true(onus_pairs_unpacked_bytes(too_many, sizeof too_many) == SIZE_MAX);
  assert_true(onus_pairs_unpacked_bytes(wide_keys, sizeof wide_keys) == SIZE_MAX);
  assert_true(onus_pairs_unpacked_bytes(wide_numbers, sizeof wide_numbers) == SIZE_MAX);
  assert_int_equal(onus_pairs_unpacked_bytes(twice, sizeof twice), 16);
  assert_false(onus_pairs_unpack(twice, sizeof twice, 0, unpacked));
  assert_false(onus_pairs_unpack(descending, sizeof descending, 0, unpacked));
  assert_true(onus_pairs_unpack(one, sizeof one, UINT64_C(5) << 32, unpacked));
  assert_int_equal(onus_load_u64(unpacked), UINT64_C(5) << 32 | 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_widest),
      cmocka_unit_test(test_no_packed_pairs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
