#include "code/functions.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include <cmocka.h>

/* This very program is the file: its functions are known by their addresses. */
__attribute__((noinline)) static int called_once(int value) {
  return value * 3 + 1;
}

__attribute__((noinline)) static int with_a_switch(int value) {
  switch (value) {
  case 0:
    return called_once(7);
  case 1:
    return 11 * value;
  case 2:
    return value - 40;
  case 3:
    return value ^ 91;
  case 4:
    return 5 - called_once(value);
  case 5:
    return value << 3;
  case 6:
    return 100 / value;
  default:
    return -1;
  }
}

static onus_text read_self(void) {
  onus_text text = {0};
  onus_error error = {0};
  assert_int_equal(onus_file_read("/proc/self/exe", (size_t)1 << 30, &text, &error), ONUS_OK);
  return text;
}

static void finds_its_own_functions(void **state) {
  (void)state;
  onus_text text = read_self();
  onus_error error = {0};
  onus_program *program = NULL;
  onus_functions *functions = NULL;
  assert_int_equal(onus_program_parse("self", text.bytes, text.length, &program, &error), ONUS_OK);
  assert_int_equal(onus_functions_find(program, &functions, &error), ONUS_OK);
  assert_false(functions->is_cut);
  uint64_t shift = getauxval(AT_ENTRY) - program->entry;
  const uintptr_t known[] = {(uintptr_t)called_once, (uintptr_t)with_a_switch, (uintptr_t)finds_its_own_functions};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const onus_function *f = onus_functions_at(functions, known[i] - shift);
    assert_non_null(f);
    assert_true(f->n_blocks > 0 && f->n_instructions > 1);
    assert_int_equal(functions->blocks[f->entry_block].address, f->address);
  }
  onus_functions_free(functions);
  onus_program_free(program);
  onus_text_free(&text);
  assert_int_equal(with_a_switch(getenv("HOME") != NULL ? 0 : 4), with_a_switch(getenv("HOME") != NULL ? 0 : 4));
}

/* Blocks of a function lie in order and do not overlap, edges stay inside of it, and instructions fill each block. */
static void what_it_says_holds_together(void **state) {
  (void)state;
  onus_text text = read_self();
  onus_error error = {0};
  onus_program *program = NULL;
  onus_functions *r = NULL;
  assert_int_equal(onus_program_parse("self", text.bytes, text.length, &program, &error), ONUS_OK);
  assert_int_equal(onus_functions_find(program, &r, &error), ONUS_OK);
  onus_instructions instructions = onus_instructions_new(program);
  for (size_t i = 0; i < r->n_functions; i++) {
    const onus_function *f = &r->functions[i];
    assert_true(i == 0 || r->functions[i - 1].address < f->address);
    for (uint32_t k = f->first_block; k < f->first_block + f->n_blocks; k++) {
      const onus_block *b = &r->blocks[k];
      assert_true(k == f->first_block || b->address >= b[-1].address + b[-1].length_bytes);
      for (uint32_t e = b->first_edge; e < b->first_edge + b->n_edges; e++)
        assert_true(r->edges[e] >= f->first_block && r->edges[e] < f->first_block + f->n_blocks);
      uint32_t n_instructions = 0;
      onus_instruction instruction;
      onus_instructions_begin(&instructions, b);
      while (onus_instructions_next(&instructions, &instruction))
        n_instructions++;
      assert_int_equal(n_instructions, b->n_instructions);
      assert_true(instructions.address == b->address + b->length_bytes);
    }
  }
  onus_functions_free(r);
  onus_program_free(program);
  onus_text_free(&text);
}

static void refuses_what_is_no_program(void **state) {
  (void)state;
  onus_error error = {0};
  onus_program *program = NULL;
  assert_int_equal(onus_program_parse("x", "hello", 5, &program, &error), ONUS_BAD_INPUT);
  assert_int_equal(onus_program_parse("x",
                                      "\x7f"
                                      "ELF",
                                      4, &program, &error),
                   ONUS_BAD_INPUT);
  assert_int_equal(onus_program_parse("x", "MZ", 2, &program, &error), ONUS_BAD_INPUT);
  assert_int_equal(onus_program_parse("x", "", 0, &program, &error), ONUS_BAD_INPUT);
  assert_null(program);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_its_own_functions),
      cmocka_unit_test(what_it_says_holds_together),
      cmocka_unit_test(refuses_what_is_no_program),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
