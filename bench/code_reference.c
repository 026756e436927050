/* A reference of many functions: bench_code_reference FUNCTIONS FOLDER ROUNDS FILE...
 *
 * The functions of FILEs are imported again and again until there are FUNCTIONS of them, each copy of a file as a
 * program of its own: a tenth of the tokens of each function are others in each copy, and its counts differ a little.
 * Four copies are one family. Then 2,000 functions of the FILEs are asked for, ROUNDS times, quickly and with what
 * stands around them; once before, with everything that the system holds of the folder let go. Prints one line of JSON.
 * Making copies and signatures is not part of the load. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "code/fingerprint_internal.h"
#include "reference/code.h"
#include "timing.h"

enum { FILES_MAX = 64, ROUNDS_MAX = 100, ASKED = 2000, COPIES_OF_FAMILY = 4 };

static void must(onus_status status, const onus_error *error) {
  if (status == ONUS_OK)
    return;
  fprintf(stderr, "bench_code_reference: %s: %s\n", error->path, error->text);
  exit(1);
}

static void *need(void *memory) {
  if (memory)
    return memory;
  perror("bench_code_reference");
  exit(1);
}

static onus_fingerprints *load(const char *path) {
  onus_error error = {0};
  onus_text text;
  onus_program *program;
  onus_functions *functions;
  onus_fingerprints *prints;
  must(onus_file_read(path, (size_t)1 << 30, &text, &error), &error);
  must(onus_program_parse(path, text.bytes, text.length, &program, &error), &error);
  must(onus_functions_find(program, &functions, &error), &error);
  must(onus_fingerprints_make(functions, &prints, &error), &error);
  return prints;
}

/* A copy of one program's prints whose tokens may be changed. */
static onus_fingerprints *copy_of(const onus_fingerprints *prints) {
  onus_fingerprints *copy = need(calloc(1, sizeof *copy));
  *copy = *prints;
  copy->items = need(calloc(prints->count + 1, sizeof *copy->items));
  memcpy(copy->items, prints->items, prints->count * sizeof *copy->items);
  for (size_t i = 0; i < prints->count; i++) {
    onus_token *tokens = need(malloc((prints->items[i].n_tokens + 1) * sizeof *tokens));
    copy->items[i].tokens = tokens;
  }
  return copy;
}

static void change(const onus_fingerprints *prints, uint32_t number, onus_fingerprints *out) {
  for (size_t i = 0; i < prints->count; i++) {
    onus_token *tokens = (onus_token *)(uintptr_t)out->items[i].tokens;
    memcpy(tokens, prints->items[i].tokens, prints->items[i].n_tokens * sizeof *tokens);
    for (uint32_t k = 0; k < prints->items[i].n_tokens; k++) {
      uint32_t draw = onus_mix2(tokens[k].hash, number);
      if (draw % 10 == 0)
        tokens[k].hash = onus_mix2(draw, 7);
    }
    for (size_t k = 0; k < ONUS_COUNT_KINDS; k++)
      out->items[i].counts[k] =
          prints->items[i].counts[k] * (95 + onus_mix2(number, (uint32_t)(i * 31 + k)) % 11) / 100;
    out->items[i].exact ^= (uint64_t)number << 32;
  }
}

typedef struct loading {
  double seconds;
  uint64_t n_functions;
  uint32_t n_programs;
} loading;

static void import_copy(onus_reference_writer *writer, const onus_fingerprints *prints, uint32_t basis, loading *l) {
  onus_error error = {0};
  onus_signatures *signatures;
  must(onus_signatures_make(prints, &signatures, &error), &error);
  uint8_t sha256[ONUS_CODE_SHA256_BYTES] = {0};
  char name[40], family[40];
  bool is_new;
  memcpy(sha256, &l->n_programs, sizeof l->n_programs);
  snprintf(name, sizeof name, "program %u", l->n_programs);
  snprintf(family, sizeof family, "family %u", l->n_programs / COPIES_OF_FAMILY);
  onus_import_program said = {sha256, name, family, basis, signatures};
  double before = cpu_seconds_now();
  must(onus_import_code(writer, &said, &is_new, &error), &error);
  l->seconds += cpu_seconds_now() - before;
  l->n_functions += signatures->count;
  l->n_programs++;
  onus_signatures_free(signatures);
}

static loading import_all(const char *folder, const onus_fingerprints *const *prints, size_t n_files,
                          uint64_t n_functions) {
  loading l = {0};
  onus_error error = {0};
  onus_reference_writer *writer;
  uint32_t source, entry, report, basis;
  onus_fingerprints *copies[FILES_MAX];
  must(onus_reference_writer_open(folder, 0, &writer, &error), &error);
  must(onus_import_source(writer, "bench", "bench", &source, &error), &error);
  must(onus_import_entry(writer, source, ONUS_ENTRY_ACTOR, "a", "a", &entry, &error), &error);
  must(onus_import_report(writer, NULL, "r", NULL, &report, &error), &error);
  must(onus_import_basis(writer, ONUS_BASIS_LISTED, entry, &report, 1, NULL, 0, &basis, &error), &error);
  for (size_t i = 0; i < n_files; i++)
    copies[i] = copy_of(prints[i]);
  while (l.n_functions < n_functions) {
    size_t file = (l.n_programs / COPIES_OF_FAMILY) % n_files;
    change(prints[file], l.n_programs, copies[file]);
    import_copy(writer, copies[file], basis, &l);
  }
  double before = cpu_seconds_now();
  must(onus_reference_writer_seal(writer, &error), &error);
  l.seconds += cpu_seconds_now() - before;
  onus_reference_writer_close(writer);
  return l;
}

static uint64_t bytes_of(const char *folder, bool lets_go) {
  uint64_t n = 0;
  DIR *listing = need(opendir(folder));
  for (const struct dirent *e = readdir(listing); e; e = readdir(listing)) {
    char path[4096];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
      continue;
    n += (uint64_t)info.st_size;
    int fd = lets_go ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
      (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
      close(fd);
    }
  }
  closedir(listing);
  return n;
}

/* So many functions of the files that are no thunks, the calls between them kept. */
static onus_fingerprints *choose(const onus_fingerprints *const *prints, size_t n_files, size_t n_wanted,
                                 uint32_t *ret_file_of) {
  onus_fingerprints *chosen = need(calloc(1, sizeof *chosen));
  chosen->items = need(calloc(n_wanted, sizeof *chosen->items));
  for (size_t f = 0; f < n_files && chosen->count < n_wanted; f++) {
    uint32_t *number = need(malloc((prints[f]->count + 1) * sizeof *number));
    size_t first = chosen->count;
    for (size_t i = 0; i < prints[f]->count; i++) {
      bool is_taken = !prints[f]->items[i].is_thunk && chosen->count < n_wanted;
      number[i] = is_taken ? (uint32_t)chosen->count : UINT32_MAX;
      if (is_taken)
        ret_file_of[chosen->count] = (uint32_t)f;
      if (is_taken)
        chosen->items[chosen->count++] = prints[f]->items[i];
    }
    for (size_t i = first; i < chosen->count; i++) {
      onus_function_fingerprint *item = &chosen->items[i];
      uint32_t n = item->n_callees, *callees = need(malloc((n + 1) * sizeof *callees));
      item->n_callers = item->n_beside = item->n_callees = 0;
      for (uint32_t k = 0; k < n; k++)
        if (number[item->callees[k]] != UINT32_MAX)
          callees[item->n_callees++] = number[item->callees[k]];
      item->callees = callees;
    }
    free(number);
  }
  return chosen;
}

typedef struct timed {
  double median_s, cold_s;
  size_t n_matched, n_right; /* called a match; the best one is a copy of the very function */
  double share_cut;
} timed;

static timed ask(const char *folder, const onus_fingerprints *prints, const uint32_t *file_of, size_t n_files,
                 bool is_quick, size_t n_rounds) {
  timed t = {0};
  double seconds[ROUNDS_MAX];
  onus_error error = {0};
  onus_reference *reference;
  bytes_of(folder, true);
  must(onus_reference_open(folder, &reference, &error), &error);
  onus_code_query query = {.prints = prints, .is_quick = is_quick};
  for (size_t i = 0; i <= n_rounds; i++) {
    onus_code_result *result;
    double before = i == 0 ? seconds_now() : cpu_seconds_now();
    must(onus_reference_query_code(reference, &query, &result, &error), &error);
    double after = i == 0 ? seconds_now() : cpu_seconds_now();
    if (i == 0)
      t.cold_s = after - before;
    else
      seconds[i - 1] = after - before;
    t.n_matched = t.n_right = 0;
    for (size_t k = 0; k < result->n_functions; k++) {
      const onus_code_match *best = &result->matches[result->functions[k].first_match];
      if (result->functions[k].n_matches == 0)
        continue;
      t.n_matched += best->probability >= result->threshold;
      t.n_right +=
          (best->program / COPIES_OF_FAMILY) % n_files == file_of[k] && best->address == prints->items[k].address;
    }
    t.share_cut = (double)result->n_keys_cut / (double)(result->n_keys + 1);
    onus_code_result_free(result);
  }
  t.median_s = median(seconds, n_rounds);
  onus_reference_close(reference);
  return t;
}

int main(int argc, char **argv) {
  const onus_fingerprints *prints[FILES_MAX];
  uint32_t file_of[ASKED];
  size_t n_files = 0, n_rounds = argc > 4 ? (size_t)atoi(argv[3]) : 0;
  if (argc < 5 || argc - 4 > FILES_MAX || n_rounds == 0 || n_rounds > ROUNDS_MAX) {
    fprintf(stderr, "usage: bench_code_reference FUNCTIONS FOLDER ROUNDS FILE...\n");
    return 2;
  }
  for (int i = 4; i < argc; i++)
    prints[n_files++] = load(argv[i]);
  loading l = import_all(argv[2], prints, n_files, strtoull(argv[1], NULL, 10));
  uint64_t n_bytes = bytes_of(argv[2], false);
  onus_fingerprints *asked = choose(prints, n_files, ASKED, file_of);
  timed quick = ask(argv[2], asked, file_of, n_files, true, n_rounds),
        whole = ask(argv[2], asked, file_of, n_files, false, n_rounds < 5 ? n_rounds : 5);
  printf(
      "{\"functions\": %llu, \"programs\": %u, \"bytes\": %llu, \"load_s\": %.4f, \"asked\": %zu, \"quick_s\": %.6f, "
      "\"quick_cold_s\": %.4f, \"quick_matched\": %zu, \"quick_right\": %zu, \"whole_s\": %.6f, \"whole_matched\": %zu, \"whole_right\": %zu, \"cut\": %.4f}\n",
      (unsigned long long)l.n_functions, l.n_programs, (unsigned long long)n_bytes, l.seconds, asked->count,
      quick.median_s, quick.cold_s, quick.n_matched, quick.n_right, whole.median_s, whole.n_matched, whole.n_right,
      quick.share_cut);
  return 0;
}
