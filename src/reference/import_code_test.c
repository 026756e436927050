#include "reference/import_code.h"

#include "base/file.h"
#include "store/test_place_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of samples: two programs, a text, and files that harm their reader. Beside it the reference, or its place in
 * a cluster. */
static char place[512], folder[600], into[600];

static void name_reference(const char *name) {
  if (test_nodes())
    test_place_make(into);
  else
    snprintf(into, sizeof into, "%s/%s", place, name);
}

static void add(const char *inside, const char *from) {
  char path[1200];
  onus_text text;
  onus_error error = {0};
  snprintf(path, sizeof path, "%s/%s", folder, inside);
  assert_int_equal(onus_file_read(from, (size_t)1 << 30, &text, &error), ONUS_OK);
  assert_int_equal(onus_file_write(path, text.bytes, text.length, &error), ONUS_OK);
  onus_text_free(&text);
}

static int make(void **state) {
  (void)state;
  char path[1200];
  test_folder_make(place);
  snprintf(folder, sizeof folder, "%s/samples", place);
  name_reference("ref");
  const char *const folders[] = {"", "/loud", "/quiet"};
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s%s", folder, folders[i]);
    if (mkdir(path, 0700) != 0)
      return -1;
  }
  add("loud/lister", "/bin/ls");
  add("loud/crashes", "/bin/cat");
  add("loud/stalls", "/bin/true");
  add("loud/lies", "/bin/false");
  add("quiet/shell", "/bin/sh");
  snprintf(path, sizeof path, "%s/quiet/text", folder);
  return onus_file_write(path, "no program\n", 11, NULL) == ONUS_OK ? 0 : -1;
}

static int clear(void **state) {
  (void)state;
  char command[600];
  snprintf(command, sizeof command, "rm -r '%s'", place);
  return system(command);
}

/* A reader that files can harm. The one that stalls it does so once; then it says that the whole is to be stopped. */
static bool has_waited;
static onus_status read_or_suffer(void *sample, onus_buffer *out, onus_error *error) {
  const onus_code_sample *s = sample;
  if (strstr(s->path, "crashes"))
    __builtin_trap();
  while (strstr(s->path, "stalls") && !has_waited)
    ;
  if (strstr(s->path, "stalls"))
    return ONUS_FAIL(error, ONUS_CANCELLED, "not again");
  if (strstr(s->path, "lies")) {
    onus_buffer_string(out, "whatever comes to mind, and nothing that a reader would say");
    return ONUS_OK;
  }
  return onus_code_sample_read(sample, out, error);
}

static size_t n_asked, n_until; /* 0: never stopped */
static bool stop_later(void *context, double share_done) {
  static double last = -1;
  (void)context;
  if (share_done == last) /* a seal on the way */
    return true;
  last = share_done;
  assert_true(share_done >= 0 && share_done <= 1);
  return ++n_asked < n_until;
}

static onus_status import(const char *report, const char *day, uint64_t seal_functions, onus_code_imported *imported,
                          onus_error *error) {
  static const onus_sandbox_limits limits = {2, (size_t)1 << 30, (size_t)64 << 20};
  const onus_import_options options = {
      .actor = "Heron", .report = report, .day = day, .progress = n_until > 0 ? stop_later : NULL};
  onus_sample_files samples = {0};
  onus_reference_writer *writer = NULL;
  *imported = (onus_code_imported){.arena = onus_arena_new((size_t)1 << 30), .folder = folder};
  assert_int_equal(onus_sample_files_list(folder, &samples, error), ONUS_OK);
  assert_int_equal(onus_reference_writer_open(into, 0, &writer, error), ONUS_OK);
  onus_status status =
      onus_import_samples(writer, &samples, &options, &limits, read_or_suffer, seal_functions, imported, error);
  /* What is told outlives the samples in the call of onus.h only: keep them while it is looked at. */
  onus_reference_writer_close(writer);
  imported->families = NULL;
  for (size_t i = 0; i < imported->n_skipped; i++)
    imported->skipped[i].path =
        onus_arena_copy(imported->arena, imported->skipped[i].path, strlen(imported->skipped[i].path));
  onus_sample_files_free(&samples);
  return status;
}

static const char *why_skipped(const onus_code_imported *imported, const char *name) {
  for (size_t i = 0; i < imported->n_skipped; i++)
    if (strstr(imported->skipped[i].path, name))
      return imported->skipped[i].why;
  return "";
}

static void what_harms_its_reader_is_skipped_and_the_rest_taken(void **state) {
  (void)state;
  onus_code_imported imported;
  onus_error error = {0};
  assert_int_equal(import("https://example.org/one", "2024-05-02", ONUS_SEAL_FUNCTIONS, &imported, &error), ONUS_OK);
  assert_int_equal(imported.n_files, 6);
  assert_int_equal(imported.n_programs, 2);
  assert_int_equal(imported.n_new, 2);
  assert_int_equal(imported.n_families, 2);
  assert_int_equal(imported.n_skipped, 4);
  assert_non_null(strstr(why_skipped(&imported, "crashes"), "ended its reader"));
  assert_non_null(strstr(why_skipped(&imported, "stalls"), "took longer than 2 s"));
  has_waited = true;
  assert_true(strlen(why_skipped(&imported, "lies")) > 0);
  assert_true(strlen(why_skipped(&imported, "text")) > 0);
  uint64_t n_functions = imported.n_functions;
  assert_true(n_functions > 100);
  onus_arena_free(imported.arena);

  onus_reference *reference = NULL;
  assert_int_equal(onus_reference_open(into, &reference, &error), ONUS_OK);
  const onus_code_catalogue *code = onus_reference_code(reference);
  assert_int_equal(code->n_programs, 2);
  assert_int_equal(code->n_families, 2);
  assert_int_equal(code->n_functions, n_functions);
  assert_string_equal(code->families[code->samples[0].family], "loud");
  assert_string_equal(code->programs[code->samples[1].program].name, "shell");
  onus_reference_close(reference);
}

static void importing_again_changes_nothing_and_another_report_adds_what_it_says(void **state) {
  (void)state;
  char before[ONUS_STORE_DIGEST_BYTES], after[ONUS_STORE_DIGEST_BYTES];
  onus_code_imported imported;
  onus_error error = {0};
  onus_reference *reference = NULL;
  assert_int_equal(onus_reference_open(into, &reference, &error), ONUS_OK);
  assert_int_equal(onus_reference_digest(reference, before, &error), ONUS_OK);
  onus_reference_close(reference);
  assert_int_equal(import("https://example.org/one", "2024-05-02", ONUS_SEAL_FUNCTIONS, &imported, &error), ONUS_OK);
  assert_int_equal(imported.n_programs, 2);
  assert_int_equal(imported.n_new, 0);
  assert_int_equal(imported.n_functions, 0);
  onus_arena_free(imported.arena);
  assert_int_equal(onus_reference_open(into, &reference, &error), ONUS_OK);
  assert_int_equal(onus_reference_digest(reference, after, &error), ONUS_OK);
  assert_string_equal(before, after);
  onus_reference_close(reference);

  assert_int_equal(import("https://example.org/two", NULL, ONUS_SEAL_FUNCTIONS, &imported, &error), ONUS_OK);
  assert_int_equal(imported.n_new, 2);
  assert_int_equal(imported.n_functions, 0);
  onus_arena_free(imported.arena);
  assert_int_equal(onus_reference_open(into, &reference, &error), ONUS_OK);
  assert_int_equal(onus_reference_code(reference)->n_programs, 2);
  assert_int_equal(onus_reference_code(reference)->n_samples, 4);
  onus_reference_close(reference);
}

/* In a reference of its own, stopped before the second program. */
static void stop(uint64_t seal_functions, const char *expected, size_t n_samples) {
  onus_code_imported imported;
  onus_error error = {0};
  onus_reference *reference = NULL;
  char whole[600], name[40];
  snprintf(whole, sizeof whole, "%s", into);
  snprintf(name, sizeof name, "stopped-%u", (unsigned)seal_functions);
  name_reference(name);
  n_asked = 0;
  n_until = 5;
  assert_int_equal(import("https://example.org/one", NULL, seal_functions, &imported, &error), ONUS_CANCELLED);
  assert_non_null(strstr(error.text, expected));
  onus_arena_free(imported.arena);
  assert_int_equal(onus_reference_open(into, &reference, &error), ONUS_OK);
  assert_int_equal(onus_reference_code(reference)->n_samples, n_samples);
  onus_reference_close(reference);
  n_until = 0;
  assert_int_equal(import("https://example.org/one", NULL, seal_functions, &imported, &error), ONUS_OK);
  assert_int_equal(imported.n_new, 2 - n_samples);
  onus_arena_free(imported.arena);
  snprintf(into, sizeof into, "%s", whole);
}

static void what_is_stopped_goes_on_from_the_last_seal(void **state) {
  (void)state;
  stop(ONUS_SEAL_FUNCTIONS, "of the 6 files 0 are in the reference", 0);
  stop(1, "of the 6 files 1 are in the reference", 1);
}

static void whose_they_are_must_be_said(void **state) {
  (void)state;
  const onus_import_options options = {.actor = "Heron"};
  onus_code_imported *imported = NULL;
  onus_error error = {0};
  assert_int_equal(onus_reference_import_code(into, folder, &options, &imported, &error), ONUS_BAD_ARGUMENT);
  assert_non_null(strstr(error.text, "--actor and --report"));
  assert_null(imported);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_harms_its_reader_is_skipped_and_the_rest_taken),
      cmocka_unit_test(importing_again_changes_nothing_and_another_report_adds_what_it_says),
      cmocka_unit_test(what_is_stopped_goes_on_from_the_last_seal),
      cmocka_unit_test(whose_they_are_must_be_said),
  };
  return cmocka_run_group_tests(tests, make, clear);
}
