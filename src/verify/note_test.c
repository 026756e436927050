#include "verify/note.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify/log.h"
#include "verify/proof.h"

/* The example of c2sp.org/signed-note. */
static const char KEY[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char NOTE[] =
    "This is an example message.\n\n"
    "\xE2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

static void test_example(void **state) {
  (void)state;
  onus_public_key key;
  onus_note note;
  onus_error error = {0};
  int64_t time_utc = -1;
  char text[ONUS_KEY_TEXT_BYTES];
  assert_int_equal(onus_public_key_parse("keys", 1, KEY, sizeof KEY - 1, &key, &error), ONUS_OK);
  onus_public_key_format(&key, text);
  assert_string_equal(text, KEY);
  assert_int_equal(onus_note_parse("note", 1, NOTE, sizeof NOTE - 1, &note, &error), ONUS_OK);
  assert_int_equal(note.n_signatures, 1);
  assert_true(onus_signature_is_by(&note.signatures[0], &key));
  assert_int_equal(onus_signature_check(&note, &note.signatures[0], &key, &time_utc, &error), ONUS_OK);
  assert_int_equal(time_utc, 0);
}

/* Every byte of key and note, changed: none of them is accepted as what it was. */
static void test_every_byte(void **state) {
  (void)state;
  onus_public_key key, changed_key;
  assert_int_equal(onus_public_key_parse("keys", 1, KEY, sizeof KEY - 1, &key, NULL), ONUS_OK);
  char bytes[sizeof NOTE];
  for (size_t i = 0; i < sizeof KEY - 1; i++)
    for (unsigned bit = 0; bit < 8; bit++) {
      memcpy(bytes, KEY, sizeof KEY);
      bytes[i] = (char)(bytes[i] ^ (1 << bit));
      assert_int_not_equal(onus_public_key_parse("keys", 1, bytes, sizeof KEY - 1, &changed_key, NULL), ONUS_OK);
    }
  for (size_t i = 0; i < sizeof NOTE - 1; i++)
    for (unsigned bit = 0; bit < 8; bit++) {
      onus_note note;
      int64_t time_utc;
      memcpy(bytes, NOTE, sizeof NOTE);
      bytes[i] = (char)(bytes[i] ^ (1 << bit));
      bool is_accepted = onus_note_parse("note", 1, bytes, sizeof NOTE - 1, &note, NULL) == ONUS_OK &&
                         onus_signature_is_by(&note.signatures[0], &key) &&
                         onus_signature_check(&note, &note.signatures[0], &key, &time_utc, NULL) == ONUS_OK;
      assert_false(is_accepted);
    }
}

/* The example of c2sp.org/tlog-checkpoint; its key is not published. */
static void test_checkpoint(void **state) {
  (void)state;
  static const char TEXT[] =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
      "\xE2\x80\x94 example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
  onus_note note;
  onus_checkpoint checkpoint;
  onus_error error = {0};
  assert_int_equal(onus_note_parse("note", 1, TEXT, sizeof TEXT - 1, &note, &error), ONUS_OK);
  assert_int_equal(onus_checkpoint_parse(&note, &checkpoint, &error), ONUS_OK);
  assert_int_equal(checkpoint.size, 20852163);
  assert_memory_equal(checkpoint.origin, "example.com/behind-the-sofa", checkpoint.origin_bytes);
  static const char *const BAD[] = {"x\n020\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
                                    "x\n20\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
                                    "x\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
                                    "x\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
                                    "x\n20\n",
                                    "x\n"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    note.text = BAD[i];
    note.text_bytes = strlen(BAD[i]);
    assert_int_equal(onus_checkpoint_parse(&note, &checkpoint, &error), ONUS_BAD_INPUT);
  }
}

static void test_bad_notes(void **state) {
  (void)state;
  static const char *const BAD[] = {
      "",
      "\n\n",
      "text\n",
      "text\n\n",
      "text\n\nno dash\n",
      "text\n\n\xE2\x80\x94 name\n",
      "text\n\n\xE2\x80\x94 name AAAA\n",             /* no signature behind the id */
      "text\n\n\xE2\x80\x94 na+me AAAAAAAAAAA=\n",    /* a plus in the name */
      "text\n\n\xE2\x80\x94 name AAAAAAAAAAA\n",      /* no padding */
      "text\n\n\xE2\x80\x94 name AAAAAAAAAAA= \n",    /* a blank behind */
      "text\n\n\xE2\x80\x94 name AAAAAAAAAAA=",       /* no line end */
      "te\txt\n\n\xE2\x80\x94 name AAAAAAAAAAA=\n",   /* a control character */
      "te\xFFxt\n\n\xE2\x80\x94 name AAAAAAAAAAA=\n", /* no UTF-8 */
  };
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    onus_note note;
    onus_error error = {0};
    assert_int_equal(onus_note_parse("note", 1, BAD[i], strlen(BAD[i]), &note, &error), ONUS_BAD_INPUT);
    assert_true(error.text[0]);
  }
}

static void test_paths(void **state) {
  (void)state;
  static const char *const GOOD[] = {"a", "a/b", "...", "a/..b", "\xC3\xA9"};
  static const char *const BAD[] = {"", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../b", "../a", "a\nb", "\xFF"};
  for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
    assert_true(onus_path_is_good(GOOD[i], strlen(GOOD[i])));
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
    assert_false(onus_path_is_good(BAD[i], strlen(BAD[i])));
  assert_true(onus_name_is_leftover("keys.123-0.part"));
  assert_false(onus_name_is_leftover("keys.part"));
  assert_false(onus_name_is_leftover("keys.12-.part"));
  assert_false(onus_name_is_leftover("keys.x12-3.part"));
  assert_false(onus_name_is_leftover(".12-3.part"));
}

static void test_bad_proofs(void **state) {
  (void)state;
  static const char *const BAD[] = {
      "",
      "c2sp.org/tlog-proof@v2\nindex 0\n\n",
      "c2sp.org/tlog-proof@v1\n",
      "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\nx\n",
      "c2sp.org/tlog-proof@v1\nindex 01\n\nx\n",
      "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx\n",
      "c2sp.org/tlog-proof@v1\nindex 0\n",
  };
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    onus_proof proof;
    onus_error error = {0};
    assert_int_equal(onus_proof_parse("proof", BAD[i], strlen(BAD[i]), &proof, &error), ONUS_BAD_INPUT);
    assert_true(error.text[0]);
  }
}

static void same_as_sodium(const char *text, size_t length, size_t cap) {
  unsigned char own[64], peer[64];
  size_t n_own = 0, n_peer = 0;
  bool is_good = onus_scan_base64(text, length, own, cap, &n_own);
  bool is_good_there =
      sodium_base642bin(peer, cap, text, length, NULL, &n_peer, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
  for (size_t i = 0; i < length; i++)
    if (text[i] & 0x80) { /* which libsodium 1.0.18 lets through */
      assert_false(is_good);
      return;
    }
  assert_int_equal(is_good, is_good_there);
  if (!is_good)
    return;
  assert_int_equal(n_own, n_peer);
  assert_memory_equal(own, peer, n_own);
}

/* Right, with each byte changed to every other one, cut, and with too little room: as libsodium has it. */
static void test_base64(void **state) {
  (void)state;
  unsigned char bytes[12];
  char text[32];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (unsigned char)(i * 77 + 3);
  for (size_t n = 0; n <= sizeof bytes; n++) {
    sodium_bin2base64(text, sizeof text, bytes, n, sodium_base64_VARIANT_ORIGINAL);
    size_t length = strlen(text);
    for (size_t cap = 0; cap <= n + 1; cap++)
      same_as_sodium(text, length, cap);
    for (size_t cut = 0; cut <= length; cut++)
      same_as_sodium(text, cut, sizeof bytes);
    for (size_t i = 0; i < length; i++)
      for (unsigned value = 0; value < 256; value++) {
        char old = text[i];
        text[i] = (char)value;
        same_as_sodium(text, length, sizeof bytes);
        text[i] = old;
      }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_example),    cmocka_unit_test(test_every_byte),
                                     cmocka_unit_test(test_checkpoint), cmocka_unit_test(test_bad_notes),
                                     cmocka_unit_test(test_paths),      cmocka_unit_test(test_bad_proofs),
                                     cmocka_unit_test(test_base64)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
