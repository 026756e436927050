/* Reading: looks each chunk of keys up in every segment, then joins what the segments have for each key. */
#include "store/folder_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "store/merge_internal.h"

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
      const onus_segment_table *table = onus_segment_find_table(v->set.segments[i], table_name);
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

/* Postings come by holder and, for each, by first day: the first one tells. */
static uint64_t count_key(chunk *c, size_t k, int32_t as_of_day) {
  size_t n_sources = sources_of(c, k);
  uint64_t count = 0;
  if (n_sources == 1) {
    const onus_store_posting *at = c->sources[0].at, *end = c->sources[0].end;
    count = at->first_day <= as_of_day;
    for (at++; at < end; at++)
      count += (at->holder != at[-1].holder) & (at->first_day <= as_of_day);
    return count;
  }
  uint32_t holder = 0;
  bool has_holder = false;
  const onus_store_posting *posting;
  while ((posting = onus_posting_next(c->sources, &n_sources)) != NULL) {
    if (has_holder && posting->holder == holder)
      continue;
    holder = posting->holder;
    has_holder = true;
    count += posting->first_day <= as_of_day;
  }
  return count;
}

/* --- looking up --------------------------------------------------------------------------------------------------- */

typedef struct growing {
  onus_store_postings result;
  size_t n_postings, capacity;
} growing;

/* Makes room for `count` more, at most ONUS_STORE_POSTINGS_MAX in all. */
static onus_status make_room(growing *g, size_t count, onus_error *error) {
  if (count <= g->capacity - g->n_postings)
    return ONUS_OK;
  if (count > ONUS_STORE_POSTINGS_MAX - g->n_postings)
    return ONUS_FAIL(error, ONUS_LIMIT, "more than %d postings in one look-up; ask for fewer keys or set a lower cap",
                     ONUS_STORE_POSTINGS_MAX);
  size_t capacity = g->capacity == 0 ? 4096 : 2 * g->capacity;
  if (capacity > ONUS_STORE_POSTINGS_MAX)
    capacity = ONUS_STORE_POSTINGS_MAX;
  if (capacity < g->n_postings + count)
    capacity = g->n_postings + count;
  onus_store_posting *grown = realloc(g->result.postings, capacity * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  g->result.postings = grown;
  g->capacity = capacity;
  return ONUS_OK;
}

/* The common case: one segment has the key. Room is made for what may come before it is known what is seen, but never
 * more than the cap; beyond the limit of one look-up this counts first. */
static onus_status append_found(growing *g, onus_found found, const onus_store_query *query, uint8_t *ret_was_cut,
                                onus_error *error) {
  const onus_store_posting *at = found.postings, *end = at + found.n_postings;
  size_t room = found.n_postings < query->cap_per_key ? (size_t)found.n_postings : query->cap_per_key;
  if (room > ONUS_STORE_POSTINGS_MAX - g->n_postings) {
    size_t n_seen = 0;
    for (const onus_store_posting *p = at; p < end && n_seen < room; p++)
      n_seen += p->first_day <= query->as_of_day;
    room = n_seen;
  }
  ONUS_TRY(make_room(g, room, error));
  onus_store_posting *out = g->result.postings + g->n_postings, *out_end = out + room;
  for (; at < end && out < out_end; at++) {
    *out = *at; /* overwritten when it is not seen: a branch would be guessed wrong half of the time */
    out += at->first_day <= query->as_of_day;
  }
  for (; at < end && !*ret_was_cut; at++)
    *ret_was_cut = at->first_day <= query->as_of_day;
  g->n_postings = (size_t)(out - g->result.postings);
  return ONUS_OK;
}

static onus_status append_key(growing *g, chunk *c, size_t k, size_t key_index, const onus_store_query *query,
                              onus_error *error) {
  size_t n_sources = sources_of(c, k), begin = g->n_postings;
  if (n_sources == 1) {
    onus_found found = {c->sources[0].at, (uint64_t)(c->sources[0].end - c->sources[0].at)};
    return append_found(g, found, query, &g->result.was_cut[key_index], error);
  }
  const onus_store_posting *posting;
  while ((posting = onus_posting_next(c->sources, &n_sources)) != NULL) {
    if (posting->first_day > query->as_of_day)
      continue;
    if (g->n_postings - begin == query->cap_per_key) {
      g->result.was_cut[key_index] = 1;
      break;
    }
    ONUS_TRY(make_room(g, 1, error));
    g->result.postings[g->n_postings++] = *posting;
  }
  return ONUS_OK;
}

static onus_status look_up_all(growing *g, chunk *c, const onus_store_query *query, onus_error *error) {
  for (size_t begin = 0; begin < query->n_keys; begin += CHUNK_KEYS) {
    size_t n_keys = query->n_keys - begin < CHUNK_KEYS ? query->n_keys - begin : CHUNK_KEYS;
    ONUS_TRY(find_chunk(c, query->keys + begin, n_keys, error));
    for (size_t k = 0; k < n_keys; k++) {
      g->result.first[begin + k] = g->n_postings;
      ONUS_TRY(append_key(g, c, k, begin + k, query, error));
      if (query->counts_holders)
        g->result.n_holders[begin + k] = count_key(c, k, query->as_of_day);
    }
  }
  g->result.first[query->n_keys] = g->n_postings;
  return ONUS_OK;
}

onus_status onus_folder_look_up(const void *looked, const onus_store_query *query, onus_store_postings *ret_postings,
                                onus_error *error) {
  growing g = {.result.n_keys = query->n_keys};
  g.result.first = query->n_keys < SIZE_MAX / 8 - 1 ? calloc(query->n_keys + 1, sizeof *g.result.first) : NULL;
  g.result.was_cut = calloc(query->n_keys + 1, 1);
  if (query->counts_holders && g.result.first)
    g.result.n_holders = calloc(query->n_keys + 1, sizeof *g.result.n_holders);
  bool has_all = g.result.first && g.result.was_cut && (g.result.n_holders || !query->counts_holders);
  chunk *c = has_all ? new_chunk(looked, query->table) : NULL;
  onus_status status = c ? look_up_all(&g, c, query, error) : ONUS_FAIL_NO_MEMORY(error);
  free_chunk(c);
  if (status != ONUS_OK)
    onus_store_postings_free(&g.result);
  else
    *ret_postings = g.result;
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
      counts[begin + k] = count_key(c, k, query->as_of_day);
  }
  if (status == ONUS_OK && query->n_keys > 0)
    memcpy(ret_counts, counts, query->n_keys * sizeof *counts);
  free_chunk(c);
  free(counts);
  return status;
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

/* The digest of a set: the sum of its members' XXH3-128. A sum has no order, and engines that hold a part each can add
 * theirs up. A member is (XXH3-128 of table, 0, key; posting), 36 bytes, or (XXH3-128 of a document's name; XXH3-128 of
 * its contents), 32 bytes. */
typedef struct digest {
  uint64_t low, high;
  uint64_t n_keys, n_postings;
  uint8_t *named_key; /* name, 0, room for a key */
  size_t name_bytes;
  XXH128_hash_t key;
} digest;

static onus_status digest_group(void *context, const onus_group *group, onus_error *error) {
  (void)error;
  digest *d = context;
  if (group->key_bytes > 0)
    memcpy(d->named_key + d->name_bytes, group->key, group->key_bytes);
  d->key = XXH3_128bits(d->named_key, d->name_bytes + group->key_bytes);
  d->n_keys++;
  return ONUS_OK;
}

static void add_member(digest *d, const uint8_t *member, size_t member_bytes) {
  XXH128_hash_t hash = XXH3_128bits(member, member_bytes);
  d->low += hash.low64;
  d->high += hash.high64 + (d->low < hash.low64);
}

static onus_status digest_postings(void *context, const onus_store_posting *postings, size_t count, onus_error *error) {
  (void)error;
  digest *d = context;
  for (size_t i = 0; i < count; i++) {
    uint8_t member[16 + ONUS_POSTING_BYTES];
    memcpy(member, &d->key.low64, 8);
    memcpy(member + 8, &d->key.high64, 8);
    memcpy(member + 16, &postings[i], ONUS_POSTING_BYTES);
    add_member(d, member, sizeof member);
  }
  d->n_postings += count;
  return ONUS_OK;
}

static onus_status digest_table(const view *v, const char *name, onus_stream *streams, digest *d, onus_error *error) {
  size_t n_streams = 0;
  for (size_t i = 0; i < v->set.n_segments; i++) {
    const onus_segment_table *table = onus_segment_find_table(v->set.segments[i], name);
    if (table)
      streams[n_streams++] = table->stream;
  }
  d->name_bytes = strlen(name) + 1;
  memcpy(d->named_key, name, d->name_bytes);
  d->n_keys = d->n_postings = 0;
  onus_group_sink sink = {d, digest_group, digest_postings};
  return onus_merge(streams, n_streams, &sink, error);
}

static onus_status digest_documents(const view *v, digest *d, onus_error *error) {
  for (size_t i = 0; i < v->set.n_documents; i++) {
    const onus_open_document *document = &v->set.documents[i];
    onus_text text;
    ONUS_TRY(onus_document_load(v->folder, document, &text, error));
    XXH128_hash_t halves[2] = {XXH3_128bits(document->named.name, strlen(document->named.name)),
                               XXH3_128bits(text.bytes, text.length)};
    onus_text_free(&text);
    uint64_t numbers[4] = {halves[0].low64, halves[0].high64, halves[1].low64, halves[1].high64};
    uint8_t member[sizeof numbers];
    memcpy(member, numbers, sizeof numbers);
    add_member(d, member, sizeof member);
  }
  return ONUS_OK;
}

static void add_up(const view *v, onus_store_table_summary *summary) {
  for (size_t i = 0; i < v->set.n_segments; i++) {
    const onus_segment_table *table = onus_segment_find_table(v->set.segments[i], summary->name);
    if (table) {
      summary->n_keys += table->n_keys;
      summary->n_postings += table->n_postings;
    }
  }
}

static onus_status describe_tables(const view *v, onus_store_description *out, bool with_digest, onus_error *error) {
  digest d = {.named_key = with_digest ? malloc(ONUS_STORE_TABLE_BYTES_MAX + 1 + ONUS_STORE_KEY_BYTES_MAX) : NULL};
  onus_stream *streams = calloc(v->set.n_segments + 1, sizeof *streams);
  onus_status status = streams && (d.named_key || !with_digest) ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
  const char *name = "";
  while (status == ONUS_OK && (name = onus_segment_next_table(v->set.segments, v->set.n_segments, name)) != NULL) {
    onus_store_table_summary *summary = &out->tables[out->n_tables++];
    memcpy(summary->name, name, strlen(name) + 1);
    if (!with_digest) {
      add_up(v, summary);
      continue;
    }
    status = digest_table(v, name, streams, &d, error);
    summary->n_keys = d.n_keys;
    summary->n_postings = d.n_postings;
  }
  if (with_digest && status == ONUS_OK)
    status = digest_documents(v, &d, error);
  if (with_digest)
    snprintf(out->digest, sizeof out->digest, "xxh3-sum:%016" PRIx64 "%016" PRIx64, d.high, d.low);
  free(d.named_key);
  free(streams);
  return status;
}

onus_status onus_folder_describe(const void *described, bool with_digest, onus_store_description *ret_description,
                                 onus_error *error) {
  const view *v = described;
  onus_store_description out = {.n_segments = v->set.n_segments};
  size_t n_tables = 0;
  for (const char *name = ""; (name = onus_segment_next_table(v->set.segments, v->set.n_segments, name)) != NULL;)
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
