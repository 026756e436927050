#include "code/facts.h"
#include "code/functions.h"
#include "code/outline.h"
#include "code/test_program_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t file[ONUS_TEST_PE_BYTES + 0x1000];

static onus_program *parse(size_t length) {
  onus_program *program = NULL;
  onus_error error = {0};
  onus_status status = onus_program_parse("made.bin", file, length, &program, &error);
  if (status != ONUS_OK)
    fail_msg("%s", error.text);
  return program;
}

static void reads_what_a_pe_file_says(bool is_64) {
  onus_test_pe(file, is_64);
  onus_program *p = parse(ONUS_TEST_PE_BYTES);
  assert_int_equal(p->format, ONUS_PROGRAM_PE);
  assert_int_equal(p->architecture, is_64 ? ONUS_ARCHITECTURE_X86_64 : ONUS_ARCHITECTURE_X86);
  assert_false(p->is_damaged);
  assert_int_equal(p->base, ONUS_TEST_PE_BASE);
  assert_int_equal(p->n_sections, 3); /* and the heads */
  assert_string_equal(p->sections[1].name, ".text");
  assert_int_equal(p->sections[1].permissions, ONUS_SECTION_READ | ONUS_SECTION_EXECUTE);
  assert_int_equal(p->n_imports, 1);
  assert_string_equal(p->imports[0].library, "kernel32.dll");
  assert_string_equal(p->imports[0].name, "beep");
  assert_int_equal(onus_program_import_at(p, ONUS_TEST_PE_BASE + 0x2068), 0);
  assert_int_equal(onus_program_import_at(p, ONUS_TEST_PE_BASE + 0x1000 + ONUS_TEST_STUB), 0);
  assert_int_equal(onus_program_import_at(p, ONUS_TEST_PE_BASE + 0x1000), ONUS_IMPORT_NONE);
  assert_int_equal(p->n_exports, 1);
  assert_string_equal(p->exports[0].name, "answer");
  assert_int_equal(p->exports[0].address, ONUS_TEST_PE_BASE + 0x1000 + ONUS_TEST_EXPORTED);
  assert_int_equal(p->n_unwind, is_64 ? 1 : 0);
  onus_program_free(p);
}

static void reads_pe(void **state) {
  (void)state;
  reads_what_a_pe_file_says(true);
  reads_what_a_pe_file_says(false);
}

static void reads_facts_of_pe(void **state) {
  (void)state;
  for (int is_64 = 0; is_64 <= 1; is_64++) {
    onus_test_pe(file, is_64);
    onus_program *p = parse(ONUS_TEST_PE_BYTES);
    onus_facts facts = {0};
    onus_error error = {0};
    assert_int_equal(onus_facts_read(p, p->arena, &facts, &error), ONUS_OK);
    assert_int_equal(facts.build_time_utc, ONUS_TEST_PE_TIME);
    assert_string_equal(facts.debug_path, "C:\\a\\test.pdb");
    assert_string_equal(facts.build_id, "abababababababababababababababababababab");
    assert_int_equal(facts.linker_major * 100 + facts.linker_minor, 1429);
    assert_int_equal(facts.n_rich, 1);
    assert_int_equal(facts.rich[0].product, 0x104);
    assert_int_equal(facts.rich[0].build, 0x7a0b);
    assert_int_equal(facts.rich[0].count, 3);
    assert_int_equal(facts.n_resources, 1);
    assert_int_equal(facts.resources[0].type, 16);
    assert_int_equal(facts.resources[0].language, 1041);
    assert_int_equal(facts.resources[0].size_bytes, 77);
    assert_int_equal(facts.overlay_offset, 0x800);
    assert_int_equal(facts.overlay_bytes, ONUS_TEST_PE_BYTES - 0x800);
    assert_null(facts.packing);
    onus_program_free(p);
  }
}

/* What is random in place of code is said, and what is code is not. */
static void says_when_code_is_packed(void **state) {
  (void)state;
  enum { CODE_BYTES = 0x4000 };
  size_t length = ONUS_TEST_ELF_CODE + CODE_BYTES;
  uint8_t *big = calloc(1, length);
  assert_non_null(big);
  onus_test_elf(big, true);
  onus_test_u32(big + 64 + 32, (uint32_t)length);
  onus_test_u32(big + 64 + 40, (uint32_t)length);
  for (int is_random = 0; is_random <= 1; is_random++) {
    uint32_t x = 1;
    for (size_t i = ONUS_TEST_ELF_CODE; i < length; i++) {
      x = x * 1664525 + 1013904223;
      big[i] = is_random ? (uint8_t)(x >> 24) : (uint8_t)(i % 37);
    }
    onus_program *p = NULL;
    onus_facts facts = {0};
    onus_error error = {0};
    assert_int_equal(onus_program_parse("big", big, length, &p, &error), ONUS_OK);
    assert_int_equal(onus_facts_read(p, p->arena, &facts, &error), ONUS_OK);
    assert_int_equal(facts.packing != NULL, is_random);
    onus_program_free(p);
  }
  free(big);
}

static void expect(const onus_functions *r, uint64_t code, uint32_t at, onus_function_evidence evidence) {
  const onus_function *f = onus_functions_at(r, code + at);
  if (!f)
    fail_msg("no function at %#x", at);
  assert_int_equal(f->evidence, evidence);
}

static void finds_every_kind_of_function(void **state) {
  (void)state;
  for (int is_64 = 0; is_64 <= 1; is_64++) {
    onus_test_pe(file, is_64);
    onus_program *p = parse(ONUS_TEST_PE_BYTES);
    onus_functions *r = NULL;
    onus_error error = {0};
    uint64_t code = ONUS_TEST_PE_BASE + 0x1000;
    assert_int_equal(onus_functions_find(p, &r, &error), ONUS_OK);
    expect(r, code, ONUS_TEST_ENTRY, ONUS_FUNCTION_ENTRY);
    expect(r, code, ONUS_TEST_CALLED, ONUS_FUNCTION_CALL);
    expect(r, code, ONUS_TEST_TAIL, ONUS_FUNCTION_TAIL);
    expect(r, code, ONUS_TEST_POINTED, ONUS_FUNCTION_ENTRY);
    expect(r, code, ONUS_TEST_EXPORTED, ONUS_FUNCTION_EXPORT);
    expect(r, code, ONUS_TEST_GAP, ONUS_FUNCTION_GAP);
    expect(r, code, ONUS_TEST_UNWOUND, is_64 ? ONUS_FUNCTION_UNWIND : ONUS_FUNCTION_GAP);
    const onus_function *entry = onus_functions_at(r, code), *called = onus_functions_at(r, code + ONUS_TEST_CALLED);
    assert_int_equal(entry->n_calls, 2);
    assert_int_equal(r->calls[entry->first_call].kind, ONUS_CALL_DIRECT);
    assert_int_equal(r->calls[entry->first_call].target, code + ONUS_TEST_CALLED);
    assert_int_equal(r->calls[entry->first_call + 1].kind, ONUS_CALL_TAIL);
    assert_int_equal(called->n_calls, 1);
    assert_int_equal(r->calls[called->first_call].import, 0);
    assert_int_equal(called->n_instructions, 4);
    onus_functions_free(r);
    onus_program_free(p);
  }
}

static void reads_elf_without_sections(void **state) {
  (void)state;
  for (int is_64 = 0; is_64 <= 1; is_64++) {
    onus_test_elf(file, is_64);
    onus_program *p = parse(ONUS_TEST_ELF_BYTES);
    onus_functions *r = NULL;
    onus_error error = {0};
    assert_int_equal(p->format, ONUS_PROGRAM_ELF);
    assert_int_equal(p->is_64_bit, is_64);
    assert_int_equal(p->entry, 0x10000 + ONUS_TEST_ELF_CODE);
    assert_int_equal(onus_functions_find(p, &r, &error), ONUS_OK);
    expect(r, p->entry, ONUS_TEST_ENTRY, ONUS_FUNCTION_ENTRY);
    expect(r, p->entry, ONUS_TEST_CALLED, ONUS_FUNCTION_CALL);
    expect(r, p->entry, ONUS_TEST_TAIL, ONUS_FUNCTION_TAIL);
    expect(r, p->entry, ONUS_TEST_GAP, ONUS_FUNCTION_GAP);
    onus_functions_free(r);
    onus_program_free(p);
  }
}

/* Alone, and as one of two programs in a fat file. */
static void reads_macho(void **state) {
  (void)state;
  for (size_t slice = 0; slice <= 0x100; slice += 0x100) {
    memset(file, 0, 0x100);
    onus_test_macho(file + slice);
    if (slice > 0) {
      static const uint8_t fat[] = {0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2, 0, 0, 0, 12, 0, 0, 0, 0,
                                    0,    0,    0,    0x10, 0, 0, 0, 9, 0, 0, 0, 0,  1, 0, 0, 7,
                                    0,    0,    0,    3,    0, 0, 1, 0, 0, 0, 4, 0,  0, 0, 0, 12};
      memcpy(file, fat, sizeof fat);
    }
    onus_program *p = parse(slice + ONUS_TEST_MACHO_BYTES);
    onus_functions *r = NULL;
    onus_error error = {0};
    uint64_t code = ONUS_TEST_MACHO_BASE + ONUS_TEST_MACHO_CODE;
    assert_int_equal(p->format, ONUS_PROGRAM_MACHO);
    assert_false(p->is_damaged);
    assert_true(p->entry == code);
    assert_int_equal(p->n_imports, 1);
    assert_string_equal(p->imports[0].name, "beep");
    assert_string_equal(p->imports[0].library, "libx.dylib");
    assert_int_equal(p->n_exports, 1);
    assert_string_equal(p->exports[0].name, "answer");
    assert_int_equal(onus_program_import_at(p, code + ONUS_TEST_STUB), 0);
    assert_int_equal(onus_functions_find(p, &r, &error), ONUS_OK);
    expect(r, code, ONUS_TEST_ENTRY, ONUS_FUNCTION_ENTRY);
    expect(r, code, ONUS_TEST_CALLED, ONUS_FUNCTION_CALL);
    expect(r, code, ONUS_TEST_EXPORTED, ONUS_FUNCTION_EXPORT);
    expect(r, code, ONUS_TEST_UNWOUND, ONUS_FUNCTION_UNWIND);
    onus_functions_free(r);
    onus_program_free(p);
  }
}

static void expect_fixups(onus_program *p, uint64_t base, uint64_t slot, uint64_t pointer) {
  uint64_t code = base + ONUS_TEST_MACHO_CODE, target = 0;
  onus_functions *r = NULL;
  onus_error error = {0};
  assert_false(p->is_damaged);
  assert_int_equal(p->n_imports, 1);
  assert_string_equal(p->imports[0].name, "beep");
  assert_string_equal(p->imports[0].library, "libx.dylib");
  assert_int_equal(onus_program_import_at(p, slot), 0);
  assert_int_equal(onus_program_import_at(p, code + ONUS_TEST_STUB), 0);
  assert_int_equal(p->n_pointers, 1);
  assert_true(onus_program_read_pointer(p, pointer, &target));
  assert_true(target == code + ONUS_TEST_POINTED);
  assert_int_equal(onus_functions_find(p, &r, &error), ONUS_OK);
  expect(r, code, ONUS_TEST_CALLED, ONUS_FUNCTION_CALL);
  expect(r, code, ONUS_TEST_POINTED, ONUS_FUNCTION_POINTER);
  onus_functions_free(r);
  onus_program_free(p);
}

/* Imports and pointers that stand in chains; each kind of pointer and of import. */
static void reads_chained_fixups(void **state) {
  (void)state;
  for (uint32_t imports_format = 1; imports_format <= 3; imports_format++)
    for (uint16_t format = 2; format <= 6; format += 4) {
      onus_test_macho_chained(file, format, imports_format);
      expect_fixups(parse(ONUS_TEST_MACHO_BYTES), ONUS_TEST_MACHO_BASE, ONUS_TEST_MACHO_BASE + 0x300,
                    ONUS_TEST_MACHO_BASE + 0x308);
    }
  onus_test_macho_chained_32(file);
  expect_fixups(parse(ONUS_TEST_MACHO_BYTES), 0x1000, 0x1300, 0x1310);
}

/* Chains that run out of the segment, name imports that are not there, or are of another processor's kind are cut; what
 * came before is kept. */
static void cuts_broken_fixups(void **state) {
  (void)state;
  const struct {
    size_t at;
    uint8_t byte;
    size_t n_imports;
  } broken[] = {{0x307, 0xff, 1}, /* the next one lies out of the section */
                {0x300, 1, 0},    /* import 1 of one */
                {0x390 + 20, 9, 0} /* imports of an unknown kind */,
                {0x390 + 0x2e, 1, 0} /* pointers of another processor */,
                {0x390 + 0x58 + 1, 0, 0} /* a name that is empty */};
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    onus_test_macho_chained(file, 6, 1);
    file[broken[i].at] = broken[i].byte;
    onus_program *p = parse(ONUS_TEST_MACHO_BYTES);
    assert_true(p->is_damaged);
    assert_int_equal(p->n_imports, broken[i].n_imports);
    onus_program_free(p);
  }
}

/* A small file cannot be made a large one by sections that all show the same bytes. */
static void bytes_do_not_serve_without_end(void **state) {
  (void)state;
  enum { SECTIONS = 20 };
  onus_test_pe(file, true);
  uint8_t *table = file + 0x100 + 24 + 112 + 128;
  file[0x106] = SECTIONS;
  for (uint32_t i = 0; i < SECTIONS; i++) {
    memmove(table + 40 * i, table, 40);
    onus_test_u32(table + 40 * i + 8, 0x800);
    onus_test_u32(table + 40 * i + 12, 0x1000 * (i + 1));
    onus_test_u32(table + 40 * i + 16, 0x800);
    onus_test_u32(table + 40 * i + 20, 0);
  }
  onus_program *p = parse(ONUS_TEST_PE_BYTES);
  uint64_t n_bytes = 0;
  for (size_t i = 0; i < p->n_sections; i++)
    n_bytes += p->sections[i].file_bytes;
  assert_true(n_bytes > ONUS_TEST_PE_BYTES && n_bytes <= 2 * ONUS_TEST_PE_BYTES && p->is_damaged);
  onus_program_free(p);
}

/* Wherever the file ends, and whichever byte is wrong, it is read without harm or refused with a reason. */
static void survives_truncation_and_changes(void **state) {
  (void)state;
  static uint8_t whole[ONUS_TEST_PE_BYTES];
  for (int is_64 = 0; is_64 <= 1; is_64++) {
    onus_test_pe(whole, is_64);
    for (size_t i = 0; i < 2 * sizeof whole; i++) {
      bool is_short = i < sizeof whole;
      size_t length = is_short ? i : sizeof whole;
      uint8_t *copy = malloc(length + 1);
      assert_non_null(copy);
      memcpy(copy, whole, length);
      if (!is_short)
        copy[i - sizeof whole] ^= (uint8_t)(1u << (i % 8));
      onus_program *p = NULL;
      onus_functions *r = NULL;
      onus_error error = {0};
      if (onus_program_parse("x", copy, length, &p, &error) == ONUS_OK) {
        assert_int_equal(onus_functions_find(p, &r, &error), ONUS_OK);
        onus_functions_free(r);
        onus_program_free(p);
      } else {
        assert_true(error.text[0] != '\0');
        assert_null(p);
      }
      free(copy);
    }
  }
}

/* What passes between the processes: whole it is the same, changed anywhere it is refused or read without harm. */
static void an_outline_survives_its_way(void **state) {
  (void)state;
  onus_test_pe(file, true);
  onus_error error = {0};
  onus_buffer out = onus_buffer_new(1 << 20);
  onus_text text = {0};
  onus_bytes bytes = {file, ONUS_TEST_PE_BYTES, false};
  assert_int_equal(onus_outline_write("made.bin", &bytes, &out, &error), ONUS_OK);
  assert_int_equal(onus_buffer_take(&out, &text, &error), ONUS_OK);
  onus_outline *outline = NULL;
  assert_int_equal(onus_outline_parse("made.bin", text.bytes, text.length, &outline, &error), ONUS_OK);
  assert_string_equal(outline->facts.debug_path, "C:\\a\\test.pdb");
  assert_string_equal(outline->program.imports[0].name, "beep");
  bool has_stub = false, has_export = false;
  for (size_t i = 0; i < outline->n_functions; i++) {
    const char *name = outline->functions[i].name;
    has_stub = has_stub || (name && strcmp(name, "beep") == 0 && outline->functions[i].is_thunk);
    has_export = has_export || (name && strcmp(name, "answer") == 0);
  }
  assert_true(has_stub && has_export);
  onus_outline_free(outline);
  for (size_t i = 0; i < text.length; i++) {
    onus_outline *other = NULL;
    assert_int_equal(onus_outline_parse("x", text.bytes, i, &other, &error), ONUS_BAD_INPUT);
    text.bytes[i] = (char)(text.bytes[i] ^ 0x81);
    if (onus_outline_parse("x", text.bytes, text.length, &other, &error) == ONUS_OK)
      onus_outline_free(other);
    text.bytes[i] = (char)(text.bytes[i] ^ 0x81);
  }
  onus_text_free(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_pe),
      cmocka_unit_test(reads_facts_of_pe),
      cmocka_unit_test(says_when_code_is_packed),
      cmocka_unit_test(finds_every_kind_of_function),
      cmocka_unit_test(reads_elf_without_sections),
      cmocka_unit_test(reads_macho),
      cmocka_unit_test(reads_chained_fixups),
      cmocka_unit_test(cuts_broken_fixups),
      cmocka_unit_test(bytes_do_not_serve_without_end),
      cmocka_unit_test(survives_truncation_and_changes),
      cmocka_unit_test(an_outline_survives_its_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
