/* Executable files: finding functions, fingerprints and matching, beside Zydis' own full decoding of the same code.
 *
 * usage: bench_code FILE OTHER   writes JSON: medians of processor time
 *        bench_code FILE         the most memory that finding functions and taking fingerprints once needs */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

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

typedef struct measured {
  onus_text text;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
  double find_s[RUNS], print_s[RUNS];
} measured;

static void measure_read(const char *path, measured *m) {
  onus_error error = {0};
  need(onus_file_read(path, (size_t)1 << 30, &m->text, &error), &error);
  need(onus_program_parse(path, m->text.bytes, m->text.length, &m->program, &error), &error);
}

static void measure_run(measured *m, int run) {
  onus_error error = {0};
  onus_fingerprints_free(m->prints);
  onus_functions_free(m->functions);
  m->prints = NULL;
  m->functions = NULL;
  double start = processor_seconds();
  need(onus_functions_find(m->program, &m->functions, &error), &error);
  m->find_s[run] = processor_seconds() - start;
  start = processor_seconds();
  need(onus_fingerprints_make(m->functions, &m->prints, &error), &error);
  m->print_s[run] = processor_seconds() - start;
}

static void measured_free(measured *m) {
  onus_fingerprints_free(m->prints);
  onus_functions_free(m->functions);
  onus_program_free(m->program);
  onus_text_free(&m->text);
}

static int measure_memory(const char *path) {
  measured m = {0};
  struct rusage usage;
  (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024); /* as in the process apart, base/sandbox.c */
  measure_read(path, &m);
  measure_run(&m, 0);
  (void)getrusage(RUSAGE_SELF, &usage);
  printf("{\"file_bytes\": %zu, \"code_bytes\": %llu, \"most_mib\": %.2f}\n", m.text.length,
         (unsigned long long)m.functions->n_code_bytes, (double)usage.ru_maxrss / 1024);
  measured_free(&m);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2)
    return measure_memory(argv[1]);
  if (argc != 3) {
    fprintf(stderr, "usage: bench_code FILE [OTHER]\n");
    return 2;
  }
  measured both[2] = {0};
  double decode[RUNS], match[RUNS];
  onus_error error = {0};
  uint64_t n_bytes = 0;
  for (int i = 0; i < 2; i++)
    measure_read(argv[i + 1], &both[i]);
  for (int run = 0; run < RUNS; run++) {
    measure_run(&both[0], run);
    double start = processor_seconds();
    n_bytes = decode_all(both[0].functions);
    decode[run] = processor_seconds() - start;
    measure_run(&both[1], run);
    onus_matches *matches = NULL;
    const onus_fingerprints *other = both[1].prints;
    start = processor_seconds();
    need(onus_match_programs(both[0].prints, &other, 1, NULL, &matches, &error), &error);
    match[run] = processor_seconds() - start;
    onus_matches_free(matches);
  }
  printf("{\"functions\": %zu, \"other_functions\": %zu, \"code_bytes\": %llu, \"decode_s\": %.6f, \"match_s\": %.6f, ",
         both[0].functions->n_functions, both[1].functions->n_functions, (unsigned long long)n_bytes,
         median(decode, RUNS), median(match, RUNS));
  printf("\"find_s\": %.6f, \"print_s\": %.6f, \"other_find_s\": %.6f, \"other_print_s\": %.6f}\n",
         median(both[0].find_s, RUNS), median(both[0].print_s, RUNS), median(both[1].find_s, RUNS),
         median(both[1].print_s, RUNS));
  for (int i = 0; i < 2; i++)
    measured_free(&both[i]);
  return 0;
}
