#include <string.h>

#include "reference/trace.h"
#include "reference/writer_internal.h"

typedef struct putting {
  onus_store_writer *store;
  onus_store_posting posting;
} putting;

static onus_status put_trace(void *context, const onus_trace *trace, onus_error *error) {
  const putting *p = context;
  onus_store_record record = {{trace->key, strlen(trace->key)}, p->posting};
  return onus_store_put(p->store, ONUS_REFERENCE_TRACES, &record, 1, error);
}

onus_status onus_writer_put_traces(onus_store_writer *store, const onus_basis *basis, uint32_t number, const char *text,
                                   size_t text_bytes, bool *ret_is_indicator, onus_error *error) {
  onus_indicator indicator;
  ONUS_TRY(onus_indicator_parse(text, text_bytes, &indicator, error));
  bool is_indicator = indicator.kind != ONUS_INDICATOR_NONE;
  putting p = {store, {basis->entry, number, basis->known_day, basis->known_day, 0}};
  if (is_indicator)
    ONUS_TRY(onus_traces_of(&indicator, put_trace, &p, error));
  *ret_is_indicator = is_indicator;
  return ONUS_OK;
}
