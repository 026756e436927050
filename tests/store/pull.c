/* A copy of a cluster whose nodes are simulated, stopped at every moment at which it can be: whoever goes on gets the
 * bytes that come without a stop. Then what a copy does when the cluster changes, and which folders are none. */
#include <fcntl.h>
#include <sys/stat.h>

#include "store/test_folder_internal.h"

#include "check.h"
#include "simulated_cluster.h"

enum { N_KEYS = 60000, N_PAIRS = 1500000, N_ROWS = 20000, ROW_BYTES = 600 };

static const onus_store_writer_options options = {(size_t)64 << 20};

static void must(onus_status status, const onus_error *error) {
  if (status == ONUS_OK)
    return;
  fprintf(stderr, "%s: %s\n", error->path, error->text);
  exit(1);
}

/* --- what lies in the cluster ------------------------------------------------------------------------------------- */

static void seal_more(unsigned round, size_t n_keys, size_t n_pairs, size_t n_rows) {
  onus_error error = {0};
  onus_store_writer *writer;
  uint32_t first;
  uint8_t row[ROW_BYTES];
  must(onus_store_writer_open(SIMULATED_THREE, &options, &writer, &error), &error);
  for (size_t i = 0; i < n_keys; i++) {
    char key[160];
    int length = snprintf(key, sizeof key, "%0*zu.%u", 100 + (int)(i % 40), i, round);
    onus_store_record record = {{key, (size_t)length}, {(uint32_t)i % 7, round, 2, 3, 4}};
    must(onus_store_put(writer, i % 50 == 0 ? "few" : "many", &record, 1, &error), &error);
  }
  for (size_t i = 0; i < n_pairs; i++)
    must(onus_store_put_pairs(writer, "function-key", &(onus_store_pair){(uint32_t)i * 2654435761u, (uint32_t)i}, 1,
                              &error),
         &error);
  for (size_t i = 0; i < n_rows; i++) {
    memset(row, (int)(i % 251), sizeof row);
    must(onus_store_append_rows(writer, "function", sizeof row, row, 1, &first, &error), &error);
  }
  must(onus_store_put_document(writer, "note", &round, sizeof round, &error), &error);
  must(onus_store_seal(writer, &error), &error);
  onus_store_writer_close(writer);
}

static void digest_of(const char *place, char *out) {
  onus_error error = {0};
  onus_store *store;
  onus_store_description description;
  must(onus_store_open(place, &store, &error), &error);
  must(onus_store_describe(store, true, &description, &error), &error);
  memcpy(out, description.digest, sizeof description.digest);
  onus_store_description_free(&description);
  onus_store_close(store);
}

static void check_same(const char *folder) {
  char of_cluster[ONUS_STORE_DIGEST_BYTES], of_folder[ONUS_STORE_DIGEST_BYTES];
  digest_of(SIMULATED_THREE, of_cluster);
  digest_of(folder, of_folder);
  CHECK(strcmp(of_cluster, of_folder) == 0);
  CHECK(test_folder_count(folder, ".part") == 0);
}

/* --- stopping ----------------------------------------------------------------------------------------------------- */

typedef struct stop {
  unsigned n_calls, at;
  double last_share;
} stop;

static bool stop_at(void *context, double share_done) {
  stop *s = context;
  CHECK(share_done >= 0 && share_done <= 1);
  s->last_share = share_done;
  return ++s->n_calls != s->at;
}

static size_t read_segment(const char *folder, uint8_t **ret_bytes) {
  char path[600];
  struct stat info;
  snprintf(path, sizeof path, "%s/segment-0000000000100001.seg", folder);
  int fd = open(path, O_RDONLY);
  CHECK(fd >= 0 && fstat(fd, &info) == 0);
  *ret_bytes = malloc((size_t)info.st_size);
  CHECK(*ret_bytes && read(fd, *ret_bytes, (size_t)info.st_size) == info.st_size);
  close(fd);
  return (size_t)info.st_size;
}

static void check_stops(const char *whole) {
  onus_error error = {0};
  onus_store_pulled pulled;
  uint8_t *expected, *got;
  size_t n_expected = read_segment(whole, &expected);
  char folder[512];
  test_folder_make(folder);
  unsigned n_stops = 0;
  double furthest = 0;
  for (;; n_stops++) { /* each pull is stopped after its first window */
    stop s = {.at = test_folder_count(folder, ".seg") == 0 ? 1 : 0};
    onus_status status = onus_store_pull(SIMULATED_THREE, folder, stop_at, &s, &pulled, &error);
    if (status == ONUS_OK)
      break;
    CHECK(status == ONUS_CANCELLED);
    CHECK(s.last_share >= furthest); /* nothing is fetched twice */
    furthest = s.last_share;
    onus_store *store;
    CHECK(onus_store_open(folder, &store, &error) == ONUS_BAD_ARGUMENT); /* nothing of it is to be seen */
    CHECK(n_stops < 1000);
  }
  CHECK(n_stops >= 7);
  check_same(folder);
  size_t n_got = read_segment(folder, &got);
  CHECK(n_got == n_expected && memcmp(got, expected, n_got) == 0);
  free(got);
  free(expected);
  test_folder_remove(folder);
  printf("%u stops, each gone on from\n", n_stops);
}

/* A mark that does not fit what lies beside it is not believed. */
static void check_spoilt(const char *name, off_t spoilt_at) {
  onus_error error = {0};
  onus_store_pulled pulled;
  char folder[512], path[600];
  test_folder_make(folder);
  stop s = {.at = 4};
  CHECK(onus_store_pull(SIMULATED_THREE, folder, stop_at, &s, &pulled, &error) == ONUS_CANCELLED);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (spoilt_at < 0) {
    CHECK(truncate(path, -spoilt_at) == 0);
  } else {
    int fd = open(path, O_WRONLY);
    CHECK(fd >= 0 && pwrite(fd, "?", 1, spoilt_at) == 1 && close(fd) == 0);
  }
  must(onus_store_pull(SIMULATED_THREE, folder, NULL, NULL, &pulled, &error), &error);
  check_same(folder);
  test_folder_remove(folder);
}

/* --- what changes ------------------------------------------------------------------------------------------------- */

static void check_following(const char *folder) {
  onus_error error = {0};
  onus_store_pulled pulled;
  must(onus_store_pull(SIMULATED_THREE, folder, NULL, NULL, &pulled, &error), &error);
  CHECK(!pulled.has_changed && pulled.n_new_segments == 0 && pulled.n_new_bytes == 0 && pulled.n_segments == 1);
  for (unsigned round = 2; round < 14; round++) { /* four of a size are merged, so that partitions come and go */
    seal_more(round, 300, 200, 3);
    must(onus_store_pull(SIMULATED_THREE, folder, NULL, NULL, &pulled, &error), &error);
    CHECK(pulled.has_changed && pulled.n_new_segments == 1 && pulled.n_new_documents == 1);
    CHECK(pulled.n_segments == test_folder_count(folder, ".seg") && test_folder_count(folder, ".doc") == 1);
    check_same(folder);
  }
}

static void check_folders(const char *folder) {
  onus_error error = {0};
  onus_store_pulled pulled;
  onus_store_writer *writer;
  CHECK(onus_store_writer_open(folder, &options, &writer, &error) == ONUS_BAD_ARGUMENT);
  CHECK(strstr(error.text, "is a copy of " SIMULATED_THREE));
  char own[512], path[600];
  test_folder_make(own);
  must(onus_store_writer_open(own, &options, &writer, &error), &error);
  CHECK(onus_store_pull(SIMULATED_THREE, own, NULL, NULL, &pulled, &error) == ONUS_IO); /* somebody writes there */
  must(onus_store_put_document(writer, "note", "mine", 4, &error), &error);
  must(onus_store_seal(writer, &error), &error);
  onus_store_writer_close(writer);
  CHECK(onus_store_pull(SIMULATED_THREE, own, NULL, NULL, &pulled, &error) == ONUS_BAD_ARGUMENT);
  CHECK(strstr(error.text, "imports of its own"));
  test_folder_remove(own);
  test_folder_make(own);
  snprintf(path, sizeof path, "%s/PULLED", own);
  FILE *file = fopen(path, "w");
  CHECK(file && fprintf(file, "onus-pulled 1\nstore 0123456789abcdef\nfrom elsewhere\n") > 0 && fclose(file) == 0);
  CHECK(onus_store_pull(SIMULATED_THREE, own, NULL, NULL, &pulled, &error) == ONUS_BAD_ARGUMENT);
  CHECK(strstr(error.text, "is a copy of another store, pulled from elsewhere"));
  test_folder_remove(own);
}

int main(void) {
  onus_error error = {0};
  onus_store_pulled pulled;
  char folder[512];
  seal_more(1, N_KEYS, N_PAIRS, N_ROWS);
  test_folder_make(folder);
  must(onus_store_pull(SIMULATED_THREE, folder, NULL, NULL, &pulled, &error), &error);
  CHECK(pulled.has_changed && pulled.n_segments == 1 && pulled.n_new_segments == 1 && pulled.n_documents == 1);
  check_same(folder);
  check_stops(folder);
  check_spoilt("segment-mark.part", 40);
  check_spoilt("segment-mark.part", -30);
  check_spoilt("segment-new.part", -5000);
  check_following(folder);
  check_folders(folder);
  test_folder_remove(folder);
  return 0;
}
