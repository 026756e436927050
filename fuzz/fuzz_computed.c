/* The reader of computed rows: a fixed case of one computed item, in a folder of its own, whose computed/c.json is what
 * the fuzzer gives. */
#include "case/case.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char CASE[] = "onus: 1\ntitle: T\nquestion: Q\nhypotheses:\n  - {id: a, actors: [Lazarus Group]}\n"
                           "  - {id: other, open: true}\nsources:\n  - {id: s, reliability: B}\nevidence:\n"
                           "  - {id: c, source: s, known: 2020-01-01, compute: infrastructure, from: list.csv}\n";

static char folder[] = "/tmp/onus-fuzz-computed-XXXXXX";

static void put(const char *name, const void *bytes, size_t size) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
    abort();
}

static void remove_folder(void) {
  static const char *const NAMES[] = {"computed/c.json", "computed", "case.yaml", "list.csv", ""};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, NAMES[i]);
    (void)remove(path);
  }
}

static void make_folder(void) {
  char path[128];
  if (!mkdtemp(folder))
    abort();
  snprintf(path, sizeof path, "%s/computed", folder);
  if (mkdir(path, 0700) != 0)
    abort();
  put("case.yaml", CASE, sizeof CASE - 1);
  put("list.csv", "203.0.113.9\n", 12);
  atexit(remove_folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool is_made;
  if (!is_made)
    make_folder();
  is_made = true;
  put("computed/c.json", data, size);
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  onus_status status = onus_case_read(folder, &c, &problems, &error);
  if (status == ONUS_OK ? !c || !c->items[0].row.computed || !c->items[0].row.is_stated[0]
                        : status != ONUS_BAD_INPUT || onus_problems_count(problems) != 1)
    abort();
  onus_problems_free(problems);
  onus_case_free(c);
  return 0;
}
