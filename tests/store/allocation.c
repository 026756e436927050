/* Memory that runs out in the store at every place in turn: the linker sends malloc, calloc and realloc of the library
 * here (--wrap), which count and refuse the n-th, alone or with all that follow. */
#include "store/store.h"
#include "store/test_folder_internal.h"

#include "../allocation/sweep_call.h"

static char folder[512];
static onus_store *store;
static char nothing;

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static onus_status put_and_seal(size_t n_records, onus_error *error) {
  onus_store_writer_options options = {(size_t)256 << 10};
  onus_store_writer *writer = NULL;
  onus_status status = onus_store_writer_open(folder, &options, &writer, error);
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
  onus_status status = onus_store_writer_open(folder, NULL, &writer, error);
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
  onus_status status = onus_store_writer_open(folder, NULL, &writer, error);
  if (status == ONUS_OK)
    status = onus_store_compact(writer, error);
  onus_store_writer_close(writer);
  return status;
}

static onus_status open_store(onus_error *error) {
  onus_store *opened = (onus_store *)(void *)&nothing;
  onus_status status = onus_store_open(folder, &opened, error);
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

int main(void) {
  test_folder_make(folder);
  if (put_and_seal(9000, NULL) != ONUS_OK || onus_store_open(folder, &store, NULL) != ONUS_OK)
    FAULT("the store cannot be made");
  sweep("seal a few", seal_few);
  sweep("seal many", seal_many);
  sweep("open", open_store);
  if (onus_store_refresh(store, NULL) != ONUS_OK) /* what it holds stays the same from here on */
    FAULT("the store cannot be refreshed");
  sweep("refresh", refresh);
  sweep("look up", look_up);
  sweep("look up pairs", look_up_pairs);
  sweep("rows", rows);
  sweep("count holders", count_holders);
  sweep("describe", describe);
  sweep("document", document);
  sweep("document of a writer", writer_document);
  sweep("compact", compact);
  onus_store_close(store);
  test_folder_remove(folder);
  return 0;
}
