/* Every byte of a packed case changed: tamper CASE STEP.
 *
 * The case is packed in both formats. Each STEP-th byte is changed, which must be refused with a message and leave
 * nothing. Then the same by a forger who writes the digest at the end anew: what is still accepted must be the very
 * case, so that only bytes were changed that say nothing. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "onus.h"
#include "verify/folder.h"

enum { PATH_BYTES = 4096, DIGEST_BYTES = 64, WORD_BYTES = 22 };

static char folder[64], package[96], target[96];
static size_t n_faults, n_changes, n_refused, n_harmless;

static void die(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void fault(const char *what, size_t at, const char *detail) {
  if (n_faults++ < 20)
    fprintf(stderr, "%s, byte %zu: %s: %s\n", package, at, what, detail);
}

static void put(int fd, const void *bytes, size_t count, size_t at) {
  if (pwrite(fd, bytes, count, (off_t)at) != (ssize_t)count)
    die("cannot write");
}

static void remove_target(void) {
  char command[160];
  snprintf(command, sizeof command, "rm -rf '%s'", target);
  if (system(command) != 0)
    die("cannot remove");
}

/* Whether two folders hold the same files, those in `custody` of both included. */
static bool is_same(const char *a, const char *b, const char *below) {
  char left[PATH_BYTES], right[PATH_BYTES];
  onus_file_list ours, theirs;
  snprintf(left, sizeof left, "%s/%s", a, below);
  snprintf(right, sizeof right, "%s/%s", b, below);
  if (onus_folder_list(left, &ours, NULL) != ONUS_OK || onus_folder_list(right, &theirs, NULL) != ONUS_OK)
    return false;
  bool same = ours.count == theirs.count && ours.count > 0;
  for (size_t i = 0; same && i < ours.count; i++) {
    onus_hash one, two;
    uint64_t bytes;
    same = strcmp(ours.files[i].path, theirs.files[i].path) == 0 &&
           onus_folder_digest(left, ours.files[i].path, 0, NULL, &one, &bytes, NULL) == ONUS_OK &&
           onus_folder_digest(right, ours.files[i].path, 0, NULL, &two, &bytes, NULL) == ONUS_OK &&
           onus_hash_same(&one, &two);
  }
  onus_file_list_free(&ours);
  onus_file_list_free(&theirs);
  return same;
}

static void try_change(const char *original, size_t at, bool is_resealed) {
  struct stat info;
  onus_package_summary summary;
  onus_error error = {0};
  onus_status status = onus_package_unpack(package, target, NULL, NULL, &summary, &error);
  n_changes++;
  if (status != ONUS_OK) {
    n_refused++;
    if (!error.text[0] || (status != ONUS_BAD_INPUT && status != ONUS_LIMIT))
      fault("it is refused without a word that helps", at, error.text);
    if (lstat(target, &info) == 0)
      fault("something was written", at, "");
    return;
  }
  if (!is_resealed)
    fault("it is accepted", at, "");
  else if (!is_same(original, target, "") || !is_same(original, target, "custody"))
    fault("another case is accepted", at, "");
  n_harmless++;
  remove_target();
}

static void reseal(int fd, const char *bytes, size_t length) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  char hex[DIGEST_BYTES + 1];
  crypto_hash_sha256(digest, (const unsigned char *)bytes, length - WORD_BYTES - DIGEST_BYTES);
  sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
  put(fd, hex, DIGEST_BYTES, length - DIGEST_BYTES);
}

static void change_all(const char *original, size_t step, bool is_resealed) {
  onus_text text;
  int fd = open(package, O_RDWR | O_CLOEXEC);
  if (fd < 0 || onus_file_read(package, 1 << 26, &text, NULL) != ONUS_OK)
    die("cannot read");
  n_changes = n_refused = n_harmless = 0;
  size_t end = text.length - (is_resealed ? WORD_BYTES + DIGEST_BYTES : 0);
  for (size_t at = 0; at < end; at += step) {
    char old = text.bytes[at];
    text.bytes[at] = (char)(old ^ (1 << (at * 7 % 8)));
    put(fd, &text.bytes[at], 1, at);
    if (is_resealed)
      reseal(fd, text.bytes, text.length);
    try_change(original, at, is_resealed);
    text.bytes[at] = old;
    put(fd, &old, 1, at);
  }
  if (is_resealed)
    reseal(fd, text.bytes, text.length);
  /* Shorter and longer. */
  for (size_t cut = 1; !is_resealed && cut < text.length; cut = cut * 3 / 2 + 1) {
    if (ftruncate(fd, (off_t)(text.length - cut)) != 0)
      die("cannot cut");
    try_change(original, text.length - cut, false);
    put(fd, text.bytes, text.length, 0);
  }
  put(fd, "x", 1, text.length);
  try_change(original, text.length, false);
  if (ftruncate(fd, (off_t)text.length) != 0)
    die("cannot cut");
  printf("%s, %zu bytes%s: %zu changes, %zu refused, %zu say nothing\n", strrchr(package, '/') + 1, text.length,
         is_resealed ? ", digest written anew" : "", n_changes, n_refused, n_harmless);
  close(fd);
  onus_text_free(&text);
}

static void check_whole(const char *original) {
  onus_package_summary summary;
  if (onus_package_unpack(package, target, NULL, NULL, &summary, NULL) != ONUS_OK || !is_same(original, target, "") ||
      !is_same(original, target, "custody"))
    fault("the packed case itself is refused", 0, "");
  remove_target();
}

int main(int argc, char **argv) {
  static const char *const ENDINGS[] = {"zip", "tar.zst"};
  snprintf(folder, sizeof folder, "/tmp/onus-package-tamper-XXXXXX");
  size_t step = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
  if (step == 0 || !mkdtemp(folder) || sodium_init() < 0)
    die("usage: tamper CASE STEP");
  snprintf(target, sizeof target, "%s/target", folder);
  for (size_t i = 0; i < 2; i++) {
    onus_package_summary summary;
    snprintf(package, sizeof package, "%s/case.%s", folder, ENDINGS[i]);
    if (onus_case_pack(argv[1], package, NULL, NULL, &summary, NULL) != ONUS_OK)
      die("cannot pack the case");
    check_whole(argv[1]);
    change_all(argv[1], step, false);
    change_all(argv[1], step, true);
    check_whole(argv[1]);
  }
  snprintf(target, sizeof target, "%s", folder);
  remove_target();
  printf("%zu faults\n", n_faults);
  return n_faults ? 1 : 0;
}
