/* Reading: what stands in the buckets of each key. */
#include "store/cluster_search_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "store/gather_internal.h"
#include "store/set_digest_internal.h"

enum { SQL_BYTES_MAX = 65536 };

typedef struct cluster_view {
  onus_cluster *cluster;
  onus_cluster_manifest *manifest;
} cluster_view;

onus_status onus_cluster_view_open(const char *place, void **ret_view, onus_error *error) {
  cluster_view *v = calloc(1, sizeof *v);
  if (!v)
    return ONUS_FAIL_NO_MEMORY(error);
  bool no_store;
  onus_status status = onus_cluster_open(place, &v->cluster, error);
  if (status == ONUS_OK)
    status = onus_cluster_manifest_load(v->cluster, &v->manifest, &no_store, error);
  if (status != ONUS_OK)
    onus_cluster_view_close(v);
  else
    *ret_view = v;
  return status;
}

void onus_cluster_view_close(void *view) {
  cluster_view *v = view;
  onus_cluster_manifest_free(v->manifest);
  onus_cluster_close(v->cluster);
  free(v);
}

onus_status onus_cluster_refresh(void *view, onus_error *error) {
  cluster_view *v = view;
  onus_cluster_manifest *manifest;
  bool no_store;
  ONUS_TRY(onus_cluster_manifest_load(v->cluster, &manifest, &no_store, error));
  onus_cluster_manifest_free(v->manifest);
  v->manifest = manifest;
  return ONUS_OK;
}

/* --- what is in a bucket ------------------------------------------------------------------------------------------ */

/* A group at *at, of which only some postings may be here; *at moves behind it. False at the end of what is here, or
 * when this is no group. */
static bool next_group(const onus_bucket *b, size_t *at, onus_group *ret_group, uint64_t *ret_here) {
  if (*at >= b->n_bytes || b->n_bytes - *at < ONUS_GROUP_HEAD_BYTES)
    return false;
  const uint8_t *head = b->bytes + *at;
  uint64_t sizes = onus_load_u64(head + 8), n_postings = sizes >> 16;
  size_t key_bytes = (size_t)(sizes & 0xffff), padded = onus_key_padded(key_bytes);
  size_t left = b->n_bytes - *at - ONUS_GROUP_HEAD_BYTES;
  if (n_postings == 0 || padded > left)
    return false;
  const uint8_t *postings = head + ONUS_GROUP_HEAD_BYTES + padded;
  uint64_t room = (left - padded) / ONUS_POSTING_BYTES;
  *ret_here = n_postings < room ? n_postings : room;
  *ret_group = (onus_group){onus_load_u64(head), head + ONUS_GROUP_HEAD_BYTES, key_bytes,
                            (const onus_store_posting *)(const void *)postings, n_postings};
  *at += ONUS_GROUP_HEAD_BYTES + padded + (size_t)*ret_here * ONUS_POSTING_BYTES;
  if (*ret_here < n_postings)
    *at = b->n_bytes;
  return true;
}

/* The postings of a key in a bucket; *ret_is_short when more of the bucket is needed. False when it is not there. */
static bool seek(const onus_search *f, const onus_bucket *b, size_t k, onus_posting_source *ret_source,
                 bool *ret_is_short) {
  const onus_store_query *query = f->query;
  const onus_store_key *key = &query->keys[f->first_key + k];
  onus_group group;
  uint64_t n_here;
  *ret_is_short = false;
  for (size_t at = 0; next_group(b, &at, &group, &n_here);) {
    if (group.hash > f->hashes[k])
      return false;
    if (group.hash != f->hashes[k] || onus_key_compare(group.key, group.key_bytes, key->bytes, key->length_bytes) != 0)
      continue;
    *ret_source = (onus_posting_source){group.postings, group.postings + n_here};
    if (n_here < group.n_postings) {
      uint64_t n_seen = 0;
      for (uint64_t i = 0; i < n_here; i++)
        n_seen += group.postings[i].first_day <= query->as_of_day;
      *ret_is_short = f->needs_all || n_seen <= query->cap_per_key;
    }
    return n_here > 0;
  }
  *ret_is_short = b->has_more;
  return false;
}

static bool is_short(const onus_search *f, const onus_bucket *b, size_t k) {
  onus_posting_source source;
  bool is_short = false;
  (void)seek(f, b, k, &source, &is_short);
  return is_short;
}

static size_t sources_of(const onus_search *f, size_t k, onus_posting_source *sources) {
  size_t n_sources = 0;
  for (size_t p = 0; p < f->n_parts; p++) {
    const onus_bucket *b = onus_search_bucket(f, k, p);
    bool is_short;
    if (b && seek(f, b, k, &sources[n_sources], &is_short))
      n_sources++;
  }
  return n_sources;
}

static onus_status find_chunk(onus_search *f, const onus_store_query *query, size_t first_key, size_t n_keys,
                              onus_error *error) {
  f->first_key = first_key;
  for (size_t k = 0; k < n_keys; k++)
    f->hashes[k] = XXH3_64bits(query->keys[first_key + k].bytes, query->keys[first_key + k].length_bytes);
  return onus_search_chunk(f, n_keys, error);
}

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static onus_status look_up_all(onus_gathering *g, onus_search *f, const onus_store_query *query, onus_error *error) {
  onus_posting_source sources[ONUS_CLUSTER_PARTS_MAX];
  for (size_t begin = 0; begin < query->n_keys; begin += ONUS_SEARCH_KEYS) {
    size_t n_keys = query->n_keys - begin < ONUS_SEARCH_KEYS ? query->n_keys - begin : ONUS_SEARCH_KEYS;
    ONUS_TRY(find_chunk(f, query, begin, n_keys, error));
    for (size_t k = 0; k < n_keys; k++) {
      ONUS_TRY(onus_gather_key(g, sources, sources_of(f, k, sources), begin + k, error));
      if (query->counts_holders)
        g->result.n_holders[begin + k] = onus_gather_count(sources, sources_of(f, k, sources), query->as_of_day);
    }
  }
  return ONUS_OK;
}

onus_status onus_cluster_look_up(const void *view, const onus_store_query *query, onus_store_postings *ret_postings,
                                 onus_error *error) {
  const cluster_view *v = view;
  onus_gathering g;
  onus_search f;
  ONUS_TRY(onus_gather_begin(&g, query, error));
  onus_status status =
      onus_search_begin(&f, v->cluster, v->manifest, ONUS_STORE_RECORDS, query->table, is_short, error);
  f.query = query;
  f.needs_all = query->counts_holders;
  if (status == ONUS_OK)
    status = look_up_all(&g, &f, query, error);
  onus_search_free(&f);
  if (status != ONUS_OK)
    onus_gather_free(&g);
  else
    onus_gather_end(&g, ret_postings);
  return status;
}

static onus_status count_all(onus_search *f, const onus_store_query *query, uint64_t *counts, onus_error *error) {
  onus_posting_source sources[ONUS_CLUSTER_PARTS_MAX];
  for (size_t begin = 0; begin < query->n_keys; begin += ONUS_SEARCH_KEYS) {
    size_t n_keys = query->n_keys - begin < ONUS_SEARCH_KEYS ? query->n_keys - begin : ONUS_SEARCH_KEYS;
    ONUS_TRY(find_chunk(f, query, begin, n_keys, error));
    for (size_t k = 0; k < n_keys; k++)
      counts[begin + k] = onus_gather_count(sources, sources_of(f, k, sources), query->as_of_day);
  }
  return ONUS_OK;
}

onus_status onus_cluster_count_holders(const void *view, const onus_store_query *query, uint64_t *ret_counts,
                                       onus_error *error) {
  const cluster_view *v = view;
  onus_search f;
  uint64_t *counts = query->n_keys < SIZE_MAX / 8 - 1 ? calloc(query->n_keys + 1, sizeof *counts) : NULL;
  if (!counts)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_status status =
      onus_search_begin(&f, v->cluster, v->manifest, ONUS_STORE_RECORDS, query->table, is_short, error);
  f.query = query;
  f.needs_all = true;
  if (status == ONUS_OK)
    status = count_all(&f, query, counts, error);
  if (status == ONUS_OK && query->n_keys > 0)
    memcpy(ret_counts, counts, query->n_keys * sizeof *counts);
  onus_search_free(&f);
  free(counts);
  return status;
}

/* --- pairs and rows ----------------------------------------------------------------------------------------------- */

/* The pairs of a key in what is here of a bucket; the first may lie unaligned to nothing: 8 bytes each. */
static onus_found_pairs seek_pairs(const onus_bucket *b, uint32_t key) {
  size_t low = 0, high = b->n_bytes / ONUS_PAIR_BYTES, end = high;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (onus_load_u64(b->bytes + middle * ONUS_PAIR_BYTES) >> 32 < key)
      low = middle + 1;
    else
      high = middle;
  }
  onus_found_pairs found = {b->bytes + low * ONUS_PAIR_BYTES, 0};
  while (low + found.n_pairs < end && onus_load_u64(found.pairs + found.n_pairs * ONUS_PAIR_BYTES) >> 32 == key)
    found.n_pairs++;
  return found;
}

static onus_status look_up_pairs(onus_search *f, const onus_store_pair_query *query, onus_number_gathering *g,
                                 onus_error *error) {
  onus_found_pairs found[ONUS_CLUSTER_PARTS_MAX];
  for (size_t begin = 0; begin < query->n_keys; begin += ONUS_SEARCH_KEYS) {
    size_t n_keys = query->n_keys - begin < ONUS_SEARCH_KEYS ? query->n_keys - begin : ONUS_SEARCH_KEYS;
    for (size_t k = 0; k < n_keys; k++)
      f->hashes[k] = onus_flat_hash(query->keys[begin + k]);
    ONUS_TRY(onus_search_chunk(f, n_keys, error));
    for (size_t k = 0; k < n_keys; k++) {
      size_t n_found = 0;
      for (size_t p = 0; p < f->n_parts; p++) {
        const onus_bucket *b = onus_search_bucket(f, k, p);
        if (b)
          found[n_found++] = seek_pairs(b, query->keys[begin + k]);
      }
      ONUS_TRY(onus_numbers_gather(g, found, n_found, begin + k, error));
    }
  }
  return ONUS_OK;
}

onus_status onus_cluster_look_up_pairs(const void *view, const onus_store_pair_query *query,
                                       onus_store_numbers *ret_numbers, onus_error *error) {
  const cluster_view *v = view;
  onus_number_gathering g;
  onus_search f;
  ONUS_TRY(onus_numbers_begin(&g, query, error));
  onus_status status = onus_search_begin(&f, v->cluster, v->manifest, ONUS_STORE_PAIRS, query->table, NULL, error);
  if (status == ONUS_OK)
    status = look_up_pairs(&f, query, &g, error);
  onus_search_free(&f);
  if (status != ONUS_OK)
    onus_store_numbers_free(&g.result);
  else
    onus_numbers_end(&g, ret_numbers);
  return status;
}

onus_status onus_cluster_rows(const void *view, const char *array, size_t row_bytes, const uint32_t *numbers,
                              size_t n_numbers, void *ret_rows, onus_error *error) {
  const cluster_view *v = view;
  return onus_cluster_fetch_rows(v->cluster, v->manifest, array, row_bytes, numbers, n_numbers, ret_rows, error);
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

typedef struct document_reading {
  const onus_cluster_document *document;
  char *bytes;
} document_reading;

static const onus_block_shape of_documents = {ONUS_STORE_RECORDS, 0};

static onus_status take_document(void *context, const onus_text *answer, onus_error *error) {
  document_reading *r = context;
  size_t n_bytes = 0, length = (size_t)r->document->length_bytes;
  uint32_t sequence = 0;
  for (size_t at = 0; at < answer->length; sequence++) {
    onus_block_row row;
    ONUS_TRY(onus_block_row_read((const uint8_t *)answer->bytes, answer->length, of_documents, &at, &row, error));
    if (row.part != r->document->part || row.begin != r->document->number || row.sequence != sequence ||
        row.content_bytes > length - n_bytes)
      return ONUS_FAIL(error, ONUS_BAD_INPUT, "the rows of the document \"%s\" are wrong", r->document->name);
    ONUS_TRY(onus_block_row_take(&row, (uint8_t *)r->bytes + n_bytes, error));
    n_bytes += row.content_bytes;
  }
  if (n_bytes < length || XXH3_64bits(r->bytes, length) != r->document->xxh3)
    return ONUS_FAIL(error, ONUS_BAD_INPUT, "the document \"%s\" is damaged", r->document->name);
  r->bytes[length] = '\0';
  return ONUS_OK;
}

onus_status onus_cluster_read_document(onus_cluster *cluster, const onus_cluster_manifest *manifest,
                                       const onus_cluster_document *document, onus_text *ret_text, onus_error *error) {
  const onus_cluster_part *part = NULL;
  for (size_t i = 0; i < manifest->n_parts; i++)
    if (manifest->parts[i].number == document->part)
      part = &manifest->parts[i];
  if (!part)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, cluster->place.database, 0, 0,
                        "the partition of the document \"%s\" is not there", document->name);
  size_t shard = (size_t)(document->number % cluster->place.n_nodes);
  if (part->n_rows[shard] == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, cluster->place.database, 0, 0,
                        "the partition of the document \"%s\" has no row where it should lie", document->name);
  document_reading r = {document, malloc((size_t)document->length_bytes + 1)};
  if (!r.bytes)
    return ONUS_FAIL_NO_MEMORY(error);
  onus_buffer sql = onus_buffer_new(SQL_BYTES_MAX);
  onus_buffer_printf(&sql,
                     "SELECT part, b, seq, data FROM block_%zu WHERE t IN (0, %u) AND part = %" PRIu64
                     " AND b = %" PRIu64 " AND ",
                     shard, (unsigned)ONUS_CLUSTER_REST, document->part, document->number);
  onus_cluster_guard(&sql, cluster, shard, &(const onus_cluster_part *){part}, 1);
  onus_buffer_string(&sql, " ORDER BY seq FORMAT RowBinary");
  onus_shard_call call = {.shard = shard, .sql = sql.bytes, .read = take_document, .context = &r};
  onus_status status =
      sql.status == ONUS_OK ? onus_cluster_scatter(cluster, &call, 1, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_buffer_free(&sql);
  if (status != ONUS_OK)
    free(r.bytes);
  else
    *ret_text = (onus_text){r.bytes, (size_t)document->length_bytes};
  return status;
}

onus_status onus_cluster_document_of(const void *view, const char *name, onus_text *ret_text, onus_error *error) {
  const cluster_view *v = view;
  for (size_t i = 0; i < v->manifest->n_documents; i++)
    if (strcmp(v->manifest->documents[i].name, name) == 0)
      return onus_cluster_read_document(v->cluster, v->manifest, &v->manifest->documents[i], ret_text, error);
  *ret_text = (onus_text){0};
  return ONUS_OK;
}

/* --- describing --------------------------------------------------------------------------------------------------- */

static onus_status digest_documents(const cluster_view *v, onus_set_digest *d, onus_error *error) {
  for (size_t i = 0; i < v->manifest->n_documents; i++) {
    onus_text text;
    ONUS_TRY(onus_cluster_read_document(v->cluster, v->manifest, &v->manifest->documents[i], &text, error));
    onus_set_digest_document(d, v->manifest->documents[i].name, &text);
    onus_text_free(&text);
  }
  return ONUS_OK;
}

static int by_kind_and_name(const void *a, const void *b) {
  const onus_store_table_summary *x = a, *y = b;
  return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : strcmp(x->name, y->name);
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

static onus_status describe_table(const cluster_view *v, unsigned table, onus_set_digest *d, bool with_digest,
                                  onus_store_description *out, onus_error *error) {
  const onus_cluster_manifest *m = v->manifest;
  const onus_cluster_part *parts[ONUS_CLUSTER_PARTS_MAX];
  size_t n_parts = 0;
  onus_store_table_summary *summary = &out->tables[out->n_tables];
  for (size_t i = 0; i < m->n_parts; i++) {
    const onus_cluster_share *share = onus_cluster_share_of(&m->parts[i], table);
    if (!share)
      continue;
    parts[n_parts++] = &m->parts[i];
    summary->n_keys += share->n_keys;
    summary->n_postings += share->n_postings;
  }
  if (n_parts == 0)
    return ONUS_OK;
  const onus_cluster_table *of = &m->tables[table - 1];
  memcpy(summary->name, of->name, sizeof summary->name);
  summary->kind = of->kind;
  out->n_tables++;
  if (!with_digest)
    return ONUS_OK;
  if (of->kind == ONUS_STORE_RECORDS) {
    onus_group_sink sink = onus_set_digest_table(d, summary->name);
    ONUS_TRY(onus_cluster_walk(v->cluster, table, parts, n_parts, NULL, &sink, error));
  } else {
    onus_set_digest_flat(d, of->kind, of->name);
    if (of->kind == ONUS_STORE_PAIRS)
      ONUS_TRY(onus_cluster_walk_pairs(v->cluster, table, parts, n_parts, NULL, d, digest_pair, error));
    else
      ONUS_TRY(onus_cluster_walk_rows(v->cluster, m, table, parts, n_parts, NULL, d, digest_rows, error));
  }
  summary->n_keys = d->n_keys;
  summary->n_postings = d->n_postings;
  return ONUS_OK;
}

static onus_status describe_tables(const cluster_view *v, bool with_digest, onus_store_description *out,
                                   onus_error *error) {
  onus_set_digest d;
  ONUS_TRY(onus_set_digest_open(&d, error));
  onus_status status = ONUS_OK;
  for (unsigned table = 1; status == ONUS_OK && table <= v->manifest->n_tables; table++)
    status = describe_table(v, table, &d, with_digest, out, error);
  if (status == ONUS_OK && with_digest)
    status = digest_documents(v, &d, error);
  if (with_digest)
    onus_set_digest_format(&d, out->digest);
  onus_set_digest_free(&d);
  if (out->n_tables > 1)
    qsort(out->tables, out->n_tables, sizeof *out->tables, by_kind_and_name);
  return status;
}

onus_status onus_cluster_describe(const void *view, bool with_digest, onus_store_description *ret_description,
                                  onus_error *error) {
  const cluster_view *v = view;
  const onus_cluster_manifest *m = v->manifest;
  onus_store_description out = {.tables = calloc(m->n_tables + 1, sizeof *out.tables),
                                .documents = calloc(m->n_documents + 1, sizeof *out.documents)};
  onus_status status = out.tables && out.documents ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < m->n_parts; i++)
    if (m->parts[i].retired_at == 0) {
      out.n_segments++;
      out.n_bytes += m->parts[i].n_bytes;
    }
  for (size_t i = 0; status == ONUS_OK && i < m->n_documents; i++) {
    onus_store_document_summary *summary = &out.documents[out.n_documents++];
    memcpy(summary->name, m->documents[i].name, sizeof summary->name);
    summary->n_bytes = m->documents[i].length_bytes;
  }
  if (status == ONUS_OK)
    status = describe_tables(v, with_digest, &out, error);
  if (status != ONUS_OK)
    onus_store_description_free(&out);
  else
    *ret_description = out;
  return status;
}
