#include "code/prints.h"

#include "base/file.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char self_path[] = "/proc/self/exe";
static const onus_sandbox_limits limits = {60, (size_t)1 << 30, (size_t)256 << 20};

static onus_text reply_about(const char *path) {
  onus_text file, reply;
  onus_error error = {0};
  assert_int_equal(onus_file_read(path, (size_t)1 << 30, &file, &error), ONUS_OK);
  const onus_bytes bytes = {(const uint8_t *)file.bytes, file.length, false};
  onus_buffer out = onus_buffer_new((size_t)1 << 30);
  assert_int_equal(onus_prints_write(path, &bytes, &out, &error), ONUS_OK);
  assert_int_equal(onus_buffer_take(&out, &reply, &error), ONUS_OK);
  onus_text_free(&file);
  return reply;
}

static void same_list(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b) {
  assert_int_equal(n_a, n_b);
  if (n_a > 0)
    assert_memory_equal(a, b, n_a * sizeof *a);
}

static void same_function(const onus_function_fingerprint *a, const onus_function_fingerprint *b) {
  assert_true(a->address == b->address && a->exact == b->exact && a->is_thunk == b->is_thunk);
  assert_int_equal(a->n_tokens, b->n_tokens);
  for (uint32_t i = 0; i < a->n_tokens; i++)
    assert_true(a->tokens[i].hash == b->tokens[i].hash && a->tokens[i].kind == b->tokens[i].kind &&
                a->tokens[i].times == b->tokens[i].times);
  assert_memory_equal(a->first_of_kind, b->first_of_kind, sizeof a->first_of_kind);
  assert_memory_equal(a->counts, b->counts, sizeof a->counts);
  same_list(a->callees, a->n_callees, b->callees, b->n_callees);
  same_list(a->callers, a->n_callers, b->callers, b->n_callers);
  same_list(a->beside, a->n_beside, b->beside, b->n_beside);
}

/* What comes over from the other process is what this one would have made. */
static void prints_are_handed_over_whole(void **state) {
  (void)state;
  onus_text file;
  onus_error error = {0};
  onus_prints *prints = NULL;
  onus_program *program = NULL;
  onus_functions *functions = NULL;
  onus_fingerprints *made = NULL;
  assert_int_equal(onus_file_read(self_path, (size_t)1 << 30, &file, &error), ONUS_OK);
  assert_int_equal(onus_prints_make(self_path, file.bytes, file.length, &limits, &prints, &error), ONUS_OK);
  assert_int_equal(onus_program_parse(self_path, file.bytes, file.length, &program, &error), ONUS_OK);
  assert_int_equal(onus_functions_find(program, &functions, &error), ONUS_OK);
  assert_int_equal(onus_fingerprints_make(functions, &made, &error), ONUS_OK);
  assert_true(made->count > 20);
  assert_int_equal(made->count, prints->fingerprints.count);
  assert_int_equal(prints->functions.n_functions, made->count);
  for (size_t i = 0; i < made->count; i++) {
    same_function(&made->items[i], &prints->fingerprints.items[i]);
    assert_true(functions->functions[i].address == prints->functions.functions[i].address &&
                functions->functions[i].extent_bytes == prints->functions.functions[i].extent_bytes &&
                functions->functions[i].n_instructions == prints->functions.functions[i].n_instructions);
    const char *name = onus_program_export_at(program, made->items[i].address);
    assert_true((name == NULL) == (prints->names[i] == NULL));
    if (name)
      assert_string_equal(name, prints->names[i]);
  }
  assert_int_equal(prints->program.format, ONUS_PROGRAM_ELF);
  char digest[ONUS_DIGEST_BYTES];
  onus_digest_bytes(file.bytes, file.length, digest);
  assert_string_equal(digest, prints->digest);
  onus_prints_free(prints);
  onus_fingerprints_free(made);
  onus_functions_free(functions);
  onus_program_free(program);
  onus_text_free(&file);
}

/* Whoever took the other process over can say anything: it is refused, or it is in order. */
static void check_order(const onus_prints *prints) {
  size_t n = prints->fingerprints.count;
  for (size_t i = 0; i < n; i++) {
    const onus_function_fingerprint *f = &prints->fingerprints.items[i];
    assert_true(i == 0 || f->address > f[-1].address);
    for (uint32_t k = 0; k < f->n_tokens; k++)
      assert_true(f->tokens[k].kind < ONUS_TOKEN_KINDS && f->tokens[k].times > 0 &&
                  (k == 0 || f->tokens[k - 1].kind < f->tokens[k].kind ||
                   (f->tokens[k - 1].kind == f->tokens[k].kind && f->tokens[k - 1].hash < f->tokens[k].hash)));
    for (uint32_t k = 0; k < f->n_callees; k++)
      assert_true(f->callees[k] < n);
    for (uint32_t k = 0; k < f->n_callers; k++)
      assert_true(f->callers[k] < n);
    for (uint32_t k = 0; k < f->n_beside; k++)
      assert_true(f->beside[k] < n);
  }
}

static void a_damaged_reply_is_refused_or_in_order(void **state) {
  (void)state;
  onus_text reply = reply_about("/bin/sh");
  char *bytes = malloc(reply.length);
  assert_non_null(bytes);
  size_t n_refused = 0, n_rounds = 400;
  for (uint64_t round = 0; round < n_rounds; round++) {
    memcpy(bytes, reply.bytes, reply.length);
    /* Half of them near the beginning, where what counts for all is. */
    size_t reach = round % 2 == 0 ? 1024 : reply.length, length = reply.length;
    size_t at = onus_random_bits(1, round, 0) % reach;
    if (round % 5 == 0)
      length = onus_random_bits(1, round, 1) % length;
    else
      bytes[at] = (char)onus_random_bits(1, round, 2);
    onus_prints *prints = NULL;
    onus_error error = {0};
    onus_status status = onus_prints_parse("made", bytes, length, &prints, &error);
    if (status == ONUS_OK) {
      check_order(prints);
      onus_prints_free(prints);
    } else {
      assert_int_equal(status, ONUS_BAD_INPUT);
      assert_null(prints);
      assert_non_null(strstr(error.text, "what cannot be"));
      n_refused++;
    }
  }
  assert_in_range(n_refused, n_rounds / 5, n_rounds - 1);
  free(bytes);
  onus_text_free(&reply);
}

/* A count that would need more memory than there is, from a few bytes. */
static void a_count_beyond_the_bytes_takes_no_memory(void **state) {
  (void)state;
  uint64_t numbers[64] = {ONUS_PROGRAM_ELF, ONUS_ARCHITECTURE_X86_64, 1, 0, 0, 0, 0, UINT64_MAX / 8};
  onus_prints *prints = NULL;
  onus_error error = {0};
  assert_int_equal(onus_prints_parse("made", numbers, sizeof numbers, &prints, &error), ONUS_BAD_INPUT);
  numbers[7] = 0;
  assert_int_equal(onus_prints_parse("made", numbers, 8 * sizeof *numbers, &prints, &error), ONUS_OK);
  assert_int_equal(prints->fingerprints.count, 0);
  onus_prints_free(prints);
}

static void what_is_no_program_is_refused_by_name(void **state) {
  (void)state;
  onus_prints *prints = NULL;
  onus_error error = {0};
  assert_int_equal(onus_prints_make("a text", "hello", 5, &limits, &prints, &error), ONUS_BAD_INPUT);
  assert_string_equal(error.path, "a text");
  assert_int_equal(onus_prints_read("/nowhere", &limits, &prints, &error), ONUS_IO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(prints_are_handed_over_whole),
      cmocka_unit_test(a_damaged_reply_is_refused_or_in_order),
      cmocka_unit_test(a_count_beyond_the_bytes_takes_no_memory),
      cmocka_unit_test(what_is_no_program_is_refused_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
