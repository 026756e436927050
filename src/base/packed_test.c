#include "base/packed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

enum { PLAIN_BYTES = 300000, CAP = 1 << 20 };

static char path[64], plain[PLAIN_BYTES];

static int prepare(void **state) {
  (void)state;
  snprintf(path, sizeof path, "/tmp/onus-packed-XXXXXX");
  int fd = mkstemp(path);
  for (size_t i = 0; i < PLAIN_BYTES; i++)
    plain[i] = (char)('a' + (i * i / 7) % 23);
  return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static int clean(void **state) {
  (void)state;
  return unlink(path);
}

static void put(const char *bytes, size_t length) {
  onus_error error = {0};
  assert_int_equal(onus_file_write(path, bytes, length, &error), ONUS_OK);
}

/* Bytes packed by the library's own packer; freed by the caller. */
static char *gzipped(const char *bytes, size_t length, size_t *ret_length) {
  z_stream stream = {0};
  size_t room = length + 65536;
  char *packed = malloc(room);
  assert_non_null(packed);
  assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = (Bytef *)(size_t)bytes;
  stream.avail_in = (uInt)length;
  stream.next_out = (Bytef *)packed;
  stream.avail_out = (uInt)room;
  assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
  *ret_length = room - stream.avail_out;
  deflateEnd(&stream);
  return packed;
}

static char *zstandard(const char *bytes, size_t length, size_t *ret_length) {
  size_t room = ZSTD_compressBound(length);
  char *packed = malloc(room);
  assert_non_null(packed);
  ZSTD_CCtx *context = ZSTD_createCCtx();
  assert_non_null(context);
  assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
  *ret_length = ZSTD_compress2(context, packed, room, bytes, length);
  assert_false(ZSTD_isError(*ret_length));
  ZSTD_freeCCtx(context);
  return packed;
}

typedef char *pack(const char *bytes, size_t length, size_t *ret_length);
static pack *const PACKERS[] = {gzipped, zstandard};

static onus_status make_file(void *context, int *ret_fd, onus_error *error) {
  (void)context;
  (void)error;
  FILE *file = tmpfile();
  assert_non_null(file);
  *ret_fd = dup(fileno(file));
  fclose(file);
  return ONUS_OK;
}

static void assert_gives(const char *bytes, size_t length) {
  onus_text text;
  onus_error error = {0};
  onus_spool spool = onus_spool_new(1000, CAP, make_file, NULL);
  assert_int_equal(onus_packed_open(path, &spool, &error), ONUS_OK);
  assert_int_equal(spool.length_bytes, length);
  assert_memory_equal(spool.bytes, bytes, length);
  assert_int_equal(spool.fd >= 0, length > 1000);
  onus_spool_free(&spool);
  if (onus_packed_read(path, CAP, &text, &error) != ONUS_OK)
    fail_msg("%s", error.text);
  assert_int_equal(text.length, length);
  assert_memory_equal(text.bytes, bytes, length);
  assert_int_equal(text.bytes[length], '\0');
  onus_text_free(&text);
}

static void plain_and_packed_files_read_alike(void **state) {
  (void)state;
  put(plain, PLAIN_BYTES);
  assert_gives(plain, PLAIN_BYTES);
  put("", 0);
  assert_gives("", 0);
  for (size_t p = 0; p < 2; p++) {
    size_t length, empty_length;
    char *packed = PACKERS[p](plain, PLAIN_BYTES, &length), *empty = PACKERS[p]("", 0, &empty_length);
    put(packed, length);
    assert_gives(plain, PLAIN_BYTES);
    put(empty, empty_length);
    assert_gives("", 0);
    free(packed);
    free(empty);
  }
}

/* `cat a.gz b.gz` and `cat a.zst b.zst` are files too. */
static void joined_members_are_one_text(void **state) {
  (void)state;
  for (size_t p = 0; p < 2; p++) {
    size_t first_length, second_length;
    char *first = PACKERS[p](plain, 1000, &first_length);
    char *second = PACKERS[p](plain + 1000, PLAIN_BYTES - 1000, &second_length);
    char *both = malloc(first_length + second_length);
    assert_non_null(both);
    memcpy(both, first, first_length);
    memcpy(both + first_length, second, second_length);
    put(both, first_length + second_length);
    assert_gives(plain, PLAIN_BYTES);
    free(first);
    free(second);
    free(both);
  }
}

static void no_prefix_passes_for_the_whole(void **state) {
  (void)state;
  for (size_t p = 0; p < 2; p++) {
    size_t length;
    char *packed = PACKERS[p](plain, 5000, &length);
    for (size_t cut = 4; cut < length; cut++) {
      put(packed, cut);
      onus_text text = {0};
      onus_error error = {0};
      assert_int_equal(onus_packed_read(path, CAP, &text, &error), ONUS_BAD_INPUT);
      assert_null(text.bytes);
      assert_string_equal(error.path, path);
      assert_non_null(strstr(error.text, "end too early"));
    }
    free(packed);
  }
}

static void changed_bytes_are_found_or_change_nothing(void **state) {
  (void)state;
  for (size_t p = 0; p < 2; p++) {
    size_t length, n_refused = 0;
    char *packed = PACKERS[p](plain, 5000, &length);
    for (size_t at = 4; at < length; at++) {
      packed[at] = (char)(packed[at] ^ 0x40);
      put(packed, length);
      onus_text text = {0};
      onus_error error = {0};
      onus_status status = onus_packed_read(path, CAP, &text, &error);
      if (status == ONUS_OK) {
        assert_int_equal(text.length, 5000);
        assert_memory_equal(text.bytes, plain, 5000);
        onus_text_free(&text);
      } else
        assert_true(error.text[0] != '\0');
      n_refused += status != ONUS_OK;
      packed[at] = (char)(packed[at] ^ 0x40);
    }
    assert_true(n_refused > length / 2);
    free(packed);
  }
}

static void a_bomb_is_refused_at_the_cap(void **state) {
  (void)state;
  enum { LARGE = 64 << 20 };
  char *zeros = calloc(LARGE, 1);
  assert_non_null(zeros);
  for (size_t p = 0; p < 2; p++) {
    size_t length;
    char *packed = PACKERS[p](zeros, LARGE, &length);
    assert_true(length < CAP);
    put(packed, length);
    onus_text text = {0};
    onus_error error = {0};
    assert_int_equal(onus_packed_read(path, CAP, &text, &error), ONUS_LIMIT);
    assert_int_equal(onus_packed_read(path, LARGE - 1, &text, &error), ONUS_LIMIT);
    assert_null(text.bytes);
    assert_int_equal(onus_packed_read(path, LARGE, &text, &error), ONUS_OK);
    assert_int_equal(text.length, LARGE);
    onus_text_free(&text);
    free(packed);
  }
  free(zeros);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_and_packed_files_read_alike), cmocka_unit_test(joined_members_are_one_text),
      cmocka_unit_test(no_prefix_passes_for_the_whole),    cmocka_unit_test(changed_bytes_are_found_or_change_nothing),
      cmocka_unit_test(a_bomb_is_refused_at_the_cap),
  };
  return cmocka_run_group_tests(tests, prepare, clean);
}
