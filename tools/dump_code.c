/* The candidates that a reference has for the functions of programs; dump.h says what is read and written. The pool of
 * a line becomes a reference in the folder TMPDIR. */
#include "dump.h"

#include "reference/code_internal.h"
#include "store/test_folder_internal.h"

/* Functions of a reference are those that are no thunks. */
static uint64_t address_of(const onus_fingerprints *prints, uint32_t number) {
  for (size_t i = 0; i < prints->count; i++)
    if (!prints->items[i].is_thunk && number-- == 0)
      return prints->items[i].address;
  return 0;
}

/* A reference with the pool in it, each program of a family of its own. */
static void import(const char *folder, const dump *d) {
  onus_reference_writer *writer;
  onus_error error = {0};
  uint32_t source, actor, report, basis;
  dump_must(onus_reference_writer_open(folder, 0, &writer, &error), &error);
  dump_must(onus_import_source(writer, "pool", "pool", &source, &error), &error);
  dump_must(onus_import_entry(writer, source, ONUS_ENTRY_ACTOR, "a", "a", &actor, &error), &error);
  dump_must(onus_import_report(writer, NULL, "r", NULL, &report, &error), &error);
  dump_must(onus_import_basis(writer, ONUS_BASIS_LISTED, actor, &report, 1, NULL, 0, &basis, &error), &error);
  for (size_t i = 0; i < d->n_pool; i++) {
    onus_signatures *signatures;
    dump_must(onus_signatures_make(d->pool[i]->prints, &signatures, &error), &error);
    uint8_t sha256[ONUS_CODE_SHA256_BYTES] = {(uint8_t)i};
    bool is_new;
    onus_import_program said = {sha256, d->pool[i]->path, d->pool[i]->path, basis, signatures};
    dump_must(onus_import_code(writer, &said, &is_new, &error), &error);
    onus_signatures_free(signatures);
  }
  dump_must(onus_reference_writer_seal(writer, &error), &error);
  onus_reference_writer_close(writer);
}

static void run(dump *d, const onus_match_options *options) {
  char folder[512];
  onus_reference *reference;
  onus_code_result *result;
  onus_error error = {0};
  test_folder_make(folder);
  import(folder, d);
  dump_must(onus_reference_open(folder, &reference, &error), &error);
  onus_code_query query = {.prints = d->query->prints};
  dump_must(onus_code_ask(reference, &query, options, &result, &error), &error);
  onus_code_result_free(result);
  onus_reference_close(reference);
  test_folder_remove(folder);
}

int main(int argc, char **argv) {
  return dump_main(argc, argv, run, address_of);
}
