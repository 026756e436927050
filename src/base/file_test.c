#include "base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/onus-file-test-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

/* A path in the test's folder; one at a time. */
static const char *in_folder(const char *name) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static int remove_folder(void **state) {
  (void)state;
  DIR *entries = opendir(folder);
  if (!entries)
    return -1;
  for (struct dirent *entry; (entry = readdir(entries));)
    if (entry->d_name[0] != '.') {
      char path[400];
      snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
      if (remove(path) != 0)
        fprintf(stderr, "%s stays\n", path);
    }
  closedir(entries);
  return rmdir(folder);
}

static size_t count_entries(void) {
  size_t count = 0;
  DIR *entries = opendir(folder);
  assert_non_null(entries);
  for (struct dirent *entry; (entry = readdir(entries));)
    count += entry->d_name[0] != '.';
  closedir(entries);
  return count;
}

static void assert_holds(const char *path, const char *bytes, size_t length) {
  onus_text text;
  assert_int_equal(onus_file_read(path, 1 << 24, &text, NULL), ONUS_OK);
  assert_int_equal(text.length, length);
  assert_memory_equal(text.bytes, bytes, length);
  assert_int_equal(text.bytes[length], 0);
  onus_text_free(&text);
}

static void test_round_trip(void **state) {
  (void)state;
  size_t length = 300001;
  char *bytes = malloc(length);
  assert_non_null(bytes);
  for (size_t i = 0; i < length; i++)
    bytes[i] = (char)(i * 7 + i / 256);
  const char *path = in_folder("bytes");
  assert_int_equal(onus_file_write(path, bytes, length, NULL), ONUS_OK);
  assert_holds(path, bytes, length);
  assert_int_equal(onus_file_write(path, "short", 5, NULL), ONUS_OK); /* replaces it */
  assert_holds(path, "short", 5);
  assert_int_equal(onus_file_write(path, "", 0, NULL), ONUS_OK);
  assert_holds(path, "", 0);
  assert_int_equal(count_entries(), 1); /* nothing temporary is left */
  free(bytes);
}

static void test_reading_has_a_cap(void **state) {
  (void)state;
  const char *path = in_folder("ten");
  onus_text text = {folder, 99};
  onus_error error = {0};
  assert_int_equal(onus_file_write(path, "0123456789", 10, NULL), ONUS_OK);
  assert_int_equal(onus_file_read(path, 9, &text, &error), ONUS_LIMIT);
  assert_ptr_equal(text.bytes, folder); /* untouched */
  assert_string_equal(error.path, path);
  assert_int_equal(onus_file_read(path, 10, &text, NULL), ONUS_OK);
  onus_text_free(&text);
}

/* What has no size before it is read must not be read for ever. */
static void test_an_endless_file_has_a_cap_too(void **state) {
  (void)state;
  onus_text text = {folder, 99};
  onus_error error = {0};
  assert_int_equal(onus_file_read("/dev/zero", 1 << 20, &text, &error), ONUS_LIMIT);
  assert_ptr_equal(text.bytes, folder);
}

static void test_what_cannot_be_read(void **state) {
  (void)state;
  onus_text text = {folder, 99};
  onus_error error = {0};
  assert_int_equal(onus_file_read(in_folder("not-there"), 100, &text, &error), ONUS_IO);
  assert_non_null(strstr(error.text, "No such file"));
  assert_int_equal(onus_file_read(folder, 100, &text, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "folder"));
  assert_ptr_equal(text.bytes, folder);
}

static void test_what_cannot_be_written(void **state) {
  (void)state;
  onus_error error = {0};
  assert_int_equal(onus_file_write(folder, "x", 1, &error), ONUS_BAD_ARGUMENT);
  assert_int_equal(onus_file_write(in_folder("no/such/folder"), "x", 1, &error), ONUS_IO);
  assert_int_equal(onus_file_write("/dev/full", "x", 1, &error), ONUS_IO);
  assert_non_null(strstr(error.text, "No space"));
  assert_int_equal(onus_file_write("/dev/null", "x", 1, NULL), ONUS_OK); /* a device is written into */
}

/* Nobody's device or pipe loses its name to a file. */
static void test_a_private_file_takes_no_pipes_place(void **state) {
  (void)state;
  onus_error error = {0};
  struct stat info;
  const char *path = in_folder("private-pipe");
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(onus_file_write_private(path, false, "x", 1, &error), ONUS_BAD_ARGUMENT);
  assert_string_equal(error.path, path);
  assert_non_null(strstr(error.text, "pipe"));
  assert_int_equal(lstat(path, &info), 0);
  assert_true(S_ISFIFO(info.st_mode));
  assert_int_equal(onus_file_write_private(folder, false, "x", 1, NULL), ONUS_BAD_ARGUMENT);
}

/* A write that fails on the way, here because files may not grow that far, leaves the old file and nothing else. */
static void test_a_failed_write_leaves_the_old_file(void **state) {
  (void)state;
  const char *path = in_folder("kept");
  size_t length = 1 << 20;
  char *bytes = calloc(length, 1);
  assert_non_null(bytes);
  assert_int_equal(onus_file_write(path, "old", 3, NULL), ONUS_OK);
  size_t before = count_entries();
  struct rlimit old, limit;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  limit = old;
  limit.rlim_cur = 4096;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN); /* write then fails with EFBIG, in the middle */
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  onus_error error = {0};
  onus_status status = onus_file_write(path, bytes, length, &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(status, ONUS_IO);
  assert_string_equal(error.path, path);
  assert_holds(path, "old", 3);
  assert_int_equal(count_entries(), before);
  free(bytes);
}

static void test_a_folder_without_permission(void **state) {
  (void)state;
  if (geteuid() == 0)
    skip(); /* nothing is forbidden to root */
  const char *path = in_folder("locked");
  assert_int_equal(onus_file_write(path, "old", 3, NULL), ONUS_OK);
  assert_int_equal(chmod(folder, 0500), 0);
  onus_status status = onus_file_write(path, "new", 3, NULL);
  assert_int_equal(chmod(folder, 0700), 0);
  assert_int_equal(status, ONUS_IO);
  assert_holds(path, "old", 3);
}

static void test_permissions_are_the_users(void **state) {
  (void)state;
  mode_t mask = umask(027);
  struct stat info;
  const char *path = in_folder("mode");
  assert_int_equal(onus_file_write(path, "x", 1, NULL), ONUS_OK);
  umask(mask);
  assert_int_equal(stat(path, &info), 0);
  assert_int_equal(info.st_mode & 0777, 0640);
}

/* --- several files ------------------------------------------------------------------------------------------------ */

static char paths[3][128];

static void three_parts(onus_file_part *parts, const char *third) {
  static char texts[3][8] = {"new", "newer", ""};
  const char *const names[3] = {"first", "second", third};
  for (size_t i = 0; i < 3; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/%s", folder, names[i]);
    parts[i] = (onus_file_part){paths[i], {texts[i], strlen(texts[i])}};
  }
}

static void test_several_files(void **state) {
  (void)state;
  onus_file_part parts[3];
  three_parts(parts, "third");
  assert_int_equal(onus_file_write(paths[1], "old", 3, NULL), ONUS_OK);
  size_t before = count_entries();
  assert_int_equal(onus_files_write(parts, 3, NULL), ONUS_OK);
  assert_holds(paths[0], "new", 3);
  assert_holds(paths[1], "newer", 5);
  assert_holds(paths[2], "", 0);
  assert_int_equal(count_entries(), before + 2);
  assert_int_equal(onus_files_write(parts, 0, NULL), ONUS_OK);
}

/* Whichever cannot be written, none is, and nothing temporary stays. */
static void test_several_files_or_none(void **state) {
  (void)state;
  static const char *const CANNOT[] = {"no/such/folder", "a-folder", "", "a-pipe"};
  static const onus_status WHY[] = {ONUS_IO, ONUS_BAD_ARGUMENT, ONUS_BAD_ARGUMENT, ONUS_BAD_ARGUMENT};
  onus_file_part parts[3];
  assert_int_equal(mkdir(in_folder("a-folder"), 0700), 0);
  assert_int_equal(mkfifo(in_folder("a-pipe"), 0600), 0);
  for (size_t k = 0; k < 4; k++)
    for (size_t at = 0; at < 3; at++) {
      three_parts(parts, CANNOT[k]);
      assert_int_equal(onus_file_write(paths[0], "old", 3, NULL), ONUS_OK);
      assert_int_equal(onus_file_write(paths[1], "older", 5, NULL), ONUS_OK);
      size_t before = count_entries();
      onus_file_part last = parts[2];
      parts[2] = parts[at];
      parts[at] = last;
      onus_error error = {0};
      assert_int_equal(onus_files_write(parts, 3, &error), WHY[k]);
      assert_string_equal(error.path, paths[2]);
      assert_holds(paths[0], "old", 3);
      assert_holds(paths[1], "older", 5);
      assert_int_equal(count_entries(), before);
    }
}

/* A disk that is full for the last of them, here because files may not grow that far. */
static void test_several_files_and_a_full_disk(void **state) {
  (void)state;
  onus_file_part parts[3];
  three_parts(parts, "third");
  size_t length = 1 << 20;
  char *bytes = calloc(length, 1);
  assert_non_null(bytes);
  parts[2].text = (onus_text){bytes, length};
  assert_int_equal(onus_file_write(paths[0], "old", 3, NULL), ONUS_OK);
  assert_int_equal(onus_file_write(paths[2], "oldest", 6, NULL), ONUS_OK);
  size_t before = count_entries();
  struct rlimit old, limit;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  limit = old;
  limit.rlim_cur = 4096;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  onus_error error = {0};
  onus_status status = onus_files_write(parts, 3, &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(status, ONUS_IO);
  assert_holds(paths[0], "old", 3);
  assert_holds(paths[2], "oldest", 6);
  assert_int_equal(count_entries(), before);
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_reading_has_a_cap),
      cmocka_unit_test(test_an_endless_file_has_a_cap_too),
      cmocka_unit_test(test_what_cannot_be_read),
      cmocka_unit_test(test_what_cannot_be_written),
      cmocka_unit_test(test_a_private_file_takes_no_pipes_place),
      cmocka_unit_test(test_a_failed_write_leaves_the_old_file),
      cmocka_unit_test(test_a_folder_without_permission),
      cmocka_unit_test(test_permissions_are_the_users),
      cmocka_unit_test(test_several_files),
      cmocka_unit_test(test_several_files_or_none),
      cmocka_unit_test(test_several_files_and_a_full_disk),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
