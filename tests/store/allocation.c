/* Memory that runs out in the store at every place in turn: the linker sends malloc, calloc and realloc of the library
 * here (--wrap), which count and refuse the n-th, alone or with all that follow.
 *
 * With STORE_IS_SIMULATED the store is in nodes that are simulated. With an argument, how many requests are refused of
 * each call, it is in the real ones of ONUS_TEST_NODES, and libcurl's requests are refused too. */
#include "store/store.h"
#include "store/test_folder_internal.h"

#include "../allocation/sweep_call.h"

static char place[512]; /* a folder, or in a cluster */

#ifdef STORE_IS_SIMULATED
#define SIMULATED_REALLOC __real_realloc
#define SIMULATED_FREE __real_free
#include "simulated_cluster.h"

static simulated_state at_first;
#define BEGIN_WRITING() (at_first.has_tables ? simulated_restore(&at_first) : (void)0)
#else
#include "store/cluster_internal.h"
#endif

#ifndef STORE_IS_SIMULATED
#include <curl/curl.h>

static bool has_store;

/* What libcurl keeps of connections comes and goes: refused, not counted. */
static void *curl_malloc(size_t bytes) {
  return refuse() ? NULL : __real_malloc(bytes);
}
static void *curl_calloc(size_t count, size_t bytes) {
  return refuse() ? NULL : __real_calloc(count, bytes);
}
static void *curl_realloc(void *memory, size_t bytes) {
  return refuse() ? NULL : __real_realloc(memory, bytes);
}
static char *curl_strdup(const char *text) {
  size_t bytes = strlen(text) + 1;
  char *copy = curl_malloc(bytes);
  return copy ? memcpy(copy, text, bytes) : NULL;
}

/* A writer without memory cannot give its lease back: others would wait a minute. */
static void release_lease(void) {
  onus_cluster *cluster;
  onus_call call = {.sql = "INSERT INTO lease (epoch, token, is_released) SELECT epoch, token, 1 FROM lease "
                           "ORDER BY epoch DESC LIMIT 1"};
  unsigned long n_requests = heap.n_requests, fail_at = heap.fail_at;
  heap.fail_at = 0;
  if (onus_cluster_open(place, &cluster, NULL) != ONUS_OK || onus_cluster_call(cluster, &call, 1, NULL) != ONUS_OK ||
      call.outcome != ONUS_CALL_OK)
    FAULT("the lease cannot be released");
  onus_cluster_free_calls(&call, 1);
  onus_cluster_close(cluster);
  heap.fail_at = fail_at;
  heap.n_requests = n_requests;
}
#define BEGIN_WRITING() (sweep_runs > 0 && has_store ? release_lease() : (void)0)
#endif

static onus_store *store;
static const onus_store_writer_options options = {(size_t)256 << 10};
static char nothing;

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static onus_status put_and_seal(size_t n_records, onus_error *error) {
  onus_store_writer *writer = NULL;
  BEGIN_WRITING();
  onus_status status = onus_store_writer_open(place, &options, &writer, error);
  for (size_t i = 0; status == ONUS_OK && i < n_records; i++) {
    char key[32];
    int length = snprintf(key, sizeof key, "key %zu", i % 500);
    onus_store_record record = {{key, (size_t)length}, {(uint32_t)i, 1, 2, 3, 4}};
    status = onus_store_put(writer, "indicator", &record, 1, error);
  }
  for (size_t i = 0; status == ONUS_OK && i < 4 * n_records; i++)
    status = onus_store_put_pairs(writer, "function-key", &(onus_store_pair){(uint32_t)i * 2654435761u, (uint32_t)i}, 1,
                                  error);
  uint32_t first;
  if (status == ONUS_OK)
    status = onus_store_append_rows(writer, "function", 8, "a row of 2", 1, &first, error);
  if (status == ONUS_OK)
    status = onus_store_put_document(writer, "note", "hello", 5, error);
  if (status == ONUS_OK)
    status = onus_store_seal(writer, error);
  onus_store_writer_close(writer);
  return status;
}

static onus_status document(onus_error *error) {
  onus_text text = {.length = 77};
  onus_status status = onus_store_document(store, "note", &text, error);
  if (status == ONUS_OK)
    onus_text_free(&text);
  else if (text.length != 77)
    FAULT("a document came back from a call that failed");
  return status;
}

static onus_status writer_document(onus_error *error) {
  onus_store_writer *writer = NULL;
  onus_text text = {0};
  BEGIN_WRITING();
  onus_status status = onus_store_writer_open(place, &options, &writer, error);
  if (status == ONUS_OK)
    status = onus_store_writer_document(writer, "note", &text, error);
  if (status == ONUS_OK && text.length != 5)
    FAULT("the document is another");
  onus_text_free(&text);
  onus_store_writer_close(writer);
  return status;
}

static onus_status seal_few(onus_error *error) {
  return put_and_seal(10, error);
}

static onus_status seal_many(onus_error *error) {
  return put_and_seal(9000, error);
}

static onus_status compact(onus_error *error) {
  onus_store_writer *writer = NULL;
  BEGIN_WRITING();
  onus_status status = onus_store_writer_open(place, &options, &writer, error);
  if (status == ONUS_OK)
    status = onus_store_compact(writer, error);
  onus_store_writer_close(writer);
  return status;
}

static onus_status seal_and_compact(onus_error *error) {
  ONUS_TRY(put_and_seal(10, error));
  return compact(error);
}

static onus_status open_store(onus_error *error) {
  onus_store *opened = (onus_store *)(void *)&nothing;
  onus_status status = onus_store_open(place, &opened, error);
  if (status == ONUS_OK)
    onus_store_close(opened);
  else if ((char *)opened != &nothing)
    FAULT("a view came back from a call that failed");
  return status;
}

static onus_status refresh(onus_error *error) {
  return onus_store_refresh(store, error);
}

static onus_status look_up(onus_error *error) {
  onus_store_key keys[2] = {{"key 1", 5}, {"none", 4}};
  onus_store_query query = {"indicator", keys, 2, ONUS_STORE_ALWAYS, 5000, true};
  onus_store_postings found = {.n_keys = 77};
  onus_status status = onus_store_look_up(store, &query, &found, error);
  if (status == ONUS_OK)
    onus_store_postings_free(&found);
  else if (found.n_keys != 77)
    FAULT("postings came back from a call that failed");
  return status;
}

static onus_status look_up_pairs(onus_error *error) {
  uint32_t keys[3] = {0, 2654435761u, 5};
  onus_store_pair_query query = {"function-key", keys, 3, 10};
  onus_store_numbers found = {.n_keys = 77};
  onus_status status = onus_store_look_up_pairs(store, &query, &found, error);
  if (status == ONUS_OK)
    onus_store_numbers_free(&found);
  else if (found.n_keys != 77)
    FAULT("numbers came back from a call that failed");
  return status;
}

static onus_status rows(onus_error *error) {
  uint32_t number = 0;
  char row[8] = "nothing";
  onus_status status = onus_store_rows(store, "function", 8, &number, 1, row, error);
  if (memcmp(row, status == ONUS_OK ? "a row of" : "nothing", 8) != 0)
    FAULT("the row is another");
  return status;
}

static onus_status count_holders(onus_error *error) {
  onus_store_key keys[2] = {{"key 1", 5}, {"none", 4}};
  onus_store_query query = {"indicator", keys, 2, ONUS_STORE_ALWAYS, 5000, true};
  uint64_t counts[2] = {77, 77};
  onus_status status = onus_store_count_holders(store, &query, counts, error);
  if (status != ONUS_OK && counts[0] != 77)
    FAULT("counts came back from a call that failed");
  return status;
}

static onus_status describe(onus_error *error) {
  onus_store_description description = {.n_tables = 77};
  onus_status status = onus_store_describe(store, true, &description, error);
  if (status == ONUS_OK)
    onus_store_description_free(&description);
  else if (description.n_tables != 77)
    FAULT("a description came back from a call that failed");
  return status;
}

#ifdef STORE_IS_SIMULATED
static onus_status pull(onus_error *error) {
  char folder[512];
  onus_store_pulled pulled = {.n_segments = 77};
  test_folder_make(folder);
  onus_status status = onus_store_pull(place, folder, NULL, NULL, &pulled, error);
  if (status == ONUS_OK) /* once more: there is nothing to fetch */
    status = onus_store_pull(place, folder, NULL, NULL, &pulled, error);
  else if (pulled.n_segments != 77)
    FAULT("a summary came back from a call that failed");
  test_folder_remove(folder);
  return status;
}

/* A folder that was pulled has all that is there; the cluster it is pushed to has less again. */
static char pulled_folder[512];
static simulated_state at_less;

static onus_status push(onus_error *error) {
  onus_store_pushed pushed = {.n_documents = 77};
  simulated_restore(&at_less);
  onus_status status = onus_store_push(pulled_folder, place, NULL, NULL, NULL, NULL, &pushed, error);
  if (status != ONUS_OK && pushed.n_documents != 77)
    FAULT("a summary came back from a call that failed");
  if (status == ONUS_OK && (pushed.n_records == 0 || pushed.n_rows == 0))
    FAULT("what is lacking was not pushed");
  return status;
}
#endif

/* What a view of a cluster holds of connections comes and goes with the calls: there each call has a view of its own.
 */
static onus_status (*viewed_call)(onus_error *error);

static onus_status call_viewed(onus_error *error) {
  ONUS_TRY(onus_store_open(place, &store, error));
  onus_status status = viewed_call(error);
  onus_store_close(store);
  store = NULL;
  return status;
}

static void sweep_viewed(const char *name, onus_status (*call)(onus_error *error)) {
  viewed_call = call;
  sweep(name, store ? call : call_viewed);
}

int main(int n_arguments, char **arguments) {
  bool is_remote = n_arguments > 1;
#ifdef STORE_IS_SIMULATED
  const char *named = SIMULATED_THREE;
#else
  const char *nodes = is_remote ? getenv("ONUS_TEST_NODES") : NULL;
  char named[512] = "";
  if (nodes)
    snprintf(named, sizeof named, "%sallocation", nodes);
  if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, __real_free, curl_realloc, curl_strdup, curl_calloc) !=
      CURLE_OK)
    FAULT("libcurl cannot start");
#endif
  snprintf(place, sizeof place, "%s", named);
  if (place[0] == '\0')
    test_folder_make(place);
  sweep_runs = is_remote ? strtoul(arguments[1], NULL, 10) : 0;
  bool is_filled = put_and_seal(10, NULL) == ONUS_OK;
#ifdef STORE_IS_SIMULATED
  at_less = simulated.state;
#endif
  is_filled = is_filled && put_and_seal(9000, NULL) == ONUS_OK;
  if (!is_filled || (!is_remote && onus_store_open(place, &store, NULL) != ONUS_OK))
    FAULT("the store cannot be made");
#ifdef STORE_IS_SIMULATED
  at_first = simulated.state;
#else
  has_store = true;
#endif
  sweep("seal a few", seal_few);
  sweep("seal many", seal_many);
  sweep("open", open_store);
  if (store && onus_store_refresh(store, NULL) != ONUS_OK) /* what it holds stays the same from here on */
    FAULT("the store cannot be refreshed");
  sweep_viewed("refresh", refresh);
  sweep_viewed("look up", look_up);
  sweep_viewed("look up pairs", look_up_pairs);
  sweep_viewed("rows", rows);
  sweep_viewed("count holders", count_holders);
  sweep_viewed("describe", describe);
  sweep_viewed("document", document);
  sweep("document of a writer", writer_document);
#ifdef STORE_IS_SIMULATED
  sweep("pull", pull);
#endif
  if (is_remote) /* some requests only: the first compaction leaves nothing for the next one */
    sweep("seal and compact", seal_and_compact);
  else
    sweep("compact", compact);
#ifdef STORE_IS_SIMULATED
  simulated_restore(&at_first);
  onus_store_pulled pulled;
  test_folder_make(pulled_folder);
  if (onus_store_pull(place, pulled_folder, NULL, NULL, &pulled, NULL) != ONUS_OK)
    FAULT("the store cannot be pulled");
  sweep("push", push);
  test_folder_remove(pulled_folder);
#endif
  onus_store_close(store);
  if (named[0] == '\0')
    test_folder_remove(place);
  return 0;
}
