/* A writer that dies, and readers that read while it writes: kill FOLDER-FREE program, no arguments.
 *
 * A child imports a known sequence of batches and is killed, 100 times at a moment by the clock and 100 times just
 * before or after the n-th call by which it changes the folder (this program brings its own write, pwrite, fsync,
 * rename and unlink, which count). After each the store must open and hold batches 0 … n−1 for some n: at least those
 * whose seal the child had reported, at most one more, and the documents of the last of them. The next child goes on
 * from there; whatever was killed, the end is the same as that of an import in one go. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/random.h"
#include "store/store.h"
#include "store/test_folder_internal.h"

#include "check.h"

enum {
  N_BATCHES = 30,
  BATCH_RECORDS = 5200,
  BATCH_KEYS = 1300,
  BATCH_PAIRS = 17000,
  BATCH_ROWS = 900,
  KILLS_BY_CLOCK = 100,
  KILLS_BY_CALL = 100
};

#define MUST(call)                                                                                                     \
  do {                                                                                                                 \
    onus_error must_error_ = {0};                                                                                      \
    onus_error *error = &must_error_;                                                                                  \
    if ((call) != ONUS_OK) {                                                                                           \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, must_error_.path, must_error_.text);                      \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

/* --- calls that change the folder --------------------------------------------------------------------------------- */

static unsigned long n_calls, kill_at; /* kill_at 0: never; odd: before a call, even: after it */
static unsigned long n_tries, fail_at; /* a call that says the disk is full; 0: none */

static bool is_full(void) {
  errno = ENOSPC;
  return ++n_tries == fail_at;
}

static void may_die(void) {
  if (++n_calls == kill_at)
    kill(getpid(), SIGKILL);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset);
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  may_die();
  if (is_full())
    return -1;
  ssize_t wrote = syscall(SYS_pwrite64, fd, bytes, kill_at == n_calls + 1 ? count / 2 + 1 : count, offset);
  may_die();
  return wrote;
}

ssize_t write(int fd, const void *bytes, size_t count);
ssize_t write(int fd, const void *bytes, size_t count) {
  may_die();
  if (is_full())
    return -1;
  ssize_t wrote = syscall(SYS_write, fd, bytes, kill_at == n_calls + 1 ? count / 2 + 1 : count);
  may_die();
  return wrote;
}

int fsync(int fd) {
  may_die();
  int result =
      fd >= 0 && !is_full() ? 0 : -1; /* killing a process loses nothing that it wrote: do not wait for the disk */
  may_die();
  return result;
}

int rename(const char *from, const char *to) {
  may_die();
  int result = is_full() ? -1 : (int)syscall(SYS_rename, from, to);
  may_die();
  return result;
}

int unlink(const char *path) {
  may_die();
  int result = (int)syscall(SYS_unlink, path);
  may_die();
  return result;
}

/* --- the import --------------------------------------------------------------------------------------------------- */

static size_t make_key(unsigned batch, unsigned number, char *out) {
  /* A third of the keys are those of other batches too. */
  int length = number % 3 == 0 ? snprintf(out, 48, "shared-%u", number) : snprintf(out, 48, "own-%u-%u", batch, number);
  return (size_t)length;
}

/* The document that all batches replace, and one of every second batch. */
static size_t make_document(unsigned batch, char *out) {
  return (size_t)snprintf(out, 4000, "batch %u %*s", batch, 10 + (int)(batch * 100), "end");
}

static onus_status put_documents(onus_store_writer *writer, unsigned batch, onus_error *error) {
  char text[4000], name[32];
  size_t length = make_document(batch, text);
  snprintf(name, sizeof name, "state/%u", batch);
  onus_status status = batch % 2 ? onus_store_put_document(writer, name, text, length, error) : ONUS_OK;
  return status == ONUS_OK ? onus_store_put_document(writer, "state", text, length, error) : status;
}

/* Every second pair has a key that other batches have too; a row says whose it is. */
static onus_store_pair make_pair(unsigned batch, unsigned i) {
  return (onus_store_pair){(i % 2 ? i : batch * BATCH_PAIRS + i) * 2654435761u, batch * BATCH_PAIRS + i};
}

static onus_status put_flat(onus_store_writer *writer, unsigned batch, onus_error *error) {
  static onus_store_pair pairs[BATCH_PAIRS];
  static uint32_t rows[BATCH_ROWS][3];
  uint32_t first;
  for (unsigned i = 0; i < BATCH_PAIRS; i++)
    pairs[i] = make_pair(batch, i);
  for (unsigned i = 0; i < BATCH_ROWS; i++)
    memcpy(rows[i], (uint32_t[]){batch, i, batch ^ i}, sizeof rows[i]);
  onus_status status = onus_store_put_pairs(writer, "function-key", pairs, BATCH_PAIRS, error);
  if (status == ONUS_OK)
    status = onus_store_append_rows(writer, "function", sizeof rows[0], rows, BATCH_ROWS, &first, error);
  CHECK(status != ONUS_OK || first == batch * BATCH_ROWS);
  return status;
}

static onus_status put_batch(onus_store_writer *writer, unsigned batch, onus_error *error) {
  for (unsigned i = 0; i < BATCH_RECORDS; i++) {
    char key[48];
    onus_store_record record = {{key, make_key(batch, i % BATCH_KEYS, key)},
                                {batch, i, (int32_t)batch, (int32_t)batch + 3, i % BATCH_KEYS}};
    onus_status status = onus_store_put(writer, "indicator", &record, 1, error);
    if (status != ONUS_OK)
      return status;
    if (i == BATCH_RECORDS / 2 && (status = put_documents(writer, batch, error)) != ONUS_OK)
      return status;
  }
  onus_status flat_status = put_flat(writer, batch, error);
  if (flat_status != ONUS_OK)
    return flat_status;
  return put_documents(writer, batch, error); /* a second time, as an importer might */
}

/* `reported`: batches whose seal has come back, shared with the parent. */
static void import(const char *folder, unsigned first, volatile unsigned *reported) {
  onus_store_writer_options options = {(size_t)256 << 10}; /* a batch is more: runs are set aside */
  onus_store_writer *writer;
  MUST(onus_store_writer_open(folder, &options, &writer, error));
  for (unsigned batch = first; batch < N_BATCHES; batch++) {
    MUST(put_batch(writer, batch, error));
    MUST(onus_store_seal(writer, error));
    *reported = batch + 1;
  }
  onus_store_writer_close(writer);
}

/* --- what a reader sees ------------------------------------------------------------------------------------------- */

/* How many batches the view holds; each must be there whole, and none after the first that is missing. */
static unsigned count_batches(const onus_store *store) {
  unsigned n = 0;
  bool has_ended = false;
  static char text[BATCH_KEYS][48];
  static onus_store_key keys[BATCH_KEYS];
  for (unsigned batch = 0; batch < N_BATCHES; batch++) {
    for (unsigned i = 0; i < BATCH_KEYS; i++)
      keys[i] = (onus_store_key){text[i], make_key(batch, i, text[i])};
    onus_store_query query = {"indicator", keys, BATCH_KEYS, ONUS_STORE_ALWAYS, 100000, false};
    onus_store_postings found;
    MUST(onus_store_look_up(store, &query, &found, error));
    size_t n_found = 0;
    for (size_t i = 0; i < found.first[BATCH_KEYS]; i++)
      n_found += found.postings[i].holder == batch;
    onus_store_postings_free(&found);
    CHECK(n_found == 0 || n_found == BATCH_RECORDS);
    CHECK(!(has_ended && n_found > 0));
    has_ended |= n_found == 0;
    n += n_found > 0;
  }
  return n;
}

/* The documents of batches 0 … n − 1, and no others. */
static void check_documents(const onus_store *store, const onus_store_description *description, unsigned n) {
  onus_text text;
  char expected[4000], name[32];
  for (unsigned batch = 0; batch < N_BATCHES; batch++) {
    bool is_there = batch % 2 && batch < n;
    size_t length = make_document(batch, expected);
    snprintf(name, sizeof name, "state/%u", batch);
    MUST(onus_store_document(store, name, &text, error));
    CHECK(is_there ? text.length == length && memcmp(text.bytes, expected, length) == 0 : text.bytes == NULL);
    onus_text_free(&text);
  }
  MUST(onus_store_document(store, "state", &text, error));
  size_t length = n > 0 ? make_document(n - 1, expected) : 0;
  CHECK(n > 0 ? text.length == length && memcmp(text.bytes, expected, length) == 0 : text.bytes == NULL);
  onus_text_free(&text);
  CHECK(description->n_documents == n / 2 + (n > 0));
}

/* The pairs and rows of batches 0 … n − 1, and no others. */
static void check_flat(const onus_store *store, const onus_store_description *description, unsigned n) {
  static uint32_t numbers[BATCH_ROWS], rows[BATCH_ROWS][3], keys[BATCH_PAIRS];
  for (size_t i = 0; i < description->n_tables; i++) {
    if (description->tables[i].kind == ONUS_STORE_PAIRS)
      CHECK(description->tables[i].n_postings == (uint64_t)n * BATCH_PAIRS);
    if (description->tables[i].kind == ONUS_STORE_ROWS)
      CHECK(description->tables[i].n_keys == (uint64_t)n * BATCH_ROWS);
  }
  for (unsigned batch = 0; batch < n; batch++) {
    for (unsigned i = 0; i < BATCH_ROWS; i++)
      numbers[i] = batch * BATCH_ROWS + i;
    MUST(onus_store_rows(store, "function", sizeof rows[0], numbers, BATCH_ROWS, rows, error));
    for (unsigned i = 0; i < BATCH_ROWS; i++)
      CHECK(rows[i][0] == batch && rows[i][1] == i && rows[i][2] == (batch ^ i));
    for (unsigned i = 0; i < BATCH_PAIRS; i++)
      keys[i] = make_pair(batch, i).key;
    onus_store_pair_query query = {"function-key", keys, BATCH_PAIRS, 1000};
    onus_store_numbers found;
    MUST(onus_store_look_up_pairs(store, &query, &found, error));
    for (unsigned i = 0; i < BATCH_PAIRS; i++) {
      bool has = false;
      for (size_t k = found.first[i]; k < found.first[i + 1]; k++)
        has |= found.numbers[k] == make_pair(batch, i).number;
      CHECK(has);
    }
    onus_store_numbers_free(&found);
  }
}

static unsigned check_store(const char *folder, char *ret_digest) {
  onus_store *store;
  onus_store_description description;
  MUST(onus_store_open(folder, &store, error));
  MUST(onus_store_describe(store, true, &description, error));
  memcpy(ret_digest, description.digest, sizeof description.digest);
  unsigned n = count_batches(store);
  CHECK((description.n_tables == 0 ? 0 : description.tables[0].n_postings) == (uint64_t)n * BATCH_RECORDS);
  check_documents(store, &description, n);
  check_flat(store, &description, n);
  onus_store_description_free(&description);
  onus_store_close(store);
  return n;
}

/* --- killing ------------------------------------------------------------------------------------------------------ */

static void sleep_us(uint64_t microseconds) {
  struct timespec time = {(time_t)(microseconds / 1000000), (long)(microseconds % 1000000 * 1000)};
  nanosleep(&time, NULL);
}

static uint64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The child goes on at batch `first` and is killed; true if it was. */
static bool run_child(const char *folder, unsigned first, volatile unsigned *reported, unsigned long call,
                      uint64_t after_us) {
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    n_calls = 0;
    kill_at = call;
    import(folder, first, reported);
    _exit(0);
  }
  if (after_us > 0) {
    sleep_us(after_us);
    kill(child, SIGKILL);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

static void test_kills(volatile unsigned *reported) {
  char whole[512], folder[512], expected[ONUS_STORE_DIGEST_BYTES], digest[ONUS_STORE_DIGEST_BYTES];
  test_folder_make(whole);
  n_calls = 0;
  uint64_t began = now_us();
  import(whole, 0, reported);
  uint64_t whole_us = now_us() - began;
  unsigned long whole_calls = n_calls;
  CHECK(check_store(whole, expected) == N_BATCHES);
  test_folder_remove(whole);

  test_folder_make(folder);
  unsigned n_killed = 0, n_rounds = 0, done = 0;
  for (unsigned i = 0; n_killed < KILLS_BY_CLOCK + KILLS_BY_CALL; i++) {
    CHECK(i < 4000);
    *reported = done;
    bool by_call = n_killed >= KILLS_BY_CLOCK;
    /* Mostly early, so that one import is killed several times; sometimes late. */
    uint64_t part = onus_random_bits(7, 2, i) % (i % 4 == 0 ? 1000 : 300);
    unsigned long call = by_call ? 1 + whole_calls * part / 1000 : 0;
    bool was_killed = run_child(folder, done, reported, call, by_call ? 0 : 1 + whole_us * part / 1000);
    n_killed += was_killed;
    if (access(folder, F_OK) == 0 && test_folder_count(folder, "MANIFEST") == 0)
      continue; /* killed before there was a store */
    if (test_folder_count(folder, "MANIFEST") == test_folder_count(folder, "MANIFEST."))
      continue;
    unsigned n = check_store(folder, digest);
    CHECK(n >= *reported && n <= *reported + 1);
    CHECK(was_killed || n == N_BATCHES);
    done = n;
    if (n == N_BATCHES) { /* complete: the same as in one go, then from the start again */
      CHECK(strcmp(digest, expected) == 0);
      test_folder_remove(folder);
      test_folder_make(folder);
      done = 0;
      n_rounds++;
    }
  }
  *reported = done;
  run_child(folder, done, reported, 0, 0);
  CHECK(check_store(folder, digest) == N_BATCHES && strcmp(digest, expected) == 0);
  CHECK(test_folder_count(folder, ".part") == 0);
  CHECK(test_folder_count(folder, ".doc") == N_BATCHES / 2 + 1);
  test_folder_remove(folder);
  printf("%u kills, %u imports completed in spite of them, %lu calls in one\n", n_killed, n_rounds + 1, whole_calls);
}

/* --- a full disk -------------------------------------------------------------------------------------------------- */

static void seal_batches(const char *folder, unsigned n_batches) {
  for (unsigned batch = 0; batch < n_batches; batch++) {
    onus_store_writer *writer;
    MUST(onus_store_writer_open(folder, NULL, &writer, error));
    MUST(put_batch(writer, batch, error));
    MUST(onus_store_seal(writer, error));
    onus_store_writer_close(writer);
  }
}

/* Each write, sync and rename fails in turn while the fourth batch is sealed, which also merges: the call says so, or
 * it was one that may fail in silence, and the store holds three batches or four. */
static void test_full_disk(void) {
  enum { BEFORE = 3 };
  unsigned n_failures = 0, n_silent = 0;
  for (unsigned long n = 1;; n++) {
    char folder[512], digest[ONUS_STORE_DIGEST_BYTES];
    onus_store_writer_options options = {(size_t)256 << 10};
    onus_store_writer *writer;
    onus_error detail = {0};
    test_folder_make(folder);
    seal_batches(folder, BEFORE);
    MUST(onus_store_writer_open(folder, &options, &writer, error));
    n_tries = 0;
    fail_at = n;
    onus_status status = put_batch(writer, BEFORE, &detail);
    if (status == ONUS_OK)
      status = onus_store_seal(writer, &detail);
    bool has_failed = n_tries >= n;
    fail_at = 0;
    CHECK(status == ONUS_OK || (status == ONUS_IO && has_failed && strstr(detail.text, "No space")));
    if (status != ONUS_OK)
      CHECK(onus_store_seal(writer, NULL) == ONUS_BAD_ARGUMENT);
    onus_store_writer_close(writer);
    CHECK(check_store(folder, digest) == (status == ONUS_OK ? BEFORE + 1 : BEFORE));
    CHECK(test_folder_count(folder, ".part") == 0);
    test_folder_remove(folder);
    n_failures += status != ONUS_OK;
    n_silent += status == ONUS_OK && has_failed;
    if (!has_failed)
      break;
  }
  CHECK(n_failures > 5);
  printf("a full disk: %u failures said, %u without harm\n", n_failures, n_silent);
}

/* --- readers beside a writer -------------------------------------------------------------------------------------- */

static void read_until_complete(const char *folder) {
  onus_store *store;
  unsigned last = 0;
  MUST(onus_store_open(folder, &store, error));
  for (int i = 0; last < N_BATCHES; i++) {
    unsigned n = count_batches(store);
    CHECK(n >= last && n == count_batches(store));
    last = n;
    if (i % 3 == 0) {
      onus_store_close(store);
      MUST(onus_store_open(folder, &store, error));
    } else {
      MUST(onus_store_refresh(store, error));
    }
  }
  onus_store_close(store);
}

static void test_readers(volatile unsigned *reported) {
  char folder[512];
  test_folder_make(folder);
  onus_store_writer *writer;
  MUST(onus_store_writer_open(folder, NULL, &writer, error));
  onus_store_writer_close(writer);
  pid_t readers[3];
  for (size_t i = 0; i < 3; i++) {
    readers[i] = fork();
    CHECK(readers[i] >= 0);
    if (readers[i] == 0) {
      read_until_complete(folder);
      _exit(0);
    }
  }
  import(folder, 0, reported);
  for (size_t i = 0; i < 3; i++) {
    int status;
    CHECK(waitpid(readers[i], &status, 0) == readers[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  test_folder_remove(folder);
  printf("3 readers beside a writer saw whole batches only\n");
}

/* A writer of another process holds the store until it dies. */
static void test_two_writers(void) {
  char folder[512];
  test_folder_make(folder);
  int ready[2];
  CHECK(pipe(ready) == 0);
  pid_t child = fork();
  CHECK(child >= 0);
  onus_store_writer *writer;
  if (child == 0) {
    MUST(onus_store_writer_open(folder, NULL, &writer, error));
    CHECK(write(ready[1], "x", 1) == 1);
    pause();
    _exit(0);
  }
  char byte;
  onus_error error;
  CHECK(read(ready[0], &byte, 1) == 1);
  CHECK(onus_store_writer_open(folder, NULL, &writer, &error) == ONUS_IO && strstr(error.text, "another process"));
  kill(child, SIGKILL);
  CHECK(waitpid(child, NULL, 0) == child);
  CHECK(onus_store_writer_open(folder, NULL, &writer, &error) == ONUS_OK);
  onus_store_writer_close(writer);
  close(ready[0]);
  close(ready[1]);
  test_folder_remove(folder);
  printf("two writers: the second is told, and may once the first is gone\n");
}

int main(void) {
  volatile unsigned *reported = mmap(NULL, sizeof *reported, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(reported != MAP_FAILED);
  test_two_writers();
  test_full_disk();
  test_readers(reported);
  test_kills(reported);
  return 0;
}
