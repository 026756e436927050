#include "custody/vault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static onus_secret *secret_of(const char *text) {
  onus_secret *secret;
  assert_int_equal(onus_secret_new(strlen(text) + 1, &secret, NULL), ONUS_OK);
  memcpy(onus_secret_bytes(secret), text, strlen(text));
  onus_secret_set_length(secret, strlen(text));
  return secret;
}

static void test_round_trip(void **state) {
  (void)state;
  onus_secret *passphrase = secret_of("right"), *wrong = secret_of("wrong"), *content = NULL;
  onus_text file;
  onus_error error = {0};
  assert_int_equal(onus_vault_close("key", "public", passphrase, "some\0thing", 10, 64, &file, &error), ONUS_OK);
  const char *line;
  size_t line_bytes;
  assert_true(onus_vault_public_line("key", file.bytes, file.length, &line, &line_bytes));
  assert_memory_equal(line, "public", line_bytes);
  assert_int_equal(onus_vault_open("f", "key", file.bytes, file.length, passphrase, &content, &error), ONUS_OK);
  assert_int_equal(content->length_bytes, 10);
  assert_memory_equal(content->bytes, "some\0thing", 10);
  onus_secret_free(content);
  content = NULL;
  assert_int_equal(onus_vault_open("f", "key", file.bytes, file.length, wrong, &content, &error), ONUS_BAD_INPUT);
  assert_int_equal(onus_vault_open("f", "sealed", file.bytes, file.length, passphrase, &content, &error),
                   ONUS_BAD_INPUT);
  /* Some bytes of each part, the public line among them: all of them are authenticated. */
  for (size_t i = 0; i < file.length; i += i < 20 || i + 20 > file.length ? 5 : 23) {
    file.bytes[i] ^= 4;
    assert_int_not_equal(onus_vault_open("f", "key", file.bytes, file.length, passphrase, &content, &error), ONUS_OK);
    file.bytes[i] ^= 4;
  }
  assert_null(content);
  onus_text_free(&file);
  onus_secret_free(passphrase);
  onus_secret_free(wrong);
}

/* Contents of different length in one size class make files of one length. */
static void test_padding(void **state) {
  (void)state;
  onus_secret *passphrase = secret_of("right");
  static const size_t LENGTHS[] = {0, 1, 63, 64, 127};
  static const size_t CLASSES[] = {64, 64, 64, 128, 128};
  size_t least = 0;
  char content[128] = {0};
  for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
    onus_text file;
    assert_int_equal(onus_vault_close("sealed", NULL, passphrase, content, LENGTHS[i], 64, &file, NULL), ONUS_OK);
    least = i ? least : file.length - CLASSES[0];
    assert_int_equal(file.length, least + CLASSES[i]);
    onus_text_free(&file);
  }
  onus_secret_free(passphrase);
}

/* What a hostile file may ask of time and memory. */
static void test_limits(void **state) {
  (void)state;
  static const char *const KDFS[] = {"argon2id 17 8192",     "argon2id 1 2147483648", "argon2id 0 8192",
                                     "argon2id 1 99999999999", "argon2i 3 8192",        "argon2id 1"};
  onus_secret *passphrase = secret_of("right"), *content = NULL;
  for (size_t i = 0; i < sizeof KDFS / sizeof *KDFS; i++) {
    char file[512];
    int length = snprintf(file, sizeof file,
                          "onus-key 1\nkdf %s\nsalt 00000000000000000000000000000000\nnonce "
                          "000000000000000000000000000000000000000000000000\n\n0123456789012345678901234567890123456789",
                          KDFS[i]);
    onus_error error = {0};
    assert_int_equal(onus_vault_open("f", "key", file, (size_t)length, passphrase, &content, &error), ONUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "not those that onus writes"));
  }
  onus_secret_free(passphrase);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_padding),
                                     cmocka_unit_test(test_limits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
