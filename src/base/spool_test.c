#include "base/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { LARGE = 9 << 20, PIECE = 1000, CAP = 16 << 20 };

static int n_files;

static onus_status make_file(void *context, int *ret_fd, onus_error *error) {
  (void)context;
  char path[] = "/tmp/onus-spool-XXXXXX";
  int fd = mkstemp(path);
  if (fd < 0)
    return ONUS_FAIL(error, ONUS_IO, "no file");
  unlink(path);
  n_files++;
  *ret_fd = fd;
  return ONUS_OK;
}

static char byte_at(size_t at) {
  return (char)(at * 2654435761u >> 13);
}

static void fill(onus_spool *spool, size_t length) {
  onus_error error;
  char piece[PIECE];
  for (size_t at = 0; at < length; at += PIECE) {
    size_t n = length - at < PIECE ? length - at : PIECE;
    for (size_t i = 0; i < n; i++)
      piece[i] = byte_at(at + i);
    assert_int_equal(onus_spool_append(spool, "p", piece, n, &error), ONUS_OK);
  }
  assert_int_equal(onus_spool_end(spool, "p", &error), ONUS_OK);
  assert_int_equal(spool->length_bytes, length);
  assert_int_equal(spool->bytes[length], '\0');
}

static void check(const onus_spool *spool) {
  for (size_t i = 0; i < spool->length_bytes; i++)
    if (spool->bytes[i] != byte_at(i))
      fail_msg("byte %zu differs", i);
}

static void the_same_bytes_come_back(void **state) {
  (void)state;
  long page = sysconf(_SC_PAGESIZE);
  const size_t lengths[] = {0, 1, 999, 4095, 4096, (size_t)page, (size_t)page * 17, LARGE};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    for (size_t memory = 0; memory <= LARGE; memory = memory ? memory * 64 : 100) {
      onus_spool spool = onus_spool_new(memory, CAP, make_file, NULL);
      n_files = 0;
      fill(&spool, lengths[i]);
      assert_int_equal(n_files, lengths[i] > memory);
      check(&spool);
      onus_spool_free(&spool);
    }
}

/* Pages of `spool` that are in this process' memory, by /proc. */
static size_t resident_kib(const onus_spool *spool) {
  char line[256], start[32];
  size_t kib = SIZE_MAX;
  bool is_it = false;
  FILE *file = fopen("/proc/self/smaps", "r");
  assert_non_null(file);
  snprintf(start, sizeof start, "%lx-", (unsigned long)(uintptr_t)spool->bytes);
  while (fgets(line, sizeof line, file)) {
    if (strncmp(line, start, strlen(start)) == 0)
      is_it = true;
    if (is_it && sscanf(line, "Rss: %zu", &kib) == 1)
      break;
  }
  fclose(file);
  assert_int_not_equal(kib, SIZE_MAX);
  return kib;
}

static void what_was_released_is_not_in_memory_but_there(void **state) {
  (void)state;
  onus_spool spool = onus_spool_new(0, CAP, make_file, NULL);
  fill(&spool, LARGE);
  check(&spool);
  assert_true(resident_kib(&spool) >= LARGE / 1024);
  onus_spool_release(&spool, LARGE - 1);
  assert_true(resident_kib(&spool) <= 64);
  size_t most = 0;
  for (size_t i = 0; i < LARGE; i++) { /* once more from the front, released on the way */
    assert_int_equal(spool.bytes[i], byte_at(i));
    if (i % 4096 == 0) {
      onus_spool_release(&spool, i);
      size_t kib = i % (1 << 19) == 0 ? resident_kib(&spool) : 0;
      most = kib > most ? kib : most;
    }
  }
  assert_in_range(most, 1, 2048);
  check(&spool);
  onus_spool_release(&spool, SIZE_MAX); /* beyond its end: nothing */
  check(&spool);
  onus_spool_free(&spool);
}

static void too_much_is_refused(void **state) {
  (void)state;
  for (size_t memory = 0; memory <= 100; memory += 100) {
    onus_error error = {0};
    onus_spool spool = onus_spool_new(memory, 10, make_file, NULL);
    assert_int_equal(onus_spool_append(&spool, "p", "0123456789", 10, &error), ONUS_OK);
    assert_int_equal(onus_spool_append(&spool, "p", "0", 1, &error), ONUS_LIMIT);
    assert_string_equal(error.path, "p");
    onus_spool_free(&spool);
  }
}

static onus_status make_none(void *context, int *ret_fd, onus_error *error) {
  (void)context;
  (void)ret_fd;
  return ONUS_FAIL(error, ONUS_IO, "no room");
}

static onus_status make_full(void *context, int *ret_fd, onus_error *error) {
  (void)context;
  (void)error;
  FILE *full = fopen("/dev/full", "r+");
  *ret_fd = full ? dup(fileno(full)) : -1;
  if (full)
    fclose(full);
  return ONUS_OK;
}

static void failures_are_told(void **state) {
  (void)state;
  onus_error error = {0};
  onus_spool spool = onus_spool_new(3, 100, make_none, NULL);
  assert_int_equal(onus_spool_append(&spool, "p", "abc", 3, &error), ONUS_OK);
  assert_int_equal(onus_spool_append(&spool, "p", "d", 1, &error), ONUS_IO);
  assert_string_equal(error.text, "no room");
  onus_spool_free(&spool);
  if (access("/dev/full", W_OK) != 0)
    return;
  spool = onus_spool_new(0, 100, make_full, NULL);
  assert_int_equal(onus_spool_append(&spool, "p", "abc", 3, &error), ONUS_IO);
  assert_non_null(strstr(error.text, "No space left"));
  onus_spool_free(&spool);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_bytes_come_back),
                                     cmocka_unit_test(what_was_released_is_not_in_memory_but_there),
                                     cmocka_unit_test(too_much_is_refused), cmocka_unit_test(failures_are_told)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
