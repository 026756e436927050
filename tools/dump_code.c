/* Says everything about the candidates that a reference has for the functions of programs, for tools/fit_match.py,
 * which fits and measures. As dump_match, but that the pool of a line becomes a reference in the folder TMPDIR.
 *
 * usage: dump_code WEIGHTS ROUNDS PURPOSE OUT FUNCTIONS < JOBS
 * WEIGHTS: a file of numbers, for each stage the constant and the weights; none there: all are 0. ROUNDS: how many.
 * PURPOSE: fit (what the round after them would weigh) or measure. A line of JOBS: the program, then its pool. OUT: the
 * number of features, then records of native numbers: struct head and the features. FUNCTIONS: a line for each function
 * of each file: path, address, instructions, whether it is a thunk. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "reference/code_internal.h"
#include "store/test_folder_internal.h"

enum { FILES_MAX = 4096, POOL_MAX = 64, LINE_BYTES = 1 << 16 };

typedef struct entry {
  char path[1024];
  onus_text text;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
} entry;

typedef struct head {
  uint32_t job, program;
  uint64_t query, target; /* addresses */
  float log_odds;
  uint32_t is_best;
} head;

typedef struct job {
  uint32_t number;
  FILE *out;
  const entry *query, *pool[POOL_MAX];
} job;

static entry entries[FILES_MAX];
static size_t n_entries;

static void fail(const onus_error *error) {
  fprintf(stderr, "dump_code: %s: %s\n", error->path, error->text);
  exit(1);
}

static const entry *load(const char *path) {
  for (size_t i = 0; i < n_entries; i++)
    if (strcmp(entries[i].path, path) == 0)
      return &entries[i];
  if (n_entries == FILES_MAX || strlen(path) >= sizeof entries[0].path) {
    fprintf(stderr, "dump_code: too many files, or too long a path\n");
    exit(1);
  }
  entry *e = &entries[n_entries++];
  onus_error error = {0};
  strcpy(e->path, path);
  if (onus_file_read(path, (size_t)1 << 30, &e->text, &error) != ONUS_OK ||
      onus_program_parse(path, e->text.bytes, e->text.length, &e->program, &error) != ONUS_OK ||
      onus_functions_find(e->program, &e->functions, &error) != ONUS_OK ||
      onus_fingerprints_make(e->functions, &e->prints, &error) != ONUS_OK)
    fail(&error);
  return e;
}

/* Functions of a reference are those that are no thunks. */
static uint64_t address_of(const onus_fingerprints *prints, uint32_t number) {
  for (size_t i = 0; i < prints->count; i++)
    if (!prints->items[i].is_thunk && number-- == 0)
      return prints->items[i].address;
  return 0;
}

static void put(const job *j, const onus_match_pair *pair, bool is_best) {
  head h = {j->number,
            pair->program,
            j->query->prints->items[pair->query].address,
            address_of(j->pool[pair->program]->prints, pair->target),
            (float)pair->log_odds,
            is_best};
  fwrite(&h, sizeof h, 1, j->out);
  fwrite(pair->feature, sizeof pair->feature, 1, j->out);
}

static void observe(void *context, const onus_match_pair *pair) {
  put(context, pair, false);
}

static void read_weights(const char *path, onus_match_weights *weights) {
  FILE *file = fopen(path, "r");
  for (unsigned stage = 0; file != NULL && stage < ONUS_MATCH_STAGES; stage++) {
    int n = fscanf(file, "%lf", &weights->constant[stage]);
    for (unsigned i = 0; i < ONUS_MATCH_FEATURES; i++)
      n += fscanf(file, "%lf", &weights->weight[stage][i]);
    if (n != ONUS_MATCH_FEATURES + 1) {
      fprintf(stderr, "dump_code: %s does not hold %d numbers for each stage\n", path, ONUS_MATCH_FEATURES + 1);
      exit(1);
    }
  }
  if (file != NULL)
    fclose(file);
}

static void must(onus_status status, const onus_error *error) {
  if (status != ONUS_OK)
    fail(error);
}

/* A reference with the pool in it, each program of a family of its own. */
static void import(const char *folder, const job *j, size_t n_pool) {
  onus_reference_writer *writer;
  onus_error error = {0};
  uint32_t source, actor, report, basis;
  must(onus_reference_writer_open(folder, 0, &writer, &error), &error);
  must(onus_import_source(writer, "pool", "pool", &source, &error), &error);
  must(onus_import_entry(writer, source, ONUS_ENTRY_ACTOR, "a", "a", &actor, &error), &error);
  must(onus_import_report(writer, NULL, "r", NULL, &report, &error), &error);
  must(onus_import_basis(writer, ONUS_BASIS_LISTED, actor, &report, 1, NULL, 0, &basis, &error), &error);
  for (size_t i = 0; i < n_pool; i++) {
    onus_signatures *signatures;
    must(onus_signatures_make(j->pool[i]->prints, &signatures, &error), &error);
    uint8_t sha256[ONUS_CODE_SHA256_BYTES] = {(uint8_t)i};
    bool is_new;
    onus_import_program said = {sha256, j->pool[i]->path, j->pool[i]->path, basis, signatures};
    must(onus_import_code(writer, &said, &is_new, &error), &error);
    onus_signatures_free(signatures);
  }
  must(onus_reference_writer_seal(writer, &error), &error);
  onus_reference_writer_close(writer);
}

static void run(job *j, char *line, const onus_match_options *options) {
  size_t n = 0;
  char *rest = NULL, *word = strtok_r(line, " \n", &rest), folder[512];
  if (word == NULL)
    return;
  j->query = load(word);
  while (n < POOL_MAX && (word = strtok_r(NULL, " \n", &rest)) != NULL)
    j->pool[n++] = load(word);
  test_folder_make(folder);
  import(folder, j, n);
  onus_reference *reference;
  onus_code_result *result;
  onus_error error = {0};
  must(onus_reference_open(folder, &reference, &error), &error);
  onus_code_query query = {.prints = j->query->prints};
  must(onus_code_ask(reference, &query, options, &result, &error), &error);
  onus_code_result_free(result);
  onus_reference_close(reference);
  test_folder_remove(folder);
  j->number++;
}

int main(int argc, char **argv) {
  static onus_match_weights weights;
  static char line[LINE_BYTES];
  if (argc != 6) {
    fprintf(stderr, "usage: dump_code WEIGHTS ROUNDS fit|measure OUT FUNCTIONS < JOBS\n");
    return 2;
  }
  read_weights(argv[1], &weights);
  job j = {.out = fopen(argv[4], "wb")};
  FILE *functions = fopen(argv[5], "w");
  if (j.out == NULL || functions == NULL) {
    perror("dump_code");
    return 1;
  }
  const uint32_t n_features = ONUS_MATCH_FEATURES, n_own = ONUS_MATCH_OWN_FEATURES;
  fwrite(&n_features, sizeof n_features, 1, j.out);
  fwrite(&n_own, sizeof n_own, 1, j.out);
  onus_match_options options = {.weights = &weights,
                                .rounds = (unsigned)atoi(argv[2]) + 1,
                                .observer = observe,
                                .observer_context = &j,
                                .is_for_fitting = strcmp(argv[3], "fit") == 0};
  while (fgets(line, sizeof line, stdin) != NULL)
    run(&j, line, &options);
  for (size_t i = 0; i < n_entries; i++)
    for (size_t k = 0; k < entries[i].prints->count; k++)
      fprintf(functions, "%s %llu %u %d\n", entries[i].path, (unsigned long long)entries[i].prints->items[k].address,
              entries[i].prints->items[k].counts[ONUS_COUNT_INSTRUCTIONS], entries[i].prints->items[k].is_thunk);
  return fclose(functions) != 0 || fclose(j.out) != 0;
}
