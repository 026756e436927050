/* Executable files: finding functions, fingerprints and matching, beside Zydis' own full decoding of the same code.
 *
 * usage: bench_code FILE OTHER. Writes JSON: medians of processor time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "code/match.h"
#include "timing.h"

enum { RUNS = 7 };

static void need(onus_status status, const onus_error *error) {
  if (status == ONUS_OK)
    return;
  fprintf(stderr, "bench_code: %s: %s\n", error->path, error->text);
  exit(1);
}

static double processor_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Every instruction that discovery found, with all operands: what reading them costs whatever is done with them. */
static uint64_t decode_all(const onus_functions *functions) {
  onus_instructions instructions = onus_instructions_new(functions->program);
  onus_instruction instruction;
  uint64_t n = 0;
  for (size_t i = 0; i < functions->n_blocks; i++) {
    onus_instructions_begin(&instructions, &functions->blocks[i]);
    while (onus_instructions_next(&instructions, &instruction))
      n += instruction.decoded.length;
  }
  return n;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: bench_code FILE OTHER\n");
    return 2;
  }
  onus_text text[2] = {0};
  onus_program *program[2] = {0};
  onus_functions *functions[2] = {0};
  onus_fingerprints *prints[2] = {0};
  double decode[RUNS], find[RUNS], print[RUNS], match[RUNS];
  onus_error error = {0};
  uint64_t n_bytes = 0;
  for (int i = 0; i < 2; i++) {
    need(onus_file_read(argv[i + 1], (size_t)1 << 30, &text[i], &error), &error);
    need(onus_program_parse(argv[i + 1], text[i].bytes, text[i].length, &program[i], &error), &error);
    need(onus_functions_find(program[i], &functions[i], &error), &error);
    need(onus_fingerprints_make(functions[i], &prints[i], &error), &error);
  }
  for (int run = 0; run < RUNS; run++) {
    double start = processor_seconds();
    n_bytes = decode_all(functions[0]);
    decode[run] = processor_seconds() - start;
    onus_functions *again = NULL;
    start = processor_seconds();
    need(onus_functions_find(program[0], &again, &error), &error);
    find[run] = processor_seconds() - start;
    onus_functions_free(again);
    onus_fingerprints *prints_again = NULL;
    start = processor_seconds();
    need(onus_fingerprints_make(functions[0], &prints_again, &error), &error);
    print[run] = processor_seconds() - start;
    onus_fingerprints_free(prints_again);
    onus_matches *matches = NULL;
    const onus_fingerprints *other = prints[1];
    start = processor_seconds();
    need(onus_match_programs(prints[0], &other, 1, NULL, &matches, &error), &error);
    match[run] = processor_seconds() - start;
    onus_matches_free(matches);
  }
  printf("{\"functions\": %zu, \"other_functions\": %zu, \"code_bytes\": %llu, \"decode_s\": %.6f, \"find_s\": %.6f, "
         "\"print_s\": %.6f, \"match_s\": %.6f}\n",
         functions[0]->n_functions, functions[1]->n_functions, (unsigned long long)n_bytes, median(decode, RUNS),
         median(find, RUNS), median(print, RUNS), median(match, RUNS));
  for (int i = 0; i < 2; i++) {
    onus_fingerprints_free(prints[i]);
    onus_functions_free(functions[i]);
    onus_program_free(program[i]);
    onus_text_free(&text[i]);
  }
  return 0;
}
