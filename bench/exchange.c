/* Importing foreign bundles, beside jansson's bare parse of the same bytes, in turns.
 *
 *   bench_exchange unpack IN.zst OUT    decompresses a file of the reference pack
 *   bench_exchange time FILE ROUNDS     prints {"bytes": …, "import_s": [...], "jansson_s": [...]}, seconds of
 * processor
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <zstd.h>

#include "base/file.h"
#include "onus.h"

enum { ROUNDS_MAX = 100 };
static const size_t FILE_BYTES = (size_t)1 << 30;

static void die(const char *text) {
  fprintf(stderr, "%s\n", text);
  exit(1);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static onus_text read_file(const char *path) {
  onus_text text;
  onus_error error = {0};
  if (onus_file_read(path, FILE_BYTES, &text, &error) != ONUS_OK)
    die(error.text);
  return text;
}

static void unpack(const char *from, const char *to) {
  onus_text packed = read_file(from);
  onus_error error = {0};
  unsigned long long size = ZSTD_getFrameContentSize(packed.bytes, packed.length);
  if (size > FILE_BYTES)
    die("no size in the frame");
  char *bytes = malloc((size_t)size + 1);
  if (!bytes || ZSTD_decompress(bytes, (size_t)size, packed.bytes, packed.length) != size)
    die("cannot be unpacked");
  if (onus_file_write(to, bytes, (size_t)size, &error) != ONUS_OK)
    die(error.text);
  free(bytes);
  onus_text_free(&packed);
}

/* From the file on the disk to the draft as text, checked. */
static double time_import(const char *path) {
  onus_case_imported *imported = NULL;
  onus_error error = {0};
  double start = seconds();
  onus_status status =
      onus_case_import(&path, 1, &(onus_case_import_options){.now = "2026-01-02T03:04:05Z"}, &imported, &error);
  onus_case_imported_free(imported);
  double took = seconds() - start;
  if (status != ONUS_OK)
    die(error.text);
  return took;
}

/* From bytes in memory to a tree. */
static double time_jansson(const onus_text *text) {
  json_error_t error;
  double start = seconds();
  json_t *root = json_loadb(text->bytes, text->length, JSON_REJECT_DUPLICATES, &error);
  bool is_read = root != NULL;
  json_decref(root);
  double took = seconds() - start;
  if (!is_read)
    die(error.text);
  return took;
}

static void print_list(const char *name, const double *values, size_t n) {
  printf(", \"%s\": [", name);
  for (size_t i = 0; i < n; i++)
    printf("%s%.9f", i ? ", " : "", values[i]);
  printf("]");
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "unpack") == 0) {
    unpack(argv[2], argv[3]);
    return 0;
  }
  size_t rounds = argc == 4 && strcmp(argv[1], "time") == 0 ? strtoul(argv[3], NULL, 10) : 0;
  if (rounds == 0 || rounds > ROUNDS_MAX)
    die("usage: bench_exchange unpack IN OUT | time FILE ROUNDS");
  double import_s[ROUNDS_MAX], jansson_s[ROUNDS_MAX];
  onus_text text = read_file(argv[2]);
  for (size_t i = 0; i < rounds; i++) {
    import_s[i] = time_import(argv[2]);
    jansson_s[i] = time_jansson(&text);
  }
  printf("{\"bytes\": %zu", text.length);
  print_list("import_s", import_s, rounds);
  print_list("jansson_s", jansson_s, rounds);
  printf("}\n");
  onus_text_free(&text);
  return 0;
}
