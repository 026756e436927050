#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* FIPS 180-2, appendix B.1 and B.3. */
static const char ABC[] = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char MILLION[] = "sha256:cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void bytes_have_the_published_digest(void **state) {
  (void)state;
  char found[ONUS_DIGEST_BYTES];
  onus_digest_bytes("abc", 3, found);
  assert_string_equal(found, ABC);
}

static void a_file_has_the_published_digest(void **state) {
  (void)state;
  char path[] = "/tmp/onus-digest-XXXXXX", found[ONUS_DIGEST_BYTES] = "untouched";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  char block[1000];
  memset(block, 'a', sizeof block);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(write(fd, block, sizeof block), sizeof block);
  close(fd);
  size_t length = 0;
  onus_error error = {0};
  assert_int_equal(onus_digest_file(path, 999999, found, &length, &error), ONUS_LIMIT);
  assert_string_equal(found, "untouched");
  assert_int_equal(onus_digest_file(path, 1000000, found, &length, &error), ONUS_OK);
  assert_string_equal(found, MILLION);
  assert_int_equal(length, 1000000);
  unlink(path);
  assert_int_equal(onus_digest_file(path, 1000000, found, &length, &error), ONUS_IO);
  assert_string_equal(error.path, path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_have_the_published_digest),
      cmocka_unit_test(a_file_has_the_published_digest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
