/* The calls of store.h: finds the engine, checks the arguments once for all engines, hands on. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "store/engine_internal.h"
#include "store/record_internal.h"

struct onus_store {
  const onus_store_engine *engine;
  void *view;
};

struct onus_store_writer {
  const onus_store_engine *engine;
  void *writer;
  bool has_failed;
};

static const size_t default_budget_bytes = (size_t)256 << 20, least_budget_bytes = (size_t)256 << 10;

onus_status onus_store_find_engine(const char *location, const onus_store_engine **ret_engine, const char **ret_place,
                                   onus_error *error) {
  if (strncmp(location, "file:", 5) == 0) {
    location += 5;
  } else {
    size_t scheme = strspn(location, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
    if (strncmp(location, "clickhouse://", 13) == 0 || strncmp(location, "clickhouses://", 14) == 0) {
      *ret_engine = &onus_store_cluster;
      *ret_place = location;
      return ONUS_OK;
    }
    if (scheme > 0 && strncmp(location + scheme, "://", 3) == 0)
      return ONUS_FAIL(
          error, ONUS_UNSUPPORTED,
          "\"%.*s\" is no place for a store; give the path of a folder, or clickhouse://host:port,host:port/database",
          (int)(scheme < 100 ? scheme : 100), location);
  }
  if (location[0] == '\0')
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "the place of the store is empty; give the path of a folder");
  *ret_engine = &onus_store_folder;
  *ret_place = location;
  return ONUS_OK;
}

static bool is_name(const char *name, size_t name_bytes, bool may_have_slash) {
  if (name_bytes == 0 || name_bytes > ONUS_STORE_TABLE_BYTES_MAX || name[0] < 'a' || name[0] > 'z')
    return false;
  for (size_t i = 1; i < name_bytes; i++) {
    char c = name[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '/' && may_have_slash)))
      return false;
  }
  return true;
}

bool onus_store_table_is_valid(const char *name, size_t name_bytes) {
  return is_name(name, name_bytes, false);
}

bool onus_store_document_is_valid(const char *name, size_t name_bytes) {
  return is_name(name, name_bytes, true);
}

static onus_status check_table(const char *name, onus_error *error) {
  if (onus_store_table_is_valid(name, strlen(name)))
    return ONUS_OK;
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                   "\"%.80s\" is no name of a table: a letter a-z, then up to %d of a-z, 0-9, \"-\", \"_\"", name,
                   ONUS_STORE_TABLE_BYTES_MAX - 1);
}

static onus_status check_document_name(const char *name, onus_error *error) {
  if (onus_store_document_is_valid(name, strlen(name)))
    return ONUS_OK;
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT,
                   "\"%.80s\" is no name of a document: a letter a-z, then up to %d of a-z, 0-9, \"-\", \"_\", \"/\"",
                   name, ONUS_STORE_TABLE_BYTES_MAX - 1);
}

static onus_status check_key(const onus_store_key *key, size_t index, onus_error *error) {
  if (key->length_bytes <= ONUS_STORE_KEY_BYTES_MAX)
    return ONUS_OK;
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "key %zu of the batch has %zu bytes; at most %d are taken", index,
                   key->length_bytes, ONUS_STORE_KEY_BYTES_MAX);
}

static onus_status check_query(const onus_store_query *query, onus_error *error) {
  ONUS_TRY(check_table(query->table, error));
  for (size_t i = 0; i < query->n_keys; i++)
    ONUS_TRY(check_key(&query->keys[i], i, error));
  return ONUS_OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

onus_status onus_store_open(const char *location, onus_store **ret_store, onus_error *error) {
  const onus_store_engine *engine;
  const char *place;
  ONUS_TRY(onus_store_find_engine(location, &engine, &place, error));
  onus_store *store = calloc(1, sizeof *store);
  if (!store)
    return ONUS_FAIL_NO_MEMORY(error);
  store->engine = engine;
  onus_status status = engine->open(place, &store->view, error);
  if (status != ONUS_OK) {
    free(store);
    return status;
  }
  *ret_store = store;
  return ONUS_OK;
}

void onus_store_close(onus_store *store) {
  if (!store)
    return;
  store->engine->close(store->view);
  free(store);
}

onus_status onus_store_refresh(onus_store *store, onus_error *error) {
  return store->engine->refresh(store->view, error);
}

onus_status onus_store_look_up(const onus_store *store, const onus_store_query *query,
                               onus_store_postings *ret_postings, onus_error *error) {
  ONUS_TRY(check_query(query, error));
  if (query->cap_per_key == 0)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a cap of 0 postings for each key; at least 1 is needed");
  return store->engine->look_up(store->view, query, ret_postings, error);
}

void onus_store_postings_free(onus_store_postings *postings) {
  if (!postings)
    return;
  free(postings->first);
  free(postings->was_cut);
  free(postings->n_holders);
  free(postings->postings);
  *postings = (onus_store_postings){0};
}

onus_status onus_store_count_holders(const onus_store *store, const onus_store_query *query, uint64_t *ret_counts,
                                     onus_error *error) {
  ONUS_TRY(check_query(query, error));
  return store->engine->count_holders(store->view, query, ret_counts, error);
}

onus_status onus_store_look_up_pairs(const onus_store *store, const onus_store_pair_query *query,
                                     onus_store_numbers *ret_numbers, onus_error *error) {
  ONUS_TRY(check_table(query->table, error));
  if (query->cap_per_key == 0)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a cap of 0 numbers for each key; at least 1 is needed");
  return store->engine->look_up_pairs(store->view, query, ret_numbers, error);
}

void onus_store_numbers_free(onus_store_numbers *numbers) {
  if (!numbers)
    return;
  free(numbers->first);
  free(numbers->n_there);
  free(numbers->numbers);
  *numbers = (onus_store_numbers){0};
}

static onus_status check_row_bytes(size_t row_bytes, onus_error *error) {
  if (row_bytes > 0 && row_bytes <= ONUS_STORE_ROW_BYTES_MAX)
    return ONUS_OK;
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "rows of %zu bytes; 1 to %d are taken", row_bytes,
                   ONUS_STORE_ROW_BYTES_MAX);
}

onus_status onus_store_rows(const onus_store *store, const char *array, size_t row_bytes, const uint32_t *numbers,
                            size_t n_numbers, void *ret_rows, onus_error *error) {
  ONUS_TRY(check_table(array, error));
  ONUS_TRY(check_row_bytes(row_bytes, error));
  return store->engine->rows(store->view, array, row_bytes, numbers, n_numbers, ret_rows, error);
}

onus_status onus_store_document(const onus_store *store, const char *name, onus_text *ret_text, onus_error *error) {
  ONUS_TRY(check_document_name(name, error));
  return store->engine->document(store->view, name, ret_text, error);
}

onus_status onus_store_describe(const onus_store *store, bool with_digest, onus_store_description *ret_description,
                                onus_error *error) {
  return store->engine->describe(store->view, with_digest, ret_description, error);
}

void onus_store_description_free(onus_store_description *description) {
  if (!description)
    return;
  free(description->tables);
  free(description->documents);
  *description = (onus_store_description){0};
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

onus_status onus_store_writer_open(const char *location, const onus_store_writer_options *options,
                                   onus_store_writer **ret_writer, onus_error *error) {
  const onus_store_engine *engine;
  const char *place;
  ONUS_TRY(onus_store_find_engine(location, &engine, &place, error));
  onus_store_writer_options chosen = options ? *options : (onus_store_writer_options){0};
  if (chosen.budget_bytes == 0)
    chosen.budget_bytes = default_budget_bytes;
  if (chosen.budget_bytes < least_budget_bytes)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "a budget of %zu bytes; at least %zu are needed", chosen.budget_bytes,
                     least_budget_bytes);
  onus_store_writer *writer = calloc(1, sizeof *writer);
  if (!writer)
    return ONUS_FAIL_NO_MEMORY(error);
  writer->engine = engine;
  onus_status status = engine->writer_open(place, &chosen, &writer->writer, error);
  if (status != ONUS_OK) {
    free(writer);
    return status;
  }
  *ret_writer = writer;
  return ONUS_OK;
}

void onus_store_writer_close(onus_store_writer *writer) {
  if (!writer)
    return;
  writer->engine->writer_close(writer->writer);
  free(writer);
}

static onus_status check_writer(const onus_store_writer *writer, onus_error *error) {
  if (!writer->has_failed)
    return ONUS_OK;
  return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "an earlier call has failed: close this writer and import again");
}

onus_status onus_store_put(onus_store_writer *writer, const char *table, const onus_store_record *records,
                           size_t n_records, onus_error *error) {
  ONUS_TRY(check_writer(writer, error));
  ONUS_TRY(check_table(table, error));
  for (size_t i = 0; i < n_records; i++) {
    ONUS_TRY(check_key(&records[i].key, i, error));
    const onus_store_posting *posting = &records[i].posting;
    if (posting->last_day < posting->first_day)
      return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "record %zu of the batch ends on day %d, before it begins on day %d",
                       i, (int)posting->last_day, (int)posting->first_day);
  }
  onus_status status = writer->engine->put(writer->writer, table, records, n_records, error);
  writer->has_failed = status != ONUS_OK && status != ONUS_BAD_ARGUMENT;
  return status;
}

onus_status onus_store_put_pairs(onus_store_writer *writer, const char *table, const onus_store_pair *pairs,
                                 size_t n_pairs, onus_error *error) {
  ONUS_TRY(check_writer(writer, error));
  ONUS_TRY(check_table(table, error));
  onus_status status = writer->engine->put_pairs(writer->writer, table, pairs, n_pairs, error);
  writer->has_failed = status != ONUS_OK && status != ONUS_BAD_ARGUMENT;
  return status;
}

onus_status onus_store_append_rows(onus_store_writer *writer, const char *array, size_t row_bytes, const void *rows,
                                   size_t n_rows, uint32_t *ret_first, onus_error *error) {
  ONUS_TRY(check_writer(writer, error));
  ONUS_TRY(check_table(array, error));
  ONUS_TRY(check_row_bytes(row_bytes, error));
  onus_status status = writer->engine->append_rows(writer->writer, array, row_bytes, rows, n_rows, ret_first, error);
  writer->has_failed = status != ONUS_OK && status != ONUS_BAD_ARGUMENT && status != ONUS_LIMIT;
  return status;
}

onus_status onus_store_put_document(onus_store_writer *writer, const char *name, const void *bytes, size_t length_bytes,
                                    onus_error *error) {
  ONUS_TRY(check_writer(writer, error));
  ONUS_TRY(check_document_name(name, error));
  if (length_bytes > ONUS_STORE_DOCUMENT_BYTES_MAX)
    return ONUS_FAIL(error, ONUS_LIMIT, "the document \"%s\" has %zu bytes; at most %d are taken", name, length_bytes,
                     ONUS_STORE_DOCUMENT_BYTES_MAX);
  onus_status status = writer->engine->put_document(writer->writer, name, bytes, length_bytes, error);
  writer->has_failed = status != ONUS_OK && status != ONUS_LIMIT;
  return status;
}

onus_status onus_store_writer_document(const onus_store_writer *writer, const char *name, onus_text *ret_text,
                                       onus_error *error) {
  ONUS_TRY(check_writer(writer, error));
  ONUS_TRY(check_document_name(name, error));
  return writer->engine->writer_document(writer->writer, name, ret_text, error);
}

void onus_store_writer_watch(onus_store_writer *writer, onus_store_progress *progress, void *context) {
  writer->engine->watch(writer->writer, progress, context);
}

onus_status onus_store_scratch(onus_store_writer *writer, int *ret_fd, onus_error *error) {
  ONUS_TRY(check_writer(writer, error));
  return writer->engine->scratch(writer->writer, ret_fd, error);
}

onus_status onus_store_seal(onus_store_writer *writer, onus_error *error) {
  ONUS_TRY(check_writer(writer, error));
  onus_status status = writer->engine->seal(writer->writer, error);
  writer->has_failed = status != ONUS_OK;
  return status;
}

onus_status onus_store_compact(onus_store_writer *writer, onus_error *error) {
  ONUS_TRY(check_writer(writer, error));
  return writer->engine->compact(writer->writer, error);
}
