/* One view, read by several threads from its first touch on: blocks are checked by whoever comes first. */
#include <pthread.h>

#include "store/store.h"
#include "store/test_folder_internal.h"

enum { N_KEYS = 4000, N_THREADS = 4, ROUNDS = 5 };

static char texts[N_KEYS][24];
static onus_store_key keys[N_KEYS];
static onus_store *store;

static void *read_all(void *context) {
  size_t *n_wrong = context;
  for (int round = 0; round < ROUNDS; round++) {
    onus_store_query query = {"indicator", keys, N_KEYS, ONUS_STORE_ALWAYS, 10, true};
    onus_store_postings found;
    if (onus_store_look_up(store, &query, &found, NULL) != ONUS_OK) {
      ++*n_wrong;
      continue;
    }
    for (size_t i = 0; i < N_KEYS; i++)
      *n_wrong += found.first[i + 1] != i + 1 || found.postings[i].holder != i || found.n_holders[i] != 1;
    onus_store_postings_free(&found);
  }
  return NULL;
}

int main(void) {
  char folder[512];
  test_folder_make(folder);
  onus_store_writer *writer;
  if (onus_store_writer_open(folder, NULL, &writer, NULL) != ONUS_OK)
    return 1;
  for (uint32_t i = 0; i < N_KEYS; i++) {
    int length = snprintf(texts[i], sizeof texts[i], "key %u", i);
    keys[i] = (onus_store_key){texts[i], (size_t)length};
    onus_store_record record = {keys[i], {i, 0, 0, 0, 0}};
    if (onus_store_put(writer, "indicator", &record, 1, NULL) != ONUS_OK ||
        (i % 1500 == 0 && onus_store_seal(writer, NULL) != ONUS_OK))
      return 1;
  }
  if (onus_store_seal(writer, NULL) != ONUS_OK || onus_store_open(folder, &store, NULL) != ONUS_OK)
    return 1;
  pthread_t threads[N_THREADS];
  size_t n_wrong[N_THREADS] = {0}, sum = 0;
  for (size_t i = 0; i < N_THREADS; i++)
    if (pthread_create(&threads[i], NULL, read_all, &n_wrong[i]) != 0)
      return 1;
  for (size_t i = 0; i < N_THREADS; i++) {
    pthread_join(threads[i], NULL);
    sum += n_wrong[i];
  }
  onus_store_close(store);
  onus_store_writer_close(writer);
  test_folder_remove(folder);
  printf("%zu wrong answers to %d threads\n", sum, N_THREADS);
  return sum != 0;
}
