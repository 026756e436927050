/* A reference for one test, filled call by call. Calls that fail fail the test. */
#ifndef ONUS_REFERENCE_TEST_REFERENCE_INTERNAL_H
#define ONUS_REFERENCE_TEST_REFERENCE_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reference/import.h"
#include "store/test_place_internal.h"

typedef struct test_reference {
  char place[512];
  onus_reference_writer *writer;
  onus_reference *reference;
  const onus_catalogue *catalogue;
} test_reference;

#define TEST_OK(call)                                                                                                  \
  do {                                                                                                                 \
    onus_error test_error_;                                                                                            \
    memset(&test_error_, 0, sizeof test_error_);                                                                       \
    onus_error *error = &test_error_;                                                                                  \
    if ((call) != ONUS_OK)                                                                                             \
      fail_msg("%s: %s", #call, error->text);                                                                          \
  } while (0)

static inline void test_write(test_reference *t) {
  if (t->place[0] == '\0')
    test_place_make(t->place);
  TEST_OK(onus_reference_writer_open(t->place, (size_t)1 << 20, &t->writer, error)); /* cleared in no time */
}

/* Closes without sealing. */
static inline void test_abandon(test_reference *t) {
  onus_reference_writer_close(t->writer);
  t->writer = NULL;
}

static inline void test_seal(test_reference *t) {
  TEST_OK(onus_reference_writer_seal(t->writer, error));
  test_abandon(t);
}

static inline void test_open(test_reference *t) {
  onus_reference_close(t->reference);
  t->reference = NULL;
  TEST_OK(onus_reference_open(t->place, &t->reference, error));
  t->catalogue = onus_reference_catalogue(t->reference);
}

static inline void test_end(test_reference *t) {
  onus_reference_writer_close(t->writer);
  onus_reference_close(t->reference);
  if (t->place[0] != '\0')
    test_place_remove(t->place);
  memset(t, 0, sizeof *t);
}

static inline uint32_t test_source(test_reference *t, const char *id) {
  uint32_t source = 0;
  TEST_OK(onus_import_source(t->writer, id, id, &source, error));
  return source;
}

/* An actor with other names, NULL at the end. */
static inline uint32_t test_actor(test_reference *t, const char *source, const char *id, const char *name,
                                  const char *const *others) {
  uint32_t entry = 0;
  TEST_OK(onus_import_entry(t->writer, test_source(t, source), ONUS_ENTRY_ACTOR, id, name, &entry, error));
  for (; others && *others; others++)
    TEST_OK(onus_import_claim(t->writer, entry, ONUS_CLAIM_ALIAS, *others, ONUS_NO_NUMBER, ONUS_DAY_UNKNOWN, error));
  return entry;
}
#define TEST_NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline uint32_t test_campaign(test_reference *t, const char *source, const char *id) {
  uint32_t entry = 0;
  TEST_OK(onus_import_entry(t->writer, test_source(t, source), ONUS_ENTRY_CAMPAIGN, id, id, &entry, error));
  return entry;
}

static inline uint32_t test_report(test_reference *t, const char *url) {
  uint32_t report = 0;
  TEST_OK(onus_import_report(t->writer, url, NULL, NULL, &report, error));
  return report;
}

/* A basis that lists, of reports by URL. */
static inline uint32_t test_listed(test_reference *t, uint32_t entry, const char *url, const char *second_url) {
  uint32_t basis = 0, reports[2] = {test_report(t, url), 0};
  if (second_url)
    reports[1] = test_report(t, second_url);
  TEST_OK(onus_import_basis(t->writer, ONUS_BASIS_LISTED, entry, reports, second_url ? 2 : 1, NULL, 0, &basis, error));
  return basis;
}

static inline bool test_indicator(test_reference *t, uint32_t basis, const char *text) {
  bool is_indicator = false;
  TEST_OK(onus_import_indicator(t->writer, basis, text, strlen(text), &is_indicator, error));
  return is_indicator;
}

static inline void test_digest(test_reference *t, char out[ONUS_STORE_DIGEST_BYTES]) {
  test_open(t);
  TEST_OK(onus_reference_digest(t->reference, out, error));
}

/* The postings of a key as of a day; the caller frees them. */
static inline onus_store_postings test_look_up(test_reference *t, const char *table, const char *key,
                                               int32_t as_of_day) {
  onus_store_key keys[] = {{key, strlen(key)}};
  onus_store_query query;
  memset(&query, 0, sizeof query);
  query.table = table;
  query.keys = keys;
  query.n_keys = 1;
  query.as_of_day = as_of_day;
  query.cap_per_key = 1000;
  onus_store_postings found;
  memset(&found, 0, sizeof found);
  TEST_OK(onus_store_look_up(onus_reference_store(t->reference), &query, &found, error));
  return found;
}

#endif
