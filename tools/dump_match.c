/* Says everything about the candidates of matching, for tools/fit_match.py, which fits and measures.
 *
 * usage: dump_match WEIGHTS ROUNDS PURPOSE OUT FUNCTIONS < JOBS
 * WEIGHTS: a file of numbers, for each stage the constant and the weights; none there: all are 0. ROUNDS: how many.
 * PURPOSE: fit (what the round after them would weigh) or measure. A line of JOBS: the program, then its pool. OUT: the
 * number of features, then records of native numbers: struct head and the features. FUNCTIONS: a line for each function
 * of each file: path, address, instructions, whether it is a thunk. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "code/match.h"

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
  fprintf(stderr, "dump_match: %s: %s\n", error->path, error->text);
  exit(1);
}

static const entry *load(const char *path) {
  for (size_t i = 0; i < n_entries; i++)
    if (strcmp(entries[i].path, path) == 0)
      return &entries[i];
  if (n_entries == FILES_MAX || strlen(path) >= sizeof entries[0].path) {
    fprintf(stderr, "dump_match: too many files, or too long a path\n");
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

static void put(const job *j, const onus_match_pair *pair, bool is_best) {
  head h = {j->number,
            pair->program,
            j->query->prints->items[pair->query].address,
            j->pool[pair->program]->prints->items[pair->target].address,
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
      fprintf(stderr, "dump_match: %s does not hold %d numbers for each stage\n", path, ONUS_MATCH_FEATURES + 1);
      exit(1);
    }
  }
  if (file != NULL)
    fclose(file);
}

static void run(job *j, char *line, const onus_match_options *options) {
  const onus_fingerprints *pool[POOL_MAX];
  size_t n = 0;
  char *rest = NULL, *word = strtok_r(line, " \n", &rest);
  if (word == NULL)
    return;
  j->query = load(word);
  while (n < POOL_MAX && (word = strtok_r(NULL, " \n", &rest)) != NULL) {
    j->pool[n] = load(word);
    pool[n] = j->pool[n]->prints;
    n++;
  }
  onus_matches *matches = NULL;
  onus_error error = {0};
  if (onus_match_programs(j->query->prints, pool, n, options, &matches, &error) != ONUS_OK)
    fail(&error);
  for (size_t i = 0; i < matches->n_pairs; i++)
    put(j, &matches->pairs[i], true);
  onus_matches_free(matches);
  j->number++;
}

int main(int argc, char **argv) {
  static onus_match_weights weights;
  static char line[LINE_BYTES];
  if (argc != 6) {
    fprintf(stderr, "usage: dump_match WEIGHTS ROUNDS fit|measure OUT FUNCTIONS < JOBS\n");
    return 2;
  }
  read_weights(argv[1], &weights);
  job j = {.out = fopen(argv[4], "wb")};
  FILE *functions = fopen(argv[5], "w");
  if (j.out == NULL || functions == NULL) {
    perror("dump_match");
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
