/* A case with an item of code, from a program and a reference to a verdict. */
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "case/case.h"
#include "code/signature.h"
#include "code/test_program_internal.h"
#include "reference/code.h"
#include "reference/test_reference_internal.h"

static char folder[64];
static test_reference reference;

static const char CASE[] =
    "onus: 1\ntitle: T\nquestion: Q\nhypotheses:\n  - {id: a, actors: [Heron]}\n  - {id: b, actors: [Reed]}\n"
    "  - {id: other, open: true}\nsources:\n  - {id: s, reliability: A}\nevidence:\n"
    "  - {id: e, source: s, known: 2021-06-01, compute: code, from: %s%s}\n";

static const char *in_folder(const char *name) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void put(const char *name, const void *bytes, size_t length) {
  TEST_OK(onus_file_write(in_folder(name), bytes, length, error));
}

static void put_case(const char *from, const char *more) {
  char text[1024];
  snprintf(text, sizeof text, CASE, from, more);
  put("case.yaml", text, strlen(text));
}

/* The file as a program of its own, of the family and actor; a copy of it in the folder. */
static void put_sample(const char *path, uint8_t digit, const char *family, const char *actor, const char *url) {
  uint8_t sha256[ONUS_CODE_SHA256_BYTES];
  onus_text file = {0};
  onus_program *program = NULL;
  onus_functions *functions = NULL;
  onus_fingerprints *prints = NULL;
  onus_signatures *signatures = NULL;
  bool is_new = false;
  memset(sha256, digit, sizeof sha256);
  TEST_OK(onus_file_read(path, (size_t)1 << 30, &file, error));
  TEST_OK(onus_program_parse(path, file.bytes, file.length, &program, error));
  TEST_OK(onus_functions_find(program, &functions, error));
  TEST_OK(onus_fingerprints_make(functions, &prints, error));
  TEST_OK(onus_signatures_make(prints, &signatures, error));
  uint32_t entry = test_actor(&reference, "lab", actor, actor, NULL);
  const onus_import_program said = {sha256, family, family, test_listed(&reference, entry, url, NULL), signatures};
  TEST_OK(onus_import_code(reference.writer, &said, &is_new, error));
  put(family, file.bytes, file.length);
  onus_signatures_free(signatures);
  onus_fingerprints_free(prints);
  onus_functions_free(functions);
  onus_program_free(program);
  onus_text_free(&file);
}

static int make_all(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/onus-compute-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  test_write(&reference);
  put_sample("/proc/self/exe", 1, "tester", "Heron", "https://example.com/2020/05/01/tester");
  put_sample("/bin/sh", 2, "shell", "Reed", "https://example.com/2021/05/01/shell");
  test_seal(&reference);
  put("text", "no program at all\n", 18);
  return 0;
}

static int remove_all(void **state) {
  (void)state;
  static const char *const NAMES[] = {"computed/e.json", "computed", "case.yaml", "tester",
                                      "shell",           "text",     "packed",    ""};
  test_end(&reference);
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    (void)remove(in_folder(NAMES[i]));
  return 0;
}

static onus_status compute(onus_text *lines, onus_error *error) {
  onus_problems *problems = NULL;
  onus_status status = onus_case_compute(folder, reference.place, lines, &problems, error);
  onus_problems_free(problems);
  return status;
}

static onus_case *compute_and_open(const char *from, const char *more) {
  onus_text lines = {0};
  onus_case *c = NULL;
  put_case(from, more);
  TEST_OK(compute(&lines, error));
  assert_non_null(strstr(lines.bytes, "computed/e.json: "));
  onus_text_free(&lines);
  TEST_OK(onus_case_read(folder, &c, NULL, error));
  return c;
}

static void a_program_becomes_a_row(void **state) {
  (void)state;
  onus_case *c = compute_and_open("tester", "");
  const onus_row *row = &c->items[0].row;
  assert_string_equal(row->computed->engine_version, "code-1");
  assert_true(row->is_stated[0] && row->is_stated[1] && !row->is_stated[2]);
  double ours = onus_number_point(row->value[0], ONUS_SCALE_LOG),
         other = onus_number_point(row->value[1], ONUS_SCALE_LOG);
  assert_true(ours > 5 && row->value[0].low > 1 && row->value[0].high > ours);
  assert_true(other < 1 && other > 0.49);
  assert_true(row->computed->n_used > row->computed->n_not_known);
  assert_true(row->computed->n_links > 5);
  const onus_computed_link *link = &row->computed->links[0];
  assert_string_equal(link->actor, "Heron");
  assert_string_equal(link->kind, "function");
  assert_non_null(strstr(link->value, " of tester (tester)"));
  assert_string_equal(link->report, "example.com/2020/05/01/tester");
  assert_true(link->has_age && link->age_days == 396);
  const onus_undercutter *tools = &c->undercutters[c->items[0].undercut[0]];
  assert_string_equal(tools->id, "tools:e");
  assert_true(tools->probability.low > 0 && tools->probability.high < 0.65);
  assert_non_null(strstr(row->computed->own_origin, "0 of 2 families"));
  onus_case_free(c);
}

static void what_is_left_out_says_nothing(void **state) {
  (void)state;
  onus_case *c = compute_and_open("tester", ", leave_out: [example.com/2020/05/01/tester]");
  const onus_row *row = &c->items[0].row;
  assert_true(row->value[0].low >= 1 && row->value[0].high <= 1); /* nothing of Heron's is left */
  assert_true(onus_number_point(row->value[1], ONUS_SCALE_LOG) < 1);
  onus_case_free(c);
}

static void what_is_no_program_is_refused(void **state) {
  (void)state;
  onus_text lines = {0};
  onus_error error = {0};
  put_case("text", "");
  assert_int_equal(compute(&lines, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.path, "/text"));
}

/* What is packed is like nothing that is known, and that says nothing against anybody. */
static void a_packed_program_is_refused(void **state) {
  (void)state;
  enum { CODE_BYTES = 0x4000, LENGTH = ONUS_TEST_ELF_CODE + CODE_BYTES };
  uint8_t *file = calloc(1, LENGTH);
  assert_non_null(file);
  onus_test_elf(file, true);
  onus_test_u32(file + 64 + 32, LENGTH);
  onus_test_u32(file + 64 + 40, LENGTH);
  uint32_t x = 1;
  for (size_t i = ONUS_TEST_ELF_CODE; i < LENGTH; i++)
    file[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
  put("packed", file, LENGTH);
  free(file);
  onus_text lines = {0};
  onus_error error = {0};
  put_case("packed", "");
  assert_int_equal(compute(&lines, &error), ONUS_BAD_INPUT);
  assert_non_null(strstr(error.text, "unpack it first"));
}

/* However a program is damaged, there is a row or an error that names the file. */
static void damaged_programs_are_computed_or_refused(void **state) {
  (void)state;
  onus_text file = {0};
  size_t n_rows = 0, n_refused = 0;
  TEST_OK(onus_file_read("/bin/true", (size_t)1 << 30, &file, error));
  put_case("packed", "");
  for (uint64_t k = 0; k < 24; k++) {
    char *copy = malloc(file.length);
    assert_non_null(copy);
    memcpy(copy, file.bytes, file.length);
    for (uint64_t i = 0; i < 16; i++) /* most of them where tables are */
      copy[onus_random_bits(7, k, 2 * i) % (i < 8 ? 1024 : file.length)] ^= (char)onus_random_bits(7, k, 2 * i + 1);
    put("packed", copy, k % 3 == 0 ? onus_random_bits(7, k, 99) % file.length : file.length);
    free(copy);
    onus_text lines = {0};
    onus_error error = {0};
    onus_status status = compute(&lines, &error);
    n_rows += status == ONUS_OK;
    n_refused += status != ONUS_OK;
    if (status != ONUS_OK)
      assert_true(error.text[0] != '\0' && strstr(error.path, "/packed"));
    onus_text_free(&lines);
  }
  assert_true(n_rows > 0 && n_refused > 0);
  onus_text_free(&file);
}

/* A caller that has no time without end says how many functions are too many. */
static void a_program_of_too_many_functions_is_refused(void **state) {
  (void)state;
  char shell[128];
  snprintf(shell, sizeof shell, "%s", in_folder("shell"));
  const char *const paths[] = {in_folder("tester"), shell};
  onus_lineage_options options = {.most_functions = 1};
  onus_lineages *lineages = NULL;
  onus_text text = {0};
  TEST_OK(onus_reference_lineages(reference.place, paths, 2, &options, &lineages, error));
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(onus_lineages_refusal(lineages, i)->status, ONUS_LIMIT);
    assert_non_null(strstr(onus_lineages_refusal(lineages, i)->text, " functions; at most 1 can"));
  }
  TEST_OK(onus_lineages_render(lineages, ONUS_FORMAT_JSON, NULL, &text, error));
  onus_text_free(&text);
  onus_lineages_free(lineages);
  options.most_functions = 1000000;
  TEST_OK(onus_reference_lineages(reference.place, paths, 2, &options, &lineages, error));
  assert_null(onus_lineages_refusal(lineages, 0));
  onus_lineages_free(lineages);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_program_becomes_a_row),
      cmocka_unit_test(what_is_left_out_says_nothing),
      cmocka_unit_test(what_is_no_program_is_refused),
      cmocka_unit_test(a_packed_program_is_refused),
      cmocka_unit_test(damaged_programs_are_computed_or_refused),
      cmocka_unit_test(a_program_of_too_many_functions_is_refused),
  };
  return cmocka_run_group_tests(tests, make_all, remove_all);
}
