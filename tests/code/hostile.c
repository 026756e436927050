/* Damage without end: hostile N [FILE…]. Executable files made by the test, and those named, with their heads and
 * tables changed at random N times in all, cut short at random places, and with single bits turned over. Whatever
 * comes, it is read within its limits or refused with a reason. */
#include "base/file.h"
#include "base/random.h"
#include "code/facts.h"
#include "code/fingerprint.h"
#include "code/test_program_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define FAULT(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

static uint64_t n_read, n_refused;

static void try(const char *name, uint64_t round, const uint8_t *bytes, size_t length) {
  /* In a block of its very size, so that a sanitizer sees what is read beyond it. */
  uint8_t *copy = malloc(length > 0 ? length : 1);
  if (!copy)
    FAULT("no memory");
  memcpy(copy, bytes, length);
  onus_program *program = NULL;
  onus_functions *functions = NULL;
  onus_fingerprints *prints = NULL;
  onus_error error = {0};
  onus_facts facts = {0};
  onus_status status = onus_program_parse(name, copy, length, &program, &error);
  if (status == ONUS_OK) {
    if (onus_functions_find(program, &functions, &error) != ONUS_OK ||
        onus_fingerprints_make(functions, &prints, &error) != ONUS_OK ||
        onus_facts_read(program, program->arena, &facts, &error) != ONUS_OK)
      FAULT("%s, round %llu: %s", name, (unsigned long long)round, error.text);
    if (functions->n_instructions > functions->n_code_bytes || functions->n_code_bytes > 2 * length)
      FAULT("%s, round %llu: more code than two files hold", name, (unsigned long long)round);
    onus_fingerprints_free(prints);
    onus_functions_free(functions);
    onus_program_free(program);
    n_read++;
  } else {
    if (program || error.text[0] == '\0' || (status != ONUS_BAD_INPUT && status != ONUS_UNSUPPORTED))
      FAULT("%s, round %llu: refused without a reason", name, (unsigned long long)round);
    n_refused++;
  }
  free(copy);
}

/* A number that is likely to matter: near 0, near the length, near the limits of its type. */
static uint64_t telling(uint64_t random, size_t length) {
  const uint64_t values[] = {0,      1,          0x7f,       0xff,       0x7fff,    0xffff, 0x7fffffff, 0xffffffff,
                             length, length - 1, length + 1, UINT64_MAX, INT64_MAX, 0x1000, 0x80000000, random};
  return values[random % (sizeof values / sizeof *values)];
}

static void change(uint8_t *bytes, size_t length, uint64_t seed, uint64_t round) {
  uint64_t n_changes = 1 + onus_random_bits(seed, round, 0) % 6;
  size_t reach = length < 1024 || onus_random_bits(seed, round, 1) % 4 == 0 ? length : 1024;
  for (uint64_t i = 0; i < n_changes; i++) {
    uint64_t where = onus_random_bits(seed, round, 2 + 3 * i), what = onus_random_bits(seed, round, 3 + 3 * i);
    uint64_t value = telling(what, length);
    size_t at = where % reach, width = (size_t)1 << (what >> 60 & 3);
    at &= ~(width - 1);
    if (at + width <= length)
      memcpy(bytes + at, &value, width);
  }
}

static void torture(const char *name, const uint8_t *whole, size_t length, uint64_t n_rounds, uint64_t seed) {
  uint8_t *bytes = malloc(length);
  if (!bytes)
    FAULT("no memory");
  for (uint64_t round = 0; round < n_rounds; round++) {
    size_t kept = length;
    memcpy(bytes, whole, length);
    uint64_t kind = onus_random_bits(seed, round, 100) % 10;
    if (kind == 0)
      kept = onus_random_bits(seed, round, 101) % length;
    else if (kind == 1)
      bytes[onus_random_bits(seed, round, 102) % length] ^= (uint8_t)(1u << (round % 8));
    else
      change(bytes, length, seed, round);
    try(name, round, bytes, kept);
  }
  free(bytes);
}

int main(int argc, char **argv) {
  static uint8_t made[ONUS_TEST_PE_BYTES];
  uint64_t n_rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
  uint64_t each = n_rounds / (7 + (uint64_t)(argc > 2 ? argc - 2 : 0));
  for (int is_64 = 0; is_64 <= 1; is_64++) {
    onus_test_pe(made, is_64);
    torture(is_64 ? "PE, 64 bits" : "PE, 32 bits", made, sizeof made, each, (uint64_t)is_64 + 1);
    onus_test_elf(made, is_64);
    torture(is_64 ? "ELF, 64 bits" : "ELF, 32 bits", made, ONUS_TEST_ELF_BYTES, each, (uint64_t)is_64 + 3);
  }
  onus_test_macho(made);
  torture("Mach-O", made, ONUS_TEST_MACHO_BYTES, each, 5);
  onus_test_macho_chained(made, 6, 1);
  torture("Mach-O with chained fixups, 64 bits", made, ONUS_TEST_MACHO_BYTES, each, 6);
  onus_test_macho_chained_32(made);
  torture("Mach-O with chained fixups, 32 bits", made, ONUS_TEST_MACHO_BYTES, each, 7);
  for (int i = 2; i < argc; i++) {
    onus_text text = {0};
    if (onus_file_read(argv[i], (size_t)1 << 30, &text, NULL) != ONUS_OK)
      FAULT("%s cannot be read", argv[i]);
    torture(argv[i], (const uint8_t *)text.bytes, text.length, each, 8 + (uint64_t)i);
    onus_text_free(&text);
  }
  printf("%llu read, %llu refused\n", (unsigned long long)n_read, (unsigned long long)n_refused);
  return n_read == 0 || n_refused == 0;
}
