#include "reference/listing_runs_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"

enum { N_BASES = 5, N_TEXTS = 400, LONG_BYTES = 100000 };

static int make_file(void) {
  char path[] = "/tmp/onus-runs-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  return fd;
}

/* Texts of which some begin alike, one is empty and one is longer than what is read at once. In the order of bytes. */
static size_t make_text(size_t number, char *out) {
  if (number == 0)
    return 0;
  int length = snprintf(out, 64, "abcdefgh%05zu%s", number / 2, number % 2 ? "x" : "");
  if (number != N_TEXTS / 2)
    return (size_t)length;
  memset(out + length, '!', LONG_BYTES);
  return (size_t)length + LONG_BYTES;
}

typedef struct expected {
  uint8_t is_there[N_BASES][N_TEXTS], is_known[N_BASES][N_TEXTS];
  size_t basis, number, n_seen;
} expected;

static onus_status take(void *context, const onus_run_line *line, onus_error *error) {
  expected *e = context;
  (void)error;
  while (e->basis < N_BASES && !e->is_there[e->basis][e->number])
    if (++e->number == N_TEXTS) {
      e->number = 0;
      e->basis++;
    }
  assert_true(e->basis < N_BASES);
  static char text[LONG_BYTES + 64];
  size_t length = make_text(e->number, text);
  assert_int_equal(line->basis, e->basis);
  assert_int_equal(line->text_bytes, length);
  assert_memory_equal(line->text, text, length);
  assert_int_equal(line->is_known, e->is_known[e->basis][e->number]);
  e->is_there[e->basis][e->number] = 0; /* once */
  e->n_seen++;
  return ONUS_OK;
}

static void all_runs_are_one(void **state) {
  (void)state;
  const size_t counts[] = {0, 1, 2, 63, 64, 65, 300};
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
    static expected e;
    static char text[LONG_BYTES + 64];
    onus_runs runs;
    onus_error error;
    size_t n_expected = 0;
    memset(&e, 0, sizeof e);
    onus_runs_init(&runs);
    assert_int_equal(onus_runs_open(&runs, make_file(), &error), ONUS_OK);
    for (size_t run = 0; run < counts[c]; run++) {
      assert_int_equal(onus_runs_begin(&runs, &error), ONUS_OK);
      for (uint32_t basis = 0; basis < N_BASES; basis++)
        for (size_t number = 0; number < N_TEXTS; number++) {
          uint64_t bits = onus_random_bits(c, run, basis * N_TEXTS + number);
          if (bits % 50)
            continue;
          onus_run_line line = {basis, bits % 150 == 0, text, make_text(number, text)};
          assert_int_equal(onus_runs_add(&runs, &line, &error), ONUS_OK);
          n_expected += !e.is_there[basis][number];
          e.is_there[basis][number] = 1;
          e.is_known[basis][number] |= line.is_known;
        }
      assert_int_equal(onus_runs_end(&runs, &error), ONUS_OK);
      assert_true(runs.n_runs <= ONUS_LISTING_RUNS_MAX);
    }
    assert_int_equal(onus_runs_merge(&runs, take, &e, &error), ONUS_OK);
    assert_int_equal(e.n_seen, n_expected);
    onus_runs_free(&runs);
  }
}

static onus_status refuse(void *context, const onus_run_line *line, onus_error *error) {
  (void)context;
  (void)line;
  return ONUS_FAIL(error, ONUS_CANCELLED, "stop");
}

static void failures_are_told(void **state) {
  (void)state;
  onus_runs runs;
  onus_error error = {0};
  onus_run_line line = {1, false, "a.example", 9};
  onus_runs_init(&runs);
  assert_int_equal(onus_runs_open(&runs, make_file(), &error), ONUS_OK);
  assert_int_equal(onus_runs_begin(&runs, &error), ONUS_OK);
  assert_int_equal(onus_runs_add(&runs, &line, &error), ONUS_OK);
  assert_int_equal(onus_runs_end(&runs, &error), ONUS_OK);
  assert_int_equal(onus_runs_merge(&runs, refuse, NULL, &error), ONUS_CANCELLED);
  assert_int_equal(ftruncate(runs.fd, 5), 0); /* a disk that forgets */
  assert_int_equal(onus_runs_merge(&runs, refuse, NULL, &error), ONUS_IO);
  onus_runs_free(&runs);
  if (access("/dev/full", W_OK) != 0)
    return;
  FILE *full = fopen("/dev/full", "r+");
  assert_non_null(full);
  assert_int_equal(onus_runs_open(&runs, dup(fileno(full)), &error), ONUS_OK);
  fclose(full);
  assert_int_equal(onus_runs_begin(&runs, &error), ONUS_OK);
  assert_int_equal(onus_runs_add(&runs, &line, &error), ONUS_OK);
  assert_int_equal(onus_runs_end(&runs, &error), ONUS_IO);
  onus_runs_free(&runs);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(all_runs_are_one), cmocka_unit_test(failures_are_told)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
