/* Imports the bytes of a fuzzer as a case of what others wrote, when they are of the format that it is there for. */
#ifndef ONUS_FUZZ_IMPORT_BYTES_H
#define ONUS_FUZZ_IMPORT_BYTES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case/case.h"
#include "exchange/bundle.h"
#include "exchange/import.h"

/* What the import says is a case is one, by the reader of cases as well. */
static inline void check_imported(const onus_case_imported *imported) {
  const char *text = onus_case_imported_text(imported);
  onus_case *c = NULL;
  onus_problems *problems = NULL;
  onus_error error = {0};
  onus_status status = onus_case_parse("imported.yaml", NULL, text, strlen(text), false, &c, &problems, &error);
  if (status != ONUS_OK && status != ONUS_NO_MEMORY)
    abort();
  onus_problems_free(problems);
  onus_case_free(c);
}

static inline void import_bytes(const uint8_t *data, size_t size, onus_imported_kind wanted) {
  onus_text text = {(char *)malloc(size + 1), size};
  onus_imported_kind kind;
  onus_error error = {0};
  if (!text.bytes)
    return;
  memcpy(text.bytes, data, size);
  text.bytes[size] = '\0';
  bool is_wanted = onus_imported_recognise("in", &text, &kind, &error) == ONUS_OK && kind == wanted;
  free(text.bytes);
  int fd = is_wanted ? memfd_create("in.json", MFD_CLOEXEC) : -1;
  if (fd < 0)
    return;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const char *paths[] = {path};
  onus_case_imported *imported = NULL;
  if (write(fd, data, size) == (ssize_t)size) {
    onus_status status =
        onus_exchange_import(paths, 1, &(onus_case_import_options){.now = "2026-01-02T03:04:05Z"}, &imported, &error);
    if (status == ONUS_OK)
      check_imported(imported);
    else if (error.text[0] == '\0' || imported)
      abort();
  }
  onus_case_imported_free(imported);
  close(fd);
}

#endif
