#include "dump.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { FILES_MAX = 4096, LINE_BYTES = 1 << 16 };

typedef struct head {
  uint32_t job, program;
  uint64_t query, target; /* addresses */
  float log_odds;
  uint32_t is_best;
} head;

static dump_file files[FILES_MAX];
static size_t n_files;

void dump_must(onus_status status, const onus_error *error) {
  if (status == ONUS_OK)
    return;
  fprintf(stderr, "%s: %s\n", error->path, error->text);
  exit(1);
}

static const dump_file *load(const char *path) {
  for (size_t i = 0; i < n_files; i++)
    if (strcmp(files[i].path, path) == 0)
      return &files[i];
  if (n_files == FILES_MAX || strlen(path) >= sizeof files[0].path) {
    fprintf(stderr, "too many files, or too long a path\n");
    exit(1);
  }
  dump_file *f = &files[n_files++];
  onus_error error = {0};
  strcpy(f->path, path);
  dump_must(onus_file_read(path, (size_t)1 << 30, &f->text, &error), &error);
  dump_must(onus_program_parse(path, f->text.bytes, f->text.length, &f->program, &error), &error);
  dump_must(onus_functions_find(f->program, &f->functions, &error), &error);
  dump_must(onus_fingerprints_make(f->functions, &f->prints, &error), &error);
  return f;
}

void dump_pair(const dump *d, const onus_match_pair *pair, bool is_best) {
  head h = {d->job,
            pair->program,
            d->query->prints->items[pair->query].address,
            d->address_of(d->pool[pair->program]->prints, pair->target),
            (float)pair->log_odds,
            is_best};
  fwrite(&h, sizeof h, 1, d->out);
  fwrite(pair->feature, sizeof pair->feature, 1, d->out);
}

static void observe(void *context, const onus_match_pair *pair) {
  dump_pair(context, pair, false);
}

static void read_weights(const char *path, onus_match_weights *weights) {
  FILE *file = fopen(path, "r");
  for (unsigned stage = 0; file != NULL && stage < ONUS_MATCH_STAGES; stage++) {
    int n = fscanf(file, "%lf", &weights->constant[stage]);
    for (unsigned i = 0; i < ONUS_MATCH_FEATURES; i++)
      n += fscanf(file, "%lf", &weights->weight[stage][i]);
    if (n != ONUS_MATCH_FEATURES + 1) {
      fprintf(stderr, "%s does not hold %d numbers for each stage\n", path, ONUS_MATCH_FEATURES + 1);
      exit(1);
    }
  }
  if (file != NULL)
    fclose(file);
}

static bool read_job(dump *d, char *line) {
  char *rest = NULL, *word = strtok_r(line, " \n", &rest);
  if (word == NULL)
    return false;
  d->query = load(word);
  for (d->n_pool = 0; d->n_pool < DUMP_POOL_MAX && (word = strtok_r(NULL, " \n", &rest)) != NULL;)
    d->pool[d->n_pool++] = load(word);
  return true;
}

int dump_main(int argc, char **argv, dump_run *run, dump_address *address_of) {
  static onus_match_weights weights;
  static char line[LINE_BYTES];
  if (argc != 6) {
    fprintf(stderr, "usage: %s WEIGHTS ROUNDS fit|measure OUT FUNCTIONS < JOBS\n", argv[0]);
    return 2;
  }
  read_weights(argv[1], &weights);
  dump d = {.out = fopen(argv[4], "wb"), .address_of = address_of};
  FILE *functions = fopen(argv[5], "w");
  if (d.out == NULL || functions == NULL) {
    perror(argv[0]);
    return 1;
  }
  const uint32_t n_features = ONUS_MATCH_FEATURES, n_own = ONUS_MATCH_OWN_FEATURES;
  fwrite(&n_features, sizeof n_features, 1, d.out);
  fwrite(&n_own, sizeof n_own, 1, d.out);
  onus_match_options options = {.weights = &weights,
                                .rounds = (unsigned)atoi(argv[2]) + 1,
                                .observer = observe,
                                .observer_context = &d,
                                .is_for_fitting = strcmp(argv[3], "fit") == 0};
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (!read_job(&d, line))
      continue;
    run(&d, &options);
    d.job++;
  }
  for (size_t i = 0; i < n_files; i++)
    for (size_t k = 0; k < files[i].prints->count; k++)
      fprintf(functions, "%s %llu %u %d\n", files[i].path, (unsigned long long)files[i].prints->items[k].address,
              files[i].prints->items[k].counts[ONUS_COUNT_INSTRUCTIONS], files[i].prints->items[k].is_thunk);
  return fclose(functions) != 0 || fclose(d.out) != 0;
}
