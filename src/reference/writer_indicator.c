#include <string.h>

#include "reference/trace.h"
#include "reference/writer_internal.h"

/* Traces of one indicator, put together: more than it can leave. */
enum { TRACES_MAX = 8 };

typedef struct putting {
  onus_store_writer *store;
  onus_store_posting posting;
  size_t n_traces;
  onus_store_record records[TRACES_MAX];
  char keys[TRACES_MAX][ONUS_TRACE_KEY_BYTES];
} putting;

static onus_status put(putting *p, onus_error *error) {
  size_t n_traces = p->n_traces;
  p->n_traces = 0;
  return onus_store_put(p->store, ONUS_REFERENCE_TRACES, p->records, n_traces, error);
}

static onus_status put_trace(void *context, const onus_trace *trace, onus_error *error) {
  putting *p = context;
  if (p->n_traces == TRACES_MAX)
    ONUS_TRY(put(p, error));
  size_t key_bytes = strlen(trace->key);
  char *key = memcpy(p->keys[p->n_traces], trace->key, key_bytes);
  p->records[p->n_traces++] = (onus_store_record){{key, key_bytes}, p->posting};
  return ONUS_OK;
}

onus_status onus_writer_put_traces(onus_reference_writer *w, uint32_t basis, const char *text, size_t text_bytes,
                                   bool *ret_is_indicator, onus_error *error) {
  onus_indicator indicator;
  ONUS_TRY(onus_indicator_parse_with(w->suffixes, text, text_bytes, &indicator, error));
  bool is_indicator = indicator.kind != ONUS_INDICATOR_NONE;
  if (is_indicator) {
    const onus_basis *held = &w->parts.bases[basis];
    putting p;
    p.store = w->store;
    p.posting = (onus_store_posting){held->entry, basis, held->known_day, held->known_day, 0};
    p.n_traces = 0;
    ONUS_TRY(onus_traces_with(w->suffixes, &indicator, put_trace, &p, error));
    ONUS_TRY(put(&p, error));
  }
  *ret_is_indicator = is_indicator;
  return ONUS_OK;
}
