#include "reference/samples.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char place[] = "/tmp/onus-samples-XXXXXX";

static const char *at(const char *inside) {
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", place, inside);
  return path;
}

static int make(void **state) {
  (void)state;
  if (!mkdtemp(place))
    return -1;
  const char *const folders[] = {"set", "set/b", "set/b/deep", "set/empty", "none"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (mkdir(at(folders[i]), 0700) != 0)
      return -1;
  const char *const files[] = {"set/b/deep/two", "set/b/one", "set/c.exe", "set/a", "plain"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (onus_file_write(at(files[i]), "four", 4, NULL) != ONUS_OK)
      return -1;
  return symlink("b", at("set/link")) == 0 && mkfifo(at("set/b/pipe"), 0600) == 0 ? 0 : -1;
}

static int clear(void **state) {
  (void)state;
  char command[64];
  snprintf(command, sizeof command, "rm -r %s", place);
  return system(command);
}

static void a_folder_is_a_family_and_a_file_its_own(void **state) {
  (void)state;
  static const struct {
    const char *path, *family;
    bool is_read;
  } expected[] = {
      {"set/a", "a", true},       {"set/b/deep/two", "b", true}, {"set/b/one", "b", true},
      {"set/b/pipe", "b", false}, {"set/c.exe", "c.exe", true},  {"set/link", "link", false},
  };
  onus_sample_files samples = {0};
  onus_error error = {0};
  assert_int_equal(onus_sample_files_list(at("set"), &samples, &error), ONUS_OK);
  assert_int_equal(samples.count, sizeof expected / sizeof *expected);
  for (size_t i = 0; i < samples.count; i++) {
    assert_string_equal(samples.items[i].path, at(expected[i].path));
    assert_string_equal(samples.items[i].family, expected[i].family);
    assert_int_equal(samples.items[i].why_not == NULL, expected[i].is_read);
  }
  assert_non_null(strstr(samples.items[5].why_not, "link"));
  assert_int_equal(samples.length_bytes, 16);
  onus_sample_files_free(&samples);
}

/* The folder that is named may be a link; a slash behind it changes nothing. */
static void the_folder_itself_may_be_a_link(void **state) {
  (void)state;
  onus_sample_files samples = {0};
  onus_error error = {0};
  assert_int_equal(onus_sample_files_list(at("set/link/"), &samples, &error), ONUS_OK);
  assert_int_equal(samples.count, 3);
  assert_string_equal(samples.items[0].family, "deep");
  assert_string_equal(samples.items[1].family, "one");
  onus_sample_files_free(&samples);
}

static void what_is_no_folder_of_files_is_refused(void **state) {
  (void)state;
  onus_sample_files samples = {0};
  onus_error error = {0};
  assert_int_equal(onus_sample_files_list(at("plain"), &samples, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "a folder of samples was expected"));
  assert_int_equal(onus_sample_files_list(at("none"), &samples, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "has no file in it"));
  assert_int_equal(onus_sample_files_list(at("nowhere"), &samples, &error), ONUS_IO);
  assert_null(samples.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_folder_is_a_family_and_a_file_its_own),
      cmocka_unit_test(the_folder_itself_may_be_a_link),
      cmocka_unit_test(what_is_no_folder_of_files_is_refused),
  };
  return cmocka_run_group_tests(tests, make, clear);
}
