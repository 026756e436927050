#include "store/unsealed_internal.h"

#include <stdlib.h>

#include "store/merge_internal.h"

void onus_unsealed_init(onus_unsealed *unsealed, const char *runs_path, const char *flats_path, size_t budget_bytes) {
  *unsealed = (onus_unsealed){0};
  onus_spill_init(&unsealed->spill, runs_path);
  onus_flats_init(&unsealed->flats, flats_path, budget_bytes);
}

onus_status onus_unsealed_open(onus_unsealed *unsealed, size_t budget_bytes, onus_error *error) {
  return onus_waiting_open(&unsealed->waiting, budget_bytes, error);
}

void onus_unsealed_free(onus_unsealed *unsealed) {
  onus_spill_clear(&unsealed->spill);
  onus_flats_free(&unsealed->flats);
  onus_waiting_free(&unsealed->waiting);
}

bool onus_unsealed_is_empty(const onus_unsealed *unsealed) {
  return unsealed->waiting.n_refs == 0 && unsealed->spill.n_parts == 0 && onus_flats_are_empty(&unsealed->flats);
}

void onus_unsealed_clear(onus_unsealed *unsealed) {
  onus_spill_clear(&unsealed->spill);
  onus_flats_clear(&unsealed->flats);
  onus_waiting_clear(&unsealed->waiting);
  unsealed->n_tables = 0;
  unsealed->n_put = unsealed->n_handed_on = 0;
  unsealed->watch.share_done = 0;
}

/* --- putting ------------------------------------------------------------------------------------------------------ */

static onus_status number_of_table(onus_unsealed *unsealed, const char *name, unsigned *ret_number, onus_error *error) {
  for (unsigned i = 0; i < unsealed->n_tables; i++)
    if (strcmp(unsealed->tables[i], name) == 0) {
      *ret_number = i;
      return ONUS_OK;
    }
  if (unsealed->n_tables == ONUS_STORE_TABLES_MAX)
    return ONUS_FAIL(error, ONUS_BAD_ARGUMENT, "more than %d tables in one seal", ONUS_STORE_TABLES_MAX);
  memcpy(unsealed->tables[unsealed->n_tables], name, strlen(name) + 1);
  ONUS_TRY(onus_waiting_table(&unsealed->waiting, unsealed->n_tables, error));
  unsealed->put_bytes[unsealed->n_tables] = 0;
  *ret_number = unsealed->n_tables++;
  return ONUS_OK;
}

static onus_status set_aside(onus_unsealed *unsealed, onus_error *error) {
  onus_waiting_sort(&unsealed->waiting);
  ONUS_TRY(onus_spill_add(&unsealed->spill, &unsealed->waiting, unsealed->n_tables, error));
  onus_waiting_clear(&unsealed->waiting);
  return ONUS_OK;
}

onus_status onus_unsealed_put(onus_unsealed *unsealed, const char *table, const onus_store_record *records,
                              size_t n_records, onus_error *error) {
  unsigned number;
  if (n_records == 0)
    return ONUS_OK;
  ONUS_TRY(number_of_table(unsealed, table, &number, error));
  unsealed->n_put += n_records;
  for (size_t i = 0; i < n_records; i++) {
    unsealed->put_bytes[number] +=
        ONUS_GROUP_HEAD_BYTES + onus_key_padded(records[i].key.length_bytes) + ONUS_POSTING_BYTES;
    if (onus_waiting_add(&unsealed->waiting, number, &records[i]))
      continue;
    ONUS_TRY(set_aside(unsealed, error));
    if (!onus_waiting_add(&unsealed->waiting, number, &records[i]))
      return ONUS_FAIL(error, ONUS_INTERNAL, "a record does not fit the budget");
  }
  return ONUS_OK;
}

onus_status onus_unsealed_put_pairs(onus_unsealed *unsealed, const char *table, const onus_store_pair *pairs,
                                    size_t n_pairs, onus_error *error) {
  onus_flat *flat;
  bool is_new;
  if (n_pairs == 0)
    return ONUS_OK;
  ONUS_TRY(onus_flats_get(&unsealed->flats, ONUS_STORE_PAIRS, table, &flat, &is_new, error));
  unsealed->n_put += n_pairs;
  return onus_flats_add_pairs(&unsealed->flats, flat, pairs, n_pairs, error);
}

onus_status onus_unsealed_array(onus_unsealed *unsealed, const char *name, onus_flat **ret_array, bool *ret_is_new,
                                onus_error *error) {
  return onus_flats_get(&unsealed->flats, ONUS_STORE_ROWS, name, ret_array, ret_is_new, error);
}

onus_status onus_unsealed_append(onus_unsealed *unsealed, onus_flat *array, size_t row_bytes, const void *rows,
                                 size_t n_rows, uint32_t *ret_first, onus_error *error) {
  if (array->row_bytes == 0)
    array->row_bytes = (uint32_t)row_bytes;
  uint64_t first = array->first_row + array->n_rows;
  ONUS_TRY(onus_flat_check_rows(array, row_bytes, n_rows, error));
  if (n_rows > 0)
    ONUS_TRY(onus_flats_add_rows(&unsealed->flats, array, rows, n_rows, error));
  unsealed->n_put += n_rows;
  *ret_first = (uint32_t)first;
  return ONUS_OK;
}

/* --- sealing ------------------------------------------------------------------------------------------------------ */

onus_status onus_unsealed_sort(onus_unsealed *unsealed, onus_error *error) {
  if (unsealed->spill.n_parts == 0) {
    onus_waiting_sort(&unsealed->waiting);
    return ONUS_OK;
  }
  if (unsealed->waiting.n_refs > 0)
    ONUS_TRY(set_aside(unsealed, error));
  onus_waiting_release(&unsealed->waiting);
  return onus_spill_map(&unsealed->spill, error);
}

uint64_t onus_unsealed_count_keys(const onus_unsealed *unsealed, unsigned number) {
  return unsealed->spill.n_parts == 0 ? onus_waiting_count_keys(&unsealed->waiting, number)
                                      : onus_spill_count_keys(&unsealed->spill, number);
}

static onus_status tell(onus_unsealed *unsealed, uint64_t n_more, onus_error *error) {
  enum { TOLD_AT_ONCE = 4096 };
  onus_watch *watch = &unsealed->watch;
  uint64_t before = unsealed->n_handed_on / TOLD_AT_ONCE;
  unsealed->n_handed_on += n_more;
  watch->share_done = (double)unsealed->n_handed_on / (double)unsealed->n_put;
  if (watch->progress && unsealed->n_handed_on / TOLD_AT_ONCE != before &&
      !watch->progress(watch->context, watch->share_done))
    return ONUS_FAIL(error, ONUS_CANCELLED, "stopped while the records were sealed");
  return ONUS_OK;
}

/* What is handed on, on its way to who takes it. */
typedef struct told_sink {
  onus_unsealed *unsealed;
  const onus_group_sink *groups;
  void *context; /* of these */
  onus_pair_sink *pairs;
  onus_row_sink *rows;
} told_sink;

static onus_status tell_group(void *context, const onus_group *group, onus_error *error) {
  const told_sink *told = context;
  ONUS_TRY(tell(told->unsealed, group->n_postings, error));
  return told->groups->group(told->groups->context, group, error);
}

static onus_status hand_postings_on(void *context, const onus_store_posting *postings, size_t count,
                                    onus_error *error) {
  const told_sink *told = context;
  return told->groups->postings(told->groups->context, postings, count, error);
}

static onus_status tell_pair(void *context, uint64_t pair, onus_error *error) {
  const told_sink *told = context;
  ONUS_TRY(tell(told->unsealed, 1, error));
  return told->pairs(told->context, pair, error);
}

static onus_status tell_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                             onus_error *error) {
  const told_sink *told = context;
  ONUS_TRY(tell(told->unsealed, n_rows, error));
  return told->rows(told->context, rows, n_rows, row_bytes, first, error);
}

onus_status onus_unsealed_records(onus_unsealed *unsealed, unsigned number, const onus_group_sink *sink,
                                  onus_error *error) {
  told_sink told = {.unsealed = unsealed, .groups = sink};
  const onus_group_sink groups = {&told, tell_group, hand_postings_on};
  if (unsealed->spill.n_parts == 0)
    return onus_waiting_hand_on(&unsealed->waiting, number, &groups, error);
  onus_stream *streams = calloc(unsealed->spill.n_parts, sizeof *streams);
  if (!streams)
    return ONUS_FAIL_NO_MEMORY(error);
  size_t n_streams = onus_spill_streams(&unsealed->spill, number, streams);
  onus_status status = onus_merge(streams, n_streams, &groups, error);
  free(streams);
  return status;
}

onus_status onus_unsealed_pairs(onus_unsealed *unsealed, onus_flat *pairs, void *context, onus_pair_sink *sink,
                                onus_error *error) {
  told_sink told = {.unsealed = unsealed, .context = context, .pairs = sink};
  return onus_flat_pairs(&unsealed->flats, pairs, &told, tell_pair, error);
}

onus_status onus_unsealed_rows(onus_unsealed *unsealed, onus_flat *array, void *context, onus_row_sink *sink,
                               onus_error *error) {
  told_sink told = {.unsealed = unsealed, .context = context, .rows = sink};
  return onus_flat_rows(array, &told, tell_rows, error);
}
