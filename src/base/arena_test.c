#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_memory_is_aligned_and_zero(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new((size_t)1 << 24);
  assert_non_null(arena);
  unsigned char *last = NULL;
  size_t last_bytes = 0;
  for (size_t bytes = 1; bytes < 3000; bytes += 7) {
    unsigned char *at = onus_arena_alloc(arena, bytes, 1);
    assert_non_null(at);
    assert_int_equal((uintptr_t)at % 16, 0);
    for (size_t i = 0; i < bytes; i++)
      assert_int_equal(at[i], 0);
    memset(at, 0xAA, bytes);
    for (size_t i = 0; i < last_bytes; i++) /* what was given before is not given again */
      assert_int_equal(last[i], 0x55);
    memset(at, 0x55, bytes);
    last = at;
    last_bytes = bytes;
  }
  onus_arena_free(arena);
}

static void test_a_request_may_be_larger_than_a_block(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new((size_t)1 << 24);
  char *small = onus_arena_copy(arena, "before", 6), *large = onus_arena_alloc(arena, 1000, 1000);
  assert_non_null(large);
  memset(large, 1, 1000000);
  char *after = onus_arena_copy(arena, "after", 5);
  assert_string_equal(small, "before");
  assert_string_equal(after, "after");
  onus_arena_free(arena);
}

static void test_cap(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new(100000);
  size_t given = 0;
  while (given < 1000000 && onus_arena_alloc(arena, 100, 10))
    given += 1000;
  assert_in_range(given, 90000, 100000);
  assert_null(onus_arena_alloc(arena, 1, 100001));
  onus_arena_free(arena);

  arena = onus_arena_new(1 << 20);
  assert_null(onus_arena_alloc(arena, (1 << 20) + 1, 1));
  assert_non_null(onus_arena_alloc(arena, 1 << 20, 1)); /* a refusal takes nothing */
  assert_null(onus_arena_alloc(arena, 1, 1));
  onus_arena_free(arena);
}

static void test_sizes_that_overflow(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new(SIZE_MAX);
  assert_null(onus_arena_alloc(arena, SIZE_MAX, 2));
  assert_null(onus_arena_alloc(arena, 2, SIZE_MAX));
  assert_null(onus_arena_alloc(arena, SIZE_MAX / 16 + 1, 16)); /* the product wraps to a small number */
  assert_null(onus_arena_alloc(arena, (size_t)1 << (sizeof(size_t) * 4), (size_t)1 << (sizeof(size_t) * 4)));
  assert_null(onus_arena_alloc(arena, SIZE_MAX, 1)); /* rounding up to the alignment would wrap */
  assert_null(onus_arena_copy(arena, "", SIZE_MAX));
  assert_non_null(onus_arena_alloc(arena, 0, 8));
  assert_non_null(onus_arena_alloc(arena, 8, 0));
  onus_arena_free(arena);
}

static void test_copy(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new(1000);
  const char bytes[] = {'a', 0, 'b', 'c'};
  char *copy = onus_arena_copy(arena, bytes, 4);
  assert_memory_equal(copy, bytes, 4);
  assert_int_equal(copy[4], 0);
  assert_string_equal(onus_arena_copy(arena, NULL, 0), "");
  onus_arena_free(arena);
  onus_arena_free(NULL);
}

static void test_clear(void **state) {
  (void)state;
  onus_arena *arena = onus_arena_new((size_t)1 << 20);
  onus_arena_clear(arena);
  for (int round = 0; round < 3; round++) {
    size_t given = 0;
    for (size_t bytes = 16; bytes <= 1 << 18; bytes *= 4) {
      unsigned char *memory = onus_arena_alloc(arena, bytes, 1);
      assert_non_null(memory);
      for (size_t i = 0; i < bytes; i++) {
        assert_int_equal(memory[i], 0); /* whatever stood there before */
        memory[i] = 0xFF;
      }
      given += bytes;
    }
    assert_null(onus_arena_alloc(arena, ((size_t)1 << 20) - given + 1, 1));
    assert_true(onus_arena_is_at_cap(arena));
    onus_arena_clear(arena);
    assert_false(onus_arena_is_at_cap(arena));
  }
  onus_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_memory_is_aligned_and_zero),
      cmocka_unit_test(test_a_request_may_be_larger_than_a_block),
      cmocka_unit_test(test_cap),
      cmocka_unit_test(test_sizes_that_overflow),
      cmocka_unit_test(test_copy),
      cmocka_unit_test(test_clear),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
