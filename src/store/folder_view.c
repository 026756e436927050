/* Reading: looks each chunk of keys up in every segment, then joins what the segments have for each key. */
#include "store/folder_internal.h"

#include <stdlib.h>
#include <xxhash.h>

#include "store/flat_internal.h"
#include "store/gather_internal.h"
#include "store/set_digest_internal.h"

enum { CHUNK_KEYS = 1024 };

typedef struct view {
  onus_segment_set set;
  char folder[];
} view;

onus_status onus_folder_open(const char *place, void **ret_view, onus_error *error) {
  size_t place_bytes = strlen(place) + 1;
  view *v = calloc(1, sizeof *v + place_bytes);
  if (!v)
    return ONUS_FAIL_NO_MEMORY(error);
  memcpy(v->folder, place, place_bytes);
  onus_status status = onus_segment_set_open(place, &v->set, error);
  if (status != ONUS_OK)
    free(v);
  else
    *ret_view = v;
  return status;
}

void onus_folder_close(void *closed) {
  view *v = closed;
  onus_segment_set_close(&v->set);
  free(v);
}

onus_status onus_folder_refresh(void *refreshed, onus_error *error) {
  view *v = refreshed;
  onus_segment_set set;
  ONUS_TRY(onus_segment_set_open(v->folder, &set, error));
  onus_segment_set_close(&v->set);
  v->set = set;
  return ONUS_OK;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

/* What the segments have for a chunk of keys. */
typedef struct chunk {
  size_t n_tables;
  const onus_segment_table **tables; /* of the segments that have the table */
  uint64_t hashes[CHUNK_KEYS];
  onus_found *found; /* of table t and key k: t * CHUNK_KEYS + k */
  onus_posting_source *sources;
} chunk;

static void free_chunk(chunk *c) {
  if (!c)
    return;
  free(c->tables);
  free(c->found);
  free(c->sources);
  free(c);
}

static chunk *new_chunk(const view *v, const char *table_name) {
  chunk *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->tables = calloc(v->set.n_segments + 1, sizeof *c->tables);
  if (c->tables)
    for (size_t i = 0; i < v->set.n_segments; i++) {
      const onus_segment_table *table = onus_segment_find_table(v->set.segments[i], ONUS_STORE_RECORDS, table_name);
      if (table)
        c->tables[c->n_tables++] = table;
    }
  c->found = calloc((c->n_tables + 1) * CHUNK_KEYS, sizeof *c->found);
  c->sources = calloc(c->n_tables + 1, sizeof *c->sources);
  if (c->tables && c->found && c->sources)
    return c;
  free_chunk(c);
  return NULL;
}

static onus_status find_chunk(chunk *c, const onus_store_key *keys, size_t n_keys, onus_error *error) {
  for (size_t k = 0; k < n_keys; k++)
    c->hashes[k] = XXH3_64bits(keys[k].bytes, keys[k].length_bytes);
  for (size_t t = 0; t < c->n_tables; t++)
    ONUS_TRY(onus_segment_find(c->tables[t], keys, c->hashes, n_keys, c->found + t * CHUNK_KEYS, error));
  return ONUS_OK;
}

static size_t sources_of(chunk *c, size_t k) {
  size_t n_sources = 0;
  for (size_t t = 0; t < c->n_tables; t++) {
    onus_found found = c->found[t * CHUNK_KEYS + k];
    if (found.n_postings > 0)
      c->sources[n_sources++] = (onus_posting_source){found.postings, found.postings + found.n_postings};
  }
  return n_sources;
}

/* --- looking up --------------------------------------------------------------------------------------------------- */

static onus_status look_up_all(onus_gathering *g, chunk *c, const onus_store_query *query, onus_error *error) {
  for (size_t begin = 0; begin < query->n_keys; begin += CHUNK_KEYS) {
    size_t n_keys = query->n_keys - begin < CHUNK_KEYS ? query->n_keys - begin : CHUNK_KEYS;
    ONUS_TRY(find_chunk(c, query->keys + begin, n_keys, error));
    for (size_t k = 0; k < n_keys; k++) {
      ONUS_TRY(onus_gather_key(g, c->sources, sources_of(c, k), begin + k, error));
      if (query->counts_holders)
        g->result.n_holders[begin + k] = onus_gather_count(c->sources, sources_of(c, k), query->as_of_day);
    }
  }
  return ONUS_OK;
}

onus_status onus_folder_look_up(const void *looked, const onus_store_query *query, onus_store_postings *ret_postings,
                                onus_error *error) {
  onus_gathering g;
  ONUS_TRY(onus_gather_begin(&g, query, error));
  chunk *c = new_chunk(looked, query->table);
  onus_status status = c ? look_up_all(&g, c, query, error) : ONUS_FAIL_NO_MEMORY(error);
  free_chunk(c);
  if (status != ONUS_OK)
    onus_gather_free(&g);
  else
    onus_gather_end(&g, ret_postings);
  return status;
}

/* --- counting ----------------------------------------------------------------------------------------------------- */

onus_status onus_folder_count_holders(const void *counted, const onus_store_query *query, uint64_t *ret_counts,
                                      onus_error *error) {
  uint64_t *counts = query->n_keys < SIZE_MAX / 8 - 1 ? calloc(query->n_keys + 1, sizeof *counts) : NULL;
  chunk *c = new_chunk(counted, query->table);
  onus_status status = c && counts ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t begin = 0; status == ONUS_OK && begin < query->n_keys; begin += CHUNK_KEYS) {
    size_t n_keys = query->n_keys - begin < CHUNK_KEYS ? query->n_keys - begin : CHUNK_KEYS;
    status = find_chunk(c, query->keys + begin, n_keys, error);
    for (size_t k = 0; status == ONUS_OK && k < n_keys; k++)
      counts[begin + k] = onus_gather_count(c->sources, sources_of(c, k), query->as_of_day);
  }
  if (status == ONUS_OK && query->n_keys > 0)
    memcpy(ret_counts, counts, query->n_keys * sizeof *counts);
  free_chunk(c);
  free(counts);
  return status;
}

/* --- pairs and rows ----------------------------------------------------------------------------------------------- */

onus_status onus_folder_look_up_pairs(const void *looked, const onus_store_pair_query *query,
                                      onus_store_numbers *ret_numbers, onus_error *error) {
  const view *v = looked;
  return onus_pairs_look_up(v->set.segments, v->set.n_segments, query, ret_numbers, error);
}

onus_status onus_folder_rows(const void *looked, const char *array, size_t row_bytes, const uint32_t *numbers,
                             size_t n_numbers, void *ret_rows, onus_error *error) {
  const view *v = looked;
  return onus_rows_fetch(v->set.segments, v->set.n_segments, v->folder, array, row_bytes, numbers, n_numbers, ret_rows,
                         error);
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

onus_status onus_folder_document(const void *asked, const char *name, onus_text *ret_text, onus_error *error) {
  const view *v = asked;
  for (size_t i = 0; i < v->set.n_documents; i++)
    if (strcmp(v->set.documents[i].named.name, name) == 0)
      return onus_document_load(v->folder, &v->set.documents[i], ret_text, error);
  *ret_text = (onus_text){0};
  return ONUS_OK;
}

/* --- describing --------------------------------------------------------------------------------------------------- */

static onus_status digest_table(const view *v, const char *name, onus_stream *streams, onus_set_digest *d,
                                onus_error *error) {
  size_t n_streams = 0;
  for (size_t i = 0; i < v->set.n_segments; i++) {
    const onus_segment_table *table = onus_segment_find_table(v->set.segments[i], ONUS_STORE_RECORDS, name);
    if (table)
      streams[n_streams++] = table->stream;
  }
  onus_group_sink sink = onus_set_digest_table(d, name);
  return onus_merge(streams, n_streams, &sink, error);
}

static onus_status digest_pair(void *context, uint64_t pair, onus_error *error) {
  (void)error;
  onus_set_digest_pair(context, pair);
  return ONUS_OK;
}

static onus_status digest_rows(void *context, const uint8_t *rows, size_t n_rows, uint32_t row_bytes, uint64_t first,
                               onus_error *error) {
  (void)error;
  onus_set_digest_rows(context, rows, n_rows, row_bytes, first);
  return ONUS_OK;
}

static onus_status digest_flat(const view *v, onus_store_kind kind, const char *name, onus_set_digest *d,
                               onus_error *error) {
  onus_set_digest_flat(d, kind, name);
  if (kind == ONUS_STORE_PAIRS)
    return onus_pairs_merge(v->set.segments, v->set.n_segments, name, d, digest_pair, error);
  return onus_rows_walk(v->set.segments, v->set.n_segments, name, d, digest_rows, error);
}

static onus_status digest_documents(const view *v, onus_set_digest *d, onus_error *error) {
  for (size_t i = 0; i < v->set.n_documents; i++) {
    const onus_open_document *document = &v->set.documents[i];
    onus_text text;
    ONUS_TRY(onus_document_load(v->folder, document, &text, error));
    onus_set_digest_document(d, document->named.name, &text);
    onus_text_free(&text);
  }
  return ONUS_OK;
}

static void add_up(const view *v, onus_store_table_summary *summary) {
  for (size_t i = 0; i < v->set.n_segments; i++)
    for (size_t k = 0; k < v->set.segments[i]->n_tables; k++) {
      const onus_segment_table *table = &v->set.segments[i]->tables[k];
      bool is_it = table->kind == summary->kind && strcmp(table->name, summary->name) == 0;
      summary->n_keys += is_it ? table->n_keys : 0;
      summary->n_postings += is_it ? table->n_postings : 0;
    }
}

static onus_status describe_tables(const view *v, onus_store_description *out, bool with_digest, onus_error *error) {
  onus_set_digest d;
  ONUS_TRY(onus_set_digest_open(&d, error));
  onus_stream *streams = calloc(v->set.n_segments + 1, sizeof *streams);
  onus_status status = streams ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  const onus_segment_table *table = NULL;
  while (status == ONUS_OK && (table = onus_segment_next_table(v->set.segments, v->set.n_segments, table)) != NULL) {
    onus_store_table_summary *summary = &out->tables[out->n_tables++];
    memcpy(summary->name, table->name, sizeof table->name);
    summary->kind = table->kind;
    if (!with_digest) {
      add_up(v, summary);
      continue;
    }
    status = table->kind == ONUS_STORE_RECORDS ? digest_table(v, table->name, streams, &d, error)
                                               : digest_flat(v, table->kind, table->name, &d, error);
    summary->n_keys = d.n_keys;
    summary->n_postings = d.n_postings;
  }
  if (with_digest && status == ONUS_OK)
    status = digest_documents(v, &d, error);
  if (with_digest)
    onus_set_digest_format(&d, out->digest);
  onus_set_digest_free(&d);
  free(streams);
  return status;
}

onus_status onus_folder_describe(const void *described, bool with_digest, onus_store_description *ret_description,
                                 onus_error *error) {
  const view *v = described;
  onus_store_description out = {.n_segments = v->set.n_segments};
  size_t n_tables = 0;
  for (const onus_segment_table *table = NULL;
       (table = onus_segment_next_table(v->set.segments, v->set.n_segments, table)) != NULL;)
    n_tables++;
  for (size_t i = 0; i < v->set.n_segments; i++)
    out.n_bytes += v->set.segments[i]->length_bytes;
  out.tables = calloc(n_tables + 1, sizeof *out.tables);
  out.documents = calloc(v->set.n_documents + 1, sizeof *out.documents);
  if (!out.tables || !out.documents) {
    onus_store_description_free(&out);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  for (size_t i = 0; i < v->set.n_documents; i++) {
    const onus_manifest_document *named = &v->set.documents[i].named;
    onus_store_document_summary *summary = &out.documents[out.n_documents++];
    memcpy(summary->name, named->name, sizeof named->name);
    summary->n_bytes = named->length_bytes;
    out.n_bytes += named->length_bytes;
  }
  onus_status status = describe_tables(v, &out, with_digest, error);
  if (status != ONUS_OK)
    onus_store_description_free(&out);
  else
    *ret_description = out;
  return status;
}
