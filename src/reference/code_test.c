#include "reference/code.h"

#include "base/file.h"
#include "reference/programs_internal.h"
#include "reference/test_reference_internal.h"

/* This very program and two that have nothing to do with it; the last is small, whatever this one is built with. */
typedef struct loaded {
  onus_text text;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
  onus_signatures *signatures;
  uint8_t sha256[ONUS_CODE_SHA256_BYTES];
} loaded;

static struct { loaded self, shell, cat; } files;

static void load(const char *path, loaded *l, uint8_t first_byte) {
  TEST_OK(onus_file_read(path, (size_t)1 << 30, &l->text, error));
  TEST_OK(onus_program_parse(path, l->text.bytes, l->text.length, &l->program, error));
  TEST_OK(onus_functions_find(l->program, &l->functions, error));
  TEST_OK(onus_fingerprints_make(l->functions, &l->prints, error));
  TEST_OK(onus_signatures_make(l->prints, &l->signatures, error));
  l->sha256[0] = first_byte;
}

static void unload(loaded *l) {
  onus_signatures_free(l->signatures);
  onus_fingerprints_free(l->prints);
  onus_functions_free(l->functions);
  onus_program_free(l->program);
  onus_text_free(&l->text);
}

static int load_files(void **state) {
  (void)state;
  load("/proc/self/exe", &files.self, 1);
  load("/bin/sh", &files.shell, 2);
  load("/bin/cat", &files.cat, 3);
  return 0;
}

static int unload_files(void **state) {
  (void)state;
  unload(&files.self);
  unload(&files.shell);
  unload(&files.cat);
  return 0;
}

static bool say(test_reference *t, const loaded *l, const char *family, uint32_t basis) {
  onus_import_program said = {l->sha256, "file \x01name", family, basis, l->signatures};
  bool is_new = false;
  TEST_OK(onus_import_code(t->writer, &said, &is_new, error));
  return is_new;
}

/* Two programs of two actors, known since 2020 and 2021. The second is a shell. */
static void make_of(test_reference *t, const loaded *first) {
  test_write(t);
  uint32_t a = test_actor(t, "ours", "A", "Alpha", NULL), b = test_actor(t, "ours", "B", "Beta", NULL);
  assert_true(say(t, first, "tests", test_listed(t, a, "https://one.example/2020/05/01/x", NULL)));
  assert_true(say(t, &files.shell, "shells", test_listed(t, b, "https://two.example/2021/05/01/y", NULL)));
  test_seal(t);
  test_open(t);
}

static void make(test_reference *t) {
  make_of(t, &files.self);
}

static onus_code_result *ask(const test_reference *t, const loaded *l, const onus_hidden *hidden) {
  onus_code_query query = {.prints = l->prints, .hidden = hidden};
  onus_code_result *result = NULL;
  TEST_OK(onus_reference_query_code(t->reference, &query, &result, error));
  return result;
}

static size_t count_own(const loaded *l, size_t least_instructions) {
  size_t n = 0;
  for (size_t i = 0; i < l->prints->count; i++)
    n += !l->prints->items[i].is_thunk && l->prints->items[i].counts[ONUS_COUNT_INSTRUCTIONS] >= least_instructions;
  return n;
}

/* --- signatures --------------------------------------------------------------------------------------------------- */

static void test_signatures_say_what_prints_say(void **state) {
  (void)state;
  const loaded *l = &files.self;
  assert_int_equal(l->signatures->count, count_own(l, 0));
  size_t number = 0, n_keys = 0, n_callees = 0;
  for (size_t i = 0; i < l->prints->count; i++) {
    const onus_function_fingerprint *print = &l->prints->items[i];
    if (print->is_thunk)
      continue;
    onus_signature s;
    assert_true(onus_signature_read(l->signatures->rows + number * ONUS_SIGNATURE_BYTES, &s));
    assert_int_equal(s.exact, print->exact);
    assert_int_equal(l->signatures->base + s.offset_bytes, print->address);
    size_t at = 0;
    for (unsigned kind = 0; kind < ONUS_TOKEN_KINDS; kind++) {
      uint32_t n = print->first_of_kind[kind + 1] - print->first_of_kind[kind];
      assert_true(s.n_sampled[kind] <= n && s.sizes[kind] == onus_signature_squeeze(n));
      for (unsigned k = 0; k < s.n_sampled[kind]; k++, at++) {
        bool is_there = false;
        for (uint32_t x = print->first_of_kind[kind]; x < print->first_of_kind[kind + 1]; x++)
          is_there |= (uint16_t)print->tokens[x].hash == s.tokens[at];
        assert_true(is_there);
      }
    }
    for (unsigned kind = 0; kind < ONUS_COUNT_KINDS; kind++)
      assert_int_equal(s.counts[kind], onus_signature_squeeze(print->counts[kind]));
    for (size_t k = 0; k < ONUS_SIGNATURE_CALLEES; k++)
      n_callees += s.callees[k] != 0;
    n_keys += l->signatures->first_key[number + 1] - l->signatures->first_key[number];
    number++;
  }
  assert_true(n_keys > 3 * number && n_keys <= ONUS_SIGNATURE_KEYS_MAX * number && n_callees > number / 2);
}

/* --- the reference ------------------------------------------------------------------------------------------------ */

static void test_a_program_is_found(void **state) {
  (void)state;
  test_reference t = {0};
  make(&t);
  const onus_code_catalogue *c = onus_reference_code(t.reference);
  assert_int_equal(c->n_programs, 2);
  assert_int_equal(c->n_families, 2);
  assert_int_equal(c->n_functions, files.self.signatures->count + files.shell.signatures->count);
  assert_string_equal(c->programs[0].name, "file  name");
  assert_string_equal(c->families[c->samples[1].family], "shells");
  assert_int_equal(onus_reference_find_program(t.reference, files.shell.sha256), 1);
  onus_code_result *result = ask(&t, &files.self, NULL);
  assert_int_equal(result->n_functions, files.self.prints->count);
  assert_int_equal(result->n_families, 2);
  assert_true(result->n_found >= 1 && result->found[0].program == 0 && result->found[0].share > 0.95);
  size_t n_right = 0, n_big = count_own(&files.self, 10);
  for (size_t i = 0; i < result->n_functions; i++) {
    const onus_code_function *f = &result->functions[i];
    const onus_code_match *best = &result->matches[f->first_match];
    if (files.self.prints->items[i].counts[ONUS_COUNT_INSTRUCTIONS] < 10 || f->n_matches == 0)
      continue;
    n_right += best->program == 0 && best->address == files.self.prints->items[i].address;
    assert_int_equal(best->query, i);
    for (size_t k = 1; k < f->n_matches; k++)
      assert_true(best[k].log_odds <= best[k - 1].log_odds && best[k].program != best[k - 1].program);
  }
  assert_true((double)n_right > 0.95 * (double)n_big);
  bool wanted[2] = {true, true};
  size_t n = 0;
  double all = onus_code_share(result, wanted, &n);
  assert_true(all >= result->found[0].share - 1e-9 && all <= 1 + 1e-9 && n >= result->found[0].n_matched);
  wanted[0] = wanted[1] = false;
  assert_true(onus_code_share(result, wanted, &n) <= 0 && n == 0);
  onus_code_result_free(result);
  test_end(&t);
}

/* What is left out, or not yet known, is as if it had not been imported. */
static void test_what_is_hidden_is_not_found(void **state) {
  (void)state;
  test_reference t = {0};
  make(&t);
  const char *report = "https://one.example/2020/05/01/x";
  for (int i = 0; i < 2; i++) {
    onus_hidden hidden;
    TEST_OK(onus_reference_hide(t.reference, &report, i == 0, i == 0 ? ONUS_STORE_ALWAYS : 18000, &hidden, error));
    onus_code_result *result = ask(&t, &files.self, &hidden);
    for (size_t k = 0; k < result->n_matches; k++)
      assert_true(i == 0 && result->matches[k].program == 1);
    for (size_t k = 0; k < result->n_found; k++)
      assert_true(result->found[k].share < 0.2);
    assert_int_equal(result->n_families, i == 0);
    onus_code_result_free(result);
    onus_hidden_free(&hidden);
  }
  test_end(&t);
}

/* To the last bit: not even how rare a token is shows it, as long as no key has more functions than are followed. */
static void test_what_is_hidden_is_as_if_it_were_not_there(void **state) {
  (void)state;
  test_reference t = {0}, without = {0};
  make_of(&t, &files.cat);
  test_write(&without);
  uint32_t b = test_actor(&without, "ours", "B", "Beta", NULL);
  assert_true(
      say(&without, &files.shell, "shells", test_listed(&without, b, "https://two.example/2021/05/01/y", NULL)));
  test_seal(&without);
  test_open(&without);
  onus_hidden hidden;
  const char *report = "https://one.example/2020/05/01/x";
  TEST_OK(onus_reference_hide(t.reference, &report, 1, ONUS_STORE_ALWAYS, &hidden, error));
  onus_code_result *x = ask(&t, &files.shell, &hidden), *y = ask(&without, &files.shell, NULL);
  assert_true(x->n_functions == y->n_functions && x->n_matches == y->n_matches && x->n_matches > 0);
  assert_true(memcmp(&x->rare_mass, &y->rare_mass, sizeof x->rare_mass) == 0);
  for (size_t i = 0; i < x->n_functions; i++)
    assert_memory_equal(&x->functions[i].mass, &y->functions[i].mass, sizeof x->functions[i].mass);
  for (size_t i = 0; i < x->n_matches; i++) {
    assert_int_equal(x->matches[i].address, y->matches[i].address);
    assert_memory_equal(&x->matches[i].log_odds, &y->matches[i].log_odds, sizeof x->matches[i].log_odds);
  }
  onus_code_result_free(x);
  onus_code_result_free(y);
  onus_hidden_free(&hidden);
  test_end(&t);
  test_end(&without);
}

static void test_saying_it_again_changes_nothing(void **state) {
  (void)state;
  test_reference t = {0};
  char before[ONUS_STORE_DIGEST_BYTES], after[ONUS_STORE_DIGEST_BYTES];
  make(&t);
  test_digest(&t, before);
  test_write(&t);
  uint32_t a = test_actor(&t, "ours", "A", "Alpha", NULL);
  uint32_t basis = test_listed(&t, a, "https://one.example/2020/05/01/x", NULL);
  assert_true(onus_import_has_program(t.writer, files.self.sha256));
  assert_false(say(&t, &files.self, "tests", basis));
  test_seal(&t);
  test_digest(&t, after);
  assert_string_equal(before, after);
  /* Another report about the same program: a sample more, no function more. */
  test_write(&t);
  basis = test_listed(&t, a, "https://three.example/2019/01/01/z", NULL);
  onus_import_program said = {files.self.sha256, "self", "tests", basis, NULL};
  bool is_new = false;
  TEST_OK(onus_import_code(t.writer, &said, &is_new, error));
  assert_true(is_new);
  said.sha256 = (const uint8_t[ONUS_CODE_SHA256_BYTES]){9};
  assert_int_equal(onus_import_code(t.writer, &said, &is_new, NULL), ONUS_BAD_ARGUMENT);
  said = (onus_import_program){files.self.sha256, "self", " ", basis, NULL};
  assert_int_equal(onus_import_code(t.writer, &said, &is_new, NULL), ONUS_BAD_ARGUMENT);
  said = (onus_import_program){files.self.sha256, "self", "tests", 99, NULL};
  assert_int_equal(onus_import_code(t.writer, &said, &is_new, NULL), ONUS_BAD_ARGUMENT);
  test_seal(&t);
  test_open(&t);
  const onus_code_catalogue *c = onus_reference_code(t.reference);
  assert_true(c->n_programs == 2 && c->n_samples == 3 && c->n_families == 2);
  assert_int_equal(c->n_functions, files.self.signatures->count + files.shell.signatures->count);
  test_end(&t);
}

/* The document of programs, cut and changed byte by byte: read or refused, never worse. */
static void test_damaged_lists_are_refused(void **state) {
  (void)state;
  test_reference t = {0};
  make(&t);
  onus_text text;
  onus_error problem;
  TEST_OK(onus_store_document(onus_reference_store(t.reference), "programs", &text, error));
  for (size_t i = 0; i < text.length * 3; i++) {
    onus_catalogue_parts parts;
    TEST_OK(onus_catalogue_load(onus_reference_store(t.reference), "x", &parts, error));
    size_t at = i / 3, length = i % 3 == 0 ? at : text.length;
    char *copy = malloc(length + 1); /* of its very length, so that a step beyond shows */
    assert_non_null(copy);
    memcpy(copy, text.bytes, length);
    if (i % 3 != 0)
      copy[at] = (char)(i % 3 == 1 ? copy[at] ^ 0x41 : 0xff);
    onus_status status = onus_programs_parse("x", copy, length, &parts, &problem);
    assert_true(status == ONUS_OK || status == ONUS_BAD_INPUT || status == ONUS_UNSUPPORTED || status == ONUS_LIMIT);
    assert_true(i % 3 != 0 || status == ONUS_BAD_INPUT);
    onus_catalogue_free(&parts);
    free(copy);
  }
  onus_text_free(&text);
  test_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_signatures_say_what_prints_say),
      cmocka_unit_test(test_a_program_is_found),
      cmocka_unit_test(test_what_is_hidden_is_not_found),
      cmocka_unit_test(test_what_is_hidden_is_as_if_it_were_not_there),
      cmocka_unit_test(test_saying_it_again_changes_nothing),
      cmocka_unit_test(test_damaged_lists_are_refused),
  };
  return cmocka_run_group_tests(tests, load_files, unload_files);
}
